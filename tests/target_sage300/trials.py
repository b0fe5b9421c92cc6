"""One and the same run, tried on a company that begins anew each time: of every kind and mode.

What becomes of it is asked of Sage 300 by a client that shares no code with ours (`Books`,
`payables`): each line once, balanced, and as far as `post` says.
"""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ml_connector.places import home

from tests.target_sage300 import payables
from tests.target_sage300.crashing import lies_between, run_until
from tests.target_sage300.payables import POSTINGS, export_payables, make_adjustment, make_document
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.target_sage300.conftest import Books
    from tests.target_sage300.crashing import Ended, Point

MODES = {"open": "Open", "ready": "ReadyToPost", "posted": "Posted"}
"""How far `post` takes a batch, and what Sage calls it."""
REFUSED_DAY = "2026-09-30"
"""The day of an entry that Sage refuses, in a locked period."""


@dataclass(frozen=True)
class Kind:
    """How entries of a kind are made, and how Sage shows what became of them."""

    name: str
    resource: str
    make: Callable[..., list[dict[str, Any]]]
    export: Callable[..., bytes]
    date: str
    statuses: Callable[[Books], list[str]]
    assert_stands_once: Callable[..., None]
    count_posted: Callable[[Books], Counter[str]]
    """How often each entry is in the posted ledger, by the id of its first line."""

    @property
    def module(self) -> str:
        """The module of its resource."""
        return self.resource[:2]

    @property
    def look(self) -> dict[str, str]:
        """The call by which batches are looked for."""
        return {"method": "GET", "path": rf"{self.resource}\?"}


def _journal_statuses(books: Books) -> list[str]:
    # A site may show a ready batch as open.
    return [
        MODES["ready"] if batch["ReadyToPost"] == "Yes" and status == MODES["open"] else status
        for batch in books.batches()
        for status in [batch["Status"]]
    ]


def _posted_journals(books: Books) -> Counter[str]:
    query = "GL/GLPostedTransactions?$filter=SourceTypeCode%20eq%20'PL'&$top=100"
    rows = books.get(query)["value"]
    assert sum((row["JournalTransactionAmount"] for row in rows), Decimal(0)) == 0
    found = Counter(row["JournalDetailReference"] for row in rows)
    return Counter({name: times for name, times in found.items() if name.endswith("-1")})


def _posted_invoices(books: Books) -> Counter[str]:
    query = "AP/APPostedDocuments?$filter=OrderNumber%20eq%20'PLANNING'&$top=100"
    return Counter(row["DocumentNumber"] for row in books.get(query)["value"])


def _posted_adjustments(books: Books) -> Counter[str]:
    """Ask by what is due of the document that all of them adjust."""
    found: Counter[str] = Counter()
    total = Decimal(0)
    for batch in payables.adjustment_batches(books):
        if batch["BatchStatus"] != MODES["posted"]:
            continue
        for entry in batch["PaymentsAdjustments"]:
            if not entry["ErrorBatch"]:
                found[entry["EntryReference"]] += 1
                (applied,) = entry["AppliedPayments"]
                below = applied["AdjustmentGLDistributions"]
                amount = sum((line["DistributionAmount"] for line in below), Decimal(0))
                assert applied["PaymentAmount"] == amount
                total += amount
    document = payables.posted_document(books, "000033", payables.DOCUMENT)
    moved = document["VendorCurrencyAmountDue"] - document["VendorCurrencyInvoiceAmount"]
    assert moved == total
    return found


