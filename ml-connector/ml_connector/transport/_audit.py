"""What an audit trail is told about each call; the ledger keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from typing_extensions import override

if TYPE_CHECKING:
    import pendulum


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiCall:
    """One try of one call, whatever became of it. Never holds a secret or a body."""

    at: pendulum.DateTime
    """When it was sent, UTC."""
    system: str
    """`Sage 300` or `Anaplan`."""
    method: str
    path: str
    """With its query, without the host."""
    status: int | None
    """HTTP status; `None` when no answer came."""
    outcome: str
    """`ok`, or what kind of failure: `transient`, `access`, `refused`, `unknown`, ...."""
    elapsed_ms: int
    sent_bytes: int
    received_bytes: int
    attempt: int
    """1 for the first try."""


class AuditTrail(Protocol):
    """Something that keeps calls; neither method calls the network."""

    def before_call(self) -> None:
        """Object when a call must not be made now, such as inside an open transaction."""
        ...

    def record_call(self, call: ApiCall) -> None:
        """Keep `call`."""
        ...


class NoAudit(AuditTrail):
    """Keeps nothing: for discovery and connection checks, which move no record."""

    @override
    def before_call(self) -> None:
        """Object to nothing."""

    @override
    def record_call(self, call: ApiCall) -> None:
        """Forget `call`."""
