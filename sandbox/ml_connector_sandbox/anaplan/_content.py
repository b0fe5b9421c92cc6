"""Contents of files: private to the user who uploaded them, for 48 hours (Anaplan sheet §4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._users import Role, User

if TYPE_CHECKING:
    from ml_connector_sandbox._clock import VirtualClock

SHELF_LIFE = dt.timedelta(hours=48)
UNKNOWN_COUNT = -1


class Audience(Enum):
    """For whom a builder set a default file."""

    ADMINISTRATORS = "admins"
    EVERYONE = "everyone"


@dataclass
class Content:
    """What one user uploaded to one file."""

    used_at: dt.datetime
    announced: int = 0
    """The chunk count announced; `UNKNOWN_COUNT` until completed."""
    chunks: dict[int, bytes] = field(default_factory=dict)
    visible_at: dt.datetime | None = None
    """When an export's file appears, where that is later than its task says (§10)."""

    @property
    def is_whole(self) -> bool:
        """Whether every announced chunk is there."""
        return self.announced >= 0 and set(self.chunks) == set(range(self.announced))

    def join(self) -> bytes:
        """Return the chunks joined byte by byte, in order, whatever is missing."""
        return b"".join(self.chunks[number] for number in sorted(self.chunks))


@dataclass(frozen=True, kw_only=True)
class DefaultFile:
    """Content a builder set in the interface, used where there is no private one."""

    content: bytes
    audience: Audience


class ContentStore:
    """Private contents by user and file, default files by file."""

    def __init__(self, clock: VirtualClock) -> None:
        """Start empty."""
        self._clock = clock
        self._private: dict[tuple[str, str], Content] = {}
        self._stale_counts: dict[tuple[str, str], int] = {}
        self.defaults: dict[str, DefaultFile] = {}

    def announce(self, user: User, file_id: str, *, chunk_count: int) -> Content:
        """Start an upload; chunks beyond the announced count are dropped (I)."""
        present = self.find(user, file_id)
        content = Content(used_at=self._clock.now(), announced=chunk_count)
        if present is not None and chunk_count >= 0:
            # Nothing says that announcing empties a file: an upload cut off half-way leaves the
            # old chunks behind its new ones, which is the mixed data §4.1 warns of.
            content.chunks = {
                number: data for number, data in present.chunks.items() if number < chunk_count
            }
        self._private[user.id, file_id] = content
        return content

    def put_whole(self, user: User, file_id: str, data: bytes) -> None:
        """Replace the content by one chunk."""
        content = Content(used_at=self._clock.now(), announced=1, chunks={0: data})
        self._private[user.id, file_id] = content

    def put_chunk(self, user: User, file_id: str, number: int, data: bytes) -> bool:
        """Store one chunk, in any order; false when its number was never announced."""
        content = self.find(user, file_id)
        if content is None or (content.announced >= 0 and number >= content.announced):
            return False
        content.chunks[number] = data
        return True

    def complete(self, user: User, file_id: str) -> Content | None:
        """End an upload of unknown length: what has arrived is the content."""
        content = self.find(user, file_id)
        if content is not None and content.announced == UNKNOWN_COUNT:
            content.announced = len(content.chunks)
        return content

    def find(self, user: User, file_id: str) -> Content | None:
        """Return private content not expired, and count this as an access."""
        content = self.peek(user, file_id)
        if content is not None:
            content.used_at = self._clock.now()
        return content

    def peek(self, user: User, file_id: str) -> Content | None:
        """Return private content not expired, without keeping it alive: for lists (I)."""
        content = self._private.get((user.id, file_id))
        if content is not None and self._clock.now() - content.used_at > SHELF_LIFE:
            del self._private[user.id, file_id]
            return None
        if content is not None and content.visible_at and self._clock.now() < content.visible_at:
            return None
        return content

    def put(self, user: User, file_id: str, content: Content) -> None:
        """Replace the content as a whole."""
        self._private[user.id, file_id] = content

    def delete(self, user: User, file_id: str) -> bool:
        """Remove private content only; the default file stays."""
        content = self._private.pop((user.id, file_id), None)
        if content is not None:
            self._stale_counts[user.id, file_id] = max(0, content.announced)
        return content is not None

    def forget(self, file_id: str) -> None:
        """Remove everybody's private content of a file, as 48 hours do."""
        self._private = {key: one for key, one in self._private.items() if key[1] != file_id}

    def find_default(self, user: User, role: Role, file_id: str) -> DefaultFile | None:
        """Return the default file, if the user may see it."""
        default = self.defaults.get(file_id)
        if default is None or not user.id:
            return None
        if default.audience is Audience.ADMINISTRATORS and role is not Role.ADMINISTRATOR:
            return None
        return default

    def stale_count(self, user: User, file_id: str) -> int:
        """Return the chunk count the user's deleted content had."""
        return self._stale_counts.get((user.id, file_id), 0)