KINDS = {
    "gl_journal": Kind(
        name="gl_journal",
        resource="GLJournalBatches",
        make=make_entry,
        export=export,
        date="Posting Date",
        statuses=_journal_statuses,
        assert_stands_once=lambda books, *ids: books.assert_stands_once(*ids),
        count_posted=_posted_journals,
    ),
    "ap_invoice": Kind(
        name="ap_invoice",
        resource="APInvoiceBatches",
        make=make_document,
        export=export_payables,
        date="Document Date",
        statuses=lambda books: [one["BatchStatus"] for one in payables.invoice_batches(books)],
        assert_stands_once=payables.assert_stands_once,
        count_posted=_posted_invoices,
    ),
    "ap_adjustment": Kind(
        name="ap_adjustment",
        resource="APPaymentAndAdjustmentBatches",
        make=make_adjustment,
        export=export_payables,
        date="Document Date",
        statuses=lambda books: [one["BatchStatus"] for one in payables.adjustment_batches(books)],
        assert_stands_once=payables.assert_stands_once,
        count_posted=_posted_adjustments,
    ),
}


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a run is to do: entries of one kind, each in a batch of its own."""

    kind: Kind
    post: str = "open"
    entry_count: int = 2
    batch_lines: int = 2
    has_refused: bool = False
    """Whether an entry that Sage refuses is in the same batch as the others."""
    post_call: Mapping[str, str | int] | None = None

    @cached_property
    def names(self) -> list[str]:
        """The entries that are to stand."""
        return [f"X-{number + 1}" for number in range(self.entry_count)]

    @cached_property
    def ids(self) -> list[str]:
        """The transaction ids of their lines."""
        return [f"{name}-{line}" for name in self.names for line in (1, 2)]

    @cached_property
    def messages(self) -> bytes:
        """What the tap brings."""
        entries = [self.kind.make(name) for name in self.names]
        if self.has_refused:
            entries.insert(1, self.kind.make("Y-1", **{self.kind.date: REFUSED_DAY}))
        return self.kind.export(*entries)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The target's settings."""
        chosen: dict[str, Any] = {"post": self.post, "batch_lines": self.batch_lines}
        if self.has_refused:
            chosen["batch_lines"] = 99
        if self.post == "posted":
            chosen["allow_auto_post"] = True
        if self.kind.name != "gl_journal":
            chosen["postings"] = [one for one in POSTINGS if one["kind"] == self.kind.name]
        elif self.post_call:
            chosen["postings"] = [{"stream": "gl_adjustments", "post_call": self.post_call}]
        return chosen


class LedgerFiles:
    """The company's ledger as files, put back to where they were."""

    def __init__(self, books: Books) -> None:
        """Begin without a ledger."""
        self._books = books
        self._kept: dict[str, bytes] = {}

    @property
    def settings(self) -> dict[str, Any]:
        """What the target is told of it."""
        return {}

    def keep(self) -> None:
        """Keep the ledger as it is."""
        self._kept = {path.name: path.read_bytes() for path in self._books.ledger_files()}

    def restore(self) -> None:
        """Put it back."""
        self.delete()
        for name, content in self._kept.items():
            (self._books.ledger_folder / name).write_bytes(content)

    def delete(self) -> None:
        """Lose it."""
        self._books.ledger_folder.mkdir(parents=True, exist_ok=True)
        for path in self._books.ledger_files():
            path.unlink()


