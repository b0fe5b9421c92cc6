"""What people do to journal batches at their desks, through `/_sandbox/gl/…` (design §5.6).

=====  ==============================  =====================================================
PATCH  gl/batches/{number}             edit: the body and the rules of the Web API's PATCH
POST   gl/batches/{number}/ready       set ready to post
POST   gl/batches/{number}/open        take that back
POST   gl/batches/{number}/post        set ready if need be, and post this batch alone
POST   gl/batches/{number}/delete      delete: Status `Deleted`, entries gone (switch)
POST   gl/batches/{number}/copy        enter the same once more: an open batch of its own
POST   gl/batches/{number}/lock        keep it open in a window: others are refused
POST   gl/batches/{number}/unlock      close that window
POST   gl/post                         post every batch that is ready
POST   gl/clear                        `{"journals": true}` clears posting journals,
                                       `{"batches": true}` posted and deleted batches,
                                       `{"transactions_before": "2026"}` transaction history
POST   gl/begin_year                   "Create New Year": carries balances forward
=====  ==============================  =====================================================

`{"user": "ANNE"}` in a body says who (default `SUPER`); `{"today": "2027-01-31"}` is the session
date. A refusal is answered 400 with the program's message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox._control import control_route
from ml_connector_sandbox.sage300._desk import Desk, copy_batch, refusals
from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300.catalog.gl import (
    JOURNAL_BATCHES,
    POST_JOURNAL,
    POSTED_TRANSACTIONS,
    POSTING_JOURNAL_DETAILS,
)
from ml_connector_sandbox.sage300.gl._batch_posting import BatchPosting
from ml_connector_sandbox.sage300.gl._batches import total_batch
from ml_connector_sandbox.sage300.gl._entries import ENTRIES
from ml_connector_sandbox.sage300.gl._fiscal_sets import FiscalSets
from ml_connector_sandbox.sage300.gl._ledger import ledger_of
from ml_connector_sandbox.sage300.gl._readiness import check_lock, is_open, is_ready, put_ready
from ml_connector_sandbox.sage300.writing._protocol import Writer
from ml_connector_sandbox.sage300.writing._registry import PROCESSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session


def build_journal_routes(desk: JournalDesk) -> list[BaseRoute]:
    """Return the control routes of people who work with journals."""
    return [
        control_route("/gl/batches/{number}", desk.edit, methods=["PATCH"]),
        control_route("/gl/batches/{number}/{deed}", desk.act, methods=["POST"]),
        control_route("/gl/post", desk.post_all, methods=["POST"]),
        control_route("/gl/clear", desk.clear, methods=["POST"]),
        control_route("/gl/begin_year", desk.begin_year, methods=["POST"]),
    ]


class JournalDesk(Desk):
    """A desk at which journals are worked with."""

    async def edit(self, request: Request) -> object:
        """Change a batch as the Web API would, and return it."""
        session, given = await self.begin(request)
        number = request.path_params["number"]
        check_lock(session, number)
        table = session.table(*JOURNAL_BATCHES.path)
        with refusals():
            Writer(session, table).update(number, given)
        return _batch(session, number)

    async def act(self, request: Request) -> object:
        """Do something to a batch, and return it."""
        session, _ = await self.begin(request)
        number = request.path_params["number"]
        deed = _DEEDS[request.path_params["deed"]]
        batch = _batch(session, number)
        with refusals():
            deed(session, batch)
        return _batch(session, number)

    async def post_all(self, request: Request) -> object:
        """Post every batch that is ready."""
        session, _ = await self.begin(request)
        with refusals():
            PROCESSES[POST_JOURNAL.path].run(session, {})
        return {}

    async def clear(self, request: Request) -> object:
        """Clear what people clear to save space (§4.2: journals, history)."""
        session, given = await self.begin(request)
        cleared = 0
        if given.get("journals"):
            cleared += _remove(session, POSTING_JOURNAL_DETAILS.path, lambda _: True)
        if given.get("batches"):
            finished = {"Posted", "Deleted"}
            cleared += _remove(
                session, JOURNAL_BATCHES.path, lambda record: record["Status"] in finished
            )
        if year := given.get("transactions_before"):
            cleared += _remove(
                session, POSTED_TRANSACTIONS.path, lambda record: record["FiscalYear"] < year
            )
        return {"cleared": cleared}

    async def begin_year(self, request: Request) -> object:
        """Carry balances forward into the year after the current one."""
        session, _ = await self.begin(request)
        ledger = ledger_of(session.company)
        year = str(int(ledger.current_year) + 1)
        FiscalSets(session.company, ledger).begin_year(year)
        return {"year": year}


def _batch(session: Session, number: str) -> JsonObject:
    batch = session.find(*JOURNAL_BATCHES.path, number)
    if batch is None:
        raise KeyError(number)
    return batch


def _set_ready(session: Session, batch: JsonObject) -> None:
    check_lock(session, batch["BatchNumber"])
    batch["ReadyToPost"] = "Yes"
    _change_state(session, batch)


def _set_open(session: Session, batch: JsonObject) -> None:
    check_lock(session, batch["BatchNumber"])
    batch["ReadyToPost"] = "No"
    _change_state(session, batch)


def _change_state(session: Session, batch: JsonObject) -> None:
    if batch["Status"] in {"Posted", "Deleted"}:
        message = f"Batch {batch['BatchNumber']} is {batch['Status'].lower()}."
        raise WebApiError("RecordInvalid", message)
    put_ready(session, batch)
    _store(session, batch)


def _post(session: Session, batch: JsonObject) -> None:
    if is_open(batch):
        _set_ready(session, batch)
    check_lock(session, batch["BatchNumber"])
    if not is_ready(batch):
        message = f"Batch {batch['BatchNumber']} is {batch['Status'].lower()}."
        raise WebApiError("RecordInvalid", message)
    BatchPosting(session).post(batch["BatchNumber"])


def _delete(session: Session, batch: JsonObject) -> None:
    check_lock(session, batch["BatchNumber"])
    if not is_open(batch):
        raise WebApiError("RecordInvalid", f"Batch {batch['BatchNumber']} is not open.")
    batch["Status"] = "Deleted"
    if session.switches.text("deleted_journal_batches") == "emptied":
        batch[ENTRIES] = []
    _store(session, batch)


def _copy(session: Session, batch: JsonObject) -> None:
    copy_batch(session, session.table(*JOURNAL_BATCHES.path), batch["BatchNumber"])


def _lock(session: Session, batch: JsonObject) -> None:
    check_lock(session, batch["BatchNumber"])
    ledger_of(session.company).locked_batches[batch["BatchNumber"]] = session.user


def _unlock(session: Session, batch: JsonObject) -> None:
    ledger_of(session.company).locked_batches.pop(batch["BatchNumber"], None)


def _store(session: Session, batch: JsonObject) -> None:
    total_batch(batch)
    if session.switches.is_on("stamps_move"):
        batch["DateLastEdited"] = session.day
    session.store(*JOURNAL_BATCHES.path, batch)


def _remove(
    session: Session, path: tuple[str, str], is_cleared: Callable[[JsonObject], bool]
) -> int:
    table = session.table(*path)
    indexes = table.resource.index
    names = [name for name in ("Status", "FiscalYear") if name in indexes]
    gone = [
        table.key_of(row)
        for row in table.rows_between()
        if is_cleared({name: row[indexes[name]] for name in names})
    ]
    for key in reversed(gone):
        table.remove(key)
    return len(gone)


_DEEDS: dict[str, Callable[[Session, JsonObject], None]] = {
    "ready": _set_ready,
    "open": _set_open,
    "post": _post,
    "delete": _delete,
    "copy": _copy,
    "lock": _lock,
    "unlock": _unlock,
}
