"""What a run works with on entries of one kind: to look, to record, to wait, to hear a signal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ml_connector.ledger import UNSETTLED, EntryState, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet

    from ml_connector.clock import Clock
    from ml_connector.ledger import Departures, Postings, RecordedEntry, Run

    from target_sage300._kinds import Kind
    from target_sage300._looking import Lookout

_SLICE_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The company's lease is held as long as it is used."""

    kind: Kind
    lookout: Lookout
    postings: Postings
    departures: Departures
    run: Run
    clock: Clock
    settle_s: int
    """How long an effect may come late."""
    check_stop: Callable[[], None]
    """Raises `Stopped` when a signal came."""
    check_lease: Callable[[], None]
    """Raises `LeaseLostError` when another run may post by now."""

    def find_in(
        self, states: AbstractSet[EntryState], *, sage_batch: str | None = None
    ) -> list[RecordedEntry]:
        """Return the entries of the kind that are in one of `states`; of one batch, if given."""
        return self.postings.find_in(states, kind=self.kind.name, sage_batch=sage_batch)

    def find_unsettled(self) -> list[RecordedEntry]:
        """Return the entries of which nobody knows whether they stand in Sage."""
        return self.find_in(UNSETTLED)

    def move(self, entry_ids: Iterable[int], state: EntryState, *, reason: str) -> None:
        """Take entries to `state`, all for the same reason.

        Raises:
            LedgerError: the step is not legal; nothing was changed.
        """
        place = Place(state=state, reason=reason)
        steps = [(entry_id, place) for entry_id in entry_ids]
        if steps:
            self.postings.move(self.run, steps)

    def wait_until(self, moment: float) -> None:
        """Wait until `moment`, a timestamp, in slices.

        Raises:
            Stopped: a signal came.
        """
        while (left_s := moment - self.clock.now().timestamp()) > 0:
            self.check_stop()
            self.clock.sleep(min(_SLICE_S, left_s))
