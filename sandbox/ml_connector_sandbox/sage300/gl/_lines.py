"""Lines of a journal entry: what each field defaults when it is put (Sage sheet §1.4, §5.1).

The account brings its currency, the currency its rate, and an amount the other amount. Since
fields are put in the order of the body, an account after a currency undoes the currency.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._fiscal import parse_day
from ml_connector_sandbox.sage300._values import Number, plain_number
from ml_connector_sandbox.sage300.gl._ledger import ledger_of
from ml_connector_sandbox.sage300.gl._rates import DIVIDE, MULTIPLY, Rate, find_rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._rules import DetailDriver
    from ml_connector_sandbox.sage300.writing._session import Session

_WIDE = Context(prec=200, rounding=ROUND_HALF_UP)


def convert(amount: Number, rate: Rate, *, decimals: int) -> Number:
    """Return `amount` in functional currency, rounded half up."""
    divides = rate.operator == DIVIDE and rate.value
    combine = _WIDE.divide if divides else _WIDE.multiply
    product = combine(Decimal(amount), Decimal(rate.value))
    return plain_number(product.quantize(Decimal(1).scaleb(-decimals), context=_WIDE))


def put_account(session: Session, entry: JsonObject, line: JsonObject) -> None:
    """Take an account with or without separators; its currency becomes the line's."""
    accounts = ledger_of(session.company).accounts
    line["AccountNumber"] = account = accounts.find(line["AccountNumber"]) or line["AccountNumber"]
    line["AcctExists"] = int(accounts.find(account) is not None)
    line["AcctFormatted"] = accounts.field(account, "AccountNumber")
    line["AcctDescription"] = accounts.field(account, "Description")
    line["AcctStatus"] = int(accounts.field(account, "Status") == "Active")
    currency = line["HomeCurrency"]
    if accounts.field(account, "Multicurrency") == "Yes":
        currency = accounts.field(account, "DefaultCurrencyCode") or currency
    if currency != line["SourceCurrency"]:
        line["SourceCurrency"] = currency
        put_currency(session, entry, line)


def put_currency(session: Session, entry: JsonObject, line: JsonObject) -> None:
    """Give a line its currency's decimals and rate."""
    ledger = ledger_of(session.company)
    line["SourceCurrencyDecimals"] = str(ledger.decimals_of(line["SourceCurrency"]))
    put_rate_key(session, entry, line)


def put_rate_key(session: Session, entry: JsonObject, line: JsonObject) -> None:
    """Look the rate up by currency, rate type and date; the functional amount follows."""
    rate = _rate_of(session, line)
    line.update(CurrencyRate=rate.value, CurrencyRateOperator=rate.operator)
    put_rate(session, entry, line)


def put_rate(session: Session, entry: JsonObject, line: JsonObject) -> None:
    """Compute the functional amount by a changed rate."""
    if line["SourceCurrencyAmount"]:
        put_source_amount(session, entry, line)


def put_source_amount(session: Session, entry: JsonObject, line: JsonObject) -> None:
    """Compute the functional amount of a source amount (§5.1, C)."""
    del entry
    decimals = ledger_of(session.company).decimals_of(line["HomeCurrency"])
    if line["SourceCurrency"] == line["HomeCurrency"]:
        line["Amount"] = line["SourceCurrencyAmount"]
    else:
        rate = Rate(line["CurrencyRate"], line["CurrencyRateOperator"])
        line["Amount"] = convert(line["SourceCurrencyAmount"], rate, decimals=decimals)


def put_amount(session: Session, entry: JsonObject, line: JsonObject) -> None:
    """Let the source amount follow in functional currency; in another one it stands."""
    del session, entry
    if line["SourceCurrency"] == line["HomeCurrency"]:
        line["SourceCurrencyAmount"] = line["Amount"]


_DRIVERS: Mapping[str, DetailDriver] = {
    "AccountNumber": put_account,
    "SourceCurrency": put_currency,
    "CurrencyRateTable": put_rate_key,
    "CurrencyRateDate": put_rate_key,
    "CurrencyRate": put_rate,
    "SourceCurrencyAmount": put_source_amount,
    "Amount": put_amount,
}


def drivers_for(session: Session, given: JsonObject) -> Mapping[str, DetailDriver]:
    """Return the drivers that run while `given` is put."""
    amounts = {"Amount", "SourceCurrencyAmount"}
    keeps_both = session.switches.text("both_amounts_given") == "both_kept"
    idle = amounts if keeps_both and amounts <= given.keys() else set()
    return {name: _DRIVERS[name] for name in _DRIVERS if name in given and name not in idle}


def _rate_of(session: Session, line: JsonObject) -> Rate:
    """Return the rate of a line's currency; without one, a rate of 0, to be refused."""
    if line["SourceCurrency"] == line["HomeCurrency"]:
        return Rate(1, MULTIPLY)
    if session.switches.text("omitted_rates") == "refused":
        return Rate(0, MULTIPLY)
    found = find_rate(
        session.company,
        home=line["HomeCurrency"],
        currency=line["SourceCurrency"],
        rate_type=line["CurrencyRateTable"],
        day=parse_day(line["CurrencyRateDate"]) or session.today,
    )
    return found or Rate(0, MULTIPLY)


def check_rate(line: JsonObject) -> None:
    """Refuse a line whose currency has no rate, given or found (unknown 22).

    Raises:
        WebApiError: `FieldInvalid`.
    """
    if not line["CurrencyRate"]:
        message = (
            f"No rate of type {line['CurrencyRateTable']} was found for {line['SourceCurrency']} "
            f"on {str(line['CurrencyRateDate'])[:10]}."
        )
        raise WebApiError("FieldInvalid", message)
