"""Prints what a command found: a table for people, JSON lines for machines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from ml_connector.wire import encode_json
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PIPED_WIDTH = 200


def print_rows(rows: Iterable[Mapping[str, object]], *, output: str, nothing: str) -> int:
    """Print `rows` in the form asked for, or the sentence `nothing`; return how many there were."""
    found = list(rows)
    if output == "json":
        for row in found:
            click.echo(encode_json(row).decode())
    elif not found:
        click.echo(nothing)
    else:
        table = Table()
        for head in found[0]:
            table.add_column(head, overflow="fold")
        for row in found:
            table.add_row(*("" if value is None else str(value) for value in row.values()))
        # Piped output has no width of its own; a table cut at 80 columns would lose reasons.
        width = None if sys.stdout.isatty() else PIPED_WIDTH
        Console(width=width).print(table)
    return len(found)
