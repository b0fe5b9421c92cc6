"""Faults of reading that Sage 300's Web API is prone to: its pages are no snapshot (sheet §3.3)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from ml_connector_sandbox._fault_kinds import FaultKind, is_read
from ml_connector_sandbox._wire import decode_object
from ml_connector_sandbox.sage300._app import ORDER_SEED, ROOT
from ml_connector_sandbox.sage300._unrest import Unrest

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Scope

    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox._exchange import Exchange
    from ml_connector_sandbox._fault_board import Hit
    from ml_connector_sandbox.sage300._records import Company, Key, Table

_OK = 200


def build_fault_kinds(
    company: Callable[[], Company], *, clock: VirtualClock
) -> dict[str, FaultKind]:
    """Return the kinds, for faults of the server with whatever `company` returns."""
    troubles = _Troubles(company, clock)
    return {
        "shuffle": FaultKind(
            strike=troubles.strike_shuffle,
            sees="a page of the whole listing in an order drawn by `seed`, anew for each page "
            "struck, unless `$orderby` asks for one",
            effect="done",
            heeds=("seed",),
            concerns=lambda scope: troubles.find_listing(scope) is not None,
        ),
        "changing_records": FaultKind(
            strike=troubles.strike_changing_records,
            sees="the page; behind it, before the next one, `inserts` records are added, "
            "`changes` changed and `deletes` deleted in the resource, drawn by `seed` from "
            "before and after where the page ended",
            effect="done",
            heeds=("seed", "inserts", "changes", "deletes"),
            concerns=lambda scope: troubles.find_listing(scope) is not None,
        ),
    }


class _Troubles:
    def __init__(self, company: Callable[[], Company], clock: VirtualClock) -> None:
        self._company = company
        self._clock = clock

    def find_listing(self, scope: Scope) -> Table | None:
        """Return the table that a request reads a page of, if that is what it does."""
        path: str = scope["path"]
        if not (is_read(scope) and path.startswith(ROOT)):
            return None
        place = path.removeprefix(ROOT).strip("/").split("/")
        return self._company().find_table(*place[1:]) if len(place) == 3 else None  # noqa: PLR2004  # company, module, resource

    async def strike_shuffle(self, exchange: Exchange, hit: Hit) -> None:
        exchange.scope[ORDER_SEED] = f"{hit.fault.seed}/{hit.number}/"
        await exchange.answer()

    async def strike_changing_records(self, exchange: Exchange, hit: Hit) -> None:
        answer = await exchange.take_effect()
        table = self.find_listing(exchange.scope)
        if table is not None and answer.start["status"] == _OK:
            dice = random.Random(f"{hit.fault.seed}/{hit.number}")  # noqa: S311  # reproducible
            unrest = Unrest(
                table, dice=dice, last_read=_last_key(table, answer.body), day=self._clock.today()
            )
            fault = hit.fault
            for did, key in unrest.stir(
                inserts=fault.inserts, changes=fault.changes, deletes=fault.deletes
            ):
                hit.note(**{did: key})
        await exchange.send_all(answer)


def _last_key(table: Table, body: bytes) -> Key | None:
    """Return the key of the last record on a page; None where the page does not show it."""
    records = decode_object(body).get("value") or [{}]
    parts = [records[-1].get(name) for name in table.resource.key]
    if None in parts:
        return None
    return parts[0] if len(parts) == 1 else tuple(parts)
