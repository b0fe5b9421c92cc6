"""The blueprint as a whole: lists, modules, the process and its order.

Modules for the way back (adjustments, posting results) are not among them: nothing reads or writes
them yet.
"""

from __future__ import annotations

from typing import Final

from target_anaplan._blueprint import CONTROL_MODULE
from target_anaplan._blueprint_loads import BLUEPRINT_LOADS
from target_anaplan._blueprint_parts import (
    CHECKSUM,
    TIME,
    ListBlueprint,
    ModuleBlueprint,
    calculated,
)

PROCESS: Final = "Load Sage 300"
LOADS_LIST: Final = "Loads"

BLUEPRINT_LISTS: Final = (
    *(
        ListBlueprint(name=load.list_name, parent=load.parent[0] if load.parent else None)
        for load in BLUEPRINT_LOADS
    ),
    ListBlueprint(name=LOADS_LIST),
)

CALCULATED_MODULES: Final = (
    ModuleBlueprint(
        name="Commitments",
        by=("Vendors", TIME),
        line_items=(calculated("Functional Outstanding"),),
    ),
    ModuleBlueprint(
        name="Actuals",
        by=("GL Accounts", "Cost Centers", TIME),
        line_items=(calculated("Functional Amount"), calculated("From Planning")),
    ),
    ModuleBlueprint(
        name=CONTROL_MODULE,
        by=(LOADS_LIST,),
        line_items=(calculated("Rows"), calculated("Amount"), calculated(CHECKSUM)),
    ),
)
"""What formulas fill; that there is one is checked, how it is written is the builder's affair."""

BLUEPRINT_MODULES: Final = (
    *(
        ModuleBlueprint(name=load.module, by=(load.list_name,), line_items=load.line_items)
        for load in BLUEPRINT_LOADS
    ),
    *CALCULATED_MODULES,
)

PROCESS_STEPS: Final = (
    *(load.list_import for load in BLUEPRINT_LOADS),
    *(load.module_import for load in BLUEPRINT_LOADS),
)
"""The process's imports in the documented order: lists before modules."""


def build_order_rules() -> dict[str, tuple[str, ...]]:
    """Return, per import, those that have to run before it; any order that obeys them will do."""
    makers = {load.list_name: load.list_import for load in BLUEPRINT_LOADS}
    rules: dict[str, tuple[str, ...]] = {
        load.list_import: (makers[load.parent[0]],) if load.parent else ()
        for load in BLUEPRINT_LOADS
    }
    for load in BLUEPRINT_LOADS:
        rules[load.module_import] = tuple(makers[name] for name in load.lists_needed)
    return rules
