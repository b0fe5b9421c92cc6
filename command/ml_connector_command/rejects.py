"""`ml-connector rejects`: rows the other side refused, and the decision to let one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ml_connector_command._ledgers import find_places, json_option, ledger_option, opened
from ml_connector_command._output import print_rows
from ml_connector_command._remedies import find_remedies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector.ledger import KeptReject


@click.group("rejects", short_help="Rows that were refused and wait to be accepted.")
def group() -> None:
    """Rows that were refused: kept, and sent again every run until accepted or dismissed."""


def _build_unknown(load: str, key: str) -> click.BadParameter:
    return click.BadParameter(
        f"no reject of load {load!r} with the key {key!r} is kept. `ml-connector rejects list`"
        " shows loads and keys.",
        param_hint="LOAD KEY",
    )


@group.command("list")
@ledger_option
@json_option
def list_rejects(place: str | None, output: str) -> None:
    """List every kept reject with the other side's own reason."""
    rows = [row for name in find_places(place) for row in _kept(name)]
    print_rows(rows, output=output, nothing="No row is waiting: nothing was refused.")


@group.command("show", short_help="Show a refused row as it was sent, and why.")
@click.argument("load")
@click.argument("key")
@ledger_option
@json_option
def show(load: str, key: str, place: str | None, output: str) -> None:
    """Show the row KEY of LOAD as it was sent, column by column, and why it was refused.

    `rejects list` shows loads and keys.
    """
    rows = [row for name in find_places(place) for row in _cells(name, load=load, key=key)]
    if not rows:
        raise _build_unknown(load, key)
    print_rows(rows, output=output, nothing="")


@group.command("dismiss", short_help="Stop sending a refused row again.")
@click.argument("load")
@click.argument("key")
@ledger_option
def dismiss(load: str, key: str, place: str | None) -> None:
    """Stop sending the row KEY of LOAD again. A newer version of it is sent as usual."""
    dismissed = 0
    for name in find_places(place):
        with opened(name) as ledger:
            for known, scope in ledger.known_scopes():
                if known.load == load:
                    dismissed += scope.dismiss_reject(key)
    if not dismissed:
        raise _build_unknown(load, key)
    click.echo(f"Dismissed {key} of {load}; it is not sent again unless it changes.")


def _kept(place: str) -> Iterator[dict[str, object]]:
    with opened(place) as ledger:
        for known, scope in ledger.known_scopes():
            for reject in scope.kept_rejects():
                yield {"load": known.load, **_row(reject), "model": known.model}


def _cells(place: str, *, load: str, key: str) -> Iterator[dict[str, object]]:
    with opened(place) as ledger:
        for known, scope in ledger.known_scopes():
            for reject in scope.kept_rejects() if known.load == load else ():
                if reject.row_key == key:
                    yield {"column": "(reason)", "value": "; ".join(reject.reasons)}
                    yield {"column": "(remedy)", "value": " ".join(find_remedies(reject.reasons))}
                    for column, value in zip(reject.columns, reject.content, strict=True):
                        yield {"column": column, "value": value}


def _row(reject: KeptReject) -> dict[str, object]:
    return {
        "key": reject.row_key,
        "status": "rejected" if reject.status == "E" else "loaded in part",
        "reasons": "; ".join(reject.reasons),
        "tries": reject.tries,
        "since (UTC)": f"{reject.first_rejected_at:%Y-%m-%d %H:%M}",
    }
