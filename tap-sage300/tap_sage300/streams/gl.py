"""General Ledger: the chart of accounts, what was posted to it, and its balances."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, ClassVar

import msgspec
from ml_connector.errors import RefusedError, SettingError
from ml_connector.events import event
from typing_extensions import override

from tap_sage300 import balances, fields, postings
from tap_sage300.bookmarks import (
    MasterBookmark,
    PostingBookmark,
    build_state,
    check_bookmark_company,
    parse_master_bookmark,
    parse_posting_bookmark,
)
from tap_sage300.changes import Horizon
from tap_sage300.cost_centers import NONE_SETTING, SETTING, fold
from tap_sage300.filters import Comparison
from tap_sage300.resources_gl import (
    GL_ACCOUNT_FISCAL_SETS,
    GL_ACCOUNT_GROUPS,
    GL_ACCOUNTS,
    GL_POSTED_TRANSACTIONS,
    GL_SEGMENT_CODES,
)
from tap_sage300.streams.base import Record, Sage300Stream, build_object_schema
from tap_sage300.streams.masters import MasterStream
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk import Tap

    from tap_sage300.client import CompanySession
    from tap_sage300.filters import Clause


class GLAccountGroups(MasterStream):
    """Account groups (`GLAccountGroups`); they have no stamp, so all are read each time."""

    name = "gl_account_groups"
    key_names: ClassVar[tuple[str, ...]] = ("AccountGroupCode",)
    spec = GL_ACCOUNT_GROUPS


class GLAccounts(MasterStream):
    """Accounts with their cost centre (`GLAccounts`); no stamp either."""

    name = "gl_accounts"
    key_names: ClassVar[tuple[str, ...]] = ("UnformattedAccount",)
    spec = GL_ACCOUNTS
    additions: ClassVar[Mapping[str, Kind]] = {fields.COST_CENTER: Kind.TEXT}

    @override
    def list_needed(self, selected: Sequence[str]) -> list[str]:
        segment = self.session.settings.cost_centers.property
        return [*super().list_needed(selected), *([segment] if segment else [])]

    @override
    def build_record(
        self, raw: Mapping[str, object], names: Sequence[str]
    ) -> tuple[Record, str | None]:
        record, stamp = super().build_record(raw, names)
        center = self.session.settings.cost_centers.read(raw)
        return record | {fields.COST_CENTER: center}, stamp


class GLSegmentCodes(MasterStream):
    """Codes of the segment that stands for cost centres, of all segments without one.

    One more stands for no cost centre, so that every amount has a place in planning; it is of the
    chosen segment, of segment `000000` (which Sage 300 does not have) where none is chosen.
    """

    name = "gl_segment_codes"
    key_names: ClassVar[tuple[str, ...]] = ("SegmentNumber", "SegmentCode")
    spec = GL_SEGMENT_CODES

    @override
    def fetch(
        self, needed: Sequence[str], clauses: Sequence[Clause]
    ) -> Iterator[Mapping[str, object]]:
        rule = self.session.settings.cost_centers
        found = False
        for raw in super().fetch(needed, clauses):
            if rule.covers(raw.get("SegmentNumber")):
                self._check_differs(raw)
                found = True
                yield raw
        if rule.segment and not found:
            self._warn_of_none(rule.segment)
        if rule.none:
            yield {
                "SegmentNumber": f"{rule.segment or 0:06}",
                "SegmentCode": rule.none,
                "SegmentCodeDescription": "No cost center",
            }

    def _check_differs(self, raw: Mapping[str, object]) -> None:
        none = self.session.settings.cost_centers.none
        if none and fold(raw.get("SegmentCode")) == none:
            raise SettingError(
                NONE_SETTING,
                none,
                f"is a code of segment {raw.get('SegmentNumber')}: amounts without a cost centre"
                " would be taken for its own",
                remedy="Choose a code that no segment has.",
            )

    def _warn_of_none(self, segment: int) -> None:
        event(
            self.session.log,
            "gl_segment_codes.segment_without_codes",
            level=logging.WARNING,
            setting=SETTING,
            segment=segment,
            consequence="there is no list of cost centres",
        )


class GLPostedTransactions(Sage300Stream):
    """What was posted (`GLPostedTransactions`), behind the last posting sequence read."""

    name = postings.STREAM
    key_names: ClassVar[tuple[str, ...]] = (fields.TRANSACTION_ID,)
    additions: ClassVar[Mapping[str, Kind]] = {
        fields.TRANSACTION_ID: Kind.TEXT,
        fields.COMPANY: Kind.TEXT,
        fields.COST_CENTER: Kind.TEXT,
        fields.FROM_PLANNING: Kind.FLAG,
    }

    @override
    @classmethod
    def discover(cls, tap: Tap, *, session: CompanySession) -> GLPostedTransactions:
        """Build the stream from the company's metadata.

        Raises:
            UnavailableError: the company does not offer it.
        """
        resource = session.locate(GL_POSTED_TRANSACTIONS)
        schema = build_object_schema({**cls.additions, **resource.type.kinds}, keys=cls.key_names)
        return cls(tap, session=session, resource=resource, schema=schema)

    @override
    def read_and_write(self) -> None:
        bookmark = parse_posting_bookmark(self.bookmark_state, stream=self.name)
        check_bookmark_company(bookmark, company=self.session.company, stream=self.name)
        newest = self._find_newest()
        self._check_goes_on(bookmark.last_sequence, newest)
        rules = self._describe_rules()
        last = (bookmark.last_sequence or 0) if bookmark.rules == rules else 0
        builder = self._make_builder()
        windows = postings.Windows(postings.find_start(last), self._count_behind)
        for window in windows:
            for raw in self._read(window):
                record = builder.build(raw)
                self.write_row(record)
                if self.is_full:
                    return
                sequence = postings.read_sequence(record)
                windows.note(sequence)
                last = max(last, sequence)
            # What was posted after the read began may have been in progress, and comes again.
            reached = last if newest is None else min(last, newest)
            self._move_on(PostingBookmark(last_sequence=reached, rules=rules))
        self.set_bookmark({**self.bookmark_state, "complete": True})

    def _move_on(self, bookmark: PostingBookmark) -> None:
        """Let an interrupted read go on from here."""
        company = self.session.company
        self.set_bookmark(build_state(msgspec.structs.replace(bookmark, company=company)))
        self.write_state()

    def _read(self, window: postings.Window) -> Iterator[Mapping[str, object]]:
        own, conditions = self._own(postings.SEQUENCE), self._list_conditions()
        windows = window.part(self.session.settings.parallel_reads)
        parts = [((*one.clause(own), *conditions),) for one in windows]
        needed = (*self.list_selected(), *GL_POSTED_TRANSACTIONS.keys, *self.resource.spec.required)
        return self.session.read_parts(self.resource, select=needed, parts=parts)

    def _count_behind(self, sequence: int) -> int:
        window = postings.Window(sequence, None)
        clause = (*window.clause(self._own(postings.SEQUENCE)), *self._list_conditions())
        return self.session.peek(self.resource, clauses=(clause,)).count or 0

    def _find_newest(self) -> int | None:
        """Return the highest posting sequence there is, None when the server does not say."""
        own = self._own(postings.SEQUENCE)
        try:
            page = self.session.peek(self.resource, clauses=(), orderby=f"{own} desc")
        except RefusedError:
            return None
        found = [self.resource.rename(raw) for raw in page.records]
        return postings.read_posting(found[0]).whole_key(postings.SEQUENCE) if found else None

    def _list_conditions(self) -> Clause:
        start = self.session.settings.start_date
        if start is None:
            return ()
        return (Comparison(self._own(postings.DATE), "ge", dt.date.fromisoformat(start)),)

    def _check_goes_on(self, last: int | None, newest: int | None) -> None:
        if last is None or newest is None or newest >= last:
            return
        event(
            self.session.log,
            "gl_posted_transactions.went_back",
            level=logging.WARNING,
            last_sequence_read=last,
            highest_in_sage=newest,
            consequence="postings that were read are gone from Sage 300, and stand in the target",
            remedy="if the company's database was restored, empty what this stream loaded and start"
            " it without state",
        )

    def _describe_rules(self) -> str:
        """Name the settings that records depend on."""
        settings = self.session.settings
        centers, source = settings.cost_centers, settings.planning_source
        parts = (centers.segment, centers.none, source and "-".join(source), settings.start_date)
        return "/".join(str(part or "") for part in parts)

    def _make_builder(self) -> postings.PostingBuilder:
        kinds = self.resource.type.kinds
        return postings.PostingBuilder(
            company=self.session.company,
            copied={name: kinds[name] for name in self.list_selected() if name in kinds},
            cost_centers=self.session.fetch_cost_centers(),
            planning=self.session.settings.planning_source,
        )

    def _own(self, name: str) -> str:
        return self.resource.type.server_names[name]


class GLAccountBalances(MasterStream):
    """Balances and budgets per account and year (`GLAccountFiscalSets`)."""

    name = "gl_account_balances"
    key_names: ClassVar[tuple[str, ...]] = GL_ACCOUNT_FISCAL_SETS.keys
    by_default = False
    spec = GL_ACCOUNT_FISCAL_SETS

    @override
    def read_and_write(self) -> None:
        bookmark = parse_master_bookmark(self.bookmark_state, stream=self.name)
        check_bookmark_company(bookmark, company=self.session.company, stream=self.name)
        horizon = Horizon.of(self.session)
        is_due = horizon.is_sweep_due(bookmark.swept_on)
        selected = self.list_selected()
        for raw in self._read(self.list_needed(selected), is_sweep=is_due):
            self.write_row(self.build_record(raw, selected)[0])
            if self.is_full:
                return
        swept_on = horizon.today if is_due else bookmark.swept_on
        self.set_bookmark(
            build_state(
                MasterBookmark(complete=True, company=self.session.company, swept_on=swept_on)
            )
        )

    def _read(self, needed: Sequence[str], *, is_sweep: bool) -> Iterator[Mapping[str, object]]:
        """Yield the sets of each year that are wanted."""
        windows = balances.plan_windows(
            self.session.fetch_fiscal_calendar().periods,
            name=self.resource.type.server_names[balances.YEAR],
            is_sweep=is_sweep,
        )
        wanted = self.session.settings.balances
        for window in windows:
            for raw in self.fetch(needed, (window,)):
                if balances.find_designator(raw.get(balances.DESIGNATOR)) in wanted:
                    yield raw
