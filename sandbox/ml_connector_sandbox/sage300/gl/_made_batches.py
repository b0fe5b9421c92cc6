"""Batches that the program makes itself: of subledgers, of reversals, of entries in error.

`create_batch` is for whoever has entries as values: a subledger that posts, the generator.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import date_text, plain_number, stored_row
from ml_connector_sandbox.sage300.catalog.gl import JOURNAL_BATCHES
from ml_connector_sandbox.sage300.gl._batches import total_batch
from ml_connector_sandbox.sage300.gl._entries import ENTRIES, LINES, total_entry
from ml_connector_sandbox.sage300.gl._ledger import ledger_of
from ml_connector_sandbox.sage300.gl._posting import (
    PostedEntry,
    PostedLine,
    post_entries,
    source_amount_of,
    transaction_number,
)
from ml_connector_sandbox.sage300.writing._session import blank_record

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._fiscal import FiscalPeriod
    from ml_connector_sandbox.sage300._records import Company

_DESCRIPTION_MAX = 60
_HEADER = next(item for item in JOURNAL_BATCHES.properties if item.name == ENTRIES).details
_DETAIL = next(item for item in _HEADER if item.name == LINES).details


def create_batch(
    company: Company,
    entries: Sequence[PostedEntry],
    *,
    description: str,
    batch_type: str,
    day: dt.date,
    is_posted: bool,
) -> JsonObject:
    """Store a batch made of `entries`, posted or open, and return it.

    Args:
        company: The company it belongs to.
        entries: One or more; their `batch` is the number, from `Ledger.take_batch_number`.
        description: The batch's own.
        batch_type: `Subledger`, `Generated` and the like (§4.2, M).
        day: The session date.
        is_posted: Whether the entries are posted as well; they must balance then.
    """
    batch = new_batch(
        entries[0].batch, description=description, batch_type=batch_type, day=date_text(day)
    )
    batch["SourceLedger"] = entries[0].source_ledger
    batch[ENTRIES] = [_entry_of(company, entry) for entry in entries]
    if is_posted:
        set_posted(batch, sequence=post_entries(company, entries))
    store_batch(company, batch)
    return batch


def new_batch(number: str, *, description: str, batch_type: str, day: str) -> JsonObject:
    """Return an open batch without entries."""
    batch = blank_record(JOURNAL_BATCHES.properties)
    batch.update(
        BatchNumber=number,
        Description=description[:_DESCRIPTION_MAX],
        SourceLedger="GL",
        JournalBatchType=batch_type,
        DateCreated=day,
        DateLastEdited=day,
    )
    return batch


def set_posted(batch: JsonObject, *, sequence: int) -> None:
    """Mark a batch as posted under a posting sequence."""
    batch.update(Status="Posted", PostingSequence=sequence)


def store_batch(company: Company, batch: JsonObject) -> None:
    """Total a batch and write it down; a company without journals has none."""
    batch["NextEntryNumber"] = (
        max((int(entry["EntryNumber"]) for entry in batch[ENTRIES]), default=0) + 1
    )
    total_batch(batch)
    table = company.find_table(*JOURNAL_BATCHES.path)
    if table is not None:
        table.put(stored_row(table.resource.properties, batch))


def renumbered(entries: Iterable[JsonObject], number: str) -> list[JsonObject]:
    """Return copies of entries as those of batch `number`, counted from 1."""
    copies = []
    for position, entry in enumerate(entries, start=1):
        moved = copy.deepcopy(entry)
        moved.update(BatchNumber=number, EntryNumber=f"{position:05}", ErrorBatch=0, ErrorEntry=0)
        for line in moved[LINES]:
            line.update(BatchNumber=number, EntryNumber=moved["EntryNumber"])
        copies.append(moved)
    return copies


def reverse_entry(entry: JsonObject, *, period: FiscalPeriod) -> None:
    """Turn an entry's signs, in place, and move it to the first day of `period` (I)."""
    day = date_text(period.start)
    entry.update(
        AutoReversal="AutoReversalOff",
        SpecificReversalYear="",
        SpecificReversalPeriod="",
        FiscalYear=period.year,
        FiscalPeriod=period.code,
        PostingDate=day,
        DocumentDate=day,
    )
    for line in entry[LINES]:
        line["JournalDate"] = day
        for name in ("Amount", "SourceCurrencyAmount", "Quantity"):
            line[name] = plain_number(-line[name])
    total_entry(entry)


