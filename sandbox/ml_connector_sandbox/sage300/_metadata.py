"""`$metadata`: the EDMX of one module, as the present switches shape it (Sage sheet §1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from ml_connector_sandbox.sage300._types import Kind, Property, namespace_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ml_connector_sandbox.sage300._view import Column, Look, ResourceView

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
    "<edmx:DataServices>"
)
_TAIL = "</edmx:DataServices></edmx:Edmx>"
_SCHEMA = '<Schema Namespace={} xmlns="http://docs.oasis-open.org/odata/ns/edm">'


def build_metadata(module: str, views: Sequence[ResourceView]) -> str:
    """Return the EDMX document of a module's resources."""
    namespace = namespace_of(module)
    parts = [_HEAD, _SCHEMA.format(quoteattr(namespace))]
    enums: dict[str, Property] = {}
    for view in views:
        parts += _entity_type(view, namespace)
        parts += _complex_types(view.columns, view.look, namespace)
        enums |= _enums_of(view.columns, view.look)
    parts += [part for enum in enums.values() for part in _enum_type(enum)]
    parts.append("</Schema>")
    parts += [_SCHEMA.format('"Default"'), '<EntityContainer Name="Container">']
    parts += [
        f"<EntitySet Name={quoteattr(view.resource.name)} EntityType={quoteattr(view.type_name)} />"
        for view in views
    ]
    parts += ["</EntityContainer></Schema>", _TAIL]
    return "".join(parts)


def _entity_type(view: ResourceView, namespace: str) -> Iterator[str]:
    yield f"<EntityType Name={quoteattr(view.resource.entity)}><Key>"
    for name in view.resource.key:
        yield f"<PropertyRef Name={quoteattr(view.look.shown_name(name))} />"
    yield "</Key>"
    for column in view.columns:
        yield _property(column, view, namespace)
    yield "</EntityType>"


def _property(column: Column, view: ResourceView, namespace: str) -> str:
    nullable = ' Nullable="false"' if column.item.name in view.resource.key else ""
    return _property_element(column, view.look, namespace, extra=nullable)


def _property_element(column: Column, look: Look, namespace: str, *, extra: str = "") -> str:
    type_name, facets = _type_of(column.item, look, namespace)
    return f"<Property Name={quoteattr(column.name)} Type={quoteattr(type_name)}{facets}{extra} />"


def _type_of(item: Property, look: Look, namespace: str) -> tuple[str, str]:
    if item.kind is Kind.COLLECTION:
        return f"Collection({namespace}.{item.type_name})", ""
    if item.kind is Kind.ENUM:
        return f"{namespace}.{item.type_name}", ' Nullable="false"'
    if item.kind is Kind.BOOLEAN and look.has_boolean_words:
        return f"{namespace}.{item.type_name}", ' Nullable="false"'
    if item.kind is Kind.STRING and item.size is not None:
        return item.kind.value, f' MaxLength="{item.size}"'
    if item.kind is Kind.DECIMAL and item.size is not None:
        return item.kind.value, f' Scale="{item.size}"'
    return item.kind.value, ""


def _complex_types(columns: Iterable[Column], look: Look, namespace: str) -> Iterator[str]:
    for column in columns:
        if column.item.kind is not Kind.COLLECTION:
            continue
        yield f"<ComplexType Name={quoteattr(column.item.type_name)}>"
        for detail in column.details:
            yield _property_element(detail, look, namespace)
        yield "</ComplexType>"
        yield from _complex_types(column.details, look, namespace)


def _enums_of(columns: Iterable[Column], look: Look) -> dict[str, Property]:
    found: dict[str, Property] = {}
    for column in columns:
        kind = column.item.kind
        if kind is Kind.ENUM or (kind is Kind.BOOLEAN and look.has_boolean_words):
            found[column.item.type_name] = column.item
        found |= _enums_of(column.details, look)
    return found


def _enum_type(enum: Property) -> Iterator[str]:
    yield f"<EnumType Name={quoteattr(enum.type_name)}>"
    for value, member in enumerate(enum.members):
        yield f'<Member Name={quoteattr(member)} Value="{value}" />'
    yield "</EnumType>"
