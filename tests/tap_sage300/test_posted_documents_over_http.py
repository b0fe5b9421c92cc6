"""Posted payables documents follow what becomes of them, whether or not Sage moves their day.

Goal: after each run what arrived is what Sage has; nothing comes twice in one run.
Method: the installed command against the sandbox; payments are posted at its desk.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.sandbox import call
from tests.tap_sage300.runs import Output, Sandbox, Tap, count_requests, switch

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

STREAM = "ap_posted_documents"
DOCUMENTS = "AP/APPostedDocuments"


@pytest.fixture
def tap(company: Sandbox, tmp_path: Path) -> Tap:
    return Tap(company, tmp_path)


def by_key(run: Output) -> dict[tuple[str, str], dict[str, Any]]:
    found = [((one["VendorNumber"], one["DocumentNumber"]), one) for one in run.records(STREAM)]
    assert len(found) == len(dict(found))
    return dict(found)


def list_documents(sandbox: Sandbox) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (one["VendorNumber"], one["DocumentNumber"]): one
        for one in sandbox.sage("GET", f"records/{DOCUMENTS}")
    }


def pay(sandbox: Sandbox, vendor: str, number: str, *, day: str) -> None:
    """Set a document off in full by an adjustment, as a clerk does who writes it off."""
    document = list_documents(sandbox)[vendor, number]
    due = document["VendorCurrencyAmountDue"]
    root = f"{sandbox.sage_root}/_sandbox/records/{DOCUMENTS}"
    paid = {"VendorCurrencyAmountDue": 0, "FunctionalCurrencyAmountDue": 0, "FullyPaid": "Yes"}
    assert due
    call("PATCH", f"{root}/'{vendor}','{number}'", paid | {"DatePaid": day, "stamp": None})


def find_open(sandbox: Sandbox) -> tuple[str, str]:
    """Return an open document of long ago."""
    found = [
        (one["LastActivityDate"], key)
        for key, one in list_documents(sandbox).items()
        if one["FullyPaid"] == "No" and one["DocumentType"] == "Invoice"
    ]
    return min(found)[1]


def test_all_documents_come_once_with_the_amounts_and_signs_sage_has(tap: Tap) -> None:
    run = tap.run(select=(STREAM,))

    assert run.exit_code == 0, run.errors
    documents = list_documents(tap.sandbox)
    arrived = by_key(run)
    assert arrived.keys() == documents.keys()
    for key, document in documents.items():
        for name in ("VendorCurrencyInvoiceAmount", "FunctionalCurrencyAmountDue"):
            assert arrived[key][name] == Decimal(str(document[name]))
    assert any(one["FunctionalCurrencyInvoiceAmount"] < 0 for one in arrived.values())


def test_second_run_reads_little(tap: Tap) -> None:
    first = tap.run(select=(STREAM,))
    before = count_requests(tap.sandbox)

    second = tap.run(select=(STREAM,), state=first.state)

    assert count_requests(tap.sandbox) - before <= 12
    assert len(by_key(second)) < len(by_key(first)) / 2
    assert second.bookmark(STREAM)["complete"] is True


def test_document_paid_without_moving_its_day_arrives_as_paid(tap: Tap) -> None:
    vendor, number = find_open(tap.sandbox)
    first = tap.run(select=(STREAM,))
    pay(tap.sandbox, vendor, number, day="2026-11-26")

    second = tap.run(select=(STREAM,), state=first.state)

    assert by_key(first)[vendor, number]["FullyPaid"] is False
    assert by_key(second)[vendor, number]["FullyPaid"] is True
    assert by_key(second)[vendor, number]["VendorCurrencyAmountDue"] == 0


def test_document_paid_and_cleared_meanwhile_counts_nothing(tap: Tap) -> None:
    vendor, number = find_open(tap.sandbox)
    first = tap.run(select=(STREAM,))
    tap.sandbox.sage("DELETE", f"records/{DOCUMENTS}/'{vendor}','{number}'")

    second = tap.run(select=(STREAM,), state=first.state)
    third = tap.run(select=(STREAM,), state=second.state)

    gone = by_key(second)[vendor, number]
    assert gone["FullyPaid"] is True
    assert gone["VendorCurrencyAmountDue"] == gone["FunctionalCurrencyInvoiceAmount"] == 0
    assert gone["_sdc_deleted_at"]
    assert (vendor, number) not in by_key(third)


def test_paid_document_that_is_cleared_changes_nothing(tap: Tap) -> None:
    first = tap.run(select=(STREAM,))
    tap.sandbox.sage("POST", "ap/clear", {"documents_through": "2026-10-31"})

    second = tap.run(select=(STREAM,), state=first.state)

    assert not [one for one in second.records(STREAM) if one["_sdc_deleted_at"]]


def test_backdated_document_is_found_by_its_posting_sequence(tap: Tap) -> None:
    first = tap.run(select=(STREAM,))
    paid = next(
        one
        for one in list_documents(tap.sandbox).values()
        if one["DocumentType"] == "Payment" and one["LastActivityDate"] < "2025-06-01"
    )
    last = first.bookmark(STREAM)["sequences"]["PY"]
    late = paid | {"DocumentNumber": "PYLATE", "PostingSequenceNumber": last + 1}
    tap.sandbox.sage("POST", f"records/{DOCUMENTS}", late)

    second = tap.run(select=(STREAM,), state=first.state)

    assert (late["VendorNumber"], "PYLATE") in by_key(second)
    assert second.bookmark(STREAM)["sequences"]["PY"] == last + 1


@pytest.mark.parametrize(
    "positions",
    [
        {"property_casing": "lowered"},
        {"omitted_properties": ["LastActivityDate"]},
        {"omitted_properties": ["BatchType", "PostingSequenceNumber", "FullyPaid"]},
        {"booleans": "words", "decimals": "exponent", "dates": "zoneless"},
        {"order": "shuffled", "orderby": False, "page_size": 7},
    ],
    ids="-".join,
)
def test_documents_are_the_same_whichever_way_the_server_behaves(
    tap: Tap, positions: dict[str, object]
) -> None:
    switch(tap.sandbox, **positions)
    first = tap.run(select=(STREAM,))
    vendor, number = find_open(tap.sandbox)
    pay(tap.sandbox, vendor, number, day="2026-11-26")

    second = tap.run(select=(STREAM,), state=first.state)

    assert (first.exit_code, second.exit_code) == (0, 0), first.errors + second.errors
    arrived = by_key(first) | by_key(second)
    for key, document in list_documents(tap.sandbox).items():
        assert arrived[key]["FunctionalCurrencyInvoiceAmount"] == Decimal(
            str(document["FunctionalCurrencyInvoiceAmount"])
        )
