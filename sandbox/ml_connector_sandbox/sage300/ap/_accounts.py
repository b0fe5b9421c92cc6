"""G/L accounts that A/P amounts are charged to (Sage sheet §5.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.ap._checks import APPLICATION, is_error
from ml_connector_sandbox.sage300.gl._ledger import ledger_of
from ml_connector_sandbox.sage300.writing._checks import field_invalid

if TYPE_CHECKING:
    from ml_connector_sandbox.sage300.writing._session import Session


@dataclass(frozen=True, slots=True)
class Account:
    """An account that can be posted to."""

    number: str
    """Without separators."""
    description: str


def check_account(session: Session, number: str, *, currency: str) -> Account:
    """Return the account, when A/P may charge amounts in `currency` to it.

    How strict the check is, is the company profile's to say: `None`, `Warning` or `Error` for
    accounts that do not exist or are inactive (§4.6).

    Raises:
        WebApiError: It does not exist, is inactive, prohibited, another ledger's alone, or does
            not take the currency.
    """
    ledger = ledger_of(session.company)
    accounts = ledger.accounts
    bare = accounts.find(number)
    if bare is None:
        if session.is_installed("GL", "GLAccounts") and is_error(session, "NonexistentGLAccount"):
            raise field_invalid(f"Account '{number}' is not defined in General Ledger.")
        return Account(number, "")
    if accounts.field(bare, "Status") == "Inactive" and is_error(session, "InactiveGLAccount"):
        raise field_invalid(f"Account '{number}' is inactive.")
    if accounts.posting_rule(bare) == "Prohibited":
        raise field_invalid(f"Posting to account '{number}' is prohibited.")
    if not accounts.takes_ledger(bare, APPLICATION):
        raise field_invalid(f"Account '{number}' is a control account of another ledger.")
    is_strict = session.switches.text("ap_functional_accounts") == "refused"
    home = ledger.home_currency
    if is_strict and currency and not accounts.takes_currency(bare, currency, home=home):
        raise field_invalid(f"Currency {currency} is not allowed for account '{number}'.")
    return Account(bare, accounts.field(bare, "Description"))
