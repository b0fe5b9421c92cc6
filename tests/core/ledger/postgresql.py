"""A PostgreSQL cluster of our own for the tests, in a temporary folder, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

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


@contextmanager
def serve(programs: Path) -> Iterator[str]:
    """Serve an empty cluster on loopback and yield the URL of its database."""
    # PostgreSQL refuses to run as root.
    user = _unprivileged_user()
    with tempfile.TemporaryDirectory(prefix="ml-pg-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        data, port = folder / "data", _free_port()
        _run(programs / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-N", user=user)
        options = f"-p {port} -h 127.0.0.1 -k '' -c fsync=off -c shared_buffers=16MB"
        ctl = programs / "pg_ctl"
        _run(ctl, "-D", data, "-w", "-l", folder / "log", "-o", options, "start", user=user)
        try:
            yield f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres"
        finally:
            _run(ctl, "-D", data, "-w", "-m", "immediate", "stop", user=user)


def _unprivileged_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")


def _run(program: Path, *arguments: object, user: pwd.struct_passwd | None) -> None:
    subprocess.run(
        [program, *map(str, arguments)],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        timeout=120,
    )


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
