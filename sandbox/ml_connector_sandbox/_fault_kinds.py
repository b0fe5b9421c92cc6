"""The kinds of fault that both servers have, and what makes a kind.

`docs/sandbox.md` shows these tables: its text comes from here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox import _spoils, _strikes
from ml_connector_sandbox._faults import WAITING, Fault

if TYPE_CHECKING:
    from starlette.types import Scope

    from ml_connector_sandbox._exchange import Exchange
    from ml_connector_sandbox._fault_board import Hit

Strike = Callable[["Exchange", "Hit"], Awaitable[None]]

_ERROR_FROM = 400
_LATE = ("seconds", "until")


def _any_request(_scope: Scope) -> bool:
    return True


def is_read(scope: Scope) -> bool:
    """Tell whether a request only reads."""
    return bool(scope["method"] == "GET")


@dataclass(frozen=True, kw_only=True)
class FaultKind:
    """One kind of fault."""

    strike: Strike
    sees: str
    """What the client sees."""
    effect: str
    """Whether the struck request takes effect."""
    heeds: tuple[str, ...] = ()
    """The fields of `Fault` it looks at, besides those every kind waits by."""
    concerns: Callable[[Scope], bool] = _any_request
    """Which requests it can strike at all; others are not even counted as seen."""

    def check(self, fault: Fault, given: frozenset[str]) -> None:
        """Refuse what this kind would silently ignore.

        Raises:
            ValueError: A field it does not heed was given, or a status that is no error.
        """
        if ignored := given - WAITING - set(self.heeds):
            known = ", ".join(sorted({*WAITING, *self.heeds}))
            message = f"{fault.kind} heeds no {', '.join(sorted(ignored))}; it heeds {known}"
            raise ValueError(message)
        if fault.kind == "error" and fault.status < _ERROR_FROM:
            message = f"status: an error has 400 to 599, not {fault.status}"
            raise ValueError(message)
        if fault.until is not None and "effect" in self.heeds and fault.effect != "later":
            message = f"until: the effect is {fault.effect}; only one that is `later` waits"
            raise ValueError(message)


_TOLD = "none; `effect`: `done`, or `later` (after the answer)"

COMMON_KINDS = {
    "error": FaultKind(
        strike=_spoils.strike_error,
        sees="the product's own error answer with `status`, for example 401, 403, 404, 409, 423, "
        "424, 429, 500, 502 or 503: its body, its content type, its headers; `code` and "
        "`message` choose among several, `retry_after` adds the header (with "
        "`retry_after_form` `date` as a moment)",
        effect=_TOLD,
        heeds=(
            *("status", "code", "message", "headers", "retry_after", "retry_after_form"),
            *("effect", *_LATE),
        ),
    ),
    "status": FaultKind(
        strike=_spoils.strike_status,
        sees="an answer made up by the test: `status`, `body`, `headers`, `retry_after`",
        effect=_TOLD,
        heeds=("status", "body", "headers", "retry_after", "retry_after_form", "effect", *_LATE),
    ),
    "cut_before": FaultKind(
        strike=_strikes.strike_cut_before,
        sees="the connection is reset, no answer",
        effect="none",
    ),
    "cut_after": FaultKind(
        strike=_strikes.strike_cut_after,
        sees="the connection is reset, no answer",
        effect="done",
    ),
    "late": FaultKind(
        strike=_strikes.strike_late,
        sees="the connection is reset, no answer",
        effect="`seconds` later, or when the client has looked (`until`), be it dead or alive",
        heeds=_LATE,
    ),
    "stall": FaultKind(
        strike=_strikes.strike_stall,
        sees="the answer, `seconds` late",
        effect="done at once",
        heeds=("seconds",),
    ),
    "hang": FaultKind(
        strike=_strikes.strike_hang,
        sees="nothing until released (`POST faults/release`, or `until`); then a reset "
        "connection, or with `done` and `later` the answer",
        effect="none; `effect`: `done` (at once) or `later` (when released, even if the client "
        "has died)",
        heeds=("effect", "until"),
    ),
    "slow_body": FaultKind(
        strike=_spoils.strike_slow_body,
        sees="headers at once, the body dribbled in `pieces` over `seconds`",
        effect="done at once",
        heeds=("seconds", "pieces"),
    ),
    "truncate": FaultKind(
        strike=_spoils.strike_truncate,
        sees="`bytes` of the body (at most half of it), then by `how`: `cut` the connection "
        "closes short of Content-Length, `chunked` before the last chunk, `length` the answer "
        "seems whole, `gzip` the compressed body breaks off",
        effect="done",
        heeds=("bytes", "how"),
    ),
    "wrong_type": FaultKind(
        strike=_spoils.strike_wrong_type,
        sees="a web page with status 200 where data was asked for, as a proxy or sign-in page "
        "would put it; `body` and `headers` replace it",
        effect=_TOLD,
        heeds=("body", "headers", "effect", *_LATE),
    ),
    "shuffle": FaultKind(
        strike=_spoils.strike_shuffle,
        sees="the answer, its lists in an order drawn by `seed`",
        effect="done",
        heeds=("seed",),
        concerns=is_read,
    ),
}
"""By name."""

USUAL_KINDS: list[str | dict[str, object]] = [
    {"kind": "error", "status": 429},
    {"kind": "error", "status": 500},
    {"kind": "error", "status": 502},
    {"kind": "error", "status": 503},
    "cut_before",
    "cut_after",
    "truncate",
    {"kind": "stall", "seconds": 0.2},
]
"""What a schedule strews when it names no kinds: what any client must bear with."""
