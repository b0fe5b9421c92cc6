"""One read of a document resource: what changed, then what is gone; remembered, then written.

Deletions are told at the end, from the memory, when it is known which number belongs to whom.
"""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from ml_connector.events import event

from tap_sage300.bookmarks import DOCUMENTS_MAX, build_state
from tap_sage300.documents import read_unit_key
from tap_sage300.filters import split_keys
from tap_sage300.losses import Losses
from tap_sage300.memory import KEPT_DAYS_MIN, MemoryRules, pack_nothing, stands
from tap_sage300.numbers import Contests, build_number_error, choose_standing, leave_out
from tap_sage300.progress import DocumentProgress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ml_connector.ledger import Document

    from tap_sage300.bookmarks import DocumentBookmark
    from tap_sage300.changes import DocumentPlan, Horizon
    from tap_sage300.client import CompanySession
    from tap_sage300.discovery import Resource
    from tap_sage300.documents import (
        Archive,
        DocumentFamily,
        DocumentSplitter,
        Raw,
        SourceDocument,
    )
    from tap_sage300.filters import Clause
    from tap_sage300.streams.base import Sage300Stream

_T = TypeVar("_T")

BATCH_DOCUMENTS: Final = 500
"""Documents remembered in one transaction, and then written."""

ROUNDS_MAX: Final = 100
"""What is asked for again may bring new questions; people do not edit faster than this."""


