"""`vault:NAME/FIELD`, `env:NAME` and `file:PATH` in place of a secret, resolved in memory only.

Meltano writes each plugin's configuration to disk in clear text, so the configuration should hold
a reference and never the secret itself. A further scheme is one more line in `_SCHEMES`.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ml_connector.errors import SettingError
from ml_connector.secrets._errors import VaultError
from ml_connector.secrets._vault import open_vault, parse_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)

_FILE_BYTES_MAX = 65_536
_READABLE_BY_OTHERS = 0o044


def resolve(value: str, *, setting: str) -> str:
    """Return the secret that `value` refers to, or `value` itself when it is no reference.

    `vault:NAME/FIELD` reads the vault, `env:NAME` an environment variable, `file:PATH` a file in
    UTF-8 without the newline at its end. `setting` is named in errors; the value never is.

    Raises:
        SettingError: the field, variable or file is missing, unreadable or not text.
    """
    scheme, colon, rest = value.partition(":")
    read = _SCHEMES.get(scheme) if colon else None
    secret = value if read is None else read(rest, setting)
    if not _is_text(secret):
        raise SettingError(
            setting, None, "holds bytes that are no text in UTF-8", remedy="Write it anew in UTF-8."
        )
    return secret


def is_reference(value: str) -> bool:
    """Say whether `value` names where a secret is, rather than being one."""
    scheme, colon, _ = value.partition(":")
    return bool(colon) and scheme in _SCHEMES


def _is_text(secret: str) -> bool:
    # Python keeps undecodable bytes of the environment as surrogates, which nothing can send.
    return not any("\ud800" <= char <= "\udfff" for char in secret)


def _read_variable(name: str, setting: str) -> str:
    if name and name in os.environ:
        return os.environ[name]
    raise SettingError(
        setting,
        f"env:{name}",
        f"the environment variable {name or '(no name given)'} is not set",
        remedy=f"Set it for the process that runs the plugin, or change {setting}.",
    )


def _read_file(path: str, setting: str) -> str:
    try:
        with Path(path).expanduser().open("rb") as file:
            raw = file.read(_FILE_BYTES_MAX + 1)
            mode = os.fstat(file.fileno()).st_mode
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise _unusable_file(path, setting, f"the file cannot be read ({reason})") from error
    if len(raw) > _FILE_BYTES_MAX:
        raise _unusable_file(path, setting, f"the file is larger than {_FILE_BYTES_MAX} bytes")
    # Windows keeps rights elsewhere and fills these bits with its own meaning.
    if os.name == "posix" and mode & _READABLE_BY_OTHERS:
        log.warning(
            "Setting %s: other users of this computer can read the file %s. Run: chmod 600 %s",
            setting,
            path,
            path,
        )
    return _decoded(raw, path, setting)


def _decoded(raw: bytes, path: str, setting: str) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Without `from`: the codec's error carries the bytes, and they are the secret.
        raise _unusable_file(path, setting, "the file is not UTF-8 text") from None
    for newline in ("\r\n", "\n"):
        if text.endswith(newline):
            return text.removesuffix(newline)
    return text


def _unusable_file(path: str, setting: str, problem: str) -> SettingError:
    return SettingError(
        setting,
        f"file:{path}",
        problem,
        remedy="Name a small text file that holds only the secret and that this user may read.",
    )


def _read_vault(reference: str, setting: str) -> str:
    where = parse_reference(reference)
    if where is None:
        # Not quoted: somebody may have typed the secret itself behind the colon.
        raise SettingError(
            setting,
            None,
            "what follows vault: is not NAME/FIELD",
            remedy="Write it as `ml-connector credentials list` shows it, for example"
            " vault:sage300/password.",
        )
    try:
        return open_vault().read(*where)
    except VaultError as error:
        raise SettingError(
            setting, f"vault:{reference}", error.reason, remedy=error.remedy
        ) from error


_SCHEMES: Mapping[str, Callable[[str, str], str]] = {
    "env": _read_variable,
    "file": _read_file,
    "vault": _read_vault,
}
