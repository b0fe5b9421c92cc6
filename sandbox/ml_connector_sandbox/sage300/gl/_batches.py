"""Journal batches: what a POST makes of one, what a PATCH may change (Sage sheet §4.2, §5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300.catalog.gl import JOURNAL_BATCHES
from ml_connector_sandbox.sage300.gl._entries import ENTRIES, EntryMaker, sum_of
from ml_connector_sandbox.sage300.gl._ledger import ledger_of
from ml_connector_sandbox.sage300.gl._readiness import (
    READY_FIELDS,
    check_lock,
    check_open,
    check_readiness,
    is_only_readiness,
    is_open,
    is_ready,
    put_ready,
    put_status,
)
from ml_connector_sandbox.sage300.writing._puts import put_fields
from ml_connector_sandbox.sage300.writing._rules import BatchRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._rules import Driver
    from ml_connector_sandbox.sage300.writing._session import Session

_EDITED_IN_HEADER = ("Description", "SourceLedger", "ActiveSwitch", "Status", "ReadyToPost")


class JournalBatchRules(BatchRules):
    """The rules of `GLJournalBatches`."""

    entries = ENTRIES
    own_optional_fields = frozenset({"JournalDetailOptionalFields"})
    kept = frozenset(
        item.name
        for item in JOURNAL_BATCHES.properties
        if item.name not in {*_EDITED_IN_HEADER, ENTRIES}
    )

    drivers: Mapping[str, Driver] = {"ReadyToPost": put_ready, "Status": put_status}

    @override
    def template(self, session: Session) -> JsonObject:
        batch = super().template(session)
        batch.update(
            SourceLedger="GL",
            DateCreated=session.day,
            DateLastEdited=session.day,
            NextEntryNumber=1,
        )
        return batch

    @override
    def open(self, session: Session, given: JsonObject) -> JsonObject:
        batch = self.template(session)
        batch["BatchNumber"] = ledger_of(session.company).take_batch_number()
        fields = {name: value for name, value in given.items() if name not in self.kept}
        for name in READY_FIELDS:
            fields.pop(name, None)
        put_fields(session, batch, fields, drivers={})
        return batch

    @override
    def add_entry(self, session: Session, batch: JsonObject, entry: JsonObject) -> JsonObject:
        check_open(batch)
        made = EntryMaker(session, batch, headers=self._headers(session)).make(entry)
        batch["NextEntryNumber"] += 1
        return made

    @override
    def change_entry(
        self, session: Session, batch: JsonObject, entry: JsonObject, given: JsonObject
    ) -> JsonObject:
        check_open(batch)
        return EntryMaker(session, batch, headers=self._headers(session)).change(entry, given)

    @override
    def remove_entry(self, session: Session, batch: JsonObject, entry: JsonObject) -> None:
        del session, entry
        check_open(batch)

    @override
    def close(self, session: Session, batch: JsonObject) -> None:
        del session
        total_batch(batch)

    @override
    def check_update(self, session: Session, before: JsonObject, given: JsonObject) -> None:
        number, status = before["BatchNumber"], before["Status"]
        check_lock(session, number)
        if status in {"Posted", "Deleted"}:
            message = f"Batch {number} is {status.lower()} and cannot be edited."
            raise WebApiError("RecordInvalid", message)
        if status in {"PostInProgress", "ProvPostInProgress"}:
            message = f"Batch {number} is being posted and cannot be edited."
            raise WebApiError("RecordInvalid", message)
        check_readiness(session, given)
        changes = given.keys() - {"UpdateOperation", "BatchNumber"}
        if not is_only_readiness(given, changes):
            check_open(before)

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        total_batch(record)
        if session.switches.is_on("stamps_move"):
            record["DateLastEdited"] = session.day

    @override
    def after_entries(self, session: Session, batch: JsonObject, given: JsonObject) -> None:
        readiness = {name: given[name] for name in READY_FIELDS if name in given}
        if not readiness or session.switches.text("ready_in_journal_post") == "ignored":
            return
        check_readiness(session, readiness)
        put_fields(session, batch, readiness, drivers=self.drivers)
        total_batch(batch)

    def _headers(self, session: Session) -> Property:
        found = session.table(*self.resource.path).resource.find(ENTRIES)
        if found is None:
            raise WebApiError("DBLinkError", f"{self.resource.name} has no {ENTRIES}.")
        return found


def total_batch(batch: JsonObject) -> None:
    """Sum a batch's entries into its header, and say what may be done with it (§4.2)."""
    entries = batch[ENTRIES]
    is_editable, is_alive = is_open(batch), batch["Status"] not in {"Posted", "Deleted"}
    batch.update(
        Debits=sum_of([entry["Debits"] for entry in entries]),
        Credits=sum_of([entry["Credits"] for entry in entries]),
        QuantityTotal=sum_of([entry["Quantity"] for entry in entries]),
        NumberOfEntries=len(entries),
        EligibleForEditSwitch=_yes(is_editable),
        EligibleForDeleteSwitch=_yes(is_editable),
        EligibleForPostingSwitch=_yes(is_ready(batch)),
        EligibleForProvisionalPostSwitch=_yes(is_ready(batch)),
        EligibleForPrintingSwitch=_yes(is_alive),
    )


def _yes(answer: bool) -> str:  # noqa: FBT001  # the answer itself
    return "Yes" if answer else "No"


RULES = {JOURNAL_BATCHES.path: JournalBatchRules(JOURNAL_BATCHES)}
