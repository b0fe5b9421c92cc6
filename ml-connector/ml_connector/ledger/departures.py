"""What left this computer last for a company's books, told outside the ledger.

A ledger that is put back from an older copy cannot know that a call is still on its way. One small
file of `home` can: it has the token and the moment of the last batch that left, whatever became of
the ledger meanwhile.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from ml_connector.durable import replace_durably
from ml_connector.errors import LedgerError
from ml_connector.places import home, slug
from ml_connector.wire import WireError, decode_as, encode_json

if TYPE_CHECKING:
    from pathlib import Path

    from ml_connector.clock import Clock


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that left, by its token."""

    token: str
    left_at: dt.datetime


class Departures:
    """The last departure for the books of one company from this computer."""

    def __init__(self, subject: str, *, clock: Clock) -> None:
        """Keep it by `subject`; nothing is read or written yet."""
        self._subject = subject
        self._clock = clock

    def record(self, token: str) -> None:
        """Keep durably that a batch is about to leave.

        Raises:
            LedgerError: it cannot be written.
        """
        now = dt.datetime.fromtimestamp(self._clock.now().timestamp(), dt.UTC)
        content = encode_json(Departure(token=token, left_at=now))
        path = self._path()
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            replace_durably(path, content + b"\n", clock=self._clock)
        except OSError as error:
            raise LedgerError(
                f"the file {path} cannot be written ({error.strerror or type(error).__name__}), and"
                " it says what was sent when the ledger is put back from an older copy",
                remedy="Nothing was sent. See to it that this user may write there and that the"
                " disk has room, and run again.",
            ) from error

    def read_last(self) -> Departure | None:
        """Return the last departure; `None` when none is known here.

        Raises:
            LedgerError: the file cannot be read.
        """
        path = self._path()
        try:
            return decode_as(path.read_bytes(), Departure)
        except FileNotFoundError:
            return None
        except (OSError, WireError) as error:
            raise LedgerError(
                f"the file {path}, which says what was sent last, cannot be read",
                remedy="Nothing was posted. When settle_minutes have passed since the last run,"
                " delete it and run again.",
            ) from error

    def _path(self) -> Path:
        return home() / "departures" / f"{slug(self._subject)}.json"
