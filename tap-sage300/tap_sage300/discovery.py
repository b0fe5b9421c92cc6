"""What a company's `$metadata` really offers of a resource, and the schema that follows from it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ml_connector.events import event

from tap_sage300.resources import ALIASES, ResourceSpec
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ml_connector.sage300 import EntityType, Property, ServiceMetadata

_NUMBERS: Final = frozenset({"Edm.Decimal", "Edm.Double", "Edm.Single"})
_INTEGERS: Final = frozenset({"Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Byte", "Edm.SByte"})
_DATES: Final = frozenset({"Edm.DateTimeOffset", "Edm.DateTime", "Edm.Date"})

_TYPES: Final[Mapping[Kind, Mapping[str, object]]] = {
    Kind.TEXT: {"type": "string"},
    Kind.NUMBER: {"type": "number"},
    Kind.INTEGER: {"type": "integer"},
    Kind.FLAG: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.STATUS: {"type": "string"},
}


class UnavailableError(Exception):
    """A stream cannot be offered; the message says why in one line."""


@dataclass(frozen=True, kw_only=True)
class ScalarType:
    """The scalar properties of one entity or complex type, by the catalog's names."""

    kinds: Mapping[str, Kind]
    server_names: Mapping[str, str]
    nested: Mapping[str, Nested] = field(default_factory=dict)
    """Its collections, by the catalog's names, as far as we look into them."""

    def find_server_name(self, name: str) -> str | None:
        """Return the server's spelling of a catalog name, None when it has no such property."""
        return self.server_names.get(name)

    @cached_property
    def renames(self) -> Mapping[str, str]:
        """The server's spellings that differ, with the catalog's names."""
        spelled = {**self.server_names, **{name: one.name for name, one in self.nested.items()}}
        return {own: name for name, own in spelled.items() if own != name}

    @cached_property
    def is_spelled_alike(self) -> bool:
        """Say whether server and catalog use the same names, down to the last collection."""
        return not self.renames and all(one.type.is_spelled_alike for one in self.nested.values())

    def rename(self, raw: Mapping[str, object]) -> Mapping[str, object]:
        """Return `raw` with the catalog's names; as it is when both spell alike."""
        if self.is_spelled_alike:
            return raw
        record = {self.renames.get(own, own): value for own, value in raw.items()}
        for name, inner in self.nested.items():
            if isinstance(record.get(name), list):
                record[name] = inner.type.rename_all(record[name])
        return record

    def rename_all(self, items: object) -> list[object]:
        """Return the items of a collection with the catalog's names."""
        return [self.rename(one) if isinstance(one, dict) else one for one in _as_list(items)]

    def adopt_names(self, names: Sequence[str]) -> ScalarType:
        """Return the same type under the names a catalog uses for it."""
        by_lower = {name.lower(): name for name in self.server_names}
        adopted = {
            known: name
            for name in names
            if name not in self.server_names and (known := by_lower.get(name.lower()))
        }
        return replace(
            self,
            kinds={adopted.get(name, name): kind for name, kind in self.kinds.items()},
            server_names={adopted.get(name, name): own for name, own in self.server_names.items()},
            nested={
                name: replace(inner, type=inner.type.adopt_names(names))
                for name, inner in self.nested.items()
            },
        )


@dataclass(frozen=True, kw_only=True)
class Nested:
    """A collection within a type."""

    name: str
    """In the server's spelling."""
    type: ScalarType


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of this company, in the server's spelling, seen through the catalog's names."""

    spec: ResourceSpec
    name: str
    type: ScalarType
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The values of properties that are lists of values, by the server's names."""
    collection: str | None = None
    items: ScalarType | None = None

    @property
    def module(self) -> str:
        """The Sage module it belongs to."""
        return self.spec.module

    @property
    def own_keys(self) -> tuple[str, ...]:
        """The key's properties in the server's spelling."""
        return tuple(self.type.server_names[name] for name in self.spec.keys)

    def rename(self, raw: Mapping[str, object]) -> Mapping[str, object]:
        """Return a raw record with the catalog's names, its lines included."""
        record = self.type.rename(raw)
        wanted = self.spec.collection
        if self.items is None or wanted is None or self.collection is None:
            return record
        if self.items.is_spelled_alike and self.collection == wanted:
            return record
        lines = record.get(self.collection)
        return {
            **record,
            wanted: self.items.rename_all(lines) if isinstance(lines, list) else lines,
        }

    def adopt_names(self, names: Iterable[str]) -> Resource:
        """Return the same resource under the names a catalog uses for its properties."""
        own = {*self.spec.keys, *self.spec.required, *self.spec.wanted}
        known = {name.lower() for name in own}
        others = [name for name in names if name.lower() not in known]
        return replace(
            self,
            type=self.type.adopt_names(others),
            items=self.items.adopt_names(others) if self.items else None,
        )


