from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import pytest
from ml_connector.errors import SettingError
from ml_connector.places import home, ledger_path, slug
from ml_connector.secrets._keys import key_path

if TYPE_CHECKING:
    from pathlib import Path


def test_the_home_is_made_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "a" / "b"))

    assert home() == tmp_path / "a" / "b"
    assert home().is_dir()


def test_without_the_variable_it_is_absolute_and_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ML_CONNECTOR_HOME")
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))

    assert home().is_absolute()
    assert "ml-connector" in str(home())


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_only_its_owner_may_look_inside() -> None:
    assert stat.S_IMODE(home().stat().st_mode) & 0o077 == 0


def test_a_relative_home_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_CONNECTOR_HOME", "here")

    with pytest.raises(SettingError, match="not an absolute path"):
        home()


@pytest.mark.parametrize("variable", ["ML_CONNECTOR_HOME", "ML_CONNECTOR_KEY_FILE"])
def test_where_no_home_folder_is_known_the_variable_to_set_is_named(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "~nobody-of-that-name/x")

    with pytest.raises(SettingError, match=f"{variable} = .*no home folder is known"):
        key_path()


def test_a_home_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ML_CONNECTOR_HOME", str(tmp_path / "file" / "below"))

    with pytest.raises(SettingError, match="cannot be made"):
        home()


def test_a_ledger_has_a_folder_of_its_own_for_each_key() -> None:
    first, second = ledger_path("anaplan-w-M"), ledger_path("sage300-erp:443-SAMLTD")

    assert first.name == second.name == "ledger.sqlite3"
    assert first.parent != second.parent
    assert first.parent.is_dir()


def test_keys_become_plain_names_and_stay_different() -> None:
    keys = ["a/b", "a:b", "a_b", "../a", "x" * 300, "x" * 301, "ä", "ö", ""]

    names = [slug(key) for key in keys]

    assert len(set(names)) == len(keys)
    assert all(len(name) <= 100 and not set(name) & set('/\\:*?"<>|') for name in names)
