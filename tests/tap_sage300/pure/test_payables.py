"""An invoice batch becomes the documents that stand in it, each amount with its sign and twin."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector.errors import InputError
from tap_sage300.bookmarks import KnownDocument
from tap_sage300.calendars import FiscalCalendar

from tests.tap_sage300.payables import (
    Posted,
    make_batch,
    make_entry,
    make_line,
    make_splitter,
    split,
    split_one,
)

REFUSED = {"ErrorBatch": Decimal(59), "ErrorEntry": Decimal(1)}


def test_line_carries_what_planning_needs() -> None:
    (line,) = split_one().lines

    assert line == {
        "TransactionId": "SAMLTD:AP:1200:INV-1:20",
        "Company": "SAMLTD",
        "BatchNumber": 58,
        "EntryNumber": 1,
        "LineNumber": 20,
        "VendorNumber": "1200",
        "GLAccount": "6100210",
        "CostCenter": "210",
        "DocumentNumber": "INV-1",
        "DocumentType": "Invoice",
        "DocumentDate": "2026-11-02",
        "PostingDate": "2026-11-03",
        "FiscalYear": "2027",
        "FiscalPeriod": "08",
        "BatchStatus": "Open",
        "Posted": False,
        "SignedAmount": Decimal(100),
        "CurrencyCode": "CAD",
        "ExchangeRate": Decimal(1),
        "FunctionalAmount": Decimal(100),
        "DateLastEdited": "2026-11-04",
        "DistributionDescription": "Rent",
        "DistributedAmount": Decimal(100),
        "_sdc_deleted_at": None,
    }


def test_header_sums_its_lines_and_keeps_sages_own_totals() -> None:
    document = split_one(make_line(20, "60"), make_line(40, "40"))

    assert document.key == 5_800_001
    assert document.number == "1200:INV-1"
    assert document.line_numbers == [20, 40]
    assert document.stamp == "2026-11-04"
    header = document.header
    assert header["SignedAmount"] == header["FunctionalAmount"] == Decimal(100)
    assert header["FunctionalDocumentTotalIncludingTax"] == Decimal(105)
    assert header["FunctionalTaxTotal"] == Decimal(5)
    assert (header["BatchDate"], header["InvoiceDescription"]) == ("2026-11-02", "November")
    assert "LineNumber" not in header


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Invoice", "100"),
        ("DebitNote", "100"),
        ("Interest", "100"),
        ("CreditNote", "-100"),
        ("Credit Note", "-100"),
        ("creditnote", "-100"),
    ],
)
def test_only_credit_notes_are_negative(kind: str, expected: str) -> None:
    document = split_one(DocumentType=kind, CurrencyCode="USD", ExchangeRate=Decimal("1.5"))

    (line,) = document.lines
    assert line["SignedAmount"] == document.header["SignedAmount"] == Decimal(expected)
    assert line["FunctionalAmount"] == Decimal(expected) * Decimal("1.5")


def test_credit_note_of_nothing_is_no_negative_zero() -> None:
    (line,) = split_one(make_line(amount=0), DocumentType="CreditNote").lines

    assert str(line["SignedAmount"]) == "0"


def test_unknown_document_type_is_refused_for_its_sign_is_unknown() -> None:
    with pytest.raises(InputError, match=r"batch 58 entry 1 \(1200:INV-1\).*DocumentType"):
        split_one(DocumentType="Retainage")


def test_tax_is_no_part_of_the_amount() -> None:
    taxed = make_line(20, "105", DistributedAmountBeforeTaxes=Decimal(100))

    (line,) = split_one(taxed).lines

    assert line["SignedAmount"] == Decimal(100)


def test_included_tax_is_taken_off_where_sage_gives_no_net_amount() -> None:
    taxed = make_line(20, "115", TaxAmount1=Decimal(5), TaxInclusive1="Yes")
    taxed |= {"TaxAmount2": Decimal(10), "TaxInclusive2": True, "TaxAmount3": Decimal(3)}
    taxed |= {"TaxInclusive3": "No", "DistributedAmountBeforeTaxes": None}

    (line,) = split_one(taxed).lines

    assert line["SignedAmount"] == Decimal(100)


@pytest.mark.parametrize(("operation", "expected"), [("Multiply", "150.00"), ("Divide", "66.67")])
def test_rate_goes_both_ways(operation: str, expected: str) -> None:
    (line,) = split_one(
        CurrencyCode="EUR", ExchangeRate=Decimal("1.5"), RateOperation=operation
    ).lines

    assert line["FunctionalAmount"] == Decimal(expected)


@pytest.mark.parametrize(("functional", "expected"), [("157.5", "150.00"), ("70", "66.67")])
def test_operation_that_sage_does_not_say_follows_from_its_own_payments(
    functional: str, expected: str
) -> None:
    payment = {"AmountDue": Decimal(105), "FunctionalAmountDue": Decimal(functional)}
    entry = make_entry(CurrencyCode="EUR", ExchangeRate=Decimal("1.5"))
    entry |= {"InvoicePaymentSchedules": [payment]}
    del entry["RateOperation"]

    (document,) = split(entry)

    assert document.header["FunctionalAmount"] == Decimal(expected)


def test_foreign_document_without_a_rate_is_refused() -> None:
    with pytest.raises(InputError, match="ExchangeRate"):
        split_one(CurrencyCode="EUR", ExchangeRate=Decimal(0))


@given(
    amounts=st.lists(st.decimals("0", "99999999", places=2), min_size=1, max_size=20),
    rate=st.decimals("0.0001", "9999", places=7).filter(lambda value: value > 0),
    kind=st.sampled_from(["Invoice", "CreditNote"]),
    operation=st.sampled_from(["Multiply", "Divide"]),
)
def test_functional_amounts_of_lines_add_up_to_the_converted_document(
    amounts: list[Decimal], rate: Decimal, kind: str, operation: str
) -> None:
    lines = [make_line(20 * at, amount) for at, amount in enumerate(amounts, start=1)]
    changes: dict[str, Any] = {"CurrencyCode": "EUR", "ExchangeRate": rate}

    document = split_one(*lines, DocumentType=kind, RateOperation=operation, **changes)

    total = sum(amounts, Decimal(0)) * (-1 if kind == "CreditNote" else 1)
    exact = total * rate if operation == "Multiply" else total / rate
    twins = [Decimal(str(line["FunctionalAmount"])) for line in document.lines]
    assert sum(twins, Decimal(0)) == document.header["FunctionalAmount"]
    assert abs(sum(twins, Decimal(0)) - exact) <= Decimal("0.005001")


def test_period_is_that_of_the_posting_date_and_not_of_the_document() -> None:
    (line,) = split_one(
        DocumentDate="2026-10-31T00:00:00Z", FiscalYear="2026", FiscalPeriod="01"
    ).lines

    assert (line["FiscalYear"], line["FiscalPeriod"]) == ("2027", "08")


def test_document_without_posting_date_is_posted_on_its_own_date() -> None:
    (line,) = split_one(PostingDate=None, DocumentDate="2026-10-31T00:00:00Z").lines

    assert (line["PostingDate"], line["FiscalPeriod"]) == ("2026-10-31", "07")


def test_posting_date_outside_the_calendar_has_no_period() -> None:
    (line,) = split_one(PostingDate="2031-01-01T00:00:00Z").lines

    assert (line["FiscalYear"], line["FiscalPeriod"]) == (None, None)


def test_without_a_calendar_sages_own_period_stands() -> None:
    splitter = make_splitter(calendar=FiscalCalendar((), is_known=False))

    known, unknown = splitter.split(
        make_batch(
            make_entry(number=1, FiscalPeriod="8"),
            make_entry(number=2, FiscalYear="", FiscalPeriod=None),
        )
    )

    assert (known.header["FiscalYear"], known.header["FiscalPeriod"]) == ("2027", "08")
    assert (unknown.header["FiscalYear"], unknown.header["FiscalPeriod"]) == (None, None)


@pytest.mark.parametrize(
    ("status", "named"),
    [
        ("Open", "Open"),
        ("ReadyToPost", "ReadyToPost"),
        ("PostInProgress", "PostInProgress"),
        ("Posted", "Posted"),
        ("posted", "Posted"),
        (Decimal(3), "Posted"),
        (7, "ReadyToPost"),
        ("Ready To Post", "ReadyToPost"),
    ],
)
def test_status_is_understood_however_it_is_spelled(status: object, named: str) -> None:
    (document,) = split(BatchStatus=status)

    assert document.header["BatchStatus"] == named
    assert document.is_open is (named != "Posted")
    assert document.header["Posted"] is (named == "Posted")


@pytest.mark.parametrize("status", ["Deleted", 4])
def test_nothing_stands_in_a_deleted_batch(status: object) -> None:
    assert split(BatchStatus=status) == []


def test_deleted_batch_is_not_read_so_closely_that_bad_entries_matter() -> None:
    assert split(make_entry(VendorNumber=""), BatchStatus="Deleted") == []


def test_entry_that_posting_refused_stands_in_its_error_batch_alone() -> None:
    refused = make_entry(number=2, **REFUSED)
    original = make_batch(
        make_entry(number=1), refused, BatchStatus="Posted", NumberOfErrors=Decimal(1)
    )
    copy = make_batch(make_entry(DocumentNumber="INV-2"), number=59)

    in_books = make_splitter().split(original)
    in_errors = make_splitter().split(copy)

    assert [(one.number, one.header["Posted"]) for one in in_books] == [("1200:INV-1", True)]
    assert [(one.number, one.header["Posted"]) for one in in_errors] == [("1200:INV-2", False)]


def test_paid_document_that_was_cleared_stays_posted() -> None:
    posted = Posted()

    (document,) = make_splitter(posted=posted).split(make_batch(BatchStatus="Posted"))

    assert document.header["Posted"] is True
    assert posted.asked == []


def test_where_sage_names_no_error_batch_the_posted_documents_decide() -> None:
    entries = [make_entry(number=number) for number in (1, 2)]
    for entry in entries:
        del entry["ErrorBatch"]
    raw = make_batch(*entries, BatchStatus="Posted", NumberOfErrors=Decimal(1))

    found = make_splitter(posted=Posted({(58, 1)})).split(raw)

    assert [one.number for one in found] == ["1200:INV-1"]
    assert found[0].header["Posted"] is True


def test_while_a_batch_is_posted_its_entries_count_one_by_one() -> None:
    entries = [make_entry(number=number) for number in (1, 2)]
    raw = make_batch(*entries, BatchStatus="PostInProgress")

    found = make_splitter(posted=Posted({(58, 2)})).split(raw)

    assert [(one.number, one.header["Posted"]) for one in found] == [
        ("1200:INV-1", False),
        ("1200:INV-2", True),
    ]


def test_open_batch_is_not_asked_for_among_posted_documents() -> None:
    posted = Posted({(58, 1)})

    (document,) = make_splitter(posted=posted).split(make_batch())

    assert document.header["Posted"] is False
    assert posted.asked == []


def test_lines_that_are_gone_keep_their_identity_and_count_nothing() -> None:
    known = KnownDocument("1200:INV-1", "1200", (20, 60))

    lines = make_splitter().build_gone_lines(5_800_001, known, deleted_at="2026-11-26T00:00:00Z")

    assert [line["TransactionId"] for line in lines] == [
        "SAMLTD:AP:1200:INV-1:20",
        "SAMLTD:AP:1200:INV-1:60",
    ]
    assert lines[0].keys() == split_one().lines[0].keys()
    for line in lines:
        assert (line["BatchNumber"], line["EntryNumber"]) == (58, 1)
        assert (line["VendorNumber"], line["DocumentNumber"]) == ("1200", "INV-1")
        assert line["SignedAmount"] == line["FunctionalAmount"] == 0
        assert line["Posted"] is False
        assert line["_sdc_deleted_at"] == "2026-11-26T00:00:00Z"


def test_header_that_is_gone_has_every_property_and_counts_nothing() -> None:
    known = KnownDocument("1200:INV-1", "1200", (20,))

    header = make_splitter().build_gone_header(5_800_001, known, deleted_at="2026-11-26T00:00:00Z")

    assert header.keys() == split_one().header.keys()
    assert (header["BatchNumber"], header["EntryNumber"]) == (58, 1)
    assert header["SignedAmount"] == header["FunctionalAmount"] == 0
    assert header["DocumentTotalIncludingTax"] == 0


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"VendorNumber": " "}, "VendorNumber"),
        ({"DocumentNumber": ""}, "DocumentNumber"),
        ({"EntryNumber": None}, "EntryNumber"),
        ({"EntryNumber": Decimal(100_000)}, "EntryNumber"),
        ({"InvoiceDetails": None}, "InvoiceDetails"),
        ({"InvoiceDetails": [make_line(20), make_line(20)]}, "InvoiceDetails"),
        ({"InvoiceDetails": [make_line(20, LineNumber=None)]}, "LineNumber"),
        ({"RateOperation": "Add", "CurrencyCode": "USD"}, "RateOperation"),
    ],
)
def test_entry_that_cannot_be_used_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named) as caught:
        split_one(**changes)

    assert "batch 58 entry" in str(caught.value)


def test_batch_without_its_entries_is_named() -> None:
    with pytest.raises(InputError, match=r"batch 58.*Invoices"):
        split(Invoices=None)


def test_longest_identity_fits_an_anaplan_code() -> None:
    (line,) = split_one(make_line(999_980), VendorNumber="V" * 12, DocumentNumber="D" * 22).lines

    assert len(str(line["TransactionId"])) <= 60
