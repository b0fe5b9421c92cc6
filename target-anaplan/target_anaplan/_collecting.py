"""What a run is to send: what came, what the ledger adds, and what is left out, and why.

A `replace` load needs the whole: a stream that came to its end and was read from its beginning.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ml_connector.errors import InputError
from ml_connector.events import event

from target_anaplan._companies import begin_keys, is_of
from target_anaplan._older_columns import rendering_anew
from target_anaplan._settings import KeyPrefix, Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from target_anaplan._loading import ActiveLoad, LoadRun

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputMarks:
    """What the STATE messages of this input said of each stream.

    `complete` is absent for taps that do not mark their streams. `interrupted` are the streams
    that were begun in this input and did not come to their end; `from_the_start` those that
    were begun without a bookmark, which are read in full.
    """

    complete: Mapping[str, bool]
    interrupted: frozenset[str]
    from_the_start: frozenset[str]

    def is_full(self, stream: str) -> bool:
        """Tell whether the tap says that it has read the stream from beginning to end."""
        return self.complete.get(stream, False) and stream in self.from_the_start


class _Gap(NamedTuple):
    """Why what came may be a part of the whole only, and what to do."""

    problem: str
    remedy: str


@dataclass(slots=True)
class Collector:
    """Collects the rows of one run.

    `interrupted` are the streams of which nothing is loaded; `emptied` the wholes that came without
    a row while the model holds some.
    """

    load_run: LoadRun
    marks: InputMarks
    interrupted: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)

    def collect(self) -> list[ActiveLoad]:
        """Add what the ledger has to send; return the loads with rows, in loading order.

        Raises:
            InputError: a `replace` stream did not come as a whole.
        """
        loads = self.load_run.loads
        self.interrupted = [name for name in loads if name in self.marks.interrupted]
        came = [name for name in loads if name not in self.interrupted]
        for active in loads.values():
            active.flush()
        self._check_complete(came)
        self._leave_out_interrupted()
        for stream in self._silent_streams():
            self.load_run.open_silent_load(stream)
        for active in loads.values():
            if active.name not in self.interrupted and _may_add_rows(active, came=came):
                self._add_ledger_rows(active)
        with_rows = [active for active in self.load_run.in_order() if active.load.row_count()]
        empty = [loads[name] for name in came if loads[name] not in with_rows]
        self.emptied = [active.name for active in empty if self._came_empty(active)]
        return with_rows

    def _add_ledger_rows(self, active: ActiveLoad) -> None:
        anew = rendering_anew(
            active.plan.mapping,
            key_properties=active.key_properties,
            was_read_fully=self._tell_full_reads(active),
        )
        replaced = _find_replaced(active)
        added = active.load.add_ledger_rows(anew, replaced=replaced)
        if active.plan.list_target is not None and active.plan.settings.mode is Mode.REPLACE:
            # Of a list that is written item by item, what left the whole has to be deleted.
            active.load.add_deletions(replaced=replaced)
        event(
            log,
            "load.collected",
            load=active.name,
            read=active.rows_read,
            unchanged=active.rows_unchanged,
            rejects_again=added.rejects,
            resent=added.resent,
            deletions_of_unknown_rows=added.not_sent_deletions,
            rendered_with_new_columns=added.rendered_anew,
        )
        if added.outdated:
            event(
                log,
                "load.columns_changed",
                level=logging.WARNING,
                load=active.name,
                rows_with_old_columns=added.outdated,
                remedy="run the tap once with a full refresh",
            )

    def _tell_full_reads(self, active: ActiveLoad) -> Callable[[str], bool]:
        """Tell of a key whether the tap has read in full what might have brought its row.

        Only the tap's own word counts: blanks for rows that may come yet would go unnoticed. What a
        load replaces comes in full the next time.
        """
        if active.plan.settings.mode is Mode.REPLACE:
            return lambda _row_key: True
        is_full, companies = self.marks.is_full(active.name), active.companies
        if active.plan.mapping.prefix is KeyPrefix.NONE:
            return lambda _row_key: is_full
        return lambda row_key: is_full and is_of(row_key, companies)

    def _came_empty(self, active: ActiveLoad) -> bool:
        """Tell whether a whole without a row came while the model holds some; say so."""
        scope = active.scope
        held = scope.belief().rows + scope.uncertain_row_count()
        if active.plan.settings.mode is not Mode.REPLACE or not held:
            return False
        totals = self.load_run.totals.get(active.name)
        if totals is not None and not totals.rows:
            scope.forget_all()
            event(log, "load.emptied", load=active.name, rows_forgotten=held)
            return False
        event(
            log,
            "load.came_empty",
            level=logging.ERROR,
            load=active.name,
            rows_in_model=held,
            reason="the stream came to its end without a row, and an import of an empty file would"
            " clear nothing: the load was left as it is",
            remedy="check why the tap delivers nothing; if that is right, clear the load's list and"
            " module in Anaplan",
        )
        return True

    def _silent_streams(self) -> list[str]:
        known = self.load_run.ledger.known_loads(self.load_run.model_key)
        own = self.load_run.catalog.own_streams()
        return [stream for stream in own if stream in known]

    def _leave_out_interrupted(self) -> None:
        """Drop what an interrupted stream brought.

        Its bookmark stays where it was, so the tap knows nothing of rows that it brought only in
        this run: were they loaded, and gone at the source before the next run, it would never tell.
        """
        for name in self.interrupted:
            # An empty load takes the place of the staged one, which goes with its rows.
            self.load_run.begin_again(self.load_run.loads[name])

    def tell_interrupted(self) -> None:
        """Say what was left out. It is why the run failed, unless something worse happened."""
        event(
            log,
            "streams.interrupted",
            level=logging.ERROR,
            streams=", ".join(self.interrupted),
            reason="the tap began them and did not come to their end; nothing of them is loaded",
            remedy="mend what stopped the tap and run again: it reads these streams again",
        )

    def _check_complete(self, came: Collection[str]) -> None:
        for name in came:
            is_replaced = self.load_run.loads[name].plan.settings.mode is Mode.REPLACE
            gap = self._find_gap(name) if is_replaced else None
            if gap is not None:
                problem = f"it is loaded with mode replace and {gap.problem}"
                raise InputError(name, problem, remedy=gap.remedy)

    def _find_gap(self, name: str) -> _Gap | None:
        """Say why what came may be a part of the whole only, and what to do."""
        if not self.marks.complete.get(name, self.load_run.settings.trust_end_of_input):
            return _Gap(
                "did not come marked as complete: loading a part of it would clear the rest",
                remedy="Run the tap again to its end; for a tap that does not mark its streams set"
                " trust_end_of_input.",
            )
        if name in self.marks.complete and name not in self.marks.from_the_start:
            return _Gap(
                "went on from a bookmark: loading what changed since would clear the rest",
                remedy="Run the tap with a full refresh every time, or load it with mode upsert.",
            )
        return None


def _may_add_rows(active: ActiveLoad, *, came: Collection[str]) -> bool:
    """Tell whether the ledger adds to a load what it knows.

    A whole that came without a row gets none; one that did not come is sent as it is known, when
    the model has lost some of it or refused some.
    """
    if active.plan.settings.mode is not Mode.REPLACE:
        return True
    if active.name in came:
        return active.rows_read > 0
    scope = active.scope
    is_missing = scope.resend_reason is not None or scope.uncertain_row_count() > 0
    return is_missing or scope.kept_reject_count() > 0


def _find_replaced(active: ActiveLoad) -> frozenset[str] | None:
    """Return how the keys begin that the input replaces as a whole; `None` for all or no matter."""
    is_whole = active.plan.mapping.prefix is KeyPrefix.NONE and active.rows_read > 0
    if is_whole or active.plan.settings.mode is not Mode.REPLACE:
        return None
    return begin_keys(active.companies)
