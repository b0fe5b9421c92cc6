"""Batches: a header first, then entry by entry, as the views are composed (Sage sheet §5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._values import stored_row
from ml_connector_sandbox.sage300.writing._optional_fields import complete_optional_fields
from ml_connector_sandbox.sage300.writing._puts import merge_details, put_fields

if TYPE_CHECKING:
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Table
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._rules import BatchRules
    from ml_connector_sandbox.sage300.writing._session import Session


class BatchWriter:
    """Creates and changes batches of one resource."""

    def __init__(self, session: Session, table: Table, *, rules: BatchRules) -> None:
        """Write into `table` by `rules`."""
        self._session = session
        self._table = table
        self._rules = rules

    def insert(self, given: JsonObject) -> JsonObject:
        """Create a batch with its entries and return it.

        When an entry is refused, the switch `nested_creation` says what stays: nothing
        (`rolled_back`), an empty open batch (`orphan_header`), or the batch with the entries
        before the refused one (`first_entries`).

        Raises:
            WebApiError: The header or an entry is refused.
        """
        entries: list[JsonObject] = given.get(self._rules.entries, [])
        header = {name: value for name, value in given.items() if name != self._rules.entries}
        batch = self._rules.open(self._session, header)
        added: list[JsonObject] = batch[self._rules.entries]
        try:
            for entry in entries:
                _check_new(entry)
                added.append(self._complete(self._rules.add_entry(self._session, batch, entry)))
            self._rules.close(self._session, batch)
            self._rules.check(self._session, batch)
            self._rules.after_entries(self._session, batch, header)
        except WebApiError:
            self._leave(batch)
            raise
        self._store(batch)
        self._rules.after_insert(self._session, batch)
        self._store(batch)
        return batch

    def update(self, batch: JsonObject, given: JsonObject) -> None:
        """Change `batch` in place, in the order given; entries by their `UpdateOperation`.

        Raises:
            WebApiError: The change is refused; `batch` is not to be stored then.
        """
        for name, value in given.items():
            if name == self._rules.entries:
                self._merge_entries(batch, value)
            elif name not in self._rules.kept:
                put_fields(self._session, batch, {name: value}, drivers=self._rules.drivers)
        if self._rules.entries in given:
            self._rules.close(self._session, batch)

    def _merge_entries(self, batch: JsonObject, given: list[JsonObject]) -> None:
        rules, session = self._rules, self._session
        for entry in given:
            self._check_removal(batch, entry)
        merge_details(
            batch[rules.entries],
            given,
            collection=self._collection(),
            build=lambda body: self._complete(rules.add_entry(session, batch, body)),
            change=lambda entry, body: entry.update(
                rules.change_entry(session, batch, entry, body)
            ),
        )

    def _check_removal(self, batch: JsonObject, given: JsonObject) -> None:
        if given.get("UpdateOperation") != "Delete":
            return
        name = self._collection().key[-1]
        for entry in batch[self._rules.entries]:
            if entry[name] == given.get(name):
                self._rules.remove_entry(self._session, batch, entry)

    def _complete(self, entry: JsonObject) -> JsonObject:
        own = self._rules.own_optional_fields
        complete_optional_fields(self._session, entry, self._collection().details, own=own)
        return entry

    def _leave(self, batch: JsonObject) -> None:
        """Leave behind of a refused batch what the switch says."""
        position = self._session.switches.text("nested_creation")
        if position == "rolled_back":
            return
        if position == "orphan_header":
            batch[self._rules.entries] = []
        self._rules.close(self._session, batch)
        self._store(batch)

    def _store(self, batch: JsonObject) -> None:
        self._table.put(stored_row(self._table.resource.properties, batch))

    def _collection(self) -> Property:
        found = self._table.resource.find(self._rules.entries)
        if found is None:
            message = f"{self._table.resource.name} has no collection {self._rules.entries}"
            raise LookupError(message)
        return found


def _check_new(entry: JsonObject) -> None:
    if entry.get("UpdateOperation") in {"Update", "Delete"}:
        raise WebApiError("RecordNotFound", "The entry to change does not exist.")
