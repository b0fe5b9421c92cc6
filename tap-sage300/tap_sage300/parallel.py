"""Connections of one run: one for most of it, and a few more while a long read is parted.

Every connection has a session of its own, because ASP.NET answers the requests of one session one
after the other. Whatever is asked, no more requests are under way at once than the settings say,
and one fewer from then on whenever the server says that there were too many (Sage sheet §7,
question 11).

Threads only fetch. What they bring, the calls they made included, passes through a bounded queue to
the one thread that writes records and the ledger.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from ml_connector.events import event
from ml_connector.sage300 import Sage300Client, build_client, open_sage300
from ml_connector.transport import AuditTrail, Pacing
from typing_extensions import override

from tap_sage300.page_sizes import count_nested

if TYPE_CHECKING:
    import logging
    from collections.abc import Sequence

    from ml_connector.clock import Clock
    from ml_connector.sage300 import Sage300Settings
    from ml_connector.transport import ApiCall

T = TypeVar("T")
Piece = list[Mapping[str, object]]
Part = Callable[[Sage300Client], Iterator[Mapping[str, object]]]
"""Reads one part over the connection it is given."""

PIECE_RECORDS: Final = 200
"""Records of a piece, those within records counted: a batch may be as large as a page of others."""
PIECES_PER_READER: Final = 2
WAIT_S: Final = 0.5
"""How long a thread waits before it looks whether it should stop."""


class Pace(Pacing):
    """Lets so many requests be under way, and all of them wait when one is told to slow down."""

    def __init__(self, most: int, *, clock: Clock, log: logging.Logger) -> None:
        """Allow `most` at once."""
        self._most = most
        self._clock = clock
        self._log = log
        self._under_way = 0
        self._resumes_at = 0.0
        self._changed = threading.Condition()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Wait for a turn, and keep it for one call with its repetitions."""
        with self._changed:
            while self._under_way >= self._most:
                self._changed.wait(WAIT_S)
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify()

    @override
    def acquire(self) -> None:
        """Wait while there is a pause."""
        with self._changed:
            wait_s = self._resumes_at - self._clock.monotonic()
        self._clock.sleep(wait_s)

    @override
    def pause(self, seconds: float) -> None:
        """Let nobody ask for `seconds`, and fewer at once from then on."""
        with self._changed:
            self._resumes_at = max(self._resumes_at, self._clock.monotonic() + seconds)
            if self._most == 1:
                return
            self._most -= 1
            most = self._most
        event(self._log, "sage300.fewer_at_once", requests_at_once=most)

    @override
    def close(self) -> None:
        """Nothing to let go of."""


class CollectedCalls(AuditTrail):
    """Calls of one thread, until the thread that may write to the ledger fetches them."""

    def __init__(self) -> None:
        """Start with none."""
        self.calls: deque[ApiCall] = deque()

    @override
    def before_call(self) -> None:
        """Object to nothing: no transaction is ever opened by a thread that fetches."""

    @override
    def record_call(self, call: ApiCall) -> None:
        """Keep `call` for later."""
        self.calls.append(call)


