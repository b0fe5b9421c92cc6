"""Posting to the General Ledger: the one way in which figures reach its books.

`post_entries` turns balanced entries into rows of `GLPostedTransactions` and
`GLPostingJournalDetails` and adds the same amounts to `GLAccountFiscalSets` (Sage sheet §4.2, C
and M). Whoever posts (journals, payables, day end) goes through it, so the three agree by
construction and the trial balance is zero. Only the generated history writes rows of its own, for
speed (`books`); an auditor in the tests holds it to the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from ml_connector_sandbox.sage300._values import Number, plain_number
from ml_connector_sandbox.sage300.gl._fiscal_sets import FiscalSets, Movement
from ml_connector_sandbox.sage300.gl._journal_rows import JournalRows, TransactionRows
from ml_connector_sandbox.sage300.gl._ledger import Ledger, ledger_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ml_connector_sandbox.sage300._records import Company

_TRANSACTION_STEP = 20


class PostedLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of an entry as it is posted; debits are positive."""

    account: str
    amount: Number
    """In functional currency."""
    source_amount: Number | None = None
    """In the line's currency; None when it is the functional one."""
    currency: str = ""
    """Blank for the functional currency."""
    rate: Number = 1
    rate_type: str = ""
    rate_date: str | None = None
    rate_operator: str = "1"
    """`1` multiplies, `2` divides (M)."""
    quantity: Number = 0
    number: str = ""
    """Transaction number; blank for steps of 20 within the entry (§4.2)."""
    date: str | None = None
    """Journal date as stored; None for the entry's posting date."""
    description: str = ""
    reference: str = ""


class PostedEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry as it is posted. Dates are stored texts, `2024-01-31T00:00:00Z`."""

    batch: str
    """Six digits, `000123`."""
    number: str = "00001"
    year: str
    period: str
    """Two digits, `01`."""
    posting_date: str
    document_date: str | None = None
    """None for the posting date."""
    source_ledger: str = "GL"
    source_type: str
    lines: Sequence[PostedLine]
    auto_reversal: str = "AutoReversalOff"
    originator: str = ""
    description: str = ""
    drill_down_type: str = ""
    drill_down_link: Number = 0
    drill_down_source: str = ""


def post_entries(
    company: Company,
    entries: Iterable[PostedEntry],
    *,
    keep_journals: bool = True,
    merge_journals: bool = False,
) -> int:
    """Post `entries` under the next posting sequence and return that sequence.

    Lines on accounts that post `Consolidated` are merged in `GLPostedTransactions`, by account,
    period, currency and source code; description and reference are lost (§4.2, I).

    Args:
        company: The company posted to.
        entries: Entries that balance in functional currency.
        keep_journals: Whether posting journals are written, too; users may have cleared them.
        merge_journals: Whether consolidation merges lines of the posting journal as well.

    Raises:
        ValueError: An entry does not balance; nothing was posted.
    """
    posted = list(entries)
    for entry in posted:
        _check_balance(entry)
    ledger = ledger_of(company)
    sequence = ledger.take_sequence()
    _Posting(company, ledger, sequence).write(
        posted, keep_journals=keep_journals, merge_journals=merge_journals
    )
    return sequence


def _check_balance(entry: PostedEntry) -> None:
    total: Number = 0
    for line in entry.lines:
        total += line.amount
    if total:
        message = f"entry {entry.number} of batch {entry.batch} is out of balance by {total}"
        raise ValueError(message)


class _Posting:
    """One posting sequence under way."""

    def __init__(self, company: Company, ledger: Ledger, sequence: int) -> None:
        self._company = company
        self._ledger = ledger
        self._sequence = sequence
        self._consolidated: dict[str, bool] = {}

    def write(
        self, entries: Sequence[PostedEntry], *, keep_journals: bool, merge_journals: bool
    ) -> None:
        transactions = TransactionRows(self._company, self._ledger, sequence=self._sequence)
        journals = JournalRows(self._company, self._ledger, sequence=self._sequence)
        for entry in entries:
            transactions.begin(entry)
            journals.begin(entry)
            for position, line in enumerate(entry.lines, start=1):
                number = transaction_number(line, position)
                merged = self._is_consolidated(line.account)
                transactions.add(line, number=number, is_consolidated=merged, is_merged=merged)
                if keep_journals:
                    journals.add(
                        line,
                        number=number,
                        is_consolidated=merged,
                        is_merged=merged and merge_journals,
                    )
        transactions.finish()
        journals.finish()
        FiscalSets(self._company, self._ledger).add(movements_of(entries, self._ledger))

    def _is_consolidated(self, account: str) -> bool:
        known = self._consolidated.get(account)
        if known is None:
            known = self._ledger.accounts.posting_rule(account) == "Consolidated"
            self._consolidated[account] = known
        return known


def movements_of(entries: Iterable[PostedEntry], ledger: Ledger) -> Mapping[Movement, Number]:
    """Sum the lines of `entries` by account, year, period, designator and currency."""
    sums: dict[Movement, Number] = {}
    home = ledger.home_currency
    for entry in entries:
        year, period = entry.year, entry.period
        for line in entry.lines:
            parts = [("A", home, "F", line.amount)]
            if line.currency not in ("", home):
                parts.append(("A", line.currency, "S", source_amount_of(line)))
                parts.append(("A", line.currency, "E", line.amount))
            if line.quantity:
                parts.append(("Q", home, "F", line.quantity))
            for designator, currency, currency_type, amount in parts:
                key = Movement(line.account, year, period, designator, currency, currency_type)
                sums[key] = sums.get(key, 0) + amount
    return {key: plain_number(amount) for key, amount in sums.items() if amount}


def transaction_number(line: PostedLine, position: int) -> str:
    """Return the number of a line, the `position`th of its entry (§4.2: steps of 20)."""
    return line.number or f"{position * _TRANSACTION_STEP:010}"


def source_amount_of(line: PostedLine) -> Number:
    """Return the line's amount in its own currency."""
    return line.amount if line.source_amount is None else line.source_amount
