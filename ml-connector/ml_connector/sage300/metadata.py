"""A module's `$metadata`: which resources, properties, types and enums the server really has.

Names derived from documents may be spelled otherwise on a given site (Sage sheet §4.0), so look-ups
here ignore case and give back the server's spelling.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar
from xml.etree import ElementTree as ET

import msgspec

T = TypeVar("T")
_COLLECTION = "Collection("


class MetadataError(ValueError):
    """The text is not the metadata of an OData service."""


class Property(msgspec.Struct, frozen=True, kw_only=True):
    """A property of a type."""

    name: str
    """As the server spells it."""
    type_name: str
    """`Edm.String`, or the full name of an enum or complex type; of the items for a collection."""
    is_collection: bool = False
    nullable: bool = True
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    members: tuple[str, ...] = ()
    """The values of an enum; empty for other types."""


class EntityType(msgspec.Struct, frozen=True, kw_only=True):
    """An entity or complex type with the properties of its base types."""

    name: str
    """Full name with namespace."""
    key: tuple[str, ...] = ()
    properties: tuple[Property, ...] = ()

    def find_property(self, name: str) -> Property | None:
        """Find a property whatever the case of `name`; the exact spelling wins."""
        return _find(name, ((prop.name, prop) for prop in self.properties))


class ServiceMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a module offers."""

    entity_sets: Mapping[str, EntityType]
    """Resource name to the type of its records."""
    types: Mapping[str, EntityType]
    """Every entity and complex type by full name."""

    def find_entity_set(self, name: str) -> tuple[str, EntityType] | None:
        """Find a resource whatever the case of `name`; returns the server's spelling with it."""
        return _find(name, ((own, (own, kind)) for own, kind in self.entity_sets.items()))

    def find_item_type(self, prop: Property) -> EntityType | None:
        """Find the type of a collection's items, or of a complex property."""
        return self.types.get(prop.type_name)


def parse_metadata(raw: bytes) -> ServiceMetadata:
    """Parse EDMX of OData v4, or v3 as the first release spoke it (Sage sheet §1.1).

    Raises:
        MetadataError: `raw` is no EDMX, or declares entities of its own.
    """
    # A document type could define entities that expand without end; EDMX never has one.
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise MetadataError("the metadata declares a document type")
    try:
        root = ET.fromstring(raw)  # noqa: S314 - entities are refused above
    except ET.ParseError as error:
        raise MetadataError(f"the metadata is not XML: {error}") from error
    schemas = [node for node in root.iter() if _local(node) == "Schema"]
    if not schemas:
        raise MetadataError("the metadata has no schema")
    return _build_service(schemas)


def _build_service(schemas: list[ET.Element]) -> ServiceMetadata:
    nodes: dict[str, ET.Element] = {}
    enums: dict[str, tuple[str, ...]] = {}
    for schema in schemas:
        for node in schema:
            full = f"{schema.get('Namespace', '')}.{node.get('Name', '')}"
            if _local(node) in ("EntityType", "ComplexType"):
                nodes[full] = node
            elif _local(node) == "EnumType":
                enums[full] = tuple(
                    member.get("Name", "") for member in node if _local(member) == "Member"
                )
    types = {full: _build_type(full, nodes, enums) for full in nodes}
    sets = {
        node.get("Name", ""): types[type_name]
        for schema in schemas
        for node in schema.iter()
        if _local(node) in ("EntitySet", "Singleton")
        and (type_name := node.get("EntityType") or node.get("Type", "")) in types
    }
    return ServiceMetadata(entity_sets=sets, types=types)


def _build_type(
    full: str, nodes: Mapping[str, ET.Element], enums: Mapping[str, tuple[str, ...]]
) -> EntityType:
    key: tuple[str, ...] = ()
    properties: dict[str, Property] = {}
    for node in _with_bases(full, nodes):
        for child in node:
            if _local(child) == "Key":
                key = tuple(ref.get("Name", "") for ref in child if _local(ref) == "PropertyRef")
            elif _local(child) in ("Property", "NavigationProperty"):
                prop = _build_property(child, enums)
                properties[prop.name] = prop
    return EntityType(name=full, key=key, properties=tuple(properties.values()))


def _with_bases(full: str, nodes: Mapping[str, ET.Element]) -> list[ET.Element]:
    """List the type's node after those of its bases; a circle of bases ends where it closes."""
    chain: dict[str, ET.Element] = {}
    name = full
    while name in nodes and name not in chain:
        chain[name] = nodes[name]
        name = nodes[name].get("BaseType", "")
    return list(reversed(chain.values()))


def _build_property(node: ET.Element, enums: Mapping[str, tuple[str, ...]]) -> Property:
    type_name = node.get("Type", "Edm.String")
    is_collection = type_name.startswith(_COLLECTION)
    if is_collection:
        type_name = type_name.removeprefix(_COLLECTION).removesuffix(")")
    return Property(
        name=node.get("Name", ""),
        type_name=type_name,
        is_collection=is_collection,
        nullable=node.get("Nullable", "true").lower() != "false",
        max_length=_number(node.get("MaxLength")),
        precision=_number(node.get("Precision")),
        scale=_number(node.get("Scale")),
        members=enums.get(type_name, ()),
    )


def _find(name: str, named: Iterable[tuple[str, T]]) -> T | None:
    found: T | None = None
    for own, value in named:
        if own == name:
            return value
        if found is None and own.lower() == name.lower():
            found = value
    return found


def _local(node: ET.Element) -> str:
    return node.tag.rsplit("}", 1)[-1]


def _number(text: str | None) -> int | None:
    # MaxLength may be the word "max", Scale the word "variable".
    return int(text) if text and text.isdigit() else None
