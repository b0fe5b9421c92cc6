"""List imports: every row creates or updates one item (Anaplan sheet §5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._lists import ListData
from ml_connector_sandbox.anaplan.engine import _list_rules, _rules
from ml_connector_sandbox.anaplan.engine._entries import Entry, EntryReader
from ml_connector_sandbox.anaplan.engine._identification import ByProperties, choose_matcher
from ml_connector_sandbox.anaplan.engine._outcome import ImportOutcome, RowProblem, RowState
from ml_connector_sandbox.anaplan.engine._settings import (
    DuplicateKeys,
    DuplicateTargets,
    EngineSettings,
    LaterParents,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._schema import ImportDef, ListDef
    from ml_connector_sandbox.anaplan.engine._source import SourceRows


class ListImport:
    """One run of a list import over one file."""

    def __init__(
        self, model: Model, definition: ImportDef, source: SourceRows, settings: EngineSettings
    ) -> None:
        """Prepare the run; nothing is changed yet."""
        target = model.find_list(definition.target)
        if target is None:
            raise LookupError(definition.target)
        self._target: ListDef = target
        self._items = model.lists[target.name]
        self._parents = model.lists[target.parent] if target.parent else ListData()
        self._is_own_parent = target.parent == target.name
        self._settings = settings
        self._reader = EntryReader(definition, target, model=model, source=source)
        self._matcher = choose_matcher(
            _list_rules.choose_identification(definition, settings),
            self._items,
            names=definition.key_properties,
            parents=self._parents,
        )
        self._seen: set[Hashable] = set()
        self._rejected: set[str] = set()
        self.outcome = ImportOutcome(target=target.name, headers=source.headers)

    def run(self) -> ImportOutcome:
        """Load every row; with duplicates set to fail, all or none."""
        refusal = self._refuse_import()
        if refusal is not None:
            return self.outcome.fail(*refusal)
        for entry in self._order_entries():
            if _rules.is_blank_row(entry.row):
                self.outcome.ignored += 1
            else:
                self._load(entry)
        return self.outcome

    def _refuse_import(self) -> _rules.Problem | None:
        """Duplicate keys fail the whole import where its builder chose so (§5.5)."""
        if self._settings.duplicate_keys is DuplicateKeys.REJECT_IMPORT:
            keys = [self._matcher.key_of(entry) for entry in self._reader.entries()]
            if len(keys) != len(set(keys)):
                return "hierarchyImportDuplicateSourceKey", "Duplicate keys in the source"
        if (
            self._settings.duplicate_targets is DuplicateTargets.REJECT_IMPORT
            and isinstance(self._matcher, ByProperties)
            and self._matcher.has_shared_keys
        ):
            return "hierarchyImportDuplicateTargetKey", "Duplicate keys in the target"
        return None

    def _order_entries(self) -> Iterable[Entry]:
        if not self._is_own_parent or self._settings.later_parents is LaterParents.NOT_FOUND:
            return self._reader.entries()
        entries = list(self._reader.entries())
        row_of: dict[str, int] = {}
        for number, entry in enumerate(entries):
            row_of.setdefault(entry.code or entry.name, number)
        parents = [entry.parent for entry in entries]
        return [entries[one] for one in _list_rules.order_parents_first(parents, row_of)]

    def _load(self, entry: Entry) -> None:
        slot, key = self._matcher.find(entry), self._matcher.key_of(entry)
        problem = self._check(entry, slot, key)
        if problem is not None:
            self._reject(entry, [problem])
            return
        self._seen.add(key)
        found, parent_problem = _list_rules.resolve_parent(entry.parent, self._parents)
        if self._is_own_parent and slot is not None and self._items.leads_to(found, slot):
            found, parent_problem = _list_rules.refuse_circle()
        problems = [parent_problem, *entry.problems] if parent_problem else entry.problems
        if problems and self._refuses(entry, is_orphan=parent_problem is not None):
            self._reject(entry, problems)
            return
        present = None if slot is None else self._items.parents[slot]
        parent = _list_rules.choose_parent(
            found=found, present=present, text=entry.parent, settings=self._settings
        )
        if slot is None:
            self._create(entry, parent)
        else:
            refusal = _list_rules.check_access(moves=parent != present, settings=self._settings)
            if refusal is not None:
                self._reject(entry, [refusal])
                return
            self._update(entry, slot, parent)
        self._count(entry, problems, created=slot is None)

    def _refuses(self, entry: Entry, *, is_orphan: bool) -> bool:
        judged = [_list_rules.judge_invalid_parent(self._settings)] if is_orphan else []
        judged += [_rules.judge_invalid_cell(self._settings)] * bool(entry.problems)
        return RowState.REJECTED in judged

    def _check(self, entry: Entry, slot: int | None, key: Hashable) -> _rules.Problem | None:
        return (
            self._matcher.check_key(entry)
            or _list_rules.check_code_form(entry.code)
            or _list_rules.check_duplicate(key, self._seen)
            or self._matcher.find_shared(entry)
            or self._check_name(entry, slot)
            or _list_rules.check_code_is_free(entry.code, self._items, slot)
            or (_list_rules.check_index(self._items) if slot is None else None)
            or (
                _list_rules.depends_on_rejected(entry.parent, self._rejected)
                if self._is_own_parent
                else None
            )
        )

    def _check_name(self, entry: Entry, slot: int | None) -> _rules.Problem | None:
        if self._target.is_numbered:
            if slot is None and self._matcher.involves_name:
                return _list_rules.refuse_new_numbered(entry.name or entry.code)
            return _list_rules.check_numbered_code(entry.code)
        if slot is not None and not self._reader.has_name:
            return None
        problem = _list_rules.check_name(entry.name) if self._reader.has_name else None
        name = _list_rules.choose_name(entry.name, self._items, slot, self._settings)
        return problem or _list_rules.check_name_is_free(name, self._items, slot)

    def _create(self, entry: Entry, parent: int) -> None:
        name = (
            _list_rules.number_name(self._items)
            if self._target.is_numbered
            else _list_rules.choose_name(entry.name, self._items, None, self._settings)
        )
        slot = self._items.add(name=name, code=entry.code, parent=parent)
        self.outcome.changed += 1
        self._write_properties(entry, slot)

    def _update(self, entry: Entry, slot: int, parent: int) -> None:
        items = self._items
        name, code = items.names[slot] or "", items.codes[slot]
        if self._reader.has_name and not self._target.is_numbered:
            name = _list_rules.choose_name(entry.name, items, slot, self._settings)
        if entry.code:
            code = entry.code
        if (items.names[slot], items.codes[slot]) != (name, code):
            items.rename(slot, name=name, code=code)
            self.outcome.changed += 1
        if items.parents[slot] != parent:
            items.parents[slot] = parent
            self.outcome.changed += 1
        self._write_properties(entry, slot)

    def _write_properties(self, entry: Entry, slot: int) -> None:
        for name, value in entry.properties:
            if value is None and not _rules.blank_clears(self._settings):
                continue
            if self._items.property_of(name, slot) != value:
                self._items.set_property(name, slot, value)
                self.outcome.changed += 1

    def _count(self, entry: Entry, problems: Sequence[_rules.Problem], *, created: bool) -> None:
        if not problems:
            self.outcome.created += created
            self.outcome.updated += not created
            return
        self.outcome.warned_created += created
        self.outcome.warned_updated += not created
        self._note(entry, problems, RowState.WARNED)

    def _reject(self, entry: Entry, problems: Sequence[_rules.Problem]) -> None:
        self._rejected |= {entry.code, entry.name} - {""}
        self._note(entry, problems, RowState.REJECTED)

    def _note(self, entry: Entry, problems: Sequence[_rules.Problem], state: RowState) -> None:
        for code, message in problems:
            self.outcome.note(code, message)
        messages = [message for _, message in problems]
        self.outcome.problems.append(RowProblem(state, entry.row, entry.line, messages))
