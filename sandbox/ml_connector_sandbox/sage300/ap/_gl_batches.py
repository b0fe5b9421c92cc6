"""G/L batches made by A/P: during posting or on request (Sage sheet §5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._values import date_text, plain_number
from ml_connector_sandbox.sage300.ap._book import book_of
from ml_connector_sandbox.sage300.ap._journal import consolidate
from ml_connector_sandbox.sage300.ap._money import Operation
from ml_connector_sandbox.sage300.catalog.gl import JOURNAL_BATCHES
from ml_connector_sandbox.sage300.gl._batch_posting import BatchPosting
from ml_connector_sandbox.sage300.gl._entries import ENTRIES
from ml_connector_sandbox.sage300.gl._ledger import ledger_of
from ml_connector_sandbox.sage300.gl._made_batches import create_batch
from ml_connector_sandbox.sage300.gl._made_batches import posted_entry as read_entry
from ml_connector_sandbox.sage300.gl._posting import PostedEntry, PostedLine
from ml_connector_sandbox.sage300.gl._rates import DIVIDE, MULTIPLY
from ml_connector_sandbox.sage300.writing._session import open_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.ap._bookings import Booking
    from ml_connector_sandbox.sage300.ap._journal import JournalEntry
    from ml_connector_sandbox.sage300.gl._ledger import Ledger
    from ml_connector_sandbox.sage300.writing._session import Session

LEDGER = "AP"

_BATCH_WIDTH = 100_000
"""Drill-down numbers hold the A/P batch above the entry."""


def hand_over(session: Session, entries: Sequence[JournalEntry]) -> None:
    """Send entries to G/L in the way the site is set up: now, or when asked to."""
    if session.switches.text("ap_gl_batches") == "on_request":
        book_of(session.company).waiting.extend(entries)
    elif entries:
        make_batch(session, entries)


def make_waiting_batch(session: Session) -> None:
    """Make one G/L batch of everything that waits (`APCreateGLBatch`)."""
    waiting = book_of(session.company).waiting
    if waiting:
        make_batch(session, waiting)
        waiting.clear()


def make_batch(session: Session, entries: Sequence[JournalEntry]) -> None:
    """Make a G/L batch of `entries`, merged and posted as the site is set up."""
    if session.switches.is_on("ap_gl_consolidated"):
        entries = consolidate(entries)
    position = session.switches.text("ap_gl_transactions")
    found = _find_open_batch(session) if position == "existing_batch" else None
    kept = [] if found is None else [read_entry(entry) for entry in found[ENTRIES]]
    ledger = ledger_of(session.company)
    number = ledger.take_batch_number() if found is None else str(found["BatchNumber"])
    added = [
        posted_entry(entry, batch=number, number=f"{position:05}", ledger=ledger)
        for position, entry in enumerate(entries, start=len(kept) + 1)
    ]
    create_batch(
        session.company,
        [*kept, *added],
        description=_describe(entries) if found is None else str(found["Description"]),
        batch_type="Subledger",
        day=session.today,
        is_posted=False,
    )
    if position == "posted":
        # As a person would: what G/L objects to goes to an error batch of its own.
        BatchPosting(session).post(number)


def posted_entry(entry: JournalEntry, *, batch: str, number: str, ledger: Ledger) -> PostedEntry:
    """Return an entry in the form in which G/L takes it."""
    origin = entry.origin
    return PostedEntry(
        batch=batch,
        number=number,
        year=origin.year,
        period=origin.period,
        posting_date=date_text(origin.posting_date),
        document_date=date_text(origin.date),
        source_ledger=LEDGER,
        source_type=origin.source_type,
        description=entry.description,
        lines=tuple(
            [_posted_line(line, ledger, rate_type=origin.rate_type) for line in entry.lines]
        ),
        drill_down_link=origin.batch * _BATCH_WIDTH + origin.entry,
        drill_down_source=LEDGER,
    )


def _posted_line(line: Booking, ledger: Ledger, *, rate_type: str) -> PostedLine:
    home = ledger.home_currency
    if line.currency.code == home or not ledger.accounts.takes_currency(
        line.account, line.currency.code, home=home
    ):
        # An account of functional currency alone gets the equivalent (I).
        return PostedLine(
            account=line.account,
            amount=plain_number(line.functional),
            currency=home,
            description=line.description,
            reference=line.reference,
        )
    return PostedLine(
        account=line.account,
        amount=plain_number(line.functional),
        source_amount=plain_number(line.source),
        currency=line.currency.code,
        rate=plain_number(line.rate.value),
        rate_type=rate_type,
        rate_operator=DIVIDE if line.rate.operation is Operation.DIVIDE else MULTIPLY,
        description=line.description,
        reference=line.reference,
    )


def _find_open_batch(session: Session) -> JsonObject | None:
    """Return the last batch A/P made that is open, and in nobody's window."""
    locked = ledger_of(session.company).locked_batches
    table = session.table(*JOURNAL_BATCHES.path)
    index = table.resource.index
    found = None
    for row in table.rows_between():
        is_ours = row[index["SourceLedger"]] == LEDGER and row[index["BatchNumber"]] not in locked
        if is_ours and row[index["Status"]] == "Open" and row[index["ReadyToPost"]] == "No":
            found = row
    return None if found is None else open_record(table.resource, found)


def _describe(entries: Sequence[JournalEntry]) -> str:
    numbers = sorted({entries[0].origin.sequence, entries[-1].origin.sequence})
    return f"A/P posting sequence {' to '.join(str(number) for number in numbers)}"
