"""Invoice batches that people change, for the real read: see `tests.tap_sage300.books`."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from tap_sage300.ap_resources import AP_INVOICE_BATCHES
from tap_sage300.batch_entries import ENTRIES_MAX
from tap_sage300.changes import DocumentNames
from tap_sage300.discovery import Resource, ScalarType
from tap_sage300.filters import Comparison
from tap_sage300.memory import describe
from tap_sage300.payables import FAMILY
from tap_sage300.posted import PostedDocument
from tap_sage300.purged import PurgedPayables
from typing_extensions import override

from tests.tap_sage300.books import Books
from tests.tap_sage300.payables import make_batch, make_entry, make_line, make_splitter

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ml_connector.ledger import Document
    from tap_sage300.documents import Archive, DocumentFamily, DocumentSplitter, SourceDocument
    from tap_sage300.posted import Place


@dataclass
class BatchBooks(Books):
    """The invoice batches of one company, by number."""

    family: ClassVar[DocumentFamily] = FAMILY
    resource: ClassVar[Resource] = Resource(
        spec=AP_INVOICE_BATCHES,
        name="APInvoiceBatches",
        type=ScalarType(kinds={}, server_names={"BatchNumber": "Key"}),
    )
    names: ClassVar[DocumentNames] = DocumentNames(
        key="Key",
        stamp="Stamp",
        date="Date",
        open=(Comparison("Status", "ne", "Posted"), Comparison("Status", "ne", "Deleted")),
    )

    header_keys: ClassVar[tuple[str, ...]] = ("BatchNumber", "EntryNumber")
    numbers_given: int = 0
    """Batches entered so far; Sage gives no number twice."""
    purged: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Posted batches that were purged: their documents stay in Sage's books."""
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    """What stands under the numbers of documents whose batch was purged."""

    @property
    def batches(self) -> dict[int, dict[str, Any]]:
        """Batches by number."""
        return self.orders

    def enter(self, *entries: dict[str, Any], **changes: Any) -> int:
        """Enter a batch and return its number."""
        number = self.numbers_given = self.numbers_given + 1
        self.batches[number] = make_batch(*entries, number=number, **changes)
        return number

    def entries(self, number: int) -> list[dict[str, Any]]:
        """Return the entries of a batch."""
        found: list[dict[str, Any]] = self.batches[number]["Invoices"]
        return found

    def post(self, number: int, *refused: int) -> int | None:
        """Post a batch; return the number of the error batch with the entries it refused."""
        batch = self.batches[number]
        batch |= {"BatchStatus": "Posted", "NumberOfErrors": len(refused)}
        copies: list[dict[str, Any]] = []
        for entry in self.entries(number):
            if entry["EntryNumber"] in refused:
                copies.append({**entry, "EntryNumber": len(copies) + 1})
        if not copies:
            return None
        error_batch = self.enter(*copies)
        for entry in self.entries(number):
            if entry["EntryNumber"] in refused:
                entry["ErrorBatch"] = error_batch
        return error_batch

    @override
    def make_archive(self) -> Archive:
        return PurgedPayables(posted=self, log=logging.getLogger("tests"))

    def find(self, places: Collection[Place]) -> dict[Place, PostedDocument]:
        """Return the posted documents of these entries, as `APPostedDocuments` would."""
        self.requests += 1
        everything = {**self.batches, **self.purged}
        return {
            (number, entry): PostedDocument(
                number=one.number, net=Decimal(str(one.header["SignedAmount"]))
            )
            for number in {batch for batch, _ in places} & everything.keys()
            for one in self.make_splitter().split(everything[number])
            if one.header["Posted"] and (number, entry := one.key % ENTRIES_MAX) in places
        }

    def list_documents(self, number: int) -> list[SourceDocument]:
        """Return the documents that stand in a batch."""
        return list(self.make_splitter().split(self.batches[number]))

    def purge(self, number: int, *known: Document) -> None:
        """Purge a posted batch.

        `known` is what was remembered of its documents, if that is not what they are.
        """
        posted = self.list_documents(number)
        lines = {one.key: (one.number, one.known().line_numbers()) for one in posted}
        lines |= {int(one.key): (one.number, describe(one).line_numbers()) for one in known}
        for one in posted:
            name, numbers = lines[one.key]
            if name == one.number:
                self.kept[name] = {f"SAMLTD:AP:{name}:{line}": "100 posted" for line in numbers}
        self.purged[number] = self.batches.pop(number)

    def list_posted(self) -> set[int]:
        """Return the numbers of the posted batches."""
        return {key for key, one in self.batches.items() if one["BatchStatus"] == "Posted"}

    def list_posted_numbers(self) -> set[str]:
        """Return the document numbers that no other document can be posted with."""
        return {
            str(one["DocumentNumber"])
            for batch in (*self.batches.values(), *self.purged.values())
            if batch["BatchStatus"] == "Posted"
            for one in batch["Invoices"]
            if not one["ErrorBatch"]
        }

    @override
    def make_splitter(self) -> DocumentSplitter:
        return make_splitter()

    @override
    def measure(self, line: Mapping[str, object]) -> str:
        return f"{line['FunctionalAmount']} {'posted' if line['Posted'] else 'not posted'}"

    @override
    def list_standing(self) -> dict[str, str]:
        """Return what stands: of one number the posted document, else the oldest one."""
        documents = [one for number in self.batches for one in self.list_documents(number)]
        first: dict[str, Any] = {}
        for one in sorted(documents, key=lambda one: (one.is_open, one.key)):
            if one.number not in self.kept:
                first.setdefault(one.number, one)
        standing = {
            str(line["TransactionId"]): self.measure(line)
            for one in first.values()
            for line in one.lines
        }
        return standing | {key: one for lines in self.kept.values() for key, one in lines.items()}

    @override
    def find_values(self, raw: dict[str, Any]) -> dict[str, Any]:
        return {
            "Key": int(raw["BatchNumber"]),
            "Stamp": dt.date.fromisoformat(raw["DateLastEdited"][:10]),
            "Date": dt.date.fromisoformat(raw["BatchDate"][:10]),
            "Status": raw["BatchStatus"],
        }


def enter(number: int, *lines: int, **changes: Any) -> dict[str, Any]:
    """Build an entry with these lines of 100 each."""
    return make_entry(*(make_line(line) for line in lines or (20,)), number=number, **changes)
