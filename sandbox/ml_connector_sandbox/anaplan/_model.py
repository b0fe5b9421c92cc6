"""One model: its definitions, the contents of its lists and modules, its saved serial number."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._cubes import CellStore, ColumnStore, Coordinates, CubeStore
from ml_connector_sandbox.anaplan._lists import NO_SLOT, ListData
from ml_connector_sandbox.anaplan._periods import list_periods, number_month
from ml_connector_sandbox.anaplan._schema import Format
from ml_connector_sandbox.anaplan._values import CellValue

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from ml_connector_sandbox.anaplan._calendar import Calendar
    from ml_connector_sandbox.anaplan._schema import (
        ActionDef,
        Blueprint,
        ExportDef,
        FileDef,
        ImportDef,
        LineItemDef,
        ListDef,
        ModuleDef,
        ProcessDef,
        PropertyDef,
        ViewDef,
    )

Columns = dict[str, list[CellValue]]
Cubes = dict[str, dict[Coordinates, CellValue]]


@dataclass(frozen=True, kw_only=True)
class ModelCopy:
    """The content of a model at one moment, as the history of a model keeps it."""

    serial: int
    lists: dict[str, ListData]
    cells: dict[str, Columns]
    cubes: dict[str, Cubes]


class Model:
    """Lists and modules by name; cells in columns by list slot, or in cubes by coordinates."""

    def __init__(self, blueprint: Blueprint, *, calendar: Calendar, serial: int = 1000) -> None:
        """Build the empty model a builder has just finished."""
        self.blueprint = blueprint
        self.calendar = calendar
        self.serial = serial
        self.changed_at: dt.datetime | None = None
        self.current_day: dt.date | None = None
        """A day of the current period, as it was told last."""
        self.revision = 0
        """Grows with every change and every restore: what caches go by."""
        self.lists = {definition.name: ListData() for definition in blueprint.lists}
        self.cells: dict[str, Columns] = {}
        self.cubes: dict[str, Cubes] = {}
        self._make_room(blueprint.modules)
        self.before_look: dict[str, Callable[[], None]] = {}
        """What is still to be done before somebody looks at a module, by its name."""
        self._periods: tuple[Calendar, ListData] | None = None
        self.mapped: dict[tuple[str, str], set[int]] = {}
        """Places every import has met so far, by its id and the dimension (§11, 5)."""
        for name, codes in blueprint.fixed_items.items():
            for code in codes:
                self.lists[name].add(name=code, code=code)
        self.files: dict[str, FileDef] = {file.id: file for file in blueprint.files}
        self.imports: dict[str, ImportDef] = {one.name: one for one in blueprint.imports}
        self.exports: dict[str, ExportDef] = {one.name: one for one in blueprint.exports}
        self.processes: dict[str, ProcessDef] = {one.name: one for one in blueprint.processes}

    # --- definitions, by id or name -------------------------------------------------------

    def find_list(self, key: str) -> ListDef | None:
        """Return the list of that id or name."""
        return next((one for one in self.blueprint.lists if key in (one.id, one.name)), None)

    def find_module(self, key: str) -> ModuleDef | None:
        """Return the module of that id or name."""
        return next((one for one in self.blueprint.modules if key in (one.id, one.name)), None)

    def find_view(self, key: str) -> ViewDef | None:
        """Return the saved or default view of that id."""
        return next((one for one in self.blueprint.views if key == one.id), None)

    def find_import(self, key: str) -> ImportDef | None:
        """Return the import of that id or name."""
        return next((one for one in self.imports.values() if key in (one.id, one.name)), None)

    def find_action(self, key: str) -> ActionDef | None:
        """Return the action of that id or name."""
        return next((one for one in self.blueprint.actions if key in (one.id, one.name)), None)

    def find_export(self, key: str) -> ExportDef | None:
        """Return the export of that id or name."""
        return next((one for one in self.exports.values() if key in (one.id, one.name)), None)

    def find_process(self, key: str) -> ProcessDef | None:
        """Return the process of that id or name."""
        return next((one for one in self.processes.values() if key in (one.id, one.name)), None)

    def find_file(self, key: str) -> FileDef | None:
        """Return the file of that id, else the one of that name."""
        by_name = (one for one in self.files.values() if one.name == key)
        return self.files.get(key) or next(by_name, None)

    def find_line_item(self, key: str) -> tuple[ModuleDef, LineItemDef] | None:
        """Return the line item of that id and its module."""
        for module in self.blueprint.modules:
            for item in module.line_items:
                if item.id == key:
                    return module, item
        return None

    # --- what a builder changes -------------------------------------------------------------

    def extend(self, added: Blueprint) -> None:
        """Take in new definitions; lists and modules begin empty."""
        self._take_in(added)
        self.lists |= {one.name: ListData() for one in added.lists}
        self._make_room(added.modules)
        self.files |= {one.id: one for one in added.files}
        self.imports |= {one.name: one for one in added.imports}

    def _take_in(self, added: Blueprint) -> None:
        mine = self.blueprint
        self.blueprint = dataclasses.replace(
            mine,
            lists=(*mine.lists, *added.lists),
            modules=(*mine.modules, *added.modules),
            views=(*mine.views, *added.views),
        )
        self.processes |= {one.name: one for one in added.processes}

    def _make_room(self, modules: Iterable[ModuleDef]) -> None:
        for module in modules:
            loaded = [item.name for item in module.line_items if not item.formula]
            if module.is_by_one_list:
                self.cells[module.name] = {name: [] for name in loaded}
            else:
                self.cubes[module.name] = {name: {} for name in loaded}

    def rename_columns(self, file: str, renamed: Mapping[str, str]) -> None:
        """Follow a renamed header in every import of `file`."""
        for name, one in self.imports.items():
            if one.file == file:
                columns = {renamed.get(key, key): value for key, value in one.columns.items()}
                key = renamed.get(one.key, one.key)
                self.imports[name] = dataclasses.replace(one, columns=columns, key=key)

    def delete_object(self, name: str) -> bool:
        """Delete the object named: file, import, export, process, list, or calculated line item.

        A line item is named `Module.Line Item`. An import or export leaves its processes. A list
        that something refers to stays.
        """
        file = self.find_file(name)
        if file is not None:
            del self.files[file.id]
            return True
        if self.imports.pop(name, None) is None and self.exports.pop(name, None) is None:
            found = self.processes.pop(name, None) is not None
            if found or self._delete_list(name):
                return True
            return self._delete_calculated(*name.rpartition(".")[::2])
        for key, process in self.processes.items():
            actions = tuple(one for one in process.actions if one != name)
            self.processes[key] = dataclasses.replace(process, actions=actions)
        return True

    def _delete_list(self, name: str) -> bool:
        used = {one.parent for one in self.blueprint.lists}
        used |= {one.target for one in self.imports.values()}
        for module in self.blueprint.modules:
            used |= {*module.lists, *(item.list_name for item in module.line_items)}
        if name in used or self.lists.pop(name, None) is None:
            return False
        kept = tuple(one for one in self.blueprint.lists if one.name != name)
        self.blueprint = dataclasses.replace(self.blueprint, lists=kept)
        return True

    def _delete_calculated(self, module: str, line_item: str) -> bool:
        modules = tuple(
            dataclasses.replace(
                one,
                line_items=tuple(
                    item
                    for item in one.line_items
                    if one.name != module or item.name != line_item or not item.formula
                ),
            )
            for one in self.blueprint.modules
        )
        found = modules != self.blueprint.modules
        self.blueprint = dataclasses.replace(self.blueprint, modules=modules)
        return found

    def replace_module(self, changed: ModuleDef) -> None:
        """Follow a builder's new line items; one with another format loses its cells."""
        modules = []
        for module in self.blueprint.modules:
            same = module.name == changed.name
            modules.append(changed if same else module)
            before = {item.name: item.format for item in module.line_items}
            for item in changed.line_items if same else ():
                if before.get(item.name) is not item.format and not item.formula:
                    self.cells[module.name][item.name] = []
        self.blueprint = dataclasses.replace(self.blueprint, modules=tuple(modules))

    # --- content ----------------------------------------------------------------------------

    def column(self, module: str, line_item: str) -> list[CellValue]:
        """Return the cells of a loadable line item, as long as its list has slots."""
        before_look = self.before_look.pop(module, None)
        if before_look is not None:
            before_look()
        return self.cells_of(module, line_item)

    def cells_of(self, module: str, line_item: str) -> list[CellValue]:
        """Return what `column` returns, without finishing what waits for somebody to look."""
        definition = next(one for one in self.blueprint.modules if one.name == module)
        cells = self.cells[module][line_item]
        missing = len(self.lists[definition.by_list].names) - len(cells)
        if missing > 0:
            cells.extend([None] * missing)
        return cells

    def store(self, module: ModuleDef, line_item: LineItemDef) -> CellStore:
        """Return the cells of a loadable line item, wherever they lie."""
        if module.is_by_one_list:
            return ColumnStore(self.column(module.name, line_item.name))
        return CubeStore(self.cubes[module.name][line_item.name])

    @property
    def current_month(self) -> int:
        """The month of the current period; the first of the timescale when it is blank."""
        return number_month(self.current_day or self.calendar.first_day(0))

    def remember(self, import_id: str, dimension: str, places: set[int]) -> set[int]:
        """Add to the places an import has met on a dimension; return them all (§11, 5)."""
        known = self.mapped.setdefault((import_id, dimension), set())
        known |= places
        return known

    def items_of(self, chooser: LineItemDef | PropertyDef) -> ListData | None:
        """Return what a list-formatted line item or property chooses from; else periods or none."""
        if chooser.format is Format.TIME:
            if self._periods is None or self._periods[0] is not self.calendar:
                self._periods = (self.calendar, list_periods(self.calendar))
            return self._periods[1]
        return self.lists[chooser.list_name] if chooser.list_name else None

    def next_code(self, list_name: str) -> str:
        """Return the code the model generates for the next item; none is ever used again."""
        definition = next(one for one in self.blueprint.lists if one.name == list_name)
        return f"{definition.code_prefix}{self.lists[list_name].next_index:06d}"

    def delete_items(self, list_name: str, slots: Iterable[int]) -> int:
        """Delete list items with their cells; children and references lose their link."""
        items = self.lists[list_name]
        gone = {slot for slot in slots if items.is_live(slot)}
        for slot in gone:
            items.delete(slot)
        for module in self.blueprint.modules:
            if list_name in module.lists:
                self._empty_cells(module, list_name, gone)
        for child in self.blueprint.lists:
            if child.parent == list_name:
                parents = self.lists[child.name].parents
                parents[:] = [NO_SLOT if parent in gone else parent for parent in parents]
        return len(gone)

    def reset_index(self, list_name: str) -> None:
        """Forget the slots of an empty list, so that its item index begins anew."""
        self.lists[list_name] = ListData()
        self.mapped = {key: slots for key, slots in self.mapped.items() if key[1] != list_name}
        for module in self.blueprint.modules:
            if module.is_by_one_list and module.by_list == list_name:
                for cells in self.cells[module.name].values():
                    cells.clear()

    def record_change(self, moment: dt.datetime) -> None:
        """Save the model: its serial number grows by one."""
        self.serial += 1
        self.revision += 1
        self.changed_at = moment

    def copy_content(self) -> ModelCopy:
        """Return a copy of everything loaded, with the serial number it had."""
        return ModelCopy(
            serial=self.serial,
            lists={name: items.copy() for name, items in self.lists.items()},
            cells={
                module: {name: cells.copy() for name, cells in columns.items()}
                for module, columns in self.cells.items()
            },
            cubes={
                module: {name: cells.copy() for name, cells in cubes.items()}
                for module, cubes in self.cubes.items()
            },
        )

    def restore_content(self, copy: ModelCopy) -> None:
        """Go back to `copy`: older content and its older serial number."""
        self.serial = copy.serial
        self.revision += 1
        # What a builder has made since stays: only content goes back.
        self.lists |= {name: items.copy() for name, items in copy.lists.items()}
        self.cells |= {
            module: {name: cells.copy() for name, cells in columns.items()}
            for module, columns in copy.cells.items()
        }
        self.cubes |= {
            module: {name: cells.copy() for name, cells in cubes.items()}
            for module, cubes in copy.cubes.items()
        }

    def _empty_cells(self, module: ModuleDef, list_name: str, slots: set[int]) -> None:
        for cells in self.cells.get(module.name, {}).values():
            for slot in slots:
                if slot < len(cells):
                    cells[slot] = None
        scopes = [slots if name == list_name else None for name in module.dimensions]
        for cube in self.cubes.get(module.name, {}).values():
            CubeStore(cube).clear(scopes)
