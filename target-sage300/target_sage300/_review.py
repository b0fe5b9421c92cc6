"""What a dry run shows: a line for each entry, for people, and the bodies of the batches."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from contextlib import ExitStack
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from ml_connector.errors import SettingError
from ml_connector.wire import encode_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO, Self

    from target_sage300._entries import Entry
    from target_sage300._judging import Verdict
    from target_sage300._kinds import Kind

_ROW: Final = "{:<24} {:<10} {:>5} {:<4} {:>18}  {}\n"
_HEAD: Final = ("Entry", "Date", "Lines", "Cur.", "Amount", "What a run would do")
_NAME: Final = "Planning, dry run"


class Review:
    """Shows on standard error what a run would do; use it as a context.

    The bodies go to a file of their own, since a runner reads standard output as STATE. Nothing is
    kept in memory but the batch at hand.
    """

    def __init__(self, bodies: Path | None) -> None:
        """Show the table, and write each batch's body as a JSON line into `bodies`, if given."""
        self._path = bodies
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
                raise SettingError(
                    "review_file",
                    str(self._path),
                    f"cannot be written ({error.strerror or error})",
                    remedy="Name a file in a folder this user may write to.",
                ) from error
            self._bodies = self._stack.enter_context(os.fdopen(handle, "wb"))
        sys.stderr.write(_ROW.format(*_HEAD))
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._stack.close()

    def say_first(self, kind: Kind) -> None:
        """Say that nobody has looked yet what stands in Sage 300 of a kind."""
        sys.stderr.write(
            f"{kind.name}: the ledger is new, so what stands in Sage 300 already is shown as to be"
            " entered. A run finds it out first.\n"
        )

    def show(self, verdict: Verdict, *, holds: bool) -> None:
        """Show one entry; with `holds` none is entered, since another one is refused."""
        entry = verdict.free
        if entry is not None:
            for currency, amount in _sum_by_currency(entry).items():
                about = (entry.date.isoformat(), len(entry.lines), currency, f"{amount:,}")
                what = "hold back: another entry is refused" if holds else "enter"
                sys.stderr.write(_ROW.format(entry.name, *about, what))
        for what in _explain(verdict):
            sys.stderr.write(_ROW.format(verdict.name, "", "", "", "", what))

    def write_batch(self, kind: Kind, entries: Sequence[Entry]) -> None:
        """Write down the call that would enter a batch."""
        if self._bodies is not None:
            body = kind.build_body(entries, token=_NAME)
            self._bodies.write(encode_json({"call": kind.call, "body": body}) + b"\n")


def _explain(verdict: Verdict) -> Iterator[str]:
    """Yield why an entry is not entered, or nothing when it is."""
    if verdict.standing is not None:
        yield "nothing: it stands in Sage 300 as it comes"
    if verdict.left_out is not None:
        yield f"leave out: it {verdict.left_out}"
    for problem in verdict.problems:
        yield f"refuse: {problem}"


def _sum_by_currency(entry: Entry) -> dict[str, Decimal]:
    """Return what the entry comes to: the total of a document, the debits of a journal."""
    if "total" in entry.facts:
        return {entry.lines[0].currency: Decimal(entry.facts["total"])}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in entry.lines:
        sums[line.currency] += max(line.amount, Decimal(0))
    return sums
