"""Streams of master records: one record of Sage is one record of ours."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_sage300 import fields
from tap_sage300.bookmarks import (
    MasterBookmark,
    build_state,
    check_bookmark_company,
    parse_master_bookmark,
)
from tap_sage300.changes import Horizon, plan_masters
from tap_sage300.reader import RecordReader
from tap_sage300.streams.base import Record, Sage300Stream, build_object_schema
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk import Tap

    from tap_sage300.client import CompanySession
    from tap_sage300.filters import Clause
    from tap_sage300.resources import ResourceSpec


class MasterStream(Sage300Stream):
    """Reads what was maintained since the bookmark less the lookback, now and then everything."""

    spec: ClassVar[ResourceSpec]
    additions: ClassVar[Mapping[str, Kind]] = MappingProxyType({})
    """What `build_record` adds to Sage's own properties."""

    @override
    @classmethod
    def discover(cls, tap: Tap, *, session: CompanySession) -> MasterStream:
        """Build the stream from the company's metadata.

        Raises:
            UnavailableError: the company does not offer it.
        """
        resource = session.locate(cls.spec)
        kinds = {fields.COMPANY: Kind.TEXT, **resource.type.kinds, **cls.additions}
        schema = build_object_schema(kinds, keys=cls.key_names)
        return cls(tap, session=session, resource=resource, schema=schema)

    @override
    def read_and_write(self) -> None:
        bookmark = parse_master_bookmark(self.bookmark_state, stream=self.name)
        check_bookmark_company(bookmark, company=self.session.company, stream=self.name)
        horizon = Horizon.of(self.session)
        stamp = self.resource.spec.stamp
        stamp = stamp and self.resource.type.find_server_name(stamp)
        clauses, swept_on = plan_masters(bookmark, stamp=stamp, horizon=horizon)
        last = bookmark.last_maintained
        selected = self.list_selected()
        needed = self.list_needed(selected)
        for raw in self.fetch(needed, clauses):
            record, maintained = self.build_record(raw, selected)
            self.write_row(record)
            if self.is_full:
                return
            last = horizon.move_on(last, maintained)
        self.set_bookmark(
            build_state(
                MasterBookmark(
                    complete=True,
                    company=self.session.company,
                    last_maintained=last,
                    swept_on=swept_on,
                )
            )
        )

    def list_needed(self, selected: Sequence[str]) -> list[str]:
        """Return the properties to ask for; none asks for all."""
        spec = self.resource.spec
        return [*selected, *spec.keys, *([spec.stamp] if spec.stamp else [])]

    def fetch(
        self, needed: Sequence[str], clauses: Sequence[Clause]
    ) -> Iterator[Mapping[str, object]]:
        """Yield the raw records a run is about."""
        return self.session.read(self.resource, select=needed, clauses=clauses)

    def build_record(
        self, raw: Mapping[str, object], names: Sequence[str]
    ) -> tuple[Record, str | None]:
        """Return the record of one raw record, and when that was maintained."""
        spec = self.resource.spec
        key = ", ".join(str(raw.get(name)) for name in spec.keys)
        reader = RecordReader(raw=raw, stream=self.name, record=key)
        kinds = self.resource.type.kinds
        record: Record = {name: reader.value(name, kinds[name]) for name in names if name in kinds}
        record[fields.COMPANY] = self.session.company
        record |= {name: reader.value(name, kinds[name]) for name in spec.keys}
        return record, reader.date(spec.stamp) if spec.stamp else None
