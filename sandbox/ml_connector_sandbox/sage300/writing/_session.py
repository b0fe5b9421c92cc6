"""What a business rule works with: the company, the session date, the user, the switches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._types import Kind
from ml_connector_sandbox.sage300._values import date_text, details_of, stored_row

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300._records import Company, Key, Row, Table
    from ml_connector_sandbox.sage300._types import Property, Resource


@dataclass(frozen=True, kw_only=True)
class Session:
    """One request's view of the company, as a signed-on user has it."""

    company: Company
    today: dt.date
    """The session date: the sandbox's clock (Sage sheet §5.1, I)."""
    user: str
    switches: Switches
    now: dt.datetime | None = None
    """The moment by the sandbox's clock; None where only the day matters."""

    @property
    def day(self) -> str:
        """The session date as it is stored."""
        return date_text(self.today)

    def table(self, module: str, name: str) -> Table:
        """Return a resource's table.

        Raises:
            WebApiError: `DBLinkError`; the company does not have the resource.
        """
        table = self.company.find_table(module, name)
        if table is None:
            raise WebApiError("DBLinkError", f"{module}: {name} is not installed.")
        return table

    def is_installed(self, module: str, name: str) -> bool:
        """Tell whether the company has a resource."""
        return self.company.find_table(module, name) is not None

    def find(self, module: str, name: str, key: Key) -> JsonObject | None:
        """Return a copy of a record, details as lists; None when there is none."""
        table = self.company.find_table(module, name)
        row = None if table is None else table.find(key)
        return None if table is None or row is None else open_record(table.resource, row)

    def records(self, module: str, name: str) -> Iterator[JsonObject]:
        """Yield copies of all records of a resource, in key order."""
        table = self.table(module, name)
        for row in table.rows_between():
            yield open_record(table.resource, row)

    def lacks(self, module: str, name: str, key: Key) -> bool:
        """Tell whether a reference leads nowhere; what is not installed is not missed."""
        table = self.company.find_table(module, name)
        return table is not None and table.find(key) is None

    def store(self, module: str, name: str, record: JsonObject) -> None:
        """Write a record; one with the same key is replaced."""
        table = self.table(module, name)
        table.put(stored_row(table.resource.properties, record))


def open_record(resource: Resource, row: Row) -> JsonObject:
    """Return a row by property names, its details as lists of objects."""
    return {
        item.name: _open_details(item, value) if item.kind is Kind.COLLECTION else value
        for item, value in zip(resource.properties, row, strict=True)
    }


def _open_details(collection: Property, value: object) -> list[JsonObject]:
    # What was stored without a property has it blank.
    opened = [{**blank_record(collection.details), **detail} for detail in details_of(value)]
    for below in collection.details:
        if below.kind is Kind.COLLECTION:
            for detail in opened:
                detail[below.name] = _open_details(below, detail[below.name])
    return opened


def blank_record(properties: Sequence[Property]) -> JsonObject:
    """Return a record nobody filled in: an entity's, or a detail's."""
    return {item.name: [] if item.kind is Kind.COLLECTION else item.blank for item in properties}
