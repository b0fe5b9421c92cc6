"""What all kinds do alike: batches are sent, listed and read as a resource of the Web API.

A kind adds what its batches and entries look like, and where posted entries are seen.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from ml_connector.errors import UnexpectedReplyError
from ml_connector.sage300 import CollectionQuery, Spelling
from ml_connector.wire import as_list, as_object
from typing_extensions import override

from target_sage300._kinds import Kind
from target_sage300._routes import ROUTES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ml_connector.ledger import RecordedEntry
    from ml_connector.sage300 import Sage300Client, ServiceMetadata

    from target_sage300._books import Books
    from target_sage300._entries import Entry
    from target_sage300._kinds import Answer, BatchHead, FoundEntry
    from target_sage300._settings import PostingSettings


class BatchKind(Kind):
    """A kind whose entries stand in batches of a resource of their own."""

    header: ClassVar[tuple[str, ...]]
    """What is read of a batch in the list of all."""
    entries: ClassVar[str]
    """The property of a batch that has its entries."""
    posted: ClassVar[str]
    """The resource of what is posted in the module."""

    def __init__(
        self,
        client: Sage300Client,
        metadata: ServiceMetadata,
        *,
        posting: PostingSettings,
        books: Books,
    ) -> None:
        """Speak through `client`; nothing is called yet.

        Raises:
            MismatchError: the server lacks a resource.
        """
        self._client = client
        self._metadata = metadata
        self._posting = posting
        self._books = books
        self._route = ROUTES[self.name]
        self._batches = Spelling(metadata, self._route.batches)
        self._posted = Spelling(metadata, self.posted)

    # What a kind adds

    def build_head(self, token: str) -> dict[str, object]:
        """Return what the body of a batch begins with; `token` is its description."""
        return {"Description": token}

    @abstractmethod
    def build_entry(self, entry: Entry) -> dict[str, object]:
        """Return an entry of a body; its properties stand in the order in which Sage takes them."""

    @abstractmethod
    def read_head(self, record: Mapping[str, object]) -> BatchHead:
        """Read a batch as the list of batches shows it, by `header`."""

    @abstractmethod
    def read_entry(self, record: Mapping[str, object]) -> FoundEntry:
        """Read an entry, spelled as the server spells it."""

    # What every kind does

    @property
    @override
    def call(self) -> str:
        return f"POST …/{self._route.module}/{self._route.batches}"

    @override
    def build_body(self, entries: Sequence[Entry], *, token: str) -> dict[str, object]:
        built = [self.build_entry(entry) for entry in entries]
        return self._batches.write({**self.build_head(token), self.entries: built})

    @override
    def post(
        self, body: Mapping[str, object], *, before_try: Callable[[int], None]
    ) -> Answer | None:
        stored = self._client.post_record(
            self._route.module, self._batches.resource, body, before_try=before_try
        )
        if stored is None:
            return None
        number = self._route.read_number(self._batches.read(stored, "BatchNumber"))
        return (number, self._read_entries(stored)) if number else None

    @override
    def find_period(self, day: dt.date) -> dt.date | None:
        return self._books.find_period(day)

    @override
    def fetch_heads(self, after: int) -> Iterator[BatchHead]:
        last = after
        # Each page is asked for by the number that came last.
        while page := self._client.fetch_page(self._build_query(last)).records:
            for record in page:
                head = self.read_head(self._batches.read(record, *self.header))
                if head.position <= last:
                    raise UnexpectedReplyError(
                        "batches do not come in the order of their numbers",
                        system="Sage 300",
                        call=f"GET …/{self._route.module}/{self._batches.resource}",
                        remedy="Nothing was posted. Report it with the Sage 300 version.",
                    )
                last = head.position
                yield head

    @override
    def fetch_entries(self, number: str) -> list[FoundEntry] | None:
        record = self._fetch_batch(number)
        return None if record is None else self._read_entries(record)

    @override
    def fetch_blurred(self) -> Iterator[tuple[str, str]]:
        """Yield nothing: looks meet in what is posted what they cannot read."""
        yield from ()

    @override
    def fetch_hidden(self, lost: Sequence[RecordedEntry]) -> Iterator[tuple[str, str]]:
        """Yield nothing: what was posted is seen, whatever became of its batch."""
        del lost
        yield from ()

    def _build_query(self, after: int) -> CollectionQuery:
        return CollectionQuery(
            module=self._route.module,
            resource=self._batches.resource,
            filter_=self._route.build_filter(after, self._batches),
            select=tuple(self._batches.name(name) for name in self.header),
            orderby=self._batches.name("BatchNumber"),
        )

    def _fetch_batch(self, number: str) -> dict[str, object] | None:
        key = self._route.build_key(number, self._batches)
        return self._client.fetch_record(self._route.module, self._batches.resource, key)

    def _list_entries(self, record: Mapping[str, object]) -> list[dict[str, object]]:
        found = self._batches.read(record, self.entries).get(self.entries)
        return [as_object(one, "an entry") for one in as_list(found, self.entries)]

    def _read_entries(self, record: Mapping[str, object]) -> list[FoundEntry]:
        return [self.read_entry(one) for one in self._list_entries(record)]
