"""Where files live that outlast a run: one folder per user, or `ML_CONNECTOR_HOME`.

Never relative to the working folder: a scheduler and a person start the same job from different
ones, and both must find the same ledger.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from ml_connector.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable

HOME_VARIABLE = "ML_CONNECTOR_HOME"


def home() -> Path:
    """Return the connector's own folder, made (open to its owner only) when it is missing.

    Raises:
        SettingError: `ML_CONNECTOR_HOME` is relative, or the folder cannot be made.
    """
    return _made(absolute_path(HOME_VARIABLE, otherwise=_user_data))


def absolute_path(variable: str, *, otherwise: Callable[[], Path]) -> Path:
    """Return the path in an environment variable, `~` replaced; `otherwise` where it is not set.

    Raises:
        SettingError: it is relative, or begins with `~` where this user has no home folder.
    """
    chosen = os.environ.get(variable, "").strip()
    try:
        path = Path(chosen).expanduser() if chosen else otherwise()
    except RuntimeError as error:
        # A container's user may have neither an entry among the users nor HOME.
        raise SettingError(
            variable, chosen or None, "no home folder is known for the user", remedy=_FULL_PATH
        ) from error
    if not path.is_absolute():
        raise SettingError(variable, chosen, "is not an absolute path", remedy=_FULL_PATH)
    return path


_FULL_PATH = "Give the full path, so that every run finds the same files."


def _user_data() -> Path:
    return platformdirs.user_data_path("ml-connector")


def ledger_path(key: str) -> Path:
    """Return the default ledger file for `key`, such as `anaplan-<workspace>-<model>`."""
    return _made(home() / slug(key)) / "ledger.sqlite3"


def plan_ledger_path(key: str) -> Path:
    """Return where `ledger_path` would have the ledger; no folder is made.

    Raises:
        SettingError: `ML_CONNECTOR_HOME` is relative, or no home folder is known.
    """
    return absolute_path(HOME_VARIABLE, otherwise=_user_data) / slug(key) / "ledger.sqlite3"


def slug(key: str) -> str:
    """Turn `key` into a name that is a folder on every system; different keys stay different."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", key).strip(".")
    if plain == key and len(plain) <= _SLUG_LENGTH_MAX:
        return plain
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    return f"{plain[: _SLUG_LENGTH_MAX - 13]}-{digest}"


_SLUG_LENGTH_MAX = 100


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(
            HOME_VARIABLE,
            str(folder),
            f"the folder cannot be made ({error.strerror or error})",
            remedy=f"Set {HOME_VARIABLE} to a folder this user may write to.",
        ) from error
    return folder
