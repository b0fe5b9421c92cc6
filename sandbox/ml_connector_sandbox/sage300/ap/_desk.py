"""What people do to A/P batches at their desks, through `/_sandbox/ap/…` (design §5.6).

=====  ===================================  ================================================
PATCH  ap/{kind}/{number}                   edit: the body and rules of the Web API's PATCH
POST   ap/{kind}/{number}/ready             set ready to post
POST   ap/{kind}/{number}/open              take that back
POST   ap/{kind}/{number}/post              set ready if need be, and post this batch alone
POST   ap/{kind}/{number}/delete            delete: the batch stays, with status `Deleted`
POST   ap/{kind}/{number}/purge             remove a posted or deleted batch for good
POST   ap/{kind}/{number}/copy              enter the same once more: an open batch of its own
POST   ap/{kind}/{number}/lock              keep it open in a window: others are refused
POST   ap/{kind}/{number}/unlock            close that window
POST   ap/{kind}/post                       post every batch of the kind that is ready
POST   ap/create_gl_batch                   make the G/L batch of what waits for one
POST   ap/clear                             `{"batches": true}` purges posted and deleted
                                            batches, `{"documents_through": "2026-03-31"}`
                                            clears fully paid documents and payments,
                                            `{"errors": true}` posting errors
=====  ===================================  ================================================

A kind is `IN` (invoice batches), `PY` (payments) or `AD` (adjustments). `{"user": "ANNE"}` in a
body says who (default `SUPER`); `{"today": "2027-01-31"}` is the session date. A refusal is
answered 400 with the program's message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox._control import control_route
from ml_connector_sandbox.sage300._desk import Desk, copy_batch, refusals
from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300.ap import _clearing
from ml_connector_sandbox.sage300.ap._batch_states import (
    DELETED,
    OPEN,
    POSTED,
    READY,
    STATUS,
    check_entries,
    check_lock,
    check_open,
)
from ml_connector_sandbox.sage300.ap._book import INVOICES, book_of
from ml_connector_sandbox.sage300.ap._gl_batches import make_waiting_batch
from ml_connector_sandbox.sage300.ap._invoice_posting import InvoicePoster
from ml_connector_sandbox.sage300.ap._payment_posting import PaymentPoster
from ml_connector_sandbox.sage300.writing._protocol import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.ap._posting import BatchPoster
    from ml_connector_sandbox.sage300.writing._session import Session


def build_payables_routes(desk: PayablesDesk) -> list[BaseRoute]:
    """Return the control routes of people who work with payables."""
    return [
        control_route("/ap/create_gl_batch", desk.create_gl_batch, methods=["POST"]),
        control_route("/ap/clear", desk.clear, methods=["POST"]),
        control_route("/ap/{kind}/post", desk.post_all, methods=["POST"]),
        control_route("/ap/{kind}/{number}", desk.edit, methods=["PATCH"]),
        control_route("/ap/{kind}/{number}/{deed}", desk.act, methods=["POST"]),
    ]


class PayablesDesk(Desk):
    """A desk at which payables are worked with."""

    async def edit(self, request: Request) -> object:
        """Change a batch as the Web API would, and return it."""
        session, given = await self.begin(request)
        work = _Work(session, request)
        with refusals():
            Writer(session, session.table("AP", work.poster.resource)).update(work.key, given)
        return work.batch()

    async def act(self, request: Request) -> object:
        """Do something to a batch, and return it as it is then, if it is still there."""
        session, _ = await self.begin(request)
        work = _Work(session, request)
        batch = work.batch()
        with refusals():
            _DEEDS[request.path_params["deed"]](work, batch)
        return session.find("AP", work.poster.resource, work.key) or {}

    async def post_all(self, request: Request) -> object:
        """Post every batch of a kind that is ready."""
        session, _ = await self.begin(request)
        with refusals():
            poster_of(session, request.path_params["kind"]).post_all()
        return {}

    async def create_gl_batch(self, request: Request) -> object:
        """Make the G/L batch of everything that waits for one."""
        session, _ = await self.begin(request)
        make_waiting_batch(session)
        return {}

    async def clear(self, request: Request) -> object:
        """Clear what people clear to save space."""
        session, given = await self.begin(request)
        return {"cleared": _clearing.clear(session, given)}


def poster_of(session: Session, kind: str) -> BatchPoster:
    """Return what posts batches of a kind."""
    return InvoicePoster(session, kind) if kind == INVOICES else PaymentPoster(session, kind)


class _Work:
    """One batch on the desk."""

    def __init__(self, session: Session, request: Request) -> None:
        self.session = session
        self.kind = str(request.path_params["kind"])
        self.number = int(request.path_params["number"])
        self.poster = poster_of(session, self.kind)
        self.key = self.poster.key_of(self.number)

    def batch(self) -> JsonObject:
        found = self.session.find("AP", self.poster.resource, self.key)
        if found is None:
            raise KeyError(self.key)
        return found

    def set_status(self, batch: JsonObject, status: str) -> None:
        check_lock(self.session, self.kind, self.number)
        batch[STATUS] = status
        if self.session.switches.is_on("stamps_move"):
            batch["DateLastEdited"] = self.session.day
        self.session.store("AP", self.poster.resource, batch)


def _ready(work: _Work, batch: JsonObject) -> None:
    check_open(batch)
    check_entries({**batch, STATUS: READY}, entries=work.poster.entries)
    work.set_status(batch, READY)


def _open(work: _Work, batch: JsonObject) -> None:
    if batch[STATUS] != READY:
        check_open(batch)
    work.set_status(batch, OPEN)


def _post(work: _Work, batch: JsonObject) -> None:
    if batch[STATUS] != READY:
        _ready(work, batch)
    work.poster.post_range(work.number, work.number)


def _delete(work: _Work, batch: JsonObject) -> None:
    check_open(batch)
    work.set_status(batch, DELETED)


def _purge(work: _Work, batch: JsonObject) -> None:
    if batch[STATUS] not in {POSTED, DELETED}:
        message = f"Batch {work.number} is neither posted nor deleted."
        raise WebApiError("RecordInvalid", message)
    work.session.table("AP", work.poster.resource).remove(work.key)


def _copy(work: _Work, _batch: JsonObject) -> None:
    copy_batch(work.session, work.session.table("AP", work.poster.resource), work.key)


def _lock(work: _Work, _batch: JsonObject) -> None:
    check_lock(work.session, work.kind, work.number)
    book_of(work.session.company).locked_batches[work.kind, work.number] = work.session.user


def _unlock(work: _Work, _batch: JsonObject) -> None:
    book_of(work.session.company).locked_batches.pop((work.kind, work.number), None)


_DEEDS: dict[str, Callable[[_Work, JsonObject], None]] = {
    "ready": _ready,
    "open": _open,
    "post": _post,
    "delete": _delete,
    "purge": _purge,
    "copy": _copy,
    "lock": _lock,
    "unlock": _unlock,
}
