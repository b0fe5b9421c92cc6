"""Faults as they are asked for: one at a time, or strewn by a seeded schedule.

A fault waits for requests that match its method and path, lets `after` of them pass, then
strikes `times` times (0: for ever). What each kind does stands with the kind: those both
servers have in `_fault_kinds`, a product's own in its part.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Effect = Literal["none", "done", "later"]
TruncateForm = Literal["cut", "chunked", "length", "gzip"]
HTTP_STATUS = Annotated[int, msgspec.Meta(ge=200, le=599)]
HEADER_NAME = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]+$")]
HEADER_TEXT = Annotated[str, msgspec.Meta(pattern=r"^[ -~]*$")]
COUNT = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]
COUNT_FROM_ONE = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
DURATION_S = Annotated[float, msgspec.Meta(ge=0, le=86_400)]

WAITING = frozenset({"kind", "method", "path", "after", "times"})
"""What every kind heeds."""


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request of a client after whose answer a late effect comes."""

    method: str = "GET"
    """Regular expression for the whole method."""
    path: str = ".*"
    """Regular expression searched in path and query."""
    times: COUNT_FROM_ONE = 1
    """How many such requests are answered first."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sandbox/faults` takes. A kind refuses fields that it does not heed."""

    kind: str
    method: str = ".*"
    """Regular expression for the whole method."""
    path: str = ".*"
    """Regular expression searched in path and query, as sent (percent-decoded path)."""
    after: COUNT = 0
    """How many matching requests pass unharmed first."""
    times: COUNT = 1
    """How many matching requests are struck; 0 for all that follow."""
    status: HTTP_STATUS = 500
    code: str | None = None
    """The product's own code of an `error`, where the status has several."""
    message: str | None = None
    """Text of an `error`; the product's by default."""
    retry_after: int | HEADER_TEXT | None = None
    retry_after_form: Literal["seconds", "date"] = "seconds"
    """Write seconds as they are, or as the moment on the sandbox's clock."""
    headers: dict[HEADER_NAME, HEADER_TEXT] = {}
    body: str | None = None
    seconds: DURATION_S = 1.0
    bytes: COUNT = 20
    pieces: COUNT_FROM_ONE = 10
    """In how many pieces a slow body comes."""
    how: TruncateForm = "cut"
    effect: Effect = "none"
    until: Look | None = None
    """What the client has to do before a late effect comes; `seconds` do not count then."""
    seed: int = 1
    """Of what a kind chooses at random."""
    inserts: COUNT = 1
    changes: COUNT = 1
    deletes: COUNT = 1


class Schedule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_sandbox/faults/schedule` takes: faults strewn over the matching requests.

    Whether the n-th matching request is struck, and by which kind, follows from `seed` and n
    alone: the same requests in the same order meet the same faults.
    """

    seed: int = 1
    rate: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.1
    """The share of requests that are struck."""
    kinds: Annotated[list[str | dict[str, object]], msgspec.Meta(min_length=1)] | None = None
    """Names of kinds, or faults (without method, path, after and times) to take one from."""
    method: str = ".*"
    path: str = ".*"
    after: COUNT = 0
    """How many matching requests pass before the first may be struck."""
    times: COUNT = 0
    """How many are struck at most; 0 for any number."""
