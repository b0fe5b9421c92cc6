"""The company lives on: days of business, through the program's own rules (design §5.6).

========================  ======================================================================
POST business/advance     `{"days": 7}` (default 1): the clock moves on day by day, and on every
                          day that is no weekend people order, receive, enter and post the
                          invoices of what was received, and on Thursdays pay what is due;
                          answers with what was done: `{"orders": 9, "receipts": 6, …}`
========================  ======================================================================

What is done is the same for the same company and days. Whatever the program refuses (a locked
period, a day end that runs) is left undone and counted as `refused`.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from ml_connector_sandbox._control import control_route
from ml_connector_sandbox._wire import decode_object
from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300.books._deeds import Deeds
from ml_connector_sandbox.sage300.writing._session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300._records import Company

_DAYS_MAX = 366
_DAY_S = 86_400
_WORKDAYS = 5
_THURSDAY = 3
_USER = "SUPER"


def build_business_routes(business: Business) -> list[BaseRoute]:
    """Return the control routes through which time passes."""
    return [control_route("/business/advance", business.advance, methods=["POST"])]


class Business:
    """The people of the company, day by day."""

    def __init__(
        self, company: Callable[[], Company], *, clock: VirtualClock, switches: Switches
    ) -> None:
        """Work in whatever `company` returns at the time."""
        self._company = company
        self._clock = clock
        self._switches = switches

    async def advance(self, request: Request) -> object:
        """Let days pass, and return how often what was done."""
        days = decode_object(await request.body()).get("days", 1)
        if not isinstance(days, int) or not 1 <= days <= _DAYS_MAX:
            message = f"days: a number from 1 to {_DAYS_MAX} was expected"
            raise ValueError(message)
        done: Counter[str] = Counter()
        for _ in range(days):
            self._clock.advance(_DAY_S)
            self._work(done)
        return dict(done)

    def _work(self, done: Counter[str]) -> None:
        company, today = self._company(), self._clock.today()
        if today.weekday() >= _WORKDAYS:
            return
        session = Session(company=company, today=today, user=_USER, switches=self._switches)
        dice = random.Random(f"{company.database_id} {today}")  # noqa: S311  # not secret
        deeds = Deeds(session, dice)
        for name, deed in _agenda(deeds, dice, is_payday=today.weekday() == _THURSDAY):
            try:
                done[name] += deed()
            except WebApiError:
                done["refused"] += 1


def _agenda(
    deeds: Deeds, dice: random.Random, *, is_payday: bool
) -> Iterator[tuple[str, Callable[[], int]]]:
    for _ in range(dice.randrange(1, 4)):
        yield "orders", deeds.order
    for _ in range(dice.randrange(3)):
        yield "receipts", deeds.receive
    for _ in range(dice.randrange(3)):
        yield "invoices", deeds.enter_invoice
    if is_payday:
        yield "payments", deeds.pay
    yield "day_ends", deeds.end_day
