"""The planner: enters, changes, approves and deletes adjustments, as a person would in the model.

Accounts and vendors are chosen from lists that a load has to fill first. What an adjustment names
before that is filled in as soon as its item is there.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._adjustments import APPROVER, TO_BE_CHOSEN, AdjustmentBook
from ml_connector_sandbox.anaplan._cell_edits import CellEditor
from ml_connector_sandbox.anaplan._schema import Format
from ml_connector_sandbox.anaplan.blueprint._planning import AP_ADJUSTMENTS, GL_ADJUSTMENTS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from ml_connector_sandbox._books import Books, KnownInvoice
    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._schema import ModuleDef

JsonObject = dict[str, object]


class Planner:
    """Works in the two modules of adjustments of one model."""

    def __init__(self, model: Model) -> None:
        """Nothing is entered yet."""
        self._model = model
        self._chosen: dict[tuple[str, str, str], str] = {}
        """What list cells should show, by module, line and line item: codes of items."""

    def fill(self, books: Books, *, seed: int, today: dt.date) -> None:
        """Enter what planners of this company have entered so far."""
        dice = random.Random(f"adjustments {seed}")  # noqa: S311  # books, not secrets
        book = AdjustmentBook(books, dice=dice, today=today)
        self.enter(GL_ADJUSTMENTS, book.gl_lines())
        self.enter(AP_ADJUSTMENTS, book.ap_lines())

        def choose_invoices() -> None:
            self._choose_invoices(books.find_invoices(), dice)

        self._model.before_look[AP_ADJUSTMENTS] = choose_invoices

    def _choose_invoices(self, invoices: Sequence[KnownInvoice], dice: random.Random) -> None:
        """Say which invoice each credit note or adjustment applies to; none without invoices."""
        documents = self._model.column(AP_ADJUSTMENTS, "Applies To Document")
        open_entries = {
            (code, entry)
            for code, entry in self._entries(AP_ADJUSTMENTS)
            if documents[self._slot(AP_ADJUSTMENTS, code)] == TO_BE_CHOSEN
        }
        for entry in sorted({str(entry) for _, entry in open_entries}):
            cells: JsonObject = {"Applies To Document": ""}
            if invoices:
                invoice = dice.choice(invoices)
                cells = {"Applies To Document": invoice.document, "Vendor": invoice.vendor}
            for code in (code for code, one in open_entries if one == entry):
                self.change(AP_ADJUSTMENTS, code, cells)

    def enter(self, module: str, lines: Iterable[Mapping[str, object]]) -> list[str]:
        """Add lines and return their transaction ids, which the model generates.

        Raises:
            KeyError: The module holds no adjustments.
            EditProblem: A line item is unknown, calculated, or the value does not fit.
        """
        definition = self._find(module)
        ids = []
        for line in lines:
            code = self._model.next_code(definition.by_list)
            self._model.lists[definition.by_list].add(name=code, code=code)
            self._write(definition, code, line)
            ids.append(code)
        self.catch_up()
        return ids

    def change(self, module: str, code: str, cells: Mapping[str, object]) -> None:
        """Write cells of one line.

        Raises:
            KeyError: There is no such line.
            EditProblem: A line item is unknown, calculated, or the value does not fit.
        """
        definition = self._find(module)
        if code not in self._model.lists[definition.by_list].by_code:
            raise KeyError(code)
        self._write(definition, code, cells)
        self.catch_up()

    def _write(self, definition: ModuleDef, code: str, cells: Mapping[str, object]) -> None:
        editor = CellEditor(self._model, definition)
        place = [{"dimensionName": definition.by_list, "itemCode": code}]
        for name, value in cells.items():
            item = definition.find_line_item(name)
            if item is not None and item.format is Format.LIST:
                self._chosen[definition.name, code, name] = str(value)
                self._empty(definition, code, name)
                continue
            editor.write({"lineItemName": name, "dimensions": place, "value": value})

    def approve(self, module: str, entries: Iterable[str], *, by: str = APPROVER) -> int:
        """Approve every line of the entries, or take the approval back where `by` is blank.

        Raises:
            KeyError: There is no such entry.
        """
        wanted = set(entries)
        lines = self._entries(module)
        if unknown := wanted.difference(str(entry) for _, entry in lines):
            raise KeyError(", ".join(sorted(unknown)))
        codes = [code for code, entry in lines if entry in wanted]
        for code in codes:
            self.change(module, code, {"Approved": bool(by), "Approved By": by})
        return len(codes)

    def delete(self, module: str, codes: Iterable[str]) -> int:
        """Delete lines.

        Raises:
            KeyError: There is no such line.
        """
        definition = self._find(module)
        by_code = self._model.lists[definition.by_list].by_code
        slots = [by_code[code] for code in codes]
        return self._model.delete_items(definition.by_list, slots)

    def catch_up(self) -> None:
        """Fill in accounts and vendors whose items have come; what is filled is left alone."""
        for module in (GL_ADJUSTMENTS, AP_ADJUSTMENTS):
            definition = self._find(module)
            lines = self._model.lists[definition.by_list].by_code
            for item in definition.line_items:
                items = self._model.items_of(item)
                if items is None or not items.count:
                    continue
                column = self._model.cells_of(module, item.name)
                for code, slot in lines.items():
                    if column[slot] is None:
                        wanted = self._chosen.get((module, code, item.name), "")
                        column[slot] = items.find_code(wanted)

    def named_items(self) -> dict[str, set[str]]:
        """Return the items that adjustments name, by the list they are chosen from."""
        self._entries(AP_ADJUSTMENTS)  # a look, before which invoices and their vendors are chosen
        named: dict[str, set[str]] = {}
        for (module, _, name), code in self._chosen.items():
            item = self._find(module).find_line_item(name)
            if item is not None and item.list_name is not None:
                named.setdefault(item.list_name, set()).add(code)
        return named

    def _entries(self, module: str) -> list[tuple[str, object]]:
        definition = self._find(module)
        items = self._model.lists[definition.by_list]
        entries = self._model.column(module, "Entry")
        return [(items.codes[slot], entries[slot]) for slot in items.live_slots()]

    def _slot(self, module: str, code: str) -> int:
        return self._model.lists[self._find(module).by_list].by_code[code]

    def _empty(self, definition: ModuleDef, code: str, name: str) -> None:
        slot = self._slot(definition.name, code)
        self._model.cells_of(definition.name, name)[slot] = None

    def _find(self, module: str) -> ModuleDef:
        found = self._model.find_module(module)
        if found is None or found.name not in (GL_ADJUSTMENTS, AP_ADJUSTMENTS):
            raise KeyError(module)
        return found
