"""Replaces a file so that it holds the old content or the new one, whatever happens in between."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml_connector.clock import Clock

OWNER_ONLY = 0o600
_TRIES, _PAUSE_S = 50, 0.05


def replace_durably(path: Path, content: bytes, *, clock: Clock) -> None:
    """Write `content` in place of `path`, for its owner's eyes only, and see it onto the disk.

    One writer at a time; the caller holds the lock. A writer that was killed leaves a file beside
    `path`, which the next one clears away. Where `path` is a link, the file it leads to is
    replaced.

    Raises:
        OSError: it cannot be written; the old content stands.
    """
    path = Path(os.path.realpath(path))
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    # O_EXCL: nobody can have put a link or a readable file of his own in our way.
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _replace(fresh, path, clock=clock)
    _sync_folder(path.parent)


def _replace(fresh: Path, path: Path, *, clock: Clock) -> None:
    for _ in range(_TRIES if os.name == "nt" else 0):
        # Windows refuses while somebody reads the old file, which takes a moment only.
        with suppress(PermissionError):
            fresh.replace(path)
            return
        clock.sleep(_PAUSE_S)
    fresh.replace(path)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # a folder cannot be opened there; the file system keeps its own journal
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
