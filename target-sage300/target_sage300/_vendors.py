"""What Accounts Payable allows: vendors, terms, distribution codes, and posted documents."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
from ml_connector.sage300 import Spelling

from target_sage300._rows import fetch_rows, read_amount, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector.sage300 import Sage300Client, ServiceMetadata

MODULE = "AP"


class Vendor(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor as documents see it."""

    number: str
    is_active: bool
    currency: str


class PostedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A posted document that others refer to; amounts in its currency, signed as it is owed."""

    number: str
    is_paid: bool
    total: Decimal
    due: Decimal


class Payables:
    """The set-up of one company's A/P, read at once, and its posted documents, when asked for."""

    def __init__(self, client: Sage300Client, metadata: ServiceMetadata) -> None:
        """Read through `client`; nothing is called yet."""
        self._client = client
        self._metadata = metadata
        self._posted = Spelling(metadata, "APPostedDocuments")
        self._documents: dict[tuple[str, str], PostedDocument | None] = {}
        self.vendors: Mapping[str, Vendor] = {}
        self.terms: Mapping[str, bool] = {}
        """Terms codes, and whether each is active."""
        self.distribution_codes: Mapping[str, tuple[bool, str]] = {}
        """Distribution codes: whether each is active, and its account."""

    def fetch(self) -> None:
        """Read vendors, terms and distribution codes.

        Raises:
            RemoteError: a resource cannot be read; the message names the right that is missing.
        """
        self.vendors = {
            read_text(row, "VendorNumber").upper(): Vendor(
                number=read_text(row, "VendorNumber"),
                is_active=read_text(row, "Status") != "Inactive",
                currency=read_text(row, "CurrencyCode"),
            )
            for row in self._fetch("APVendors", "VendorNumber", "Status", "CurrencyCode")
        }
        self.terms = {
            read_text(row, "TermsCode").upper(): read_text(row, "Status") != "Inactive"
            for row in self._fetch("APTerms", "TermsCode", "Status")
        }
        self.distribution_codes = {
            read_text(row, "DistributionCodeKey").upper(): (
                read_text(row, "Status") != "Inactive",
                read_text(row, "GLAccount"),
            )
            for row in self._fetch(
                "APDistributionCodes", "DistributionCodeKey", "Status", "GLAccount"
            )
        }

    def fetch_document(self, vendor: str, number: str) -> PostedDocument | None:
        """Read a posted document, once a run; `None` when there is none of that number."""
        key = (vendor, number)
        if key not in self._documents:
            name = self._posted.name
            record = self._client.fetch_record(
                MODULE,
                self._posted.resource,
                {name("VendorNumber"): vendor, name("DocumentNumber"): number},
            )
            self._documents[key] = None if record is None else self._read(record)
        return self._documents[key]

    def _read(self, record: Mapping[str, object]) -> PostedDocument:
        total, due = "VendorCurrencyInvoiceAmount", "VendorCurrencyAmountDue"
        row = self._posted.read(record, "DocumentNumber", "FullyPaid", total, due)
        return PostedDocument(
            number=read_text(row, "DocumentNumber"),
            is_paid=read_text(row, "FullyPaid") == "Yes",
            total=read_amount(row, total),
            due=read_amount(row, due),
        )

    def _fetch(self, resource: str, *names: str) -> list[Mapping[str, object]]:
        return list(fetch_rows(self._client, MODULE, Spelling(self._metadata, resource), *names))