class Trial:
    """Some work on a company that the ledger knows, as often as one likes from the beginning."""

    def __init__(
        self,
        books: Books,
        work: Work,
        *,
        switches: Mapping[str, Any] | None = None,
        ledger: LedgerFiles | None = None,
    ) -> None:
        """Have a ledger learn what stands in the company."""
        self.books = books
        self.work = work
        self.ledger = ledger or LedgerFiles(books)
        self._switches = dict(switches or {})
        self.begin()
        books.post(work.kind.export(), **self.settings)
        self.ledger.keep()

    @property
    def settings(self) -> dict[str, Any]:
        """The target's settings."""
        return {**self.work.settings, **self.ledger.settings}

    @cached_property
    def trail(self) -> tuple[Point, ...]:
        """The points that an undisturbed run comes to."""
        self.begin()
        ended = self.run()
        assert ended.exit_code == self._good_code, ended.log
        self.assert_finished()
        return ended.trail

    @property
    def effects(self) -> list[int]:
        """The points at which Sage has just answered a call that changes something."""
        return [index for index, point in enumerate(self.trail) if point.is_effect]

    @property
    def between(self) -> list[int]:
        """All points between an effect and its record."""
        return [index for index in range(len(self.trail)) if lies_between(self.trail[: index + 1])]

    @property
    def edges(self) -> list[int]:
        """The first and the last point between each effect and its record."""
        return [
            index
            for index in self.between
            if self.trail[index].is_effect or self.trail[index + 1].is_record
        ]

    @property
    def distinct(self) -> list[int]:
        """All points between an effect and its record; of the others, those that follow a write.

        A point before a call or a write leaves the same behind as the write before it.
        """
        between = set(self.between)
        return [
            index for index, point in enumerate(self.trail) if index in between or point.is_write
        ]

    def begin(self) -> None:
        """Put company and ledger back to where they were before the work."""
        self._reset_sage()
        self.ledger.restore()
        shutil.rmtree(home() / "departures", ignore_errors=True)

    def lose(self, effect: int, way: Mapping[str, Any]) -> None:
        """Have the answer to a changing call lost, in a way: the first call is number 0."""
        path = r"^(?!.*\$template)"
        self.books.fault(path=path, method="POST|PATCH", after=effect, **way)

    def assert_lost(self, *, pending: int = 0) -> None:
        """The fault was met; so many effects are still to come."""
        (fault,) = self.books.control("GET", "faults")
        assert (fault["fired"], fault["pending"]) == (1, pending), fault

    def die(self, index: int) -> Ended:
        """Run until point `index`, and prove that it was reached."""
        ended = self.run(index)
        assert ended.was_killed, ended.log
        assert ended.trail[-1].name == self.trail[index].name
        assert len(ended.trail) == index + 1
        return ended

    def stop(self, index: int) -> Ended:
        """Run, with SIGTERM at point `index`, and prove that it was reached."""
        ended = self.run(index, send=signal.SIGTERM)
        assert ended.points[index] == self.trail[index].name
        assert ended.exit_code in {self._good_code, 128 + signal.SIGTERM}, ended.log
        return ended

    def run(self, point: int | None = None, *, send: signal.Signals = signal.SIGKILL) -> Ended:
        """Run, with a signal at `point` if the run comes to it."""
        ended = run_until(
            self.books.arguments(**self.settings),
            self.work.messages,
            point=point,
            folder=self.books.folder,
            send=send,
        )
        if ended.states:
            # State never runs ahead.
            self.assert_finished()
        return ended

    def finish(self, *, runs_max: int = 1) -> None:
        """Run until a run comes to its end, which the first is to do; look what stands in Sage."""
        for _ in range(runs_max):
            result = self.books.run(self.work.messages, **self.settings)
            if result.exit_code == self._good_code:
                break
        assert result.exit_code == self._good_code, result.log
        assert result.states
        self.assert_finished()

    def assert_finished(self) -> None:
        """Each line stands once, balanced, in batches that are as far as they are to be."""
        work, books = self.work, self.books
        work.kind.assert_stands_once(books, *work.ids)
        assert set(work.kind.statuses(books)) == {MODES[work.post]}
        posted = [f"{name}-1" for name in work.names] if work.post == "posted" else []
        assert work.kind.count_posted(books) == Counter(posted)

    @property
    def _good_code(self) -> int:
        return 3 if self.work.has_refused else 0

    def _reset_sage(self) -> None:
        self.books.control("POST", "reset")
        locked = {}
        if self.work.has_refused:
            period = self.books.period_of(REFUSED_DAY)
            locked = {"locked_periods": [f"{part}:{period}" for part in ("GL", "AP")]}
        if self._switches or locked:
            self.books.switch(**self._switches, **locked)
