"""Which entries of invoice batches have become posted documents."""

from __future__ import annotations

import logging
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ml_connector.errors import AccessError, RefusedError
from ml_connector.events import event

from tap_sage300.ap_resources import AP_POSTED_DOCUMENTS
from tap_sage300.batch_entries import KINDS
from tap_sage300.client import check_is_lasting
from tap_sage300.discovery import UnavailableError
from tap_sage300.filters import Comparison
from tap_sage300.reader import RecordReader

if TYPE_CHECKING:
    from tap_sage300.client import CompanySession
    from tap_sage300.discovery import Resource
    from tap_sage300.documents import Raw

STREAM: Final = "ap_posted_documents"
WINDOW_BATCHES: Final = 100
"""Batches whose documents are asked for at once."""
WINDOWS_MAX: Final = 64
"""Windows kept; the oldest makes room."""

Window = dict[int, set[int]]
"""Entries that became documents, by batch."""


class PostedLookup:
    """Looks entries of invoice batches up among the posted documents, many at a time."""

    def __init__(self, session: CompanySession) -> None:
        """Keep the company; nothing is asked before an entry is."""
        self._session = session
        self._windows: OrderedDict[int, Window] = OrderedDict()

    def holds(self, *, batch: int, entry: int) -> bool:
        """Say whether a posted document came from this entry."""
        return entry in self._find_window(batch // WINDOW_BATCHES).get(batch, ())

    def _find_window(self, number: int) -> Window:
        if number not in self._windows:
            self._windows[number] = self._fetch_window(number)
        self._windows.move_to_end(number)
        if len(self._windows) > WINDOWS_MAX:
            self._windows.popitem(last=False)
        return self._windows[number]

    def _fetch_window(self, number: int) -> Window:
        resource = self._resource
        if resource is None:
            return {}
        batch = resource.type.server_names["BatchNumber"]
        first = number * WINDOW_BATCHES
        clause = (
            Comparison(batch, "ge", first),
            Comparison(batch, "lt", first + WINDOW_BATCHES),
        )
        names = (*AP_POSTED_DOCUMENTS.keys, "DocumentType", "BatchNumber", "EntryNumber")
        window: Window = {}
        for raw in self._session.read(resource, select=names, clauses=(clause,)):
            document = RecordReader(raw=raw, stream=STREAM, record=name_document(raw))
            # Payments have documents as well, from batches with numbers of their own.
            if document.text("DocumentType") in KINDS:
                entries = window.setdefault(document.whole_key("BatchNumber"), set())
                entries.add(document.whole_key("EntryNumber"))
        return window

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
            " refused are taken as not posted",
            reason=reason,
        )


def name_document(raw: Raw) -> str:
    """Return what a person knows a document by."""
    return f"{raw.get('VendorNumber')}:{raw.get('DocumentNumber')}"
