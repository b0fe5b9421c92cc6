"""Settings of the model as a whole, which a client can change by accident (Anaplan sheet §3.2).

Current period, current fiscal year (which moves the timescale), switchover dates of versions.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ml_connector_sandbox.anaplan._calendar import Calendar

CALENDAR_TYPE = "Calendar Months/Quarters/Years"


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of the model."""

    id: str
    name: str
    is_actual: bool


VERSIONS = (
    Version(id="107000000001", name="Actual", is_actual=True),
    Version(id="107000000002", name="Forecast", is_actual=False),
)


class ModelSettings:
    """What `PUT …/currentPeriod` and its kin have set; at first, what the day makes of it."""

    def __init__(self) -> None:
        """Start with nothing set: the current period follows the virtual day."""
        self.switchovers: dict[str, dt.date] = {}
        self._current_period: dt.date | None = None
        self._is_period_set = False
        self._fiscal_day: dt.date | None = None

    def current_period(self, today: dt.date) -> dt.date | None:
        """Return a day in the current period; nothing when it was set to blank."""
        return self._current_period if self._is_period_set else today

    def set_current_period(self, day: dt.date | None) -> None:
        """Set the current period to the month that holds `day`, or to blank."""
        self._current_period, self._is_period_set = day, True

    def fiscal_day(self, today: dt.date) -> dt.date:
        """Return a day in the current fiscal year."""
        return self._fiscal_day or today

    def set_fiscal_year(self, calendar: Calendar, *, year: int, today: dt.date) -> Calendar:
        """Make `year` the current fiscal year, and return the calendar that has moved with it.

        The timescale keeps its numbers of past and future years, so that periods at one end of it
        are gone with all they held.

        Raises:
            ValueError: The calendar has no such year.
        """
        if not calendar.first_year <= year <= calendar.last_year:
            message = f"the calendar has no fiscal year {year}"
            raise ValueError(message)
        current, _, _ = calendar.fiscal_year(self.fiscal_day(today))
        first_month = calendar.first_day(0).month
        moved = Calendar(
            first_year=calendar.first_year + year - current,
            last_year=calendar.last_year + year - current,
            first_month=first_month,
        )
        self._fiscal_day = moved.first_day((year - moved.first_year) * 12)
        return moved


def last_day_of_month(day: dt.date) -> dt.date:
    """Return the last day of the month holding `day`."""
    following = (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return following - dt.timedelta(days=1)
