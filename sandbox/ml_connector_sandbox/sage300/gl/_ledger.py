"""What the General Ledger knows and does not show: its counters, its year, its accounts.

Kept with the company, so that a reset company starts over. Whatever can be read from the
records (after a `--data` folder was loaded, say) is read from them.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.gl._accounts import Accounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox.sage300._records import Company
    from ml_connector_sandbox.sage300._values import Number
    from ml_connector_sandbox.sage300.gl._fiscal_sets import Movement

_KEPT_AS = "gl"
_SEQUENCES = (
    ("GLPostedTransactions", "PostingSequenceNumber"),
    ("GLPostingJournalDetails", "Postingsequencenumber"),
    ("GLJournalBatches", "PostingSequence"),
)


class Ledger:
    """The unseen half of one company's General Ledger."""

    def __init__(self, company: Company) -> None:
        """Start where the company's records are."""
        self._company = company
        self.accounts = Accounts(company)
        self.home_currency = _home_currency(company)
        self.locked_batches: dict[str, str] = {}
        """Users at a desk who have a batch open, by batch."""
        self.provisional: dict[str, Mapping[Movement, Number]] = {}
        """What provisional posting added to the fiscal sets, by batch."""

    # Read when first needed: to read the ledger of a generated company is to write its history.

    @cached_property
    def current_year(self) -> str:
        """The fiscal year into which balances were carried forward last; blank at first."""
        return _last_year(self._company)

    @cached_property
    def _sequence(self) -> int:
        return max(_greatest(self._company, name, field) for name, field in _SEQUENCES)

    @cached_property
    def _batch(self) -> int:
        return _greatest(self._company, "GLJournalBatches", "BatchNumber")

    def take_sequence(self) -> int:
        """Return the next posting sequence number (§4.2: monotonic per company)."""
        self._sequence += 1
        return self._sequence

    def take_batch_number(self) -> str:
        """Return the next batch number; numbers are never used again (§4.2)."""
        self._batch += 1
        return f"{self._batch:06}"

    def decimals_of(self, currency: str) -> int:
        """Return a currency's decimals by `CSCurrencyCodes` (§4.6); 2 when it is not there."""
        table = self._company.find_table("CS", "CSCurrencyCodes")
        row = table.find(currency or self.home_currency) if table is not None else None
        if table is None or row is None:
            return 2
        return int(str(row[table.resource.index["DecimalPlaces"]]).removeprefix("Num"))


def ledger_of(company: Company) -> Ledger:
    """Return the company's ledger, the same one every time."""
    kept = company.unseen.get(_KEPT_AS)
    if not isinstance(kept, Ledger):
        kept = company.unseen[_KEPT_AS] = Ledger(company)
    return kept


def _greatest(company: Company, name: str, field: str) -> int:
    table = company.find_table("GL", name)
    if table is None or field not in table.resource.index:
        return 0
    index = table.resource.index[field]
    values = (str(row[index]) for row in table.rows_between())
    return max((int(value) for value in values if value.isdigit()), default=0)


def _home_currency(company: Company) -> str:
    table = company.find_table("CS", "CSCompanyProfile")
    if table is None or not len(table):
        return ""
    row = next(table.rows_between())
    return str(row[table.resource.index["FunctionalCurrency"]])


def _last_year(company: Company) -> str:
    table = company.find_table("GL", "GLAccountFiscalSets")
    if table is None:
        return ""
    year, designator = (
        table.resource.index["FiscalSetYear"],
        table.resource.index["FiscalSetDesignator"],
    )
    actuals = (str(row[year]) for row in table.rows_between() if row[designator] == "A")
    return max(actuals, default="")
