"""Sending: files uploaded, the process or the imports run over them, every row judged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ml_connector.anaplan import ActionResult, DumpRow, TaskKind
from ml_connector.errors import InputError, MismatchError, RemoteError
from ml_connector.events import event
from ml_connector.ledger import LoadState

from target_anaplan._earlier import record_judged
from target_anaplan._judging import ImportKind
from target_anaplan._list_sending import ListSender
from target_anaplan._settings import Mode
from target_anaplan._tasks import TaskTarget
from target_anaplan._uploading import FileSize, measure_file, upload_load
from target_anaplan._verdicts import (
    decode_plan,
    dump_fetcher,
    explain_missing_imports,
    explain_whole_failure,
    log_rejects,
    record_verdicts,
    results_by_import,
)

if TYPE_CHECKING:
    from ml_connector.anaplan import Task
    from ml_connector.ledger import Settled

    from target_anaplan._lists import ListTarget
    from target_anaplan._loading import ActiveLoad, LoadRun
    from target_anaplan._preflight import Catalog, ProcessPlan

LIST_NAME_KEY: Final = "hierarchyName"
"""The key under which a list import's result names its list (Anaplan sheet §5.2)."""
DumpFetcher = Callable[[str], Iterable[DumpRow]]

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Sender:
    """Sends the loads of one run, and keeps what came of each by its name.

    `failures` name what failed as a whole, with the loads it befell; `filled` the loads that only
    kept a file from being empty; `interrupted` the streams that did not come to their end.
    """

    load_run: LoadRun
    interrupted: frozenset[str] = frozenset()
    sizes: dict[str, FileSize] = field(default_factory=dict)
    settled: dict[str, Settled] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)
    failures: dict[str, list[str]] = field(default_factory=dict)
    list_names: dict[str, str] = field(default_factory=dict)
    filled: set[str] = field(default_factory=set)

    def send(self, loads: Sequence[ActiveLoad]) -> None:
        """Write the lists, upload the files, and run the process, or the imports, over them."""
        for active in loads:
            self.load_run.catalog.check_sources(active.plan)
        for active in loads:
            if active.plan.list_target is not None:
                self._send_list(active, active.plan.list_target)
        to_send = self._measure([active for active in loads if active.plan.list_target is None])
        process = self.load_run.catalog.process
        if not to_send:
            return
        if process is None:
            self._send_by_imports(to_send)
        else:
            target = TaskTarget(kind=TaskKind.PROCESS, id=process.id, name=process.name)
            self._send_by_process([*to_send, *self._fill_files(to_send, process)], target)

    def _send_list(self, active: ActiveLoad, target: ListTarget) -> None:
        rows = active.load.row_count()
        self.sizes[active.name] = FileSize(rows=rows, chunks=0, bytes=0)
        self.load_run.tasks.check_may_write()
        active.load.record_started()
        sender = ListSender(
            client=self.load_run.client,
            target=target,
            headers=active.plan.mapping.headers,
            check_may_write=self.load_run.tasks.check_may_write,
        )
        try:
            sender.send(active.load)
        except RemoteError as error:
            active.load.fail(str(error))
            raise
        event(log, "list.written", load=active.name, list=target.name, rows=rows)
        self.list_names[active.name] = target.name
        self._settle(active)
        if active.plan.settings.mode is Mode.REPLACE:
            active.scope.forget_deleted()

    def _measure(self, loads: Sequence[ActiveLoad]) -> list[ActiveLoad]:
        """Measure the files; a load without a single writable row is settled at once."""
        to_send = []
        for active in loads:
            chunk_mb = self.load_run.settings.chunk_mb
            size = measure_file(active.load, active.plan.format, chunk_mb=chunk_mb)
            self.sizes[active.name] = size
            if size.rows:
                to_send.append(active)
                continue
            check_replaceable(active)
            record_verdicts(active.load, decode_plan(active.load), {}, _no_dump)
            self.settled[active.name] = active.load.settle()
        return to_send

    def _fill_files(self, loads: Sequence[ActiveLoad], process: ProcessPlan) -> list[ActiveLoad]:
        """Give each file the process needs, and nobody brought, one row confirmed before.

        Raises:
            MismatchError: there is no such row, and the process may not skip the file.
            InputError: likewise, in a run that the tap did not bring to its end.
        """
        catalog = self.load_run.catalog
        settings = self.load_run.settings
        files = {file.id: file for file in catalog.files}
        needed = dict.fromkeys(action.import_data_source_id for action in process.actions)
        filled = []
        for file_id in needed.keys() & files.keys() - {one.plan.file_id for one in loads}:
            name = files[file_id].name
            stream = _stream_of_file(catalog, file_id)
            active = self._fill_file(stream) if stream else None
            if active is not None:
                catalog.check_sources(active.plan)
                filled.append(active)
            elif not {file_id, name} & set(settings.process_may_skip):
                if self.interrupted:
                    raise _interrupted_file(process.name, name, self.interrupted)
                raise _missing_file(process.name, name, stream)
        return self._measure(filled)

    def _fill_file(self, stream: str) -> ActiveLoad | None:
        active = self.load_run.open_silent_load(stream)
        if active is None:
            return None
        if stream in self.settled:
            self.load_run.begin_again(active)
        if not _fill(active):
            return None
        self.filled.add(stream)
        return active

    def _send_by_process(self, loads: Sequence[ActiveLoad], target: TaskTarget) -> None:
        tasks = self.load_run.tasks
        tasks.wait_for_others(target)
        for active in loads:
            self._upload(active)
        record, task_id = tasks.start(target, [one.load for one in loads])
        task = tasks.wait(target, task_id)
        failure = explain_whole_failure(task)
        results = results_by_import(task, target.id)
        fetch = dump_fetcher(self.load_run.client, target.kind, target.id, task_id)
        for active in loads:
            problem = failure or explain_missing_imports(decode_plan(active.load), results, task)
            if problem:
                self._fail(active, problem)
            elif self._record(active, results, fetch):
                self._settle(active)
        self._judge_other_steps(loads, task)
        record_judged(record, task)

    def _judge_other_steps(self, loads: Sequence[ActiveLoad], task: Task) -> None:
        """Name the steps that read none of our files and failed; skipped files may."""
        ours = {one.id for active in loads for one in active.plan.imports}
        process = self.load_run.catalog.process
        may_fail = {
            action.id
            for action in (process.actions if process else ())
            if action.import_data_source_id
        }
        for result in task.nested:
            if result.successful or result.object_id in ours:
                continue
            name = result.object_name or result.object_id
            event(
                log,
                "process.step_failed",
                level=logging.WARNING,
                step=name,
                reason=result.explanation,
            )
            if result.object_id not in may_fail:
                reason = f"step {name} of the process failed: {result.explanation}"
                self.failures.setdefault(reason, [])

    def _send_by_imports(self, loads: Sequence[ActiveLoad]) -> None:
        """Run the imports one by one: every list import first, in loading order, then the rest."""
        steps = [(active, one) for active in loads for one in active.plan.imports]
        steps.sort(key=lambda step: step[1].kind is not ImportKind.LIST)
        targets = {
            one.id: TaskTarget(kind=TaskKind.IMPORT, id=one.id, name=one.name) for _, one in steps
        }
        for target in targets.values():
            self.load_run.tasks.wait_for_others(target)
        for active in loads:
            self._upload(active)
        left = {active.name: len(active.plan.imports) for active in loads}
        for active, one in steps:
            if self.failures:
                # What follows depends on what failed: lists before modules, parents first.
                break
            self._run_import(active, targets[one.id])
            left[active.name] -= 1
            if not left[active.name] and not self.failures:
                self._settle(active)
        if self.failures:
            self._give_up([active for active in loads if active.name not in self.settled])

    def _run_import(self, active: ActiveLoad, target: TaskTarget) -> None:
        tasks = self.load_run.tasks
        record, task_id = tasks.start(target, [active.load])
        task = tasks.wait(target, task_id)
        failure = explain_whole_failure(task)
        if failure:
            self._fail(active, failure)
        else:
            fetch = dump_fetcher(self.load_run.client, target.kind, target.id, task_id)
            self._record(active, results_by_import(task, target.id), fetch)
        record_judged(record, task)

    def _record(
        self, active: ActiveLoad, results: Mapping[str, ActionResult], fetch: DumpFetcher
    ) -> bool:
        stored, rows_sent = decode_plan(active.load), self.sizes[active.name].rows
        verdict = record_verdicts(active.load, stored, results, fetch, rows_sent=rows_sent)
        if verdict.failure is not None:
            self._fail(active, verdict.failure)
            return False
        self._note_list(active, results)
        ignored = max(self.ignored.get(active.name, 0), verdict.rows_ignored)
        self.ignored[active.name] = ignored
        # Before its task is judged: what follows may be left to the next run.
        active.load.record_counts(rows_ignored=ignored)
        return True

    def _note_list(self, active: ActiveLoad, results: Mapping[str, ActionResult]) -> None:
        """Remember which list a load fills: only the result of its import tells."""
        for one in active.plan.imports:
            result = results.get(one.id)
            for detail in result.details if result else ():
                name = detail.values.get(LIST_NAME_KEY)
                if name:
                    self.list_names[active.name] = name

    def _settle(self, active: ActiveLoad) -> None:
        # Of what came of a task while another process may have worked on the model nobody knows.
        self.load_run.tasks.check_lease()
        self.settled[active.name] = active.load.settle()
        log_rejects(active.load)

    def _fail(self, active: ActiveLoad, reason: str) -> None:
        event(log, "load.failed", level=logging.WARNING, load=active.name, reason=reason)
        active.load.fail(reason)
        self.failures.setdefault(reason, []).append(active.name)

    def _give_up(self, loads: Sequence[ActiveLoad]) -> None:
        for active in loads:
            if active.load.state is LoadState.STARTED:
                active.load.fail("an import before the last of its imports failed")
            elif active.load.state is LoadState.STAGING:
                active.load.discard()

    def _upload(self, active: ActiveLoad) -> None:
        upload_load(
            self.load_run.client,
            active.load,
            file_id=active.plan.file_id,
            file_format=active.plan.format,
            size=self.sizes[active.name],
            chunk_mb=self.load_run.settings.chunk_mb,
            check_may_write=self.load_run.tasks.check_may_write,
        )


