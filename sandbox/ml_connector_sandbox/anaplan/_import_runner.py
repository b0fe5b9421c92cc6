"""Running one import for a task: read its file, load it, shelve its dump (Anaplan sheet §5)."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._import_content import NO_CONTENT, Reading
from ml_connector_sandbox.anaplan._results import build_failure, build_import_result
from ml_connector_sandbox.anaplan._schema import ImportKind
from ml_connector_sandbox.anaplan._switchboard import choose_engine_settings
from ml_connector_sandbox.anaplan.engine import (
    Detail,
    ImportOutcome,
    SourceRows,
    read_source,
    run_import,
)
from ml_connector_sandbox.anaplan.engine._outcome import render_dump

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox.anaplan._schema import FileDef, ImportDef
    from ml_connector_sandbox.anaplan._task_book import JsonObject, Task
    from ml_connector_sandbox.anaplan._tenant import Tenant


class Sources:
    """Files as read so far by one process, while their content stays the same."""

    def __init__(self) -> None:
        """Start with none."""
        self._read: dict[FileDef, tuple[bytes, SourceRows]] = {}

    def read(self, content: bytes, file: FileDef) -> SourceRows:
        """Return the rows of `content`; the same content is not cut into rows twice."""
        known = self._read.get(file)
        if known is not None and known[0] == content:
            return known[1]
        rows = read_source(content, file)
        self._read[file] = (content, rows)
        return rows


@contextlib.contextmanager
def _collector_resting() -> Iterator[None]:
    """Keep the collector from walking millions of fresh cells again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class ImportRun:
    """One run of an import: made when it starts, loaded when its time has passed."""

    def __init__(
        self, tenant: Tenant, definition: ImportDef, *, task: Task, sources: Sources
    ) -> None:
        """Begin to read the file."""
        self._tenant = tenant
        self._definition = definition
        self._task = task
        self._sources = sources
        self._file = tenant.model.find_file(definition.file)
        self._reading = Reading(tenant, self._file, task.user)

    async def load(self) -> tuple[JsonObject, bool]:
        """Load the file; return the result, and whether every row was loaded in full."""
        definition, content = self._definition, self._reading.finish()
        frozen = self._refuse_frozen()
        if frozen is not None:
            return build_failure(definition.id, definition.name, frozen), False
        if self._file is None or isinstance(content, Detail):
            detail = content if isinstance(content, Detail) else NO_CONTENT
            return build_failure(definition.id, definition.name, detail), False
        outcome = await self._apply(content, self._file)
        self._shelve_dump(outcome)
        switches = self._tenant.switches
        result = build_import_result(
            definition,
            outcome,
            shuffle=self._tenant.random,
            module_values=switches.text("module_values"),
            no_changes=switches.text("no_changes"),
        )
        return result, outcome.is_perfect

    def _refuse_frozen(self) -> Detail | None:
        """In a deployed model module data change, but only items of production lists (§9.6)."""
        if self._definition.kind is not ImportKind.LIST:
            return None
        return self._tenant.refuse_frozen(self._definition.target, "hierarchyImportFailed")

    async def _apply(self, content: bytes, file: FileDef) -> ImportOutcome:
        """Run the engine; a full workspace seems to load and keeps nothing (§8)."""
        tenant = self._tenant
        model = tenant.model
        model.current_day = tenant.settings.current_period(tenant.clock.today())
        settings = choose_engine_settings(tenant.switches)

        def work() -> ImportOutcome:
            with _collector_resting():
                return run_import(
                    model,
                    self._definition,
                    source=self._sources.read(content, file),
                    settings=settings,
                    parameters=self._task.parameters,
                )

        with tenant.changing():
            outcome = await asyncio.to_thread(work)
        if outcome.changed and not tenant.is_full:
            tenant.record_change()
        return outcome

    def _shelve_dump(self, outcome: ImportOutcome) -> None:
        """Keep the dump of a run with problems; a clean run drops the one before (§5.4)."""
        tenant, task = self._tenant, self._task
        if outcome.problems and tenant.switches.text("dump_shelf") == "keeps":
            encoding = tenant.switches.text("dump_encoding")
            content = render_dump(outcome, encoding=encoding)
            tenant.dumps.keep(task.user, self._definition.id, task.id, content)
        elif outcome.is_successful:
            tenant.dumps.forget(task.user, self._definition.id)
