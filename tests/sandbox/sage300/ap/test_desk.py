"""What people do to A/P batches meanwhile, through the control (design §5.6)."""

from __future__ import annotations

import pytest

from tests.sandbox.sage300.ap.payables import (
    Payables,
    adjustment,
    applied,
    distribution,
    invoice,
    payment,
)
from tests.sandbox.web import call


def test_a_person_edits_a_batch_by_the_same_rules(books: Payables) -> None:
    books.create(invoice("N1"))

    edited = books.control.send(
        "PATCH",
        "ap/IN/1",
        {"Description": "Renamed", "Invoices": [{"EntryNumber": 1, "OrderNumber": "X"}]},
    )

    assert edited["Description"] == "Renamed"
    assert books.read(1)["Invoices"][0]["OrderNumber"] == "X"


def test_a_person_makes_ready_opens_and_posts(books: Payables) -> None:
    books.create(invoice("N1"))

    states = [
        books.control.post(f"ap/IN/1/{deed}", {})["BatchStatus"]
        for deed in ("ready", "open", "post")
    ]

    assert states == ["ReadyToPost", "Open", "Posted"]
    assert books.owed() == 100


def test_a_person_deletes_a_batch_and_it_stays_as_deleted(books: Payables) -> None:
    books.create(invoice("N1"))

    books.control.post("ap/IN/1/delete", {})

    assert books.read(1)["BatchStatus"] == "Deleted"
    assert books.patch(1, Description="x").error_code == "RecordInvalid"


def test_a_purged_batch_is_gone_and_its_number_is_not_used_again(books: Payables) -> None:
    books.post(invoice("N1"))

    gone = books.control.post("ap/IN/1/purge", {})
    following = books.create(invoice("N2"))

    assert gone == {}
    assert books.sage.get("AP/APInvoiceBatches(1)").error_code == "RecordNotFound"
    assert following["BatchNumber"] == 2
    assert books.document("N1")["BatchNumber"] == 1


@pytest.mark.switch("ap_duplicates")
def test_a_copied_invoice_batch_is_refused_where_its_numbers_are_taken(books: Payables) -> None:
    books.create(invoice("N1"))

    books.control.turn(ap_duplicates="posted")
    books.control.post("ap/IN/1/copy", {})
    books.control.turn(ap_duplicates="posted_and_open")
    answer = call("POST", f"{books.control.origin}/_sandbox/ap/IN/1/copy", body={})

    assert (answer.status, "already exists" in answer.json["error"]) == (400, True)
    assert books.read(2)["Invoices"][0]["DocumentNumber"] == "N1"


def test_a_copied_adjustment_batch_adjusts_once_more(books: Payables) -> None:
    books.post(invoice("N1"))
    books.create_payments("AD", adjustment("N1", distribution("6100", 5), EntryReference="A-1"))

    books.control.post("ap/AD/1/copy", {})

    one, other = (
        books.sage.get(f"AP/APPaymentAndAdjustmentBatches(BatchSelector='AD',BatchNumber={n})").json
        for n in (1, 2)
    )
    assert (other["BatchStatus"], other["BatchTotal"]) == ("Open", one["BatchTotal"])
    entries = [each["PaymentsAdjustments"][0] for each in (one, other)]
    assert [entry["EntryReference"] for entry in entries] == ["A-1", "A-1"]


def test_an_open_batch_is_not_purged(books: Payables) -> None:
    books.create(invoice("N1"))

    answer = call("POST", f"{books.control.origin}/_sandbox/ap/IN/1/purge", body={})

    assert answer.status == 400
    assert books.read(1)["BatchStatus"] == "Open"


@pytest.mark.parametrize("kind", ["IN", "PY", "AD"])
def test_a_person_posts_everything_of_a_kind(books: Payables, kind: str) -> None:
    books.post(invoice("N1"))
    books.create(invoice("N2"), BatchStatus="ReadyToPost")
    books.create_payments("PY", payment(applied("N1", 10)), BatchStatus="ReadyToPost")
    books.create_payments(
        "AD", adjustment("N1", distribution("6100", 5)), BatchStatus="ReadyToPost"
    )

    books.control.post(f"ap/{kind}/post", {})

    assert books.owed() == {"IN": 200, "PY": 90, "AD": 105}[kind]


def test_people_clear_finished_batches_and_history(books: Payables) -> None:
    books.post(invoice("N1"), invoice("N2"))
    books.post_payments("PY", payment(applied("N1", 100)))
    books.create(invoice("N3"))

    batches = books.control.post("ap/clear", {"batches": True})
    early = books.control.post("ap/clear", {"documents_through": "2026-06-14"})
    late = books.control.post("ap/clear", {"documents_through": "2026-06-30", "errors": True})

    assert (batches, early) == ({"cleared": 2}, {"cleared": 0})
    # The invoice, its payment as a document, and the payment.
    assert late == {"cleared": 3}
    assert [row["DocumentNumber"] for row in books.documents()] == ["N2"]


def test_a_number_can_be_used_again_once_its_history_is_cleared(books: Payables) -> None:
    books.post(invoice("N1"))
    books.post_payments("PY", payment(applied("N1", 100)))
    books.control.post("ap/clear", {"batches": True, "documents_through": "2026-06-30"})

    answer = books.insert(invoice("N1"))

    assert answer.status == 201


def test_a_window_that_is_closed_lets_others_in(books: Payables) -> None:
    books.create(invoice("N1"))
    books.control.post("ap/IN/1/lock", {"user": "ANNE"})

    locked = books.patch(1, Description="x")
    books.control.post("ap/IN/1/unlock", {})
    unlocked = books.patch(1, Description="x")

    assert (locked.error_code, unlocked.status) == ("General", 204)


def test_the_gl_batch_is_made_at_the_desk(books: Payables) -> None:
    books.control.turn(ap_gl_batches="on_request")
    books.post(invoice("N1"))

    books.control.post("ap/create_gl_batch", {})

    assert len(books.sage.values("GL/GLJournalBatches")) == 1


def test_a_reset_forgets_what_was_posted(books: Payables) -> None:
    books.post(invoice("N1"))

    books.control.post("reset", {})

    assert books.documents() == []
