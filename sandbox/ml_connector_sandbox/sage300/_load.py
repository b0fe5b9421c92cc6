"""A company from JSON-lines files, one per resource: `PO.POPurchaseOrders.jsonl`."""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox._wire import JsonObject, decode_object
from ml_connector_sandbox.sage300._records import Company, Table
from ml_connector_sandbox.sage300._types import (
    Kind,
    Property,
    Resource,
    collection,
    parse_properties,
)
from ml_connector_sandbox.sage300._values import stored_row
from ml_connector_sandbox.sage300.catalog import RESOURCES
from ml_connector_sandbox.sage300.catalog.po import GET_RECEIPTS, RECEIPTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_DEFAULT_ID = "SAMLTD"
_NAME_PARTS = 3  # PO, POPurchaseOrders, jsonl

KEYS: Mapping[str, tuple[str, ...]] = {
    "APInvoiceBatches": ("BatchNumber",),
    "APPostedDocuments": ("VendorNumber", "DocumentNumber"),
    "GLAccounts": ("UnformattedAccount",),
    "GLAccountGroups": ("AccountGroupCode",),
    "GLSegmentCodes": ("SegmentNumber", "SegmentCode"),
    "GLSourceCodes": ("SourceLedger", "SourceType"),
    "ICItems": ("UnformattedItemNumber",),
}
"""Keys of resources the catalog does not define; of others, the first property is the key."""


def load_company(folder: Path) -> Company:
    """Read every resource in `folder`; one without a file is not installed.

    Processes come with their module, for there is nothing of them to be in a file.

    Raises:
        ValueError: A file is not what it should be; the message names file and line.
    """
    paths = [
        path for path in sorted(folder.glob("*.jsonl")) if len(path.name.split(".")) == _NAME_PARTS
    ]
    if not paths:
        message = f"{folder} has no file named like PO.POPurchaseOrders.jsonl"
        raise ValueError(message)
    tables = [_load_table(path) for path in paths]
    return Company(_database_id(tables), [*_unread_tables(tables), *tables])


def _unread_tables(tables: list[Table]) -> Iterator[Table]:
    """Yield what nobody can read, and no file can hold: processes, and POReceipts."""
    loaded = {table.resource.path for table in tables}
    modules = {module for module, _ in loaded}
    for resource in RESOURCES.values():
        is_receiver = resource is RECEIPTS and GET_RECEIPTS.path in loaded
        if is_receiver or (resource.is_process and resource.module in modules):
            yield Table(resource)


def _load_table(path: Path) -> Table:
    module, name, _ = path.name.split(".")
    numbered = list(_read_lines(path))
    records = [record for _, record in numbered]
    known = RESOURCES.get((module, name))
    with _named(path.name):
        if known is None:
            resource = _infer_resource(module, name, records)
        else:
            resource = _widen(known, records)
    return Table(resource, list(_read_rows(path, resource, numbered)))


def _read_rows(
    path: Path, resource: Resource, numbered: list[tuple[int, JsonObject]]
) -> Iterator[list[object]]:
    for number, record in numbered:
        with _named(f"{path.name}, line {number}"):
            yield stored_row(resource.properties, record)


def _read_lines(path: Path) -> Iterator[tuple[int, JsonObject]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                with _named(f"{path.name}, line {number}"):
                    yield number, decode_object(line)


@contextmanager
def _named(place: str) -> Iterator[None]:
    """Say where it is that something is not what it should be."""
    try:
        yield
    except ValueError as error:
        message = f"{place}: {error}"
        raise ValueError(message) from error


def _database_id(tables: list[Table]) -> str:
    for table in tables:
        if table.resource.name == "CSCompanyProfile" and len(table):
            return str(table.last_key())
    return _DEFAULT_ID


def _infer_resource(module: str, name: str, records: list[JsonObject]) -> Resource:
    properties = _infer_properties(records)
    entity = name.removeprefix(module).removesuffix("s")
    return Resource(
        module=module,
        name=name,
        entity=entity,
        key=KEYS.get(name, (properties[0].name,) if properties else ()),
        properties=properties,
    )


def _widen(known: Resource, records: list[JsonObject]) -> Resource:
    """Add what the file has and the catalog has not: sites have properties of their own."""
    additions = [item for item in _infer_properties(records) if known.find(item.name) is None]
    if not additions:
        return known
    return Resource(
        module=known.module,
        name=known.name,
        entity=known.entity,
        key=known.key,
        properties=(*known.properties, *additions),
        stamp=known.stamp,
        verbs=known.verbs,
    )


def _infer_properties(records: list[JsonObject]) -> tuple[Property, ...]:
    samples: dict[str, list[object]] = {}
    for record in records:
        for name, value in record.items():
            samples.setdefault(name, []).append(value)
    return tuple(_infer_property(name, values) for name, values in samples.items())


def _infer_property(name: str, values: list[object]) -> Property:
    present = [value for value in values if value is not None]
    if present and isinstance(present[0], list):
        details = [detail for value in present if isinstance(value, list) for detail in value]
        if not all(isinstance(detail, dict) for detail in details):
            message = f"{name}: a list of objects was expected"
            raise ValueError(message)
        return collection(name, item=name.removesuffix("s"), details=_infer_properties(details))
    if present and isinstance(present[0], bool):
        return parse_properties(f"{name} bool")[0]
    if present and isinstance(present[0], int | Decimal):
        return Property(name=name, kind=Kind.DECIMAL)
    if "Date" in name and all(str(value).endswith("T00:00:00Z") for value in present):
        return Property(name=name, kind=Kind.DATE)
    return Property(name=name, kind=Kind.STRING)
