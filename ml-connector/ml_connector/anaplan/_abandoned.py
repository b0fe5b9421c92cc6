"""Which large reads of this computer's runs are under way, so that a killed one's can be ended.

A file per read request, locked by the process that reads: what is there without a lock was
abandoned. Its name says which request it is; nothing is written into it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from filelock import FileLock, Timeout

from ml_connector.places import home, slug

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDING = ".lock"


class ReadNotes:
    """The notes of one model's read requests in this user's folder."""

    def __init__(self, model_url: str) -> None:
        """Keep them by the model's address; nothing is read or written yet."""
        self._name = slug(model_url)
        self._held: dict[str, FileLock] = {}

    def note(self, path: str) -> None:
        """Say that the read request at `path` is ours from now on."""
        folder = self._folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(folder / f"{quote(path, safe='')}{_ENDING}", timeout=0)
        lock.acquire()
        self._held[path] = lock

    def forget(self, path: str) -> None:
        """Say that it is no more."""
        lock = self._held.pop(path, None)
        if lock is not None:
            _remove(lock)

    def release(self, path: str) -> None:
        """Say that it could not be ended; another run may."""
        lock = self._held.pop(path, None)
        if lock is not None:
            lock.release()

    @property
    def open(self) -> list[str]:
        """The read requests of this process."""
        return list(self._held)

    def take_abandoned(self) -> Iterator[str]:
        """Take over each read request whose process has ended."""
        for file in sorted(self._folder().glob(f"*{_ENDING}")):
            path = unquote(file.name.removesuffix(_ENDING))
            if path in self._held:
                continue
            lock = FileLock(file, timeout=0)
            with suppress(Timeout):
                lock.acquire()
                self._held[path] = lock
                yield path

    def _folder(self) -> Path:
        return home() / "read-requests" / self._name


def _remove(lock: FileLock) -> None:
    lock.release()
    # Windows cannot delete a file that somebody else is just looking at; the next run will.
    with suppress(OSError):
        Path(lock.lock_file).unlink(missing_ok=True)
