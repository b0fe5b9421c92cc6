"""Approved documents become open A/P invoice batches, each line once, and are found again."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300 import payables
from tests.target_sage300.payables import POSTINGS, export_payables, make_document

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target_sage300.conftest import Books

MESSAGES = export_payables(make_document("APE-1"), make_document("APE-2"))
ALL = ("APE-1-1", "APE-1-2", "APE-2-1", "APE-2-2")
KIND = "ap_invoice"


@pytest.fixture
def ap(books: Books) -> Books:
    """A fresh company, and a target that posts payables."""
    books.settings["postings"] = POSTINGS
    return books


def post_in_sage(books: Books) -> None:
    """A person posts what stands in open batches of planning."""
    for batch in payables.invoice_batches(books):
        if batch["BatchStatus"] == "Open":
            books.control("POST", f"ap/IN/{batch['BatchNumber']}/post", {})


def test_an_approved_document_becomes_an_open_batch(ap: Books) -> None:
    result = ap.post(export_payables(make_document("APE-1")))

    (batch,) = payables.invoice_batches(ap)
    (entry,) = batch["Invoices"]
    assert batch["BatchStatus"] == "Open"
    assert (entry["VendorNumber"], entry["DocumentNumber"]) == ("000033", "APE-1-1")
    assert (entry["DocumentType"], entry["TaxTotal"]) == ("Invoice", 0)
    assert entry["DocumentTotalIncludingTax"] == Decimal("100.25")
    assert (entry["DocumentDate"][:10], entry["DueDate"][:10]) == ("2026-10-31", "2026-11-30")
    assert [line["DistributedAmount"] for line in entry["InvoiceDetails"]] == [
        Decimal("80.25"),
        Decimal(20),
    ]
    assert result.states[-1]["bookmarks"] == {"ap_adjustments": {"complete": True}}


def test_posted_documents_equal_what_was_approved_to_the_cent(ap: Books) -> None:
    credit: dict[str, Any] = {"Document Type": "Credit Note", "Applies To Document": "2610-00114"}
    ap.post(
        export_payables(
            make_document("APE-1"),
            make_document("APE-2", "33.33", **{"Document Type": "DebitNote"}),
            make_document("APE-3", "0.10", "0.20", **credit),
            make_document("APE-4", "500", Vendor="1500"),
        )
    )

    post_in_sage(ap)

    totals = {
        number: payables.posted_document(ap, vendor, number)["VendorCurrencyInvoiceAmount"]
        for vendor, number in (
            ("000033", "APE-1-1"),
            ("000033", "APE-2-1"),
            ("000033", "APE-3-1"),
            ("1500", "APE-4-1"),
        )
    }
    assert totals == {
        "APE-1-1": Decimal("100.25"),
        "APE-2-1": Decimal("33.33"),
        "APE-3-1": Decimal("-0.3"),
        "APE-4-1": Decimal(500),
    }


@pytest.mark.parametrize("deed", ["nothing", "ready", "post", "post and purge"])
@pytest.mark.parametrize("ledger", ["kept", "lost"])
def test_a_second_run_posts_nothing(
    ap: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, deed: str, ledger: str
) -> None:
    ap.post(MESSAGES)
    (batch,) = payables.invoice_batches(ap)
    if deed != "nothing":
        ap.control("POST", f"ap/IN/{batch['BatchNumber']}/{deed.split(maxsplit=1)[0]}", {})
    if deed == "post and purge":
        ap.control("POST", f"ap/IN/{batch['BatchNumber']}/purge", {})
    if ledger == "lost":
        monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))
    count = len(payables.invoice_batches(ap))

    ap.post(MESSAGES)

    assert len(payables.invoice_batches(ap)) == (0 if deed == "post and purge" else count)
    state = EntryState.READY if deed == "ready" else EntryState.POSTED
    expected = EntryState.CREATED if deed == "nothing" else state
    assert len(ap.find_in(expected, kind=KIND)) == 2


@pytest.mark.parametrize(
    "change",
    [{"Amount": "1"}, {"Vendor": "000055"}, {"Document Date": "2026-10-30"}],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("deed", ["nothing", "post", "purge"])
def test_what_stands_and_comes_back_different_is_a_conflict_on_a_new_ledger_too(
    ap: Books,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    change: dict[str, Any],
    deed: str,
) -> None:
    ap.post(export_payables(make_document("APE-1")))
    (batch,) = payables.invoice_batches(ap)
    if deed != "nothing":
        post_in_sage(ap)
    if deed == "purge":
        ap.control("POST", f"ap/IN/{batch['BatchNumber']}/purge", {})
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))

    result = ap.run(export_payables(make_document("APE-1", **change)))

    assert result.exit_code == 3
    (kept,) = ap.find_in(EntryState.REFUSED, kind=KIND)
    assert "stands in batch" in str(kept.reason)


def test_a_line_that_a_purged_document_may_have_is_refused(
    ap: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ap.post(export_payables(make_document("APE-1", "1", "2", "3")))
    (batch,) = payables.invoice_batches(ap)
    post_in_sage(ap)
    ap.control("POST", f"ap/IN/{batch['BatchNumber']}/purge", {})
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))
    moved = make_document("APE-9", "2", **{"Transaction ID": "APE-1-2"})

    result = ap.run(export_payables(moved, make_document("APE-2")))

    assert result.exit_code == 3
    (kept,) = ap.find_in(EntryState.REFUSED, kind=KIND)
    assert "its batch was purged" in str(kept.reason)
    payables.assert_stands_once(ap, "APE-2-1", "APE-2-2")


def test_a_line_moved_to_another_document_is_a_conflict(ap: Books) -> None:
    ap.post(export_payables(make_document("APE-1")))
    moved = make_document("APE-2", "20.00", **{"Transaction ID": "APE-1-2"})

    result = ap.run(export_payables(make_document("APE-1", "80.25"), moved))

    assert result.exit_code == 3
    payables.assert_stands_once(ap, "APE-1-1", "APE-1-2")


def test_ids_are_known_in_the_case_that_sage_gives_them(
    ap: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    messages = export_payables(make_document("ape-a"))
    ap.post(messages)
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))

    ap.post(messages)

    payables.assert_stands_once(ap, "APE-A-1", "APE-A-2")


def test_a_person_who_edits_comments_does_not_hide_a_document(
    ap: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ap.post(MESSAGES)
    (batch,) = payables.invoice_batches(ap)
    for entry in batch["Invoices"]:
        for line in entry["InvoiceDetails"]:
            line["Comment"] = "checked"
    body = {"Description": "Accruals", "Invoices": batch["Invoices"]}
    ap.control("PATCH", f"ap/IN/{batch['BatchNumber']}", body)
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))

    result = ap.run(MESSAGES)

    assert result.exit_code == 3
    assert len(payables.invoice_batches(ap)) == 1


def test_what_a_person_deleted_is_not_posted_again(ap: Books) -> None:
    ap.post(MESSAGES)
    (batch,) = payables.invoice_batches(ap)
    ap.control("POST", f"ap/IN/{batch['BatchNumber']}/delete", {})

    ap.post(MESSAGES)

    assert payables.standing(ap).total() == 0
    assert len(ap.find_in(EntryState.WITHDRAWN, kind=KIND)) == 2


@pytest.mark.switch("error_batch_description", "locked_periods")
@pytest.mark.parametrize("text", ["kept", "replaced"])
def test_a_document_in_an_error_batch_is_followed(ap: Books, text: str) -> None:
    ap.switch(error_batch_description=text)
    earlier: dict[str, Any] = {"Document Date": "2026-09-30"}
    messages = export_payables(make_document("APE-1"), make_document("APE-2", **earlier))
    ap.post(messages)
    ap.switch(locked_periods=[f"AP:{ap.period_of('2026-09-30')}"])
    post_in_sage(ap)

    result = ap.run(messages)

    assert (result.exit_code, len(result.states)) == (3, 1)
    assert "entry.in_error_batch entry=APE-2" in result.log
    (in_error,) = ap.find_in(EntryState.IN_ERROR_BATCH, kind=KIND)
    assert in_error.name == "APE-2"
    payables.assert_stands_once(ap, *ALL)


@pytest.mark.parametrize("left", ["rolled_back", "orphan_header", "first_entries"])
@pytest.mark.switch("nested_creation", "locked_periods")
def test_one_bad_document_does_not_hold_the_others(ap: Books, left: str) -> None:
    ap.switch(nested_creation=left, locked_periods=[f"AP:{ap.period_of('2026-09-30')}"])
    bad = make_document("APE-3", **{"Document Date": "2026-09-30"})
    good = [make_document(f"APE-{number}") for number in (1, 2, 4, 5)]

    result = ap.run(export_payables(*good[:2], bad, *good[2:]))

    assert result.exit_code == 3
    payables.assert_stands_once(ap, *(f"APE-{n}-{line}" for n in (1, 2, 4, 5) for line in (1, 2)))
    (kept,) = ap.find_in(EntryState.REFUSED, kind=KIND)
    assert (kept.name, "locked" in str(kept.reason)) == ("APE-3", True)


@pytest.mark.switch("ap_duplicates")
@pytest.mark.parametrize("checked", ["posted_and_open", "posted"])
def test_a_number_that_another_program_took_is_refused_by_sage_or_found_in_error(
    ap: Books, checked: str
) -> None:
    ap.switch(ap_duplicates=checked)
    theirs = {
        "VendorNumber": "000033",
        "DocumentNumber": "APE-1-1",
        "TaxGroup": "EXEMPT",
        "DocumentTotalIncludingTax": 5,
        "InvoiceDetails": [{"GLAccount": "6100100", "DistributedAmount": 5}],
    }
    stored = ap.send("POST", "AP/APInvoiceBatches", {"Invoices": [theirs]})
    ap.control("POST", f"ap/IN/{stored['BatchNumber']}/post", {})

    result = ap.run(export_payables(make_document("APE-1"), make_document("APE-2")))

    assert result.exit_code == 3
    (kept,) = ap.find_in(EntryState.REFUSED, kind=KIND)
    assert "already exists" in str(kept.reason)
    payables.assert_stands_once(ap, "APE-2-1", "APE-2-2")
