"""Accounts Payable: vendors, and documents in their batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from typing_extensions import override

from tap_sage300 import fields, money, payables, posted
from tap_sage300.ap_resources import AP_INVOICE_BATCHES, AP_INVOICES, AP_POSTED_DOCUMENTS
from tap_sage300.batch_entries import DETAILS, ENTRIES, ENTRY
from tap_sage300.bookmarks import (
    PostedBookmark,
    build_state,
    check_bookmark_company,
    parse_bookmark,
)
from tap_sage300.changes import Horizon
from tap_sage300.posted import PostedLookup
from tap_sage300.posted_changes import NEEDED, PAID, PostedNames, PostedProgress, plan_reads
from tap_sage300.purged import PurgedPayables
from tap_sage300.reader import RecordReader
from tap_sage300.resources import VENDOR_GROUPS, VENDORS
from tap_sage300.streams.documents import (
    DocumentSource,
    HeaderStream,
    LineStream,
    build_document_schema,
    list_fields,
)
from tap_sage300.streams.masters import MasterStream
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk import Tap

    from tap_sage300.client import CompanySession
    from tap_sage300.discovery import Resource, ScalarType
    from tap_sage300.documents import Archive, Raw, Record

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
            accounts=self.session.fetch_cost_centers(),
            batch_fields=tuple(one for one in batch_fields if one.name not in entries.kinds),
            header_fields=list_fields(self.headers, entries),
            line_fields=list_fields(self.lines, lines),
        )

    @override
    def build_archive(self) -> Archive:
        return PurgedPayables(posted=PostedLookup(self.session), log=self.session.log)

    @override
    def describe_rules(self) -> str:
        return self.session.settings.cost_centers.describe()


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


class ApPostedDocuments(MasterStream):
    """Posted payables documents and what is due on them (`APPostedDocuments`)."""

    name = posted.STREAM
    key_names: ClassVar[tuple[str, ...]] = (*AP_POSTED_DOCUMENTS.keys, fields.COMPANY)
    by_default = False
    spec = AP_POSTED_DOCUMENTS

    @override
    @classmethod
    def discover(cls, tap: Tap, *, session: CompanySession) -> ApPostedDocuments:
        """Build the stream from the company's metadata.

        Raises:
            UnavailableError: the company does not offer it.
        """
        resource = session.locate(cls.spec)
        kinds = {fields.COMPANY: Kind.TEXT, **resource.type.kinds}
        schema = build_document_schema(kinds, cls.key_names)
        return cls(tap, session=session, resource=resource, schema=schema)

    @override
    def read_and_write(self) -> None:
        bookmark = parse_bookmark(self.bookmark_state, PostedBookmark, stream=self.name)
        check_bookmark_company(bookmark, company=self.session.company, stream=self.name)
        horizon = Horizon.of(self.session)
        progress = PostedProgress(bookmark, horizon)
        names = PostedNames(self.resource)
        needed = (*NEEDED, *self.list_selected())
        for number, clauses in enumerate(plan_reads(bookmark, names=names, horizon=horizon)):
            for raw in self.session.read(self.resource, select=needed, clauses=clauses):
                if number == 0 or not progress.came_before(self._open(raw)):
                    self._take(raw, progress)
                if self.is_full:
                    return
        for key in progress.list_missing():
            self._ask_for(key, progress)
        self.set_bookmark(build_state(progress.build_bookmark(company=self.session.company)))

    def _open(self, raw: Raw) -> RecordReader:
        return RecordReader(raw=raw, stream=self.name, record=posted.name_document(raw))

    def _take(self, raw: Raw, progress: PostedProgress) -> None:
        record, _ = self.build_record(raw, self.list_selected())
        self.write_row(record | {fields.DELETED_AT: None})
        progress.note(tuple(str(record[name]) for name in self.spec.keys), self._open(raw))

    def _ask_for(self, key: tuple[str, ...], progress: PostedProgress) -> None:
        """Ask for a document by its key; one that was not fully paid and is gone counts nothing."""
        raw = self.session.fetch_record(self.resource, key)
        if raw is not None:
            self._take(raw, progress)
            return
        gone_at = self.session.now().isoformat().replace("+00:00", "Z")
        record: Record = {
            name: money.ZERO if kind is Kind.NUMBER else None
            for name, kind in self.resource.type.kinds.items()
        }
        record |= {PAID: True, fields.COMPANY: self.session.company, fields.DELETED_AT: gone_at}
        self.write_row(record | dict(zip(self.spec.keys, key, strict=True)))


def _find_types(resource: Resource) -> tuple[ScalarType, ScalarType]:
    """Return the types of entries and of their lines."""
    entries = resource.items
    assert entries is not None  # noqa: S101 - located with its lines
    return entries, entries.nested[DETAILS].type
