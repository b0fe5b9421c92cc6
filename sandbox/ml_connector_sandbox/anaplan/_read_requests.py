"""Large reads on their way: states, pages that appear one by one, expiry (Anaplan sheet §7.4)."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._switchboard import read_number
from ml_connector_sandbox.anaplan._tables import render_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ml_connector_sandbox._switches import Switches

_IDLE_MAX = dt.timedelta(minutes=30)
_PAGES_PER_RESET = 100


class ReadState(Enum):
    """`requestState`."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETE = "COMPLETE"
    CANCELLED = "CANCELLED"


@dataclass
class ReadRequest:
    """A read of a view or list: its pages are made at once, and appear while its time passes."""

    id: str
    kind: str
    object_id: str
    pages: list[str]
    started_at: dt.datetime
    run_time: dt.timedelta
    successful: bool = True
    """A read that is COMPLETE without success has to be started again."""
    used_at: dt.datetime | None = None
    was_seen: bool = False
    """Whether its state has been told once; until then it has not started."""

    def state(self, now: dt.datetime) -> ReadState:
        """Return how far it is."""
        if now - self.started_at >= self.run_time:
            return ReadState.COMPLETE
        return ReadState.IN_PROGRESS if self.was_seen else ReadState.NOT_STARTED

    def available(self, now: dt.datetime) -> int:
        """Return how many pages can be fetched; they may be while it still runs."""
        if not self.successful:
            return 0
        if self.state(now) is ReadState.COMPLETE:
            return len(self.pages)
        passed = max(dt.timedelta(), now - self.started_at)
        return int(len(self.pages) * (passed / self.run_time))

    def take(self, number: int, now: dt.datetime) -> str | None:
        """Return a page if it is there; every hundredth starts the 30 minutes anew."""
        if number >= self.available(now):
            return None
        if number % _PAGES_PER_RESET == 0:
            self.used_at = now
        return self.pages[number]

    def is_expired(self, now: dt.datetime) -> bool:
        """Tell whether 30 minutes have passed since it started, or since such a page."""
        return now - (self.used_at or self.started_at) > _IDLE_MAX


def cut_pages(rows: Iterable[Sequence[str]], switches: Switches) -> Iterator[str]:
    """Cut into pages; whether each repeats the header line is a switch (§11, 13)."""
    size = read_number(switches, "read_page_rows")
    repeats = switches.text("read_page_header") == "every"
    remaining = iter(rows)
    header = next(remaining, [])
    first = True
    while page := list(itertools.islice(remaining, size)):
        yield render_csv([header, *page] if first or repeats else page, escaped=True)
        first = False
    if first:
        yield render_csv([header], escaped=True)
