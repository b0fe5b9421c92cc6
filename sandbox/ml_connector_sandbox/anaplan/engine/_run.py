"""Running one import over one uploaded file, whatever its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._schema import ImportDef, ImportKind
from ml_connector_sandbox.anaplan.engine import _rules
from ml_connector_sandbox.anaplan.engine._cube_import import CubeImport
from ml_connector_sandbox.anaplan.engine._list_import import ListImport
from ml_connector_sandbox.anaplan.engine._module_import import ModuleImport
from ml_connector_sandbox.anaplan.engine._outcome import ImportOutcome, RowProblem, RowState
from ml_connector_sandbox.anaplan.engine._settings import EmptyFile, EngineSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan.engine._parameters import MappingParameter
    from ml_connector_sandbox.anaplan.engine._source import SourceRows


def run_import(
    model: Model,
    definition: ImportDef,
    *,
    source: SourceRows,
    settings: EngineSettings,
    parameters: Sequence[MappingParameter] = (),
) -> ImportOutcome:
    """Load `source` into the model and say what became of each row.

    `settings` are the switches'; what the import's builder chose goes before them. `parameters`
    answer what it asks each time. A failure of the whole import changes nothing (§5.2, §5.3).
    """
    settings = settings.choose(definition.options)
    outcome = ImportOutcome(target=definition.target, headers=source.headers)
    refusal = _rules.find_target(model, definition) or _rules.check_access(definition, settings)
    if refusal is not None:
        return outcome.fail(*refusal)
    missing = _rules.find_missing_columns(definition, source.headers)
    if missing:
        names = ", ".join(missing)
        return outcome.fail("missingFields", f"Missing fields in the source: {names}")
    if not source.rows and not source.broken:
        return _finish_empty(outcome, definition, settings)
    outcome = _choose_run(model, definition, source, settings, parameters).run()
    _add_broken_rows(outcome, source)
    outcome.unmapped = _rules.find_unmapped_columns(definition, source.headers, settings)
    return outcome


def _choose_run(
    model: Model,
    definition: ImportDef,
    source: SourceRows,
    settings: EngineSettings,
    parameters: Sequence[MappingParameter],
) -> ListImport | ModuleImport | CubeImport:
    if definition.kind is ImportKind.LIST:
        return ListImport(model, definition, source, settings)
    module = model.find_module(definition.target)
    if module is not None and (definition.dimensions or not module.is_by_one_list):
        return CubeImport(model, definition, source, settings, parameters)
    return ModuleImport(model, definition, source, settings)


def _finish_empty(
    outcome: ImportOutcome, definition: ImportDef, settings: EngineSettings
) -> ImportOutcome:
    """A file without data rows: unsuccessful by default, as S8b met it (§5.5)."""
    if settings.empty_file is EmptyFile.SUCCESSFUL:
        return outcome
    code = "hierarchyImportFailed" if definition.kind is ImportKind.LIST else "moduleImportFailed"
    return outcome.fail(code, "The source contains no data")


def _add_broken_rows(outcome: ImportOutcome, source: SourceRows) -> None:
    if outcome.failure is not None:
        return
    for row in source.broken:
        outcome.note(row.code, row.message)
        outcome.problems.append(RowProblem(RowState.REJECTED, row.fields, row.line, [row.message]))
    outcome.problems.sort(key=lambda problem: problem.line)
