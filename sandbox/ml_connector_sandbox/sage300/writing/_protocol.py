"""The course of each writing verb, the same for every resource (Sage sheet §1.4)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._types import Kind
from ml_connector_sandbox.sage300._values import stored_row
from ml_connector_sandbox.sage300.writing._batches import BatchWriter
from ml_connector_sandbox.sage300.writing._optional_fields import complete_optional_fields
from ml_connector_sandbox.sage300.writing._puts import DetailPutter, put_fields
from ml_connector_sandbox.sage300.writing._registry import rules_of
from ml_connector_sandbox.sage300.writing._rules import BatchRules
from ml_connector_sandbox.sage300.writing._session import open_record

if TYPE_CHECKING:
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Key, Row, Table
    from ml_connector_sandbox.sage300.writing._session import Session


class Writer:
    """Writes records of one resource."""

    def __init__(self, session: Session, table: Table) -> None:
        """Write into `table`."""
        self._session = session
        self._table = table
        self._resource = table.resource
        self._rules = rules_of(table.resource)

    def insert(self, given: JsonObject) -> JsonObject:
        """Insert one record and return it as stored.

        Raises:
            WebApiError: The record is refused; for a batch, see `nested_creation`.
        """
        if isinstance(self._rules, BatchRules):
            return BatchWriter(self._session, self._table, rules=self._rules).insert(given)
        record = self._rules.template(self._session)
        self._put(record, given)
        self._complete(record)
        self._rules.prepare(self._session, record, given)
        self._rules.check(self._session, record)
        self._rules.settle(self._session, record)
        row = self._row(record)
        if self._table.find(self._table.key_of(row)) is not None:
            raise WebApiError("RecordDuplicate", _duplicate_text(self._table, row))
        self._table.put(row)
        self._rules.after_insert(self._session, record)
        return record

    def update(self, key: Key, given: JsonObject) -> None:
        """Change a record: fields given, details by their `UpdateOperation`.

        Raises:
            WebApiError: `RecordNotFound`, or the change is refused; nothing was changed.
        """
        before = self._open(key)
        self._check_key(key, given)
        self._rules.check_update(self._session, before, given)
        after = self._open(key)
        if isinstance(self._rules, BatchRules):
            BatchWriter(self._session, self._table, rules=self._rules).update(after, given)
        else:
            self._put(after, given)
        self._store_change(after)

    def replace(self, key: Key, given: JsonObject) -> None:
        """Replace a record: details that are not in the body are purged.

        Fields that are not in the body return to their defaults, or stay (switch
        `put_missing_fields`).

        Raises:
            WebApiError: `RecordNotFound`, or the change is refused; nothing was changed.
        """
        before = self._open(key)
        self._check_key(key, given)
        self._rules.check_update(self._session, before, given)
        keeps_all = self._session.switches.text("put_missing_fields") == "kept"
        after = copy.deepcopy(before) if keeps_all else self._rules.template(self._session)
        for name in (*self._resource.key, *self._rules.kept):
            after[name] = copy.deepcopy(before[name])
        for item in self._resource.properties:
            if item.kind is Kind.COLLECTION:
                after[item.name] = []
        self._put(after, given)
        self._rules.prepare(self._session, after, given)
        self._store_change(after)

    def delete(self, key: Key) -> None:
        """Delete a record.

        Raises:
            WebApiError: `RecordNotFound`, or the record is in use.
        """
        self._rules.check_delete(self._session, self._open(key))
        self._table.remove(key)

    def _open(self, key: Key) -> JsonObject:
        row = self._table.find(key)
        if row is None:
            raise WebApiError("RecordNotFound", "The record with the given key does not exist.")
        return open_record(self._resource, row)

    def _put(self, record: JsonObject, given: JsonObject) -> None:
        fields = {name: given[name] for name in given if name not in self._rules.kept}
        putter = DetailPutter(self._session, record, rules=self._rules)
        for name, value in fields.items():
            item = self._resource.find(name)
            if item is not None and item.kind is Kind.COLLECTION:
                putter.merge(value, collection=item)
            else:
                put_fields(self._session, record, {name: value}, drivers=self._rules.drivers)

    def _check_key(self, key: Key, given: JsonObject) -> None:
        parts = (key,) if len(self._resource.key) == 1 else key
        for name, part in zip(self._resource.key, parts, strict=True):
            if given.get(name, part) != part:
                message = f"{name} in the body is not that of the addressed record."
                raise WebApiError("InvalidPayload", message)

    def _complete(self, record: JsonObject) -> None:
        own = self._rules.own_optional_fields
        complete_optional_fields(self._session, record, self._resource.properties, own=own)

    def _store_change(self, record: JsonObject) -> None:
        self._complete(record)
        self._rules.check(self._session, record)
        self._rules.settle(self._session, record)
        self._table.put(self._row(record))
        self._rules.after_update(self._session, record)

    def _row(self, record: JsonObject) -> Row:
        return stored_row(self._resource.properties, record)


def _duplicate_text(table: Table, row: Row) -> str:
    key = ", ".join(str(row[index]) for index in table.resource.key_indexes)
    return f"{table.resource.entity} {key} already exists."
