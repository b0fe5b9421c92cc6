"""What every A/P batch obeys: its number, its states, its totals (Sage sheet §4.3, §5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300._values import plain_number
from ml_connector_sandbox.sage300.ap._batch_states import (
    OPEN,
    READY,
    STATUS,
    check_entries,
    check_lock,
    check_open,
    check_settable,
)
from ml_connector_sandbox.sage300.ap._book import book_of
from ml_connector_sandbox.sage300.ap._money import ZERO, decimal_of
from ml_connector_sandbox.sage300.writing._puts import put_fields
from ml_connector_sandbox.sage300.writing._rules import BatchRules

if TYPE_CHECKING:
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

KEPT = frozenset(
    {
        "BatchNumber",
        "NumberOfEntries",
        "BatchTotal",
        "LastEntryNumber",
        "NumberOfErrors",
        "PostingSequenceNumber",
        "DateLastEdited",
    }
)


class PayablesBatchRules(BatchRules):
    """Rules common to invoice batches and to payment and adjustment batches."""

    kept = KEPT

    def total_of(self, entry: JsonObject) -> object:
        """Return what an entry adds to its batch's total."""
        raise NotImplementedError

    def selector_of(self, batch: JsonObject) -> str:
        """Return the kind of a batch: `IN`, `PY` or `AD`."""
        raise NotImplementedError

    @override
    def template(self, session: Session) -> JsonObject:
        """A new batch is of the session's day (§4.3, C)."""
        return super().template(session) | {"BatchDate": session.day}

    @override
    def check_update(self, session: Session, before: JsonObject, given: JsonObject) -> None:
        check_lock(session, self.selector_of(before), before["BatchNumber"])
        status = given.get(STATUS, OPEN)
        check_settable(status)
        changes = given.keys() - self.kept - {"UpdateOperation", *self.resource.key}
        is_waiting = before[STATUS] == READY
        if not (is_waiting and changes <= {STATUS}):
            check_open(before)

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        record["BatchDate"] = record["BatchDate"] or session.day
        if session.switches.is_on("stamps_move"):
            record["DateLastEdited"] = session.day

    @override
    def after_entries(self, session: Session, batch: JsonObject, given: JsonObject) -> None:
        # Since 2021 the server marks a batch ready once its entries are in (unknown 19).
        status = given.get(STATUS, OPEN)
        check_settable(status)
        if session.switches.text("ap_ready_in_post") == "honoured":
            batch[STATUS] = status

    @override
    def remove_entry(self, session: Session, batch: JsonObject, entry: JsonObject) -> None:
        del session, entry
        check_open(batch)

    @override
    def close(self, session: Session, batch: JsonObject) -> None:
        entries: list[JsonObject] = batch[self.entries]
        total = sum((decimal_of(self.total_of(entry)) for entry in entries), ZERO)
        batch["NumberOfEntries"] = len(entries)
        batch["BatchTotal"] = plain_number(total)
        batch["DateLastEdited"] = batch["DateLastEdited"] or session.day

    @override
    def check(self, session: Session, record: JsonObject) -> None:
        check_entries(record, entries=self.entries)

    def put_header(self, session: Session, batch: JsonObject, given: JsonObject) -> None:
        """Put the fields of a new batch, but not its status: that follows the entries."""
        values = {name: value for name, value in given.items() if name not in {*self.kept, STATUS}}
        put_fields(session, batch, values, drivers=self.drivers)
        if not batch["BatchDate"]:
            batch["BatchDate"] = session.day

    def number_entry(self, batch: JsonObject, entry: JsonObject) -> JsonObject:
        """Count a new entry in and return it."""
        batch["LastEntryNumber"] = entry["EntryNumber"]
        return entry

    def take_number(self, session: Session, selector: str) -> int:
        """Return the next batch number; one that was purged is not used again."""
        return book_of(session.company).take_batch_number(selector)
