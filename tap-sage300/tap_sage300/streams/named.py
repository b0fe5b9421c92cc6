"""Streams of resources that the user named; see `tap_sage300.named`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_sage300 import fields
from tap_sage300.discovery import Resource, ScalarType, UnavailableError, build_schema
from tap_sage300.named import (
    Field,
    adopt_names,
    build_fields_schema,
    build_record,
    find_entity,
    find_watermark,
    list_fields,
    name_stream,
)
from tap_sage300.resources import ResourceSpec
from tap_sage300.streams.masters import MasterStream
from tap_sage300.values import Kind, convert_date

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.singerlib import Catalog

    from tap_sage300.client import CompanySession
    from tap_sage300.named import ResourceName
    from tap_sage300.streams.base import Record


class NamedStream(MasterStream):
    """Every record of one resource as Sage gives it, its nested collections as lists."""

    name = "named"
    key_names: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        tap: Tap,
        *,
        session: CompanySession,
        resource: Resource,
        content: tuple[Field, ...],
        name: str,
    ) -> None:
        """Bind the stream to the resource under the server's own spelling."""
        self.name = name
        keys = resource.spec.keys
        self._content = content
        company = {fields.COMPANY: build_schema(Kind.TEXT, is_key=True)}
        properties = company | build_fields_schema(content, keys=keys)
        schema: dict[str, object] = {"type": "object", "properties": properties}
        super().__init__(tap, session=session, resource=resource, schema=schema)
        self.primary_keys = list(keys)

    @classmethod
    def open(
        cls, tap: Tap, name: ResourceName, *, session: CompanySession, stream: str | None = None
    ) -> NamedStream:
        """Build the stream from the module's metadata, under the name a catalog has for it.

        Raises:
            UnavailableError: the module cannot be read.
            SettingError: it has no such resource.
        """
        metadata = session.fetch_metadata(name.module)
        own, entity = find_entity(name, metadata)
        content = list_fields(entity, metadata)
        kinds = {one.own: one.content for one in content if isinstance(one.content, Kind)}
        if missing := [part for part in entity.key if part not in kinds]:
            raise UnavailableError(f"{own} has no {', '.join(missing)}")
        stamp = find_watermark(entity)
        spec = ResourceSpec(module=name.module, name=own, key=entity.key, stamp=stamp)
        names = ScalarType(kinds=kinds, server_names={one: one for one in kinds})
        resource = Resource(spec=spec, name=own, type=names)
        return cls(
            tap,
            session=session,
            resource=resource,
            content=content,
            name=stream or name_stream(name.module, own),
        )

    @override
    def list_extras(self) -> list[str]:
        return []

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Take the catalog's names; raw records keep the server's."""
        resource = self.resource
        super().apply_catalog(catalog)
        self.resource = resource
        self._content = adopt_names(self._content, self.effective_schema["properties"])

    @override
    def list_needed(self, selected: Sequence[str]) -> list[str]:
        """Return the properties to ask for; none, for all, where a collection is among them."""
        chosen = self._choose(selected)
        if any(isinstance(one.content, tuple) for one in chosen):
            return []
        if len(chosen) == len(self._content):
            return []
        stamp = [self.resource.spec.stamp] if self.resource.spec.stamp else []
        return [*(one.own for one in chosen), *self.resource.spec.keys, *stamp]

    @override
    def build_record(
        self, raw: Mapping[str, object], names: Sequence[str]
    ) -> tuple[Record, str | None]:
        key = ", ".join(str(raw.get(own)) for own in self.resource.spec.keys)
        record = build_record(raw, self._choose(names), stream=self.name, record=key)
        record[fields.COMPANY] = self.session.company
        stamp = self.resource.spec.stamp
        return record, convert_date(raw.get(stamp)) if stamp else None

    def _choose(self, names: Collection[str]) -> list[Field]:
        return [one for one in self._content if one.name in names]
