"""Accounts Payable: vendors, and documents in their batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from typing_extensions import override

from tap_sage300 import fields, payables
from tap_sage300.ap_resources import AP_INVOICE_BATCHES, AP_INVOICES
from tap_sage300.batch_entries import DETAILS, ENTRIES, ENTRY
from tap_sage300.posted import PostedLookup
from tap_sage300.resources import VENDOR_GROUPS, VENDORS
from tap_sage300.streams.documents import DocumentSource, HeaderStream, LineStream, list_fields
from tap_sage300.streams.masters import MasterStream
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_sage300.discovery import Resource, ScalarType


_ON_BOTH: Final[Mapping[str, Kind]] = {
    fields.COMPANY: Kind.TEXT,
    payables.KEY: Kind.INTEGER,
    ENTRY: Kind.INTEGER,
    payables.VENDOR: Kind.TEXT,
    payables.NUMBER: Kind.TEXT,
    "DocumentType": Kind.TEXT,
    "DocumentDate": Kind.DATE,
    "PostingDate": Kind.DATE,
    "FiscalYear": Kind.TEXT,
    "FiscalPeriod": Kind.TEXT,
    payables.STATUS: Kind.TEXT,
    fields.POSTED: Kind.FLAG,
    fields.SIGNED_AMOUNT: Kind.NUMBER,
    payables.CURRENCY: Kind.TEXT,
    "ExchangeRate": Kind.NUMBER,
    fields.FUNCTIONAL_AMOUNT: Kind.NUMBER,
    payables.STAMP: Kind.DATE,
}
_ON_LINES: Final[Mapping[str, Kind]] = {
    fields.TRANSACTION_ID: Kind.TEXT,
    **_ON_BOTH,
    "LineNumber": Kind.INTEGER,
    "GLAccount": Kind.TEXT,
    fields.COST_CENTER: Kind.TEXT,
}
"""What every line record says; the line's other properties come beside it."""

_ON_HEADERS: Final[Mapping[str, Kind]] = {
    **_ON_BOTH,
    fields.FUNCTIONAL_DOCUMENT_TOTAL: Kind.NUMBER,
    fields.FUNCTIONAL_TAX_TOTAL: Kind.NUMBER,
}
_LINE_DETAILS: Final = frozenset({"DistributionCode", "DistributionDescription", "Comment"})
"""Sage's own properties of a line that are selected by default: none is an amount."""

_NEEDED: Final = (
    payables.KEY,
    payables.STATUS,
    payables.STAMP,
    "NumberOfErrors",
    ENTRIES,
)
"""What must be read of a batch, whatever the catalog selects."""


class VendorGroups(MasterStream):
    """Vendor groups (`APVendorGroups`)."""

    name = "vendor_groups"
    key_names: ClassVar[tuple[str, ...]] = ("GroupCode",)
    spec = VENDOR_GROUPS


class Vendors(MasterStream):
    """Vendors (`APVendors`)."""

    name = "vendors"
    key_names: ClassVar[tuple[str, ...]] = ("VendorNumber",)
    spec = VENDORS


class InvoiceSource(DocumentSource):
    """Reads `APInvoiceBatches`."""

    family = payables.FAMILY
    spec = AP_INVOICE_BATCHES
    line_spec = AP_INVOICES
    needed: ClassVar[tuple[str, ...]] = _NEEDED

    @override
    def build_splitter(self) -> payables.PayablesSplitter:
        entries, lines = _find_types(self.resource)
        batch_fields = list_fields(self.headers, self.resource.type)
        return payables.PayablesSplitter(
            company=self.session.company,
            functional=self.session.find_functional_currency(),
            calendar=self.session.fetch_fiscal_calendar(),
            posted=PostedLookup(self.session),
            accounts=payables.NoAccounts(),
            batch_fields=tuple(one for one in batch_fields if one.name not in entries.kinds),
            header_fields=list_fields(self.headers, entries),
            line_fields=list_fields(self.lines, lines),
        )


class ApInvoices(HeaderStream):
    """Payables documents in their batches (`APInvoiceBatches`), posted or not."""

    name = payables.HEADERS
    key_names: ClassVar[tuple[str, ...]] = (payables.KEY, ENTRY, fields.COMPANY)
    by_default = False
    source: ClassVar[type[DocumentSource]] = InvoiceSource
    additions: ClassVar[Mapping[str, Kind]] = _ON_HEADERS

    @override
    @classmethod
    def list_kinds(cls, resource: Resource) -> dict[str, Kind]:
        entries, _ = _find_types(resource)
        return {**resource.type.kinds, **entries.kinds}

    @override
    def list_extras(self) -> list[str]:
        known = {*AP_INVOICE_BATCHES.wanted, *AP_INVOICES.wanted, *_ON_HEADERS}
        return [name for name in self.list_kinds(self.resource) if name not in known]


class ApInvoiceLines(LineStream):
    """Lines of payables documents: what is charged to which account."""

    name = payables.LINES
    by_default = False
    source: ClassVar[type[DocumentSource]] = InvoiceSource
    additions: ClassVar[Mapping[str, Kind]] = _ON_LINES

    @override
    @classmethod
    def list_kinds(cls, resource: Resource) -> dict[str, Kind]:
        _, lines = _find_types(resource)
        return dict(lines.kinds)

    @override
    def list_extras(self) -> list[str]:
        kinds = self.list_kinds(self.resource)
        return [name for name in kinds if name not in _LINE_DETAILS | _ON_LINES.keys()]


def _find_types(resource: Resource) -> tuple[ScalarType, ScalarType]:
    """Return the types of entries and of their lines."""
    entries = resource.items
    assert entries is not None  # noqa: S101 - located with its lines
    return entries, entries.nested[DETAILS].type
