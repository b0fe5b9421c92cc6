"""Arithmetic of a document's lines and totals: cost, discount, tax (Sage sheet §4.4, I)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, cast

from ml_connector_sandbox.sage300._values import plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

_HUNDRED = Decimal(100)
_AUTHORITIES_MAX = 5


def settle_amounts(
    session: Session, document: JsonObject, lines: Sequence[JsonObject], *, quantity: str
) -> None:
    """Compute every line's amounts, and the document's totals from them.

    Args:
        session: Whose tax groups and currencies hold.
        document: The header; changed in place.
        lines: Its lines; changed in place.
        quantity: The quantity that is charged: `QuantityOrdered`, `QuantityReceived`, ….
    """
    unit = _unit_of(session, document)
    percents = _tax_percents(session, document)
    for line in lines:
        _settle_line(line, percents, unit=unit, quantity=quantity)
    _settle_totals(document, lines, percents, unit=unit)
    document[quantity] = _total(lines, quantity)


def decimal_of(value: object) -> Decimal:
    """Return a stored number."""
    return Decimal(str(value))


def _settle_line(
    line: JsonObject, percents: Sequence[Decimal], *, unit: Decimal, quantity: str
) -> None:
    extended = _rounded(decimal_of(line[quantity]) * decimal_of(line["UnitCost"]), unit)
    line["ExtendedCost"] = plain_number(extended)
    discount = Decimal(0)
    if "DiscountPercentage" in line:
        percent = decimal_of(line["DiscountPercentage"])
        discount = (
            _rounded(extended * percent / _HUNDRED, unit)
            if percent
            else decimal_of(line["DiscountAmount"])
        )
        line["DiscountAmount"] = plain_number(discount)
    net = extended - discount
    tax = Decimal(0)
    for number, percent in enumerate(percents, start=1):
        amount = _rounded(net * percent / _HUNDRED, unit)
        line[f"TaxRate{number}"] = plain_number(percent)
        line[f"TaxBase{number}"] = plain_number(net)
        line[f"TaxAmount{number}"] = plain_number(amount)
        tax += amount
    follows = {"NetOfTax": net, "TaxExcluded": tax, "TotalTax": tax}
    line |= {name: plain_number(value) for name, value in follows.items() if name in line}


def _settle_totals(
    document: JsonObject, lines: Sequence[JsonObject], percents: Sequence[Decimal], *, unit: Decimal
) -> None:
    extended = decimal_of(_total(lines, "ExtendedCost"))
    discounts = decimal_of(_total(lines, "DiscountAmount"))
    tax = Decimal(0)
    for number in range(1, len(percents) + 1):
        amount = _total(lines, f"TaxAmount{number}")
        document[f"TaxAmount{number}"] = amount
        document[f"TaxBase{number}"] = _total(lines, f"TaxBase{number}")
        if f"ExcludedTaxAmount{number}" in document:
            document[f"ExcludedTaxAmount{number}"] = amount
        tax += decimal_of(amount)
    net = extended - discounts
    if "DiscountPercentage" in document:
        percent = decimal_of(document["DiscountPercentage"])
        if percent:
            document["DiscountAmount"] = plain_number(_rounded(net * percent / _HUNDRED, unit))
        net -= decimal_of(document["DiscountAmount"])
    document["ExtendedCost"] = plain_number(extended)
    document["TotalTax"] = plain_number(tax)
    document["Total"] = plain_number(net + tax)


def _total(lines: Sequence[JsonObject], name: str) -> object:
    return plain_number(sum((decimal_of(line.get(name, 0)) for line in lines), Decimal(0)))


def _rounded(value: Decimal, unit: Decimal) -> Decimal:
    return value.quantize(unit, rounding=ROUND_HALF_UP)


def _unit_of(session: Session, document: JsonObject) -> Decimal:
    currency = session.find("CS", "CSCurrencyCodes", document["Currency"])
    places = 2 if currency is None else int(str(currency["DecimalPlaces"]).removeprefix("Num"))
    return Decimal(1).scaleb(-places)


def _tax_percents(session: Session, document: JsonObject) -> list[Decimal]:
    """Return the rates of the document's tax group; TX is not served, a switch holds them."""
    groups = session.switches.snapshot().get("ap_tax_groups", {})
    authorities = cast("Mapping[str, Sequence[Mapping[str, str]]]", groups).get(
        document["TaxGroup"], []
    )
    for number, authority in enumerate(authorities[:_AUTHORITIES_MAX], start=1):
        document[f"TaxAuthority{number}"] = authority["authority"]
    return [Decimal(authority["percent"]) for authority in authorities[:_AUTHORITIES_MAX]]
