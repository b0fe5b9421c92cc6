"""The vault: secrets in one encrypted file below the connector's own folder.

Each field is sealed by itself, bound to the file's format, its entry, its name and the moment it
was written, so that no field opens in another one's place. The file is replaced as a whole: a
reader needs no lock and sees the old content or the new one. One process writes at a time, under a
lock of the operating system, and reads the file again once it has the lock.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from filelock import FileLock, Timeout

from ml_connector import places
from ml_connector.clock import SystemClock
from ml_connector.durable import replace_durably
from ml_connector.secrets._errors import VaultError
from ml_connector.secrets._keys import (
    KEY_VARIABLE,
    Key,
    build_no_key,
    find_keys,
    is_key_in_variable,
    key_path,
    write_key_file,
)
from ml_connector.wire import WireError, decode_as, encode_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ml_connector.clock import Clock

FORMAT = 1
WAIT_S = 60.0

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")


class WrongKeyError(VaultError):
    """No key that is given is the one the vault was sealed with."""


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """One field: when it was written (UTC) and its encrypted value."""

    changed: str
    sealed: bytes


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The file: its format, the fingerprint of the key that sealed it, and the entries."""

    format: int = FORMAT
    key: str = ""
    entries: dict[str, dict[str, Sealed]] = {}


class Entry(NamedTuple):
    """One entry, as it may be shown: its name, and when each field was written (UTC)."""

    name: str
    fields: Mapping[str, str]


class Draft:
    """The vault while it is being written; what is put is on disk when the block has ended."""

    def __init__(self, content: Content, *, key: Key, now: str) -> None:
        """Start from `content`, sealed with `key`."""
        self._entries = {name: dict(fields) for name, fields in content.entries.items()}
        self._key = key
        self._now = now

    def find(self, name: str, field: str) -> str | None:
        """Return a field's value, or `None` when it is not there.

        Raises:
            VaultError: it is damaged.
        """
        found = self._entries.get(name, {}).get(field)
        return None if found is None else _open(found, self._key, name=name, field=field)

    def put(self, name: str, values: Mapping[str, str]) -> None:
        """Keep `values` (by field) under `name`; other fields of the entry stay.

        Raises:
            VaultError: a name cannot be used in a reference.
        """
        for field, value in values.items():
            for each in (name, field):
                _check_name(each)
            sealed = _seal(value, self._key, name=name, field=field, changed=self._now)
            self._entries.setdefault(name, {})[field] = sealed

    def delete(self, name: str, field: str | None = None) -> None:
        """Forget the entry `name`, or one field of it, and the entry with its last field.

        Raises:
            VaultError: it is not there.
        """
        fields = self._entries.get(name, {})
        if not fields or (field is not None and field not in fields):
            raise _build_missing(self._entries, name=name, field=field)
        for each in list(fields) if field is None else [field]:
            del fields[each]
        if not fields:
            del self._entries[name]

    def sealed_with(self, key: Key) -> Content:
        """Return the content to be written, all of it sealed with `key`."""
        if key != self._key:
            self._entries = {
                name: {
                    field: _seal(
                        _open(found, self._key, name=name, field=field),
                        key,
                        name=name,
                        field=field,
                        changed=found.changed,
                    )
                    for field, found in fields.items()
                }
                for name, fields in self._entries.items()
            }
            self._key = key
        return Content(key=key.fingerprint, entries=self._entries)


