"""Documents whose batch was posted and purged between two runs.

Sage 300 keeps the posted document when its batch is purged, but not the lines. Where that document
comes from the very entry we knew as not posted, it is told once more, as it came last, as posted.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

import msgspec
from ml_connector.events import event
from ml_connector.wire import decode_as, encode_json

from tap_sage300 import fields
from tap_sage300.batch_entries import POSTED
from tap_sage300.documents import Record, SourceDocument
from tap_sage300.memory import decode
from tap_sage300.payables import FAMILY, STAMP, STATUS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ml_connector.ledger import Document

    from tap_sage300.posted import Place, PostedDocument


class Lookup(Protocol):
    """Finds posted documents by the entries they came from."""

    def find(self, places: Collection[Place]) -> Mapping[Place, PostedDocument]:
        """Return the posted documents that came from these entries."""


class _Records(msgspec.Struct, frozen=True, array_like=True):
    """A header and its lines, as they were emitted last."""

    header: Record
    lines: list[Record]


@dataclass(frozen=True, kw_only=True)
class PurgedPayables:
    """What is known of payables documents beside their batches; see `Archive`."""

    posted: Lookup
    log: logging.Logger

    def pack(self, document: SourceDocument) -> str:
        """Write a document's records as the memory keeps them."""
        return encode_json(_Records(document.header, document.lines)).decode()

    def recall(self, documents: Sequence[Document]) -> list[SourceDocument]:
        """Return those of `documents`, all gone with their batches, that Sage has as posted.

        A number that was changed before posting is another document: its lines are not known.
        """
        places = {_place_of(int(one.key)): one for one in documents}
        found = self.posted.find(places.keys())
        recalled = []
        for place, posted in sorted(found.items()):
            document = places[place]
            records = decode(document).records
            if posted.number == document.number and records:
                recalled.append(_build_posted(document, decode_as(records, _Records)))
                self._check_amount(recalled[-1], posted)
            else:
                self._warn(place, posted, "its lines are not known: what was known is told as gone")
        return recalled

    def _check_amount(self, document: SourceDocument, posted: PostedDocument) -> None:
        total = Decimal(str(document.header[fields.SIGNED_AMOUNT]))
        if posted.net is not None and total != posted.net:
            self._warn(
                _place_of(document.key),
                posted,
                "its lines stay as they were read last, which is not its sum",
            )

    def _warn(self, place: Place, posted: PostedDocument, consequence: str) -> None:
        batch, entry = place
        event(
            self.log,
            f"{FAMILY.headers}.purged_unread",
            level=logging.WARNING,
            batch=batch,
            entry=entry,
            number=posted.number,
            consequence=f"it was changed, posted and purged between two runs; {consequence}",
            remedy="see its postings in the general ledger; run the tap before batches are purged",
        )


def _place_of(key: int) -> Place:
    return FAMILY.unit_of(key), key % FAMILY.documents_per_unit


def _build_posted(document: Document, records: _Records) -> SourceDocument:
    posted = {fields.POSTED: True, STATUS: POSTED}
    stamp = records.header.get(STAMP)
    return SourceDocument(
        key=int(document.key),
        number=document.number,
        vendor=decode(document).vendor,
        stamp=stamp if isinstance(stamp, str) else None,
        is_open=False,
        header=records.header | posted,
        lines=[line | posted for line in records.lines],
    )
