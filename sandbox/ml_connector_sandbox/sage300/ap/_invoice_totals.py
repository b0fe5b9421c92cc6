"""Taxes, totals and payment schedule of an invoice (Sage sheet §5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import date_text, plain_number
from ml_connector_sandbox.sage300.ap._checks import check_dates, day_of, fit_amounts
from ml_connector_sandbox.sage300.ap._invoice_fields import find_terms, setup_of
from ml_connector_sandbox.sage300.ap._money import ZERO, Operation, Rate, decimal_of
from ml_connector_sandbox.sage300.ap._taxes import (
    AUTHORITIES_MAX,
    TaxableLine,
    spread_tax,
    tax_lines,
)
from ml_connector_sandbox.sage300.ap._terms import build_schedule
from ml_connector_sandbox.sage300.writing._checks import field_invalid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.ap._money import Currency
    from ml_connector_sandbox.sage300.ap._setup import Setup
    from ml_connector_sandbox.sage300.ap._taxes import TaxAuthority, TaxedLine
    from ml_connector_sandbox.sage300.writing._session import Session

_DATES = {
    "DocumentDate": "Document Date",
    "PostingDate": "Posting Date",
    "DueDate": "Due Date",
}

DETAILS = "InvoiceDetails"
SCHEDULE = "InvoicePaymentSchedules"


def settle_invoice(session: Session, entry: JsonObject) -> None:
    """Compute the entry's taxes, totals and, unless it was given, its payment schedule.

    Raises:
        WebApiError: A date is blank, an amount does not fit, a given schedule does not add up.
    """
    check_dates(entry, _DATES)
    setup = setup_of(session)
    currency = setup.currency(str(entry["CurrencyCode"]))
    authorities = setup.tax_group(str(entry["TaxGroup"])) or ()
    _fit_amounts(session, entry, currency)
    lines: list[JsonObject] = entry[DETAILS]
    by_summary = session.switches.text("ap_tax_calculation") == "summary"
    taxed = _tax_lines(
        entry, lines, authorities=authorities, currency=currency, by_summary=by_summary
    )
    for line, result in zip(lines, taxed, strict=True):
        _fill_line(line, result, authorities)
    _fill_totals(entry, taxed, count=len(authorities))
    _settle_schedule(session, entry, currency)


def undistributed(entry: JsonObject) -> Decimal:
    """Return what the document's total is more than what is distributed plus tax."""
    total = decimal_of(entry["DocumentTotalIncludingTax"])
    return total - decimal_of(entry["DistributedTotalIncludingTax"])


def rate_of(entry: JsonObject) -> Rate:
    """Return an entry's exchange rate."""
    operation = Operation(entry.get("RateOperation", "Multiply"))
    return Rate(decimal_of(entry["ExchangeRate"]), operation)


def _fit_amounts(session: Session, entry: JsonObject, currency: Currency) -> None:
    fit_amounts(session, entry, ["DocumentTotalIncludingTax"], currency=currency)
    for line in entry[DETAILS]:
        fit_amounts(session, line, ["DistributedAmount"], currency=currency)
    for payment in entry[SCHEDULE]:
        fit_amounts(session, payment, ["AmountDue", "DiscountAmount"], currency=currency)


def _tax_lines(
    entry: JsonObject,
    lines: Sequence[JsonObject],
    *,
    authorities: Sequence[TaxAuthority],
    currency: Currency,
    by_summary: bool,
) -> list[TaxedLine]:
    amounts = [decimal_of(line["DistributedAmount"]) for line in lines]
    if entry["TaxAmountControl"] != "Calculate":
        taxes = [
            currency.rounded(decimal_of(entry[f"TaxAmount{number}"]))
            for number in range(1, len(authorities) + 1)
        ]
        return spread_tax(taxes, amounts=amounts, currency=currency)
    taxable = [
        TaxableLine(
            amount=amount,
            is_included=tuple(
                line[f"TaxInclusive{number}"] == "Yes" for number in range(1, len(authorities) + 1)
            ),
        )
        for line, amount in zip(lines, amounts, strict=True)
    ]
    return tax_lines(taxable, authorities=authorities, currency=currency, by_summary=by_summary)


