"""What every entry of an A/P batch has in common: how it is made, changed and filled in."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._types import Kind
from ml_connector_sandbox.sage300.writing._puts import DetailPutter, put_fields
from ml_connector_sandbox.sage300.writing._rules import Rules

if TYPE_CHECKING:
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Resource
    from ml_connector_sandbox.sage300.writing._session import Session


class EntryRules(Rules):
    """The rules of one entry of a batch."""

    entries: str
    """The collection of the batch that holds its entries."""

    def __init__(self, resource: Resource, *, batch: JsonObject) -> None:
        """Rule over the entries of `batch`."""
        super().__init__(resource)
        self._batch = batch
        collection = resource.find(self.entries)
        self._properties = () if collection is None else collection.details

    def build(self, session: Session, given: JsonObject) -> JsonObject:
        """Make a new entry of what is given.

        Raises:
            WebApiError: It cannot be.
        """
        entry = self.template(session)
        entry["EntryNumber"] = int(self._batch["LastEntryNumber"]) + 1
        self.put(session, entry, given)
        return entry

    def change(self, session: Session, entry: JsonObject, given: JsonObject) -> JsonObject:
        """Return a copy of `entry` with what is given put into it.

        Raises:
            WebApiError: It cannot be.
        """
        changed = copy.deepcopy(entry)
        self.put(session, changed, given)
        return changed

    def put(self, session: Session, entry: JsonObject, given: JsonObject) -> None:
        """Put what is given into `entry`, settle it and check it as a whole.

        Raises:
            WebApiError: It cannot be.
        """
        raise NotImplementedError

    def put_header(self, session: Session, entry: JsonObject, given: JsonObject) -> None:
        """Put the given fields of the entry itself; its number stays."""
        number = entry["EntryNumber"]
        values = {name: value for name, value in given.items() if name not in self.kept}
        put_fields(session, entry, values, drivers=self.drivers)
        entry["EntryNumber"] = number

    def put_details(self, session: Session, entry: JsonObject, given: JsonObject) -> None:
        """Merge the given details into the entry's."""
        putter = DetailPutter(session, entry, rules=self)
        for collection in self._properties:
            if collection.kind is Kind.COLLECTION and collection.name in given:
                putter.merge(given[collection.name], collection=collection)
