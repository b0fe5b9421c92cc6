"""Terms of payment of the generated company."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class TermsOfPayment(NamedTuple):
    """When to pay, and what paying early earns."""

    code: str
    description: str
    days: int
    discount_days: int = 0
    discount_percent: int = 0


TERMS = (
    TermsOfPayment("2N10", "2% 10 days, net 30", 30, 10, 2),
    TermsOfPayment("COD", "Cash on delivery", 0),
    TermsOfPayment("NET30", "Net 30 days", 30),
    TermsOfPayment("NET60", "Net 60 days", 60),
)
_BY_CODE = {terms.code: terms for terms in TERMS}


def due_dates(code: str, day: dt.date) -> tuple[dt.date, dt.date | None]:
    """Return when a document of `day` is due, and until when it earns a discount."""
    terms = _BY_CODE[code]
    due = day + dt.timedelta(days=terms.days)
    if not terms.discount_days:
        return due, None
    return due, day + dt.timedelta(days=terms.discount_days)


def discount_of(code: str, cents: int) -> int:
    """Return the discount on an amount paid early."""
    return (cents * _BY_CODE[code].discount_percent + 50) // 100
