"""What the company's books allow: accounts, currencies, periods, source codes; read once a run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from ml_connector.errors import MismatchError
from ml_connector.sage300 import Spelling, parse_date

from target_sage300._rows import fetch_rows, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ml_connector.sage300 import Sage300Client, ServiceMetadata

_PERIODS_MAX = 13


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account as posting sees it; `number` is unformatted (Sage sheet §4.2)."""

    number: str
    is_active: bool
    posting_rule: str
    is_control: bool
    is_multicurrency: bool
    has_own_currencies: bool


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """The set-up of one company."""

    home_currency: str
    accounts: Mapping[str, Account]
    decimals: Mapping[str, int]
    """Decimals of each currency."""
    periods: tuple[tuple[dt.date, dt.date], ...]
    """First and last day of every fiscal period."""
    source_codes: frozenset[tuple[str, str]]
    allowed_currencies: Mapping[str, frozenset[str]]
    """Of the accounts that name their currencies."""

    def find_account(self, number: str) -> Account | None:
        """Find an account given with or without separators, in any case."""
        bare = "".join(letter for letter in number if letter.isalnum()).upper()
        return self.accounts.get(number.upper()) or self.accounts.get(bare)

    def find_period(self, day: dt.date) -> dt.date | None:
        """Return the first day of the fiscal period that has `day`; `None` outside of all."""
        return next((first for first, last in self.periods if first <= day <= last), None)

    def has_period_after(self, day: dt.date) -> bool:
        """Tell whether a fiscal period begins after the one that has `day`."""
        return any(first > day for first, _ in self.periods)

    def takes_currency(self, account: Account, currency: str) -> bool:
        """Tell whether lines on the account may be in the currency."""
        if currency == self.home_currency:
            return True
        if not account.is_multicurrency:
            return False
        if not account.has_own_currencies:
            return True
        return currency in self.allowed_currencies.get(account.number, frozenset())


def fetch_books(client: Sage300Client, *, metadata: ServiceMetadata) -> Books:
    """Read what entries are checked against; `metadata` is that of G/L.

    Raises:
        RemoteError: a resource cannot be read; the message names the right that is missing.
        MismatchError: the company has no profile.
    """
    common = client.fetch_metadata("CS")
    accounts = {one.number.upper(): one for one in _fetch_accounts(client, metadata)}
    return Books(
        home_currency=_fetch_home_currency(client, common),
        accounts=accounts,
        decimals=dict(_fetch_decimals(client, common)),
        periods=tuple(_fetch_periods(client, common)),
        source_codes=frozenset(_fetch_source_codes(client, metadata)),
        allowed_currencies=_fetch_allowed(client, accounts.values(), Spelling(metadata, _ACCOUNTS)),
    )


_ACCOUNTS = "GLAccounts"
_ACCOUNT_FIELDS = (
    *("UnformattedAccount", "Status", "PostToAccount", "ControlAccount", "Multicurrency"),
    "SpecificCurrency",
)


def _fetch_accounts(client: Sage300Client, metadata: ServiceMetadata) -> Iterator[Account]:
    for row in fetch_rows(client, "GL", Spelling(metadata, _ACCOUNTS), *_ACCOUNT_FIELDS):
        yield Account(
            number=read_text(row, "UnformattedAccount"),
            is_active=read_text(row, "Status") != "Inactive",
            posting_rule=read_text(row, "PostToAccount") or "Detail",
            is_control=read_text(row, "ControlAccount") == "Yes",
            is_multicurrency=read_text(row, "Multicurrency") == "Yes",
            has_own_currencies=read_text(row, "SpecificCurrency") == "SpecificCurrencies",
        )


def _fetch_allowed(
    client: Sage300Client, accounts: Iterable[Account], spelling: Spelling
) -> dict[str, frozenset[str]]:
    allowed: dict[str, frozenset[str]] = {}
    for account in accounts:
        if not (account.is_multicurrency and account.has_own_currencies):
            continue
        record = client.fetch_record("GL", spelling.resource, account.number) or {}
        rows = spelling.read(record, "AccountValidCurrencies").get("AccountValidCurrencies")
        allowed[account.number] = frozenset(
            read_text(spelling.read(row, "CurrencyCode"), "CurrencyCode")
            for row in (rows if isinstance(rows, list) else [])
        )
    return allowed


def _fetch_home_currency(client: Sage300Client, metadata: ServiceMetadata) -> str:
    spelling = Spelling(metadata, "CSCompanyProfile")
    for row in fetch_rows(client, "CS", spelling, "FunctionalCurrency"):
        return read_text(row, "FunctionalCurrency")
    raise MismatchError(
        "resource",
        "CSCompanyProfile",
        expected="the company's profile",
        found="nothing",
        remedy="Give the user the right to view the company profile in Common Services.",
    )


def _fetch_decimals(client: Sage300Client, metadata: ServiceMetadata) -> Iterator[tuple[str, int]]:
    spelling = Spelling(metadata, "CSCurrencyCodes")
    for row in fetch_rows(client, "CS", spelling, "CurrencyCodeKey", "DecimalPlaces"):
        # A numeric member of an enum is spelled `Num2` (Sage sheet §3.4).
        decimals = read_text(row, "DecimalPlaces").removeprefix("Num")
        if decimals.isdigit():
            yield read_text(row, "CurrencyCodeKey"), int(decimals)


def _fetch_periods(
    client: Sage300Client, metadata: ServiceMetadata
) -> Iterator[tuple[dt.date, dt.date]]:
    names = [
        (f"FiscalPeriod{number}StartDate", f"FiscalPeriod{number}EndDate")
        for number in range(1, _PERIODS_MAX + 1)
    ]
    spelling = Spelling(metadata, "CSFiscalCalendars")
    flat = [name for pair in names for name in pair if spelling.has(name)]
    for row in fetch_rows(client, "CS", spelling, "FiscalYear", *flat):
        for first_name, last_name in names:
            first, last = parse_date(row.get(first_name)), parse_date(row.get(last_name))
            if first and last:
                yield first, last


def _fetch_source_codes(
    client: Sage300Client, metadata: ServiceMetadata
) -> Iterator[tuple[str, str]]:
    spelling = Spelling(metadata, "GLSourceCodes")
    key = ("SourceLedger", "SourceType")
    for row in fetch_rows(client, "GL", spelling, *key, key=key):
        yield read_text(row, "SourceLedger"), read_text(row, "SourceType")
