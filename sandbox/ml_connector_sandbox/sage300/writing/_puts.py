"""Fields put one by one, in the order given, as the view takes them (Sage sheet §1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._types import Property
    from ml_connector_sandbox.sage300.writing._rules import Driver, Rules
    from ml_connector_sandbox.sage300.writing._session import Session

_OPERATION = "UpdateOperation"


def put_fields(
    session: Session, record: JsonObject, given: JsonObject, *, drivers: Mapping[str, Driver]
) -> None:
    """Put scalar fields into `record` in the order of `given`; a field's driver runs at once.

    Details (lists) and `UpdateOperation` are left out.
    """
    for name, value in given.items():
        if name == _OPERATION or isinstance(value, list):
            continue
        record[name] = value
        if name in drivers:
            drivers[name](session, record)


def number_detail(
    siblings: Sequence[JsonObject], detail: JsonObject, *, collection: Property
) -> None:
    """Give a detail without a number the next one, where the server numbers details."""
    if not collection.step or not collection.key:
        return
    name = collection.key[-1]
    if not detail.get(name):
        last = max((int(sibling[name]) for sibling in siblings), default=0)
        detail[name] = last + collection.step


def merge_details(
    details: list[JsonObject],
    given: Sequence[JsonObject],
    *,
    collection: Property,
    build: Callable[[JsonObject], JsonObject],
    change: Callable[[JsonObject, JsonObject], None],
) -> None:
    """Apply details of a PATCH, each by its `UpdateOperation` (Sage sheet §1.4).

    `Unspecified` updates where the key matches, and inserts otherwise.

    Args:
        details: The present details; changed in place.
        given: What the body says, in its order.
        collection: The collection's definition, with the details' key.
        build: Makes a new detail of what is given.
        change: Puts what is given into an existing detail.

    Raises:
        WebApiError: `RecordNotFound` for an update or deletion of a missing detail,
            `RecordDuplicate` for an insertion of an existing one.
    """
    for body in given:
        operation = str(body.get(_OPERATION, "Unspecified"))
        found = find_detail(details, body, collection=collection)
        _check_operation(operation, found, collection)
        if found is None:
            details.append(build(body))
        elif operation == "Delete":
            details.remove(found)
        else:
            change(found, body)


def find_detail(
    details: Sequence[JsonObject], given: JsonObject, *, collection: Property
) -> JsonObject | None:
    """Return the detail whose key is given; None when there is none, or no key."""
    if not collection.key or any(name not in given for name in collection.key):
        return None
    key = [given[name] for name in collection.key]
    return next(
        (detail for detail in details if [detail[name] for name in collection.key] == key), None
    )


def _check_operation(operation: str, found: JsonObject | None, collection: Property) -> None:
    if found is None and operation in {"Update", "Delete"}:
        message = f"{collection.name}: the record to {operation.lower()} does not exist."
        raise WebApiError("RecordNotFound", message)
    if found is not None and operation == "Insert":
        raise WebApiError("RecordDuplicate", f"{collection.name}: the record already exists.")


class DetailPutter:
    """Builds and changes the details of one record by its resource's rules."""

    def __init__(self, session: Session, record: JsonObject, *, rules: Rules) -> None:
        """Work below `record`."""
        self._session = session
        self._record = record
        self._rules = rules

    def build(
        self, given: JsonObject, *, collection: Property, parent: JsonObject | None = None
    ) -> JsonObject:
        """Return a new detail, not yet added: the view's defaults, then what is given.

        `parent` is the record itself, or the detail that has `collection`.
        """
        detail = self._rules.detail_template(self._session, self._record, collection)
        self.change(detail, given, collection=collection)
        siblings = (self._record if parent is None else parent)[collection.name]
        number_detail(siblings, detail, collection=collection)
        return detail

    def change(self, detail: JsonObject, given: JsonObject, *, collection: Property) -> None:
        """Put what is given into a detail, and below it."""
        drivers = self._rules.detail_drivers.get(collection.name, {})
        put_fields(
            self._session,
            detail,
            given,
            drivers={name: _bound(driver, self._record) for name, driver in drivers.items()},
        )
        for below in collection.details:
            if below.kind is Kind.COLLECTION and below.name in given:
                self._merge(detail, given[below.name], collection=below)

    def merge(self, given: Sequence[JsonObject], *, collection: Property) -> None:
        """Apply the details of a body to the record."""
        self._merge(self._record, given, collection=collection)

    def _merge(
        self, parent: JsonObject, given: Sequence[JsonObject], *, collection: Property
    ) -> None:
        merge_details(
            parent[collection.name],
            given,
            collection=collection,
            build=lambda body: self.build(body, collection=collection, parent=parent),
            change=lambda detail, body: self.change(detail, body, collection=collection),
        )


def _bound(driver: Callable[[Session, JsonObject, JsonObject], None], parent: JsonObject) -> Driver:
    return lambda session, detail: driver(session, parent, detail)
