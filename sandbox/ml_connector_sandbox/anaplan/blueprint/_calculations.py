"""Modules that calculate: the builder's formulas; what they yield is in `_calculated`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._schema import Format, LineItemDef, ModuleDef
from ml_connector_sandbox.anaplan.blueprint._load import CHECKSUM, line_item_id, module_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector_sandbox.anaplan.blueprint._load import Load

COMMITMENTS = "Commitments"
ACTUALS = "Actuals"
CTL_LOADS = "CTL Loads"
FROM_PLANNING = "From Planning"

_COMMITMENTS_FORMULA = (
    "'DAT PO Lines'.Open Functional Outstanding"
    "[SUM: 'DAT PO Lines'.Vendor, SUM: 'DAT PO Lines'.Expected Arrival Month]"
)
_BY_ACCOUNT = (
    "[SUM: 'DAT GL Actuals'.GL Account, SUM: 'DAT GL Actuals'.Cost Center,"
    " SUM: 'DAT GL Actuals'.Fiscal Month]"
)


def build_commitments() -> ModuleDef:
    """Return Commitments, by vendors and months."""
    formulas = (("Functional Outstanding", _COMMITMENTS_FORMULA),)
    return ModuleDef(
        id=module_id(4),
        name=COMMITMENTS,
        by_list="Vendors",
        has_time=True,
        line_items=_calculated(4, formulas),
    )


def build_actuals() -> ModuleDef:
    """Return Actuals, by accounts, cost centers and months; what came from planning is told apart.

    `Functional Amount` holds every posting, so that it ties to the ledger; `From Planning` is the
    part of it that planning sent, for formulas that would count an accrual twice.
    """
    formulas = (
        ("Functional Amount", f"'DAT GL Actuals'.Functional Amount{_BY_ACCOUNT}"),
        (FROM_PLANNING, f"'DAT GL Actuals'.Functional Amount From Planning{_BY_ACCOUNT}"),
    )
    return ModuleDef(
        id=module_id(13),
        name=ACTUALS,
        by_list="GL Accounts",
        more_lists=("Cost Centers",),
        has_time=True,
        line_items=_calculated(13, formulas),
    )


def build_ctl_loads(loads: Sequence[Load]) -> ModuleDef:
    """Return CTL Loads: what the model holds, a row per load."""
    modules = [load.module for load in loads]
    amounts = [
        f"'{load.module}'.{load.amount}[SUM: '{load.module}'.Load]" for load in loads if load.amount
    ]
    formulas = (
        ("Rows", _sum_by_load("One", modules)),
        ("Amount", " + ".join(amounts)),
        (CHECKSUM, _sum_by_load(CHECKSUM, modules)),
    )
    return ModuleDef(
        id=module_id(5), name=CTL_LOADS, by_list="Loads", line_items=_calculated(5, formulas)
    )


def _sum_by_load(line_item: str, modules: Sequence[str]) -> str:
    return " + ".join(f"'{module}'.{line_item}[SUM: '{module}'.Load]" for module in modules)


def _calculated(module: int, formulas: Sequence[tuple[str, str]]) -> tuple[LineItemDef, ...]:
    return tuple(
        LineItemDef(
            id=line_item_id(module, position), name=name, format=Format.NUMBER, formula=formula
        )
        for position, (name, formula) in enumerate(formulas, start=1)
    )
