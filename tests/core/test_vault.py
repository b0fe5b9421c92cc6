"""The vault keeps what it is given, for the holder of the key only, and says what is wrong."""

from __future__ import annotations

import itertools
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector.errors import ExitCode, SettingError
from ml_connector.secrets import Key, VaultError, open_vault, resolve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ml_connector.secrets import Vault

KEY = Key.make()
PASSWORD = "Tr0ub4dor&3-hunter2"

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights elsewhere")


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Vault:
    """An empty vault whose key is in the environment."""
    monkeypatch.setenv("ML_CONNECTOR_KEY", KEY.text)
    return open_vault()


@pytest.fixture
def filled(vault: Vault) -> Vault:
    """A vault with two entries."""
    put(vault, "sage300", username="WEBAPI", password=PASSWORD)
    put(vault, "anaplan", password="other-secret")
    return vault


def put(vault: Vault, name: str, **values: str) -> None:
    """Store values under one name."""
    with vault.writing() as draft:
        draft.put(name, values)


def edit(vault: Vault, change: Callable[[dict[str, object]], None]) -> None:
    """Change the file as somebody with an editor would."""
    content = json.loads(vault.path.read_bytes())  # noqa: TID251  (not product code)
    change(content)
    vault.path.write_text(json.dumps(content))


@given(value=st.text(min_size=0, max_size=3000).filter(lambda text: text.isprintable()))
def test_what_was_put_is_read_again(value: str) -> None:
    sealed = KEY.seal(value.encode(), bound=b"here")

    assert KEY.open(sealed, bound=b"here") == value.encode()
    assert KEY.open(sealed, bound=b"there") is None


def test_a_secret_is_read_through_a_setting(filled: Vault) -> None:
    assert filled.read("sage300", "password") == PASSWORD
    assert resolve("vault:sage300/password", setting="password") == PASSWORD
    assert resolve("vault:anaplan/password", setting="password") == "other-secret"


def test_the_list_names_fields_and_no_value(filled: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ML_CONNECTOR_KEY")

    shown = [(entry.name, *entry.fields) for entry in filled.list()]

    assert shown == [("anaplan", "password"), ("sage300", "password", "username")]
    assert PASSWORD not in repr(filled.list())


def test_neither_values_nor_key_stand_in_the_file(filled: Vault) -> None:
    raw = filled.path.read_bytes()

    assert not any(secret.encode() in raw for secret in (PASSWORD, "WEBAPI", KEY.text))
    assert KEY.raw.hex() not in repr(KEY)


def test_the_same_secret_never_looks_the_same_twice(vault: Vault) -> None:
    put(vault, "one", password=PASSWORD)
    put(vault, "two", password=PASSWORD)

    content = json.loads(vault.path.read_bytes())["entries"]  # noqa: TID251

    assert content["one"]["password"]["sealed"] != content["two"]["password"]["sealed"]


def test_other_fields_stay_when_one_is_put(filled: Vault) -> None:
    put(filled, "sage300", password="new")

    assert filled.read("sage300", "username") == "WEBAPI"
    assert filled.read("sage300", "password") == "new"


def test_an_entry_goes_with_its_last_field(filled: Vault) -> None:
    with filled.writing() as draft:
        draft.delete("sage300", "username")
        draft.delete("anaplan")

    assert [(entry.name, *entry.fields) for entry in filled.list()] == [("sage300", "password")]


def test_a_block_that_fails_changes_nothing(filled: Vault) -> None:
    before = filled.path.read_bytes()

    with pytest.raises(ZeroDivisionError), filled.writing() as draft:
        draft.put("sage300", {"password": str(1 / 0)})

    assert filled.path.read_bytes() == before


def test_a_writer_sees_what_is_there(filled: Vault) -> None:
    with filled.writing() as draft:
        assert draft.find("sage300", "password") == PASSWORD
        assert draft.find("sage300", "token") is None
        draft.put("sage300", {"token": "t"})
        assert draft.find("sage300", "token") == "t"


def test_ten_writers_at_once_lose_nothing(vault: Vault) -> None:
    def write(number: int) -> None:
        put(open_vault(), "tokens", **{f"t{number}": str(number)})

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(write, range(10)))

    assert [vault.read("tokens", f"t{number}") for number in range(10)] == list("0123456789")


def test_a_second_writer_waits_and_is_told_of_the_first(filled: Vault) -> None:
    with (
        filled.writing(),
        pytest.raises(VaultError, match="another process has been writing"),
        open_vault().writing(wait_s=0.01),
    ):
        pass


def test_a_vault_that_cannot_be_locked_is_left_alone(filled: Vault) -> None:
    before = filled.path.read_bytes()
    lock = filled.path.with_name("vault.json.lock")
    lock.unlink()
    lock.mkdir()

    with pytest.raises(VaultError, match="cannot be taken") as caught:
        put(filled, "sage300", password="new")

    assert "may write there" in caught.value.remedy
    assert filled.path.read_bytes() == before


