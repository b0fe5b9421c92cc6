"""The documented model, put together from its parts.

In every list name = code, module imports update imported cells only, and one list item is one
document line.
"""

from __future__ import annotations

from enum import Enum

from ml_connector_sandbox.anaplan._schema import (
    LINE_ITEMS,
    TIME,
    Blueprint,
    ImportDef,
    ListDef,
    ModuleDef,
    ProcessDef,
    ViewDef,
)
from ml_connector_sandbox.anaplan.blueprint._calculations import (
    build_actuals,
    build_commitments,
    build_ctl_loads,
)
from ml_connector_sandbox.anaplan.blueprint._documents import (
    AP_INVOICE_LINES,
    GL_POSTED_TRANSACTIONS,
    PO_INVOICE_LINES,
    purchase_order_lines,
)
from ml_connector_sandbox.anaplan.blueprint._load import Load, chosen, text
from ml_connector_sandbox.anaplan.blueprint._masters import (
    COST_CENTERS,
    GL_ACCOUNT_GROUPS,
    GL_ACCOUNTS,
    ITEMS,
    VENDOR_GROUPS,
    VENDORS,
)
from ml_connector_sandbox.anaplan.blueprint._offers import ACTIONS, EXPORTS, SAVED_VIEWS
from ml_connector_sandbox.anaplan.blueprint._planning import (
    ADJUSTMENT_LISTS,
    POSTING_RESULTS,
    build_adjustment_modules,
)

LOAD_PROCESS = "Load Sage 300"
RESULTS_PROCESS = "Load Posting Results"
_LOADS = ListDef(id="101000000004", name="Loads", number=4)


class Scope(Enum):
    """How far the builder has come: what `Load Sage 300` runs."""

    ORDERS = "orders"
    """Vendor groups, vendors and order lines; an order line's item is a text."""
    ALL = "all"
    """Every file of the blueprint that comes from Sage 300; the item is of the list Items."""


def build_order_lines(scope: Scope) -> Load:
    """Return the load of order lines, whose item is of a list once that list is loaded."""
    if scope is Scope.ORDERS:
        return purchase_order_lines(item={"ItemNumber": text("Item")})
    return purchase_order_lines(item={"UnformattedItemNumber": chosen("Item", "Items")})


def build_load_process(scope: Scope) -> ProcessDef:
    """Return the process that runs what one run from Sage 300 feeds."""
    actions = _steps(_forward(build_loads(scope), scope))
    return ProcessDef(id="118000000001", name=LOAD_PROCESS, actions=actions)


def build_loads(scope: Scope = Scope.ALL) -> tuple[Load, ...]:
    """Return every load, as their files are numbered."""
    return (
        VENDOR_GROUPS,
        VENDORS,
        build_order_lines(scope),
        GL_ACCOUNT_GROUPS,
        GL_ACCOUNTS,
        COST_CENTERS,
        ITEMS,
        AP_INVOICE_LINES,
        PO_INVOICE_LINES,
        GL_POSTED_TRANSACTIONS,
        POSTING_RESULTS,
    )


def build_blueprint(scope: Scope = Scope.ALL) -> Blueprint:
    """Return the definitions of the whole model."""
    loads = build_loads(scope)
    calculated = (build_commitments(), build_ctl_loads(loads), build_actuals())
    modules = (
        *(load.module_def for load in loads),
        *calculated,
        *build_adjustment_modules(),
    )
    lists = (_LOADS, *(load.list_def for load in loads), *ADJUSTMENT_LISTS)
    return Blueprint(
        lists=tuple(sorted(lists, key=lambda one: one.id)),
        modules=tuple(sorted(modules, key=lambda one: one.id)),
        views=(*(_default_view(module) for module in modules), *SAVED_VIEWS),
        files=tuple(load.file for load in loads),
        imports=tuple(one for load in loads for one in load.imports),
        actions=ACTIONS,
        exports=EXPORTS,
        processes=(
            build_load_process(scope),
            ProcessDef(id="118000000002", name=RESULTS_PROCESS, actions=_steps((POSTING_RESULTS,))),
        ),
        fixed_items={"Loads": tuple(load.name for load in loads)},
    )


def _forward(loads: tuple[Load, ...], scope: Scope) -> tuple[Load, ...]:
    """Return the loads that one run from Sage 300 feeds, masters before documents.

    Posting results come from another job at another time: they have a process of their own.
    """
    if scope is Scope.ORDERS:
        return loads[:3]
    masters = (VENDOR_GROUPS, VENDORS, GL_ACCOUNT_GROUPS, GL_ACCOUNTS, COST_CENTERS, ITEMS)
    documents = (AP_INVOICE_LINES, PO_INVOICE_LINES, GL_POSTED_TRANSACTIONS)
    return (*masters, loads[2], *documents)


def _steps(loads: tuple[Load, ...]) -> tuple[str, ...]:
    """Return the names of the loads' imports, lists before modules."""
    imports: list[ImportDef] = [one for load in loads for one in load.imports]
    return tuple(one.name for one in sorted(imports, key=lambda one: one.kind.value))


def _default_view(module: ModuleDef) -> ViewDef:
    """Return the view a module opens with: line items on columns, or time, the rest on pages."""
    columns: tuple[str, ...] = (LINE_ITEMS,)
    pages: tuple[str, ...] = module.more_lists
    if module.has_time:
        columns, pages = (TIME,), (*module.more_lists, LINE_ITEMS)
    return ViewDef(
        id=module.id,
        name=module.name,
        module=module.name,
        rows=(module.by_list,),
        columns=columns,
        pages=pages,
    )