def locate(spec: ResourceSpec, metadata: ServiceMetadata, *, log: logging.Logger) -> Resource:
    """Find a resource in a module's metadata; warn once about properties it lacks.

    Raises:
        UnavailableError: the resource, its key or a required property is not there.
    """
    found = metadata.find_entity_set(spec.name)
    if found is None:
        raise UnavailableError(f"module {spec.module} has no resource {spec.name}")
    name, entity = found
    scalars = _read_type(spec, entity, log=log)
    members = {one.name: one.members for one in entity.properties if one.members}
    resource = Resource(spec=spec, name=name, type=scalars, members=members)
    if spec.collection is None:
        return resource
    collection = entity.find_property(spec.collection) or _find_lines(entity)
    items = metadata.find_item_type(collection) if collection else None
    if collection is None or items is None:
        raise UnavailableError(f"{spec.name} has no lines {spec.collection}")
    return replace(resource, collection=collection.name, items=_read_items(items, metadata))


def locate_lines(spec: ResourceSpec, resource: Resource, *, log: logging.Logger) -> Resource:
    """Return the resource with its lines seen through the names `spec` uses.

    Raises:
        UnavailableError: a required property of the lines is not there.
    """
    found = resource.items or ScalarType(kinds={}, server_names={})
    items = _match(spec, found.kinds, where=f"lines of {spec.name}", log=log)
    return replace(resource, items=replace(items, nested=_match_nested(spec, found, log=log)))


def build_schema(kind: Kind, *, is_key: bool) -> dict[str, object]:
    """Return the JSON schema of one property; only keys are never null."""
    schema = dict(_TYPES[kind])
    return schema if is_key else {**schema, "type": [schema["type"], "null"]}


def find_kind(prop: Property) -> Kind:
    """Return the form of a property's values by its EDM type (Sage sheet §3.4)."""
    if prop.type_name in _NUMBERS:
        return Kind.NUMBER
    if prop.type_name in _INTEGERS:
        return Kind.INTEGER
    if prop.type_name in _DATES:
        return Kind.DATE
    return Kind.FLAG if prop.type_name == "Edm.Boolean" else Kind.TEXT


def list_scalars(entity: EntityType) -> dict[str, Kind]:
    """Return the forms of a type's plain properties, by the server's names."""
    return {
        prop.name: find_kind(prop)
        for prop in entity.properties
        if not prop.is_collection
        and (prop.type_name.startswith("Edm.") or prop.members)
        and prop.name.lower() != "updateoperation"
    }


def _find_lines(entity: EntityType) -> Property | None:
    """Return the collection whose items are lines, when there is one (Sage sheet §7, 14)."""
    found = [
        one for one in entity.properties if one.is_collection and one.type_name.endswith("Line")
    ]
    return found[0] if len(found) == 1 else None


def _read_type(spec: ResourceSpec, entity: EntityType, *, log: logging.Logger) -> ScalarType:
    return _match(spec, list_scalars(entity), where=spec.name, log=log)


def _read_items(items: EntityType, metadata: ServiceMetadata) -> ScalarType:
    kinds = list_scalars(items)
    nested = {
        prop.name: Nested(name=prop.name, type=_read_items(inner, metadata))
        for prop in items.properties
        if prop.is_collection and (inner := metadata.find_item_type(prop))
    }
    names = {name: name for name in kinds}
    return ScalarType(kinds=kinds, server_names=names, nested=nested)


def _match_nested(
    spec: ResourceSpec, found: ScalarType, *, log: logging.Logger
) -> dict[str, Nested]:
    """Give the collections of lines the names we know them by; others are left out.

    Raises:
        UnavailableError: a collection with required properties, or one of these, is not there.
    """
    by_lower = {name.lower(): inner for name, inner in found.nested.items()}
    matched = {}
    for inner in spec.nested:
        own = by_lower.get(inner.name.lower())
        if own is None and inner.required:
            raise UnavailableError(f"{spec.name} has no {inner.name}")
        if own is not None:
            type_ = _match(inner, own.type.kinds, where=f"{inner.name} of {spec.name}", log=log)
            matched[inner.name] = Nested(name=own.name, type=type_)
    return matched


def _match(
    spec: ResourceSpec, properties: Mapping[str, Kind], *, where: str, log: logging.Logger
) -> ScalarType:
    """Give the server's properties the names we know them by."""
    by_lower = {own.lower(): own for own in properties}
    names: dict[str, str] = {}
    missing = []
    for name in dict.fromkeys((*spec.keys, *spec.required, *spec.wanted)):
        own = _find_own(name, properties, by_lower)
        if own is None:
            missing.append(name)
        else:
            names[name] = own
    _check_required(spec, missing, where=where)
    if missing:
        event(
            log,
            "discovery.properties_missing",
            level=logging.WARNING,
            resource=where,
            dropped=",".join(missing),
        )
    taken = set(names.values())
    names |= {own: own for own in properties if own not in taken and own not in names}
    kinds = {name: spec.kinds.get(name, properties[own]) for name, own in names.items()}
    return ScalarType(kinds=kinds, server_names=names)


def _find_own(name: str, properties: Mapping[str, Kind], by_lower: Mapping[str, str]) -> str | None:
    if name in properties:
        return name
    spellings = (name, *ALIASES.get(name, ()))
    return next((by_lower[one.lower()] for one in spellings if one.lower() in by_lower), None)


def _check_required(spec: ResourceSpec, missing: list[str], *, where: str) -> None:
    needed = [name for name in (*spec.keys, *spec.required) if name in missing]
    if needed:
        raise UnavailableError(f"{where} has no {', '.join(needed)}")


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
