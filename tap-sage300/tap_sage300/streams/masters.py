"""Streams of master records: one record of Sage is one record of ours."""

from __future__ import annotations

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
    from collections.abc import Mapping

    from singer_sdk import Tap

    from tap_sage300.client import CompanySession
    from tap_sage300.resources import ResourceSpec


class MasterStream(Sage300Stream):
    """Reads what was maintained since the bookmark less the lookback, now and then everything."""

    spec: ClassVar[ResourceSpec]

    @override
    @classmethod
    def discover(cls, tap: Tap, *, session: CompanySession) -> MasterStream:
        """Build the stream from the company's metadata.

        Raises:
            UnavailableError: the company does not offer it.
        """
        resource = session.locate(cls.spec)
        kinds = {fields.COMPANY: Kind.TEXT, **resource.type.kinds}
        schema = build_object_schema(kinds, keys=cls.key_names)
        return cls(tap, session=session, resource=resource, schema=schema)

    @override
    def read_and_write(self) -> None:
        bookmark = parse_master_bookmark(self.bookmark_state, stream=self.name)
        check_bookmark_company(bookmark, company=self.session.company, stream=self.name)
        horizon = Horizon.of(self.session)
        stamp = self.spec.stamp and self.resource.type.find_server_name(self.spec.stamp)
        clauses, swept_on = plan_masters(bookmark, stamp=stamp, horizon=horizon)
        last = bookmark.last_maintained
        selected = self.list_selected()
        needed = [*selected, *self.spec.keys, *([self.spec.stamp] if self.spec.stamp else [])]
        for raw in self.session.read(self.resource, select=needed, clauses=clauses):
            record, maintained = self._build_record(raw, selected)
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

    def _build_record(
        self, raw: Mapping[str, object], names: list[str]
    ) -> tuple[Record, str | None]:
        key = ", ".join(str(raw.get(name)) for name in self.spec.keys)
        reader = RecordReader(raw=raw, stream=self.name, record=key)
        kinds = self.resource.type.kinds
        record: Record = {name: reader.value(name, kinds[name]) for name in names if name in kinds}
        record[fields.COMPANY] = self.session.company
        record |= {name: reader.value(name, kinds[name]) for name in self.spec.keys}
        return record, reader.date(self.spec.stamp) if self.spec.stamp else None
