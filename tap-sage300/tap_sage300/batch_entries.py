"""What an A/P invoice batch says of its entries: which stand, which are in the books, their sums.

Pure readings of raw records; what is made of them is in `tap_sage300.payables`. Sage sheet §4.3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tap_sage300 import money
from tap_sage300.rates import guess_operation
from tap_sage300.reader import RecordReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from tap_sage300.documents import Raw

STREAM: Final = "ap_invoices"
LINES: Final = "ap_invoice_lines"
BATCH: Final = "BatchNumber"
ENTRY: Final = "EntryNumber"
ENTRIES: Final = "Invoices"
DOCUMENT: Final = "DocumentNumber"
DETAILS: Final = "InvoiceDetails"
SCHEDULE: Final = "InvoicePaymentSchedules"
ERROR_BATCH: Final = "ErrorBatch"
TAXES_MAX: Final = 5
ENTRIES_MAX: Final = 100_000
"""Sage numbers the entries of a batch with at most five digits."""

POSTED: Final = "Posted"
DELETED: Final = "Deleted"
IN_PROGRESS: Final = "PostInProgress"
_STATUSES: Final[Mapping[str, str]] = {
    "1": "Open",
    "3": POSTED,
    "4": DELETED,
    "5": IN_PROGRESS,
    "7": "ReadyToPost",
}
"""Members by the numbers behind them, should a server send those (Sage sheet §4.3)."""
CREDIT_NOTE: Final = "CreditNote"
KINDS: Final = ("Invoice", "DebitNote", CREDIT_NOTE, "Interest")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One distribution."""

    reader: RecordReader
    number: int
    net: Decimal
    """What is charged to the account, without tax; unsigned."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One document in its batch."""

    reader: RecordReader
    number: int
    vendor: str
    document: str
    kind: str
    lines: tuple[Line, ...]

    def list_signed_amounts(self) -> list[Decimal]:
        """Return what each line charges, negative for a credit note."""
        nets = [line.net for line in self.lines]
        return [net.copy_negate() if net else net for net in nets] if self.is_credit else nets

    @property
    def is_credit(self) -> bool:
        """Say whether what we owe falls by it; its amounts are positive all the same (§5.2)."""
        return self.kind == CREDIT_NOTE

    @property
    def is_superseded(self) -> bool:
        """Say whether posting refused it: then its copy in the error batch stands for it."""
        return self.reader.amount(ERROR_BATCH) > 0

    def guess_operation(self) -> money.RateOperation:
        """Return how the rate is applied, by the payments Sage has converted itself.

        That an entry says so itself is not documented (Sage sheet §4.3).
        """
        for raw in _read_list(self.reader, SCHEDULE):
            payment = RecordReader(raw=raw, stream=STREAM, record=self.reader.record)
            found = guess_operation(
                rate=self.reader.amount("ExchangeRate"),
                amount=payment.amount("AmountDue"),
                functional=payment.amount("FunctionalAmountDue"),
            )
            if found:
                return found
        return money.RateOperation.MULTIPLY


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """One batch with its entries; none when it was deleted."""

    reader: RecordReader
    number: int
    status: str
    entries: tuple[Entry, ...]

    @property
    def is_open(self) -> bool:
        """Say whether the batch may still change."""
        return self.status not in (POSTED, DELETED)

    def shows_as_posted(self, entry: Entry) -> bool:
        """Say whether the batch itself proves that an entry is in the books.

        It does when it was posted and names the error batch of each entry that was refused. That
        holds for good, even when the paid document is cleared from the posted ones.
        """
        return self.status == POSTED and self._tells_errors and not entry.is_superseded

    def may_be_posted(self, entry: Entry) -> bool:
        """Say whether an entry can be in the books, for all the batch shows."""
        return self.status in (POSTED, IN_PROGRESS) and not entry.is_superseded

    def stands(self, entry: Entry, *, is_posted: bool) -> bool:
        """Say whether an entry counts: of a posted batch only what was not refused."""
        return not entry.is_superseded and (is_posted or self.status != POSTED)

    @property
    def _tells_errors(self) -> bool:
        if self.reader.raw.get("NumberOfErrors") is None:
            return all(entry.reader.raw.get(ERROR_BATCH) is not None for entry in self.entries)
        named = sum(entry.is_superseded for entry in self.entries)
        return self.reader.amount("NumberOfErrors") <= named


