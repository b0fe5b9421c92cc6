"""Which entries of invoice batches have become posted documents."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ml_connector.errors import AccessError, RefusedError
from ml_connector.events import event

from tap_sage300 import money
from tap_sage300.ap_resources import AP_POSTED_DOCUMENTS
from tap_sage300.batch_entries import KINDS
from tap_sage300.client import check_is_lasting
from tap_sage300.discovery import UnavailableError
from tap_sage300.filters import Clause, Comparison, split_keys
from tap_sage300.identity import join_key
from tap_sage300.reader import RecordReader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from decimal import Decimal

    from tap_sage300.client import CompanySession
    from tap_sage300.discovery import Resource
    from tap_sage300.documents import Raw

STREAM: Final = "ap_posted_documents"
_AMOUNTS: Final = ("VendorCurrencyInvoiceAmount", "VendorCurrencyTaxAmount")
WINDOW_BATCHES: Final = 100
"""Batches whose documents are asked for at once."""
WINDOWS_MAX: Final = 64
"""Windows kept; the oldest makes room."""

Place = tuple[int, int]
"""A batch and an entry of it."""

Window = dict[int, set[int]]
"""Entries that became documents, by batch."""


@dataclass(frozen=True, kw_only=True)
class PostedDocument:
    """What a posted document says of the entry it came from."""

    number: str
    """Vendor and document number, as in the identity of lines."""
    net: Decimal | None
    """Its amount without tax in the vendor's currency; None when the server does not say."""


class PostedLookup:
    """Looks entries of invoice batches up among the posted documents, many at a time."""

    def __init__(self, session: CompanySession) -> None:
        """Keep the company; nothing is asked before an entry is."""
        self._session = session
        self._windows: OrderedDict[int, Window] = OrderedDict()

    def find_posted(self, *, batch: int, entries: Collection[int]) -> set[int]:
        """Return those of these entries that a posted document came from, as of now."""
        number = batch // WINDOW_BATCHES
        is_older = number in self._windows
        window = self._find_window(number)
        if is_older and not window.get(batch, set()).issuperset(entries):
            # The batch may have been posted after the window was read, and before it was itself.
            window[batch] = self._fetch((batch, batch + 1)).get(batch, set())
        return window.get(batch, set()).intersection(entries)

    def find(self, places: Collection[Place]) -> dict[Place, PostedDocument]:
        """Return the posted documents that came from these entries, as of now."""
        resource = self._resource
        if resource is None:
            return {}
        found: dict[Place, PostedDocument] = {}
        own = resource.type.server_names["BatchNumber"]
        for _, clauses in split_keys(own, sorted({batch for batch, _ in places})):
            for document in self._read(resource, clauses, *_AMOUNTS):
                place = _place_of(document)
                if place in places:
                    found[place] = _read_document(document)
        return found

    def _find_window(self, number: int) -> Window:
        if number not in self._windows:
            first = number * WINDOW_BATCHES
            self._windows[number] = self._fetch((first, first + WINDOW_BATCHES))
        self._windows.move_to_end(number)
        if len(self._windows) > WINDOWS_MAX:
            self._windows.popitem(last=False)
        return self._windows[number]

    def _fetch(self, batches: tuple[int, int]) -> Window:
        """Ask for the documents of the batches from the first up to, not including, the second."""
        resource = self._resource
        if resource is None:
            return {}
        batch = resource.type.server_names["BatchNumber"]
        clause = (Comparison(batch, "ge", batches[0]), Comparison(batch, "lt", batches[1]))
        window: Window = {}
        for document in self._read(resource, (clause,)):
            own_batch, entry = _place_of(document)
            window.setdefault(own_batch, set()).add(entry)
        return window

    def _read(
        self, resource: Resource, clauses: Sequence[Clause], *names: str
    ) -> Iterator[RecordReader]:
        """Yield the documents that came from invoice batches."""
        shown = (*AP_POSTED_DOCUMENTS.keys, "DocumentType", "BatchNumber", "EntryNumber", *names)
        for raw in self._session.read(resource, select=shown, clauses=clauses):
            document = RecordReader(raw=raw, stream=STREAM, record=name_document(raw))
            # Payments have documents as well, from batches with numbers of their own.
            if document.text("DocumentType") in KINDS:
                yield document

    @cached_property
    def _resource(self) -> Resource | None:
        """The posted documents; None when they cannot be read, or do not say their batch."""
        try:
            resource = self._session.locate(AP_POSTED_DOCUMENTS)
        except (UnavailableError, AccessError, RefusedError) as error:
            check_is_lasting(error)
            self._warn(str(error))
            return None
        wanted = ("BatchNumber", "EntryNumber", "DocumentType")
        missing = [name for name in wanted if resource.type.find_server_name(name) is None]
        if missing:
            self._warn(f"{resource.name} has no {', '.join(missing)}")
            return None
        return resource

    def _warn(self, reason: str) -> None:
        event(
            self._session.log,
            "posted_documents.unavailable",
            level=logging.WARNING,
            consequence="documents of batches that do not say themselves which entries posting"
            " refused are taken as not posted, those purged before we saw them posted as deleted",
            reason=reason,
        )


def _place_of(document: RecordReader) -> Place:
    return document.whole_key("BatchNumber"), document.whole_key("EntryNumber")


def _read_document(document: RecordReader) -> PostedDocument:
    vendor, number = (document.text(name).strip() for name in AP_POSTED_DOCUMENTS.keys)
    has_net = all(document.raw.get(name) is not None for name in _AMOUNTS)
    total, tax = (document.amount(name) for name in _AMOUNTS)
    net = money.add([total, tax.copy_negate()]) if has_net else None
    return PostedDocument(number=join_key(vendor, number), net=net)


def name_document(raw: Raw) -> str:
    """Return what a person knows a document by."""
    return f"{raw.get('VendorNumber')}:{raw.get('DocumentNumber')}"
