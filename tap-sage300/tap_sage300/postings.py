"""Postings in the general ledger: what is new, in which windows it is read, and their records.

`GLPostedTransactions` only grows: a correction is another posting, and a new posting has a higher
sequence number whatever its dates are. So a run reads what is behind the last sequence, and the
last few once more, which may have been in progress (decision 35).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from ml_connector.errors import SettingError

from tap_sage300 import fields
from tap_sage300.filters import Clause, Comparison
from tap_sage300.identity import DocumentKind, build_transaction_id
from tap_sage300.reader import RecordReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_sage300.cost_centers import CostCenters
    from tap_sage300.values import Kind

STREAM: Final = "gl_posted_transactions"
SEQUENCE: Final = "PostingSequenceNumber"
DETAIL: Final = "DetailCount"
DATE: Final = "JournalDate"
AMOUNT: Final = "JournalTransactionAmount"
ACCOUNT: Final = "AccountNumber"
LEDGER: Final = "SourceLedgerCode"
TYPE: Final = "SourceTypeCode"
PLANNING_SETTING: Final = "planning_source"
PLANNING_DEFAULT: Final = "GL-PL"

OVERLAP: Final = 10
"""Posting sequences read again by every run: the last ones may have been in progress."""
WINDOW_ROWS: Final = 2_000
"""Rows a window should have: `$skip` starts over in each, and its keys are remembered."""
WINDOW_GROWTH: Final = 4
_DOCUMENT: Final = (
    ACCOUNT,
    "FiscalYear",
    "FiscalPeriod",
    "SourceCurrencyCode",
    LEDGER,
    TYPE,
)


class SourceCode(NamedTuple):
    """Where a posting comes from: `GL-JE`."""

    ledger: str
    type: str


class Window(NamedTuple):
    """Posting sequences above `after`, up to `to` or without end."""

    after: int
    to: int | None

    def clause(self, name: str) -> Clause:
        """Return the window as comparisons of the property of that name."""
        above = Comparison(name, "gt", self.after)
        return (above,) if self.to is None else (above, Comparison(name, "le", self.to))

    def part(self, count: int) -> list[Window]:
        """Return up to `count` windows that make up this one; one without end stays whole."""
        if self.to is None or self.to - self.after < count:
            return [self]
        edges = [self.after + (self.to - self.after) * at // count for at in range(count + 1)]
        return [Window(start, end) for start, end in pairwise(edges)]


class Windows:
    """Windows until nothing is left; whoever reads them notes each row.

    They grow and shrink towards `WINDOW_ROWS`. The last one has no end and begins behind the last
    row that came, so that what is posted meanwhile is in it, also where the window before reached
    beyond all that was posted then. To count again takes a request and is needed only behind an
    empty window.
    """

    def __init__(self, after: int, count_behind: Callable[[int], int]) -> None:
        """Begin behind the sequence `after`; nothing is called yet."""
        self._after = after
        self._count_behind = count_behind
        self._rows = 0
        self._last = after

    def note(self, sequence: int) -> None:
        """Count a row of the present window."""
        self._rows += 1
        self._last = max(self._last, sequence)

    def __iter__(self) -> Iterator[Window]:
        """Yield each window when the one before has been read."""
        left, width = self._count_behind(self._after), 1
        while left > WINDOW_ROWS:
            self._rows = 0
            yield Window(self._after, self._after + width)
            self._after += width
            left = left - self._rows if self._rows else self._count_behind(self._after)
            width = _fit(width, self._rows)
        yield Window(min(self._after, self._last), None)


def _fit(width: int, rows: int) -> int:
    wanted = width * WINDOW_ROWS // rows if rows else width * WINDOW_GROWTH
    return max(1, min(wanted, width * WINDOW_GROWTH))


def parse_source(value: object) -> SourceCode | None:
    """Return the source code that only planning posts with; None when there is none.

    Raises:
        SettingError: it is not a source ledger and a source type.
    """
    text = str(value or "").strip().upper()
    if not text:
        return None
    ledger, dash, kind = text.partition("-")
    if dash and len(ledger) == len(kind) == 2 and (ledger + kind).isalnum():  # noqa: PLR2004
        return SourceCode(ledger, kind)
    raise SettingError(
        PLANNING_SETTING,
        value,
        "is not a source code",
        remedy="Give source ledger and source type, joined by a dash, as G/L Source Codes has them:"
        " GL-PL.",
    )


@dataclass(frozen=True, kw_only=True)
class PostingBuilder:
    """Makes the record of one posting; pure."""

    company: str
    copied: Mapping[str, Kind]
    """Properties that are copied as they are."""
    cost_centers: CostCenters
    planning: SourceCode | None

    def build(self, raw: Mapping[str, object]) -> dict[str, object]:
        """Return the record of a raw posting.

        Raises:
            InputError: a value is not what its property promises.
        """
        posting = read_posting(raw)
        account = posting.text(ACCOUNT).strip()
        record = {name: posting.value(name, kind) for name, kind in self.copied.items()}
        return record | {
            fields.TRANSACTION_ID: self._identify(posting),
            fields.COMPANY: self.company,
            ACCOUNT: self.cost_centers.find_unformatted(account),
            SEQUENCE: posting.whole_key(SEQUENCE),
            AMOUNT: posting.amount(AMOUNT),
            fields.COST_CENTER: self.cost_centers.find(account),
            fields.FROM_PLANNING: self._is_from_planning(posting),
        }

    def _identify(self, posting: RecordReader) -> str:
        return build_transaction_id(
            company=self.company,
            kind=DocumentKind.POSTING,
            document=(
                *(posting.text(name).strip() for name in _DOCUMENT),
                str(posting.whole_key(SEQUENCE)),
            ),
            line=str(posting.whole_key(DETAIL)),
        )

    def _is_from_planning(self, posting: RecordReader) -> bool:
        source = SourceCode(posting.text(LEDGER).strip(), posting.text(TYPE).strip())
        return source == self.planning


def read_posting(raw: Mapping[str, object]) -> RecordReader:
    """Return a raw posting under the name a user knows it by."""
    parts = (raw.get(name) for name in (ACCOUNT, SEQUENCE, DETAIL))
    account, sequence, detail = parts
    named = f"account {account}, posting sequence {sequence}, detail {detail}"
    return RecordReader(raw=raw, stream=STREAM, record=named)


def read_sequence(record: Mapping[str, object]) -> int:
    """Return the posting sequence of a record."""
    sequence = record[SEQUENCE]
    assert isinstance(sequence, int)  # noqa: S101 - built above
    return sequence


def find_start(last_sequence: int | None) -> int:
    """Return the sequence behind which to read."""
    return max((last_sequence or 0) - OVERLAP, 0)
