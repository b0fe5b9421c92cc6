"""One read of `POPurchaseOrders`: what changed, then what is gone, remembered before it is written.

Deletions are told at the end, from the memory, when it is known which number belongs to whom.
"""

from __future__ import annotations

import datetime as dt
import logging
from itertools import islice
from typing import TYPE_CHECKING, Final

from ml_connector.errors import InputError
from ml_connector.events import event

from tap_sage300 import orders
from tap_sage300.bookmarks import DOCUMENTS_MAX, build_state
from tap_sage300.filters import split_keys
from tap_sage300.memory import (
    KEPT_DAYS_MIN,
    MemoryRules,
    describe,
    list_lines,
    list_lost,
    stands,
)
from tap_sage300.progress import DocumentProgress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ml_connector.ledger import Document

    from tap_sage300.bookmarks import DocumentBookmark
    from tap_sage300.changes import DocumentPlan, Horizon
    from tap_sage300.client import CompanySession
    from tap_sage300.discovery import Resource
    from tap_sage300.filters import Clause
    from tap_sage300.memory import LineId
    from tap_sage300.streams.base import Sage300Stream

BATCH_ORDERS: Final = 500
"""Orders remembered in one transaction, and then written."""


class OrderRead:
    """One read from the earliest bookmark of the streams it feeds."""

    def __init__(
        self,
        session: CompanySession,
        resource: Resource,
        streams: Mapping[str, Sage300Stream],
        *,
        splitter: orders.OrderSplitter,
        select: Iterable[str],
    ) -> None:
        """Prepare the read; nothing is called yet."""
        self._session = session
        self._resource = resource
        self._streams = streams
        self._headers = streams.get(orders.HEADERS)
        self._lines = streams.get(orders.LINES)
        self._splitter = splitter
        self._select = tuple(select)

    def run(self, bookmark: DocumentBookmark, plan: DocumentPlan, horizon: Horizon) -> None:
        """Write every order that changed, then what is gone; move the bookmarks at the end."""
        self._memory = self._session.open_memory(orders.HEADERS)
        self._rules = MemoryRules.begin(
            acknowledged_at=bookmark.read_at, find_now=self._session.now
        )
        self._progress = progress = DocumentProgress(plan=plan, horizon=horizon)
        if self._read(plan.clauses):
            return
        self._follow_up()
        self._write_losses()
        self._forget(max(horizon.lookback_days, KEPT_DAYS_MIN))
        self._warn_of_many()
        state = build_state(
            progress.build_bookmark(company=self._session.company, read_at=self._rules.read_at)
        )
        for stream in self._streams.values():
            stream.set_bookmark(state)

    def _read(self, clauses: Sequence[Clause]) -> bool:
        """Write the orders that meet `clauses`; return whether a trial run has enough."""
        found = self._session.read(self._resource, select=self._select, clauses=clauses)
        is_trial = any(one.ABORT_AT_RECORD_COUNT is not None for one in self._streams.values())
        size = 1 if is_trial else BATCH_ORDERS
        while batch := [self._splitter.split(raw) for raw in islice(found, size)]:
            self._take(batch)
            self._check_numbers({order.number for order in batch})
            if all(stream.is_full for stream in self._streams.values()):
                return True
        return False

    def _take(self, batch: Sequence[orders.PurchaseOrder]) -> None:
        """Remember orders, then write them: a kill in between leaves the memory ahead."""

        def meet(known: Mapping[str, Document]) -> dict[str, Document | None]:
            return {
                str(order.key): self._rules.meet(
                    known.get(str(order.key)),
                    order,
                    bookmarked=self._progress.find_bookmarked(order.key),
                    was_open=self._progress.was_open(order.key),
                )
                for order in batch
            }

        self._memory.revise([str(order.key) for order in batch], meet)
        for order in batch:
            self._progress.note(order)
            if self._headers:
                self._headers.write_row(order.header)
            if self._lines:
                for line in order.lines:
                    self._lines.write_row(line)

    def _follow_up(self) -> None:
        """Ask for the orders that the target may still hold as open, and that did not come."""
        read_at = self._rules.read_at
        for batch in self._memory.iterate_open(not_seen_at=read_at):
            self._ask(int(one.key) for one in batch)
        for batch in self._memory.iterate_closed(not_seen_at=read_at):
            self._ask(int(one.key) for one in batch if self._is_news(one, one.closed_at))
        self._ask(self._progress.list_unsettled_open())

    def _ask(self, keys: Iterable[int]) -> None:
        """Ask for orders by key: many at once, then those that did not come one by one."""
        wanted = sorted(key for key in keys if key not in self._progress.settled)
        own_key = self._resource.type.server_names[orders.KEY]
        for _, clauses in split_keys(own_key, wanted):
            self._read(clauses)
        for key in wanted:
            if key not in self._progress.settled:
                self._ask_for(key)

    def _ask_for(self, key: int) -> None:
        # Only Sage's own word that there is no such record proves a deletion.
        raw = self._session.fetch_record(self._resource, key)
        if raw is not None:
            self._take([self._splitter.split(raw)])
            return
        self._memory.revise([str(key)], lambda known: {str(key): self._lose(known, key)})
        self._progress.note_gone(key)

    def _lose(self, known: Mapping[str, Document], key: int) -> Document | None:
        document = known.get(str(key))
        if document is not None and self._is_final(document):
            return None
        bookmarked = self._progress.find_bookmarked(key)
        return self._rules.lose(document, key=str(key), bookmarked=bookmarked)

    def _is_final(self, document: Document) -> bool:
        """Say whether this target knows an order as closed: that it vanishes changes nothing."""
        key = int(document.key)
        if document.is_open or self._progress.was_open(key) or key in self._progress.settled:
            return False
        return stands(document) and not self._is_news(document, document.closed_at)

    def _check_numbers(self, numbers: Iterable[str]) -> None:
        """Look again, by key, when two orders of this read have one number.

        Raises:
            InputError: both stand in Sage under that number.
        """
        for number, keys in self._find_shared(numbers).items():
            event(
                self._session.log,
                "purchase_orders.number_twice",
                level=logging.WARNING,
                number=number,
                keys=",".join(map(str, keys)),
                consequence="both are asked for again by key; the run fails if both still have it",
                remedy="give one of the orders another number in Sage 300",
            )
            for key in keys:
                self._ask_for(key)
            still = self._find_shared([number]).get(number)
            if still:
                raise _build_number_error(number, still)

    def _find_shared(self, numbers: Iterable[str]) -> dict[str, list[int]]:
        """Return the numbers that more than one order of this read has, with the orders' keys."""
        owners: dict[str, list[int]] = {}
        for one in self._memory.find_by_number(sorted(numbers)):
            if stands(one) and int(one.key) in self._progress.settled:
                owners.setdefault(one.number, []).append(int(one.key))
        return {number: sorted(keys) for number, keys in owners.items() if len(keys) > 1}

    def _write_losses(self) -> None:
        """Write what is gone and was not confirmed as such by the target."""
        while self._ask_for_takers():
            pass
        for document in self._iterate_losses():
            self._write_loss(document, deleted_at=_spell(document.gone_at))

    def _ask_for_takers(self) -> bool:
        """Ask for the orders that may have taken a lost number; return whether there were any.

        What such an order has itself lost is noted by that, and written with the rest.
        """
        asked = False
        for document in self._iterate_losses():
            others = [int(one.key) for one in self._find_others(document)]
            unsettled = [key for key in others if key not in self._progress.settled]
            self._ask(unsettled)
            asked |= bool(unsettled)
        return asked

    def _iterate_losses(self) -> Iterator[Document]:
        for batch in self._memory.iterate_gone():
            yield from (one for one in batch if self._is_news(one, one.gone_at))

    def _write_loss(self, document: Document, *, deleted_at: str) -> None:
        key = int(document.key)
        lost = list_lost(document, taken=self._find_taken(document))
        if self._headers and not stands(document):
            self._headers.write_row(
                self._splitter.build_gone_header(key, describe(document), deleted_at=deleted_at)
            )
        if self._lines:
            for known in lost:
                for line in self._splitter.build_gone_lines(key, known, deleted_at=deleted_at):
                    self._lines.write_row(line)

    def _find_taken(self, document: Document) -> set[LineId]:
        """Return the lines that stand under a number `document` had, but in another order."""
        return {line for one in self._find_others(document) for line in list_lines(one)}

    def _find_others(self, document: Document) -> list[Document]:
        """Return the orders that stand under a number `document` had."""
        numbers = [known.number for known in list_lost(document, taken=())]
        found = self._memory.find_by_number(numbers)
        return [one for one in found if one.key != document.key and stands(one)]

    def _forget(self, days: int) -> None:
        """Forget what every pipeline had time to confirm."""
        before = self._rules.read_at - dt.timedelta(days=days)

        def forget(known: Mapping[str, Document]) -> dict[str, Document | None]:
            return {key: self._rules.forget(one, before=before) for key, one in known.items()}

        for batch in self._memory.iterate_news(before=before):
            self._memory.revise([one.key for one in batch], forget)

    def _is_news(self, document: Document, instant: dt.datetime | None) -> bool:
        return instant is not None and not self._rules.is_acknowledged(document, instant)

    def _warn_of_many(self) -> None:
        if self._progress.open_count > DOCUMENTS_MAX:
            event(
                self._session.log,
                "purchase_orders.too_many_open",
                level=logging.WARNING,
                open=self._progress.open_count,
                in_state=DOCUMENTS_MAX,
                consequence="without this ledger, deletions of the oldest open orders would not"
                " be noticed",
            )


def _spell(instant: dt.datetime | None) -> str:
    assert instant is not None  # noqa: S101 - asked for only where there is a loss
    return instant.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _build_number_error(number: str, keys: Sequence[int]) -> InputError:
    named = " and ".join(map(str, keys))
    return InputError(
        orders.HEADERS,
        f"two orders have this number ({orders.KEY} {named}): their lines would be taken for one"
        " another's",
        record=number,
        field=orders.NUMBER,
        value=number,
        remedy="Give one of them another number in Sage 300 and run again; nothing was marked as"
        " complete.",
    )
