"""Where the loaded cells of a module lie: plain columns by one list, else by coordinates.

A coordinate is a slot per list, then the month (`_periods.number_month`) and the position of the
version, as far as the module has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ml_connector_sandbox.anaplan._values import CellValue

Coordinates = tuple[int, ...]


class CellStore(Protocol):
    """The cells of one loaded line item."""

    def read(self, at: Coordinates) -> CellValue:
        """Return a cell."""

    def write(self, at: Coordinates, value: CellValue) -> bool:
        """Write a cell; tell whether it held something else."""

    def clear(self, scopes: Sequence[Collection[int] | None]) -> int:
        """Empty the cells within one scope per dimension, `None` for all of it.

        Returns how many of them held something.
        """


class ColumnStore:
    """Cells of a module by one list, by slot."""

    def __init__(self, cells: list[CellValue]) -> None:
        """Work on `cells`, as long as the list has slots."""
        self._cells = cells

    def read(self, at: Coordinates) -> CellValue:
        """Return a cell."""
        return self._cells[at[0]]

    def write(self, at: Coordinates, value: CellValue) -> bool:
        """Write a cell; tell whether it held something else."""
        differs = self._cells[at[0]] != value
        self._cells[at[0]] = value
        return differs

    def clear(self, scopes: Sequence[Collection[int] | None]) -> int:
        """Empty the cells of the slots in the one scope."""
        (slots,) = scopes
        cleared = 0
        for slot in range(len(self._cells)) if slots is None else slots:
            cleared += self._cells[slot] is not None
            self._cells[slot] = None
        return cleared


class CubeStore:
    """Cells of a module by several dimensions: only those that hold something are kept."""

    def __init__(self, cells: dict[Coordinates, CellValue]) -> None:
        """Work on `cells`."""
        self._cells = cells

    def read(self, at: Coordinates) -> CellValue:
        """Return a cell."""
        return self._cells.get(at)

    def write(self, at: Coordinates, value: CellValue) -> bool:
        """Write a cell; tell whether it held something else."""
        differs = self._cells.get(at) != value
        if value is None:
            self._cells.pop(at, None)
        else:
            self._cells[at] = value
        return differs

    def clear(self, scopes: Sequence[Collection[int] | None]) -> int:
        """Empty every cell all of whose coordinates lie in their scopes."""
        gone = [
            at
            for at in self._cells
            if all(scope is None or place in scope for place, scope in zip(at, scopes, strict=True))
        ]
        for at in gone:
            del self._cells[at]
        return len(gone)
