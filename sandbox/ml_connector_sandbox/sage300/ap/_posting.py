"""Posting of A/P batches: good entries go into the books, bad ones into an error batch (§5.2)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._later import do_later
from ml_connector_sandbox.sage300._values import plain_number
from ml_connector_sandbox.sage300.ap._batch_states import (
    DELETED,
    IN_PROGRESS,
    OPEN,
    POSTED,
    READY,
    STATUS,
    check_lock,
)
from ml_connector_sandbox.sage300.ap._book import book_of
from ml_connector_sandbox.sage300.ap._error_messages import note_error
from ml_connector_sandbox.sage300.ap._gl_batches import hand_over
from ml_connector_sandbox.sage300.ap._lookups import look_again
from ml_connector_sandbox.sage300.ap._money import ZERO, decimal_of
from ml_connector_sandbox.sage300.writing._session import open_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Key
    from ml_connector_sandbox.sage300.ap._journal import JournalEntry
    from ml_connector_sandbox.sage300.writing._session import Session

_MODULE = "AP"


class BatchPoster:
    """Posts batches of one resource; what an entry does to the books is a subclass's."""

    resource = ""
    entries = ""

    def __init__(self, session: Session, selector: str) -> None:
        """Post batches of the kind `selector` (`IN`, `PY`, `AD`)."""
        self.session = session
        self.selector = selector

    def post_entry(self, batch: JsonObject, entry: JsonObject, sequence: int) -> list[JournalEntry]:
        """Put one entry into the books and return what goes to G/L.

        Raises:
            WebApiError: The entry cannot be posted; nothing was changed.
        """
        raise NotImplementedError

    def total_of(self, entry: JsonObject) -> object:
        """Return what an entry adds to its batch's total."""
        raise NotImplementedError

    def key_of(self, number: int) -> Key:
        """Return the key of a batch of this kind."""
        raise NotImplementedError

    def post_range(self, first: int, last: int) -> None:
        """Post the batches from `first` to `last` that are ready.

        Raises:
            WebApiError: `RecordInvalid`; there is none, and why.
        """
        found = [batch for batch in self._batches() if first <= batch["BatchNumber"] <= last]
        position = self.session.switches.text("unready_batches")
        states = {READY, OPEN} if position == "posted" else {READY}
        chosen = [batch for batch in found if batch[STATUS] in states]
        if not chosen and position == "refused":
            message = f"There is no batch from {first} to {last} that is set Ready To Post."
            raise WebApiError("RecordInvalid", message)
        self._begin(chosen)

    def post_all(self) -> None:
        """Post every batch that is ready."""
        self._begin([batch for batch in self._batches() if batch[STATUS] == READY])

    def _batches(self) -> list[JsonObject]:
        table = self.session.table(_MODULE, self.resource)
        status = table.resource.index[STATUS]
        # Most batches were posted long ago: their entries need not be read.
        return [
            open_record(table.resource, row)
            for row in table.rows_between()
            if row[status] not in {POSTED, DELETED} and self.is_mine(table.key_of(row))
        ]

    def is_mine(self, key: Key) -> bool:
        """Tell whether a batch with `key` is of this kind."""
        del key
        return True

    def _begin(self, batches: Sequence[JsonObject]) -> None:
        """Take the batches out of people's reach, then post them when the time is over."""
        if not batches:
            return
        for batch in batches:
            check_lock(self.session, self.selector, batch["BatchNumber"])
        for batch in batches:
            self._set(batch, {STATUS: IN_PROGRESS})
        numbers = [int(batch["BatchNumber"]) for batch in batches]
        seconds = int(str(self.session.switches["ap_posting_seconds"]))
        do_later(self.session.company, lambda: self._finish(numbers), after_s=seconds)

    def _finish(self, numbers: Iterable[int]) -> None:
        look_again(self.session)
        sequence = book_of(self.session.company).take_sequence(self.selector)
        journal: list[JournalEntry] = []
        for number in numbers:
            batch = self.session.find(_MODULE, self.resource, self.key_of(number))
            if batch is not None and batch[STATUS] == IN_PROGRESS:
                journal += self._post_batch(batch, sequence)
        hand_over(self.session, journal)

    def _post_batch(self, batch: JsonObject, sequence: int) -> list[JournalEntry]:
        journal: list[JournalEntry] = []
        failed: list[JsonObject] = []
        for entry in batch[self.entries]:
            try:
                journal += self.post_entry(batch, entry, sequence)
            except WebApiError as error:
                failed.append(entry)
                note_error(
                    self.session,
                    selector=self.selector,
                    sequence=sequence,
                    batch=batch,
                    entry=entry,
                    text=error.message,
                )
        outcome: JsonObject = {
            STATUS: POSTED,
            "PostingSequenceNumber": sequence,
            "NumberOfErrors": len(failed),
        }
        if self.session.switches.is_on("posting_moves_stamps"):
            outcome["DateLastEdited"] = self.session.day
        if failed:
            self._make_error_batch(batch, failed)
            self._store({**batch, **outcome})
        else:
            self._set(batch, outcome)
        return journal

    def _make_error_batch(self, batch: JsonObject, failed: Sequence[JsonObject]) -> None:
        """Copy entries in error to a batch of their own, and say on them where they went."""
        number = book_of(self.session.company).take_batch_number(self.selector)
        errors = copy.deepcopy({**batch, self.entries: []})
        for position, entry in enumerate(failed, start=1):
            entry.update(ErrorBatch=number, ErrorEntry=position)
            errors[self.entries].append(_moved(entry, batch=number, position=position))
        if self.session.switches.text("error_batch_description") == "replaced":
            errors["Description"] = f"Errors from batch {batch['BatchNumber']}"
        total = sum((decimal_of(self.total_of(entry)) for entry in failed), ZERO)
        errors.update(
            {
                STATUS: OPEN,
                "BatchNumber": number,
                "NumberOfEntries": len(failed),
                "LastEntryNumber": len(failed),
                "BatchTotal": plain_number(total),
                "NumberOfErrors": 0,
                "PostingSequenceNumber": 0,
                "DateLastEdited": self.session.day,
            }
        )
        self._store(errors)

    def _set(self, batch: JsonObject, changes: JsonObject) -> None:
        """Change fields of a stored batch's header; its entries stay the text they are."""
        table = self.session.table(_MODULE, self.resource)
        row = table.find(self.key_of(int(batch["BatchNumber"])))
        if row is not None:
            changed = list(row)
            for name, value in changes.items():
                changed[table.resource.index[name]] = value
            table.put(changed)

    def _store(self, batch: JsonObject) -> None:
        self.session.store(_MODULE, self.resource, batch)


def _moved(entry: JsonObject, *, batch: int, position: int) -> JsonObject:
    """Return a copy of an entry for another batch."""
    moved: JsonObject = copy.deepcopy(entry)
    moved.update(EntryNumber=position, ErrorBatch=0, ErrorEntry=0)
    place_details(moved, batch=batch, entry=position)
    return moved


def place_details(record: JsonObject, *, batch: object, entry: object) -> None:
    """Say on a record and on everything below it which batch and entry it belongs to."""
    for name, value in (("BatchNumber", batch), ("EntryNumber", entry)):
        if name in record:
            record[name] = value
    for below in record.values():
        if isinstance(below, list):
            for detail in below:
                place_details(detail, batch=batch, entry=entry)
