"""Documents: headers and lines are two streams fed by one read of a resource."""

from __future__ import annotations

import abc
import logging
from typing import TYPE_CHECKING, ClassVar, Self

from ml_connector.errors import AccessError, RefusedError
from ml_connector.events import event
from typing_extensions import override

from tap_sage300 import fields
from tap_sage300.bookmarks import (
    DocumentBookmark,
    check_bookmark_company,
    parse_document_bookmark,
)
from tap_sage300.calendars import split_calendar
from tap_sage300.changes import (
    DateRange,
    DocumentNames,
    Horizon,
    find_open_years,
    join_bookmarks,
    plan_documents,
)
from tap_sage300.client import check_is_lasting
from tap_sage300.discovery import Resource, UnavailableError, locate_lines
from tap_sage300.documents import Archive, DocumentFamily, DocumentSplitter, Field
from tap_sage300.filters import Clause, Comparison
from tap_sage300.item_codes import FindItemCode, find_no_code
from tap_sage300.resources import FISCAL_CALENDARS, ResourceSpec
from tap_sage300.streams.base import Record, Sage300Stream, build_object_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk import Tap

    from tap_sage300.client import CompanySession
    from tap_sage300.discovery import ScalarType
    from tap_sage300.values import Kind


class DocumentSource(abc.ABC):
    """What a read of a document resource needs to know of the streams it feeds."""

    family: ClassVar[DocumentFamily]
    spec: ClassVar[ResourceSpec]
    line_spec: ClassVar[ResourceSpec]
    needed: ClassVar[tuple[str, ...]]
    """What must be read of a unit to compute its lines, whatever the catalog selects."""
    needed_for_headers: ClassVar[tuple[str, ...]] = ()
    """What must be read besides to compute its headers."""

    def __init__(
        self, session: CompanySession, resource: Resource, streams: Mapping[str, Sage300Stream]
    ) -> None:
        """Take the streams that are selected; nothing is called yet."""
        self.session = session
        self.resource = resource
        self.streams = streams
        self.headers = streams.get(self.family.headers)
        self.lines = streams.get(self.family.lines)

    @classmethod
    def locate(cls, session: CompanySession) -> Resource:
        """Find the documents and their lines in the company's metadata.

        Raises:
            UnavailableError: the company does not offer them.
        """
        resource = session.locate(cls.spec)
        return locate_lines(cls.line_spec, resource, log=session.log)

    @abc.abstractmethod
    def build_splitter(self) -> DocumentSplitter:
        """Return what makes records of a unit."""

    def build_archive(self) -> Archive | None:
        """Return what knows documents whose unit is gone; None when there is nothing."""
        return None

    def describe_rules(self) -> str | None:
        """Name the settings that records depend on; None when they depend on none."""
        return None

    def list_needed(self) -> tuple[str, ...]:
        """Return the properties of a unit to ask for; those the server lacks are left out."""
        if self.headers is None:
            return self.needed
        return (*self.needed, *self.needed_for_headers, *self.headers.list_selected())

    def read(self) -> None:
        """Read from the earliest bookmark of the streams."""
        # The database's code takes longer to import than a wrong setting takes to be refused.
        from tap_sage300.reading import DocumentRead  # noqa: PLC0415

        splitter = self.build_splitter()
        horizon = Horizon.of(self.session)
        bookmark = join_bookmarks([self._parse_bookmark(one) for one in self.streams.values()])
        plan = plan_documents(
            bookmark,
            names=find_names(self.resource, self.family),
            horizon=horizon,
            open_years=self._find_open_years(bookmark, horizon),
            rules=self.describe_rules(),
        )
        read = DocumentRead(
            self.session,
            self.resource,
            self.streams,
            family=self.family,
            splitter=splitter,
            select=self.list_needed(),
            archive=self.build_archive(),
        )
        read.run(bookmark, plan, horizon)

    def find_item_codes(self) -> FindItemCode:
        """Return what finds the codes of items; nothing is read when no selected line has one."""
        if self.lines is None or fields.ITEM_CODE not in self.lines.list_selected():
            return find_no_code
        return self.session.item_codes.find

    def _parse_bookmark(self, stream: Sage300Stream) -> DocumentBookmark:
        bookmark = parse_document_bookmark(stream.bookmark_state, stream=stream.name)
        check_bookmark_company(bookmark, company=self.session.company, stream=stream.name)
        return bookmark

    def _find_open_years(
        self, bookmark: DocumentBookmark, horizon: Horizon
    ) -> list[DateRange] | None:
        """Return the open fiscal years when a sweep needs them and they can be read."""
        if bookmark.is_new or not horizon.is_sweep_due(bookmark.swept_on):
            return None
        try:
            calendars = self.session.locate(FISCAL_CALENDARS)
            return find_open_years(self._read_periods(calendars))
        except (UnavailableError, AccessError, RefusedError) as error:
            check_is_lasting(error)
            event(
                self.session.log,
                "fiscal_calendars.unavailable",
                level=logging.WARNING,
                right="Sage 300 Web API in module CS",
                consequence=f"the sweep of {self.family.headers} reads everything, not what is of"
                " the open years",
                reason=str(error),
            )
            return None

    def _read_periods(self, calendars: Resource) -> Iterator[Record]:
        for raw in self.session.read(calendars, select=(), clauses=()):
            yield from split_calendar(raw, company=self.session.company)


