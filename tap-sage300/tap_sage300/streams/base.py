"""What all streams share: state around their records, and records written as they are."""

from __future__ import annotations

import abc
from contextlib import ExitStack
from typing import TYPE_CHECKING, ClassVar

from singer_sdk import Stream
from singer_sdk.helpers._catalog import get_selected_schema
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib.catalog import MetadataMapping, StreamMetadata
from typing_extensions import override

from tap_sage300 import fields
from tap_sage300.discovery import Resource, build_schema

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context
    from singer_sdk.mapper import StreamMap
    from singer_sdk.metrics import Counter
    from singer_sdk.singerlib import Catalog

    from tap_sage300.client import CompanySession
    from tap_sage300.values import Kind

Record = dict[str, object]


class Sage300Stream(Stream):
    """A stream of one company; its records are complete and JSON-ready when they are written.

    One read may feed several streams: the first selected one reads and writes for its siblings.
    """

    # Our values already have the form the schema promises; a test compares with RECURSIVE.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    key_names: ClassVar[tuple[str, ...]]
    by_default: ClassVar[bool] = True
    asks_sage: ClassVar[bool] = True

    def __init__(
        self, tap: Tap, *, session: CompanySession, resource: Resource, schema: dict[str, object]
    ) -> None:
        """Bind the stream to the company's resource; nothing is read yet."""
        self.session = session
        self.resource = resource
        self.selected_by_default = self.by_default
        self.was_read = False
        self.written_count = 0
        self._schema_written = False
        super().__init__(tap, schema=schema)
        self.primary_keys = list(self.key_names)

    @classmethod
    @abc.abstractmethod
    def discover(cls, tap: Tap, *, session: CompanySession) -> Sage300Stream:
        """Build the stream from the company's metadata.

        Raises:
            UnavailableError: the company does not offer it.
        """

    @property  # type: ignore[explicit-override]  # mypy does not see it on a settable property
    @override
    def selected(self) -> bool:
        """Say whether the stream is selected."""
        return bool(self.mask.get((), True))

    @selected.setter
    @override
    def selected(self, value: bool | None) -> None:
        """Select the stream, as a trial run does with every stream."""
        self.metadata.root.selected = value
        self._mask = None

    @property
    @override
    def stream_maps(self) -> list[StreamMap]:
        """The maps of this stream, with the schema it has when it is selected.

        The SDK makes them while a stream may still be deselected, of properties that are then
        deselected as well: the schema would be empty.
        """
        if not self._stream_maps:
            chosen = MetadataMapping(self.metadata)
            chosen[()] = StreamMetadata(selected=True)
            self._tap.mapper.register_raw_stream_schema(
                self.name,
                get_selected_schema(self.name, self.effective_schema, chosen.resolve_selection()),
                self.primary_keys,
            )
        return super().stream_maps

    @property
    def is_full(self) -> bool:
        """Say whether a trial run has all the records it wanted of this stream."""
        limit = self.ABORT_AT_RECORD_COUNT
        return limit is not None and self.written_count >= limit

    @property
    def bookmark_state(self) -> Mapping[str, object]:
        """This stream's part of the Singer state."""
        return dict(self.stream_state)

    def list_selected(self) -> list[str]:
        """Return the names of the selected properties."""
        offered = self.effective_schema["properties"]
        return [name for name in offered if self.mask["properties", name]]

    def write_start(self) -> None:
        """Write the schema, then a state that says: not complete."""
        self._write_schema_message()
        self.set_bookmark({**self.bookmark_state, "complete": False})

    def write_row(self, record: Record) -> None:
        """Write one record, unless a trial run has enough of them."""
        if not self.is_full:
            self._write_record_message(record)
            self.written_count += 1

    def set_bookmark(self, bookmark: Mapping[str, object]) -> None:
        """Replace this stream's part of the state; written with the next state message."""
        state = self.stream_state
        state.clear()
        state.update(bookmark)

    def write_state(self) -> None:
        """Write the state of the whole tap."""
        self._tap.state_writer.write_state(self.tap_state)

    @abc.abstractmethod
    def read_and_write(self) -> None:
        """Read, and write this stream's records and its siblings'."""

    def siblings(self) -> list[Sage300Stream]:
        """Return the selected streams this one's read feeds, itself first."""
        return [self]

    @property
    @override
    def metadata(self) -> MetadataMapping:
        """Selection; without a catalog only the properties this product is about are selected."""
        is_own = self._metadata is None and not self._is_in_catalog()
        mapping = super().metadata
        if is_own:
            for name in self.list_extras():
                mapping["properties", name].selected_by_default = False
        return mapping

    def list_extras(self) -> list[str]:
        """Return the properties that are offered, but not selected unless asked for."""
        offered = self.resource.type.kinds
        return [name for name in offered if name not in self.resource.spec.wanted]

    def _is_in_catalog(self) -> bool:
        catalog = self._tap_input_catalog
        return catalog is not None and catalog.get_stream(self.tap_stream_id) is not None

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Take the selection, and the names the catalog has for properties nobody else names."""
        super().apply_catalog(catalog)
        if self._is_in_catalog():
            self.resource = self.resource.adopt_names(self.effective_schema["properties"])

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        """Not used: a read may write to several streams, see `read_and_write`."""
        return ()

    @override
    def _write_schema_message(self) -> None:
        if not self._schema_written:
            super()._write_schema_message()
            self._schema_written = True

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, None, None]:
        if not self.was_read:
            self._read_group()
        yield from ()

    def _read_group(self) -> None:
        group = self.siblings()
        for stream in group:
            stream.was_read = True
            stream.write_start()
        self.write_state()
        with ExitStack() as stack:
            counters = {
                stream.name: stack.enter_context(stream.get_record_counter()) for stream in group
            }
            stack.enter_context(self.get_sync_timer())
            self.read_and_write()
            for stream in group:
                _count(counters[stream.name], stream.written_count)
        if all(stream.ABORT_AT_RECORD_COUNT is None for stream in group):
            self.write_state()


def build_object_schema(
    properties: Mapping[str, Kind], *, keys: Iterable[str]
) -> dict[str, object]:
    """Return the JSON schema of a record from the forms of its properties."""
    key_names = frozenset((*keys, fields.COMPANY))
    schema: dict[str, object] = {
        name: build_schema(kind, is_key=name in key_names) for name, kind in properties.items()
    }
    return {"type": "object", "properties": schema}


def _count(counter: Counter, written: int) -> None:
    counter.increment(written)