class DocumentRead:
    """One read from the earliest bookmark of the streams it feeds."""

    def __init__(
        self,
        session: CompanySession,
        resource: Resource,
        streams: Mapping[str, Sage300Stream],
        *,
        family: DocumentFamily,
        splitter: DocumentSplitter,
        select: Iterable[str],
        archive: Archive | None = None,
    ) -> None:
        """Prepare the read; nothing is called yet."""
        self._session = session
        self._resource = resource
        self._streams = streams
        self._family = family
        self._headers = streams.get(family.headers)
        self._lines = streams.get(family.lines)
        self._splitter = splitter
        self._select = tuple(select)
        self._archive = archive

    def run(self, bookmark: DocumentBookmark, plan: DocumentPlan, horizon: Horizon) -> None:
        """Write every document that changed, then what is gone; then move the bookmarks."""
        self._memory = self._session.open_memory(self._family.headers)
        self._rules = rules = MemoryRules.begin(
            acknowledged_at=bookmark.read_at,
            find_now=self._session.now,
            pack=self._archive.pack if self._archive else pack_nothing,
        )
        self._progress = progress = DocumentProgress(plan=plan, horizon=horizon)
        self._losses = Losses(self._memory, rules, progress, family=self._family)
        self._contests = Contests(self._memory, progress, family=self._family)
        if self._read(plan.clauses):
            return
        self._follow_up()
        self._settle_numbers()
        self._write_losses()
        self._losses.forget(max(horizon.lookback_days, KEPT_DAYS_MIN))
        self._warn_of_many()
        state = build_state(
            progress.build_bookmark(company=self._session.company, read_at=rules.read_at)
        )
        for stream in self._streams.values():
            stream.set_bookmark(state)

    def _read(self, clauses: Sequence[Clause]) -> bool:
        """Write the documents that meet `clauses`; return whether a trial run has enough."""
        found = self._session.read(self._resource, select=self._select, clauses=clauses)
        documents = (document for raw in found for document in self._split(raw))
        is_trial = any(one.ABORT_AT_RECORD_COUNT is not None for one in self._streams.values())
        size = 1 if is_trial else BATCH_DOCUMENTS
        while batch := list(islice(documents, size)):
            self._take(self._contests.admit(batch))
            if all(stream.is_full for stream in self._streams.values()):
                return True
        return False

    def _split(self, raw: Raw) -> Iterator[SourceDocument]:
        documents = self._splitter.split(raw)
        self._progress.note_unit(read_unit_key(raw, self._family))
        yield from documents

    def _take(self, batch: Sequence[SourceDocument]) -> None:
        """Remember documents, then write them: a kill in between leaves the memory ahead."""
        for some in _part(batch):
            self._remember(some)
            for one in some:
                self._write(one)

    def _remember(self, batch: Sequence[SourceDocument]) -> None:
        def meet(known: Mapping[str, Document]) -> dict[str, Document | None]:
            return {
                str(one.key): self._rules.meet(
                    known.get(str(one.key)),
                    one,
                    bookmarked=self._progress.find_bookmarked(one.key),
                    was_open=self._progress.was_open(one.key),
                )
                for one in batch
            }

        self._memory.revise([str(one.key) for one in batch], meet)

    def _write(self, document: SourceDocument) -> None:
        self._progress.note(document)
        if self._headers:
            self._headers.write_row(document.header)
        if self._lines:
            for line in document.lines:
                self._lines.write_row(line)

    def _follow_up(self) -> None:
        """Ask for the documents that the target may still hold as open, and that did not come."""
        read_at = self._rules.read_at
        for batch in self._memory.iterate_open(not_seen_at=read_at):
            self._ask(int(one.key) for one in batch)
        for batch in self._memory.iterate_closed(not_seen_at=read_at):
            self._ask(int(one.key) for one in batch if self._losses.is_news(one, one.closed_at))
        self._ask(self._progress.list_unsettled_open())

    def _ask(self, keys: Iterable[int]) -> None:
        """Ask for documents: their units many at once, then those that did not come one by one.

        A document that is not in its unit any more is gone. One whose unit is gone may be final.
        """
        wanted = sorted(key for key in keys if key not in self._progress.settled)
        units = sorted({self._family.unit_of(key) for key in wanted})
        unknown = [unit for unit in units if not self._progress.is_answered(unit)]
        own_key = self._resource.type.server_names[self._family.key]
        for _, clauses in split_keys(own_key, unknown):
            self._read(clauses)
        for unit in unknown:
            if not self._progress.is_answered(unit):
                self._take(self._contests.admit(self._fetch_unit(unit)))
        vanished = [key for key in wanted if key not in self._progress.settled]
        for some in _part(vanished):
            self._take(self._contests.admit(self._recall(some)))
        self._lose([key for key in vanished if key not in self._progress.settled])

    def _recall(self, keys: Sequence[int]) -> list[SourceDocument]:
        """Return the documents that are final although their unit is gone."""
        gone_units = self._progress.gone_units
        purged = [str(key) for key in keys if self._family.unit_of(key) in gone_units]
        if self._archive is None or not purged:
            return []
        return self._archive.recall(self._memory.find(purged))

    def _fetch_unit(self, unit: int) -> list[SourceDocument]:
        """Return the documents of a unit; none when Sage has no such unit.

        Only Sage's own word that there is no such record proves a deletion.
        """
        raw = self._session.fetch_record(self._resource, unit)
        if raw is None:
            self._progress.gone_units.add(unit)
            return []
        return list(self._split(raw))

    def _lose(self, keys: Sequence[int]) -> None:
        """Note that Sage has these documents no more."""

        def lose(known: Mapping[str, Document]) -> dict[str, Document | None]:
            lost = {str(key): self._losses.lose(known.get(str(key)), key) for key in batch}
            gone.extend(int(key) for key, one in lost.items() if one is None or not stands(one))
            return lost

        for batch in _part(keys):
            gone: list[int] = []
            self._memory.revise([str(key) for key in batch], lose)
            for key in gone:
                self._progress.note_gone(key)

    def _settle_numbers(self) -> None:
        """Decide who stands under each number, and ask who may have taken a lost one.

        What a document has itself lost that is asked for here is noted by that, and written with
        the rest.
        """
        for _ in range(ROUNDS_MAX):
            contests = self._contests.take_all()
            for number, keys in contests.items():
                self._settle_number(number, keys)
            takers = self._losses.list_unsettled_takers()
            self._ask(takers)
            if not contests and not takers:
                return

    def _settle_number(self, number: str, keys: Sequence[int]) -> None:
        """Look again, by key, at the documents of this read that have one number.

        Raises:
            InputError: more than one stands in Sage under that number, and none may be left out.
        """
        self._contests.warn(number, keys, log=self._session.log)
        found = self._fetch_again(keys)
        self._take(self._contests.admit([one for one in found if one.number != number]))
        claimants = [one for one in found if one.number == number]
        standing = choose_standing(self._family, claimants, self._contests.list_absent(number))
        if standing is None:
            raise build_number_error(self._family, number, [one.key for one in claimants])
        left_out = [one for one in claimants if one.key != standing]
        self._contests.warn_left_out(left_out, standing=standing, log=self._session.log)
        self._take(
            [one if one.key == standing else leave_out(self._family, one) for one in claimants]
        )

    def _fetch_again(self, keys: Sequence[int]) -> list[SourceDocument]:
        """Return the documents as they are now; those that are gone are noted as such."""
        units = sorted({self._family.unit_of(key) for key in keys})
        found = [one for unit in units for one in self._fetch_unit(unit) if one.key in keys]
        found += self._recall(_without(keys, found))
        self._lose(_without(keys, found))
        return found

    def _write_losses(self) -> None:
        """Write what is gone and was not confirmed as such by the target."""
        for loss in self._losses.iterate():
            if self._headers and loss.is_whole:
                self._headers.write_row(
                    self._splitter.build_gone_header(
                        loss.key, loss.known, deleted_at=loss.deleted_at
                    )
                )
            if self._lines:
                for known in loss.lines:
                    for line in self._splitter.build_gone_lines(
                        loss.key, known, deleted_at=loss.deleted_at
                    ):
                        self._lines.write_row(line)

    def _warn_of_many(self) -> None:
        if self._progress.open_count > DOCUMENTS_MAX:
            event(
                self._session.log,
                f"{self._family.headers}.too_many_open",
                level=logging.WARNING,
                open=self._progress.open_count,
                in_state=DOCUMENTS_MAX,
                consequence="without this ledger, deletions of the oldest open documents would not"
                " be noticed",
            )


def _part(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Yield `items` in parts that are remembered in one transaction each."""
    for start in range(0, len(items), BATCH_DOCUMENTS):
        yield items[start : start + BATCH_DOCUMENTS]


def _without(keys: Sequence[int], found: Sequence[SourceDocument]) -> list[int]:
    there = {one.key for one in found}
    return [key for key in keys if key not in there]
