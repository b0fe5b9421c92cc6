"""Tasks of the model: started once, found again when their answer is lost, waited for, judged once.

A task is recorded in the ledger before it is asked for, with the ids of the tasks that exist once
its files are uploaded. After a lost answer, the id that was not among them is ours (Anaplan sheet
§5.1); if somebody else asked for it, it read what we uploaded all the same.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ml_connector.anaplan import PollPolicy, TaskKind
from ml_connector.errors import (
    AccessError,
    OutcomeUnknownError,
    RemoteError,
    TransientError,
)
from ml_connector.events import event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ml_connector.anaplan import AnaplanClient, Task
    from ml_connector.clock import Clock
    from ml_connector.ledger import Ledger, Load, TaskRecord

log = logging.getLogger(__name__)

START_ATTEMPTS_MAX: Final = 3
LOOKS_S: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Waits before each look for a task whose answer was lost: a minute in all.

It may appear late: what cuts a connection, a gateway above all, may still pass the request on.
"""
NOT_FOUND: Final = 404
WAIT_AFTER_BUSY_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTarget:
    """What a task runs: a process or an import."""

    kind: TaskKind
    id: str
    name: str


@dataclass(slots=True, kw_only=True)
class TaskRunner:
    """Starts tasks and waits for them.

    `check_stop` raises when the process is to end, `check_lease` when the model may be another's.
    `timeout_s` bounds the time in the queue and, separately, the time of running.
    """

    client: AnaplanClient
    ledger: Ledger
    clock: Clock
    timeout_s: float
    poll_s: float
    check_stop: Callable[[], None]
    check_lease: Callable[[], None]
    _before: dict[TaskTarget, set[str]] = field(default_factory=dict)
    _ours: set[str] = field(default_factory=set)
    _unanswered: Counter[TaskTarget] = field(default_factory=Counter)

    def check_may_write(self) -> None:
        """Make sure, right before the model is written to, that this run may still do so.

        Raises:
            Stopped: the process is to end.
            LeaseLostError: another process may work on the model by now.
        """
        self.check_stop()
        self.check_lease()

    def wait_for_others(self, target: TaskTarget) -> None:
        """Wait until no task of `target` is under way, before its files are replaced.

        A file that somebody else's task is reading has no lock (Anaplan sheet §4.1).
        """
        tasks = self.client.fetch_tasks(target.kind, target.id)
        self._before[target] = {task.task_id for task in tasks}
        for task in tasks:
            if not task.is_finished:
                event(log, "task.waiting_for_another", task_id=task.task_id, target=target.name)
                self.wait(target, task.task_id)

    def find_foreign(self) -> list[str]:
        """Name the tasks over our files that others started since we first looked.

        One lock holds off every run with the same ledger. Whoever has another ledger may have
        replaced a file between our upload and our task, and nothing in the task would say so.
        """
        found = []
        for target, before in self._before.items():
            tasks = self.client.fetch_tasks(target.kind, target.id)
            others = {task.task_id for task in tasks} - before - self._ours
            # A start of ours whose answer was lost may have made a task that appeared too late.
            if len(others) > self._unanswered[target]:
                found += [f"{task_id} of {target.name}" for task_id in sorted(others)]
        return found

    def start(self, target: TaskTarget, loads: Sequence[Load]) -> tuple[TaskRecord, str]:
        """Record and start a task over uploaded `loads`; return its record and its id, recorded.

        The tasks that exist are listed only now: one that somebody started during the upload read
        the files of before, and must not be taken for ours.

        Raises:
            Stopped: the process is to end; nothing was started.
            LeaseLostError: another process may work on the model by now.
            OutcomeUnknownError: nobody knows whether it was started; the next run looks again.
            RemoteError: it was provably not started.
        """
        known = self.client.fetch_tasks(target.kind, target.id)
        self.check_may_write()
        record = self.ledger.record_task_intent(
            loads,
            kind=target.kind.value,
            object_id=target.id,
            object_name=target.name,
            known_task_ids=[task.task_id for task in known],
        )
        task_id = self._start_and_find(target, record)
        self._ours.add(task_id)
        record.record_started(task_id)
        event(log, "task.started", task_id=task_id, target=target.name)
        return record, task_id

    def wait(self, target: TaskTarget, task_id: str) -> Task:
        """Wait until the task has ended, well or badly.

        Raises:
            OutcomeUnknownError: it waits or runs longer than it may; the next run goes on waiting.
            Stopped: the process is to end; the next run goes on waiting.
        """
        watch = _Watch(clock=self.clock, timeout_s=self.timeout_s, check_stop=self.check_stop)
        task = self.client.wait_for_task(
            target.kind,
            target.id,
            task_id,
            deadline_s=2 * self.timeout_s,
            poll=PollPolicy(first_s=self.poll_s / 10, longest_s=self.poll_s, growth=2.0),
            on_progress=watch.look,
        )
        event(log, "task.ended", task_id=task_id, target=target.name, state=task.state)
        return task

    def find_again(self, record: TaskRecord) -> Task | None:
        """Find and wait for a task of an earlier run; `None` when the model knows of none.

        A task whose id nobody knows and that does not appear within a minute was never started.
        """
        target = target_of(record)
        task_id = record.task_id or self._look(target, record)
        if task_id is None:
            record.record_never_started()
            return None
        if record.task_id is None:
            record.record_started(task_id)
        try:
            return self.wait(target, task_id)
        except AccessError as error:
            if error.status != NOT_FOUND:
                raise
            return None

    def _start_and_find(self, target: TaskTarget, record: TaskRecord) -> str:
        last: RemoteError | None = None
        for _ in range(START_ATTEMPTS_MAX):
            self.check_lease()
            try:
                return self.client.start_task(target.kind, target.id)
            except OutcomeUnknownError as error:
                last = error
                event(log, "task.answer_lost", level=logging.WARNING, target=target.name)
                found = self._look(target, record)
                if found is not None:
                    return found
                self._unanswered[target] += 1
            except TransientError as error:
                last = error
                self.clock.sleep(error.retry_after_s or WAIT_AFTER_BUSY_S)
            except RemoteError:
                record.record_never_started()
                raise
        if isinstance(last, OutcomeUnknownError):
            raise last
        record.record_never_started()
        raise last or AssertionError("no attempt was made")

    def _look(self, target: TaskTarget, record: TaskRecord) -> str | None:
        for wait_s in LOOKS_S:
            self.clock.sleep(wait_s)
            self.check_stop()
            tasks = self.client.fetch_tasks(target.kind, target.id)
            ours = [task for task in tasks if task.task_id not in record.known_task_ids]
            if ours:
                # Newest first: the oldest unknown one is the one asked for first.
                return ours[-1].task_id
        return None


def target_of(record: TaskRecord) -> TaskTarget:
    """Return what a recorded task runs."""
    return TaskTarget(kind=TaskKind(record.kind), id=record.object_id, name=record.object_name)


@dataclass(slots=True, kw_only=True)
class _Watch:
    """Looks at a task between two polls: queue and run each have their own limit."""

    clock: Clock
    timeout_s: float
    check_stop: Callable[[], None]
    _state: str = ""
    _since_s: float = 0.0

    def look(self, task: Task) -> None:
        self.check_stop()
        if task.state != self._state:
            self._state, self._since_s = task.state, self.clock.monotonic()
        elapsed_s = self.clock.monotonic() - self._since_s
        if elapsed_s > self.timeout_s:
            raise OutcomeUnknownError(
                f"task {task.task_id} is {task.state} for {elapsed_s / 60:.0f} minutes",
                system="Anaplan",
                call="waiting for a task",
                token=task.task_id,
                remedy="Run again later: the next run goes on waiting and judges the task. Raise"
                " task_timeout_minutes if loads of this size take so long.",
            )
