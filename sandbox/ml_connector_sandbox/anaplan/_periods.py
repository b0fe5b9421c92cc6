"""Periods as texts: labels, and dates in every form a builder can map (Anaplan sheet §9.4)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._lists import ListData

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._calendar import Calendar

MONTHS_PER_YEAR = 12
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SUMMARY = re.compile(r"(?:(?:Q[1-4]|H[12]) )?FY(\d{2})")
_SEPARATOR = re.compile(r"[^0-9A-Za-z]+")

NAMES = "names"
SEPARATED = ("Y-M-D", "Y-D-M", "D-M-Y", "M-D-Y")
"""Any other separator does as well; the month may be a short name, the year have 1 to 4 digits."""
PLAIN = ("YYYYMMDD", "YYYYDDMM", "DDMMYYYY", "MMDDYYYY", "YYMMDD", "YYDDMM", "DDMMYY", "MMDDYY")
DATE_FORMS = (NAMES, *SEPARATED, *PLAIN)


@dataclass(frozen=True)
class PeriodPlace:
    """A period found: the month, or none for a period that sums months."""

    label: str
    month: int | None
    """Months since the year 0, so that it stays the same when the timescale moves."""


def number_month(day: dt.date) -> int:
    """Return the month holding `day` as months since the year 0."""
    return day.year * MONTHS_PER_YEAR + day.month - 1


def label_month(number: int) -> str:
    """Return the label of a month numbered by `number_month`."""
    year, month = divmod(number, MONTHS_PER_YEAR)
    return f"{_MONTHS[month].capitalize()} {year % 100:02d}"


def list_periods(calendar: Calendar) -> ListData:
    """Return the labels of all periods, those that sum months too: what a time format takes."""
    labels = ListData()
    for period in calendar.months:
        labels.add(name=period.label, code="")
    for year in range(calendar.first_year, calendar.last_year + 1):
        fiscal = f"FY{year % 100:02d}"
        for part in ("", *(f"Q{n} " for n in range(1, 5)), "H1 ", "H2 "):
            labels.add(name=part + fiscal, code="")
    return labels


def find_period(calendar: Calendar, text: str) -> PeriodPlace | None:
    """Return the period of a label such as `Jan 24`, `Q1 FY24` or `FY24`, if it is in range."""
    for position, period in enumerate(calendar.months):
        if period.label == text:
            return PeriodPlace(text, number_month(calendar.first_day(position)))
    summary = _SUMMARY.fullmatch(text)
    if summary is None:
        return None
    years = range(calendar.first_year, calendar.last_year + 1)
    in_range = int(summary.group(1)) in {year % 100 for year in years}
    return PeriodPlace(text, None) if in_range else None


def find_date(calendar: Calendar, text: str, form: str) -> PeriodPlace | None:
    """Fold a date, written in one of `DATE_FORMS`, into the month that contains it."""
    day = _parse_separated(text, form) if form in SEPARATED else _parse_plain(text, form)
    position = calendar.find_month(day) if day is not None else None
    if day is None or position is None:
        return None
    return PeriodPlace(calendar.label(day), number_month(day))


def _parse_separated(text: str, form: str) -> dt.date | None:
    parts = _SEPARATOR.split(text.strip())
    letters = form.split("-")
    if len(parts) != len(letters):
        return None
    by_letter = dict(zip(letters, parts, strict=True))
    month = by_letter["M"].lower()
    if month in _MONTHS:
        by_letter["M"] = str(_MONTHS.index(month) + 1)
    return _build_date(by_letter["Y"], by_letter["M"], by_letter["D"])


def _parse_plain(text: str, form: str) -> dt.date | None:
    digits = text.strip()
    if len(digits) != len(form):
        return None
    parts = dict.fromkeys("YMD", "")
    for letter, digit in zip(form, digits, strict=True):
        parts[letter] += digit
    return _build_date(parts["Y"], parts["M"], parts["D"])


def _build_date(year: str, month: str, day: str) -> dt.date | None:
    """A year of one or two digits is of this century (I)."""
    if not all(part.isascii() and part.isdigit() for part in (year, month, day)):
        return None
    number = int(year) if len(year) > 2 else 2000 + int(year)  # noqa: PLR2004  # two digits
    try:
        return dt.date(number, int(month), int(day))
    except ValueError:
        return None