def _fill_line(line: JsonObject, taxed: TaxedLine, authorities: Sequence[TaxAuthority]) -> None:
    line["DistributedAmountBeforeTaxes"] = plain_number(taxed.net)
    line["TaxTotal"] = plain_number(taxed.total_tax)
    pairs = zip(authorities, taxed.taxes, strict=True)
    for number, (authority, tax) in enumerate(pairs, start=1):
        line[f"TaxRate{number}"] = plain_number(authority.percent)
        line[f"TaxAmount{number}"] = plain_number(tax)
        line[f"BaseTax{number}"] = plain_number(taxed.net)


def _fill_totals(entry: JsonObject, lines: Sequence[TaxedLine], *, count: int) -> None:
    net = sum((line.net for line in lines), ZERO)
    tax = sum((line.total_tax for line in lines), ZERO)
    for number in range(1, AUTHORITIES_MAX + 1):
        is_used = number <= count
        amount = sum((line.taxes[number - 1] for line in lines), ZERO) if is_used else ZERO
        if is_used and not lines:
            amount = decimal_of(entry[f"TaxAmount{number}"])
        entry[f"TaxAmount{number}"] = plain_number(amount)
        entry[f"TaxBase{number}"] = plain_number(net if is_used else ZERO)
    total = decimal_of(entry["DocumentTotalIncludingTax"])
    entry["DistributedTotalBeforeTaxes"] = plain_number(net)
    entry["DistributedTotalIncludingTax"] = plain_number(net + tax)
    entry["TaxTotal"] = plain_number(tax)
    entry["Taxable"] = "Yes" if tax else "No"
    entry["DocumentTotalBeforeTaxes"] = plain_number(total - tax)
    entry["AmountDue"] = plain_number(total)


def _settle_schedule(session: Session, entry: JsonObject, currency: Currency) -> None:
    setup = setup_of(session)
    total = decimal_of(entry["DocumentTotalIncludingTax"])
    if not entry[SCHEDULE]:
        entry[SCHEDULE] = _schedule(session, entry, currency)
    given: list[JsonObject] = entry[SCHEDULE]
    for payment in given:
        _fill_payment(payment, rate_of(entry), setup)
    scheduled = sum((decimal_of(payment["AmountDue"]) for payment in given), ZERO)
    if scheduled != total:
        message = f"The payment schedule of {scheduled} does not add up to the total {total}."
        raise field_invalid(message)
    entry["NumberOfScheduledPayments"] = len(given)
    discount = sum((decimal_of(payment["DiscountAmount"]) for payment in given), ZERO)
    entry["DiscountAmountAvailable"] = plain_number(discount)


def _schedule(session: Session, entry: JsonObject, currency: Currency) -> list[JsonObject]:
    terms = find_terms(session, entry)
    total = decimal_of(entry["DocumentTotalIncludingTax"])
    base = total if terms.has_discount_on_tax else decimal_of(entry["DocumentTotalBeforeTaxes"])
    payments = build_schedule(
        terms,
        start=day_of(entry["DocumentDate"]),
        total=total,
        discount_base=base,
        currency=currency,
    )
    records: list[JsonObject] = [
        {
            "BatchNumber": 0,
            "EntryNumber": 0,
            "PaymentNumber": payment.number,
            "DueDate": date_text(payment.due),
            "AmountDue": plain_number(payment.amount),
            "DiscountDate": date_text(payment.discount_until) if payment.discount_until else None,
            "DiscountAmount": plain_number(payment.discount),
        }
        for payment in payments
    ]
    if len(records) == 1:
        # Dates typed on the document are those of its only payment.
        records[0]["DueDate"] = entry["DueDate"]
        records[0]["DiscountDate"] = entry["DiscountDate"] if payments[0].discount else None
    return records


def _fill_payment(payment: JsonObject, rate: Rate, setup: Setup) -> None:
    if not rate.value:
        return
    for name in ("AmountDue", "DiscountAmount"):
        amount = rate.to_functional(decimal_of(payment[name]), setup.functional)
        payment[f"Functional{name}"] = plain_number(amount)
