"""What the program fills in, in the order of the body (Sage sheet §1.4, §5.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.sage300.ap.payables import DAY, GOODS, RENT, STAMP, Payables, invoice, line

DUE_IN_30 = "2026-07-15T00:00:00Z"


def _entry(books: Payables, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    entry: dict[str, Any] = books.create(invoice("N1", *lines, **fields))["Invoices"][0]
    return entry


def test_the_vendor_drives_currency_terms_taxes_and_accounts(books: Payables) -> None:
    entry = _entry(books, vendor="USCO")

    assert (entry["VendorName"], entry["VendorGroupCode"]) == ("Vendor USCO", "RAW")
    assert (entry["CurrencyCode"], entry["RateType"], entry["Terms"]) == ("USD", "SP", "N30")
    assert (entry["TaxGroup"], entry["AccountSet"]) == ("EXEMPT", "TRADUS")
    assert (entry["ExchangeRate"], entry["RateDate"]) == (
        Decimal("1.35"),
        "2026-06-01T00:00:00Z",
    )
    assert (entry["DueDate"], entry["EnteredBy"]) == (DUE_IN_30, "WEBAPI")


def test_a_divided_rate_says_so(books: Payables) -> None:
    entry = _entry(books, vendor="EUCO")

    assert (entry["ExchangeRate"], entry["RateOperation"]) == (Decimal("0.68"), "Divide")


def test_dates_and_period_follow_the_document_date(books: Payables) -> None:
    entry = _entry(books, DocumentDate="2026-05-20")

    day = "2026-05-20T00:00:00Z"
    assert (entry["AsOfDate"], entry["PostingDate"]) == (day, day)
    assert (entry["FiscalYear"], entry["FiscalPeriod"]) == ("2027", "02")


@pytest.mark.switch("ap_posting_date")
@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ("document_date", "2026-05-20T00:00:00Z"),
        ("batch_date", "2026-06-01T00:00:00Z"),
        ("session_date", STAMP),
    ],
)
def test_the_site_says_what_a_missing_posting_date_is(
    books: Payables, position: str, expected: str
) -> None:
    books.control.turn(ap_posting_date=position)

    batch = books.create(invoice("N1", DocumentDate="2026-05-20"), BatchDate="2026-06-01")

    assert batch["Invoices"][0]["PostingDate"] == expected


def test_a_driver_that_comes_late_overwrites_what_came_before(books: Payables) -> None:
    first = books.create(invoice("N1", DueDate="2026-06-20", Terms="N30"))["Invoices"][0]
    last = books.create(invoice("N2", Terms="N30", DueDate="2026-06-20"))["Invoices"][0]

    assert first["DueDate"] == DUE_IN_30
    assert last["DueDate"] == "2026-06-20T00:00:00Z"
    assert last["InvoicePaymentSchedules"][0]["DueDate"] == last["DueDate"]


def test_a_vendor_given_last_overwrites_the_terms(books: Payables) -> None:
    body = invoice("N1", Terms="EOM")
    body["VendorNumber"] = body.pop("VendorNumber")

    entry = books.create(body)["Invoices"][0]

    assert entry["Terms"] == "2N10"


@pytest.mark.parametrize(
    ("terms", "due"),
    [("EOM", "2026-07-31"), ("DAY15", "2026-07-15"), ("N30", "2026-07-15"), ("", DAY)],
)
def test_terms_say_when_a_document_is_due(books: Payables, terms: str, due: str) -> None:
    entry = _entry(books, Terms=terms)

    assert entry["DueDate"] == f"{due}T00:00:00Z"


def test_terms_give_a_discount_on_the_amount_before_tax(books: Payables) -> None:
    entry = _entry(books, line(RENT, 200), vendor="NOTAX")

    assert (entry["DiscountPercentage"], entry["DiscountAmountAvailable"]) == (2, 4)
    assert entry["DiscountDate"] == "2026-06-25T00:00:00Z"


def test_terms_with_instalments_make_a_schedule_that_adds_up(books: Payables) -> None:
    entry = _entry(books, line(RENT, 100.01), vendor="INSTAL")

    schedule = entry["InvoicePaymentSchedules"]
    assert [payment["AmountDue"] for payment in schedule] == [
        Decimal("33.33"),
        Decimal("33.33"),
        Decimal("33.35"),
    ]
    assert [payment["DueDate"][:10] for payment in schedule] == [
        "2026-07-15",
        "2026-08-14",
        "2026-09-13",
    ]
    assert entry["NumberOfScheduledPayments"] == 3
    assert {payment["EntryNumber"] for payment in schedule} == {1}


def test_a_schedule_of_ones_own_must_add_up(books: Payables) -> None:
    parts = [{"PaymentNumber": 1, "AmountDue": 60}, {"PaymentNumber": 2, "AmountDue": 30}]

    refused = books.insert(invoice("N1", InvoicePaymentSchedules=parts))
    accepted = books.insert(
        invoice("N2", InvoicePaymentSchedules=[*parts, {"PaymentNumber": 3, "AmountDue": 10}])
    )

    assert (refused.status, refused.error_code) == (409, "FieldInvalid")
    assert accepted.json["Invoices"][0]["NumberOfScheduledPayments"] == 3


def test_lines_are_numbered_in_steps_of_twenty(books: Payables) -> None:
    entry = _entry(books, line(RENT, 60), line(GOODS, 40))

    assert [detail["LineNumber"] for detail in entry["InvoiceDetails"]] == [20, 40]


def test_batches_and_entries_are_numbered_by_the_server(books: Payables) -> None:
    first = books.create(invoice("N1"), invoice("N2"))
    second = books.create(invoice("N3"), BatchNumber=77)

    assert (first["BatchNumber"], second["BatchNumber"]) == (1, 2)
    assert [entry["EntryNumber"] for entry in first["Invoices"]] == [1, 2]
    assert (first["NumberOfEntries"], first["BatchTotal"], first["LastEntryNumber"]) == (2, 200, 2)
    assert first["DateLastEdited"] == first["BatchDate"] == STAMP


@pytest.mark.switch("ap_tax_calculation")
@pytest.mark.parametrize(
    ("position", "total", "taxes"),
    [
        ("summary", 112, [["0.51", "0.71"], ["4.49", "6.29"]]),
        ("detail", 112.01, [["0.51", "0.71"], ["4.5", "6.29"]]),
    ],
)
def test_taxes_are_computed_for_each_authority(
    books: Payables, position: str, total: float, taxes: list[list[str]]
) -> None:
    books.control.turn(ap_tax_calculation=position)

    entry = _entry(
        books, line(RENT, 10.1), line(GOODS, 89.9), vendor="VATTED", DocumentTotalIncludingTax=total
    )

    details = entry["InvoiceDetails"]
    assert [[str(detail["TaxAmount1"]), str(detail["TaxAmount2"])] for detail in details] == taxes
    assert (entry["TaxAuthority1"], entry["TaxAuthority2"]) == ("FED", "PROV")


def test_a_tax_that_is_included_is_taken_out_of_the_line(books: Payables) -> None:
    included = line(RENT, 108.25, TaxInclusive1="Yes")

    entry = _entry(books, included, vendor="1200")

    assert entry["InvoiceDetails"][0]["DistributedAmountBeforeTaxes"] == 100
    assert (entry["TaxTotal"], entry["DistributedTotalIncludingTax"]) == (
        Decimal("8.25"),
        Decimal("108.25"),
    )


def test_entered_taxes_are_taken_as_they_are(books: Payables) -> None:
    free = _entry(books, vendor="1200", TaxAmountControl="Enter", TaxAmount1=0)
    books.control.turn(ap_duplicates="posted")
    taxed = _entry(
        books,
        line(RENT, 30),
        line(GOODS, 70),
        vendor="1200",
        TaxAmountControl="Enter",
        TaxAmount1=9.99,
        DocumentTotalIncludingTax=109.99,
    )

    assert free["TaxTotal"] == 0
    taxes = [detail["TaxAmount1"] for detail in taxed["InvoiceDetails"]]
    assert (taxes, taxed["TaxTotal"]) == ([3, Decimal("6.99")], Decimal("9.99"))


def test_what_the_server_works_out_cannot_be_given(books: Payables) -> None:
    entry = _entry(books, FiscalPeriod="11", AmountDue=5, TaxTotal=7, EnteredBy="ME")

    assert (entry["FiscalPeriod"], entry["AmountDue"], entry["TaxTotal"]) == ("03", 100, 0)
    assert entry["EnteredBy"] == "WEBAPI"


def test_a_formatted_account_is_stored_without_separators(books: Payables) -> None:
    entry = _entry(books, line("6100-100", 100))

    assert entry["InvoiceDetails"][0]["GLAccount"] == "6100100"


def test_the_template_shows_the_defaults(books: Payables) -> None:
    batch = books.send("POST", "AP/APInvoiceBatches('$template')", {}).json
    process = books.send("POST", "AP/APPostInvoices('$template')", {}).json

    assert (batch["BatchStatus"], batch["BatchType"]) == ("Open", "Entered")
    assert batch["BatchDate"] == STAMP
    assert process["ProcessAllBatches"] == "Donotpostallbatches"


@pytest.mark.parametrize(("vendor", "account"), [("RENTER", RENT), ("CODED", GOODS)])
def test_a_line_without_account_is_charged_as_the_vendor_says(
    books: Payables, vendor: str, account: str
) -> None:
    entry = _entry(books, {"DistributedAmount": 100}, vendor=vendor)
    own = books.create(invoice("N2", line("3900", 100), vendor=vendor))["Invoices"][0]

    assert entry["InvoiceDetails"][0]["GLAccount"] == account
    assert own["InvoiceDetails"][0]["GLAccount"] == "3900"


@pytest.mark.switch("omitted_rates")
def test_an_omitted_rate_is_looked_up_or_must_be_given(books: Payables) -> None:
    found = books.insert(invoice("N1", vendor="USCO"))
    books.control.turn(omitted_rates="refused")
    refused = books.insert(invoice("N2", vendor="USCO"))
    given = books.insert(invoice("N3", vendor="USCO", ExchangeRate=1.25))

    assert (found.status, refused.error_code, given.status) == (201, "FieldInvalid", 201)
    entry = given.json["Invoices"][0]
    assert (entry["ExchangeRate"], entry["RateOverridden"]) == (Decimal("1.25"), "Yes")


@pytest.mark.parametrize(
    ("matching", "rate"),
    [("Earlier", "1.35"), ("Later", "1.2987654"), ("Closest", "1.35"), ("Exact", None)],
)
def test_the_rate_table_says_which_day_counts(
    books: Payables, matching: str, rate: str | None
) -> None:
    key = "records/CS/CSCurrencyRates/CAD,SP"
    books.control.send("PATCH", key, {"DateMatching": matching})

    answer = books.insert(invoice("N1", vendor="USCO"))

    if rate is None:
        assert answer.error_code == "FieldInvalid"
    else:
        assert answer.json["Invoices"][0]["ExchangeRate"] == Decimal(rate)
