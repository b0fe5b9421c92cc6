"""Large reads of views and lists: a request of one's own, its pages, each a piece of CSV (§7.4)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from ml_connector.anaplan import _replies
from ml_connector.anaplan._abandoned import ReadNotes
from ml_connector.anaplan._tables import Table
from ml_connector.anaplan.protocol import SYSTEM, build_read_drop, build_read_start, part
from ml_connector.errors import AccessError, ConnectorError, UnexpectedReplyError
from ml_connector.wire import as_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ml_connector.anaplan._calls import Calls
    from ml_connector.anaplan._replies import Body
    from ml_connector.anaplan._tables import CheckHeader
    from ml_connector.anaplan.settings import AnaplanSettings
    from ml_connector.clock import Clock

TRIES_MAX = 3
DEADLINE_S = 3600.0
LOOKS_MAX = 10_000
_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 5.0
_GROWTH = 1.6
_VIEW_READ = {"exportType": "TABULAR_MULTI_COLUMN"}
_LIST_READ: dict[str, str] = {}


class ReadState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a read request is."""

    id: str
    state: str
    """`NOT_STARTED`, `IN_PROGRESS`, `COMPLETE`, `CANCELLING`, `CANCELLED`."""
    successful: bool
    page_count: int


class LargeReads:
    """Reads views and lists whole, however large, holding one page at a time in memory.

    What is begun is ended: after the last page, after an error, by `close`, and by `drop_abandoned`
    of a later run where a process was killed.
    """

    def __init__(self, settings: AnaplanSettings, *, calls: Calls, clock: Clock) -> None:
        """Call through `calls`."""
        self._settings = settings
        self._calls = calls
        self._clock = clock
        self._notes = ReadNotes(settings.model_url)

    def read_view(
        self, view_id: str, *, check_header: CheckHeader | None = None
    ) -> Iterator[dict[str, str]]:
        """Yield each row of a view by the names of its columns: dimensions, then line items.

        Raises:
            UnexpectedReplyError: Anaplan does not finish the read, or a page has another shape.
        """
        path = f"/views/{part(view_id)}/readRequests"
        yield from self._read(path, _VIEW_READ, check_header)

    def read_list(
        self, list_id: str, *, check_header: CheckHeader | None = None
    ) -> Iterator[dict[str, str]]:
        """Yield each item of a list by the names of its columns (§7.1), as `read_view`."""
        path = f"/lists/{part(list_id)}/readRequests"
        yield from self._read(path, _LIST_READ, check_header)

    def close(self) -> None:
        """End what is still open."""
        for path in self._notes.open:
            self._drop(path)

    def drop_abandoned(self) -> None:
        """End what runs of this computer left behind when they were killed."""
        for path in self._notes.take_abandoned():
            self._drop(path)

    def _read(
        self, path: str, options: Mapping[str, str], check_header: CheckHeader | None
    ) -> Iterator[dict[str, str]]:
        found = self._prepare(path, options)
        request_path = f"{path}/{part(found.id)}"
        try:
            table = Table(request_path, check_header=check_header)
            for number in range(found.page_count):
                yield from table.read_page(number, self._fetch_page(request_path, number))
        finally:
            self._drop(request_path)

    def _prepare(self, path: str, options: Mapping[str, str]) -> ReadState:
        ended = "nothing"
        for _ in range(TRIES_MAX):
            started = self._calls.read(
                build_read_start(self._settings, path, options=options), _parse_state
            )
            request_path = f"{path}/{part(started.id)}"
            self._notes.note(request_path)
            found = self._wait(path, started)
            # "COMPLETE with successful false means start again" (§7.4).
            if found.state == "COMPLETE" and found.successful:
                return found
            ended = found.state
            self._drop(request_path)
        raise self._build_error(path, f"it ended as {ended} {TRIES_MAX} times")

    def _fetch_page(self, path: str, number: int) -> bytes:
        try:
            return self._calls.fetch_lines(f"{path}/pages/{number}")
        except AccessError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            problem = f"page {number} is gone; Anaplan ends a read that is idle for 30 minutes"
            raise self._build_error(path, problem) from error

    def _drop(self, path: str) -> None:
        """End a read request, best effort: it expires by itself after 30 minutes (§7.4)."""
        if path not in self._notes.open:
            return
        try:
            request = build_read_drop(self._settings, path)
            self._calls.send(request, self._calls.judge, attempts_max=1)
        except ConnectorError as error:
            if getattr(error, "status", None) != HTTPStatus.NOT_FOUND:
                self._notes.release(path)
                return
        self._notes.forget(path)

    def _wait(self, path: str, found: ReadState) -> ReadState:
        started, wait_s = self._clock.monotonic(), _FIRST_WAIT_S
        for _ in range(LOOKS_MAX):
            if found.state not in ("NOT_STARTED", "IN_PROGRESS"):
                return found
            if self._clock.monotonic() - started > DEADLINE_S:
                break
            self._clock.sleep(wait_s)
            wait_s = min(_LONGEST_WAIT_S, wait_s * _GROWTH)
            found = self._calls.get(f"{path}/{part(found.id)}", _parse_state)
        raise self._build_error(path, f"it is {found.state} after {DEADLINE_S:.0f} seconds")

    def _build_error(self, path: str, problem: str) -> UnexpectedReplyError:
        return UnexpectedReplyError(
            f"the large read came to nothing: {problem}",
            system=SYSTEM,
            call=f"GET …{path}",
            remedy="Try again; if it stays so, ask Anaplan's support about large reads.",
        )


def _parse_state(body: Body) -> ReadState:
    kind = "listReadRequest" if "listReadRequest" in body else "viewReadRequest"
    found = as_object(body.get(kind), kind)
    return ReadState(
        id=_replies.text(found, "requestId"),
        state=_replies.text(found, "requestState"),
        successful=found.get("successful") is True,
        page_count=_replies.number(found, "availablePages") or 0,
    )
