"""The one retry policy: which failures are repeated, after what wait, how often and how long."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from tenacity import RetryCallState, Retrying

from ml_connector.errors import (
    AccessError,
    ConnectorError,
    OutcomeUnknownError,
    RefusedError,
    RemoteError,
    SettingError,
    TransientError,
    UnexpectedReplyError,
)
from ml_connector.events import event
from ml_connector.transport._messages import Repeat, TransportSettings
from ml_connector.transport._network import BrokenReplyError, NotReachedError

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from ml_connector.clock import Clock

T = TypeVar("T")
log = logging.getLogger(__name__)

_TOO_MANY_REQUESTS = 429
_WAIT_S_FIRST = 1.0
_WAIT_S_MAX = 60.0
_WAIT_S_RATE_LIMIT = 10.0
# Anaplan's own client starts at 3 s and others slower still for a model that is busy or away.
_WAIT_S_SLOW = 5.0
_SLOW_STATUSES = frozenset({409, 424})


class RetryPolicy:
    """Exponential backoff with jitter; a server's own `Retry-After` wins; bounded twice over."""

    def __init__(self, settings: TransportSettings, *, clock: Clock, rng: random.Random) -> None:
        """Use `clock` to wait and `rng` to spread the waits of several processes."""
        self._settings = settings
        self._clock = clock
        self._rng = rng

    def run(
        self,
        attempt: Callable[[int], T],
        *,
        repeat: Repeat,
        attempts_max: int,
        reached: Callable[[], bool],
        pause: Callable[[float], None] | None,
    ) -> T:
        """Call `attempt(number)` until it succeeds or must not or need not be repeated.

        `reached` tells whether the host has ever answered. `pause` makes other processes wait as
        well; it is called when the other side says there were too many requests.
        """
        started = self._clock.monotonic()

        def stop(state: RetryCallState) -> bool:
            bound = min(attempts_max, self._bound(_error_of(state), reached=reached()))
            elapsed = self._clock.monotonic() - started
            past_deadline = elapsed + state.upcoming_sleep > self._settings.deadline_s
            return state.attempt_number >= bound or past_deadline

        def before_sleep(state: RetryCallState) -> None:
            error = _error_of(state)
            if pause and _is_too_many(error):
                pause(state.upcoming_sleep)
            _log_retry(error, state)

        retrying = Retrying(
            retry=lambda state: _may_repeat(state, repeat),
            wait=self._wait_s,
            stop=stop,
            sleep=self._clock.sleep,
            before_sleep=before_sleep,
            reraise=True,
        )
        for state in retrying:
            with state:
                return attempt(state.retry_state.attempt_number)
        raise AssertionError("tenacity returns or raises")

    def _bound(self, error: RemoteError, *, reached: bool) -> int:
        bound = self._settings.attempts_max
        if isinstance(error, NotReachedError) and not reached:
            bound = self._settings.first_contact_attempts_max
        if isinstance(error, BrokenReplyError):
            bound = self._settings.attempts_by_status.get(200, bound)
        return min(bound, self._settings.attempts_by_status.get(error.status or 0, bound))

    def _wait_s(self, state: RetryCallState) -> float:
        error = _error_of(state)
        wished = error.retry_after_s if isinstance(error, TransientError) else None
        if wished is not None:
            # A little more than asked for, spread, so that all who wait do not return at once.
            return wished + self._rng.uniform(0, 1)
        if _is_too_many(error):
            return self._rng.uniform(_WAIT_S_RATE_LIMIT, 1.5 * _WAIT_S_RATE_LIMIT)
        first = _WAIT_S_SLOW if error.status in _SLOW_STATUSES else _WAIT_S_FIRST
        ceiling = min(_WAIT_S_MAX, first * 2.0 ** (state.attempt_number - 1))
        return self._rng.uniform(ceiling / 2, ceiling)


def name_outcome(error: ConnectorError) -> str:
    """Return the word by which the audit trail knows this failure."""
    for kind, word in _OUTCOMES:
        if isinstance(error, kind):
            return word
    return "failed"


_OUTCOMES: tuple[tuple[type[ConnectorError], str], ...] = (
    (NotReachedError, "not reached"),
    (TransientError, "transient"),
    (AccessError, "access"),
    (RefusedError, "refused"),
    (OutcomeUnknownError, "unknown"),
    (BrokenReplyError, "broken"),
    (UnexpectedReplyError, "unexpected"),
    (SettingError, "setting"),
)


def _is_too_many(error: RemoteError) -> bool:
    # Sage 300 says it by a code; which status goes with it nobody knows (Sage sheet §7 row 2).
    return error.status == _TOO_MANY_REQUESTS or error.code == "TooManyRequests"


def _may_repeat(state: RetryCallState, repeat: Repeat) -> bool:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, BrokenReplyError):
        return repeat is Repeat.SAFE
    return isinstance(error, TransientError)


def _error_of(state: RetryCallState) -> RemoteError:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, RemoteError):
        raise TypeError("only remote errors are repeated")
    return error


def _log_retry(error: RemoteError, state: RetryCallState) -> None:
    event(
        log,
        "transport.retry",
        level=logging.WARNING,
        attempt=state.attempt_number,
        wait_s=round(state.upcoming_sleep, 1),
        reason=error.problem,
    )
