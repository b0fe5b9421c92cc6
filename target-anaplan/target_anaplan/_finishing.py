"""The end of input: what is to be sent, whether the model agrees afterwards, how the run ends."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from ml_connector.errors import ConnectorError, ExitCode
from ml_connector.events import event
from ml_connector.ledger import LoadState

from target_anaplan._agreement import Comparison, advise, find_disagreement
from target_anaplan._collecting import Collector
from target_anaplan._control import expect_totals, fetch_totals
from target_anaplan._loading import SERIAL_MARK, list_mark
from target_anaplan._sending import Sender
from target_anaplan._verdicts import log_rejects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_anaplan._collecting import InputMarks
    from target_anaplan._control import ControlTotals
    from target_anaplan._loading import ActiveLoad, LoadRun

log = logging.getLogger(__name__)


class LoadFailedError(ConnectorError):
    """Something of this run failed as a whole; its rows are sent again by the next run."""

    def __init__(self, failures: Mapping[str, Sequence[str]]) -> None:
        """Name every failure once, with the loads it befell."""
        self.failures = dict(failures)
        super().__init__(
            "; ".join(_describe(reason, loads) for reason, loads in failures.items()),
            remedy="The state was not advanced. Mend the cause and run again: rows in doubt are"
            " sent again by themselves.",
        )


def _describe(reason: str, loads: Sequence[str]) -> str:
    if not loads:
        return reason
    return f"load{'s' * (len(loads) > 1)} {', '.join(loads)} failed as a whole: {reason}"


class Finish:
    """The second half of a run; `finish_run` drives it."""

    def __init__(self, load_run: LoadRun, marks: InputMarks) -> None:
        """Prepare to send what the run has staged."""
        self.load_run = load_run
        self.marks = marks
        self.sender = Sender(load_run, interrupted=marks.interrupted)
        self.collector = Collector(load_run, marks)

    def check_control(self) -> None:
        """Compare what the model holds now with what was confirmed; mark what differs.

        When nothing was loaded it holds what it held before: only a difference known then is
        looked at once more, for it does not go away by itself.
        """
        module = self.load_run.control
        if module is None or not (self.sender.settled or self.load_run.resend_all):
            return
        totals = fetch_totals(self.load_run.client, module)
        for name, active in self.load_run.loads.items():
            if name not in totals:
                if name in self.sender.settled:
                    event(log, "control.silent", load=name, module=module.name)
                continue
            if not active.scope.uncertain_row_count():
                self._compare(active, totals[name], module=module.name)

    def _compare(self, active: ActiveLoad, totals: ControlTotals, *, module: str) -> None:
        name, scope = active.name, active.scope
        comparison = Comparison(
            load=name,
            scope=scope,
            totals=self.load_run.catalog.leave_out_cells(name, totals, expect_totals(scope)),
            rows_sent=self.sender.sizes[name].rows if name in self.sender.sizes else 0,
            rows_ignored=self.sender.ignored.get(name, 0),
            was_read_fully=self._was_read_fully(name),
        )
        difference = find_disagreement(comparison)
        if difference is None:
            memory = scope.read_control()
            if not memory.has_agreed:
                scope.record_control(memory.extra)
            return
        scope.mark_resend(difference)
        sent = scope.belief_of_load(active.load.load_id)
        advice = advise(comparison, sent=sent, cell_imports=active.plan.cell_imports)
        failure = f"load {name}: {difference} (module {module}, after loading). {advice}"
        self.sender.failures.setdefault(failure, [])

    def _was_read_fully(self, name: str) -> bool:
        if name not in self.marks.complete:
            return self.load_run.settings.trust_end_of_input
        return self.marks.is_full(name)

    def look_for_others(self) -> None:
        """Say so when others ran our imports meanwhile, and have everything sent again.

        What of it went wrong the counts and the control tell mostly, but not always.
        """
        foreign = self.load_run.tasks.find_foreign()
        if not foreign:
            return
        reason = f"others ran the same imports during this run (task {', '.join(foreign[:3])})"
        remedy = (
            "everything is sent again by the next run. If another computer or user loads this"
            " model, let all of them use one ledger (ledger_url): they then wait for each other"
        )
        for name in self.sender.settled:
            self.load_run.loads[name].scope.mark_resend(reason)
        event(log, "model.loaded_by_others", level=logging.WARNING, reason=reason, remedy=remedy)
        if self.sender.failures:
            self.sender.failures.setdefault(f"{reason}: {remedy}", [])

    def end_unsent_loads(self) -> None:
        """Close the loads that had nothing to send; their counts stay."""
        for active in self.load_run.loads.values():
            if active.load.state is LoadState.STAGING:
                active.load.discard()

    def save_marks(self) -> None:
        """Keep what tells a restored or shrunken model: serial number, and list counts.

        Lists are counted for loads of which the control module says nothing. A list that is gone
        has no say any more: each load has its own word by now to send everything again.
        """
        self.load_run.ledger.forget_marks(self.load_run.model_key, self.load_run.gone_marks)
        client = self.load_run.client
        model = client.fetch_model() if self.sender.settled else self.load_run.catalog.model
        serial = model.last_saved_serial_number
        marks = {} if serial is None else {SERIAL_MARK: serial}
        names = {
            name: load
            for load, name in self.sender.list_names.items()
            if load not in self.load_run.totals and load in self.sender.settled
        }
        for found in client.fetch_lists() if names else ():
            if found.name in names:
                count = client.fetch_list(found.id).item_count
                marks[list_mark(names[found.name], found.id)] = count
        self.load_run.ledger.save_marks(self.load_run.model_key, self.load_run.run, marks)

    def summarise(self) -> None:
        """Log one line per load: what came and what became of it; a filler row is no news."""
        for active in self.load_run.in_order():
            name = active.name
            settled = None if name in self.sender.filled else self.sender.settled.get(name)
            sent = name in self.sender.sizes and name not in self.sender.filled
            belief = active.scope.belief()
            event(
                log,
                "load.finished",
                load=name,
                rows_read=active.rows_read,
                unchanged=active.rows_unchanged,
                sent=self.sender.sizes[name].rows if sent else 0,
                accepted=settled.confirmed if settled else 0,
                warned=settled.partly if settled else 0,
                rejected=settled.rejected if settled else 0,
                ignored=self.sender.ignored.get(name, 0),
                rows_in_model=belief.rows,
                amount_in_model=f"{belief.amount:f}",
            )

    def exit_code(self) -> ExitCode:
        """Tell whether a stream was interrupted, or more rows stay behind than `tolerate` allows.

        What the model ignored is counted since the last run that came to its end: one that was
        killed, or failed, has told nobody.

        After an interruption the state may still be written: the bookmarks of the streams that
        came to their end are true, and those of the others stay where the run found them.
        """
        if self.collector.interrupted:
            self.collector.tell_interrupted()
            return ExitCode.FAILED
        if self.collector.emptied:
            return ExitCode.REJECTS_KEPT
        tolerate = self.load_run.settings.tolerate
        kept: Counter[str] = Counter()
        for active in self.load_run.loads.values():
            if active.scope.kept_reject_count():
                kept.update(reject.status for reject in active.scope.kept_rejects())
                if active.name not in self.sender.settled:
                    log_rejects(active.load)
        ignored = self.load_run.ledger.count_untold_ignored(self.load_run.model_key)
        counts = (kept["E"], kept["W"], sum(ignored.values()))
        limits = (tolerate.rejected, tolerate.warned, tolerate.ignored)
        if all(count <= limit for count, limit in zip(counts, limits, strict=True)):
            return ExitCode.OK
        event(
            log,
            "run.rows_left_behind",
            level=logging.WARNING,
            rejected=counts[0],
            partly_loaded=counts[1],
            ignored=counts[2],
            remedy="see the reasons above; refused rows are kept and sent again every run, rows"
            " that Anaplan ignored count as loaded",
        )
        return ExitCode.REJECTS_KEPT


def finish_run(load_run: LoadRun, *, marks: InputMarks) -> ExitCode:
    """Send what is to be sent and judge it; the state may advance when this returns.

    Raises:
        LoadFailedError: a load failed as a whole, or the control differs afterwards.
        ConnectorError: nothing was uploaded, or what was started is judged by the next run.
    """
    finish = Finish(load_run, marks)
    loads = finish.collector.collect()
    finish.sender.send(loads)
    finish.end_unsent_loads()
    if not finish.sender.failures:
        finish.check_control()
    finish.look_for_others()
    finish.save_marks()
    finish.summarise()
    if finish.sender.failures:
        raise LoadFailedError(finish.sender.failures)
    return finish.exit_code()