def read_batch(raw: Raw) -> Batch:
    """Read a raw batch.

    Raises:
        InputError: a key is missing or a value is not what its property promises.
    """
    batch = read_status(raw)
    raw_entries = () if batch.status == DELETED else _read_list(batch.reader, ENTRIES)
    return replace(batch, entries=tuple(_read_entry(batch.reader, one) for one in raw_entries))


def read_status(raw: Raw) -> Batch:
    """Read a raw batch without its entries.

    Raises:
        InputError: its key is missing.
    """
    reader = RecordReader(raw=raw, stream=STREAM, record=f"batch {raw.get(BATCH, '(missing)')}")
    number = reader.whole_key(BATCH)
    status = reader.text("BatchStatus").strip()
    status = _STATUSES.get(status) or _find_member(status, _STATUSES.values()) or status
    return Batch(reader=reader, number=number, status=status, entries=())


def _read_entry(batch: RecordReader, raw: Raw) -> Entry:
    vendor, document = (str(raw.get(name) or "").strip() for name in ("VendorNumber", DOCUMENT))
    where = f"{batch.record} entry {raw.get(ENTRY, '(missing)')}"
    name = f"{where} ({vendor or 'no vendor'}:{document or 'no number'})"
    reader = RecordReader(raw=raw, stream=STREAM, record=name)
    number = reader.whole_key(ENTRY)
    if not 0 < number < ENTRIES_MAX:
        raise reader.wrong(ENTRY, f"a number from 1 to {ENTRIES_MAX - 1}")
    for part, value in (("VendorNumber", vendor), (DOCUMENT, document)):
        if not value:
            raise reader.wrong(part, "a text; it is part of the document's identity")
    kind = _find_member(reader.text("DocumentType"), KINDS)
    if kind is None:
        raise reader.wrong("DocumentType", " or ".join(KINDS) + "; it decides the sign")
    return Entry(
        reader=reader,
        number=number,
        vendor=vendor,
        document=document,
        kind=kind,
        lines=_read_lines(reader),
    )


def _read_lines(entry: RecordReader) -> tuple[Line, ...]:
    lines = []
    for raw in _read_list(entry, DETAILS):
        name = f"{entry.record} line {raw.get('LineNumber', '(missing)')}"
        reader = RecordReader(raw=raw, stream=LINES, record=name)
        lines.append(Line(reader=reader, number=reader.whole_key("LineNumber"), net=_net(reader)))
    if len({line.number for line in lines}) != len(lines):
        raise entry.wrong(DETAILS, "each LineNumber once, for it is the line's identity")
    return tuple(lines)


def _net(line: RecordReader) -> Decimal:
    """Return what a line distributes before tax; Sage's own figure where it gives one."""
    if line.raw.get("DistributedAmountBeforeTaxes") is not None:
        return line.amount("DistributedAmountBeforeTaxes")
    included = [
        line.amount(f"TaxAmount{number}").copy_negate()
        for number in range(1, TAXES_MAX + 1)
        if line.flag(f"TaxInclusive{number}")
    ]
    return money.add([line.amount("DistributedAmount"), *included])


def _read_list(record: RecordReader, name: str) -> list[Raw]:
    found = record.raw.get(name)
    if found is None and name == SCHEDULE:
        return []
    if isinstance(found, list) and all(isinstance(one, dict) for one in found):
        return found
    raise record.wrong(name, "a list of records, inline")


def _find_member(text: str, members: Iterable[str]) -> str | None:
    """Return the member that `text` spells, in whatever case and with or without spaces."""
    bare = text.replace(" ", "").lower()
    return next((one for one in members if one.lower() == bare), None)
