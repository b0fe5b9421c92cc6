"""Goal: a vault whose writer is killed holds the old content or the new one, and can be written.

Method: a forked child writes and is killed (SIGKILL, which nothing can catch) at its Nth call to
the operating system, before it and after it, for N = 1, 2, ... until a child survives. After each
kill everything is read, and at the end written, by others.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from ml_connector.secrets import open_vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

    from ml_connector.secrets import Vault

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL"),
    # The child only goes on in the thread that forked it, and takes no lock another one may hold.
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
]

STEPS_MAX = 2_000
SYSTEM = {"posix", "fcntl", "io", "_io"}


def is_of_system(called: object) -> bool:
    """Say whether a function written in C, or a method of a file, asks the operating system."""
    owner = type(getattr(called, "__self__", None))
    return getattr(called, "__module__", None) in SYSTEM or owner.__module__ in SYSTEM


def write_and_die(write: Callable[[], None], *, step: int) -> bool:
    """Run `write` in a child that is killed at its step `step`; say whether it got that far."""
    child = os.fork()
    if child == 0:
        steps = itertools.count(1)

        def count(_: FrameType, event: str, called: object) -> None:
            if event in {"c_call", "c_return"} and is_of_system(called) and next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(count)
        write()
        sys.setprofile(None)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def kill_at_every_step(write: Callable[[], None], *, check: Callable[[], str]) -> set[str]:
    """Kill `write` at each of its steps in turn; return what `check` found after the kills."""
    found = set()
    for step in range(1, STEPS_MAX):
        if not write_and_die(write, step=step):
            return found
        found.add(check())
    raise AssertionError


@pytest.fixture
def vault() -> Vault:
    """A vault with a key file and two fields."""
    vault = open_vault()
    vault.make_key()
    with vault.writing() as draft:
        draft.put("anaplan", {"refresh_token": "old", "client_id": "same"})
    return vault


def test_a_killed_writer_leaves_the_old_content_or_the_new(vault: Vault) -> None:
    old = vault.path.read_bytes()

    def write() -> None:
        with open_vault().writing() as draft:
            draft.put("anaplan", {"refresh_token": "new"})

    def check() -> str:
        assert vault.read("anaplan", "client_id") == "same"
        token = vault.read("anaplan", "refresh_token")
        vault.path.write_bytes(old)
        return token

    assert kill_at_every_step(write, check=check) == {"old", "new"}
    with vault.writing(wait_s=1) as draft:
        draft.put("anaplan", {"refresh_token": "newer"})
    assert vault.read("anaplan", "refresh_token") == "newer"


def test_a_key_change_that_is_killed_leaves_a_vault_that_opens(
    vault: Vault, connector_home: Path
) -> None:
    key_file = connector_home / "vault.key"
    old = vault.path.read_bytes(), key_file.read_bytes()

    def check() -> str:
        assert vault.read("anaplan", "refresh_token") == "old"
        state = f"{vault.path.read_bytes() == old[0]}, keys {len(key_file.read_bytes().split())}"
        vault.path.write_bytes(old[0])
        key_file.write_bytes(old[1])
        return state

    found = kill_at_every_step(lambda: open_vault().rekey(), check=check)

    assert found == {"True, keys 1", "True, keys 2", "False, keys 2", "False, keys 1"}
