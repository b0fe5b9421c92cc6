"""The ledger as records: batches, posted transactions, posting journals, fiscal sets.

Cleared: posted transactions and batches of the first year, posting journals of all years before
the last one (Sage sheet §4.2: users clear them; balances stay).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._rates import FUNCTIONAL_CURRENCY
from ml_connector_sandbox.sage300.books import _texts
from ml_connector_sandbox.sage300.books._ledger import CLOSING_PERIOD, PERIODS
from ml_connector_sandbox.sage300.books._rows import DetailSheet, Sheet
from ml_connector_sandbox.sage300.catalog import gl
from ml_connector_sandbox.sage300.gl._rates import MULTIPLY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Row
    from ml_connector_sandbox.sage300.books._chart import Account
    from ml_connector_sandbox.sage300.books._ledger import GLBatch, GLEntry, GLLine, Ledger

_STEP = 20
_DECIMALS = "2"


class GLRows:
    """Makes the rows of General Ledger."""

    def __init__(self, ledger: Ledger, *, accounts: Mapping[str, Account], company: str) -> None:
        """Show `ledger`, after it was closed."""
        self._ledger = ledger
        self._calendar = ledger.calendar
        self._accounts = accounts
        self._company = company
        self._headers = DetailSheet(gl.JOURNAL_BATCHES, "JournalHeaders")
        self._details = DetailSheet(self._headers, "JournalDetails")
        self._first_kept = self._calendar.start_of(self._calendar.years[1])

    def batches(self) -> Iterator[Row]:
        """Yield batches of every state; the first year's posted ones were cleared."""
        sheet = Sheet(gl.JOURNAL_BATCHES)
        for batch in self._ledger.batches:
            if batch.is_posted and batch.date < self._first_kept:
                continue
            yield sheet.row(
                _describe_batch(batch), JournalHeaders=partial(self._raw_headers, batch)
            )

    def transactions(self) -> Iterator[Row]:
        """Yield posted transactions of the years not cleared."""
        sheet = Sheet(gl.POSTED_TRANSACTIONS)
        for batch in self._ledger.batches:
            count = 0
            merged: dict[tuple[object, ...], JsonObject] = {}
            for entry in batch.posted:
                year, period = self._period(entry)
                if year == self._calendar.cleared:
                    continue
                for position, line in enumerate(entry.lines, start=1):
                    values = self._transaction(batch, entry, line, position)
                    values["FiscalYear"], values["FiscalPeriod"] = year, period
                    if self._accounts[line.account].posting == "Consolidated":
                        _merge(merged, values)
                        continue
                    count += 1
                    values["DetailCount"] = count
                    yield sheet.row(values)
            for values in merged.values():
                count += 1
                values["DetailCount"] = count
                yield sheet.row(values)

    def journals(self) -> Iterator[Row]:
        """Yield posting journals of this year and the last."""
        sheet = Sheet(gl.POSTING_JOURNAL_DETAILS)
        kept = set(self._calendar.years[-2:])
        for batch in self._ledger.batches:
            for entry in batch.posted:
                year, period = self._period(entry)
                if year in kept:
                    for position, line in enumerate(entry.lines, start=1):
                        values = self._journal(batch, entry, line, position)
                        yield sheet.row({**values, "Fiscalyear": year, "Fiscalperiod": period})

    def fiscal_sets(self) -> Iterator[Row]:
        """Yield balances of every year, opening balances carried forward."""
        sheet = Sheet(gl.ACCOUNT_FISCAL_SETS)
        none = [0] * PERIODS
        for year, openings in self._ledger.year_openings().items():
            movements = self._ledger.movements.get(year, {})
            for key in sorted(openings.keys() | movements.keys()):
                periods = movements.get(key)
                yield sheet.row(
                    {
                        "AccountNumber": key.account,
                        "FiscalSetYear": year,
                        "FiscalSetDesignator": "A",
                        "CurrencyCode": key.currency,
                        "CurrencyType": key.currency_type,
                        "BeginningBalance": _texts.amount(openings.get(key, 0)),
                        **period_amounts(periods or none),
                        "ActivitySwitch": "PeriodsActive" if periods else "BalanceForwardActive",
                    }
                )

    def _period(self, entry: GLEntry) -> tuple[str, str]:
        year, period = self._calendar.period_of(entry.date)
        return year, f"{CLOSING_PERIOD if entry.is_closing else period:02}"

    def _transaction(
        self, batch: GLBatch, entry: GLEntry, line: GLLine, position: int
    ) -> JsonObject:
        date = _texts.day(entry.date)
        is_consolidated = self._accounts[line.account].posting == "Consolidated"
        return {
            "AccountNumber": line.account,
            "SourceCurrencyCode": line.currency,
            "SourceLedgerCode": batch.source_ledger,
            "SourceTypeCode": entry.source_type,
            "PostingSequenceNumber": batch.sequence,
            "JournalDate": date,
            "BatchNumber": f"{batch.number:06}",
            "JournalEntryNumber": f"{entry.number:05}",
            "JournalTransactionNumber": f"{position * _STEP:010}",
            "ConsolidationOccurredOnPost": "Yes" if is_consolidated else "No",
            "CompanyID": self._company,
            "JournalDetailDescription": line.description,
            "JournalDetailReference": line.reference,
            "JournalTransactionAmount": _texts.amount(line.cents),
            "NbrOfSourceCurrencyDecimals": _DECIMALS,
            "SourceCurrencyAmount": _texts.amount(line.source_cents),
            "HomeCurrencyCode": FUNCTIONAL_CURRENCY,
            "CurrencyRateTableType": _texts.rate_type(line.currency),
            "SCURNCODE": line.currency,
            "DateOfCurrencyRateSelected": date,
            "CurrencyRateForConversion": _texts.rate(line.rate),
            "CurrencyRateOperator": MULTIPLY,
            "DrillDownLinkNumber": entry.drill_down,
            "DrillDownApplicationSource": batch.source_ledger if entry.drill_down else "",
            "DocumentDate": _texts.day(entry.document_date or entry.date),
        }

    def _journal(self, batch: GLBatch, entry: GLEntry, line: GLLine, position: int) -> JsonObject:
        date = _texts.day(entry.date)
        is_consolidated = self._accounts[line.account].posting == "Consolidated"
        return {
            "Postingsequencenumber": batch.sequence,
            "BatchNumber": f"{batch.number:06}",
            "Journalentrynumber": f"{entry.number:05}",
            "Journaltransactionnumber": f"{position * _STEP:010}",
            "Journaldate": date,
            "SourceLedgerCode": batch.source_ledger,
            "SourceTypeCode": entry.source_type,
            "ConsolidationoccurredOnpost": "Yes" if is_consolidated else "No",
            "AccountNumber": line.account,
            "CompanyID": self._company,
            "Journaldetaildescription": line.description,
            "Journaldetailreference": line.reference,
            "Journaltransactionamount": _texts.amount(line.cents),
            "NbrOfsourcecurrencydecimals": _DECIMALS,
            "Sourcecurrencyamount": _texts.amount(line.source_cents),
            "Homecurrencycode": FUNCTIONAL_CURRENCY,
            "Currencyratetabletype": _texts.rate_type(line.currency),
            "Sourcecurrencycode": line.currency,
            "DateOfcurrencyrateselected": date,
            "CurrencyrateForconversion": _texts.rate(line.rate),
            "Currencyrateoperator": MULTIPLY,
            "PostingDate": date,
            "AutoReversal": entry.auto_reversal,
            "DocumentDate": _texts.day(entry.document_date or entry.date),
        }

    def _raw_headers(self, batch: GLBatch) -> object:
        return self._headers.raw([self._header(batch, entry) for entry in batch.entries])

    def _header(self, batch: GLBatch, entry: GLEntry) -> JsonObject:
        year, period = self._period(entry)
        debits, credited = _sides(entry.lines)
        details = [
            self._details.detail(self._detail(batch, entry, line, position))
            for position, line in enumerate(entry.lines, start=1)
        ]
        return {
            "BatchNumber": f"{batch.number:06}",
            "EntryNumber": f"{entry.number:05}",
            "SourceLedger": batch.source_ledger,
            "SourceType": entry.source_type,
            "FiscalYear": year,
            "FiscalPeriod": period,
            "AutoReversal": entry.auto_reversal,
            "Description": entry.description,
            "Debits": _texts.amount(debits),
            "Credits": _texts.amount(credited),
            "PostingDate": _texts.day(entry.date),
            "DocumentDate": _texts.day(entry.document_date or entry.date),
            "DrillDownLinkNumber": entry.drill_down,
            "DrillDownApplicationSource": batch.source_ledger if entry.drill_down else "",
            "OutOfBalanceBy": _texts.amount(debits - credited),
            "ErrorBatch": entry.error_batch.number if entry.error_batch is not None else 0,
            "ErrorEntry": entry.error_entry,
            "NumberOfDetails": len(entry.lines),
            "EnteredBy": "CLERK1",
            "SourceCodeExists": 1,
            "JournalDetails": details,
        }

    def _detail(self, batch: GLBatch, entry: GLEntry, line: GLLine, position: int) -> JsonObject:
        account = self._accounts[line.account]
        return {
            "BatchNumber": f"{batch.number:06}",
            "EntryNumber": f"{entry.number:05}",
            "TransactionNumber": f"{position * _STEP:010}",
            "AccountNumber": line.account,
            "CompanyID": self._company,
            "Amount": _texts.amount(line.cents),
            "SourceCurrencyDecimals": _DECIMALS,
            "SourceCurrencyAmount": _texts.amount(line.source_cents),
            "HomeCurrency": FUNCTIONAL_CURRENCY,
            "CurrencyRateTable": _texts.rate_type(line.currency),
            "SourceCurrency": line.currency,
            "CurrencyRateDate": _texts.day(entry.date),
            "CurrencyRate": _texts.rate(line.rate),
            "CurrencyRateOperator": MULTIPLY,
            "Description": line.description,
            "Reference": line.reference,
            "JournalDate": _texts.day(entry.date),
            "SourceLedger": batch.source_ledger,
            "SourceType": entry.source_type,
            "AcctExists": 1,
            "AcctFormatted": account.formatted,
            "AcctDescription": account.description,
            "AcctStatus": int(account.is_active),
        }


