"""A desk: where somebody works with the desktop program, seen through `/_sandbox` (design §5.6)."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ml_connector_sandbox._wire import JsonObject, decode_object
from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300.writing._protocol import Writer
from ml_connector_sandbox.sage300.writing._session import Session, open_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request

    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300._records import Company, Key, Table

_USER = "SUPER"
_READINESS = ("Status", "BatchStatus", "ReadyToPost")


class Desk:
    """The desk of somebody with all rights."""

    def __init__(
        self, company: Callable[[], Company], *, clock: VirtualClock, switches: Switches
    ) -> None:
        """Work on whatever `company` returns at the time."""
        self._company = company
        self._clock = clock
        self._switches = switches

    async def begin(self, request: Request) -> tuple[Session, JsonObject]:
        """Sign on as the `user` of the body, on its `today`; return the rest of the body too."""
        given = decode_object(await request.body())
        today = given.pop("today", None)
        session = Session(
            company=self._company(),
            today=self._clock.today() if today is None else dt.date.fromisoformat(str(today)),
            user=str(given.pop("user", _USER)),
            switches=self._switches,
        )
        return session, given


def copy_batch(session: Session, table: Table, key: Key) -> None:
    """Enter a batch once more, under the next number, open: texts and references are the same.

    The rules are those of every entry (I): a document number that is taken is refused.
    """
    row = table.find(key)
    if row is None:
        raise KeyError(key)
    batch = open_record(table.resource, row)
    given = {name: value for name, value in batch.items() if name not in _READINESS}
    Writer(session, table).insert(given)


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the program refuses into what the control answers."""
    try:
        yield
    except WebApiError as error:
        raise ValueError(error.message) from error