def _fill(active: ActiveLoad) -> bool:
    """Fill a file that nobody brought from the ledger; tell whether there is anything.

    One row will do, but not for what is replaced as a whole: that would clear the rest.
    """
    if active.plan.settings.mode is not Mode.REPLACE:
        return active.load.add_filler()
    active.load.add_ledger_rows(replaced=frozenset())
    return active.load.row_count() > 0


def check_replaceable(active: ActiveLoad) -> None:
    """Refuse to take an empty file for the new whole of a `replace` load that is in the model.

    Raises:
        InputError: the model holds rows of the load, and not one would be uploaded.
    """
    scope = active.scope
    if active.plan.settings.mode is not Mode.REPLACE:
        return
    held = scope.belief().rows + scope.uncertain_row_count()
    if held:
        raise InputError(
            active.name,
            f"it is loaded with mode replace, and not one row can be written to its file, while the"
            f" model holds {held}: an import of an empty file would clear nothing",
            remedy="Check why the tap delivers nothing usable. If the model is to be emptied, clear"
            " it in Anaplan.",
        )


def _no_dump(_import_id: str) -> tuple[DumpRow, ...]:
    return ()


def _stream_of_file(catalog: Catalog, file_id: str) -> str | None:
    names = {file.id: file.name for file in catalog.files}
    for stream in catalog.possible_streams():
        load = catalog.find_load(stream)
        wanted = (load.file if load else None) or f"{stream}.csv"
        if not (load and load.list) and wanted in (file_id, names[file_id]):
            return stream
    return None


def _interrupted_file(process: str, file: str, interrupted: frozenset[str]) -> InputError:
    return InputError(
        ", ".join(sorted(interrupted)),
        f"the tap did not come to its end, and the process {process!r} needs the file {file!r}, of"
        " which no row was ever loaded; nothing was loaded",
        remedy="Mend what stopped the tap and run again.",
    )


def _missing_file(process: str, file: str, stream: str | None) -> MismatchError:
    why = (
        f"stream {stream} has brought no row, in this run or any before"
        if stream
        else "no load fills it"
    )
    return MismatchError(
        "process",
        process,
        expected=f"the file {file!r} to be uploaded in this run",
        found=f"nothing to upload: {why}. Anaplan would load an older or default file in silence",
        remedy="Deliver the stream, or list the file in process_may_skip.",
    )
