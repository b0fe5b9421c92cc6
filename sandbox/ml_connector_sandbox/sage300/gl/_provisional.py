"""Provisional posting: figures in the fiscal sets only, until posted or taken back (M)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.gl._fiscal_sets import FiscalSets
from ml_connector_sandbox.sage300.gl._ledger import ledger_of
from ml_connector_sandbox.sage300.gl._posting import movements_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ml_connector_sandbox.sage300._records import Company
    from ml_connector_sandbox.sage300.gl._posting import PostedEntry

DESIGNATOR = "P"


def post_provisionally(company: Company, number: str, entries: Iterable[PostedEntry]) -> None:
    """Add a batch's entries to the provisional sets, in place of what it had added before."""
    take_back(company, number)
    ledger = ledger_of(company)
    movements = {
        where._replace(designator=DESIGNATOR): amount
        for where, amount in movements_of(entries, ledger).items()
        if where.designator == "A"
    }
    FiscalSets(company, ledger).add(movements)
    ledger.provisional[number] = movements


def take_back(company: Company, number: str) -> None:
    """Take a batch's provisional figures out again, if it has any."""
    ledger = ledger_of(company)
    movements = ledger.provisional.pop(number, {})
    FiscalSets(company, ledger).add({where: -amount for where, amount in movements.items()})
