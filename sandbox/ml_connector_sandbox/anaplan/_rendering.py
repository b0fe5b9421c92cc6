"""How cells become text: plainly, as views are read, or as an export's formats say (§6.4)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._schema import Format, Rendering
from ml_connector_sandbox.anaplan._values import render_cell, render_number, render_with_residue

if TYPE_CHECKING:
    import datetime as dt

    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.anaplan._lists import ListData
    from ml_connector_sandbox.anaplan._values import CellValue


@dataclass(frozen=True, kw_only=True)
class CellWriter:
    """Writes cells; without a rendering plainly."""

    has_residue: bool = False
    """Whether numbers that are not whole show binary residue."""
    has_blanks: bool = False
    """Whether a number nobody entered is blank, not 0."""
    rendering: Rendering | None = None

    def write(self, value: CellValue, form: Format, items: ListData | None) -> str:
        """Return the text of a cell."""
        if form is Format.NUMBER:
            return self._write_number(value)
        if self.rendering is not None and value is not None:
            if form is Format.DATE:
                return _write_date(value, self.rendering.date)  # type: ignore[arg-type]  # a date cell
            if form is Format.BOOLEAN:
                return self.rendering.true if value else self.rendering.false
        elif self.rendering is not None and form is Format.BOOLEAN:
            return self.rendering.false
        return render_cell(value, form, items)

    def _write_number(self, value: CellValue) -> str:
        if not isinstance(value, Decimal):
            if self.has_blanks:
                return ""
            value = Decimal(0)
        if self.rendering is not None:
            return _format_number(value, self.rendering)
        return render_with_residue(value) if self.has_residue else render_number(value)


def choose_writer(switches: Switches) -> CellWriter:
    """Return the writer of cell and view reads, as switched now."""
    return CellWriter(
        has_residue=switches.text("numbers") == "binary",
        has_blanks=switches.text("blank_numbers") == "blank",
    )


def choose_export_writer(switches: Switches, rendering: Rendering) -> CellWriter:
    """Return the writer of an export's file: plain, or by the export's own formats (§11, 12)."""
    plain = choose_writer(switches)
    if switches.text("export_values") == "plain":
        return plain
    return CellWriter(has_blanks=plain.has_blanks, rendering=rendering)


def _format_number(value: Decimal, rendering: Rendering) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-rendering.decimals))
    text = f"{rounded:,f}"
    marks = {",": rendering.grouping, ".": rendering.decimal_separator}
    return "".join(marks.get(character, character) for character in text)


def _write_date(day: dt.date, pattern: str) -> str:
    parts = {"YYYY": f"{day.year:04d}", "MM": f"{day.month:02d}", "DD": f"{day.day:02d}"}
    for part, digits in parts.items():
        pattern = pattern.replace(part, digits)
    return pattern
