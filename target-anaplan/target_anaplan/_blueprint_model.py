"""The blueprint as a whole: lists, modules, each process and its order.

The modules that planners write adjustments in are not among them: nothing is loaded there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from target_anaplan._blueprint import CONTROL_MODULE
from target_anaplan._blueprint_loads import BLUEPRINT_LOADS, POSTING_RESULTS
from target_anaplan._blueprint_parts import (
    CHECKSUM,
    TIME,
    ListBlueprint,
    LoadBlueprint,
    ModuleBlueprint,
    calculated,
)

PROCESS: Final = "Load Sage 300"
LOADS_LIST: Final = "Loads"

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


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """What one process fills: its loads, parents first, and the calculated modules beside them."""

    process: str
    loads: tuple[LoadBlueprint, ...]
    calculated: tuple[ModuleBlueprint, ...]

    @property
    def lists(self) -> tuple[ListBlueprint, ...]:
        """The lists it fills, and the one that names the loads."""
        filled = (
            ListBlueprint(name=load.list_name, parent=load.parent[0] if load.parent else None)
            for load in self.loads
        )
        return (*filled, ListBlueprint(name=LOADS_LIST))

    @property
    def modules(self) -> tuple[ModuleBlueprint, ...]:
        """The modules it fills, and those that formulas fill."""
        filled = (
            ModuleBlueprint(name=load.module, by=(load.list_name,), line_items=load.line_items)
            for load in self.loads
        )
        return (*filled, *self.calculated)

    @property
    def steps(self) -> tuple[str, ...]:
        """The process's imports in the documented order: lists before modules."""
        return (
            *(load.list_import for load in self.loads),
            *(load.module_import for load in self.loads),
        )

    def build_order_rules(self) -> dict[str, tuple[str, ...]]:
        """Return, per import, those that have to run before it; any order that obeys will do."""
        makers = {load.list_name: load.list_import for load in self.loads}
        rules: dict[str, tuple[str, ...]] = {
            load.list_import: (makers[load.parent[0]],) if load.parent else ()
            for load in self.loads
        }
        for load in self.loads:
            rules[load.module_import] = tuple(makers[name] for name in load.lists_needed)
        return rules


ACTUALS: Final = Blueprint(process=PROCESS, loads=BLUEPRINT_LOADS, calculated=CALCULATED_MODULES)
"""The way from Sage 300."""

RESULTS: Final = Blueprint(
    process="Load Posting Results", loads=(POSTING_RESULTS,), calculated=CALCULATED_MODULES[-1:]
)
"""The last step of the way back."""
