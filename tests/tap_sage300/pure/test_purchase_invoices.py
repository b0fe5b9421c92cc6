"""A purchase invoice becomes a header and lines that carry identity, period and exact twins."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector.errors import InputError
from tap_sage300.bookmarks import KnownDocument

from tests.tap_sage300.invoices import make_invoice, make_line, make_splitter, split


def test_line_carries_identity_header_facts_and_the_items_code() -> None:
    [line] = split().lines

    assert line == {
        "TransactionId": "SAMLTD:PI:30000001:10",
        "Company": "SAMLTD",
        "InvoiceSequenceKey": 30_000_001,
        "InvoiceNumber": "INV-1",
        "LineNumber": 10,
        "Vendor": "1200",
        "ItemNumber": "A1-103/0",
        "UnformattedItemNumber": "A11030",
        "UnitOfMeasure": "EACH",
        "QuantityReceived": Decimal(4),
        "InvoiceDate": "2026-11-02",
        "PostingDate": "2026-11-03",
        "FiscalYear": "2027",
        "FiscalPeriod": "08",
        "PurchaseOrderNumber": "PO000007",
        "ReceiptNumber": "RCP000003",
        "ExtendedCost": Decimal(100),
        "Currency": "USD",
        "ExchangeRate": Decimal(1),
        "FunctionalExtendedCost": Decimal(100),
        "LastPostingDate": "2026-11-03",
        "_sdc_deleted_at": None,
    }


def test_two_vendors_may_use_one_invoice_number() -> None:
    ids = {split(key=key).lines[0]["TransactionId"] for key in (30_000_001, 30_000_002)}

    assert len(ids) == 2


def test_line_says_itself_what_it_was_received_with_where_it_can() -> None:
    [line] = split(make_line(PurchaseOrderNumber="PO000008", ReceiptNumber="")).lines

    assert (line["PurchaseOrderNumber"], line["ReceiptNumber"]) == ("PO000008", "RCP000003")


@pytest.mark.parametrize(
    ("changes", "period"),
    [
        ({"FiscalPeriod": "Num13"}, ("2027", "13")),
        ({"FiscalPeriod": "3"}, ("2027", "03")),
        ({"FiscalPeriod": None}, ("2027", "08")),
        ({"FiscalYear": ""}, ("2027", "08")),
        ({"FiscalYear": "0000"}, ("2027", "08")),
        ({"FiscalYear": "", "PostingDate": None}, ("2027", "08")),
        ({"FiscalYear": "", "PostingDate": "2019-01-02"}, (None, None)),
    ],
)
def test_period_is_the_one_sage_posted_to_else_the_calendars(
    changes: dict[str, Any], period: tuple[str | None, str | None]
) -> None:
    document = split(**changes)

    assert (document.lines[0]["FiscalYear"], document.lines[0]["FiscalPeriod"]) == period
    assert (document.header["FiscalYear"], document.header["FiscalPeriod"]) == period


@given(
    costs=st.lists(st.decimals("-9999", "9999", places=3), min_size=1, max_size=8),
    rate=st.decimals("0.0001", "500", places=7),
    operation=st.sampled_from(["Multiply", "Divide"]),
)
def test_foreign_lines_add_up_to_their_sum_converted_once(
    costs: list[Decimal], rate: Decimal, operation: str
) -> None:
    lines = [make_line(10 * (at + 1), str(cost)) for at, cost in enumerate(costs)]
    total = sum(costs, Decimal(0))

    document = split(
        *lines, Currency="EUR", ExchangeRate=rate, RateOperation=operation, ExtendedCost=total
    )

    twins = [Decimal(str(line["FunctionalExtendedCost"])) for line in document.lines]
    assert sum(twins) == document.header["FunctionalExtendedCost"]


def test_header_has_twins_of_its_totals_and_none_where_sage_sends_none() -> None:
    document = split(Currency="EUR", ExchangeRate=Decimal("1.5"))

    assert document.header["FunctionalTotal"] == Decimal("157.50")
    assert document.header["FunctionalTotalTax"] is None


@pytest.mark.parametrize(
    ("completed", "is_open"), [(True, False), (False, True), ("No", True), (None, False)]
)
def test_invoice_is_open_only_when_sage_says_that_it_is_not_completed(
    completed: object,
    is_open: bool,  # noqa: FBT001 - what is expected
) -> None:
    assert split(Completed=completed).is_open is is_open


def test_gone_records_have_the_same_properties_as_living_ones() -> None:
    document = split(make_line(10), make_line(30))

    known = KnownDocument(document.number, "1200", (10, 30))
    gone = make_splitter().build_gone_lines(document.key, known, deleted_at="2026-11-20T06:00:00Z")
    header = make_splitter().build_gone_header(
        document.key, known, deleted_at="2026-11-20T06:00:00Z"
    )

    assert [one["TransactionId"] for one in gone] == [
        one["TransactionId"] for one in document.lines
    ]
    assert gone[0].keys() == document.lines[0].keys()
    assert {gone[0]["ExtendedCost"], gone[0]["FunctionalExtendedCost"]} == {0}
    assert header.keys() == document.header.keys()
    assert {header["FunctionalTotal"], header["FunctionalExtendedCost"]} == {0}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"InvoiceSequenceKey": None}, "InvoiceSequenceKey"),
        (
            {"Currency": "EUR", "ExchangeRate": 0},
            r"INV-1 \(InvoiceSequenceKey 3.*ExchangeRate",
        ),
        ({"InvoiceLines": None}, "InvoiceLines"),
        ({"PostingDate": "soon"}, "PostingDate.*soon"),
    ],
)
def test_invoice_that_cannot_be_used_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        make_splitter().split(make_invoice() | changes)
