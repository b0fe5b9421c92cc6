"""Account sets of the generated company: one for each currency, with a control account of its own.

Sage sheet §4.3, §5.6: a vendor's account set has the vendor's currency.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox._server import serving

from tests.sandbox.web import Answer, Sage, call

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAY = "2026-11-20"
_BATCHES = "AP/APInvoiceBatches"
_SETS = [
    ("TRADE", "CAD", "2000"),
    ("TRADUS", "USD", "2010"),
    ("TRADEU", "EUR", "2020"),
]


@pytest.fixture(scope="module")
def served() -> Iterator[Sage]:
    with serving(ServeOptions(orders=60)) as ready:
        yield Sage(ready["sage300"])


@pytest.fixture
def sage(served: Sage) -> Sage:
    """A company of sixty orders, on a day of its own."""
    served.control.post("clock", {"set": f"{_DAY}T12:00:00Z"})
    served.control.post("reset", {})
    return served


def send(sage: Sage, method: str, path: str, body: object) -> Answer:
    return call(method, sage.url(path), body=body, headers=sage.headers)


def insert_vendor(sage: Sage, number: str, *, currency: str, account_set: str) -> Answer:
    """Insert a vendor whose group is in functional currency."""
    vendor = {
        "VendorNumber": number,
        "GroupCode": "RAW",
        "VendorName": "Newcomer",
        "CurrencyCode": currency,
        "RateType": "SP",
        "AccountSet": account_set,
        "TaxGroup": "EXEMPT",
    }
    return send(sage, "POST", "AP/APVendors", vendor)


def post_invoice(sage: Sage, vendor: str, **fields: object) -> Answer:
    """Enter an invoice of 100, make it ready and post it; return how its entry was answered."""
    invoice = {
        "VendorNumber": vendor,
        "DocumentNumber": "NEW-1",
        "DocumentDate": _DAY,
        "DocumentTotalIncludingTax": 100,
        "InvoiceDetails": [{"GLAccount": "6300100", "DistributedAmount": 100}],
        **fields,
    }
    entered = send(sage, "POST", _BATCHES, {"Description": "T", "Invoices": [invoice]})
    if entered.status == 201:
        number = entered.json["BatchNumber"]
        span = {"ProcessAllBatches": "Donotpostallbatches", "FromBatch": number, "ToBatch": number}
        send(sage, "PATCH", f"{_BATCHES}({number})", {"BatchStatus": "ReadyToPost"})
        assert send(sage, "POST", "AP/APPostInvoices('$process')", span).status == 204
    return entered


def control_lines(sage: Sage) -> list[dict[str, Any]]:
    """What was posted to payables control accounts for `NEW-1`."""
    return [
        one
        for one in sage.follow("GL/GLPostedTransactions")
        if one["JournalDetailReference"] == "NEW-1" and one["AccountNumber"].startswith("20")
    ]


def test_there_is_one_set_for_each_currency(sage: Sage) -> None:
    sets = sage.follow("AP/APAccountSets")

    assert [
        (one["AccountSetCode"], one["CurrencyCodeForAccount"], one["PayablesControlAccount"])
        for one in sorted(sets, key=lambda one: str(one["PayablesControlAccount"]))
    ] == _SETS


def test_every_account_of_a_set_exists(sage: Sage) -> None:
    accounts = {one["UnformattedAccount"] for one in sage.follow("GL/GLAccounts")}

    for one in sage.follow("AP/APAccountSets"):
        named = {value for name, value in one.items() if name.endswith("Account") and value}
        named.discard(one["CurrencyCodeForAccount"])
        assert len(named) == 9
        assert named <= accounts


@pytest.mark.parametrize(("currency", "account"), [(one[1], one[2]) for one in _SETS])
def test_its_control_account_is_for_its_currency(sage: Sage, currency: str, account: str) -> None:
    record = sage.get(f"GL/GLAccounts('{account}')").json

    shown = [record[name] for name in ("ControlAccount", "Multicurrency", "AccountGroupCode")]
    assert shown == ["Yes", "Yes", "AP"]
    assert record["ControlAccountSubledgers"][0]["SubledgerCode"] == "AP"
    assert record["SpecificCurrency"] == "SpecificCurrencies"
    assert [one["CurrencyCode"] for one in record["AccountValidCurrencies"]] == [currency]


@pytest.mark.parametrize(("account_set", "currency", "account"), _SETS)
def test_a_new_vendors_invoice_goes_to_the_control_account_of_its_set(
    sage: Sage, account_set: str, currency: str, account: str
) -> None:
    inserted = insert_vendor(sage, "NEWONE", currency=currency, account_set=account_set)
    entered = post_invoice(sage, "NEWONE")

    assert (inserted.status, entered.status) == (201, 201)
    posted = sage.get("AP/APPostedDocuments('NEWONE','NEW-1')").json
    assert (posted["AccountSet"], posted["CurrencyCode"]) == (account_set, currency)
    lines = [(one["AccountNumber"], one["SourceCurrencyAmount"]) for one in control_lines(sage)]
    assert lines == [(account, Decimal(-100))]


@pytest.mark.parametrize(
    ("currency", "account_set"), [("USD", "TRADE"), ("EUR", "TRADUS"), ("CAD", "TRADEU")]
)
def test_a_vendor_with_the_set_of_another_currency_is_refused(
    sage: Sage, currency: str, account_set: str
) -> None:
    answer = insert_vendor(sage, "NEWONE", currency=currency, account_set=account_set)

    assert (answer.status, answer.error_code) == (409, "FieldInvalid")
    assert f"'{account_set}' is for" in answer.error_text
    assert sage.get("AP/APVendors('NEWONE')").status == 404


def test_an_invoice_with_the_set_of_another_currency_is_refused(sage: Sage) -> None:
    insert_vendor(sage, "NEWONE", currency="USD", account_set="TRADUS")

    answer = post_invoice(sage, "NEWONE", AccountSet="TRADE")

    assert (answer.status, answer.error_code) == (409, "FieldInvalid")
    assert "Account set 'TRADE' is for CAD, not USD" in answer.error_text
