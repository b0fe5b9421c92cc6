"""The only things faked in these tests: time and chance."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pendulum
from ml_connector.transport import ApiCall, Repeat, Reply, Request, Transport, TransportSettings


@dataclass
class FakeClock:
    """Time stands still except while somebody sleeps, which takes none."""

    start: pendulum.DateTime = field(default_factory=lambda: pendulum.datetime(2026, 1, 5, 8))
    sleeps: list[float] = field(default_factory=list)
    elapsed_s: float = 0.0

    def now(self) -> pendulum.DateTime:
        return self.start.add(microseconds=int(self.elapsed_s * 1_000_000))

    def monotonic(self) -> float:
        return 1_000.0 + self.elapsed_s

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.elapsed_s += max(0.0, seconds)


@dataclass
class Recorder:
    """An audit trail in memory."""

    calls: list[ApiCall] = field(default_factory=list)

    def before_call(self) -> None:
        """Object to nothing."""

    def record_call(self, call: ApiCall) -> None:
        self.calls.append(call)


def make_request(url: str, **fields: Any) -> Request:
    """A read of `url` unless `fields` say otherwise."""
    defaults: dict[str, Any] = {
        "method": "GET",
        "system": "Anaplan",
        "setting": "api_url",
        "repeat": Repeat.SAFE,
        "read_timeout_s": 5.0,
    }
    return Request(url=url, **{**defaults, **fields})


def make_reply(status: int = 200, body: bytes = b"", **fields: Any) -> Reply:
    """An answer; its excerpt is its body."""
    return Reply(status=status, body=body, **{"excerpt": body.decode("utf-8", "replace"), **fields})


def make_transport(
    clock: FakeClock, audit: Recorder | None = None, *, limiter: Any = None, **settings: Any
) -> Transport:
    """A transport on a fake clock."""
    return Transport(
        system="Anaplan",
        settings=TransportSettings(**settings),
        clock=clock,
        audit=audit or Recorder(),
        limiter=limiter,
        rng=random.Random(1),  # noqa: S311 - jitter, not a secret
    )
