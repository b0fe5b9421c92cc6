"""Runs that are killed, and what happens to Sage, ledger or plan before the next one.

`Killed` holds a run of one batch of two entries, of one kind and one setting of `post`. It is
killed at every point between an effect and its record, before the batch leaves, and when it is
recorded; `each` yields where it died. What is there, is asked of Sage by a client that shares no
code with ours.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_sage300._fields import AP_ADJUSTMENT, AP_INVOICE, GL_JOURNAL

from tests.target_sage300 import payables, singer
from tests.target_sage300.crashing import run_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ml_connector.ledger import EntryState

    from tests.target_sage300.conftest import Books, Result

Record = dict[str, Any]
POSTED: dict[str, Any] = {"post": "posted", "allow_auto_post": True}
EFFECTS = ("after POST", "after PATCH")
MODES: dict[str, dict[str, Any]] = {"open": {}, "posted": POSTED}
ONE, TWO = "E-1", "E-2"
ONE_IDS, TWO_IDS = (f"{ONE}-1", f"{ONE}-2"), (f"{TWO}-1", f"{TWO}-2")
ALL = (*ONE_IDS, *TWO_IDS)


@dataclass(frozen=True)
class Way:
    """What a kind of batch is called, by the model and by Sage."""

    kind: str
    make: Callable[..., list[Record]]
    export: Callable[..., bytes]
    batches: Callable[[Books], list[Record]]
    standing: Callable[[Books], Counter[str]]
    desk: str
    entries: str
    lines: str
    amount: str
    description: str
    status: str
    more: tuple[str, ...]
    """Amounts of an entry to which a line is added."""
    other: tuple[str, ...]
    """Other amounts of an entry of two lines."""
    reference: str = "Reference"
    """What of a line, or of the whole entry, somebody edits who edits ids."""
    group: str = ""
    """What of an entry holds the lines, where it is not the entry itself."""

    def change_lines(self, entry: Record, change: Callable[[list[Record]], list[Record]]) -> Record:
        """Return an entry with its lines changed."""
        if self.group:
            (group,) = entry[self.group]
            return {**entry, self.group: [{**group, self.lines: change(group[self.lines])}]}
        return {**entry, self.lines: change(entry[self.lines])}

    def act(self, books: Books, deed: str, *, which: int = 0) -> None:
        """Have a person do something to the batch that stands, or to one of several."""
        number = self.batches(books)[which]["BatchNumber"]
        books.control("POST", f"{self.desk}/{number}/{deed}", {})

    def purge(self, books: Books) -> None:
        """Have a person purge the batch that is posted or deleted, and what may be with it."""
        if self is JOURNALS:
            books.control("POST", "gl/clear", {"batches": True, "journals": True})
        else:
            self.act(books, "purge")

    def edit(self, books: Books, change: Callable[[list[Record]], list[Record]]) -> None:
        """Have a person change the entries of the batch that stands, opened if it is ready."""
        self.reopen(books)
        entries = change(self.batches(books)[0][self.entries])
        books.control("PATCH", f"{self.desk}/{self._number(books)}", {self.entries: entries})

    def rename(self, books: Books, text: str) -> None:
        """Have a person give the batch that stands another description."""
        self.reopen(books)
        books.control("PATCH", f"{self.desk}/{self._number(books)}", {self.description: text})

    def reopen(self, books: Books) -> None:
        """Have a person take back that the batch is ready, if it is."""
        if self.batches(books)[0][self.status] == "ReadyToPost":
            self.act(books, "open")

    def _number(self, books: Books) -> str:
        return str(self.batches(books)[0]["BatchNumber"])


JOURNALS = Way(
    kind=GL_JOURNAL,
    make=singer.make_entry,
    export=singer.export,
    batches=lambda books: books.batches(),
    standing=lambda books: books.standing(),
    desk="gl/batches",
    entries="JournalHeaders",
    lines="JournalDetails",
    amount="SourceCurrencyAmount",
    description="Description",
    status="Status",
    more=("125.50", "-125.50", "1", "-1"),
    other=("99", "-99"),
)
INVOICES = Way(
    kind=AP_INVOICE,
    make=payables.make_document,
    export=payables.export_payables,
    batches=payables.invoice_batches,
    standing=payables.standing,
    desk="ap/IN",
    entries="Invoices",
    lines="InvoiceDetails",
    amount="DistributedAmount",
    description="Description",
    status="BatchStatus",
    more=("80.25", "20.00", "1"),
    other=("99", "20.00"),
    reference="DocumentNumber",
)
ADJUSTMENTS = Way(
    kind=AP_ADJUSTMENT,
    make=payables.make_adjustment,
    export=payables.export_payables,
    batches=payables.adjustment_batches,
    standing=payables.standing,
    desk="ap/AD",
    entries="PaymentsAdjustments",
    lines="AdjustmentGLDistributions",
    amount="DistributionAmount",
    description="Description",
    status="BatchStatus",
    more=("-10.50", "-4.25", "-1"),
    other=("-9", "-4.25"),
    group="AppliedPayments",
)
WAYS = {"journals": JOURNALS, "invoices": INVOICES, "adjustments": ADJUSTMENTS}


_REHEARSED: dict[tuple[str, ...], tuple[dict[str, bytes], tuple[str, ...]]] = {}
"""The ledger that has seen an empty export, and the points of a run, each found out once."""


class Killed:
    """Runs that are killed, of one batch of two entries."""

    def __init__(
        self, books: Books, renew_home: Callable[[], None], way: Way, mode: str, **settings: Any
    ) -> None:
        """Run once to the end, which tells the points; `renew_home` gives a run another home."""
        self.books, self.way = books, way
        self.settings = {**MODES[mode], **settings}
        if way is not JOURNALS:
            self.settings["postings"] = payables.POSTINGS
        self._renew_home = renew_home
        key = (way.kind, mode, *settings)
        if key not in _REHEARSED:
            books.post(way.export(), **self.settings)
            self._empty = {path.name: path.read_bytes() for path in books.ledger_files()}
            self._begin()
            _REHEARSED[key] = self._empty, self._run(None)
        self._empty, self._points = _REHEARSED[key]
        # Without the one that asks for the template of the posting process: it has no effect.
        effects = [index for index, name in enumerate(self._points) if name in EFFECTS]
        self._effects = effects[-3 if mode == "posted" else -1 :]

    def each(self, *, between_only: bool = False) -> Iterator[str]:
        """Yield after each death, by its point; the ledger is then as the run left it."""
        reached = []
        for index in self._indexes(between_only=between_only):
            self._begin()
            points = self._run(index)
            assert points == self._points[: index + 1], "it did not come to its point"
            reached.append(points[-1])
            yield points[-1]
        assert sum(name in EFFECTS for name in reached) == len(self._effects)

    def each_that_stands(self) -> Iterator[str]:
        """Yield after each death that left a batch which is not posted yet."""
        count = 0
        for point in self.each():
            batches = self.way.batches(self.books)
            if batches and batches[0][self.way.status] != "Posted":
                count += 1
                yield point
        # Before the first effect there is none, and the last of three is that it is posted.
        assert count == (2 if len(self._effects) == 1 else len(self._effects))

    def each_that_is_ready(self) -> Iterator[str]:
        """Yield after each death that left a ready batch: unknown to the ledger, and known."""
        _, ready, posted = self._effects
        for index in (ready, posted - 1):
            self._begin()
            points = self._run(index)
            assert points == self._points[: index + 1], "it did not come to its point"
            assert self.way.batches(self.books)[0][self.way.status] == "ReadyToPost"
            yield points[-1]

    def next_run(self, *entries: Iterable[Record], **settings: Any) -> Result:
        """Run to the end; without entries, over the plan as it was."""
        plan = entries or self._plan
        return self.books.run(self.way.export(*plan), **{**self.settings, **settings})

    def names_in(self, *states: EntryState) -> set[str]:
        """Names of entries in these states, by the ledger."""
        return {one.name for one in self.books.find_in(*states, kind=self.way.kind)}

    def lose_ledger(self) -> None:
        """Delete the ledger."""
        for path in self.books.ledger_files():
            path.unlink()

    def restore_ledger(self) -> None:
        """Put an older copy in its place, of when nothing had been entered."""
        self.lose_ledger()
        for name, content in self._empty.items():
            (self.books.ledger_folder / name).write_bytes(content)

    def assert_standing(self, *references: str) -> None:
        """Exactly these stand, each once, and entries are whole."""
        assert self.way.standing(self.books) == Counter(references)
        if self.way is not JOURNALS:
            payables.assert_stands_once(self.books, *references)
        else:
            self.books.assert_stands_once(*references)

    @property
    def _plan(self) -> list[list[Record]]:
        return [self.way.make(ONE), self.way.make(TWO)]

    def _indexes(self, *, between_only: bool) -> list[int]:
        if between_only:
            return self._effects
        first = self._effects[0]
        # Behind an answer the call is written into the audit trail, and then what it showed.
        trail = self._points.index("after a write", first)
        recorded = self._points.index("after a write", trail + 1)
        return sorted({*self._effects, first - 1, recorded})

    def _begin(self) -> None:
        self.books.control("POST", "reset")
        self._renew_home()
        self.books.ledger_folder.mkdir(parents=True, exist_ok=True)
        self.restore_ledger()

    def _run(self, point: int | None) -> tuple[str, ...]:
        ended = run_until(
            self.books.arguments(**self.settings),
            self.way.export(*self._plan),
            point=point,
            folder=self.books.folder,
        )
        assert ended.exit_code == 0 if point is None else ended.was_killed, ended.log
        if ended.states:
            self.assert_standing(*ALL)
        return ended.points
