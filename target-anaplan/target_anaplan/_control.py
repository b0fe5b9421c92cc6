"""What the model itself says it holds, per load, and how it compares with the ledger's belief."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from ml_connector.errors import MismatchError, RemoteError
from ml_connector.ledger import Belief

from target_anaplan._blueprint import CHECKSUM_COLUMN
from target_anaplan._settings import ControlSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ml_connector.anaplan import AnaplanClient, Grid
    from ml_connector.ledger import Scope

RESIDUE: Final = Decimal("0.000001")
"""Below this a difference is binary residue of Anaplan's numbers (62.25000000000001, §6.4)."""
RESIDUE_SHARE: Final = Decimal("1e-12")
"""The same for sums beyond a million: a binary sum carries about 15 digits."""
_SERVER_FAILED: Final = 500
"""Also seen for a view without data (Anaplan sheet §2.5, §7.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlTotals:
    """One load by the model's own calculation; `checksum` is `None` where it computes none."""

    rows: int
    amount: Decimal
    checksum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlModule:
    """Where the totals are read: a module's default view, which has the module's id."""

    id: str
    name: str
    settings: ControlSettings


def find_control(client: AnaplanClient, configured: ControlSettings | None) -> ControlModule | None:
    """Find the control module; `None` when it is switched off, or not configured and not there.

    Raises:
        MismatchError: it is configured and the model does not have it.
    """
    settings = configured or ControlSettings()
    if not settings.module:
        return None
    modules = client.fetch_modules()
    for module in modules:
        if settings.module in (module.id, module.name):
            return ControlModule(id=module.id, name=module.name, settings=settings)
    if configured is None:
        return None
    raise MismatchError(
        "control module",
        settings.module,
        expected="a module of the model",
        found=", ".join(module.name for module in modules[:10]) or "none",
        remedy="Correct control.module, or set it to an empty text to load without the control.",
    )


def fetch_totals(client: AnaplanClient, module: ControlModule) -> dict[str, ControlTotals]:
    """Read the totals of every load the module lists.

    Raises:
        RemoteError: Anaplan fails to read the view, as it may where the view has no rows.
    """
    try:
        grid = client.read_view(module.id)
    except RemoteError as error:
        if error.status != _SERVER_FAILED:
            raise
        raise RemoteError(
            f"the control module {module.name!r} cannot be read",
            system=error.system,
            call=error.call,
            status=error.status,
            remedy="Anaplan answers so where the list of a module has no items: give it the loads,"
            " or set control.module to an empty text. If it has them, run again later.",
        ) from error
    return parse_totals(grid, module)


def parse_totals(grid: Grid, module: ControlModule) -> dict[str, ControlTotals]:
    """Read loads and line items from either axis.

    Raises:
        MismatchError: a line item is missing, or a cell is no finite number.
    """
    cells = dict(_cells(grid))
    names = {name for pair in cells for name in pair}
    settings = module.settings
    for line_item in (settings.rows, settings.amount, settings.checksum):
        if cells and line_item is not None and line_item not in names:
            raise MismatchError(
                "control module",
                module.name,
                expected=f"a line item {line_item!r}",
                found=", ".join(sorted(names)),
                remedy="Correct control.rows, control.amount and control.checksum.",
            )
    checksum = settings.checksum or CHECKSUM_COLUMN
    loads = {pair[0] for pair in cells if pair[1] == settings.rows}
    return {
        load: ControlTotals(
            rows=int(_number(module, cells[load, settings.rows])),
            amount=_number(module, cells.get((load, settings.amount), "")),
            checksum=_whole(_number(module, cells.get((load, checksum), "")))
            if checksum in names
            else None,
        )
        for load in loads
    }


def _cells(grid: Grid) -> Iterable[tuple[tuple[str, str], str]]:
    # Whether loads stand on rows or columns is the builder's choice, so each cell is known by both.
    for row in grid.rows:
        for column, cell in zip(grid.columns, row.cells, strict=False):
            yield (row.coordinates[-1], column[-1]), cell
            yield (column[-1], row.coordinates[-1]), cell


def _number(module: ControlModule, text: str) -> Decimal:
    try:
        number = Decimal(text.replace(",", "") or "0")
    except InvalidOperation:
        number = Decimal("NaN")
    if number.is_finite():
        return number
    raise MismatchError(
        "control module",
        module.name,
        expected="numbers",
        found=repr(text[:40]),
        remedy="Give its line items the number format, and let no formula divide by zero.",
    )


def _whole(number: Decimal) -> int:
    return int(number.to_integral_value())


def expect_totals(scope: Scope) -> Belief:
    """Return what the model's totals should be: what is believed, and what was there besides."""
    belief, extra = scope.belief(), scope.read_control().extra
    return Belief(
        rows=belief.rows + extra.rows,
        amount=belief.amount + extra.amount,
        checksum=belief.checksum + extra.checksum,
    )


def find_surplus(belief: Belief, totals: ControlTotals) -> Belief:
    """Return by how much the model's totals exceed `belief`; negative where they fall short."""
    checksum = belief.checksum if totals.checksum is None else totals.checksum
    return Belief(
        rows=totals.rows - belief.rows,
        amount=totals.amount - belief.amount,
        checksum=checksum - belief.checksum,
    )


def find_difference(belief: Belief, totals: ControlTotals) -> str | None:
    """Say how belief and model differ, both sides named, or return `None`."""
    parts = []
    if belief.rows != totals.rows:
        parts.append(f"the model holds {totals.rows} rows, the ledger says {belief.rows}")
    if not is_same_amount(belief.amount, totals.amount):
        parts.append(
            f"the model's amounts sum to {totals.amount:f}, the ledger's to {belief.amount:f}"
        )
    # Every row that has a checksum has at least 1: without any, the file has no such column.
    if not parts and belief.checksum and totals.checksum not in (None, belief.checksum):
        parts.append(
            "the model holds other contents than were confirmed, in as many rows and of the same"
            f" amount (its checksum is {totals.checksum}, the ledger's {belief.checksum})"
        )
    return "; ".join(parts) or None


def is_same_amount(believed: Decimal, found: Decimal) -> bool:
    """Tell whether two sums are equal but for binary residue."""
    return abs(believed - found) <= max(RESIDUE, abs(found) * RESIDUE_SHARE)
