"""Switches of the blueprint, of views and of exports (Anaplan sheet §6, §7.2; numbers of §11)."""

from __future__ import annotations

from ml_connector_sandbox._switches import AT_LEAST_ONE, NOT_NEGATIVE, Switch

PLANNING_SWITCHES: dict[str, Switch] = {
    "process_imports": Switch(
        default="all",
        positions=("all", "orders"),
        about=(
            "what the process Load Sage 300 runs: the imports of all ten files, or the six of"
            " vendor groups, vendors and order lines; with all, an order line's item is of the list"
            " Items"
        ),
    ),
    "empty_view": Switch(
        default="error",
        positions=("error", "empty"),
        about="reading a view that has no rows, columns or pages: 500, or its headers (§2.5, §7.2)",
    ),
    "blank_numbers": Switch(
        default="zero",
        positions=("zero", "blank"),
        about="a number cell nobody entered, in reads and exports: 0 or an empty text (§6.4)",
    ),
    "export_values": Switch(
        default="plain",
        positions=("plain", "formatted"),
        about=(
            "12: numbers, dates and Booleans in export files: as view reads show them, or as each"
            " export's own formats say"
        ),
    ),
    "excel_csv": Switch(
        default="UTF-16LE",
        positions=("UTF-16LE", "UTF-8"),
        about=(
            "23: encoding of CSV for Excel, with a byte order mark either way; tabs separate"
            " columns in UTF-16LE, commas in UTF-8"
        ),
    ),
    "parallel_exports": Switch(
        default="overwrite",
        positions=("overwrite", "conflict"),
        about=(
            "24: a second run of one export by the same user, while the first is not over: it"
            " overwrites the file, or is refused with 409"
        ),
    ),
    "export_file_lag_ms": Switch(
        default=0,
        shape=NOT_NEGATIVE,
        about=(
            "how long after COMPLETE an export's file has no chunks yet, virtual milliseconds (§10)"
        ),
    ),
    "export_chunk_bytes": Switch(
        default=10_000_000,
        shape=AT_LEAST_ONE,
        about="bytes per chunk of an export's file (§4.4)",
    ),
}
