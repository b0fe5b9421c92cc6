"""What Accounts Payable refuses, with which code, naming what (Sage sheet §5.6, §1.6)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.sage300.ap.payables import (
    FOREIGN_CONTROL,
    HOME_ONLY,
    INACTIVE,
    PROHIBITED,
    RENT,
    Payables,
    invoice,
    line,
)

_REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("an unknown vendor", {"vendor": "NOBODY"}, "Vendor number 'NOBODY' does not exist"),
    ("no vendor", {"vendor": ""}, "Vendor number cannot be blank"),
    ("an inactive vendor", {"vendor": "GONE"}, "Vendor number 'GONE' is inactive"),
    ("no document number", {"DocumentNumber": ""}, "Document number cannot be blank"),
    ("unknown terms", {"Terms": "NOPE"}, "Terms code 'NOPE' does not exist"),
    ("an unknown tax group", {"TaxGroup": "NOPE"}, "Tax group 'NOPE' does not exist"),
    ("an unknown account set", {"AccountSet": "NOPE"}, "Account set 'NOPE' does not exist"),
    ("another currency's account set", {"vendor": "USCO", "AccountSet": "TRADE"}, "is for CAD"),
    ("another currency", {"CurrencyCode": "USD"}, "Currency USD is not that of vendor NOTAX"),
    ("a currency without rates", {"CurrencyCode": "JPY"}, "No exchange rate for currency JPY"),
    ("a rate of zero", {"vendor": "USCO", "ExchangeRate": 0}, "No exchange rate"),
    ("no document date", {"DocumentDate": None}, "Document Date cannot be blank"),
    ("no due date", {"DueDate": None}, "Due Date cannot be blank"),
    ("no posting date", {"PostingDate": None}, "Posting Date cannot be blank"),
    ("too many decimals", {"DocumentTotalIncludingTax": 100.001}, "more than the 2 decimals"),
    ("a day of no period", {"DocumentDate": "2026-06-30"}, "Cannot determine the fiscal period"),
    (
        "a posting date of no period",
        {"PostingDate": "2035-01-01"},
        "Cannot determine the fiscal period for Posting Date",
    ),
    ("a total that is not distributed", {"DocumentTotalIncludingTax": 99.99}, "does not equal"),
    ("no total", {"DocumentTotalIncludingTax": 0}, "does not equal"),
    ("a negative total", {"DocumentTotalIncludingTax": -5}, "cannot be negative"),
    ("no details", {"InvoiceDetails": []}, "has no details"),
    (
        "a document to apply to that is not there",
        {"DocumentType": "CreditNote", "ApplytoDocument": "I0"},
        "Document 'I0' for vendor NOTAX does not exist",
    ),
]
_BAD_LINES: list[tuple[str, dict[str, Any], str]] = [
    ("an unknown account", line("9999", 100), "Account '9999' is not defined"),
    ("an inactive account", line(INACTIVE, 100), "Account '6800' is inactive"),
    ("a prohibited account", line(PROHIBITED, 100), "account '6810' is prohibited"),
    ("another ledger's control account", line(FOREIGN_CONTROL, 100), "control account"),
    ("no account", line("", 100), "account cannot be blank"),
    ("an unknown distribution code", {"DistributionCode": "X", "DistributedAmount": 100}, "'X'"),
]


@pytest.mark.parametrize(("fields", "text"), [row[1:] for row in _REFUSED], ids=lambda _: "")
def test_a_bad_document_is_refused_naming_the_value(
    books: Payables, fields: dict[str, Any], text: str
) -> None:
    body = invoice("N1", vendor=fields.get("vendor", "NOTAX"))
    body |= {name: value for name, value in fields.items() if name != "vendor"}

    answer = books.insert(body)

    assert (answer.status, answer.error_code) == (409, "FieldInvalid")
    assert text in answer.error_text
    assert books.sage.values("AP/APInvoiceBatches") == []


@pytest.mark.parametrize(("bad", "text"), [row[1:] for row in _BAD_LINES], ids=lambda _: "")
def test_a_bad_line_is_refused_naming_the_value(
    books: Payables, bad: dict[str, Any], text: str
) -> None:
    answer = books.insert(invoice("N1", bad))

    assert (answer.status, answer.error_code) == (409, "FieldInvalid")
    assert text in answer.error_text


@pytest.mark.switch("ap_functional_accounts")
def test_an_account_without_the_currency_gets_the_equivalent_or_refuses(books: Payables) -> None:
    foreign = invoice("N1", line(HOME_ONLY, 100), vendor="USCO")

    books.post(foreign)
    books.control.turn(ap_functional_accounts="refused")
    answer = books.insert(foreign | {"DocumentNumber": "N2"})

    row = books.postings(AccountNumber=HOME_ONLY)[0]
    assert (row["SourceCurrencyCode"], row["SourceCurrencyAmount"]) == ("CAD", 135)
    assert answer.error_code == "FieldInvalid"
    assert "Currency USD is not allowed for account '6900'" in answer.error_text


@pytest.mark.parametrize("policy", ["None", "Warning"])
def test_the_company_profile_can_tolerate_accounts(books: Payables, policy: str) -> None:
    books.control.send(
        "PATCH",
        "records/CS/CSCompanyProfile/APTEST",
        {"InactiveGLAccount": policy, "NonexistentGLAccount": policy},
    )

    answer = books.insert(invoice("N1", line(INACTIVE, 50), line("9999", 50)))

    assert answer.status == 201


def test_a_locked_period_refuses_documents(books: Payables) -> None:
    books.control.turn(locked_periods=["AP:2027-03"])

    refused = books.insert(invoice("N1"))
    books.control.turn(locked_periods=["GL:2027-03"])
    accepted = books.insert(invoice("N1"))

    assert refused.error_code == "FieldInvalid"
    assert "2027-03 is locked for A/P" in refused.error_text
    assert accepted.status == 201


@pytest.mark.switch("ap_vendor_on_hold")
def test_a_vendor_on_hold_is_refused_or_its_documents_are_held(books: Payables) -> None:
    refused = books.insert(invoice("N1", vendor="HELD"))
    books.control.turn(ap_vendor_on_hold="accepted")
    accepted = books.insert(invoice("N1", vendor="HELD"))

    assert (refused.error_code, accepted.status) == ("FieldInvalid", 201)
    assert "on hold" in refused.error_text
    assert accepted.json["Invoices"][0]["OnHold"] == "Yes"


def test_a_document_number_is_unique_for_its_vendor(books: Payables) -> None:
    books.post(invoice("INV-77"))

    again = books.insert(invoice("INV-77"))
    folded = books.insert(invoice("inv-77"))
    other_vendor = books.insert(invoice("INV-77", vendor="USCO"))

    assert (again.status, again.error_code) == (409, "FieldInvalid")
    assert "Document number 'INV-77' for vendor NOTAX already exists" in again.error_text
    assert "\n" in again.error_text
    assert (folded.error_code, other_vendor.status) == ("FieldInvalid", 201)


@pytest.mark.switch("ap_duplicates")
def test_open_batches_count_for_duplicates_or_do_not(books: Payables) -> None:
    books.create(invoice("INV-77"))

    refused = books.insert(invoice("INV-77"))
    in_one_batch = books.insert(invoice("N2"), invoice("N2"))
    books.control.turn(ap_duplicates="posted")
    accepted = books.insert(invoice("INV-77"), invoice("INV-77"))

    assert (refused.error_code, in_one_batch.error_code) == ("FieldInvalid", "FieldInvalid")
    assert accepted.status == 201


def test_a_deleted_batch_frees_its_numbers(books: Payables) -> None:
    number = books.create(invoice("INV-77"))["BatchNumber"]
    books.control.post(f"ap/IN/{number}/delete", {})

    answer = books.insert(invoice("INV-77"))

    assert answer.status == 201


@pytest.mark.parametrize("same", ["amount", "date"])
def test_a_strict_vendor_refuses_the_same_amount_or_date_again(books: Payables, same: str) -> None:
    books.create(invoice("N1", vendor="STRICT"))
    other = {"DocumentDate": "2026-06-10"} if same == "amount" else {}
    amount = 100 if same == "amount" else 55

    answer = books.insert(invoice("N2", line(RENT, amount), vendor="STRICT", **other))

    assert answer.error_code == "FieldInvalid"
    assert f"same {same}" in answer.error_text


def test_a_warning_about_amount_and_date_refuses_nothing(books: Payables) -> None:
    books.create(invoice("N1", vendor="WARNED"))

    answer = books.insert(invoice("N2", vendor="WARNED"))

    assert answer.status == 201


@pytest.mark.switch("ap_undistributed")
def test_a_wrong_total_is_refused_at_once_or_when_posted(books: Payables) -> None:
    wrong = invoice("N1", DocumentTotalIncludingTax=90)
    refused = books.insert(wrong)

    books.control.turn(ap_undistributed="fails_at_posting")
    batch = books.post(wrong, invoice("N2"))

    assert refused.error_code == "FieldInvalid"
    assert (batch["BatchStatus"], batch["NumberOfErrors"]) == ("Posted", 1)
    assert [row["DocumentNumber"] for row in books.documents()] == ["N2"]


def test_an_unknown_property_is_refused(books: Payables) -> None:
    answer = books.insert(invoice("N1", Colour="red"))

    assert (answer.status, answer.error_code) == (400, "InvalidPayload")


@pytest.mark.parametrize("position", ["rolled_back", "orphan_header", "first_entries"])
def test_a_refused_entry_leaves_behind_what_the_site_leaves(books: Payables, position: str) -> None:
    books.control.turn(nested_creation=position)

    answer = books.insert(
        invoice("N1"), invoice("N2", line("9999", 1)), invoice("N3"), BatchStatus="ReadyToPost"
    )

    assert answer.status == 409
    left = [
        (batch["BatchStatus"], [entry["DocumentNumber"] for entry in batch["Invoices"]])
        for batch in books.sage.values("AP/APInvoiceBatches")
    ]
    assert (
        left
        == {
            "rolled_back": [],
            "orphan_header": [("Open", [])],
            "first_entries": [("Open", ["N1"])],
        }[position]
    )


@pytest.mark.switch("extra_decimals")
def test_decimals_beyond_the_currencys_are_refused_or_rounded(books: Payables) -> None:
    body = invoice("N1", line(RENT, 10.004), line(RENT, 89.996))
    refused = books.insert(body)

    books.control.turn(extra_decimals="rounded")
    rounded = books.insert(body)

    assert (refused.error_code, rounded.status) == ("FieldInvalid", 201)
    amounts = [row["DistributedAmount"] for row in rounded.json["Invoices"][0]["InvoiceDetails"]]
    assert amounts == [10, 90]
