"""Faults that only Anaplan can have: of tokens, tasks and dumps (Anaplan sheet §13, Simulator)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ml_connector_sandbox._fault_kinds import FaultKind

if TYPE_CHECKING:
    from starlette.types import Scope

    from ml_connector_sandbox._exchange import Exchange
    from ml_connector_sandbox._fault_board import Hit
    from ml_connector_sandbox.anaplan._tenant import Tenant
    from ml_connector_sandbox.anaplan._tokens import Token

_TASK = re.compile(r"/tasks/(?P<task>[^/]+)")
_OF_TASKS = re.compile(r"/tasks(/[^/]+)?$")


def build_fault_kinds(tenant: Tenant) -> dict[str, FaultKind]:
    """Return the kinds, for faults of `tenant`'s server."""
    troubles = _Troubles(tenant)
    return {
        "expired_token": FaultKind(
            strike=troubles.strike_expired_token,
            sees="401: the token sent along has just expired, for this request and all later ones",
            effect="none",
            concerns=lambda scope: troubles.find_token(scope) is not None,
        ),
        "vanished_dump": FaultKind(
            strike=troubles.strike_vanished_dump,
            sees="404: the dump asked for is gone, as after 48 hours or somebody's next run",
            effect="none",
            concerns=lambda scope: bool(re.search(r"/tasks/[^/]+/dumps?(/|$)", scope["path"])),
        ),
        "cancelled_task": FaultKind(
            strike=troubles.strike_cancelled_task,
            sees="the answer; but somebody cancels the task that was created, looked at or "
            "listed last, as soon as it runs",
            effect="done, and undone as the switch `cancel` says",
            concerns=lambda scope: bool(_OF_TASKS.search(scope["path"])),
        ),
    }


class _Troubles:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def find_token(self, scope: Scope) -> Token | None:
        headers = dict(scope["headers"])
        scheme, _, value = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        return self._tenant.tokens.find(value) if scheme in ("AnaplanAuthToken", "Bearer") else None

    async def strike_expired_token(self, exchange: Exchange, hit: Hit) -> None:
        token = self.find_token(exchange.scope)
        if token is not None:
            self._tenant.tokens.revoke(token)
            hit.note(expired=token.id)
        await exchange.answer()

    async def strike_vanished_dump(self, exchange: Exchange, hit: Hit) -> None:
        found = _TASK.search(exchange.scope["path"])
        if found is not None and self._tenant.dumps.lose(found["task"]):
            hit.note(vanished=found["task"])
        await exchange.answer()

    async def strike_cancelled_task(self, exchange: Exchange, hit: Hit) -> None:
        answer = await exchange.take_effect()
        found = _TASK.search(exchange.scope["path"])
        task_id = found["task"] if found is not None else None
        if task := self._tenant.tasks.doom(task_id):
            hit.note(cancelled=task.id)
        await exchange.send_all(answer)
