"""Journal batches: what a POST makes of one, what a PATCH may change (Sage sheet §4.2, §5.1).

==============  ===================================  =========================================
Status          ReadyToPost                          may become
==============  ===================================  =========================================
Open            No                                   edited, ready, deleted
ReadyToPost     Yes (Status may stay Open, switch)   Open again, posted; nothing else
ProvPosted      Yes                                  Open again (figures taken back), posted
Posted          Yes                                  nothing
Deleted         No                                   nothing
==============  ===================================  =========================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300.catalog.gl import JOURNAL_BATCHES
from ml_connector_sandbox.sage300.gl._entries import EntryMaker, sum_of
from ml_connector_sandbox.sage300.gl._ledger import ledger_of
from ml_connector_sandbox.sage300.gl._provisional import take_back
from ml_connector_sandbox.sage300.writing._puts import put_fields
from ml_connector_sandbox.sage300.writing._rules import BatchRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._rules import Driver
    from ml_connector_sandbox.sage300.writing._session import Session

ENTRIES = "JournalHeaders"
_EDITED_IN_HEADER = ("Description", "SourceLedger", "ActiveSwitch", "Status", "ReadyToPost")
_READY_FIELDS = {"ReadyToPost": "Yes", "Status": "ReadyToPost"}
_UNREADY_FIELDS = {"ReadyToPost": "No", "Status": "Open"}


class JournalBatchRules(BatchRules):
    """The rules of `GLJournalBatches`."""

    entries = ENTRIES

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
        readiness = {name: fields.pop(name) for name in _READY_FIELDS if name in fields}
        if session.switches.text("ready_in_journal_post") == "ignored":
            readiness = {}
        for name, value in readiness.items():
            if value not in {_READY_FIELDS[name], _UNREADY_FIELDS[name]}:
                raise WebApiError("FieldInvalid", f"A new batch cannot have {name} {value}.")
        put_fields(session, batch, fields, drivers={})
        # A batch becomes ready when it is complete, as if by a PATCH of the server's own.
        session.company.unseen[_WISH] = readiness
        return batch

    @override
    def add_entry(self, session: Session, batch: JsonObject, entry: JsonObject) -> JsonObject:
        made = EntryMaker(session, batch, headers=self._headers(session)).make(entry)
        batch["NextEntryNumber"] += 1
        return made

    @override
    def change_entry(
        self, session: Session, batch: JsonObject, entry: JsonObject, given: JsonObject
    ) -> JsonObject:
        return EntryMaker(session, batch, headers=self._headers(session)).change(entry, given)

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
        _check_readiness(session, given)
        changes = given.keys() - {"UpdateOperation", "BatchNumber"}
        if is_ready(before) and not _only_readiness(given, changes):
            message = f"Batch {number} is set Ready To Post; it cannot be changed."
            raise WebApiError("RecordInvalid", message)

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        total_batch(record)
        if session.switches.is_on("stamps_move"):
            record["DateLastEdited"] = session.day

    @override
    def after_insert(self, session: Session, record: JsonObject) -> None:
        wish = session.company.unseen.pop(_WISH, {})
        if isinstance(wish, dict) and wish:
            put_fields(session, record, wish, drivers=self.drivers)
            total_batch(record)

    @property
    def _unused(self) -> None:
        return None
