"""Whether an entry is in the books is asked again before it is denied, over real HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tap_sage300.fresh import FreshTap
from tap_sage300.posted import PostedLookup

from tests.tap_sage300.runs import Sandbox, Tap, count_requests
from tests.tap_sage300.test_batches_over_http import act, enter, make_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def lookup(company: Sandbox) -> Iterator[PostedLookup]:
    tap = FreshTap(company.info["sage300"], streams=frozenset())
    yield PostedLookup(tap.session)
    tap.close(outcome="", exit_code=0)


def test_a_batch_posted_after_its_neighbours_were_asked_for_is_posted(
    company: Sandbox, lookup: PostedLookup, tmp_path: Path
) -> None:
    tap = Tap(company, tmp_path)
    batch = enter(tap, make_document("L-1"), make_document("L-2"))
    before = lookup.find_posted(batch=batch, entries={1, 2})
    act(tap, batch, "post")

    after = lookup.find_posted(batch=batch, entries={1, 2})

    assert (before, after) == (set(), {1, 2})


def test_what_is_known_as_posted_is_not_asked_for_again(
    company: Sandbox, lookup: PostedLookup, tmp_path: Path
) -> None:
    tap = Tap(company, tmp_path)
    batch = enter(tap, make_document("L-1"))
    act(tap, batch, "post")
    assert lookup.find_posted(batch=batch, entries={1, 2}) == {1}
    asked = count_requests(company)

    assert lookup.find_posted(batch=batch, entries={1}) == {1}
    assert count_requests(company) == asked
    assert lookup.find_posted(batch=batch, entries={1, 2}) == {1}
    assert count_requests(company) == asked + 1
