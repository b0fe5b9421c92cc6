"""What day end hands to the General Ledger: receipts and returns since the last one (§4.1, I).

Receiving debits inventory (or an expense) and credits payables clearing, which the vendor's
invoice clears later. The accounts follow from IC and PO account sets, which are not served: a
switch names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, cast

import msgspec

from ml_connector_sandbox._switches import Switch
from ml_connector_sandbox.sage300._fiscal import FiscalPeriod, fiscal_calendar, parse_day
from ml_connector_sandbox.sage300._values import plain_number
from ml_connector_sandbox.sage300.gl._ledger import ledger_of
from ml_connector_sandbox.sage300.gl._made_batches import create_batch
from ml_connector_sandbox.sage300.gl._posting import PostedEntry, PostedLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

_KEPT_AS = "stock_movements"
_CENT = Decimal("0.01")

SWITCHES: Mapping[str, Switch] = {
    "stock_accounts": Switch(
        default={"inventory": "1200", "services": "6000", "clearing": "2050"},
        shape=dict[str, str],
        about="site setting: accounts that day end debits and credits for what was received",
    ),
}


class _Movement(msgspec.Struct, frozen=True, kw_only=True):
    """A posted document that the ledger has not seen."""

    source_type: str
    number: str
    vendor: str
    day: str
    currency: str
    rate: Decimal
    is_divided: bool
    net_by_account: Mapping[str, Decimal]
    """In the document's currency; negative for what was returned."""


def note_movement(
    session: Session, document: JsonObject, lines: Sequence[JsonObject], *, number: str, day: str
) -> None:
    """Remember a receipt or return for the next day end.

    Args:
        session: Who and when.
        document: The posted document.
        lines: Its lines, amounts computed.
        number: The property with the document number.
        day: The property with the document date.
    """
    accounts = cast("Mapping[str, str]", session.switches["stock_accounts"])
    is_return = number == "ReturnNumber"
    net: dict[str, Decimal] = {}
    for line in lines:
        default = accounts.get("inventory" if line["StockItem"] else "services", "")
        account = str(line["ExpenseAccount"] or default)
        amount = Decimal(str(line["NetOfTax"]))
        net[account] = net.get(account, Decimal(0)) + (-amount if is_return else amount)
    if net and document.get("DiscountAmount"):
        # The discount on the whole document: what is invoiced later is less by it.
        net[next(iter(net))] -= Decimal(str(document["DiscountAmount"]))
    movement = _Movement(
        source_type="CR" if is_return else "RC",
        number=str(document[number]),
        vendor=str(document["Name"]),
        day=str(document[day]),
        currency=str(document["Currency"]),
        rate=Decimal(str(document["ExchangeRate"] or 1)),
        is_divided=document["RateOperation"] == "Divide",
        net_by_account=net,
    )
    _movements(session).append(movement)


def post_movements(session: Session) -> None:
    """Post what waits to the ledger, as one batch; without accounts it goes on waiting."""
    waiting = _movements(session)
    accounts = cast("Mapping[str, str]", session.switches["stock_accounts"])
    needed = {account for movement in waiting for account in movement.net_by_account}
    needed.add(accounts.get("clearing", ""))
    if not waiting or any(not _has_account(session, account) for account in needed):
        return
    calendar = fiscal_calendar(session.company)
    batch = ledger_of(session.company).take_batch_number()
    entries = [
        _entry_of(movement, period, batch=batch, clearing=accounts["clearing"])
        for movement in waiting
        if (period := calendar.find(parse_day(movement.day) or session.today)) is not None
    ]
    numbered = [
        msgspec.structs.replace(entry, number=f"{position:05}")
        for position, entry in enumerate(entries, start=1)
    ]
    if numbered:
        create_batch(
            session.company,
            numbered,
            description=f"PO Day End {session.today.isoformat()}",
            batch_type="Subledger",
            day=session.today,
            is_posted=True,
        )
    waiting.clear()


def _entry_of(
    movement: _Movement, period: FiscalPeriod, *, batch: str, clearing: str
) -> PostedEntry:
    lines = [
        _line_of(movement, account, source, _functional(movement, source))
        for account, source in movement.net_by_account.items()
    ]
    source = sum(movement.net_by_account.values(), Decimal(0))
    functional = sum((Decimal(str(line.amount)) for line in lines), Decimal(0))
    lines.append(_line_of(movement, clearing, -source, -functional))
    return PostedEntry(
        batch=batch,
        year=period.year,
        period=period.code,
        posting_date=movement.day,
        source_ledger="PO",
        source_type=movement.source_type,
        description=movement.number,
        lines=lines,
    )


def _line_of(movement: _Movement, account: str, source: Decimal, functional: Decimal) -> PostedLine:
    return PostedLine(
        account=account.replace("-", ""),
        amount=plain_number(functional),
        source_amount=plain_number(source),
        currency=movement.currency,
        rate=plain_number(movement.rate),
        rate_operator="2" if movement.is_divided else "1",
        description=movement.vendor,
        reference=movement.number,
    )


def _functional(movement: _Movement, source: Decimal) -> Decimal:
    value = source / movement.rate if movement.is_divided else source * movement.rate
    return value.quantize(_CENT, rounding=ROUND_HALF_UP)


def _has_account(session: Session, account: str) -> bool:
    if not session.is_installed("GL", "GLAccounts"):
        return False
    return not session.lacks("GL", "GLAccounts", account.replace("-", ""))


def _movements(session: Session) -> list[_Movement]:
    kept = session.company.unseen.setdefault(_KEPT_AS, [])
    return cast("list[_Movement]", kept)
