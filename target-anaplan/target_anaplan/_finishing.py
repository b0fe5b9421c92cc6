"""The end of input: what is to be sent, whether the model agrees afterwards, how the run ends."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from ml_connector.errors import ConnectorError, ExitCode, InputError
from ml_connector.events import event
from ml_connector.ledger import LoadState

from target_anaplan._blueprint import order_of_load
from target_anaplan._control import fetch_totals, find_difference
from target_anaplan._loading import SERIAL_MARK, ActiveLoad, LoadRun, list_mark
from target_anaplan._sending import Sender
from target_anaplan._settings import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)


class LoadFailedError(ConnectorError):
    """Something of this run failed as a whole; its rows are sent again by the next run."""

    def __init__(self, failures: Sequence[str]) -> None:
        """Name every failure."""
        self.failures = tuple(failures)
        super().__init__(
            "; ".join(failures),
            remedy="The state was not advanced. Mend the cause and run again: rows in doubt are"
            " sent again by themselves.",
        )


class Finish:
    """The second half of a run; `finish_run` drives it."""

    def __init__(self, load_run: LoadRun) -> None:
        """Prepare to send what the run has staged."""
        self.load_run = load_run
        self.sender = Sender(load_run)

    def collect(self, complete: Mapping[str, bool]) -> list[ActiveLoad]:
        """Add what the ledger has to send; return the loads with rows, in loading order.

        Raises:
            InputError: a `replace` stream did not come to its end.
        """
        for active in self.load_run.loads.values():
            active.flush()
        self._check_complete(complete)
        for stream in self._silent_streams():
            self.load_run.open_silent_load(stream)
        for active in self.load_run.loads.values():
            added = active.load.add_ledger_rows()
            event(
                log,
                "load.collected",
                load=active.name,
                read=active.rows_read,
                unchanged=active.rows_unchanged,
                rejects_again=added.rejects,
                resent=added.resent,
                deletions_of_unknown_rows=added.not_sent_deletions,
            )
        return [active for active in self._ordered() if active.load.row_count()]

    def _silent_streams(self) -> list[str]:
        known = self.load_run.ledger.known_loads(self.load_run.model_key)
        possible = self.load_run.catalog.possible_streams()
        return [stream for stream in possible if stream in known]

    def _ordered(self) -> list[ActiveLoad]:
        loads = self.load_run.loads
        if self.load_run.settings.loads is None:
            return sorted(loads.values(), key=lambda active: order_of_load(active.name))
        order = self.load_run.catalog.possible_streams()
        return sorted(loads.values(), key=lambda active: order.index(active.name))

    def _check_complete(self, complete: Mapping[str, bool]) -> None:
        for active in self.load_run.loads.values():
            if active.plan.settings.mode is not Mode.REPLACE:
                continue
            if not complete.get(active.name, self.load_run.settings.trust_end_of_input):
                raise InputError(
                    active.name,
                    "it is loaded with mode replace and did not come marked as complete: loading"
                    " a part of it would clear the rest",
                    remedy="Run the tap again to its end; for a tap that does not mark its streams"
                    " set trust_end_of_input.",
                )

    def check_control(self) -> None:
        """Compare what the model holds now with what was confirmed; mark what differs."""
        module = self.load_run.control
        if module is None or not self.sender.settled:
            return
        totals = fetch_totals(self.load_run.client, module)
        for name, active in self.load_run.loads.items():
            if name not in totals:
                if name in self.sender.settled:
                    event(log, "control.silent", load=name, module=module.name)
                continue
            difference = find_difference(active.scope.belief(), totals[name])
            if difference is not None and not active.scope.uncertain_row_count():
                active.scope.mark_resend(difference)
                self.sender.failures.append(
                    f"load {name}: {difference} (module {module.name}, after loading). Everything"
                    " is sent again by the next run; rows the ledger does not know, such as items"
                    " made by hand, have to be deleted in Anaplan"
                )

    def end_unsent_loads(self) -> None:
        """Close the loads that had nothing to send; their counts stay."""
        for active in self.load_run.loads.values():
            if active.load.state is LoadState.STAGING:
                active.load.discard()

    def save_marks(self) -> None:
        """Keep what tells a restored or shrunken model: serial number, and list counts.

        Lists are counted for loads of which the control module says nothing.
        """
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
        for active in self._ordered():
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
        """Tell whether more rows stay behind than `tolerate` allows."""
        tolerate = self.load_run.settings.tolerate
        kept: Counter[str] = Counter()
        for active in self.load_run.loads.values():
            if active.scope.kept_reject_count():
                kept.update(reject.status for reject in active.scope.kept_rejects())
        counts = (kept["E"], kept["W"], sum(self.sender.ignored.values()))
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
            remedy="see the reasons above; the rows are kept and sent again every run",
        )
        return ExitCode.REJECTS_KEPT


def finish_run(load_run: LoadRun, *, complete: Mapping[str, bool]) -> ExitCode:
    """Send what is to be sent and judge it; the state may advance when this returns.

    Raises:
        LoadFailedError: a load failed as a whole, or the control differs afterwards.
        ConnectorError: nothing was uploaded, or what was started is judged by the next run.
    """
    finish = Finish(load_run)
    loads = finish.collect(complete)
    finish.sender.send(loads)
    finish.end_unsent_loads()
    if not finish.sender.failures:
        finish.check_control()
    finish.save_marks()
    finish.summarise()
    if finish.sender.failures:
        raise LoadFailedError(finish.sender.failures)
    return finish.exit_code()
