"""The generated books are books: what is posted over HTTP leaves them in agreement."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox._server import serving

from tests.sandbox.sage300.books.accounting import Auditor
from tests.sandbox.web import Sage, call

if TYPE_CHECKING:
    from collections.abc import Iterator

_BATCHES = "AP/APInvoiceBatches"
_PAYMENTS = "AP/APPaymentAndAdjustmentBatches"
_DAY = "2026-11-20"


@pytest.fixture
def sage() -> Iterator[Sage]:
    """A company of sixty orders, on a day of its own."""
    with serving(ServeOptions(orders=60)) as ready:
        sage = Sage(ready["sage300"])
        sage.control.post("clock", {"set": f"{_DAY}T12:00:00Z"})
        sage.control.post("reset", {})
        yield sage


def audit(sage: Sage) -> Auditor:
    def read(name: str) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = sage.control.get(sage.record(f"{name[:2]}/{name}"))
        return records

    return Auditor(read)


def send(sage: Sage, method: str, path: str, body: object) -> Any:
    answer = call(method, sage.url(path), body=body, headers=sage.headers)
    assert answer.status < 300, answer.raw
    return answer.json if answer.raw else None


def post_journal(sage: Sage, *, day: str = _DAY) -> None:
    lines = [{"AccountNumber": "6400100", "Amount": 1250.55, "SourceCurrencyAmount": 1250.55}]
    lines += [{"AccountNumber": "6500100", "Amount": -1250.55, "SourceCurrencyAmount": -1250.55}]
    header = {"SourceLedger": "GL", "SourceType": "JE", "PostingDate": day, "JournalDetails": lines}
    batch = send(
        sage, "POST", "GL/GLJournalBatches", {"Description": "T", "JournalHeaders": [header]}
    )
    number = batch["BatchNumber"]
    send(sage, "PATCH", f"GL/GLJournalBatches('{number}')", {"ReadyToPost": "Yes"})
    send(
        sage,
        "POST",
        "GL/GLPostJournal('$process')",
        {
            "PostAllBatchesSwitch": "PostbyBatchRange",
            "FromBatchNumber": number,
            "ToBatchNumber": number,
        },
    )


def vendor_of(sage: Sage, currency: str) -> dict[str, Any]:
    active = "Status eq 'Active' and OnHold eq 'NotOnHold'"
    found = sage.values("AP/APVendors", filter=f"CurrencyCode eq '{currency}' and {active}")
    return found[0]


def post_invoice(sage: Sage, currency: str, **fields: object) -> tuple[str, str]:
    vendor = vendor_of(sage, currency)
    net = Decimal("1234.57")
    tax = round(net * Decimal("0.05"), 2) if vendor["TaxGroup"] == "GST" else Decimal(0)
    invoice = {
        "VendorNumber": vendor["VendorNumber"],
        "DocumentNumber": f"HTTP-{currency}",
        "DocumentDate": _DAY,
        "DocumentTotalIncludingTax": net + tax,
        "InvoiceDetails": [{"GLAccount": "6300100", "DistributedAmount": net}],
        **fields,
    }
    batch = send(sage, "POST", _BATCHES, {"Description": "T", "Invoices": [invoice]})
    number = batch["BatchNumber"]
    send(sage, "PATCH", f"{_BATCHES}({number})", {"BatchStatus": "ReadyToPost"})
    send(
        sage,
        "POST",
        "AP/APPostInvoices('$process')",
        {"ProcessAllBatches": "Donotpostallbatches", "FromBatch": number, "ToBatch": number},
    )
    assert sage.get(f"{_BATCHES}({number})").json["BatchStatus"] == "Posted"
    return vendor["VendorNumber"], f"HTTP-{currency}"


def pay(sage: Sage, vendor: str, document: str, amount: Decimal) -> None:
    entry = {
        "VendorNumber": vendor,
        "PaymentDateAdjustmentDate": _DAY,
        "PaymentTransactionType": "Payment",
        "CheckNumber": "900001",
        "AppliedPayments": [
            {"DocumentNumber": document, "PaymentNumber": 1, "PaymentAmount": amount}
        ],
    }
    body = {
        "BatchSelector": "PY",
        "BatchDate": _DAY,
        "BankCode": "CCB",
        "PaymentsAdjustments": [entry],
    }
    number = send(sage, "POST", _PAYMENTS, body)["BatchNumber"]
    key = f"{_PAYMENTS}(BatchSelector='PY',BatchNumber={number})"
    send(sage, "PATCH", key, {"BatchStatus": "ReadyToPost"})
    send(
        sage,
        "POST",
        "AP/APPostPaymentsAndAdjustments('$process')",
        {
            "BatchType": "PY",
            "PostAllBatches": "Donotpostallbatches",
            "PostBatchFrom": number,
            "PostBatchTo": number,
        },
    )


def test_a_served_company_agrees(sage: Sage) -> None:
    assert audit(sage).problems() == []


def test_a_posted_journal_leaves_the_books_in_agreement(sage: Sage) -> None:
    before = audit(sage).balance("6400100")

    post_journal(sage)

    books = audit(sage)
    assert books.problems() == []
    assert books.balance("6400100") - before == Decimal("1250.55")


def test_a_journal_posted_to_a_closed_year_moves_retained_earnings(sage: Sage) -> None:
    post_journal(sage, day="2026-03-30")

    assert audit(sage).problems() == []


@pytest.mark.parametrize("currency", ["CAD", "USD", "EUR"])
def test_posted_invoices_and_payments_leave_the_books_in_agreement(
    sage: Sage, currency: str
) -> None:
    vendor, document = post_invoice(sage, currency)
    after_invoice = audit(sage).problems()

    pay(sage, vendor, document, Decimal(1000))

    assert (after_invoice, audit(sage).problems()) == ([], [])
    posted = sage.get(f"AP/APPostedDocuments('{vendor}','{document}')").json
    assert 0 < posted["VendorCurrencyAmountDue"] < 300


def test_a_payment_of_an_invoice_from_history_leaves_the_books_in_agreement(sage: Sage) -> None:
    open_ones = sage.values(
        "AP/APPostedDocuments",
        filter="FullyPaid eq 'No' and DocumentType eq 'Invoice'",
    )
    held = {one["VendorNumber"] for one in sage.values("AP/APVendors", filter="OnHold eq 'OnHold'")}
    payable = [one for one in open_ones if one["VendorNumber"] not in held]
    document = max(payable, key=lambda one: one["VendorCurrencyAmountDue"])

    pay(sage, document["VendorNumber"], document["DocumentNumber"], Decimal("10.01"))

    assert audit(sage).problems() == []


def test_batches_waiting_since_history_can_be_posted(sage: Sage) -> None:
    ready = sage.values(_BATCHES, filter="BatchStatus eq 'ReadyToPost'")

    for batch in ready:
        number = batch["BatchNumber"]
        body = {"ProcessAllBatches": "Donotpostallbatches", "FromBatch": number, "ToBatch": number}
        send(sage, "POST", "AP/APPostInvoices('$process')", body)

    assert ready
    assert audit(sage).problems() == []


def test_a_document_number_of_history_is_refused_again(sage: Sage) -> None:
    known = sage.values("AP/APPostedDocuments", filter="DocumentType eq 'Invoice'")[0]
    invoice = {
        "VendorNumber": known["VendorNumber"],
        "DocumentNumber": known["DocumentNumber"],
        "DocumentDate": _DAY,
        "DocumentTotalIncludingTax": 10,
        "InvoiceDetails": [{"GLAccount": "6300100", "DistributedAmount": 10}],
    }

    answer = call("POST", sage.url(_BATCHES), body={"Invoices": [invoice]}, headers=sage.headers)

    assert (answer.status, answer.error_code) == (409, "FieldInvalid")
    assert "already exists" in answer.error_text
