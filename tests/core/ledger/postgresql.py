"""A PostgreSQL cluster of our own for the tests, in a temporary folder, gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if sys.platform != "win32":
    import pwd

if TYPE_CHECKING:
    from collections.abc import Iterator


def find_programs() -> Path | None:
    """Return the folder of `initdb` and `pg_ctl`, newest version first, or `None`."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "pg_ctl").exists() and (folder / "initdb").exists():
            return folder
    found = shutil.which("pg_ctl")
    return Path(found).resolve().parent if found and shutil.which("initdb") else None


# Windows takes the quotes to the letter, and has no such sockets to leave out.
_NO_SOCKET = "" if sys.platform == "win32" else "-k '' "


@contextmanager
def serve(programs: Path) -> Iterator[str]:
    """Serve an empty cluster on loopback and yield the URL of its database."""
    # PostgreSQL refuses to run as root.
    user = _unprivileged_user()
    with tempfile.TemporaryDirectory(prefix="ml-pg-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        if sys.platform != "win32" and user is not None:
            os.chown(folder, *user)
        data, port = folder / "data", _free_port()
        _run(programs / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-N", user=user)
        options = f"-p {port} -h 127.0.0.1 {_NO_SOCKET}-c fsync=off -c shared_buffers=16MB"
        ctl = programs / "pg_ctl"
        _run(ctl, "-D", data, "-w", "-l", folder / "log", "-o", options, "start", user=user)
        try:
            yield f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres"
        finally:
            _run(ctl, "-D", data, "-w", "-m", "immediate", "stop", user=user)


def _unprivileged_user() -> tuple[int, int] | None:
    """Return user and group to run as, `None` where we are no administrator ourselves."""
    if sys.platform == "win32":
        return None
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return user.pw_uid, user.pw_gid


def _run(program: Path, *arguments: object, user: tuple[int, int] | None) -> None:
    uid, gid = user or (None, None)
    subprocess.run(
        [program, *map(str, arguments)],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        user=uid,
        group=gid,
        extra_groups=[] if user else None,
        timeout=120,
    )


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