class Vault:
    """The encrypted file, wherever it is; each look reads it afresh."""

    def __init__(self, path: Path, *, clock: Clock) -> None:
        """Name the file; nothing is read yet."""
        self.path = path
        self._clock = clock

    def read(self, name: str, field: str) -> str:
        """Return the value of a field.

        Raises:
            VaultError: it, the key or the file is missing or damaged; what to do about it.
        """
        try:
            return self._read(name, field)
        except WrongKeyError:
            # The key may have been changed between our looks at the file and at the key.
            return self._read(name, field)

    def _read(self, name: str, field: str) -> str:
        content = self._read_file()
        found = content.entries.get(name, {}).get(field)
        if found is None:
            raise _build_missing(content.entries, name=name, field=field)
        return _open(found, self._opening_key(content, find_keys()), name=name, field=field)

    def list(self) -> Sequence[Entry]:
        """Name all entries and their fields; no key is needed, and no value is looked at.

        Raises:
            VaultError: the file is damaged.
        """
        entries = self._read_file().entries
        return [
            Entry(name, {field: found.changed for field, found in sorted(fields.items())})
            for name, fields in sorted(entries.items())
        ]

    @contextmanager
    def writing(self, *, wait_s: float = WAIT_S) -> Iterator[Draft]:
        """Write as the only writer; the content is on disk when the block ends, or unchanged.

        Raises:
            VaultError: key or file cannot be used, or another writer has not ended in `wait_s`.
        """
        with _locked(self.path, work="writing it", wait_s=wait_s):
            content, keys = self._read_file(), find_keys()
            now = self._clock.now().format("YYYY-MM-DD[T]HH:mm:ss[Z]")
            draft = Draft(content, key=self._opening_key(content, keys), now=now)
            yield draft
            self._write_file(draft.sealed_with(keys[0]))

    @contextmanager
    def holding(self, name: str, *, wait_s: float) -> Iterator[None]:
        """Be the only one who works on the entry `name`; a process that dies lets go.

        Raises:
            VaultError: somebody else has not ended in `wait_s`, or nothing can be written here.
        """
        _check_name(name)
        path = self.path.with_name(f"{self.path.name}.{name}")
        with _locked(path, work=f"working on {name}", wait_s=wait_s):
            yield

    def make_key(self) -> Path | None:
        """Make a key file for a vault that has neither key nor content; return its path if made.

        Raises:
            VaultError: what is there cannot be used.
        """
        with _locked(self.path, work="writing it", wait_s=WAIT_S):
            if find_keys() or self._read_file().entries:
                return None
            write_key_file(key_path(), [Key.make()], clock=self._clock)
            return key_path()

    def rekey(self) -> None:
        """Seal everything with a new key: a fresh one in the key file, or the variable's first.

        The key file holds both keys until the vault is written, so that whatever content a crash
        leaves can be opened.

        Raises:
            VaultError: key or file cannot be used.
        """
        with _locked(self.path, work="writing it", wait_s=WAIT_S):
            content, keys = self._read_file(), find_keys()
            draft = Draft(content, key=self._opening_key(content, keys), now="")
            if is_key_in_variable():
                self._write_file(draft.sealed_with(_new_in_variable(content, keys)))
                return
            fresh = Key.make()
            write_key_file(key_path(), [fresh, *keys], clock=self._clock)
            self._write_file(draft.sealed_with(fresh))
            write_key_file(key_path(), [fresh], clock=self._clock)

    def _opening_key(self, content: Content, keys: Sequence[Key]) -> Key:
        if not keys:
            raise build_no_key()
        if not content.entries:
            return keys[0]
        for key in keys:
            if key.fingerprint == content.key:
                return key
        where = f"in {KEY_VARIABLE}" if is_key_in_variable() else f"in {key_path()}"
        raise WrongKeyError(
            "vault",
            f"the key {where} is not the one {self.path} was sealed with",
            remedy=f"Give the right key. If it is lost, delete {self.path} and store every"
            " secret again with `ml-connector credentials set NAME`.",
        )

    def _read_file(self) -> Content:
        try:
            content = decode_as(self.path.read_bytes(), Content)
        except FileNotFoundError:
            return Content()
        except OSError as error:
            raise VaultError(
                "vault",
                f"the file {self.path} cannot be read ({error.strerror or type(error).__name__})",
                remedy="Let the user who runs the plugins own it.",
            ) from error
        except WireError:
            # Without `from`: the decoder's words may quote what they stumbled over.
            raise VaultError(
                "vault",
                f"the file {self.path} is damaged: it is not what was written",
                remedy="Put back a copy of it; or delete it and store every secret again with"
                " `ml-connector credentials set NAME`.",
            ) from None
        if content.format != FORMAT:
            raise VaultError(
                "vault",
                f"{self.path} has format {content.format}, which this version does not know",
                remedy="Use the version of the connector that wrote it, or a later one.",
            )
        return content

    def _write_file(self, content: Content) -> None:
        try:
            replace_durably(self.path, encode_json(content) + b"\n", clock=self._clock)
        except OSError as error:
            reason = f"cannot be written ({error.strerror or type(error).__name__})"
            raise VaultError(
                "vault",
                f"the file {self.path} {reason}; its old content stands",
                remedy=_MAY_WRITE,
            ) from error


