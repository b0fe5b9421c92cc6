"""What the target knows about the blueprint model when `loads` is not configured.

The names are those of `docs/anaplan-model.md`. Nothing here is needed for other models: they
configure `loads`.
"""

from __future__ import annotations

from typing import Final

from target_anaplan._blueprint_loads import BLUEPRINT_LOADS, COST_CENTERS
from target_anaplan._blueprint_parts import CHECKSUM

BLUEPRINT_TARGETS: Final = {load.stream: (load.list_name, load.module) for load in BLUEPRINT_LOADS}
"""List and module that the file of a stream fills, each by the import `X from <file>`."""

LOAD_ORDER: Final = tuple(BLUEPRINT_TARGETS)
"""Parents before children: the order in which the blueprint's lists depend on each other."""

CONTROL_MODULE: Final = "CTL Loads"
"""The calculated module that says, per load, how many rows the model holds and what they sum to."""

CONTROL_AMOUNTS: Final = {load.stream: load.amount for load in BLUEPRINT_LOADS if load.amount}
"""The file column behind `Amount` of the control module; loads without one sum to zero."""

CODES: Final = {load.stream: load.codes for load in BLUEPRINT_LOADS}
"""Record properties that are codes of list items, per load: its own, its parent's, and those that
fill list-formatted line items. `key_prefix` puts the company before them."""

KEYS: Final = {COST_CENTERS.stream: (COST_CENTERS.code,)}
"""What a row is known by where the stream's key says more: codes that several account segments
have meet in one item of the list."""

BLANKS: Final = {"posting_results": dict.fromkeys(("Batch", "Entry", "Reason"), "-")}
"""What stands for nothing in texts that come and go, as an import may leave a blank cell's old one
(Anaplan sheet, question 6): the reason of a refusal must not stay beside what was entered since."""

DELETED_COLUMN: Final = "Deleted"
"""Virtual property of every record: whether `_sdc_deleted_at` is set."""

CHECKSUM_COLUMN: Final = CHECKSUM
"""Virtual property of every record: a number computed from the row's other cells."""

DELETED_AT: Final = "_sdc_deleted_at"
COMPANY: Final = "Company"
TRANSACTION_ID: Final = "TransactionId"


def order_of_load(load: str) -> tuple[int, str]:
    """Sort key: the blueprint's loads in their order, others behind them by name."""
    if load in LOAD_ORDER:
        return LOAD_ORDER.index(load), load
    return len(LOAD_ORDER), load


def codes_of_load(load: str) -> frozenset[str]:
    """Record properties that are codes in `load`: of a load the blueprint does not know, any."""
    known = CODES.get(load) or (field for fields in CODES.values() for field in fields)
    return frozenset(known)