def period_amounts(cents: list[int]) -> JsonObject:
    """Return fifteen net amounts by property."""
    return {
        f"Period{number:02}NetAmount": _texts.amount(value)
        for number, value in enumerate(cents, start=1)
    }


def _describe_batch(batch: GLBatch) -> JsonObject:
    sides = [_sides(entry.lines) for entry in batch.entries]
    is_open = batch.status in {"Open", "ReadyToPost"}
    return {
        "BatchNumber": f"{batch.number:06}",
        "Description": batch.description,
        "SourceLedger": batch.source_ledger,
        "DateCreated": _texts.day(batch.date),
        "DateLastEdited": _texts.day(batch.date),
        "JournalBatchType": batch.batch_type,
        "Status": batch.status,
        "PostingSequence": batch.sequence,
        "Debits": _texts.amount(sum(debits for debits, _ in sides)),
        "Credits": _texts.amount(sum(credited for _, credited in sides)),
        "NumberOfEntries": len(batch.entries),
        "NextEntryNumber": len(batch.entries) + 1,
        "NumberOfErrors": sum(entry.error_batch is not None for entry in batch.entries),
        "Printed": "No" if is_open else "Yes",
        "EligibleForEditSwitch": "Yes" if batch.status == "Open" else "No",
        "EligibleForPostingSwitch": "Yes" if is_open else "No",
        "ReadyToPost": "Yes" if batch.status == "ReadyToPost" else "No",
    }


def _sides(lines: list[GLLine]) -> tuple[int, int]:
    """Return debits and credits, both positive."""
    debits = sum(line.cents for line in lines if line.cents > 0)
    return debits, debits - sum(line.cents for line in lines)


def _merge(merged: dict[tuple[object, ...], JsonObject], values: JsonObject) -> None:
    """Add a line to its like; texts are lost on accounts that post consolidated (I)."""
    key = tuple(
        values[name]
        for name in (
            "AccountNumber",
            "FiscalYear",
            "FiscalPeriod",
            "SourceCurrencyCode",
            "SourceTypeCode",
        )
    )
    known = merged.get(key)
    values["JournalDetailDescription"] = values["JournalDetailReference"] = ""
    if known is None:
        merged[key] = values
        return
    for name in ("JournalTransactionAmount", "SourceCurrencyAmount"):
        known[name] += values[name]
