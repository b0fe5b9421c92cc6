"""The rate at which one document's amounts become amounts in the company's own currency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tap_sage300 import money

if TYPE_CHECKING:
    from decimal import Decimal

    from tap_sage300.orders import FunctionalCurrency
    from tap_sage300.reader import RecordReader

RATE: Final = "ExchangeRate"
OPERATION: Final = "RateOperation"


def find_rate(
    document: RecordReader,
    functional: FunctionalCurrency,
    *,
    currency: str,
    otherwise: money.RateOperation = money.RateOperation.MULTIPLY,
) -> money.Rate | None:
    """Return the rate of a foreign document, None when it is in the company's own currency.

    `currency` names the property with the document's currency; `otherwise` is how the rate is
    applied when the document does not say.

    Raises:
        InputError: the rate of a foreign document is not above zero, or applied in another way.
    """
    code = document.text(currency).strip().upper()
    own = (functional.code or "").strip().upper()
    if not code or code == own:
        return None
    value = document.amount(RATE)
    if not own and value == 1:
        return None
    if value <= 0:
        raise document.wrong(RATE, "the rate of a foreign currency, above zero")
    return money.Rate(
        value=value,
        operation=read_operation(document) or otherwise,
        decimals=functional.find_decimals(),
    )


def read_operation(document: RecordReader) -> money.RateOperation | None:
    """Return how the document's rate is applied, None when it does not say.

    Raises:
        InputError: it says something else than `Multiply` or `Divide`.
    """
    named = document.text(OPERATION).strip().capitalize()
    if not named:
        return None
    try:
        return money.RateOperation(named)
    except ValueError as error:
        raise document.wrong(OPERATION, "Multiply or Divide") from error


def guess_operation(
    *, rate: Decimal, amount: Decimal, functional: Decimal
) -> money.RateOperation | None:
    """Return how `rate` brings `amount` closest to `functional`; None with nothing to go by."""
    if not (rate > 0 and amount and functional):
        return None

    def miss(operation: money.RateOperation) -> Decimal:
        way = money.Rate(value=rate, operation=operation, decimals=money.COST_DECIMALS)
        return abs(money.add([way.convert(amount), -functional]))

    return min(money.RateOperation, key=miss)
