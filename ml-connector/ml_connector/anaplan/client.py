"""Anaplan over the network: build with `protocol`, send with the transport, parse the reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ml_connector.anaplan import _replies, _results
from ml_connector.anaplan._reading import ModelReader
from ml_connector.anaplan._sign_in import build_auth
from ml_connector.anaplan._text import decode_pieces
from ml_connector.anaplan.dumps import DumpError, iterate_dump
from ml_connector.anaplan.protocol import (
    SYSTEM,
    build_announcement,
    build_chunk,
    build_list_write,
    build_task_start,
    part,
    task_path,
)
from ml_connector.anaplan.settings import AnaplanSettings, check_settings
from ml_connector.anaplan.types import PollPolicy, TaskKind
from ml_connector.errors import (
    AccessError,
    OutcomeUnknownError,
    RefusedError,
    UnexpectedReplyError,
)
from ml_connector.places import home
from ml_connector.transport import (
    AuditTrail,
    BrokenReplyError,
    Limiter,
    Transport,
    TransportSettings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ml_connector.anaplan.types import (
        DumpRow,
        ListAction,
        ListWrite,
        Task,
        TaskId,
    )
    from ml_connector.clock import Clock
    from ml_connector.transport import Reply, Request

T = TypeVar("T")

# A task just created may not be found for a moment (§2.5).
_TASK_UNSEEN_S_MAX = 15.0


def open_anaplan(
    settings: AnaplanSettings, *, clock: Clock, audit: AuditTrail, limiter: Limiter | None = None
) -> AnaplanClient:
    """Check `settings` and return a client on a transport of its own; nothing is called yet.

    Without `limiter`, everybody with the same ledger on PostgreSQL shares one; without such a
    ledger, all processes of this user on this computer do.

    Raises:
        SettingError: the settings cannot work.
    """
    check_settings(settings)
    transport = Transport(
        system=SYSTEM,
        settings=TransportSettings(allow_http=settings.allow_http, ca_bundle=settings.ca_bundle),
        clock=clock,
        audit=audit,
        limiter=limiter
        or Limiter(
            "anaplan",
            per_minute=settings.requests_per_minute,
            home=home(),
            clock=clock,
            ledger_url=settings.ledger_url,
        ),
    )
    auth = build_auth(settings, transport=transport, clock=clock)
    return AnaplanClient(settings, transport=transport, auth=auth, clock=clock)


class AnaplanClient(ModelReader):
    """Speaks to one model; what it reads is in `ModelReader`."""

    def write_list_items(
        self, list_id: str, action: ListAction, items: Sequence[object]
    ) -> ListWrite:
        """Add, update or delete at most 100,000 items; each is refused for itself (§7.1)."""
        request = build_list_write(self._settings, list_id, action, items)
        return self._calls.read(request, _replies.parse_list_write)

    def upload_file(self, file_id: str, *, chunks: Iterable[bytes], chunk_count: int) -> None:
        """Replace a file's content by `chunks`; costs `chunk_count` + 1 requests.

        `file_id` must come from `fetch_files`: an unknown one would create a file (§4.3). A chunk
        may be tried again, so it is held in memory while it is sent, one at a time.

        Raises:
            ValueError: `chunks` are not `chunk_count` many; the file is then incomplete.
        """
        announcement = build_announcement(self._settings, file_id, chunk_count=chunk_count)
        self._calls.read(announcement, lambda _body: None)
        sent = 0
        for data in chunks:
            if sent < chunk_count:
                request = build_chunk(self._settings, file_id, index=sent, data=data)
                self._calls.send(request, self._judge_upload)
            sent += 1
        if sent != chunk_count:
            raise ValueError(f"{chunk_count} chunks were announced, {sent} came")

    def start_task(self, kind: TaskKind, object_id: str) -> TaskId:
        """Start a task and return its id. Never repeated by itself.

        Raises:
            OutcomeUnknownError: the answer was lost; look at `fetch_tasks` before starting again.
            TransientError: Anaplan provably did not start it.
        """
        request = build_task_start(self._settings, kind, object_id)
        try:
            return self._calls.read(request, _results.parse_task_id)
        except BrokenReplyError as error:
            # It said 200, so the task runs; only its id is lost.
            raise OutcomeUnknownError(
                f"the task was started, but its id could not be read ({error.__cause__})",
                system=error.system,
                call=error.call,
                status=error.status,
                remedy="The next run looks for the task before starting another.",
            ) from error

    def fetch_tasks(self, kind: TaskKind, object_id: str) -> list[Task]:
        """Read the tasks of an object, newest first, without their results."""
        tasks = self._calls.read_pages(
            task_path(kind, object_id),
            "tasks",
            _results.parse_tasks,
            params={"sort": "-creationTime"},
        )
        return sorted(tasks, key=lambda task: task.creation_time_ms or 0, reverse=True)

    def fetch_task(self, kind: TaskKind, object_id: str, task_id: str) -> Task:
        """Read a task with its results."""
        return self._calls.get(
            task_path(kind, object_id, task_id),
            lambda body: _results.parse_one_task(body, task_id),
        )

    def wait_for_task(
        self,
        kind: TaskKind,
        object_id: str,
        task_id: str,
        *,
        deadline_s: float,
        poll: PollPolicy | None = None,
        on_progress: Callable[[Task], None] | None = None,
    ) -> Task:
        """Poll until the task is finished; time queued behind other tasks counts as well.

        Raises:
            OutcomeUnknownError: it is not finished after `deadline_s` seconds; its token is the
                task's id.
        """
        poll = poll or PollPolicy()
        started, wait_s = self._clock.monotonic(), poll.first_s
        while True:
            elapsed_s = self._clock.monotonic() - started
            task = self._fetch_task_if_seen(kind, object_id, task_id, elapsed_s=elapsed_s)
            if task is not None and task.is_finished:
                return task
            if task is not None and on_progress:
                on_progress(task)
            if elapsed_s + wait_s > deadline_s:
                raise _unfinished(task_path(kind, object_id, task_id), task, task_id, elapsed_s)
            self._clock.sleep(wait_s)
            wait_s = min(poll.longest_s, wait_s * poll.growth)

    def fetch_dump(self, import_id: str, task_id: str) -> Iterator[DumpRow]:
        """Read the dump of an import's own task; nothing when Anaplan has none any more.

        Kept for the last failing task of the import only, so fetch it at once (§5.4). Costs one
        request per 10 MB and one more.
        """
        path = f"{task_path(TaskKind.IMPORT, import_id, task_id)}/dump"
        return self._read_dump(path)

    def fetch_process_dump(
        self, process_id: str, task_id: str, object_id: str
    ) -> Iterator[DumpRow]:
        """Read the dump of one import within a process's task; as `fetch_dump`."""
        path = f"{task_path(TaskKind.PROCESS, process_id, task_id)}/dumps/{part(object_id)}"
        return self._read_dump(path)

    def close(self) -> None:
        """End what is still being read and log out, best effort, and close the connections."""
        self._large_reads.close()
        self._calls.close()

    def _judge_upload(self, request: Request, reply: Reply) -> None:
        # An empty answer says that it was taken (§4.3). A web page of a proxy says nothing.
        if self._calls.judge(request, reply).body:
            _replies.parse_body(request, reply, parse=lambda _body: None)

    def _fetch_task_if_seen(
        self, kind: TaskKind, object_id: str, task_id: str, *, elapsed_s: float
    ) -> Task | None:
        try:
            return self.fetch_task(kind, object_id, task_id)
        except AccessError as error:
            if error.status == _NOT_FOUND and elapsed_s < _TASK_UNSEEN_S_MAX:
                return None
            raise

    def _read_dump(self, path: str) -> Iterator[DumpRow]:
        try:
            chunk_ids = self._calls.get(f"{path}/chunks", _replies.parse_chunk_ids)
        except (AccessError, RefusedError) as error:
            # 404 or 400 when there is none (§5.4); anything else is a failure.
            if error.status not in (_NOT_FOUND, _BAD_REQUEST):
                raise
            return
        pieces = (self._calls.fetch_text(f"{path}/chunks/{part(one)}") for one in chunk_ids)
        try:
            yield from iterate_dump(decode_pieces(pieces))
        except DumpError as error:
            raise UnexpectedReplyError(
                str(error),
                system=SYSTEM,
                call=f"GET …{path}/chunks",
                remedy="It was cut short on its way, or Anaplan writes it in a new form. Run again:"
                " the rows in doubt are sent again. If this comes back, report it.",
            ) from error


_BAD_REQUEST = 400
_NOT_FOUND = 404


def _unfinished(
    path: str, task: Task | None, task_id: str, elapsed_s: float
) -> OutcomeUnknownError:
    state = f"{task.state}, {task.current_step or 'no step told'}" if task else "not seen yet"
    return OutcomeUnknownError(
        f"task {task_id} is not finished after {elapsed_s:.0f} seconds ({state})",
        system=SYSTEM,
        call=f"GET …{path}",
        token=task_id,
        remedy="Look in Anaplan what the model is doing. The next run waits for this task before"
        " it uploads anything; raise task_timeout_minutes if the model is simply slow.",
    )