_MAY_WRITE = "See to it that this user may write there and that the disk has room."


@contextmanager
def _locked(path: Path, *, work: str, wait_s: float) -> Iterator[None]:
    lock = FileLock(f"{path}.lock", timeout=wait_s)
    try:
        lock.acquire()
    except Timeout as error:
        raise VaultError(
            "vault",
            f"another process has been {work} for {wait_s:g} seconds",
            remedy="Wait until it has ended, or end it; then start again.",
        ) from error
    except OSError as error:
        raise VaultError(
            "vault",
            f"its lock {path}.lock cannot be taken ({error.strerror or type(error).__name__}), so"
            " nothing was changed",
            remedy=_MAY_WRITE,
        ) from error
    try:
        yield
    finally:
        lock.release()


def open_vault(*, clock: Clock | None = None) -> Vault:
    """Return the vault of this user: `vault.json` in the connector's own folder.

    Raises:
        SettingError: that folder cannot be used.
    """
    # Two homes may share one vault by a link; then they share its locks too.
    path = Path(os.path.realpath(places.home() / "vault.json"))
    return Vault(path, clock=clock or SystemClock())


def parse_reference(reference: str) -> tuple[str, str] | None:
    """Split `NAME/FIELD`; `None` when it is not that."""
    name, _, field = reference.partition("/")
    return (name, field) if _NAME.fullmatch(name) and _NAME.fullmatch(field) else None


def _new_in_variable(content: Content, keys: Sequence[Key]) -> Key:
    if keys[0].fingerprint == content.key:
        raise VaultError(
            KEY_VARIABLE,
            "its first key is the one the vault is sealed with already",
            remedy="Make a new key (ml-connector credentials make-key), put it before the old one"
            " with a blank between them, rekey, and then take the old one out.",
        )
    return keys[0]


def _bound(name: str, field: str, changed: str) -> bytes:
    return encode_json([FORMAT, name, field, changed])


def _seal(value: str, key: Key, *, name: str, field: str, changed: str) -> Sealed:
    sealed = key.seal(value.encode(), bound=_bound(name, field, changed))
    return Sealed(changed=changed, sealed=sealed)


def _open(found: Sealed, key: Key, *, name: str, field: str) -> str:
    plain = key.open(found.sealed, bound=_bound(name, field, found.changed))
    if plain is None:
        raise VaultError(
            f"vault:{name}/{field}",
            f"field {field} of {name} in the vault is damaged or was moved there from elsewhere",
            remedy=f"Store it again: ml-connector credentials set {name} {field}.",
        )
    return plain.decode()


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise VaultError(
            "vault",
            f"{name[:100]!r} cannot be a name in it",
            remedy="Use up to 100 letters, digits and . _ @ - and begin with a letter or digit.",
        )


def _build_missing(
    entries: Mapping[str, Mapping[str, Sealed]], *, name: str, field: str | None
) -> VaultError:
    known = entries.get(name)
    reason = (
        f"the entry {name} of the vault has no field {field}, only {', '.join(sorted(known))}"
        if known
        else f"the vault has no entry {name}"
        + (f", only {', '.join(sorted(entries))}" if entries else "; it is empty")
    )
    subject = f"vault:{name}" if field is None else f"vault:{name}/{field}"
    return VaultError(
        subject,
        reason,
        remedy=f"Store it: ml-connector credentials set {name} {field or ''}".rstrip() + ".",
    )
