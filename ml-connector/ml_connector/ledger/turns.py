"""Turns: one process at a time on this computer, whichever ledger each of them has."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from ml_connector.ledger.leases import POLL_S, LeaseHeldError
from ml_connector.places import home, slug

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector.clock import Clock


@contextmanager
def hold_on_this_computer(name: str, *, clock: Clock, wait_s: float) -> Iterator[None]:
    """Hold the turn `name` among all processes with the same `home`; it ends with its process.

    Raises:
        LeaseHeldError: another process holds it still after `wait_s` seconds.
    """
    folder = home() / "turns"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = FileLock(folder / f"{slug(name)}.lock", timeout=0)
    deadline = clock.monotonic() + wait_s
    while True:
        try:
            lock.acquire()
        except Timeout:
            left_s = deadline - clock.monotonic()
            if left_s <= 0:
                owner = "another run on this computer"
                raise LeaseHeldError(name, owner=owner) from None
            clock.sleep(min(POLL_S, left_s))
        else:
            break
    try:
        yield
    finally:
        lock.release()
