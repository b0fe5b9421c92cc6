"""The model's calendar: months and their fiscal years (Anaplan sheet §9.4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, kw_only=True)
class Period:
    """A month, or a year that sums its twelve."""

    id: str
    label: str
    months: tuple[int, ...]
    """Positions of the months it covers; one for a month."""

    @property
    def is_summary(self) -> bool:
        """Whether the period only sums others and cannot be written."""
        return len(self.months) > 1


class Calendar:
    """Calendar months from January of `first_year` to December of `last_year`."""

    def __init__(self, *, first_year: int, last_year: int) -> None:
        """Lay out months, each year followed by its total."""
        self.first_year = first_year
        self.last_year = last_year
        self.months = [
            self._month(year, month)
            for year in range(first_year, last_year + 1)
            for month in range(1, 13)
        ]
        self.periods = self._with_years()

    def find_month(self, day: dt.date) -> int | None:
        """Return the position of the month holding `day`; nothing outside the calendar."""
        if not self.first_year <= day.year <= self.last_year:
            return None
        return (day.year - self.first_year) * 12 + day.month - 1

    def label(self, day: dt.date) -> str:
        """Return the label of the month holding `day`, such as `Jan 24`."""
        return f"{_MONTHS[day.month - 1]} {day.year % 100:02d}"

    def _month(self, year: int, month: int) -> Period:
        position = (year - self.first_year) * 12 + month - 1
        label = self.label(dt.date(year, month, 1))
        return Period(id=f"2050000{position + 1:05d}", label=label, months=(position,))

    def _with_years(self) -> list[Period]:
        periods: list[Period] = []
        for number, start in enumerate(range(0, len(self.months), 12)):
            year = self.first_year + number
            periods += self.months[start : start + 12]
            label = f"FY{year % 100:02d}"
            covered = tuple(range(start, start + 12))
            periods.append(Period(id=f"2040000{number + 1:05d}", label=label, months=covered))
        return periods
