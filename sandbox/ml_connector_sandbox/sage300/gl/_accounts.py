"""Accounts as posting sees them (Sage sheet §4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import details_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox.sage300._records import Company

_SEGMENTS = 10


class Accounts:
    """Looks into `GLAccounts` as it stands; an unknown account is an ordinary one."""

    def __init__(self, company: Company) -> None:
        """Look into the accounts of `company`."""
        self._company = company

    def find(self, number: str) -> str | None:
        """Return the unformatted number of an account given with or without separators."""
        if self._field(number, "UnformattedAccount") is not None:
            return number
        bare = "".join(letter for letter in number if letter.isalnum())
        return bare if self._field(bare, "UnformattedAccount") is not None else None

    def field(self, account: str, name: str) -> str:
        """Return a text of an account's record; blank when there is none."""
        return str(self._field(account, name) or "")

    def posting_rule(self, account: str) -> str:
        """Return `Detail`, `Consolidated` or `Prohibited`."""
        return self.field(account, "PostToAccount") or "Detail"

    def takes_currency(self, account: str, currency: str, *, home: str) -> bool:
        """Tell whether lines on `account` may be in `currency` (§4.2)."""
        if currency == home:
            return True
        if self.field(account, "Multicurrency") != "Yes":
            return False
        if self.field(account, "SpecificCurrency") != "SpecificCurrencies":
            return True
        allowed = self.details(account, "AccountValidCurrencies")
        return any(detail["CurrencyCode"] == currency for detail in allowed)

    def takes_ledger(self, account: str, ledger: str) -> bool:
        """Tell whether `ledger` may post to `account`: control accounts are a subledger's (M).

        A control account that names no subledger takes any of them, and no journal.
        """
        if self.field(account, "ControlAccount") != "Yes":
            return True
        details = self.details(account, "ControlAccountSubledgers")
        named = [detail["SubledgerCode"] for detail in details]
        return ledger in named if named else ledger != "GL"

    def details(self, account: str, collection: str) -> list[dict[str, object]]:
        """Return details of an account's record."""
        return list(details_of(self._field(account, collection)))

    def closing_account(self, account: str) -> str:
        """Return where a year's balance of `account` goes: to itself, or retained earnings.

        Income accounts close to the closing account of one of their segment codes, or else to
        the company's first retained earnings account (M: `GLSegmentCodes.ClosingAccount`).
        """
        if self.field(account, "AccountType") != "IncomeStatement":
            return account
        closing = self._closing_accounts()
        for number in range(1, _SEGMENTS + 1):
            code = self.field(account, f"AccountSegmentCode{number}")
            if code and (number, code) in closing:
                return closing[number, code]
        return self._retained_earnings() or account

    def close_year(self, year: int) -> None:
        """Note in every account which year was closed last (§4.2)."""
        table = self._company.find_table("GL", "GLAccounts")
        if table is None:
            return
        position = table.resource.index["YearLastClosed"]
        for row in list(table.rows_between()):
            row[position] = year
            table.put(row)

    def _closing_accounts(self) -> Mapping[tuple[int, str], str]:
        table = self._company.find_table("GL", "GLSegmentCodes")
        if table is None:
            return {}
        index = table.resource.index
        return {
            (int(str(row[index["SegmentNumber"]])), str(row[index["SegmentCode"]])): str(
                row[index["ClosingAccount"]]
            )
            for row in table.rows_between()
            if row[index["ClosingAccount"]] and str(row[index["SegmentNumber"]]).isdigit()
        }

    def _retained_earnings(self) -> str:
        table = self._company.find_table("GL", "GLAccounts")
        if table is None:
            return ""
        kind = table.resource.index["AccountType"]
        found = (row for row in table.rows_between() if row[kind] == "RetainedEarnings")
        return str(next((table.key_of(row) for row in found), ""))

    def _field(self, account: str, name: str) -> object:
        table = self._company.find_table("GL", "GLAccounts")
        row = table.find(account) if table is not None else None
        if table is None or row is None or name not in table.resource.index:
            return None
        return row[table.resource.index[name]]
