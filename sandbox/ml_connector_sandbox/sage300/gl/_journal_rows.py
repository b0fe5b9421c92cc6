"""Rows of posted transactions and posting journals, made of posted lines (Sage sheet §4.2, C).

Rows are made by the hundred thousand when a company is generated: what belongs to an entry is
put once, into a row that its lines are copied from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300._values import Number, plain_number, stored_row

if TYPE_CHECKING:
    from ml_connector_sandbox.sage300._records import Company, Row
    from ml_connector_sandbox.sage300.gl._ledger import Ledger
    from ml_connector_sandbox.sage300.gl._posting import PostedEntry, PostedLine

_Names = tuple[str, ...]

# What belongs to the sequence, the entry and the line, in the order of the values made below.
_OF_TRANSACTION: tuple[_Names, _Names, _Names] = (
    ("PostingSequenceNumber", "HomeCurrencyCode", "CompanyID"),
    (
        "FiscalYear",
        "FiscalPeriod",
        "SourceLedgerCode",
        "SourceTypeCode",
        "BatchNumber",
        "JournalEntryNumber",
        "DocumentDate",
        "DrillDownType",
        "DrillDownLinkNumber",
        "DrillDownApplicationSource",
    ),
    (
        "AccountNumber",
        "JournalTransactionNumber",
        "JournalDate",
        "JournalDetailDescription",
        "JournalDetailReference",
        "JournalTransactionAmount",
        "JournalTransactionQuantity",
        "SourceCurrencyCode",
        "NbrOfSourceCurrencyDecimals",
        "SourceCurrencyAmount",
        "CurrencyRateTableType",
        "DateOfCurrencyRateSelected",
        "CurrencyRateForConversion",
        "CurrencyRateOperator",
        "ConsolidationOccurredOnPost",
        "SCURNCODE",
        "DetailCount",
    ),
)
_OF_JOURNAL: tuple[_Names, _Names, _Names] = (
    ("Postingsequencenumber", "Homecurrencycode", "CompanyID"),
    (
        "Fiscalyear",
        "Fiscalperiod",
        "SourceLedgerCode",
        "SourceTypeCode",
        "BatchNumber",
        "Journalentrynumber",
        "DocumentDate",
        "PostingDate",
        "Originator",
        "AutoReversal",
    ),
    (
        "AccountNumber",
        "Journaltransactionnumber",
        "Journaldate",
        "Journaldetaildescription",
        "Journaldetailreference",
        "Journaltransactionamount",
        "Journaltransactionquantity",
        "Sourcecurrencycode",
        "NbrOfsourcecurrencydecimals",
        "Sourcecurrencyamount",
        "Currencyratetabletype",
        "DateOfcurrencyrateselected",
        "CurrencyrateForconversion",
        "Currencyrateoperator",
        "ConsolidationoccurredOnpost",
    ),
)
# Positions within the third group, as far as merging needs them.
_DESCRIPTION, _REFERENCE, _AMOUNT, _QUANTITY, _SOURCE_AMOUNT = 3, 4, 5, 6, 9


class RowMaker:
    """Makes the rows of one resource for one posting sequence."""

    _resource = ""
    _names: tuple[_Names, _Names, _Names] = ((), (), ())

    def __init__(self, company: Company, ledger: Ledger, *, sequence: int) -> None:
        """Write into the resource's table; without one, into nothing."""
        self._table = company.find_table("GL", self._resource)
        self._home = ledger.home_currency
        self._ledger = ledger
        self._decimals: dict[str, str] = {}
        self._merged: dict[tuple[object, ...], Row] = {}
        self._count = 0
        self._row: Row = []
        if self._table is None:
            return
        resource = self._table.resource
        shared, entry, line = ([resource.index[name] for name in part] for part in self._names)
        self._entry_positions, self._line_positions = entry, line
        self._blank = stored_row(resource.properties, {})
        self._put(self._blank, shared, (sequence, self._home, company.database_id))

    def begin(self, entry: PostedEntry) -> None:
        """Turn to the lines of `entry`."""
        self._entry = entry
        if self._table is not None:
            self._row = self._blank.copy()
            self._put(self._row, self._entry_positions, self._values_of_entry(entry))

    def add(self, line: PostedLine, *, number: str, is_consolidated: bool, is_merged: bool) -> None:
        """Add one line of the present entry; a merged one is stored by `finish`."""
        if self._table is None:
            return
        entry, currency = self._entry, line.currency or self._home
        key = (
            line.account,
            entry.year,
            entry.period,
            currency,
            entry.source_ledger,
            entry.source_type,
        )
        if is_merged and key in self._merged:
            self._merge(self._merged[key], line)
            return
        row = self._row.copy()
        self._count += 1
        self._put(
            row,
            self._line_positions,
            self._values_of_line(line, currency, number, "Yes" if is_consolidated else "No"),
        )
        if is_merged:
            row[self._line_positions[_DESCRIPTION]] = row[self._line_positions[_REFERENCE]] = ""
            self._merged[key] = row
        else:
            self._table.put(row)

    def finish(self) -> None:
        """Store what was merged."""
        for row in self._merged.values():
            if self._table is not None:
                self._table.put(row)

    def _values_of_entry(self, entry: PostedEntry) -> tuple[object, ...]:
        return (
            entry.year,
            entry.period,
            entry.source_ledger,
            entry.source_type,
            entry.batch,
            entry.number,
            entry.document_date or entry.posting_date,
        )

    def _values_of_line(
        self,
        line: PostedLine,
        currency: str,
        number: str,
        flag: str,
    ) -> tuple[object, ...]:
        date = line.date or self._entry.posting_date
        return (
            line.account,
            number,
            date,
            line.description,
            line.reference,
            line.amount,
            line.quantity,
            currency,
            self._decimals_of(currency),
            line.amount if line.source_amount is None else line.source_amount,
            line.rate_type,
            line.rate_date or date,
            line.rate,
            line.rate_operator,
            flag,
        )

    def _merge(self, row: Row, line: PostedLine) -> None:
        source = line.amount if line.source_amount is None else line.source_amount
        for place, amount in (
            (_AMOUNT, line.amount),
            (_QUANTITY, line.quantity),
            (_SOURCE_AMOUNT, source),
        ):
            position = self._line_positions[place]
            before = row[position]
            if isinstance(before, Number):
                row[position] = plain_number(before + amount)

    def _decimals_of(self, currency: str) -> str:
        if currency not in self._decimals:
            self._decimals[currency] = str(self._ledger.decimals_of(currency))
        return self._decimals[currency]

    @staticmethod
    def _put(row: Row, positions: list[int], values: tuple[object, ...]) -> None:
        for position, value in zip(positions, values, strict=True):
            row[position] = value


class TransactionRows(RowMaker):
    """Makes rows of `GLPostedTransactions`, numbered within their sequence."""

    _resource = "GLPostedTransactions"
    _names = _OF_TRANSACTION

    @override
    def _values_of_entry(self, entry: PostedEntry) -> tuple[object, ...]:
        drill_down = (entry.drill_down_type, entry.drill_down_link, entry.drill_down_source)
        return (*super()._values_of_entry(entry), *drill_down)

    @override
    def _values_of_line(
        self,
        line: PostedLine,
        currency: str,
        number: str,
        flag: str,
    ) -> tuple[object, ...]:
        return (*super()._values_of_line(line, currency, number, flag), currency, self._count)


class JournalRows(RowMaker):
    """Makes rows of `GLPostingJournalDetails`."""

    _resource = "GLPostingJournalDetails"
    _names = _OF_JOURNAL

    @override
    def _values_of_entry(self, entry: PostedEntry) -> tuple[object, ...]:
        journal = (entry.posting_date, entry.originator, entry.auto_reversal)
        return (*super()._values_of_entry(entry), *journal)
