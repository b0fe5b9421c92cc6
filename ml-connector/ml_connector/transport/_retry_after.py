"""The `Retry-After` header: seconds, or a date."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pendulum

if TYPE_CHECKING:
    from collections.abc import Mapping


def parse_retry_after(headers: Mapping[str, str], *, now: pendulum.DateTime) -> float | None:
    """Return how many seconds to wait, or `None` when the header is absent or unreadable.

    Both forms occur (Anaplan sheet §8). A date is compared with the answer's own `Date` where it
    has one, so that a clock of ours which is wrong does not matter; a past date means 0.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(int(value))
    until = parse_http_date(value)
    if until is None:
        return None
    since = parse_http_date(headers.get("Date", "")) or now
    return max(0.0, (until - since).total_seconds())


def parse_http_date(value: str) -> pendulum.DateTime | None:
    """Return an HTTP date (`Wed, 31 Jan 2024 10:00:00 GMT`) in UTC, `None` when it is none."""
    try:
        return pendulum.instance(parsedate_to_datetime(value)).in_timezone("UTC")
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
