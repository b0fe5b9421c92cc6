"""What the posting protocol needs of a resource: a kind writes batches and reads what stands there.

Gate, ledger, looking, settling and posting are the same for every kind. A kind knows its fields in
Sage, how an entry is found again, and where posted entries are seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec
from ml_connector.ledger import DraftEntry, DraftLine, EntryState

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ml_connector.ledger import RecordedEntry

    from target_sage300._entries import Entry, Problem
    from target_sage300._gate import Gate


class BatchHead(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as the list of batches shows it."""

    number: str
    state: EntryState
    """What its entries are by it, errors apart."""
    is_moving: bool = False
    """Whether it is being posted at this moment, so that nothing can be said of it."""
    is_made_by_sage: bool = False
    """Whether Sage made it, and it repeats ids of what it was made of."""
    description: str = ""
    entry_count: int

    @property
    def position(self) -> int:
        """Its place in the order of all batches of the kind."""
        return int(self.number)


class FoundEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it stands in a batch, or in the posted ledger."""

    number: str
    error_place: tuple[str, str] | None
    """Batch and entry of its copy, when posting refused it."""
    draft: DraftEntry
    """Its identified lines, each once; its header by our names."""
    line_count: int
    """All its lines, with those that have no identity, or one of another line."""
    is_ours: bool
    """Whether it has what ours are known by; others are met where they have an id of ours."""

    @property
    def references(self) -> frozenset[str]:
        """The identities of its lines."""
        return frozenset(line.reference for line in self.draft.lines)


def keep_identified(lines: Iterable[DraftLine]) -> tuple[DraftLine, ...]:
    """Return the lines that have an identity, one line for each."""
    identified: dict[str, DraftLine] = {}
    for line in lines:
        if line.reference:
            identified.setdefault(line.reference, line)
    return tuple(identified.values())


class PostedLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the posted ledger shows of an entry; `reference` is blank where it was dropped."""

    batch: str
    entry: str
    sequence: int
    reference: str
    draft: DraftLine
    last_reference: str | None = None
    """Given where whole documents are shown, not lines: the highest id among its lines."""


Answer = tuple[str, list[FoundEntry]]
"""Number and entries of a batch, as the answer to its POST shows them."""


class Kind(Protocol):
    """One kind of posting, of one stream's settings, into one company."""

    @property
    def name(self) -> str:
        """The kind as settings and ledger name it."""

    @property
    def call(self) -> str:
        """The call that posts, as messages show it."""

    @property
    def identity(self) -> str:
        """What its entries are known by in Sage: a source code, or a mark."""

    @property
    def shows_posted(self) -> bool:
        """Whether posted entries are seen without their batches."""

    def gate(self, *, company: str, ambiguous: frozenset[str]) -> Gate:
        """Return what judges its entries; `ambiguous` ids came with different content."""

    def build_body(self, entries: Sequence[Entry], *, token: str) -> dict[str, object]:
        """Return the body of a batch, spelled as the server spells it."""

    def post(
        self, body: Mapping[str, object], *, before_try: Callable[[int], None]
    ) -> Answer | None:
        """Send one batch, once; return its number and entries if Sage's answer shows them.

        `before_try` is called right before it leaves, with the number of the try.

        Raises:
            RemoteError: see `Sage300Client.post_record`.
        """

    def find_period(self, day: dt.date) -> dt.date | None:
        """Return the first day of the fiscal period of a day."""

    def fetch_heads(self, after: int) -> Iterator[BatchHead]:
        """Yield every batch with a number above `after`, in the order of the numbers.

        Raises:
            UnexpectedReplyError: the server does not give them in that order.
        """

    def fetch_entries(self, number: str) -> list[FoundEntry] | None:
        """Read a batch's entries; `None` when Sage has no such batch (any more)."""

    def fetch_posted(self, *, after: int) -> Iterator[PostedLine]:
        """Yield what was posted of ours behind posting sequence `after`."""

    def fetch_blurred(self) -> Iterator[tuple[str, str]]:
        """Tell a new ledger where postings are that nothing can be read of any more."""

    def fetch_hidden(self, lost: Sequence[RecordedEntry]) -> Iterator[tuple[str, str]]:
        """Tell where entries that left, and that no look has found, may stand all the same."""

    def describe_blurred(self, first: str, second: str, /) -> str:
        """Say in words what one of the looks' `blurred` stands for."""

    def find_unprovable(
        self, entry: Entry, *, blurred: Sequence[tuple[str, str]]
    ) -> Problem | None:
        """Object to an entry that nobody claims, yet is not to be posted.

        It may be among what looks could not read (`blurred` tells where), or what it refers to
        does not allow it.
        """
