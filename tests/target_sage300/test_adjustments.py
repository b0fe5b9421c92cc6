"""Approved adjustments become open A/P adjustment batches, each line once, and are found again."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300 import payables
from tests.target_sage300.payables import (
    DOCUMENT,
    POSTINGS,
    export_payables,
    make_adjustment,
    make_document,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target_sage300.conftest import Books

MESSAGES = export_payables(make_adjustment("ADJ-1"), make_adjustment("ADJ-2"))
ALL = ("ADJ-1-1", "ADJ-1-2", "ADJ-2-1", "ADJ-2-2")
KIND = "ap_adjustment"


@pytest.fixture
def ap(books: Books) -> Books:
    """A fresh company, and a target that posts payables."""
    books.settings["postings"] = POSTINGS
    return books


def act(books: Books, *deeds: str) -> None:
    """A person does something to the only batch of planning."""
    (batch,) = payables.adjustment_batches(books)
    for deed in deeds:
        books.control("POST", f"ap/AD/{batch['BatchNumber']}/{deed}", {})


def due(books: Books) -> Decimal:
    """What is owed on the adjusted document."""
    return Decimal(
        str(payables.posted_document(books, "000033", DOCUMENT)["VendorCurrencyAmountDue"])
    )


def test_an_approved_adjustment_becomes_an_open_batch(ap: Books) -> None:
    ap.post(export_payables(make_adjustment("ADJ-1")))

    (batch,) = payables.adjustment_batches(ap)
    (entry,) = batch["PaymentsAdjustments"]
    (applied,) = entry["AppliedPayments"]
    assert (batch["BatchSelector"], batch["BatchStatus"]) == ("AD", "Open")
    assert (entry["EntryReference"], entry["PaymentTransactionType"]) == ("ADJ-1-1", "Adjustment")
    assert (applied["DocumentNumber"], applied["PaymentAmount"]) == (DOCUMENT, Decimal("-14.75"))
    below = applied["AdjustmentGLDistributions"]
    assert [(line["Reference"], line["DistributionAmount"]) for line in below] == [
        ("ADJ-1-1", Decimal("-10.5")),
        ("ADJ-1-2", Decimal("-4.25")),
    ]


@pytest.mark.switch("ap_adjustment_sign")
@pytest.mark.parametrize("sign", ["debit", "credit"])
def test_what_is_owed_changes_by_what_was_approved_whatever_sign_sage_means(
    ap: Books, sign: str
) -> None:
    ap.switch(ap_adjustment_sign=sign)
    before = due(ap)
    postings = [{"stream": "ap_adjustments", "kind": KIND, "adjustment_sign": sign}]
    messages = export_payables(make_adjustment("ADJ-1"))
    ap.post(messages, postings=postings)

    act(ap, "post")

    assert due(ap) == before - Decimal("14.75")
    ap.post(messages, postings=postings)
    assert [one.name for one in ap.find_in(EntryState.POSTED, kind=KIND)] == ["ADJ-1"]


def test_one_entry_may_adjust_several_documents(ap: Books) -> None:
    ap.post(export_payables(make_document("APE-1", "50.00")))
    (batch,) = payables.invoice_batches(ap)
    ap.control("POST", f"ap/IN/{batch['BatchNumber']}/post", {})
    lines = make_adjustment("ADJ-1")
    lines[1]["Applies To Document"] = "APE-1-1"

    ap.post(export_payables(make_document("APE-1", "50.00"), lines))
    act(ap, "post")

    other = payables.posted_document(ap, "000033", "APE-1-1")
    assert other["VendorCurrencyAmountDue"] == Decimal("45.75")
    assert due(ap) == Decimal("10503.99")


@pytest.mark.parametrize("deeds", [(), ("ready",), ("post",)], ids=["open", "ready", "posted"])
@pytest.mark.parametrize("ledger", ["kept", "lost"])
def test_a_second_run_posts_nothing(
    ap: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, deeds: tuple[str, ...], ledger: str
) -> None:
    ap.post(MESSAGES)
    act(ap, *deeds)
    if ledger == "lost":
        monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))

    ap.post(MESSAGES)

    payables.assert_stands_once(ap, *ALL)


def test_an_adjustment_that_settled_its_document_still_stands(ap: Books) -> None:
    messages = export_payables(make_adjustment("ADJ-1", "-10514.49"))
    ap.post(messages)
    act(ap, "post")

    ap.post(messages)

    assert due(ap) == 0
    assert [one.name for one in ap.find_in(EntryState.POSTED, kind=KIND)] == ["ADJ-1"]


@pytest.mark.parametrize("ledger", ["kept", "lost"])
def test_what_was_posted_and_purged_is_not_posted_again(
    ap: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ledger: str
) -> None:
    ap.post(MESSAGES)
    act(ap, "post", "purge")
    if ledger == "lost":
        monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))

    result = ap.run(MESSAGES)

    assert payables.adjustment_batches(ap) == []
    if ledger == "lost":
        assert result.exit_code == 3
        kept = ap.find_in(EntryState.REFUSED, kind=KIND)
        assert all("cannot be proven" in str(entry.reason) for entry in kept)


def test_the_remedy_for_what_was_purged_unseen_is_to_look_first(ap: Books) -> None:
    ap.post(MESSAGES)
    act(ap, "post", "purge")

    result = ap.run(export_payables(make_adjustment("ADJ-1", "-11.50", "-4.25")))

    assert result.exit_code == 3
    (kept,) = ap.find_in(EntryState.REFUSED, kind=KIND)
    assert "which is there no more" in str(kept.reason)
    assert "Look in Sage 300 whether it was posted" in str(kept.reason)
    assert "deleted" not in str(kept.reason)


def test_a_document_that_nothing_was_set_against_is_free_whatever_was_purged(
    ap: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ap.post(export_payables(make_document("APE-1", "50.00"), make_adjustment("ADJ-1")))
    (batch,) = payables.invoice_batches(ap)
    ap.control("POST", f"ap/IN/{batch['BatchNumber']}/post", {})
    act(ap, "post", "purge")
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))
    fresh: dict[str, Any] = {"Applies To Document": "APE-1-1"}

    ap.post(export_payables(make_document("APE-1", "50.00"), make_adjustment("ADJ-9", **fresh)))

    (stored,) = payables.adjustment_batches(ap)
    assert stored["PaymentsAdjustments"][0]["EntryReference"] == "ADJ-9-1"


def test_what_a_person_deleted_is_not_posted_again(ap: Books) -> None:
    ap.post(MESSAGES)
    act(ap, "delete")

    ap.post(MESSAGES)

    assert payables.standing(ap).total() == 0
    assert len(ap.find_in(EntryState.WITHDRAWN, kind=KIND)) == 2


def test_another_amount_is_a_conflict_on_a_new_ledger_too(
    ap: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ap.post(export_payables(make_adjustment("ADJ-1")))
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "another-home"))

    result = ap.run(export_payables(make_adjustment("ADJ-1", "-1", "-2")))

    assert result.exit_code == 3
    payables.assert_stands_once(ap, "ADJ-1-1", "ADJ-1-2")


@pytest.mark.parametrize("left", ["rolled_back", "orphan_header", "first_entries"])
@pytest.mark.switch("nested_creation", "locked_periods")
def test_one_bad_adjustment_does_not_hold_the_others(ap: Books, left: str) -> None:
    ap.switch(nested_creation=left, locked_periods=[f"AP:{ap.period_of('2026-09-30')}"])
    bad = make_adjustment("ADJ-3", **{"Document Date": "2026-09-30"})
    good = [make_adjustment(f"ADJ-{number}") for number in (1, 2, 4, 5)]

    result = ap.run(export_payables(*good[:2], bad, *good[2:]))

    assert result.exit_code == 3
    payables.assert_stands_once(ap, *(f"ADJ-{n}-{line}" for n in (1, 2, 4, 5) for line in (1, 2)))
    (kept,) = ap.find_in(EntryState.REFUSED, kind=KIND)
    assert (kept.name, "locked" in str(kept.reason)) == ("ADJ-3", True)