def posted_entry(entry: JsonObject) -> PostedEntry:
    """Return a stored entry as posting takes it."""
    return PostedEntry(
        batch=entry["BatchNumber"],
        number=entry["EntryNumber"],
        year=entry["FiscalYear"],
        period=entry["FiscalPeriod"],
        posting_date=entry["PostingDate"],
        document_date=entry["DocumentDate"],
        source_ledger=entry["SourceLedger"],
        source_type=entry["SourceType"],
        lines=[_posted_line(line) for line in entry[LINES]],
        auto_reversal=entry["AutoReversal"],
        originator=entry["Originator"],
        drill_down_type=entry["DrillDownType"],
        drill_down_link=entry["DrillDownLinkNumber"],
        drill_down_source=entry["DrillDownApplicationSource"],
    )


def _posted_line(line: JsonObject) -> PostedLine:
    return PostedLine(
        account=line["AccountNumber"],
        amount=line["Amount"],
        source_amount=line["SourceCurrencyAmount"],
        currency=line["SourceCurrency"],
        rate=line["CurrencyRate"],
        rate_type=line["CurrencyRateTable"],
        rate_date=line["CurrencyRateDate"],
        rate_operator=line["CurrencyRateOperator"],
        quantity=line["Quantity"],
        number=line["TransactionNumber"],
        date=line["JournalDate"],
        description=line["Description"],
        reference=line["Reference"],
    )


def _entry_of(company: Company, posted: PostedEntry) -> JsonObject:
    entry = blank_record(_HEADER)
    entry.update(
        BatchNumber=posted.batch,
        EntryNumber=posted.number,
        FiscalYear=posted.year,
        FiscalPeriod=posted.period,
        PostingDate=posted.posting_date,
        DocumentDate=posted.document_date or posted.posting_date,
        SourceLedger=posted.source_ledger,
        SourceType=posted.source_type,
        AutoReversal=posted.auto_reversal,
        Originator=posted.originator,
        DrillDownType=posted.drill_down_type,
        DrillDownLinkNumber=posted.drill_down_link,
        DrillDownApplicationSource=posted.drill_down_source,
        Description=posted.description,
        SourceCodeExists=1,
    )
    entry[LINES] = [
        _line_of(company, posted, line, position)
        for position, line in enumerate(posted.lines, start=1)
    ]
    total_entry(entry)
    return entry


def _line_of(company: Company, posted: PostedEntry, line: PostedLine, position: int) -> JsonObject:
    ledger = ledger_of(company)
    currency = line.currency or ledger.home_currency
    detail = blank_record(_DETAIL)
    detail.update(
        BatchNumber=posted.batch,
        EntryNumber=posted.number,
        TransactionNumber=transaction_number(line, position),
        AccountNumber=line.account,
        CompanyID=company.database_id,
        Amount=line.amount,
        SourceCurrencyAmount=source_amount_of(line),
        SourceCurrency=currency,
        SourceCurrencyDecimals=str(ledger.decimals_of(currency)),
        HomeCurrency=ledger.home_currency,
        CurrencyRate=line.rate,
        CurrencyRateTable=line.rate_type,
        CurrencyRateDate=line.rate_date or posted.posting_date,
        CurrencyRateOperator=line.rate_operator,
        Quantity=line.quantity,
        JournalDate=line.date or posted.posting_date,
        SourceLedger=posted.source_ledger,
        SourceType=posted.source_type,
        Description=line.description,
        Reference=line.reference,
        AcctExists=1,
        AcctStatus=1,
    )
    return detail
