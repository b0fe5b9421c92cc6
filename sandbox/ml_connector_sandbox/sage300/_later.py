"""What takes its time: acts that take effect when the sandbox's clock has come that far.

They are done at the first look at the company afterwards, so nothing runs by itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox.sage300._records import Company

_KEPT_AS = "later"


@dataclass(frozen=True, slots=True)
class _Act:
    due: dt.datetime
    do: Callable[[], None]


class Agenda:
    """Acts that wait for their moment, of one company."""

    def __init__(self, clock: VirtualClock) -> None:
        """Tell the time by `clock`."""
        self._clock = clock
        self._acts: list[_Act] = []

    def add(self, do: Callable[[], None], *, after_s: float) -> None:
        """Do something `after_s` seconds from now."""
        due = self._clock.now() + dt.timedelta(seconds=after_s)
        self._acts.append(_Act(due, do))

    def catch_up(self) -> None:
        """Do what is due, in the order of its moments."""
        now = self._clock.now()
        due = sorted((act for act in self._acts if act.due <= now), key=lambda act: act.due)
        self._acts = [act for act in self._acts if act.due > now]
        for act in due:
            act.do()


def keep_agenda(company: Company, clock: VirtualClock) -> Agenda:
    """Give a company its agenda."""
    agenda = Agenda(clock)
    company.unseen[_KEPT_AS] = agenda
    return agenda


def do_later(company: Company, do: Callable[[], None], *, after_s: float) -> None:
    """Do something after `after_s` seconds; at once when none, or when nobody tells the time."""
    agenda = company.unseen.get(_KEPT_AS)
    if after_s > 0 and isinstance(agenda, Agenda):
        agenda.add(do, after_s=after_s)
    else:
        do()
