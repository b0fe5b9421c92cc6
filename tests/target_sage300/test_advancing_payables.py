"""`post: ready | posted` for payables: our batches go as far as it says, nobody else's do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState
from ruamel.yaml import YAML

from tests.target_sage300 import payables
from tests.target_sage300.payables import (
    POSTINGS,
    adjustment_batches,
    export_payables,
    invoice_batches,
    make_adjustment,
    make_document,
    posted_document,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.target_sage300.conftest import Books

INVOICE = make_document("INV-1")
ADJUSTMENT = make_adjustment("ADJ-1")
BOTH = export_payables(INVOICE, ADJUSTMENT)
ALL = ("INV-1-1", "INV-1-2", "ADJ-1-1", "ADJ-1-2")
READY: dict[str, Any] = {"post": "ready"}
POSTED: dict[str, Any] = {"post": "posted", "allow_auto_post": True}
LOOK = {"method": "GET", "path": r"APInvoiceBatches\?"}
PATCH = {"method": "PATCH", "path": r"APInvoiceBatches\("}
PROCESS = {"method": "POST", "path": r"APPostInvoices\('\$process"}
INVOICE_CALL = {
    "ProcessAllBatches": "Donotpostallbatches",
    "FromBatch": "{batch}",
    "ToBatch": "{batch}",
}
ADJUSTMENT_CALL = {
    "BatchType": "AD",
    "PostAllBatches": "Donotpostallbatches",
    "PostBatchFrom": "{batch}",
    "PostBatchTo": "{batch}",
}


@pytest.fixture(autouse=True)
def both_kinds(books: Books) -> None:
    """One stream brings documents and adjustments."""
    books.settings["postings"] = POSTINGS


def statuses(books: Books) -> list[str]:
    return [one["BatchStatus"] for one in (*invoice_batches(books), *adjustment_batches(books))]


def add_ready_batches_of_somebody(books: Books) -> tuple[int, int]:
    """A batch of each kind that their owner set ready: they must stay as they are."""
    invoice = {
        "VendorNumber": "000033",
        "DocumentNumber": "BYHAND-1",
        "DocumentDate": "2026-10-31",
        "DocumentTotalIncludingTax": 10,
        "TaxAmountControl": "Enter",
        "InvoiceDetails": [{"GLAccount": "6100100", "DistributedAmount": 10}],
    }
    first = books.send("POST", "AP/APInvoiceBatches", {"Invoices": [invoice]})["BatchNumber"]
    books.send("PATCH", f"AP/APInvoiceBatches({first})", {"BatchStatus": "ReadyToPost"})
    distribution = {
        "TransactionType": 81,
        "DistributionGLAccount": "6100100",
        "DistributionAmount": -1,
    }
    applied = {"DocumentNumber": payables.DOCUMENT, "AdjustmentGLDistributions": [distribution]}
    entry = {
        "VendorNumber": "000033",
        "PaymentTransactionType": "Adjustment",
        "PaymentDateAdjustmentDate": "2026-10-31",
        "AppliedPayments": [applied],
    }
    body = {"BatchSelector": "AD", "PaymentsAdjustments": [entry]}
    second = books.send("POST", "AP/APPaymentAndAdjustmentBatches", body)["BatchNumber"]
    books.send("PATCH", f"AP/{adjustment_key(second)}", {"BatchStatus": "ReadyToPost"})
    return int(first), int(second)


def adjustment_key(number: int) -> str:
    return f"APPaymentAndAdjustmentBatches(BatchSelector='AD',BatchNumber={number})"


def assert_still_ready(books: Books, others: tuple[int, int]) -> None:
    first, second = others
    assert books.get(f"AP/APInvoiceBatches({first})")["BatchStatus"] == "ReadyToPost"
    assert books.get(f"AP/{adjustment_key(second)}")["BatchStatus"] == "ReadyToPost"


def test_batches_are_set_ready_and_no_further(books: Books) -> None:
    books.post(BOTH, **READY)

    assert statuses(books) == ["ReadyToPost", "ReadyToPost"]
    for kind in ("ap_invoice", "ap_adjustment"):
        assert len(books.find_in(EntryState.READY, kind=kind)) == 1


def test_batches_that_are_being_posted_are_left_alone(books: Books) -> None:
    books.post(BOTH)
    (invoices,), (adjustments,) = invoice_batches(books), adjustment_batches(books)
    keys = (
        f"APInvoiceBatches/{invoices['BatchNumber']}",
        f"APPaymentAndAdjustmentBatches/AD,{adjustments['BatchNumber']}",
    )
    for key in keys:
        books.control("PATCH", f"records/AP/{key}", {"BatchStatus": "PostInProgress"})

    result = books.run(BOTH, **READY)

    assert result.exit_code == 3, result.log
    assert result.log.count("it is being posted at this moment") == 2
    assert statuses(books) == ["PostInProgress", "PostInProgress"]


def test_our_batches_are_posted_and_nobody_elses(books: Books) -> None:
    others = add_ready_batches_of_somebody(books)
    due = posted_document(books, "000033", payables.DOCUMENT)["VendorCurrencyAmountDue"]

    books.post(BOTH, **POSTED)
    books.post(BOTH, **POSTED)

    assert statuses(books) == ["Posted", "Posted"]
    payables.assert_stands_once(books, *ALL)
    assert posted_document(books, "000033", "INV-1-1")["PONumber"] == "INV-1-2"
    now = posted_document(books, "000033", payables.DOCUMENT)["VendorCurrencyAmountDue"]
    assert str(due - now) == "14.75"
    assert_still_ready(books, others)


@pytest.mark.parametrize("earlier", [{}, READY], ids=["open", "ready"])
def test_what_an_earlier_run_left_is_taken_on_and_nothing_twice(
    books: Books, earlier: dict[str, Any]
) -> None:
    books.post(BOTH, **earlier)

    books.post(BOTH, **POSTED)

    assert statuses(books) == ["Posted", "Posted"]
    payables.assert_stands_once(books, *ALL)


def test_what_the_model_no_longer_approves_is_left_to_a_person(books: Books) -> None:
    books.post(export_payables(INVOICE, make_document("INV-2"), ADJUSTMENT))

    result = books.run(export_payables(INVOICE), **POSTED)

    assert result.exit_code == 3
    assert "INV-2 is not among what is approved now" in result.log
    assert statuses(books) == ["Open", "Open"]


def edit(books: Books) -> None:
    (batch,) = adjustment_batches(books)
    (entry,) = batch["PaymentsAdjustments"]
    (applied,) = entry["AppliedPayments"]
    first, second = applied["AdjustmentGLDistributions"]
    below = [first | {"DistributionGLAccount": "6200100"}, second]
    changed = entry | {"AppliedPayments": [applied | {"AdjustmentGLDistributions": below}]}
    path = f"AP/{adjustment_key(int(batch['BatchNumber']))}"
    books.send("PATCH", path, {"PaymentsAdjustments": [changed]})


def open_again(books: Books) -> None:
    books.post(BOTH, **READY)
    (batch,) = adjustment_batches(books)
    path = f"AP/{adjustment_key(int(batch['BatchNumber']))}"
    books.send("PATCH", path, {"BatchStatus": "Open"})


@pytest.mark.parametrize(
    ("touch", "reason"),
    [(edit, "it was edited: ADJ-1-1: account was"), (open_again, "somebody has opened it again")],
    ids=["edited", "opened-again"],
)
def test_a_batch_that_somebody_touched_is_left_to_him(
    books: Books, touch: Callable[[Books], None], reason: str
) -> None:
    books.post(BOTH)
    touch(books)

    result = books.run(BOTH, **POSTED)

    assert result.exit_code == 3
    assert reason in result.log
    assert statuses(books) == ["Posted", "Open"]


@pytest.mark.switch("property_casing", "unready_batches", "posting_moves_stamps")
@pytest.mark.parametrize(
    "positions",
    [
        {"property_casing": "lowered", "ap_ready_in_post": "ignored"},
        {"unready_batches": "posted", "posting_moves_stamps": False},
    ],
    ids=["lowered", "lenient"],
)
def test_however_the_site_is_each_batch_is_posted_by_itself(
    books: Books, positions: dict[str, Any]
) -> None:
    others = add_ready_batches_of_somebody(books)
    books.switch(**positions)

    books.post(BOTH, **POSTED)

    books.switch(property_casing="documented")
    assert statuses(books) == ["Posted", "Posted"]
    payables.assert_stands_once(books, *ALL)
    assert_still_ready(books, others)


def with_calls(*calls: dict[str, Any]) -> list[dict[str, Any]]:
    return [one | {"post_call": call} for one, call in zip(POSTINGS, calls, strict=True)]


def read_example(books: Books, *calls: dict[str, Any]) -> dict[str, Any]:
    """The call that a message shows for the one that is refused."""
    refused = books.run(BOTH, **POSTED, postings=with_calls(*calls))
    (shown,) = re.findall(r"for example (\{.+?'\})\.", refused.log)
    return dict(YAML().load(shown))


def test_the_post_calls_of_the_messages_post_one_batch(books: Books) -> None:
    others = add_ready_batches_of_somebody(books)
    wrong = {"Batch": "{batch}"}
    calls = read_example(books, wrong, {}), read_example(books, {}, wrong)

    books.post(BOTH, **POSTED, postings=with_calls(*calls))

    assert statuses(books) == ["Posted", "Posted"]
    assert_still_ready(books, others)


@pytest.mark.parametrize(
    "calls",
    [
        (INVOICE_CALL, ADJUSTMENT_CALL | {"BatchType": "PY"}),
        (INVOICE_CALL, dict(list(ADJUSTMENT_CALL.items())[1:])),
        (dict(list(INVOICE_CALL.items())[1:]), ADJUSTMENT_CALL),
        (INVOICE_CALL | {"ProcessAllBatches": "Postallbatches"}, ADJUSTMENT_CALL),
    ],
    ids=["payments", "no-type", "no-switch", "all-batches"],
)
def test_a_post_call_that_may_post_other_batches_is_refused(
    books: Books, calls: tuple[dict[str, Any], ...]
) -> None:
    result = books.run(BOTH, **POSTED, postings=with_calls(*calls))

    assert result.exit_code == 2
    assert re.search(r"(does|would) not keep \w+( process)? to one batch", result.log)
    assert statuses(books) == []


def test_a_process_that_is_not_identified_leaves_nothing_entered_of_either_kind(
    books: Books,
) -> None:
    wrong = {"Type" if name == "BatchType" else name: one for name, one in ADJUSTMENT_CALL.items()}

    result = books.run(BOTH, **POSTED, postings=with_calls({}, wrong))

    assert result.exit_code == 2
    assert "APPostPaymentsAndAdjustments" in result.log
    assert statuses(books) == []


@pytest.mark.fault("cut_before", "cut_after", "late")
@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (PATCH, {"kind": "cut_after"}),
        (PROCESS, {"kind": "cut_before"}),
        (PROCESS, {"kind": "cut_after"}),
        (PROCESS, {"kind": "late", "until": LOOK}),
    ],
    ids=["ready-done", "post-never", "post-done", "post-after-a-look"],
)
def test_an_answer_that_is_lost_leaves_each_batch_posted_once(
    books: Books, call: dict[str, Any], fault: dict[str, Any]
) -> None:
    others = add_ready_batches_of_somebody(books)
    books.fault(**call, **fault)

    first = books.run(BOTH, **POSTED)
    books.post(BOTH, **POSTED)

    assert first.exit_code in (0, 1)
    assert statuses(books) == ["Posted", "Posted"]
    payables.assert_stands_once(books, *ALL)
    assert_still_ready(books, others)


@pytest.mark.switch("error_batch_description", "locked_periods")
@pytest.mark.parametrize("text", ["kept", "replaced"])
@pytest.mark.parametrize("kind", ["ap_invoice", "ap_adjustment"])
def test_an_entry_that_sage_moves_to_an_error_batch_is_named_and_stays_claimed(
    books: Books, kind: str, text: str
) -> None:
    make: Callable[..., Iterable[dict[str, Any]]]
    make = make_document if kind == "ap_invoice" else make_adjustment
    books.switch(error_batch_description=text)
    messages = export_payables(make("X-1"), make("X-2", **{"Document Date": "2026-09-30"}))
    books.post(messages)
    books.switch(locked_periods=[f"AP:{books.period_of('2026-09-30')}"])

    first = books.run(messages, **POSTED)
    again = books.run(messages, **POSTED)

    assert (first.exit_code, again.exit_code) == (3, 3)
    assert "entry.in_error_batch" in first.log
    assert statuses(books) == ["Posted", "Open"]
    (in_error,) = books.find_in(EntryState.IN_ERROR_BATCH, kind=kind)
    assert in_error.name == "X-2"
    payables.assert_stands_once(books, "X-1-1", "X-1-2", "X-2-1", "X-2-2")
