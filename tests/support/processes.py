"""What other programs of this computer can see of a process and of those it starts (Linux)."""

from __future__ import annotations

import os
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

PROC = Path("/proc")
_READ_BYTES_MAX = 8 * 1024 * 1024


class ProcessWatch:
    """Looks at command lines, environments and written files of a process and its descendants.

    Each is looked at every few milliseconds, for a program may change them after it has started.
    """

    def __init__(self, pid: int, *, pause_s: float = 0.05) -> None:
        """Watch the process `pid`."""
        self.command_lines: set[bytes] = set()
        self.environments: set[bytes] = set()
        self.written: dict[Path, bytes] = {}
        """Files that were open for writing, with what was last seen in them: some are deleted."""
        self._looked: dict[Path, tuple[int, int]] = {}
        self.pids = {pid}
        self._pause_s = pause_s
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop looking."""
        self._end.set()
        self._thread.join()

    def seen(self, program: str) -> bool:
        """Say whether a process was seen in whose command line `program` stands."""
        return any(program.encode() in line for line in self.command_lines)

    def pause(self) -> None:
        """Wait for the time between two looks."""
        self._end.wait(self._pause_s)

    def _watch(self) -> None:
        while not self._end.wait(self._pause_s):
            for entry in PROC.iterdir():
                if entry.name.isdigit():
                    with suppress(OSError):  # it has ended meanwhile
                        self._look(int(entry.name))

    def _look(self, pid: int) -> None:
        # The name of a program stands in brackets and may hold blanks; the parent comes after it.
        parent = int((PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()[1])
        if parent not in self.pids and pid not in self.pids:
            return
        self.pids.add(pid)
        self.command_lines.add((PROC / f"{pid}/cmdline").read_bytes())
        self.environments.add((PROC / f"{pid}/environ").read_bytes())
        for handle in (PROC / f"{pid}/fd").iterdir():
            with suppress(OSError):
                if _is_writing(pid, handle.name):
                    self._read(handle)

    def _read(self, handle: Path) -> None:
        # Through the handle, for the name may be gone while the file is there.
        path, found = handle.readlink(), handle.stat()
        looks = (found.st_mtime_ns, found.st_size)
        if not stat.S_ISREG(found.st_mode) or self._looked.get(path) == looks:
            return
        with handle.open("rb") as file:
            self.written[path] = file.read(_READ_BYTES_MAX)
        self._looked[path] = looks


def _is_writing(pid: int, handle: str) -> bool:
    described = (PROC / f"{pid}/fdinfo/{handle}").read_text()
    flags = next(line for line in described.splitlines() if line.startswith("flags:"))
    return int(flags.split()[1], 8) & os.O_ACCMODE != os.O_RDONLY
