"""Where files live that outlast a run: one folder per user, or `ML_CONNECTOR_HOME`.

Never relative to the working folder: a scheduler and a person start the same job from different
ones, and both must find the same ledger.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import platformdirs

from ml_connector.errors import SettingError

HOME_VARIABLE = "ML_CONNECTOR_HOME"


def home() -> Path:
    """Return the connector's own folder, made (open to its owner only) when it is missing.

    Raises:
        SettingError: `ML_CONNECTOR_HOME` is relative, or the folder cannot be made.
    """
    chosen = os.environ.get(HOME_VARIABLE, "").strip()
    folder = Path(chosen).expanduser() if chosen else platformdirs.user_data_path("ml-connector")
    if not folder.is_absolute():
        raise SettingError(
            HOME_VARIABLE,
            chosen,
            "is not an absolute path",
            remedy="Give the full path, so that every run finds the same ledger.",
        )
    return _made(folder)


def ledger_path(key: str) -> Path:
    """Return the default ledger file for `key`, such as `anaplan-<workspace>-<model>`."""
    return _made(home() / slug(key)) / "ledger.sqlite3"


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
