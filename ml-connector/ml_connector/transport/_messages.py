"""What goes through the transport: a request, a reply, and how the transport is set up."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pendulum
from requests.structures import CaseInsensitiveDict

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXCERPT_CHARS_MAX = 200
_START_BYTES = 200
_JSON_STARTS = (b"{", b"[", b'"')


class Repeat(Enum):
    """Whether a call whose answer was lost may be sent again."""

    SAFE = "safe"
    """Reads, and writes that put the same thing in the same place (a file's chunk)."""
    NEVER = "never"
    """Starts or creates something: when the answer is lost, look before repeating."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One call, ready to send; `url` is complete, its query included."""

    method: str
    url: str
    system: str
    """`Sage 300` or `Anaplan`; names the other side in errors and the audit trail."""
    setting: str
    """The setting the host comes from, named when the host cannot be reached."""
    repeat: Repeat
    read_timeout_s: float
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def path(self) -> str:
        """Path and query, without the host."""
        parts = urlsplit(self.url)
        return f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"

    @property
    def call(self) -> str:
        """Method and path without query: how errors name the call."""
        return f"{self.method} {urlsplit(self.url).path or '/'}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """An answer as it came, of any status; secrets are already masked in bodies of errors."""

    status: int
    headers: Mapping[str, str] = field(default_factory=CaseInsensitiveDict)
    """Looked up without regard to case."""
    body: bytes = b""
    call: str = ""
    elapsed_s: float = 0.0
    received_at: pendulum.DateTime = field(default_factory=lambda: pendulum.from_timestamp(0))
    """UTC, by our clock; what a `Retry-After` date is compared with."""
    excerpt: str = ""
    """The beginning of the body for messages, secrets masked, one line."""

    @property
    def data_bytes(self) -> int | None:
        """Length of a body that holds data: JSON of a success, cut short or not; else `None`.

        Web pages of a proxy and the like, and what comes with an error, are no data.
        """
        is_success = 200 <= self.status < 300  # noqa: PLR2004 - the class of successes
        start = self.body[:_START_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        return len(self.body) if is_success and start in _JSON_STARTS else None


@dataclass(frozen=True, kw_only=True, slots=True)
class TransportSettings:
    """How to reach a system and how long to insist. Times are seconds."""

    allow_http: bool = False
    """Plain HTTP to other hosts than this computer; it shows the password to the network."""
    ca_bundle: str | None = None
    """File with the certificates to trust in place of the system's."""
    connect_timeout_s: float = 20.0
    attempts_max: int = 8
    first_contact_attempts_max: int = 3
    """Tries while the host has never answered: a wrong host should be told soon."""
    deadline_s: float = 900.0
    """Over all tries of one call, waiting included."""
    attempts_by_status: Mapping[int, int] = field(default_factory=lambda: {200: 3, 410: 2, 500: 4})
    """Fewer tries for what seldom mends itself; 200 stands for a body cut short."""
    response_bytes_max: int = 128 * 1024 * 1024
    secrets: tuple[str, ...] = ()
    """Masked wherever the other side sends them back."""


def build_excerpt(text: str) -> str:
    """Return the beginning of `text` on one line, printable, at most 200 characters."""
    line = " ".join(text.split())
    return "".join(char if char.isprintable() else "?" for char in line[:_EXCERPT_CHARS_MAX])
