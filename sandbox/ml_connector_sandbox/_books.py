"""What planners know of the company whose books they plan: the one thing both servers share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, kw_only=True)
class KnownVendor:
    """A vendor one can adjust."""

    number: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class KnownInvoice:
    """A posted invoice an adjustment or credit note can apply to."""

    vendor: str
    document: str


@dataclass(frozen=True, kw_only=True)
class Books:
    """Names of the company's records, as a planner has them in mind."""

    company: str = "SAMLTD"
    currency: str = "CAD"
    vendors: tuple[KnownVendor, ...] = (KnownVendor(number="1000", currency="CAD"),)
    expense_accounts: tuple[str, ...] = ("6000",)
    accrual_accounts: tuple[str, ...] = ("6000",)
    multicurrency_accruals: tuple[str, ...] = ("6000",)
    """Those that take other currencies than the company's own."""
    find_invoices: Callable[[], tuple[KnownInvoice, ...]] = tuple
    """Looks for open invoices when somebody needs one, since that can take its time."""
