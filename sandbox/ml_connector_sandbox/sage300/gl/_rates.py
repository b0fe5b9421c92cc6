"""Exchange rates from `CSCurrencyRates` (Sage sheet §4.6, D for the names; §7 unknown 22)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ml_connector_sandbox.sage300._fiscal import parse_day
from ml_connector_sandbox.sage300._values import Number, details_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from ml_connector_sandbox.sage300._records import Company

MULTIPLY, DIVIDE = "1", "2"
"""How a line's `CurrencyRateOperator` says what is done with the rate (M)."""


class Rate(NamedTuple):
    """An exchange rate, and how it makes functional of source amounts."""

    value: Number
    operator: str


def find_rate(
    company: Company, *, home: str, currency: str, rate_type: str, day: dt.date
) -> Rate | None:
    """Return the rate of `currency` for `day`, as the table's date matching picks it."""
    table = company.find_table("CS", "CSCurrencyRates")
    row = table.find((home, rate_type)) if table is not None else None
    if table is None or row is None:
        return None
    index = table.resource.index
    dated = [
        (parse_day(detail["RateDate"]) or day, detail["Rate"])
        for detail in details_of(row[index["CurrencyRateDetail"]])
        if detail["FromCurrency"] == currency
    ]
    picked = _pick(dated, day, matching=str(row[index["DateMatching"]]))
    operator = DIVIDE if row[index["RateOperation"]] == "Divide" else MULTIPLY
    return None if picked is None else Rate(picked, operator)


def _pick(dated: Iterable[tuple[dt.date, Number]], day: dt.date, *, matching: str) -> Number | None:
    """Pick by `DateMatching`: `Exact`, `Earlier`, `Later` or `Closest`."""
    allowed = [
        (abs((date - day).days), rate)
        for date, rate in dated
        if date == day
        or matching == "Closest"
        or (matching == "Earlier" and date < day)
        or (matching == "Later" and date > day)
    ]
    return min(allowed)[1] if allowed else None
