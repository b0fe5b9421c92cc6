"""State and ledger that an earlier version of the tap left go on working.

Both are copied from what the version that read orders only had written, after two runs of which the
second found line 2000 of order 2 taken out.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import Document, open_ledger

from tests.tap_sage300.books import Books, Pipeline, Ticks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLD = "2026-01-05T00:00:00Z"
READ_AT = dt.datetime(2026, 11, 23, 6, 0, 2, tzinfo=dt.UTC)
STATE: dict[str, Any] = {
    "complete": True,
    "company": "SAMLTD",
    "last_posting_date": "2026-11-02",
    "last_sequence_key": 4,
    "swept_on": "2026-11-23",
    "read_at": "2026-11-23T06:00:02Z",
    "open": {
        "1": ["PO000001", "1200", 2],
        "2": ["PO000002", "1200", 1],
        "4": ["PO000004", "1200", 1],
    },
    "recent": {"3": ["PO000003", "1200", [1000, 1500]]},
}
ROWS = {
    "1": '["1200",2,{},true,null]',
    "2": '["1200",1,{"PO000002":[2000]},true,"2026-11-23T06:00:02Z"]',
    "3": '["1200",[1000,1500],{},true,null]',
    "4": '["1200",1,{},true,null]',
}


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    books = Books()
    books.add(1000, 2000, key=1, LastPostingDate=OLD)
    books.add(1000, key=2, LastPostingDate=OLD)
    books.add(1000, 1500, key=3, Completed=True)
    books.add(1000, key=4, LastPostingDate=OLD)
    with open_ledger(tmp_path / "ledger.sqlite3") as ledger:
        clock = Ticks()
        clock.at += dt.timedelta(hours=1)
        made = Pipeline(books, ledger, clock=clock, state=STATE)
        made.held = books.list_standing()
        yield made


def remember(pipeline: Pipeline) -> None:
    """Give the ledger the rows of the earlier version."""
    memory = pipeline.ledger.documents(subject=pipeline.subject, kind="purchase_orders")
    rows = {
        key: Document(
            key=key,
            number=f"PO00000{key}",
            is_open=key != "3",
            content=content,
            seen_at=READ_AT,
            gone_at=READ_AT + dt.timedelta(seconds=1) if key == "2" else None,
        )
        for key, content in ROWS.items()
    }
    memory.revise(list(rows), lambda _known: dict(rows))


@pytest.mark.parametrize("with_ledger", [True, False])
def test_what_went_since_is_told_and_nothing_twice(
    pipeline: Pipeline, *, with_ledger: bool
) -> None:
    if with_ledger:
        remember(pipeline)
    del pipeline.books.orders[1]
    pipeline.books.set_lines(3, 1000)

    written = pipeline.run()

    assert written.deleted == {
        *("SAMLTD:PO:PO000001:1000", "SAMLTD:PO:PO000001:2000"),
        "SAMLTD:PO:PO000003:1500",
    }
    assert pipeline.held == pipeline.books.list_standing()


def test_what_it_has_not_confirmed_is_still_told(pipeline: Pipeline) -> None:
    remember(pipeline)
    pipeline.state = {**STATE, "read_at": "2026-11-23T06:00:01Z"}

    assert pipeline.run().deleted == {"SAMLTD:PO:PO000002:2000"}
