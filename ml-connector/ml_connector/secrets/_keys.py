"""The vault's key: where it is found, and what it does.

It comes from the variable `ML_CONNECTOR_KEY`, else from a file: `vault.key` in the connector's own
folder, or where `ML_CONNECTOR_KEY_FILE` says. Either may hold several keys with blanks or newlines
between them: the first one seals, the others only open, so that a key can be changed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ml_connector import places
from ml_connector.durable import replace_durably
from ml_connector.secrets._errors import VaultError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ml_connector.clock import Clock

KEY_VARIABLE = "ML_CONNECTOR_KEY"
KEY_FILE_VARIABLE = "ML_CONNECTOR_KEY_FILE"

_KEY_BITS = 256
_NONCE_BYTES = 12
_KEY_FILE_BYTES_MAX = 4096
_FOR_OTHERS = 0o077
_MAKE_REMEDY = "Make one with: ml-connector credentials make-key."


@dataclass(frozen=True)
class Key:
    """256 bits for AES-GCM, an authenticated cipher: what was altered does not open."""

    raw: bytes = field(repr=False)

    @classmethod
    def make(cls) -> Key:
        """Draw a new key from the system's own source."""
        return cls(AESGCM.generate_key(_KEY_BITS))

    @property
    def text(self) -> str:
        """The key as it is written into a variable or file: 43 letters, digits, `-` and `_`."""
        return base64.urlsafe_b64encode(self.raw).decode("ascii").rstrip("=")

    @property
    def fingerprint(self) -> str:
        """Tells keys apart without telling the key, which is random and cannot be guessed."""
        return hashlib.sha256(b"ml-connector vault key\0" + self.raw).hexdigest()[:16]

    def seal(self, plain: bytes, *, bound: bytes) -> bytes:
        """Encrypt `plain` so that it opens only with this key and the same `bound`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self.raw).encrypt(nonce, plain, bound)

    def open(self, sealed: bytes, *, bound: bytes) -> bytes | None:
        """Decrypt what `seal` made; `None` when it was altered or belongs to something else."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return AESGCM(self.raw).decrypt(nonce, rest, bound)
        except (InvalidTag, ValueError):
            return None


def key_path() -> Path:
    """Return the path of the key file, whether it is there or not.

    Raises:
        SettingError: `ML_CONNECTOR_KEY_FILE` is relative, or the connector's folder is unusable.
    """
    return places.absolute_path(KEY_FILE_VARIABLE, otherwise=lambda: places.home() / "vault.key")


def is_key_in_variable() -> bool:
    """Say whether the key is given in the environment."""
    return bool(os.environ.get(KEY_VARIABLE, "").strip())


def find_keys() -> tuple[Key, ...]:
    """Return the keys there are, the sealing one first; none at all is not an error here.

    Raises:
        VaultError: what stands where a key belongs is none, or others may read its file.
    """
    if is_key_in_variable():
        return _parse_keys(os.environ[KEY_VARIABLE], where=f"the variable {KEY_VARIABLE}")
    path = key_path()
    raw = _read_key_file(path)
    if raw is None:
        return ()
    return _parse_keys(raw.decode("ascii", "replace"), where=f"the key file {path}")


def write_key_file(path: Path, keys: Sequence[Key], *, clock: Clock) -> None:
    """Write `keys` into `path`, for its owner only.

    Raises:
        VaultError: it cannot be written.
    """
    content = "".join(f"{key.text}\n" for key in keys).encode("ascii")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_durably(path, content, clock=clock)
    except OSError as error:
        raise VaultError(
            "vault",
            f"the key file {path} cannot be written ({error.strerror or error})",
            remedy=f"Let {KEY_FILE_VARIABLE} name a file this user may write, or give the key in"
            f" {KEY_VARIABLE}.",
        ) from error


def build_no_key() -> VaultError:
    """Say that there is no key, and where it is looked for."""
    return VaultError(
        "vault",
        f"its key is missing: {KEY_VARIABLE} is not set and there is no key file {key_path()}",
        remedy="Give this process the key the vault was made with; with no vault yet,"
        " `ml-connector credentials set NAME` makes both.",
    )


def _parse_keys(text: str, *, where: str) -> tuple[Key, ...]:
    keys = tuple(_parse_key(word, where=where) for word in text.split())
    if not keys:
        raise VaultError("vault", f"{where} is empty", remedy=_MAKE_REMEDY)
    return keys


def _parse_key(word: str, *, where: str) -> Key:
    raw = b""
    if re.fullmatch(r"[A-Za-z0-9_-]{43}", word):
        try:
            raw = base64.urlsafe_b64decode(word + "=")
        except binascii.Error:
            raw = b""
    if len(raw) * 8 != _KEY_BITS:
        # Not quoted, nor its length: it may be nearly the key.
        raise VaultError(
            "vault",
            f"{where} holds something that is no key (a key has 43 letters, digits, - and _)",
            remedy=f"Give it as it was made, whole. {_MAKE_REMEDY}",
        )
    return Key(raw)


def _read_key_file(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(_KEY_FILE_BYTES_MAX)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VaultError(
            "vault",
            f"the key file {path} cannot be read ({error.strerror or type(error).__name__})",
            remedy="Let the user who runs the plugins own it.",
        ) from error
    # Windows keeps rights in lists of its own, which these bits do not tell.
    if os.name == "posix" and mode & _FOR_OTHERS:
        raise VaultError(
            "vault",
            f"others than its owner have rights to the key file {path}",
            remedy=f"Run: chmod 600 {path}. If others may have read it, change the key"
            " (ml-connector credentials rekey) and the passwords.",
        )
    return raw
