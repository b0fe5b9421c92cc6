"""Values of the books as records show them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._rates import FUNCTIONAL_CURRENCY, RATE_TYPE
from ml_connector_sandbox.sage300._values import Number, date_text, scaled_number

if TYPE_CHECKING:
    import datetime as dt


def amount(cents: int) -> Number:
    """Return cents as an amount."""
    return scaled_number(cents, decimals=2)


def quantity(units: int) -> Number:
    """Return ten-thousandths as a quantity."""
    return scaled_number(units, decimals=4)


def cost(units: int) -> Number:
    """Return millionths as a unit cost."""
    return scaled_number(units, decimals=6)


@cache
def rate(units: int) -> Number:
    """Return ten-millionths as a rate."""
    return scaled_number(units, decimals=7)


@cache
def day(date: dt.date | None) -> str | None:
    """Return a day as it is stored; None for none."""
    return None if date is None else date_text(date)


def rate_type(currency: str) -> str:
    """Return the rate type of a currency; blank for the functional one."""
    return "" if currency == FUNCTIONAL_CURRENCY else RATE_TYPE
