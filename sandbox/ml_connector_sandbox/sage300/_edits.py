"""Edits of records as a desktop user makes them, through `/_sandbox/records/…` (design §5.6).

========================================  ================================================
GET    records/{MODULE}/{Resource}        all records, as stored, whatever the switches say
POST   records/{MODULE}/{Resource}        add one; what is not given is blank or follows
GET    records/{MODULE}/{Resource}/{key}  one record
PATCH  records/{MODULE}/{Resource}/{key}  change the properties given
DELETE records/{MODULE}/{Resource}/{key}  delete it
========================================  ================================================

Keys are written as in the Web API: `10020001`, `'1200'` or `1200`, `1200,INV-7`. Order lines
are given as a list: one with a known `LineNumber` is changed, another one added, one with
`"UpdateOperation": "Delete"` removed.

`"stamp"` in the body is the session date (`"2026-01-31"`); without it the clock's day; `null`
leaves the record's stamp as it is. What depends on the edit is recomputed, unless it is given
as well: extended cost, outstanding quantity, completion, totals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox._control import control_route
from ml_connector_sandbox._wire import JsonObject, decode_object
from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._keys import parse_key
from ml_connector_sandbox.sage300._order_edits import LINES, prepare_order, settle_order
from ml_connector_sandbox.sage300._values import stored_row, stored_value
from ml_connector_sandbox.sage300.catalog.po import PURCHASE_ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300._records import Company, Key, Row, Table


def build_record_routes(editor: Editor) -> list[BaseRoute]:
    """Return the control routes through which records are edited."""
    many, one = "/records/{module}/{name}", "/records/{module}/{name}/{key:path}"
    return [
        control_route(many, editor.show_all, methods=["GET"]),
        control_route(many, editor.add, methods=["POST"]),
        control_route(one, editor.show, methods=["GET"]),
        control_route(one, editor.change, methods=["PATCH"]),
        control_route(one, editor.delete, methods=["DELETE"]),
    ]


@dataclass(frozen=True, kw_only=True)
class _Edit:
    """What a user typed, and when."""

    given: JsonObject
    stamp: str | None
    """What the record's stamp becomes; None leaves it."""
    day: str
    """The session date, for dates that follow from the edit."""


class Editor:
    """A desktop user of the company."""

    def __init__(
        self, company: Callable[[], Company], *, clock: VirtualClock, switches: Switches
    ) -> None:
        """Edit whatever `company` returns at the time."""
        self._company = company
        self._clock = clock
        self._switches = switches

    async def show_all(self, request: Request) -> object:
        """Return every record of a resource."""
        table = self._table(request)
        return [record_of(table, row) for row in table.rows_between()]

    async def show(self, request: Request) -> object:
        """Return one record."""
        table = self._table(request)
        return record_of(table, self._find(request, table)[1])

    async def add(self, request: Request) -> object:
        """Add a record and return it."""
        table = self._table(request)
        edit = self._read_edit(await request.body())
        if table.resource.name == PURCHASE_ORDERS.name:
            prepare_order(self._company(), table, edit.given, day=edit.day)
        record = record_of(table, stored_row(table.resource.properties, {}))
        return self._save(table, record, edit)

    async def change(self, request: Request) -> object:
        """Change a record and return it; a changed key moves the record."""
        table = self._table(request)
        key, row = self._find(request, table)
        edit = self._read_edit(await request.body())
        saved = self._save(table, record_of(table, row), edit)
        if table.key_of(stored_row(table.resource.properties, saved)) != key:
            table.remove(key)
        return saved

    async def delete(self, request: Request) -> object:
        """Delete a record."""
        table = self._table(request)
        table.remove(self._find(request, table)[0])
        return {}

    def _table(self, request: Request) -> Table:
        return self._company().tables[request.path_params["module"], request.path_params["name"]]

    def _find(self, request: Request, table: Table) -> tuple[Key, Row]:
        text = request.path_params["key"]
        try:
            key = parse_key(text, table.resource, upper_case="asis")
        except WebApiError as error:
            raise ValueError(error.message) from error
        row = table.find(key)
        if row is None:
            raise KeyError(text)
        return key, row

    def _read_edit(self, body: bytes) -> _Edit:
        given = decode_object(body)
        today = self._clock.today().isoformat()
        stamp = given.pop("stamp", today)
        day = _date_text(today if stamp is None else str(stamp))
        is_moving = stamp is not None and self._switches.is_on("stamps_move")
        return _Edit(given=given, stamp=day if is_moving else None, day=day)

    def _save(self, table: Table, record: JsonObject, edit: _Edit) -> JsonObject:
        resource = table.resource
        is_order = resource.name == PURCHASE_ORDERS.name
        for name, value in edit.given.items():
            item = resource.find(name)
            if item is None:
                message = f"unknown property {name}"
                raise ValueError(message)
            if not (is_order and name == LINES):
                record[name] = stored_value(item, value)
        if is_order:
            settle_order(record, edit.given, day=edit.day)
        if resource.stamp is not None and edit.stamp and resource.stamp not in edit.given:
            record[resource.stamp] = edit.stamp
        row = stored_row(resource.properties, record)
        table.put(row)
        return record_of(table, row)


def record_of(table: Table, row: Row) -> JsonObject:
    """Return a row by property names, as stored."""
    return {item.name: value for item, value in zip(table.resource.properties, row, strict=True)}


def _date_text(text: str) -> str:
    return text if "T" in text else f"{text}T00:00:00Z"
