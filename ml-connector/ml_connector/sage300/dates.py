"""Sage's dates: plain days, whatever the wire makes of them."""

from __future__ import annotations

import datetime as dt
import re

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")


def parse_date(value: object) -> dt.date | None:
    """Return the day in `"2024-01-31T00:00:00Z"`; `None` when it is blank.

    The text is cut at `T` and never moved by a time zone: Sage stores days as YYYYMMDD integers
    without time or zone (Sage sheet §3.4).

    Raises:
        ValueError: `value` is neither blank nor a date.
    """
    if value is None or value == "":
        return None
    match = _DAY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is not a date like 2024-01-31")
    year, month, day = (int(part) for part in match.groups())
    return dt.date(year, month, day)
