"""Factories of raw invoice batches and of what splits them; a test shows what matters to it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_sage300.calendars import FiscalCalendar
from tap_sage300.documents import Field, SourceDocument
from tap_sage300.orders import FunctionalCurrency
from tap_sage300.payables import PayablesSplitter
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Collection

BATCH_FIELDS = (Field(name="BatchDate", kind=Kind.DATE),)
HEADER_FIELDS = (
    Field(name="InvoiceDescription", kind=Kind.TEXT),
    Field(name="DocumentTotalIncludingTax", kind=Kind.NUMBER),
)
LINE_FIELDS = (
    Field(name="DistributionDescription", kind=Kind.TEXT),
    Field(name="DistributedAmount", kind=Kind.NUMBER),
)


class Posted:
    """Posted documents by batch and entry, and what was asked."""

    def __init__(self, places: Collection[tuple[int, int]] = ()) -> None:
        """Take the entries documents came from."""
        self._places = frozenset(places)
        self.asked: list[tuple[int, int]] = []

    def find_posted(self, *, batch: int, entries: Collection[int]) -> set[int]:
        """Return the entries that a document came from."""
        self.asked += [(batch, entry) for entry in sorted(entries)]
        return {entry for entry in entries if (batch, entry) in self._places}


class Chart:
    """Accounts of two segments, the second one the cost center."""

    def find(self, account: str) -> str | None:
        """Return the second segment."""
        return self.find_unformatted(account)[4:] or None

    def find_unformatted(self, account: str) -> str:
        """Leave the separator out."""
        return account.replace("-", "")


CALENDAR = FiscalCalendar(
    [
        {"FiscalYear": "2027", "FiscalPeriod": "07", "StartDate": start, "EndDate": end}
        | {"FiscalPeriod": period}
        for period, start, end in (
            ("07", "2026-10-01", "2026-10-31"),
            ("08", "2026-11-01", "2026-11-30"),
        )
    ]
)


def make_line(number: int = 20, amount: object = "100", **changes: Any) -> dict[str, Any]:
    """Build a raw distribution as the Web API answers it."""
    return {
        "LineNumber": Decimal(number),
        "DistributionDescription": "Rent",
        "GLAccount": "6100-210",
        "DistributedAmount": Decimal(str(amount)),
        "DistributedAmountBeforeTaxes": Decimal(str(amount)),
    } | changes


def make_entry(*lines: dict[str, Any], number: int = 1, **changes: Any) -> dict[str, Any]:
    """Build a raw entry of one line of 100, or of `lines`."""
    return {
        "EntryNumber": Decimal(number),
        "VendorNumber": "1200",
        "DocumentNumber": f"INV-{number}",
        "DocumentType": "Invoice",
        "DocumentDate": "2026-11-02T00:00:00Z",
        "PostingDate": "2026-11-03T00:00:00Z",
        "FiscalYear": "2027",
        "FiscalPeriod": "08",
        "CurrencyCode": "CAD",
        "ExchangeRate": Decimal(1),
        "RateOperation": "Multiply",
        "InvoiceDescription": "November",
        "DocumentTotalIncludingTax": Decimal(105),
        "TaxTotal": Decimal(5),
        "ErrorBatch": Decimal(0),
        "InvoiceDetails": list(lines) or [make_line()],
        "InvoicePaymentSchedules": [],
    } | changes


def make_batch(*entries: dict[str, Any], number: int = 58, **changes: Any) -> dict[str, Any]:
    """Build a raw batch of one entry, or of `entries`."""
    return {
        "BatchNumber": Decimal(number),
        "BatchDate": "2026-11-02T00:00:00Z",
        "BatchStatus": "Open",
        "DateLastEdited": "2026-11-04T00:00:00Z",
        "NumberOfErrors": Decimal(0),
        "Invoices": list(entries) or [make_entry()],
    } | changes


def make_splitter(
    *, posted: Posted | None = None, calendar: FiscalCalendar = CALENDAR, decimals: int = 2
) -> PayablesSplitter:
    """Build a splitter of company SAMLTD, whose books are in Canadian dollars."""
    return PayablesSplitter(
        company="SAMLTD",
        functional=FunctionalCurrency(code="CAD", find_decimals=lambda: decimals),
        calendar=calendar,
        posted=posted or Posted(),
        accounts=Chart(),
        batch_fields=BATCH_FIELDS,
        header_fields=HEADER_FIELDS,
        line_fields=LINE_FIELDS,
    )


def split(*entries: dict[str, Any], **changes: Any) -> list[SourceDocument]:
    """Split a batch of these entries."""
    return make_splitter().split(make_batch(*entries, **changes))


def split_one(*lines: dict[str, Any], **changes: Any) -> SourceDocument:
    """Split an open batch of one entry of these lines."""
    (document,) = split(make_entry(*lines, **changes))
    return document
