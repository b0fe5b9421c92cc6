"""List imports: every row creates or updates one item (Anaplan sheet §5.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._lists import ListData
from ml_connector_sandbox.anaplan._schema import ImportDef, ListField
from ml_connector_sandbox.anaplan.engine import _rules
from ml_connector_sandbox.anaplan.engine._outcome import ImportOutcome, RowProblem, RowState
from ml_connector_sandbox.anaplan.engine._settings import DuplicateKeys, EngineSettings

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan.engine._source import SourceRows


@dataclass(frozen=True, kw_only=True)
class _Columns:
    """Positions of the mapped columns; the name may be mapped to the code's own column."""

    code: int
    name: int | None
    parent: int | None


class ListImport:
    """One run of a list import over one file."""

    def __init__(
        self, model: Model, definition: ImportDef, source: SourceRows, settings: EngineSettings
    ) -> None:
        """Prepare the run; nothing is changed yet."""
        target = model.find_list(definition.target)
        self._items = model.lists[definition.target]
        parent_list = target.parent if target else None
        self._parents = model.lists[parent_list] if parent_list else ListData()
        self._is_own_parent = parent_list == definition.target
        self._source = source
        self._settings = settings
        self._columns = _find_columns(definition, source)
        self._seen: set[str] = set()
        self._rejected: set[str] = set()
        self.outcome = ImportOutcome(target=definition.target, headers=source.headers)

    def run(self) -> ImportOutcome:
        """Load every row; with duplicates set to fail, all or none."""
        if self._settings.duplicate_keys is DuplicateKeys.REJECT_IMPORT and self._has_duplicates():
            return self.outcome.fail(
                "hierarchyImportDuplicateSourceKey", "Duplicate keys in the source"
            )
        for row, line in zip(self._source.rows, self._source.lines, strict=True):
            self._load(row, line)
        return self.outcome

    def _has_duplicates(self) -> bool:
        codes = [_cell(row, self._columns.code) for row in self._source.rows]
        return len(codes) != len(set(codes))

    def _load(self, row: list[str], line: int) -> None:
        if _rules.is_blank_row(row):
            self.outcome.ignored += 1
            return
        code = _cell(row, self._columns.code)
        slot = self._items.find_code(code)
        problem = self._check(row, code, slot)
        if problem is not None:
            self._reject(row, line, problem)
            return
        self._seen.add(code)
        parent_text = _cell(row, self._columns.parent)
        found, problem = _rules.resolve_parent(parent_text, self._parents)
        if problem is not None:
            if _rules.judge_invalid_parent(self._settings) is RowState.REJECTED:
                self._reject(row, line, problem)
                return
            self._warn(row, line, problem)
        self._write(row, code, slot, found, warned=problem is not None)

    def _check(self, row: list[str], code: str, slot: int | None) -> _rules.Problem | None:
        name = self._name(row, code)
        problem = _rules.check_code(code) or _rules.check_duplicate(code, self._seen)
        if problem is None and self._columns.name is not None:
            problem = _rules.check_name(name)
        if problem is None:
            problem = _rules.check_name_is_free(name, self._items, slot)
        if problem is None and self._is_own_parent:
            parent = _cell(row, self._columns.parent)
            problem = _rules.depends_on_rejected(parent, self._rejected)
        return problem

    def _write(  # every argument is a part of the one row being written
        self, row: list[str], code: str, slot: int | None, found: int, *, warned: bool
    ) -> None:
        name = self._name(row, code)
        present = None if slot is None else self._items.parents[slot]
        parent = _rules.choose_parent(
            found=found,
            present=present,
            text=_cell(row, self._columns.parent),
            settings=self._settings,
        )
        if slot is None:
            self._items.add(name=name, code=code, parent=parent)
            self._count(created=True, warned=warned)
            self.outcome.changed += 1
            return
        if self._columns.name is not None and self._items.names[slot] != name:
            self._items.rename(slot, name=name, code=code)
            self.outcome.changed += 1
        if self._items.parents[slot] != parent:
            self._items.parents[slot] = parent
            self.outcome.changed += 1
        self._count(created=False, warned=warned)

    def _name(self, row: list[str], code: str) -> str:
        return code if self._columns.name is None else _cell(row, self._columns.name)

    def _count(self, *, created: bool, warned: bool) -> None:
        if warned:
            self.outcome.warned_created += created
            self.outcome.warned_updated += not created
        else:
            self.outcome.created += created
            self.outcome.updated += not created

    def _reject(self, row: list[str], line: int, problem: _rules.Problem) -> None:
        code, message = problem
        self._rejected.add(_cell(row, self._columns.code))
        self.outcome.note(code, message)
        self.outcome.problems.append(RowProblem(RowState.REJECTED, row, line, [message]))

    def _warn(self, row: list[str], line: int, problem: _rules.Problem) -> None:
        code, message = problem
        self.outcome.note(code, message)
        self.outcome.problems.append(RowProblem(RowState.WARNED, row, line, [message]))


def _find_columns(definition: ImportDef, source: SourceRows) -> _Columns:
    positions = _rules.index_headers(source.headers)
    by_field = {target: positions[header] for header, target in definition.columns.items()}
    return _Columns(
        code=by_field[ListField.CODE.value],
        name=by_field.get(ListField.NAME.value),
        parent=by_field.get(ListField.PARENT.value),
    )


def _cell(row: list[str], position: int | None) -> str:
    return row[position] if position is not None and position < len(row) else ""
