"""Day end: while it runs, documents that move stock are locked out (Sage sheet §1.6, C).

The lock is reported as `RecordDuplicate`, though nothing is a duplicate; it passes.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox._switches import NOT_NEGATIVE, Switch
from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300.catalog import ic, po
from ml_connector_sandbox.sage300.ic._stock_journal import post_movements
from ml_connector_sandbox.sage300.writing._rules import Process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

_KEPT_AS = "day_end_until"
_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")

SWITCHES: Mapping[str, Switch] = {
    "day_end": Switch(
        default="idle",
        positions=("idle", "running"),
        about="§1.6: day end is running: documents that move stock are refused (409)",
    ),
    "day_end_window": Switch(
        default="",
        shape=str,
        about="§1.6: hours of the sandbox's clock (UTC) in which day end runs, `23:00-01:30`",
    ),
    "day_end_seconds": Switch(
        default=0,
        shape=NOT_NEGATIVE,
        about="§1.6: how long a day end started by its process keeps running, by the clock",
    ),
}


def check_day_end(session: Session) -> None:
    """Refuse to move stock while day end runs.

    Raises:
        WebApiError: `RecordDuplicate`, of all codes (§1.6).
    """
    if _is_running(session):
        message = (
            "Day End Processing is in progress. The record cannot be added.\n"
            "Wait until it has finished, then try again."
        )
        raise WebApiError("RecordDuplicate", message)


class DayEndProcess(Process):
    """Runs day end: stock movements reach the ledger; it goes on for `day_end_seconds`."""

    @override
    def run(self, session: Session, given: JsonObject) -> None:
        """Start; two at a time cannot be."""
        del given
        check_day_end(session)
        post_movements(session)
        seconds = int(str(session.switches["day_end_seconds"]))
        if seconds and session.now is not None:
            until = session.now + dt.timedelta(seconds=seconds)
            session.company.unseen[_KEPT_AS] = until


def _is_running(session: Session) -> bool:
    if session.switches.text("day_end") == "running":
        return True
    if session.now is None:
        return False
    until = session.company.unseen.get(_KEPT_AS)
    if isinstance(until, dt.datetime) and session.now < until:
        return True
    return _is_within(session.switches.text("day_end_window"), session.now.time())


def _is_within(window: str, moment: dt.time) -> bool:
    found = _WINDOW.fullmatch(window)
    if found is None:
        return False
    start = dt.time(int(found[1]), int(found[2]))
    end = dt.time(int(found[3]), int(found[4]))
    if start <= end:
        return start <= moment < end
    # Over midnight.
    return moment >= start or moment < end


PROCESSES = {
    ic.DAY_END.path: DayEndProcess(ic.DAY_END),
    po.DAY_END.path: DayEndProcess(po.DAY_END),
}
