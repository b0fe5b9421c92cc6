"""Dumps: only of the last failing run of an import, only for its user, for 48 hours (§5.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._content import SHELF_LIFE

if TYPE_CHECKING:
    import datetime as dt

    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox.anaplan._users import User


@dataclass
class Dump:
    """One dump and when it was last read."""

    task_id: str
    content: bytes
    used_at: dt.datetime

    def chunks(self, size: int) -> list[bytes]:
        """Return the dump cut into pieces of at most `size` bytes, wherever that falls."""
        starts = range(0, max(1, len(self.content)), size)
        return [self.content[start : start + size] for start in starts]


class DumpStore:
    """Dumps by user and import."""

    def __init__(self, clock: VirtualClock) -> None:
        """Start empty."""
        self._clock = clock
        self._dumps: dict[tuple[str, str], Dump] = {}

    def keep(self, user: User, import_id: str, task_id: str, content: bytes) -> None:
        """Keep the dump of a failing run in place of the one before."""
        dump = Dump(task_id=task_id, content=content, used_at=self._clock.now())
        self._dumps[user.id, import_id] = dump

    def forget(self, user: User, import_id: str) -> None:
        """Drop the dump: a clean run followed."""
        self._dumps.pop((user.id, import_id), None)

    def lose(self, task_id: str) -> bool:
        """Drop every dump of a task, as if 48 hours had passed; tell whether there was one."""
        lost = [key for key, dump in self._dumps.items() if dump.task_id == task_id]
        for key in lost:
            del self._dumps[key]
        return bool(lost)

    def find(self, user: User, import_id: str, task_id: str) -> Dump | None:
        """Return the dump if it is this task's and has not expired."""
        dump = self._dumps.get((user.id, import_id))
        if dump is None or dump.task_id != task_id:
            return None
        if self._clock.now() - dump.used_at > SHELF_LIFE:
            return None
        dump.used_at = self._clock.now()
        return dump
