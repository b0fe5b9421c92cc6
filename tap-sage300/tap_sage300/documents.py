"""What a document is to the read that follows it: an order, an invoice, an entry of a batch.

A *unit* is one record of a resource of Sage; it splits into documents, each with one header record
and one record per line. An order is a unit of one document. An A/P batch is a unit of as many
documents as it has entries that stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from tap_sage300 import money
from tap_sage300.bookmarks import KnownDocument, compact_lines
from tap_sage300.reader import RecordReader
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from ml_connector.ledger import Document


Raw = Mapping[str, object]
Record = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One property to be copied from Sage: its name and the form of its value."""

    name: str
    kind: Kind


@dataclass(frozen=True, kw_only=True)
class SourceDocument:
    """One document, split into the records it stands for."""

    key: int
    """Its own key: the unit's, or one from which the unit's follows, see `DocumentFamily`."""
    number: str
    """What the identity of its lines is made of; no two standing documents share one."""
    vendor: str
    stamp: str | None
    """The day the unit was last changed, so Sage says."""
    is_open: bool
    """Whether it may still change or go: an open one that vanishes was deleted."""
    header: Record
    lines: list[Record]
    """Each with a `LineNumber`, a whole number."""

    @property
    def line_numbers(self) -> list[int]:
        """Return the numbers of its lines."""
        return [number for line in self.lines if isinstance(number := line["LineNumber"], int)]

    def known(self) -> KnownDocument:
        """Return what the bookmark keeps of it."""
        return KnownDocument(self.number, self.vendor, compact_lines(self.line_numbers))


class DocumentSplitter(Protocol):
    """Makes records of a unit, and those of documents and lines that Sage has no more."""

    def split(self, raw: Raw) -> Sequence[SourceDocument]:
        """Return the documents that stand in a unit; none when nothing of it does.

        Raises:
            InputError: a key is missing or a value is not what its property promises; names the
                record, the field and the value.
        """

    def build_gone_lines(self, key: int, known: KnownDocument, *, deleted_at: str) -> list[Record]:
        """Build lines that Sage no longer has, with amounts zero."""

    def build_gone_header(self, key: int, known: KnownDocument, *, deleted_at: str) -> Record:
        """Build the header of a document that Sage no longer has, with amounts zero."""


class Archive(Protocol):
    """Knows documents that are final although their unit is gone."""

    def pack(self, document: SourceDocument) -> str:
        """Write a document's records as the memory keeps them until it is final."""

    def recall(self, documents: Sequence[Document]) -> list[SourceDocument]:
        """Return those of `documents` that are final now, as they were emitted last."""


class SharedNumbers(Enum):
    """What is done when two documents stand under one number."""

    REFUSED = "refused"
    """The run fails naming both: their lines would be taken for one another's."""
    FIRST_STANDS = "first stands"
    """The posted one stands, else the older one; the other is named and left out."""


@dataclass(frozen=True, kw_only=True)
class DocumentFamily:
    """A kind of document: the two streams it feeds, and the properties of the unit it is read by.

    Names are the catalog's; alternatives stand in the order in which they are tried.
    """

    headers: str
    """The stream of headers; also the memory's name of the kind."""
    lines: str
    """The stream of lines."""
    key: str
    """The unit's key."""
    number: str
    """The property a person would correct when a number is wrong."""
    stamp: str
    dates: tuple[str, ...]
    """The day that decides which fiscal year a sweep counts the unit to."""
    state: str
    """The property that says whether the unit is open."""
    final_states: tuple[str, ...] = ()
    """The values of `state` that end a unit; none when `state` is a flag that says so."""
    documents_per_unit: int = 1
    """Document keys are this times the unit's key, plus the number of the entry."""
    shared_numbers: SharedNumbers = SharedNumbers.REFUSED
    header_amounts: tuple[str, ...] = ()
    """What a header counts; zero on one that is left out because another has its number."""

    def unit_of(self, key: int) -> int:
        """Return the key of the unit a document is in."""
        return key // self.documents_per_unit

    def name_key(self, key: int) -> dict[str, int]:
        """Return a document's key as a person knows it."""
        if self.documents_per_unit == 1:
            return {"key": key}
        return {"batch": self.unit_of(key), "entry": key % self.documents_per_unit}


def read_unit_key(raw: Raw, family: DocumentFamily) -> int:
    """Return the key of a unit.

    Raises:
        InputError: it has none.
    """
    name = f"{family.key} {raw.get(family.key, '(missing)')}"
    return RecordReader(raw=raw, stream=family.headers, record=name).whole_key(family.key)


def copy_fields(record: RecordReader, copied: Sequence[Field]) -> Record:
    """Return the properties that are taken over as they are."""
    return {field.name: record.value(field.name, field.kind) for field in copied}


def build_nothing(copied: Sequence[Field]) -> Record:
    """Return the properties of a record that is gone: numbers zero, everything else null."""
    return {field.name: money.ZERO if field.kind is Kind.NUMBER else None for field in copied}