class Connections:
    """The connections of one run; nothing is opened before the first call."""

    def __init__(
        self,
        settings: Sage300Settings,
        *,
        most: int,
        clock: Clock,
        open_audit: Callable[[], AuditTrail],
        log: logging.Logger,
    ) -> None:
        """Allow `most` requests at once; `open_audit` is called before the first request."""
        self.most = most
        self._settings = settings
        self._clock = clock
        self._open_audit = open_audit
        self._pace = Pace(most, clock=clock, log=log)
        self._first: Sage300Client | None = None
        self._audit: AuditTrail | None = None
        self._others: list[tuple[Sage300Client, CollectedCalls]] = []
        self._crew: _Crew | None = None

    @property
    def first(self) -> Sage300Client:
        """The connection of everything that is not parted, opened at its first use."""
        if self._first is None:
            self._audit = self._open_audit()
            self._first = open_sage300(
                self._settings, clock=self._clock, audit=self._audit, limiter=self._pace
            )
        return self._first

    @property
    def is_open(self) -> bool:
        """Say whether anything was asked yet."""
        return self._first is not None

    def call(self, send: Callable[[Sage300Client], T], client: Sage300Client | None = None) -> T:
        """Send one call, when it is its turn."""
        chosen = client or self.first
        with self._pace.passing():
            return send(chosen)

    def read(self, parts: Sequence[Part]) -> Iterator[Mapping[str, object]]:
        """Yield the rows of all parts, in any order; one after the other inside another read.

        Raises:
            ConnectorError: whatever ended one of the parts; the others are stopped.
        """
        if self.most == 1 or len(parts) == 1 or self._crew:
            for part in parts:
                yield from part(self.first)
            return
        self._crew = crew = _Crew(parts, readers=min(self.most, len(parts)))
        try:
            for piece in crew.run([client for client, _ in self._list_others()]):
                self._record_calls()
                yield from piece
        finally:
            crew.stop()
            self._crew = None if self._crew is crew else self._crew
            self._record_calls()

    def close(self) -> None:
        """Close every connection, also while a read that was given up has not ended."""
        if self._crew is not None:
            self._crew.stop()
        self._record_calls()
        for client, _ in self._others:
            client.close()
        if self._first is not None:
            self._first.close()
            self._first = None

    def _list_others(self) -> list[tuple[Sage300Client, CollectedCalls]]:
        while len(self._others) < self.most:
            calls = CollectedCalls()
            client = build_client(
                self._settings, clock=self._clock, audit=calls, limiter=self._pace
            )
            self._others.append((client, calls))
        return self._others

    def _record_calls(self) -> None:
        for _, collected in self._others:
            while collected.calls and self._audit is not None:
                self._audit.record_call(collected.calls.popleft())


class _Crew:
    """Threads that read the parts of one collection, each the next one nobody has begun."""

    def __init__(self, parts: Sequence[Part], *, readers: int) -> None:
        self._parts = iter(parts)
        self._readers = readers
        self._next = threading.Lock()
        self._stopped = threading.Event()
        self._found: queue.Queue[Piece | Exception | None] = queue.Queue(
            maxsize=readers * PIECES_PER_READER
        )

    def run(self, clients: Sequence[Sage300Client]) -> Iterator[Piece]:
        """Yield what the threads bring, until each has come to its end or one has failed."""
        # Daemons: a signal ends the process without waiting for answers that may take minutes.
        threads = [
            threading.Thread(target=self._work, args=(client,), daemon=True)
            for client in clients[: self._readers]
        ]
        for thread in threads:
            thread.start()
        working = len(threads)
        while working:
            found = self._take()
            if isinstance(found, Exception):
                raise found
            if found is None:
                working -= 1
            else:
                yield found

    def stop(self) -> None:
        """Let the threads end at their next step."""
        self._stopped.set()

    def _take(self) -> Piece | Exception | None:
        # Every thread ends with None, whatever happens; a wait without end would hold up signals
        # on Windows.
        while True:
            try:
                return self._found.get(timeout=WAIT_S)
            except queue.Empty:
                continue

    def _work(self, client: Sage300Client) -> None:
        try:
            while (part := self._find_next()) is not None:
                rows = part(client)
                while piece := _take_piece(rows):
                    if not self._put(piece):
                        return
        except Exception as error:  # noqa: BLE001 - it is raised again in the thread that reads
            self._put(error)
        finally:
            self._put(None)

    def _find_next(self) -> Part | None:
        with self._next:
            return None if self._stopped.is_set() else next(self._parts, None)

    def _put(self, found: Piece | Exception | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._found.put(found, timeout=WAIT_S)
            except queue.Full:
                continue
            return True
        return False


def _take_piece(rows: Iterator[Mapping[str, object]]) -> Piece:
    piece: Piece = []
    size = 0
    for row in rows:
        piece.append(row)
        size += 1 + count_nested(row)
        if size >= PIECE_RECORDS:
            break
    return piece
