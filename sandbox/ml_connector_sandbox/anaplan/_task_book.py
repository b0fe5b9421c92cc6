"""Tasks of imports, processes and actions, and their states (Anaplan sheet §5.1, §5.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    import datetime as dt

    from ml_connector_sandbox.anaplan._users import User
    from ml_connector_sandbox.anaplan.engine import MappingParameter

JsonObject = dict[str, object]


class TaskState(Enum):
    """`taskState`; `FAILED` is only shown where a switch says so (§11, 2)."""

    NOT_STARTED = "NOT_STARTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"


ENDED = frozenset({TaskState.COMPLETE, TaskState.FAILED, TaskState.CANCELLED})


@dataclass
class Task:
    """One run of an import, process or action."""

    id: str
    kind: str
    """`imports`, `processes` or `actions`, as in the path."""
    object_id: str
    user: User
    created_at: dt.datetime
    state: TaskState = TaskState.NOT_STARTED
    progress: float = 0.0
    step: str = "Pending."
    result: JsonObject | None = None
    parameters: tuple[MappingParameter, ...] = ()
    """What the starter answered to what the import asks each time it runs (§5.1)."""
    times: list[tuple[dt.datetime, dt.datetime]] = field(default_factory=list)
    """Start and end of each nested action."""
    is_doomed: bool = False
    """Whether somebody waits for it to run, to cancel it (a fault)."""

    @property
    def created_at_ms(self) -> int:
        """`creationTime`."""
        return int(self.created_at.timestamp() * 1000)

    @property
    def is_cancelling(self) -> bool:
        """Whether somebody asked to cancel it."""
        return self.state is TaskState.CANCELLING

    def begin(self) -> None:
        """Enter that it runs."""
        self.state = TaskState.IN_PROGRESS
        self.step = "Processing."
        if self.is_doomed:
            self.cancel()

    def cancel(self) -> None:
        """Ask a task to end; one that has ended stays as it is."""
        if self.state is TaskState.NOT_STARTED:
            self.state = TaskState.CANCELLED
            self.step = "Cancelled."
        elif self.state is TaskState.IN_PROGRESS:
            self.state = TaskState.CANCELLING
            self.step = "Cancelling."


class TaskBook:
    """All tasks, in the order in which they were created."""

    def __init__(self) -> None:
        """Start without any."""
        self._tasks: dict[str, Task] = {}
        self._running: set[asyncio.Task[None]] = set()

    def add(self, task: Task) -> None:
        """Enter a new task."""
        self._tasks[task.id] = task

    def find(self, *, kind: str, object_id: str, task_id: str) -> Task | None:
        """Return a task, which only resolves under the object that created it (§5.1)."""
        task = self._tasks.get(task_id)
        if task is None or (task.kind, task.object_id) != (kind, object_id):
            return None
        return task

    def list_of(self, *, kind: str, object_id: str) -> list[Task]:
        """Return an object's tasks, oldest first."""
        return [
            task
            for task in self._tasks.values()
            if (task.kind, task.object_id) == (kind, object_id)
        ]

    def doom(self, task_id: str | None) -> Task | None:
        """Have a task cancelled as soon as it runs: the one named, else the newest unfinished.

        Returns the task, or None when there is none left to cancel.
        """
        unfinished = [
            task
            for task in self._tasks.values()
            if task.state not in ENDED and task_id in (None, task.id)
        ]
        if not unfinished:
            return None
        task = unfinished[-1]
        task.is_doomed = True
        if task.state is TaskState.IN_PROGRESS:
            task.cancel()
        return task

    def hold(self, running: asyncio.Task[None]) -> None:
        """Keep the coroutine of a task alive until it ends."""
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    def abandon(self) -> None:
        """Cut off everything that runs."""
        for running in list(self._running):
            running.cancel()

    @property
    def running(self) -> Task | None:
        """The task that has the model now."""
        having = (TaskState.IN_PROGRESS, TaskState.CANCELLING)
        return next((task for task in self._tasks.values() if task.state in having), None)

    @property
    def unfinished(self) -> int:
        """How many tasks are queued or running."""
        return sum(task.state not in ENDED for task in self._tasks.values())
