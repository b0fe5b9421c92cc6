"""What is checked of a journal entry, at insertion and at posting (Sage sheet §5.6).

Checks return what there is to object to. At insertion the company profile decides how much
weight an objection has (`None`, `Warning`, `Error`); at posting each one puts the entry into
an error batch.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from ml_connector_sandbox.sage300._fiscal import (
    FiscalCalendar,
    FiscalPeriod,
    fiscal_calendar,
    is_locked,
)
from ml_connector_sandbox.sage300._values import plain_number
from ml_connector_sandbox.sage300.gl._ledger import ledger_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

_AMOUNT_BELOW = 10**16
"""Amounts are packed decimals of ten bytes with three decimals (M)."""


class Policy(Enum):
    """Settings of the company profile that weigh an objection (§4.6, M)."""

    ALWAYS = ""
    LOCKED_PERIOD = "LockedFiscalPeriod"
    INACTIVE_ACCOUNT = "InactiveGLAccount"
    MISSING_ACCOUNT = "NonexistentGLAccount"


class Objection(NamedTuple):
    """One reason why an entry cannot be posted."""

    code: str
    """The Web API's error code."""
    message: str
    policy: Policy = Policy.ALWAYS


class EntryChecker:
    """Checks entries of one request; what it looks up, it looks up once."""

    def __init__(self, session: Session) -> None:
        """Check by the company's records as they stand."""
        self._session = session
        self._ledger = ledger_of(session.company)
        self.calendar: FiscalCalendar = fiscal_calendar(session.company)
        self._known: dict[tuple[str, str, str], tuple[Objection, ...]] = {}

    def check_at_insertion(self, entry: JsonObject, *, batch_type: str) -> Iterator[Objection]:
        """Yield what refuses an entry now, by switches and company profile."""
        switches = self._session.switches
        if switches.text("journal_checks") == "insert_and_post":
            for objection in self._check_references(entry, batch_type=batch_type):
                if self._weight(objection.policy) == "Error":
                    yield objection
        yield from self._check_amounts(entry)
        if switches.text("unbalanced_entries") == "refused":
            yield from check_balance(entry)

    def check_at_posting(self, entry: JsonObject, *, batch_type: str) -> Iterator[Objection]:
        """Yield what keeps an entry from being posted, whatever the profile says."""
        yield from self._check_references(entry, batch_type=batch_type)
        if not entry["JournalDetails"]:
            yield Objection("RecordInvalid", f"Entry {entry['EntryNumber']} has no details.")
        yield from check_balance(entry)
        yield from self._check_reversal(entry)

    def reversal_period(self, entry: JsonObject) -> FiscalPeriod | None:
        """Return the period in which an entry is to be reversed; None without any."""
        if entry["AutoReversal"] == "SpecificPeriod":
            number = _number(entry["SpecificReversalPeriod"])
            return self.calendar.find_period(str(entry["SpecificReversalYear"]), number)
        number = _number(entry["FiscalPeriod"])
        period = self.calendar.find_period(str(entry["FiscalYear"]), number)
        return self.calendar.find_next(period) if period is not None else None

    def _weight(self, policy: Policy) -> str:
        table = self._session.company.find_table("CS", "CSCompanyProfile")
        if policy is Policy.ALWAYS or table is None or not len(table):
            return "Error"
        return str(next(table.rows_between())[table.resource.index[policy.value]])

    def _check_references(self, entry: JsonObject, *, batch_type: str) -> Iterator[Objection]:
        source = (entry["SourceLedger"], entry["SourceType"])
        if self._session.lacks("GL", "GLSourceCodes", source):
            yield Objection("FieldInvalid", f"Source code {'-'.join(source)} was not found.")
        yield from self._check_period(str(entry["FiscalYear"]), _number(entry["FiscalPeriod"]))
        ledger = source[0] if batch_type == "Subledger" else "GL"
        for line in entry["JournalDetails"]:
            yield from self._check_account(
                str(line["AccountNumber"]), currency=str(line["SourceCurrency"]), ledger=ledger
            )
            if line["Quantity"] and not self._takes_quantities(str(line["AccountNumber"])):
                yield Objection(
                    "FieldInvalid", f"Account {line['AccountNumber']} does not allow quantities."
                )

    def _check_period(self, year: str, number: int) -> Iterator[Objection]:
        if self.calendar.find_period(year, number) is None:
            yield Objection(
                "FieldInvalid",
                f"Fiscal period {year}-{number:02} is not in the fiscal calendar.",
            )
        elif is_locked("GL", year, number, switches=self._session.switches):
            yield Objection(
                self._session.switches.text("locked_period_code"),
                f"Fiscal period {year}-{number:02} is locked for G/L.",
                Policy.LOCKED_PERIOD,
            )

    def _check_reversal(self, entry: JsonObject) -> Iterator[Objection]:
        if entry["AutoReversal"] == "AutoReversalOff":
            return
        period = self.reversal_period(entry)
        if period is None:
            message = "The period of the reversal is not in the fiscal calendar."
            yield Objection("FieldInvalid", message)
        else:
            yield from self._check_period(period.year, period.number)

    def _check_account(self, account: str, *, currency: str, ledger: str) -> tuple[Objection, ...]:
        key = (account, currency, ledger)
        if key not in self._known:
            self._known[key] = tuple(self._object_to_account(*key))
        return self._known[key]

    def _object_to_account(self, account: str, currency: str, ledger: str) -> Iterator[Objection]:
        accounts = self._ledger.accounts
        if not self._session.is_installed("GL", "GLAccounts"):
            return
        if accounts.find(account) is None:
            message = f"Account {account or '(blank)'} is not defined in General Ledger."
            yield Objection("FieldInvalid", message, Policy.MISSING_ACCOUNT)
            return
        if accounts.field(account, "Status") == "Inactive":
            message = f"Account {account} is inactive."
            yield Objection("FieldInvalid", message, Policy.INACTIVE_ACCOUNT)
        if accounts.posting_rule(account) == "Prohibited":
            yield Objection("FieldInvalid", f"Posting to account {account} is prohibited.")
        if not accounts.takes_ledger(account, ledger):
            message = f"Account {account} is a control account; {ledger} cannot post to it."
            yield Objection("FieldInvalid", message)
        if self._session.lacks("CS", "CSCurrencyCodes", currency):
            yield Objection("FieldInvalid", f"Currency {currency} was not found.")
        elif not accounts.takes_currency(account, currency, home=self._ledger.home_currency):
            message = f"Currency {currency} is not allowed for account {account}."
            yield Objection("FieldInvalid", message)

    def _takes_quantities(self, account: str) -> bool:
        return self._ledger.accounts.field(account, "QuantitiesAllowed") == "Yes"

    def _check_amounts(self, entry: JsonObject) -> Iterator[Objection]:
        for line in entry["JournalDetails"]:
            for name, currency in (
                ("Amount", self._ledger.home_currency),
                ("SourceCurrencyAmount", str(line["SourceCurrency"])),
            ):
                decimals = self._ledger.decimals_of(currency)
                amount = Decimal(line[name])
                if abs(amount) >= _AMOUNT_BELOW or amount != round(amount, decimals):
                    message = f"{name}: {amount:f} does not fit {currency} ({decimals} decimals)."
                    yield Objection("FieldInvalid", message)


def check_balance(entry: JsonObject) -> Iterator[Objection]:
    """Object to an entry whose debits and credits differ in functional currency."""
    if entry["OutOfBalanceBy"]:
        difference = plain_number(entry["OutOfBalanceBy"])
        message = (
            f"Entry {entry['EntryNumber']} is out of balance by {difference}. "
            "Debits must equal credits."
        )
        yield Objection("RecordInvalid", message)


def _number(period: object) -> int:
    text = str(period).removeprefix("Num")
    return int(text) if text.isdigit() else 0
