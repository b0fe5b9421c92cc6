"""Finds the ledgers a command is about."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from ml_connector import places
from ml_connector.errors import SettingError
from ml_connector.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ml_connector.ledger import Ledger

ledger_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--ledger",
    "place",
    metavar="PATH-OR-URL",
    help="One ledger: a file or an SQLAlchemy URL. Default: every ledger of this user.",
)
json_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--json", "output", flag_value="json", default="text", help="Print JSON, one object a line."
)


def find_places(place: str | None) -> list[str]:
    """Return the ledger named, or every ledger below the user's own folder.

    Raises:
        SettingError: there is none.
    """
    if place is not None:
        return [place]
    found = sorted(str(path) for path in places.home().glob("*/ledger.sqlite3"))
    if not found:
        raise SettingError(
            "ledger",
            str(places.home()),
            "no ledger was written there yet",
            remedy="Run a plugin first, or name a ledger with --ledger.",
        )
    return found


@contextmanager
def opened(place: str) -> Iterator[Ledger]:
    """Open one ledger for the length of a block."""
    with open_ledger(place) as ledger:
        yield ledger
