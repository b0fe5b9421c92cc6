"""Resources that the user names in `resources`: whatever a module's `$metadata` lists.

Nothing is known of them beforehand. Properties, nested collections and key come from `$metadata`;
what changed is found by one of the watermarks of the Sage sheet (§4.8) where there is one.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ml_connector.errors import SettingError

from tap_sage300.discovery import build_schema, list_scalars
from tap_sage300.values import Kind, convert, wrong_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ml_connector.sage300 import EntityType, ServiceMetadata

SETTING: Final = "resources"
WATERMARKS: Final = (
    "DateLastMaintained",
    "LastMaintained",
    "DateLastEdited",
    "LastActivityDate",
    "LastPostingDate",
)
_HELPERS: Final = frozenset(
    {
        *("warnings", "etag", "isdeleted", "isnewline", "haschanged", "displayindex"),
        *("changesequence", "previouskey", "licenses", "isselected"),
    }
)
"""Members of Sage's base class, in lower case: about the answer, not the record (sheet §4.0)."""
_PROCESS_KEY: Final = "actionselector"
_DEPTH_MAX: Final = 5
_SPELLING: Final = re.compile(r"(?:([A-Za-z][A-Za-z0-9]+)/)?([A-Za-z][A-Za-z0-9_]+)")
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class ResourceName:
    """A resource as the user wrote it: `AP/APTerms`, or `APTerms` alone."""

    text: str
    module: str
    name: str

    @property
    def stream(self) -> str:
        """The stream's name, as far as it is known before the server's spelling is."""
        return name_stream(self.module, self.name)

    @property
    def identity(self) -> str:
        """The same for every spelling of one resource."""
        return _fold(self.stream)

    def matches(self, stream: str) -> bool:
        """Say whether `stream` is this resource's, however either is spelled."""
        return _fold(stream) == self.identity


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One property of a record: a value, or the fields of each item of a nested collection."""

    name: str
    own: str
    """The server's spelling."""
    content: Kind | tuple[Field, ...]


def parse_resource_name(value: object) -> ResourceName:
    """Parse one entry of the setting.

    Raises:
        SettingError: it is not the name of a resource.
    """
    match = _SPELLING.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise SettingError(
            SETTING,
            value,
            "is not the name of a resource",
            remedy="Name resources as the Web API does, with or without their module: AP/APTerms"
            " or APTerms.",
        )
    module, name = match.groups()
    return ResourceName(text=match[0], module=(module or name[:2]).upper(), name=name)


def name_stream(module: str, resource: str) -> str:
    """Return the stream's name of a resource: `ap_terms` of `APTerms`."""
    own = resource[len(module) :] if resource.upper().startswith(module) else resource
    return "_".join((module.lower(), *(word.lower() for word in _WORDS.findall(own))))


def check_is_new(name: ResourceName, streams: Iterable[str]) -> None:
    """Refuse a resource whose stream would be taken for one of the tap's own `streams`.

    Raises:
        SettingError: it would.
    """
    for stream in streams:
        if name.matches(stream):
            raise SettingError(
                SETTING,
                name.text,
                f"is read by the stream {stream} already",
                remedy=f"Select {stream} in the catalog, with the properties you want of it, and"
                f" take it out of {SETTING}.",
            )


def find_entity(name: ResourceName, metadata: ServiceMetadata) -> tuple[str, EntityType]:
    """Return the server's spelling of a resource, and the type of its records.

    Raises:
        SettingError: the module has no such resource, or it is a process, which has no records.
    """
    found = metadata.find_entity_set(name.name)
    if found is None:
        raise SettingError(
            SETTING,
            name.text,
            f"module {name.module} has no such resource",
            remedy=_suggest(name, metadata.entity_sets),
        )
    own, entity = found
    if not entity.key or [part.lower() for part in entity.key] == [_PROCESS_KEY]:
        raise SettingError(
            SETTING,
            name.text,
            f"{own} is a process or has no key: there are no records to read",
            remedy=f"Take it out of {SETTING}.",
        )
    return own, entity


def find_watermark(entity: EntityType) -> str | None:
    """Return the property that says when a record was changed last, if there is one we know."""
    found = (entity.find_property(name) for name in WATERMARKS)
    return next((prop.name for prop in found if prop is not None), None)


def list_fields(
    entity: EntityType, metadata: ServiceMetadata, *, above: tuple[str, ...] = ()
) -> tuple[Field, ...]:
    """Return the properties of a type with its collections, to the depth Sage nests them."""
    kinds = {
        name: kind for name, kind in list_scalars(entity).items() if name.lower() not in _HELPERS
    }
    fields = [Field(name=name, own=name, content=kind) for name, kind in kinds.items()]
    chain = (*above, entity.name)
    for prop in entity.properties:
        items = metadata.find_item_type(prop) if prop.is_collection else None
        if items is None or prop.name.lower() in _HELPERS:
            continue
        if items.name in chain or len(chain) >= _DEPTH_MAX:
            continue
        content = list_fields(items, metadata, above=chain)
        fields.append(Field(name=prop.name, own=prop.name, content=content))
    return tuple(fields)


def adopt_names(fields: Iterable[Field], properties: Mapping[str, object]) -> tuple[Field, ...]:
    """Return the fields under the names a catalog has for them, whatever the server's case."""
    by_lower = {name.lower(): name for name in properties}
    adopted = []
    for field in fields:
        name = by_lower.get(field.name.lower(), field.name)
        content = field.content
        if isinstance(content, tuple):
            content = adopt_names(content, _find_item_properties(properties.get(name)))
        adopted.append(replace(field, name=name, content=content))
    return tuple(adopted)


def build_fields_schema(
    fields: Iterable[Field], *, keys: Sequence[str] = ()
) -> dict[str, dict[str, object]]:
    """Return the JSON schemas of the fields, by name."""
    return {field.name: _build_field_schema(field, keys) for field in fields}


def build_record(
    raw: Mapping[str, object], fields: Iterable[Field], *, stream: str, record: str
) -> dict[str, object]:
    """Return the record with every value in the form its schema promises.

    Raises:
        InputError: a value does not have it.
    """
    return {
        field.name: _build_value(raw.get(field.own), field, stream=stream, record=record)
        for field in fields
    }


def _build_value(value: object, field: Field, *, stream: str, record: str) -> object:
    content = field.content
    if isinstance(content, Kind):
        return convert(value, content, stream=stream, record=record, field=field.own)
    if value is None:
        return None
    items = value if isinstance(value, list) else None
    if items is None or not all(isinstance(item, dict) for item in items):
        raise wrong_value(
            stream=stream, record=record, field=field.own, value="…", expected="a list of objects"
        )
    return [build_record(item, content, stream=stream, record=record) for item in items]


def _build_field_schema(field: Field, keys: Sequence[str]) -> dict[str, object]:
    if isinstance(field.content, Kind):
        return build_schema(field.content, is_key=field.name in keys)
    items = {"type": "object", "properties": build_fields_schema(field.content)}
    return {"type": ["array", "null"], "items": items}


def _find_item_properties(schema: object) -> Mapping[str, object]:
    for step in ("items", "properties"):
        schema = schema.get(step) if isinstance(schema, dict) else None
    return schema if isinstance(schema, dict) else {}


def _suggest(name: ResourceName, offered: Iterable[str]) -> str:
    by_lower = {own.lower(): own for own in offered}
    near = difflib.get_close_matches(name.name.lower(), by_lower, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(by_lower[one] for one in near)}? " if near else ""
    return f"{hint}{name.module}/$metadata lists what this site has and is licensed for."


def _fold(text: str) -> str:
    return text.replace("_", "").lower()
