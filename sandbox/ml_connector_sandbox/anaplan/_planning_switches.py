"""Switches of the blueprint, of views and of exports (Anaplan sheet §6, §7.2; numbers of §11)."""

from __future__ import annotations

from ml_connector_sandbox._switches import Switch

PLANNING_SWITCHES: dict[str, Switch] = {
    "process_imports": Switch(
        default="orders",
        positions=("orders", "all"),
        about=(
            "what the process Load Sage 300 runs: the six imports of vendor groups, vendors and"
            " order lines, or those of all ten files; with all, an order line's item is of the list"
            " Items"
        ),
    ),
    "blank_numbers": Switch(
        default="zero",
        positions=("zero", "blank"),
        about="a number cell nobody entered, in reads and exports: 0 or an empty text (§6.4)",
    ),
}
