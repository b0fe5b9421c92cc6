"""Payables with lost answers: each line stands in A/P exactly once.

Goal and method are those of test_lost_answers, for the two kinds of payables: the
protocol is the same, what it reads and writes is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.target_sage300 import payables
from tests.target_sage300.payables import (
    POSTINGS,
    export_payables,
    make_adjustment,
    make_document,
)

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books

CASES = {
    "ap_invoice": (make_document, "APInvoiceBatches"),
    "ap_adjustment": (make_adjustment, "APPaymentAndAdjustmentBatches"),
}
ALL = ("X-1-1", "X-1-2", "X-2-1", "X-2-2")


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest, books: Books) -> tuple[Books, bytes, dict[str, Any], str]:
    """A fresh company, a run of two entries of a kind, the call that posts, and its resource."""
    make, resource = CASES[request.param]
    books.settings["postings"] = [one for one in POSTINGS if one["kind"] == request.param]
    messages = export_payables(make("X-1"), make("X-2"))
    return books, messages, {"method": "POST", "path": f"{resource}$"}, resource


@pytest.mark.fault("cut_before")
def test_a_batch_that_never_arrived_is_posted_by_the_next_run(
    case: tuple[Books, bytes, dict[str, Any], str],
) -> None:
    books, messages, post, _ = case
    books.fault("cut_before", **post)

    lost = books.run(messages)

    assert (lost.exit_code, lost.states) == (1, [])
    assert payables.standing(books).total() == 0
    books.post(messages)
    payables.assert_stands_once(books, *ALL)


@pytest.mark.fault("cut_after")
def test_a_batch_whose_answer_was_lost_is_found_and_not_posted_again(
    case: tuple[Books, bytes, dict[str, Any], str],
) -> None:
    books, messages, post, _ = case
    books.fault("cut_after", **post)

    books.post(messages)

    payables.assert_stands_once(books, *ALL)


@pytest.mark.fault("late")
@pytest.mark.parametrize("looks", [1, 2])
def test_a_batch_that_appears_after_a_look_is_found_by_the_next(
    case: tuple[Books, bytes, dict[str, Any], str], looks: int
) -> None:
    books, messages, post, resource = case
    until = {"method": "GET", "path": rf"{resource}\?", "times": looks}
    books.fault("late", **post, until=until)

    books.post(messages)

    payables.assert_stands_once(books, *ALL)


@pytest.mark.switch(
    "insert_status", "property_casing", "decimals", "dates", "order", "ap_duplicates"
)
@pytest.mark.parametrize(
    ("switch", "position"),
    [
        ("insert_status", 204),
        ("property_casing", "lowered"),
        ("decimals", "scaled"),
        ("dates", "zoneless"),
        ("order", "shuffled"),
        ("ap_duplicates", "posted"),
        ("ap_ready_in_post", "ignored"),
        ("ap_undistributed", "fails_at_posting"),
        ("ap_gl_batches", "on_request"),
    ],
)
def test_each_line_stands_once_whichever_way_sage_is(
    case: tuple[Books, bytes, dict[str, Any], str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
    switch: str,
    position: object,
) -> None:
    books, messages, post, _ = case
    books.switch(**{switch: position})
    books.fault("cut_after", **post)
    books.post(messages)
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path_factory.mktemp("another-home")))

    books.post(messages)

    books.switch(property_casing="documented", decimals="plain")
    payables.assert_stands_once(books, *ALL)
