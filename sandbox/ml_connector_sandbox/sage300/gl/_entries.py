"""Entries of a journal batch: headers with their lines (Sage sheet §4.2, §5.1)."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._fiscal import parse_day
from ml_connector_sandbox.sage300._types import Kind
from ml_connector_sandbox.sage300._values import Number, plain_number
from ml_connector_sandbox.sage300.gl import _optional_fields as optional_fields
from ml_connector_sandbox.sage300.gl._checks import EntryChecker
from ml_connector_sandbox.sage300.gl._ledger import ledger_of
from ml_connector_sandbox.sage300.gl._lines import check_rate, drivers_for
from ml_connector_sandbox.sage300.gl._rates import MULTIPLY
from ml_connector_sandbox.sage300.writing._puts import merge_details, put_fields
from ml_connector_sandbox.sage300.writing._session import blank_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._rules import DetailDriver
    from ml_connector_sandbox.sage300.writing._session import Session

ENTRIES = "JournalHeaders"
LINES = "JournalDetails"
LINE_STEP = 20
KEPT_OF_ENTRY = frozenset(
    {
        "BatchNumber",
        "EntryNumber",
        "Debits",
        "Credits",
        "Quantity",
        "OutOfBalanceBy",
        "NumberOfDetails",
        "ErrorBatch",
        "ErrorEntry",
        "EnteredBy",
        "SourceCodeExists",
        "SourceCodeDescription",
    }
)
"""What the server holds of an entry: body values are passed over (§5.1: replaced)."""
_KEPT_OF_LINE = frozenset(
    {
        "BatchNumber",
        "EntryNumber",
        "TransactionNumber",
        "CompanyID",
        "HomeCurrency",
        "SourceCurrencyDecimals",
        "NumberOfOptionalFields",
        "AcctExists",
        "AcctFormatted",
        "AcctDescription",
        "AcctStatus",
    }
)


class EntryMaker:
    """Makes and changes the entries of one batch."""

    def __init__(self, session: Session, batch: JsonObject, *, headers: Property) -> None:
        """Work on `batch`; `headers` defines its collection of entries."""
        self._session = session
        self._batch = batch
        self._headers = headers
        self._details = next(item for item in headers.details if item.name == LINES)
        self._checker = EntryChecker(session)
        self._home = ledger_of(session.company).home_currency
        self._drivers = {"PostingDate": self._put_posting_date}

    def make(self, given: JsonObject) -> JsonObject:
        """Return the entry that `given` becomes, with the next number.

        Raises:
            WebApiError: It is refused.
        """
        entry = self._blank_entry()
        self._fill(entry, given)
        for body in given.get(LINES, []):
            entry[LINES].append(self._make_line(entry, body))
        self._finish(entry)
        return entry

    def change(self, entry: JsonObject, given: JsonObject) -> JsonObject:
        """Return what `given` makes of an entry; lines by their `UpdateOperation`.

        Raises:
            WebApiError: It is refused.
        """
        changed = copy.deepcopy(entry)
        self._fill(changed, given)
        merge_details(
            changed[LINES],
            given.get(LINES, []),
            collection=self._details,
            build=lambda body: self._make_line(changed, body),
            change=lambda line, body: self._change_line(changed, line, body),
        )
        self._finish(changed)
        return changed

    def _blank_entry(self) -> JsonObject:
        entry = blank_record(self._headers.details)
        batch, day = self._batch, self._session.day
        entry.update(
            BatchNumber=batch["BatchNumber"],
            EntryNumber=f"{batch['NextEntryNumber']:05}",
            SourceLedger=batch["SourceLedger"] or "GL",
            SourceType="JE",
            PostingDate=day,
            DocumentDate=day,
            EnteredBy=self._session.user[:8],
        )
        return entry

    def _fill(self, entry: JsonObject, given: JsonObject) -> None:
        fields = {name: value for name, value in given.items() if name not in KEPT_OF_ENTRY}
        if not entry["FiscalYear"] and "PostingDate" not in fields:
            fields = {"PostingDate": entry["PostingDate"], **fields}
        put_fields(self._session, entry, fields, drivers=self._drivers)
        entry["FiscalPeriod"] = entry["FiscalPeriod"].zfill(2)

    def _put_posting_date(self, session: Session, entry: JsonObject) -> None:
        del session
        day = parse_day(entry["PostingDate"])
        period = self._checker.calendar.find(day) if day is not None else None
        if period is None:
            message = (
                "Cannot determine the fiscal period for Posting Date.\n"
                "Check that the fiscal calendar of Common Services has the date."
            )
            raise WebApiError("FieldInvalid", message)
        entry.update(FiscalYear=period.year, FiscalPeriod=period.code)

    def _make_line(self, entry: JsonObject, given: JsonObject) -> JsonObject:
        line = blank_record(self._details.details)
        # Lines stand in the order of their numbers.
        last = int(entry[LINES][-1]["TransactionNumber"]) if entry[LINES] else 0
        line.update(
            BatchNumber=entry["BatchNumber"],
            EntryNumber=entry["EntryNumber"],
            TransactionNumber=f"{last + LINE_STEP:010}",
            CompanyID=self._session.company.database_id,
            HomeCurrency=self._home,
            SourceCurrency=self._home,
            SourceCurrencyDecimals=str(ledger_of(self._session.company).decimals_of(self._home)),
            CurrencyRateTable=self._rate_type(),
            CurrencyRateDate=entry["PostingDate"],
            CurrencyRate=1,
            CurrencyRateOperator=MULTIPLY,
            JournalDate=entry["DocumentDate"],
            SourceLedger=entry["SourceLedger"],
            SourceType=entry["SourceType"],
        )
        self._change_line(entry, line, given)
        return line

    def _change_line(self, entry: JsonObject, line: JsonObject, given: JsonObject) -> None:
        fields = {name: value for name, value in given.items() if name not in _KEPT_OF_LINE}
        drivers = {
            name: partial(_drive, driver, entry)
            for name, driver in drivers_for(self._session, fields).items()
        }
        put_fields(self._session, line, fields, drivers=drivers)
        check_rate(line)
        for below in self._details.details:
            if below.kind is Kind.COLLECTION:
                optional_fields.merge(self._session, line, given.get(below.name, []), of=below)

    def _finish(self, entry: JsonObject) -> None:
        takes_text = self._session.switches.text("journal_line_descriptions") == "from_entry"
        for line in entry[LINES]:
            line.update(SourceLedger=entry["SourceLedger"], SourceType=entry["SourceType"])
            if not line["Description"] and takes_text:
                line["Description"] = entry["Description"]
        self._describe_source(entry)
        total_entry(entry)
        kind = str(self._batch["JournalBatchType"])
        for objection in self._checker.check_at_insertion(entry, batch_type=kind):
            raise WebApiError(objection.code, objection.message)

    def _describe_source(self, entry: JsonObject) -> None:
        key = (entry["SourceLedger"], entry["SourceType"])
        source = self._session.find("GL", "GLSourceCodes", key)
        entry["SourceCodeExists"] = int(source is not None)
        entry["SourceCodeDescription"] = "" if source is None else source["Description"]

    def _rate_type(self) -> str:
        table = self._session.company.find_table("CS", "CSCompanyProfile")
        if table is None or not len(table):
            return ""
        return str(next(table.rows_between())[table.resource.index["DefaultRateType"]])


def _drive(driver: DetailDriver, entry: JsonObject, session: Session, line: JsonObject) -> None:
    driver(session, entry, line)


def total_entry(entry: JsonObject) -> None:
    """Sum an entry's lines into its header (§4.2, C)."""
    amounts: Sequence[Number] = [line["Amount"] for line in entry[LINES]]
    quantities: Sequence[Number] = [line["Quantity"] for line in entry[LINES]]
    debits = sum_of([amount for amount in amounts if amount > 0])
    credits_ = sum_of([-amount for amount in amounts if amount < 0])
    entry.update(
        Debits=debits,
        Credits=credits_,
        OutOfBalanceBy=plain_number(debits - credits_),
        Quantity=sum_of(quantities),
        NumberOfDetails=len(amounts),
    )


def sum_of(amounts: Sequence[Number]) -> Number:
    """Add amounts up."""
    total: Number = 0
    for amount in amounts:
        total += amount
    return plain_number(total)
