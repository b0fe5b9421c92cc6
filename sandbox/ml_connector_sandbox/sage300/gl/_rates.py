"""Exchange rates from `CSCurrencyRates` (Sage sheet §4.6, D for the names; §7 unknown 22)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import Number, details_of

if TYPE_CHECKING:
    from ml_connector_sandbox.sage300._records import Company


def find_rate(
    company: Company, *, home: str, currency: str, rate_type: str, day: str | None
) -> Number | None:
    """Return the latest rate of `currency` on or before `day`; None when there is none."""
    table = company.find_table("CS", "CSCurrencyRates")
    if table is None:
        return None
    index = table.resource.index
    wanted = {"ToCurrency": home, "RateType": rate_type, "FromCurrency": currency}
    tests = [(index[name], value) for name, value in wanted.items() if name in index]
    found: list[tuple[str, Number]] = []
    for row in table.rows_between():
        if all(row[position] == value for position, value in tests):
            for detail in details_of(row[index["CurrencyRateDetail"]]):
                if detail.get("FromCurrency", currency) == currency:
                    found.append((str(detail["RateDate"]), detail["Rate"]))
    known = [item for item in found if day is None or item[0] <= day]
    return max(known)[1] if known else None