class DocumentStream(Sage300Stream):
    """Either of the two streams; whichever is selected first reads for both."""

    source: ClassVar[type[DocumentSource]]
    additions: ClassVar[Mapping[str, Kind]]
    """What every record says, beside Sage's own properties."""

    @override
    @classmethod
    def discover(cls, tap: Tap, *, session: CompanySession) -> Self:
        """Build the stream from the company's metadata.

        Raises:
            UnavailableError: the company does not offer it.
        """
        resource = cls.source.locate(session)
        kinds = {**cls.additions, **cls.list_kinds(resource), **cls.additions}
        schema = build_document_schema(kinds, cls.key_names)
        return cls(tap, session=session, resource=resource, schema=schema)

    @classmethod
    @abc.abstractmethod
    def list_kinds(cls, resource: Resource) -> dict[str, Kind]:
        """Return Sage's own properties of a record."""

    @override
    def siblings(self) -> list[Sage300Stream]:
        family = (self.source.family.headers, self.source.family.lines)
        found = [self._tap.streams[name] for name in family if name in self._tap.streams]
        return [stream for stream in found if isinstance(stream, Sage300Stream) and stream.selected]

    @override
    def read_and_write(self) -> None:
        streams = {stream.name: stream for stream in self.siblings()}
        self.source(self.session, self.resource, streams).read()


class HeaderStream(DocumentStream):
    """Headers of documents."""

    @override
    @classmethod
    def list_kinds(cls, resource: Resource) -> dict[str, Kind]:
        return dict(resource.type.kinds)


class LineStream(DocumentStream):
    """Lines of documents."""

    key_names: ClassVar[tuple[str, ...]] = (fields.TRANSACTION_ID,)

    @override
    @classmethod
    def list_kinds(cls, resource: Resource) -> dict[str, Kind]:
        return dict(resource.items.kinds) if resource.items else {}

    @override
    def list_extras(self) -> list[str]:
        own = {*self.source.line_spec.wanted, *self.additions}
        return [name for name in self.list_kinds(self.resource) if name not in own]


def build_document_schema(kinds: Mapping[str, Kind], keys: Sequence[str]) -> dict[str, object]:
    """Return the JSON schema of a header or a line, which may be told as deleted."""
    schema = build_object_schema(kinds, keys=keys)
    properties = schema["properties"]
    assert isinstance(properties, dict)  # noqa: S101 - built one line above
    properties[fields.DELETED_AT] = {"type": ["string", "null"], "format": "date-time"}
    return schema


def find_names(resource: Resource, family: DocumentFamily) -> DocumentNames:
    """Return the server's spelling of what a read of documents filters on."""
    find = resource.type.find_server_name
    return DocumentNames(
        key=resource.type.server_names[family.key],
        stamp=find(family.stamp),
        date=next((own for name in family.dates if (own := find(name))), None),
        open=_build_open(resource, family),
    )


def list_fields(stream: Sage300Stream | None, scalars: ScalarType | None) -> tuple[Field, ...]:
    """Return the properties of Sage that a stream has selected."""
    if stream is None or scalars is None:
        return ()
    return tuple(
        Field(name=name, kind=scalars.kinds[name])
        for name in stream.list_selected()
        if name in scalars.kinds
    )


def _build_open(resource: Resource, family: DocumentFamily) -> Clause:
    own = resource.type.find_server_name(family.state)
    if own is None:
        return ()
    members = {member.lower(): member for member in resource.members.get(own, ())}
    if not family.final_states:
        return (Comparison(own, "eq", members.get("no", False)),)
    return tuple(
        Comparison(own, "ne", members.get(one.lower(), one)) for one in family.final_states
    )