@on_posix
def test_two_homes_may_share_one_vault_by_a_link(
    filled: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other-home"
    other.mkdir()
    (other / "vault.json").symlink_to(filled.path)
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(other))

    with (
        filled.writing(),
        pytest.raises(VaultError, match="another process"),
        open_vault().writing(wait_s=0.01),
    ):
        pass
    put(open_vault(), "sage300", password="new")

    assert (other / "vault.json").is_symlink()
    assert filled.read("sage300", "password") == "new"


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("vault:sage300/token", "entry sage300 of the vault has no field token, only password"),
        ("vault:sage/password", "the vault has no entry sage, only anaplan, sage300"),
    ],
)
@pytest.mark.usefixtures("filled")
def test_a_missing_field_is_named_with_its_setting_and_what_to_do(
    reference: str, reason: str
) -> None:
    with pytest.raises(SettingError, match=reason) as caught:
        resolve(reference, setting="password")

    assert (caught.value.setting, caught.value.value) == ("password", reference)
    assert "ml-connector credentials set sage" in caught.value.remedy
    assert caught.value.exit_code == ExitCode.SETTINGS_REFUSED


@pytest.mark.usefixtures("vault")
def test_an_empty_vault_says_so() -> None:
    with pytest.raises(SettingError, match="it is empty"):
        resolve("vault:sage300/password", setting="password")


@pytest.mark.usefixtures("filled")
def test_a_wrong_key_is_told_from_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_CONNECTOR_KEY", Key.make().text)

    with pytest.raises(SettingError, match="ML_CONNECTOR_KEY is not the one") as caught:
        resolve("vault:sage300/password", setting="password")

    assert "Give the right key" in caught.value.remedy


def test_a_wrong_key_writes_nothing(filled: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    before = filled.path.read_bytes()
    monkeypatch.setenv("ML_CONNECTOR_KEY", Key.make().text)

    with pytest.raises(VaultError, match="is not the one"):
        put(filled, "sage300", password="new")

    assert filled.path.read_bytes() == before


@pytest.mark.usefixtures("filled")
def test_a_missing_key_says_where_it_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ML_CONNECTOR_KEY")

    with pytest.raises(SettingError, match=r"ML_CONNECTOR_KEY is not set.*vault\.key"):
        resolve("vault:sage300/password", setting="password")


@pytest.mark.parametrize(
    "text",
    ["hunter2", KEY.text[:-1], KEY.text + "A", "ä" * 43, "!" * 43],
    ids=["short", "cut", "longer", "no ASCII", "no base64"],
)
@pytest.mark.usefixtures("filled")
def test_what_is_no_key_is_refused_unquoted(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_CONNECTOR_KEY", text)

    with pytest.raises(SettingError, match="no key") as caught:
        resolve("vault:sage300/password", setting="password")

    assert text not in str(caught.value)


def swap(content: dict[str, dict[str, dict[str, object]]]) -> None:
    """Put Anaplan's password where that of Sage 300 belongs."""
    entries = content["entries"]
    entries["sage300"]["password"] = entries["anaplan"]["password"]  # type: ignore[index]


def rename(content: dict[str, dict[str, dict[str, object]]]) -> None:
    """Give the user name out as the password."""
    fields = content["entries"]["sage300"]
    fields["password"] = fields["username"]  # type: ignore[index]


def redate(content: dict[str, dict[str, dict[str, dict[str, str]]]]) -> None:
    """Let the password look newer than it is."""
    content["entries"]["sage300"]["password"]["changed"] = "2099-01-01T00:00:00Z"


def shorten(content: dict[str, dict[str, dict[str, dict[str, str]]]]) -> None:
    """Cut the cipher text off."""
    content["entries"]["sage300"]["password"]["sealed"] = "AAAA"


@pytest.mark.parametrize("change", [swap, rename, redate, shorten])
def test_a_field_opens_nowhere_but_in_its_place(
    change: Callable[[object], None], filled: Vault
) -> None:
    edit(filled, change)

    with pytest.raises(SettingError, match="damaged or was moved") as caught:
        resolve("vault:sage300/password", setting="password")

    assert "Store it again: ml-connector credentials set sage300 password" in caught.value.remedy


def test_no_flipped_bit_goes_unnoticed(filled: Vault) -> None:
    whole = filled.path.read_bytes()
    start = whole.index(b'"sealed"')
    for at, bit in itertools.product(range(start, len(whole)), (1, 32)):
        damaged = bytearray(whole)
        damaged[at] ^= bit
        filled.path.write_bytes(damaged)
        for name, value in (("sage300", PASSWORD), ("anaplan", "other-secret")):
            assert found_or_refused(filled, name) in {value, "refused"}


def found_or_refused(vault: Vault, name: str) -> str:
    """Read the password of an entry."""
    try:
        return vault.read(name, "password")
    except SettingError:
        return "refused"


@pytest.mark.parametrize("raw", [b"", b"{", b'{"entries": 7}', b"[]", b"\xff\xfe"])
def test_a_damaged_file_says_what_to_do(raw: bytes, filled: Vault) -> None:
    filled.path.write_bytes(raw)

    with pytest.raises(SettingError, match="is damaged") as caught:
        resolve("vault:sage300/password", setting="password")

    assert "Put back a copy" in caught.value.remedy
    assert caught.value.setting == "password"


def test_a_vault_of_a_later_version_is_left_alone(filled: Vault) -> None:
    edit(filled, lambda content: content.update(format=2))

    with pytest.raises(VaultError, match="format 2"):
        put(filled, "sage300", password="new")


def test_a_vault_that_cannot_be_read_is_named(filled: Vault) -> None:
    filled.path.unlink()
    filled.path.mkdir()

    with pytest.raises(SettingError, match="cannot be read"):
        resolve("vault:sage300/password", setting="password")


@pytest.mark.parametrize("name", ["", "a/b", "a b", "-x", "ü", "x" * 101])
def test_a_name_that_no_reference_could_hold_is_refused(name: str, vault: Vault) -> None:
    for names in ((name, "password"), ("sage300", name)):
        with pytest.raises(VaultError, match="cannot be a name"), vault.writing() as draft:
            draft.put(names[0], {names[1]: "x"})


def test_a_key_file_is_made_for_a_new_vault_only(connector_home: Path) -> None:
    vault = open_vault()

    made = vault.make_key()

    assert made == connector_home / "vault.key"
    assert vault.make_key() is None
    put(vault, "sage300", password=PASSWORD)
    assert resolve("vault:sage300/password", setting="password") == PASSWORD
    made.unlink()
    assert vault.make_key() is None, "a lost key is no reason for another one"


@on_posix
def test_what_is_written_is_its_owners_alone(connector_home: Path) -> None:
    vault = open_vault()
    vault.make_key()
    put(vault, "sage300", password=PASSWORD)

    modes = {path.name: path.stat().st_mode & 0o777 for path in connector_home.glob("vault.*")}

    assert modes["vault.key"] == modes["vault.json"] == 0o600


@on_posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o611])
def test_a_key_file_that_others_have_rights_to_is_refused(mode: int, connector_home: Path) -> None:
    vault = open_vault()
    vault.make_key()
    put(vault, "sage300", password=PASSWORD)
    path = connector_home / "vault.key"
    path.chmod(mode)

    with pytest.raises(SettingError, match="others than its owner") as caught:
        resolve("vault:sage300/password", setting="password")

    assert f"chmod 600 {path}" in caught.value.remedy


