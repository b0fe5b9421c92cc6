"""Invoice batches that people change, for the real read: see `tests.tap_sage300.books`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from tap_sage300.ap_resources import AP_INVOICE_BATCHES
from tap_sage300.changes import DocumentNames
from tap_sage300.discovery import Resource, ScalarType
from tap_sage300.filters import Comparison
from tap_sage300.payables import FAMILY
from typing_extensions import override

from tests.tap_sage300.books import Books
from tests.tap_sage300.payables import make_batch, make_entry, make_line, make_splitter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_sage300.documents import DocumentFamily, DocumentSplitter


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

    def purge(self, number: int) -> None:
        """Purge a posted batch."""
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
        documents = [
            one
            for raw in (*self.batches.values(), *self.purged.values())
            for one in self.make_splitter().split(raw)
        ]
        first: dict[str, Any] = {}
        for one in sorted(documents, key=lambda one: (one.is_open, one.key)):
            first.setdefault(one.number, one)
        return {
            str(line["TransactionId"]): self.measure(line)
            for one in first.values()
            for line in one.lines
        }

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
