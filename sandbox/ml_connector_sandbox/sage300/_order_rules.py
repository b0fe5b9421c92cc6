"""Arithmetic of purchase orders, as the desktop program would do it: pure functions."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import Number, plain_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ml_connector_sandbox._wire import JsonObject

_CENTS = Decimal("0.01")
# Wide enough for the products of any stored numbers: tests make amounts no database would hold.
_WIDE = Context(prec=1000, rounding=ROUND_HALF_UP)

_COST_FIELDS = frozenset({"QuantityOrdered", "UnitCost", "DiscountPercentage"})
_QUANTITY_FIELDS = frozenset(
    {"QuantityOrdered", "QuantityReceived", "QuantityCanceled", "CompletionStatus"}
)


def settle_line(line: JsonObject, *, touched: Iterable[str], day: str) -> None:
    """Recompute what follows from the `touched` fields; these themselves stay as given."""
    given = set(touched)
    if given & _COST_FIELDS and "ExtendedCost" not in given:
        line["ExtendedCost"] = _rounded(_product(line["QuantityOrdered"], line["UnitCost"]))
    if given & (_COST_FIELDS | {"ExtendedCost"}):
        _settle_discount(line, given)
    if given & _QUANTITY_FIELDS:
        _settle_completion(line, given, day)


def complete_line(line: JsonObject, *, day: str) -> None:
    """Close a line: nothing is outstanding any more."""
    line.update(CompletionStatus="Yes", QuantityOutstanding=0)
    line["DateCompleted"] = line["DateCompleted"] or day


def settle_header(
    order: JsonObject,
    *,
    before: Sequence[JsonObject],
    after: Sequence[JsonObject],
    touched: Iterable[str],
    day: str,
) -> None:
    """Move the header's totals by what its lines moved; touched fields stay as given.

    By differences, since a header may hold amounts (freight, its own discount) no line shows.
    """
    moved = {
        name: _WIDE.subtract(value, _totals(before)[name]) for name, value in _totals(after).items()
    }
    moved["AmountReceivedToDate"] = moved["ExtendedReceivedAmount"]
    is_completed = bool(after) and all(line["CompletionStatus"] != "No" for line in after)
    follows: JsonObject = {name: _moved(order[name], change) for name, change in moved.items()}
    if order["TaxAuthority1"]:
        tax_fields = ("TaxAmount1", "ExcludedTaxAmount1")
        follows |= {name: _moved(order[name], moved["TotalTax"]) for name in tax_fields}
    follows["Completed"] = is_completed
    follows["DateCompleted"] = (order["DateCompleted"] or day) if is_completed else None
    given = set(touched)
    order.update({name: value for name, value in follows.items() if name not in given})


def _moved(value: object, change: Decimal) -> Number:
    return plain_number(_WIDE.add(_decimal(value), change))


def _totals(lines: Sequence[JsonObject]) -> dict[str, Decimal]:
    extended = _sum(line["ExtendedCost"] for line in lines)
    discount = _sum(line["DiscountAmount"] for line in lines)
    tax = _sum(line["TotalTax"] for line in lines)
    received = (_product(line["QuantityReceived"], line["UnitCost"]) for line in lines)
    return {
        "ExtendedCost": extended,
        "TotalTax": tax,
        "Total": _WIDE.add(_WIDE.subtract(extended, discount), tax),
        "QuantityOrdered": _sum(line["QuantityOrdered"] for line in lines),
        "ExtendedReceivedAmount": _decimal(_rounded(_sum(received))),
    }


def _settle_discount(line: JsonObject, given: set[str]) -> None:
    if "DiscountAmount" not in given:
        share = _product(line["ExtendedCost"], line["DiscountPercentage"])
        line["DiscountAmount"] = _rounded(_WIDE.divide(share, Decimal(100)))
    old_net = _decimal(line["NetOfTax"])
    net = _WIDE.subtract(_decimal(line["ExtendedCost"]), _decimal(line["DiscountAmount"]))
    if "TotalTax" not in given and old_net:
        rate = _WIDE.divide(_decimal(line["TotalTax"]), old_net)
        line["TotalTax"] = line["TaxExcluded"] = _rounded(_WIDE.multiply(net, rate))
    if "NetOfTax" not in given:
        line["NetOfTax"] = plain_number(net)


def _settle_completion(line: JsonObject, given: set[str], day: str) -> None:
    left = _left(line)
    if "CompletionStatus" not in given:
        line["CompletionStatus"] = "No" if left > 0 else "Yes"
    is_open = line["CompletionStatus"] == "No"
    if "QuantityOutstanding" not in given:
        line["QuantityOutstanding"] = plain_number(left) if is_open else 0
    if "DateCompleted" not in given:
        line["DateCompleted"] = None if is_open else line["DateCompleted"] or day


def _left(line: Mapping[str, object]) -> Decimal:
    done = _WIDE.add(_decimal(line["QuantityReceived"]), _decimal(line["QuantityCanceled"]))
    return max(Decimal(0), _WIDE.subtract(_decimal(line["QuantityOrdered"]), done))


def _sum(values: Iterable[object]) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = _WIDE.add(total, _decimal(value))
    return total


def _product(first: object, second: object) -> Decimal:
    return _WIDE.multiply(_decimal(first), _decimal(second))


def _rounded(value: Decimal) -> Number:
    return plain_number(value.quantize(_CENTS, context=_WIDE))


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))