def test_the_key_file_can_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "keys" / "mine"
    monkeypatch.setenv("ML_CONNECTOR_KEY_FILE", str(elsewhere))
    vault = open_vault()

    assert vault.make_key() == elsewhere
    put(vault, "sage300", password=PASSWORD)

    monkeypatch.setenv("ML_CONNECTOR_KEY_FILE", "keys/mine")
    with pytest.raises(SettingError, match="not an absolute path"):
        resolve("vault:sage300/password", setting="password")


def test_an_empty_key_file_is_no_key(connector_home: Path) -> None:
    connector_home.mkdir()
    (connector_home / "vault.key").touch(0o600)

    with pytest.raises(VaultError, match="is empty"):
        open_vault().make_key()


def test_a_new_key_in_the_key_file_seals_everything_anew(connector_home: Path) -> None:
    vault = open_vault()
    vault.make_key()
    put(vault, "sage300", password=PASSWORD)
    before = (connector_home / "vault.key").read_text(), vault.path.read_text()

    vault.rekey()

    after = (connector_home / "vault.key").read_text(), vault.path.read_text()
    assert before[0] != after[0]
    assert len(after[0].split()) == 1
    assert before[1] != after[1]
    assert vault.read("sage300", "password") == PASSWORD


@on_posix
def test_a_new_key_is_written_where_the_key_file_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = open_vault()
    made = vault.make_key()
    assert made is not None
    put(vault, "sage300", password=PASSWORD)
    link = tmp_path / "link.key"
    link.symlink_to(made)
    monkeypatch.setenv("ML_CONNECTOR_KEY_FILE", str(link))

    vault.rekey()

    monkeypatch.delenv("ML_CONNECTOR_KEY_FILE")
    assert vault.read("sage300", "password") == PASSWORD


def test_a_new_key_in_the_variable_stands_before_the_old_one(
    filled: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(VaultError, match="sealed with already"):
        filled.rekey()
    fresh = Key.make()
    monkeypatch.setenv("ML_CONNECTOR_KEY", f"{fresh.text} {KEY.text}")
    assert filled.read("sage300", "password") == PASSWORD

    filled.rekey()

    monkeypatch.setenv("ML_CONNECTOR_KEY", fresh.text)
    assert filled.read("sage300", "password") == PASSWORD
    assert filled.read("anaplan", "password") == "other-secret"
