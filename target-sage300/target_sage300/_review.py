"""What a dry run shows: a row for each entry and totals, for people, and the batches' bodies."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.errors import SettingError
from ml_connector.ledger import KIND_TITLES, sum_entry
from ml_connector.wire import encode_json

from target_sage300._fields import GL_JOURNAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO, Self

    from ml_connector.ledger import DraftLine, EntryFigures, InputLine

    from target_sage300._books import Books
    from target_sage300._entries import Entry
    from target_sage300._judging import Verdict
    from target_sage300._kinds import Kind

_ROW: Final = "{:<24} {:<14} {:<10} {:>5} {:<4} {:>18}  {}"
_HEAD: Final = ("Entry", "Kind", "Date", "Lines", "Cur.", "Amount", "What a run would do")
_NAME: Final = "Planning, dry run"
_ENTER: Final = "enter"
_MAY_REFUSE: Final = (
    f"Sage 300 may still refuse what is shown as `{_ENTER}`: it has checks of its own, when an"
    " entry comes in and when it is posted."
)


@dataclass(slots=True)
class _Total:
    """What the entries of a kind come to of which a run would do the same."""

    entries: int = 0
    lines: int = 0
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


class Review:
    """Shows on standard error what a run would do; use it as a context.

    The bodies go to a file of their own, since a runner reads standard output as STATE. Nothing is
    kept in memory but the batch at hand.
    """

    def __init__(self, bodies: Path | None, *, books: Books) -> None:
        """Show the table, and write each batch's body as a JSON line into `bodies`, if given.

        Currencies are those of `books`.
        """
        self._path = bodies
        self._books = books
        self._totals: dict[tuple[str, str], _Total] = defaultdict(_Total)
        self._bodies: BinaryIO | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Open the file, for its owner only, and print the head of the table.

        Raises:
            SettingError: the file cannot be written.
        """
        if self._path is not None:
            try:
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            except OSError as error:
                raise self._unwritable(error) from error
            self._bodies = self._stack.enter_context(os.fdopen(handle, "wb"))
        _write(*_HEAD)
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Print the totals when all was shown, and close the file."""
        self._stack.close()
        if error_type is None:
            self._show_totals()

    def say_first(self, kind: Kind) -> None:
        """Say that nobody has looked yet what stands in Sage 300 of a kind."""
        sys.stderr.write(
            f"{kind.name}: the ledger is new, so what stands in Sage 300 already is shown as to be"
            " entered. A run finds it out first.\n"
        )

    def show(self, kind: Kind, verdict: Verdict, *, holds: bool) -> None:
        """Show one entry of a kind; with `holds` none is entered, since another one is refused."""
        deed, reasons = _explain(verdict, holds=holds)
        figures, line_count = self._sum(kind, verdict)
        total = self._totals[KIND_TITLES[kind.name], deed]
        total.entries += 1
        total.lines += line_count
        for currency, amount in figures.amounts.items():
            total.amounts[currency] += amount
        about = (KIND_TITLES[kind.name], figures.date or "", line_count)
        self._show_row(verdict.name, about, figures.amounts, reasons)

    def write_batch(self, kind: Kind, entries: Sequence[Entry]) -> None:
        """Write down the call that would enter a batch."""
        if self._bodies is not None:
            body = kind.build_body(entries, token=_NAME)
            try:
                self._bodies.write(encode_json({"call": kind.call, "body": body}) + b"\n")
                self._bodies.flush()
            except OSError as error:
                raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> SettingError:
        return SettingError(
            "review_file",
            str(self._path),
            f"cannot be written ({error.strerror or error})",
            remedy="Name a file in a folder this user may write to, on a disk that has room.",
        )

    def _sum(self, kind: Kind, verdict: Verdict) -> tuple[EntryFigures, int]:
        """Return what an entry comes to, as it would be sent or else as it came."""
        content: Mapping[str, str | None] = {}
        lines: Sequence[DraftLine | InputLine] = verdict.lines
        if verdict.free is not None:
            draft = verdict.free.draft()
            content, lines = draft.content, draft.lines
        figures = sum_entry(kind.name, content, [line.content for line in lines])
        if kind.name == GL_JOURNAL and "" in figures.amounts:
            # What has no currency is in that of the company; of documents, in the vendor's.
            amounts: dict[str, Decimal] = defaultdict(Decimal)
            for currency, amount in figures.amounts.items():
                amounts[currency or self._books.home_currency] += amount
            figures = msgspec.structs.replace(figures, amounts=amounts)
        return figures, len(lines)

    def _show_row(
        self,
        name: str,
        about: tuple[str, str, int],
        amounts: Mapping[str, Decimal],
        reasons: Sequence[str],
    ) -> None:
        """Print an entry's row; further currencies and reasons stand below it."""
        sums = [(currency, self._write_amount(one, currency)) for currency, one in amounts.items()]
        first: tuple[str, str, str, str | int] = (name, *about)
        for money, reason in zip_longest(sums, reasons):
            _write(*first, *(money or ("", "")), reason or "")
            first = ("", "", "", "")

    def _write_amount(self, amount: Decimal, currency: str) -> str:
        return f"{amount:,.{self._books.decimals.get(currency, 2)}f}"

    def _show_totals(self) -> None:
        sys.stderr.write("\n")
        for (title, deed), total in sorted(self._totals.items()):
            entries = "1 entry" if total.entries == 1 else f"{total.entries} entries"
            about = (title, "", total.lines)
            self._show_row("Total", about, total.amounts, [f"{deed}: {entries}"])
        if any(deed == _ENTER for _, deed in self._totals):
            sys.stderr.write(f"{_MAY_REFUSE}\n")


def _write(*cells: object) -> None:
    sys.stderr.write(_ROW.format(*cells).rstrip() + "\n")


def _explain(verdict: Verdict, *, holds: bool) -> tuple[str, list[str]]:
    """Return what a run would do with an entry, in a word and in full."""
    if verdict.deleted_in is not None:
        said = f"it was deleted in Sage 300 (batch {verdict.deleted_in}), and comes as it was"
        return "nothing", [f"nothing: {said}"]
    if verdict.standing is not None:
        return "nothing", ["nothing: it stands in Sage 300 as it comes"]
    if verdict.left_out is not None:
        there = verdict.stands
        also = f"; it stands in batch {there.sage_batch}" if there is not None else ""
        return "leave out", [f"leave out: it {verdict.left_out}{also}"]
    if verdict.problems:
        return "refuse", [f"refuse: {problem}" for problem in verdict.problems]
    if holds:
        return "hold back", ["hold back: another entry is refused"]
    return _ENTER, [_ENTER]
