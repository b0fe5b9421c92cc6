"""Time as the sandbox tells it: real time plus a displacement that tests may move."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime

UTC = dt.UTC


class VirtualClock:
    """Runs at the speed of the real clock, from wherever it was set to.

    Both servers share one clock; the `Date` header of both follows it.
    """

    def __init__(self, *, ahead_s: float = 0.0) -> None:
        """Start `ahead_s` seconds before (negative: behind) the real time."""
        self._ahead = dt.timedelta(seconds=ahead_s)

    def now(self) -> dt.datetime:
        """Return the virtual moment, in UTC."""
        return self._real() + self._ahead

    def today(self) -> dt.date:
        """Return the virtual day, in UTC: Sage's default session date."""
        return self.now().date()

    def set(self, moment: dt.datetime) -> None:
        """Continue from `moment`; a moment without a zone is UTC."""
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        self._ahead = moment - self._real()

    def advance(self, seconds: float) -> None:
        """Jump `seconds` forward, or back when negative.

        Raises:
            ValueError: The moment would not be within the years 1 to 9999.
        """
        try:
            ahead = self._ahead + dt.timedelta(seconds=seconds)
            _ = self._real() + ahead
        except OverflowError as error:
            message = f"advance_s: {seconds} seconds lead out of the calendar"
            raise ValueError(message) from error
        self._ahead = ahead

    def reset(self) -> None:
        """Return to the real time."""
        self._ahead = dt.timedelta()

    def http_date(self) -> str:
        """Return the moment in the form of a `Date` header."""
        return format_datetime(self.now(), usegmt=True)

    @staticmethod
    def _real() -> dt.datetime:
        return dt.datetime.now(UTC)  # noqa: TID251  # the sandbox's one look at the real time
