"""Finds the ledgers a command is about."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from ml_connector import places
from ml_connector.errors import SettingError
from ml_connector.ledger import open_ledger
from ml_connector.secrets import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ml_connector.ledger import Ledger

ledger_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--ledger",
    "place",
    metavar="PATH-OR-URL",
    envvar="ML_CONNECTOR_LEDGER",
    show_envvar=True,
    help="One ledger: a file, or a URL as in the setting ledger_url; vault:NAME/FIELD, env:NAME and"
    " file:PATH are understood. Default: every ledger file of this user.",
)
json_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--json", "output", flag_value="json", default="text", help="Print JSON, one object a line."
)


def find_places(place: str | None) -> list[str]:
    """Return the ledger named, or every ledger below the user's own folder.

    Raises:
        SettingError: there is none.
        BadParameter: the file named does not exist; looking must not make one.
    """
    if place is not None:
        place = resolve(place, setting="--ledger")
        path = place.removeprefix("sqlite:///")
        if "://" not in path and not Path(path).expanduser().is_file():
            raise click.BadParameter(f"there is no file {path}.", param_hint="--ledger")
        return [place]
    found = sorted(str(path) for path in places.home().glob("*/ledger.sqlite3"))
    if not found:
        raise SettingError(
            places.HOME_VARIABLE,
            str(places.home()),
            "no ledger was written there yet",
            remedy="Run a plugin first, or name a ledger with --ledger (what ledger_url says, where"
            " a plugin has that setting).",
        )
    return found


@contextmanager
def opened(place: str) -> Iterator[Ledger]:
    """Open one ledger for the length of a block."""
    with open_ledger(place) as ledger:
        yield ledger
