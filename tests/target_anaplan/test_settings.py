"""Settings are parsed once; whatever cannot be used is refused by name."""

from __future__ import annotations

import pytest
from ml_connector.errors import ExitCode, SettingError
from target_anaplan._settings import KeyPrefix, Mode, Send, UnmappedStreams, parse_settings
from target_anaplan.target import TargetAnaplan

from tests.support.in_process import run_command

CONNECTION = {"workspace_id": "8a81", "model_id": "DE2F", "username": "u", "password": "p"}


def test_connection_settings_are_enough() -> None:
    settings = parse_settings(CONNECTION)

    assert settings.loads is None
    assert settings.process is None
    assert settings.send is Send.CHANGED
    assert settings.unmapped_streams is UnmappedStreams.REFUSE
    assert settings.key_prefix is KeyPrefix.NONE
    assert settings.chunk_mb == 10


def test_loads_are_parsed_into_structs() -> None:
    load = {"stream": "s", "file": "f.csv", "columns": {"Code": "id"}, "mode": "replace"}

    settings = parse_settings({**CONNECTION, "loads": [load]})

    found = settings.find_load("s")
    assert found is not None
    assert found.mode is Mode.REPLACE
    assert found.columns == {"Code": "id"}
    assert settings.find_load("other") is None


def test_settings_of_the_sdk_are_left_to_it() -> None:
    assert parse_settings({**CONNECTION, "stream_maps": {}, "flattening_enabled": True})


def test_null_means_not_set() -> None:
    assert parse_settings({**CONNECTION, "process": None, "chunk_mb": None}).chunk_mb == 10


REFUSED = [
    ({"procces": "x"}, "procces", "process"),
    ({"tolerate": {"rejectd": 1}}, "tolerate.rejectd", "tolerate.rejected"),
    ({"control": {"modul": "x"}}, "control.modul", "control.module"),
    ({"loads": [{"stream": "s", "fil": "x"}]}, "loads[0].fil", "loads[0].file"),
    ({"workspace_id": None}, "workspace_id", "TARGET_ANAPLAN_WORKSPACE_ID"),
    ({"model_id": ""}, "model_id", "missing"),
    ({"username": None}, "username", "missing"),
    ({"password": ""}, "password", "env:NAME"),
    ({"auth_method": "oauth", "oauth_login": ""}, "oauth_login", "auth_method oauth needs it"),
    ({"auth_method": "certificate"}, "certificate", "auth_method certificate needs it"),
    ({"auth_method": "certificate", "certificate": "x"}, "private_key", "PRIVATE_KEY"),
    ({"auth_method": "kerberos"}, "auth_method", "kerberos"),
    ({"chunk_mb": 51}, "chunk_mb", "between 1 and 50"),
    ({"chunk_mb": 0}, "chunk_mb", "between 1 and 50"),
    ({"chunk_mb": "ten"}, "chunk_mb", "int"),
    ({"poll_seconds": 0}, "poll_seconds", "between"),
    ({"task_timeout_minutes": -1}, "task_timeout_minutes", "between"),
    ({"requests_per_minute": 601}, "requests_per_minute", "between"),
    ({"tolerate": {"rejected": -1}}, "tolerate.rejected", "negative"),
    ({"api_url": "api.anaplan.com"}, "api_url", "not a URL"),
    ({"loads": []}, "loads", "empty"),
    ({"loads": "vendors"}, "loads", "array"),
    ({"loads": [{"file": "x.csv"}]}, "loads[0]", "stream"),
    ({"loads": [{"stream": ""}]}, "loads", "empty stream"),
    ({"loads": [{"stream": "a"}, {"stream": "a"}]}, "loads", "twice"),
    ({"loads": [{"stream": "a", "file": "f"}, {"stream": "b", "file": "f"}]}, "loads", "both"),
    ({"loads": [{"stream": "a", "columns": {}}]}, "loads.a.columns", "empty"),
    ({"loads": [{"stream": "a", "imports": []}]}, "loads.a.imports", "empty"),
    ({"loads": [{"stream": "a", "mode": "append"}]}, "loads[0].mode", "append"),
    ({"process_may_skip": ["x.csv"]}, "process_may_skip", "process"),
    ({"send": "some"}, "send", "some"),
    ({"unmapped_streams": "drop"}, "unmapped_streams", "drop"),
    ({"key_prefix": "tenant"}, "key_prefix", "tenant"),
]


@pytest.mark.parametrize(("change", "setting", "says"), REFUSED, ids=lambda value: str(value)[:40])
def test_unusable_settings_are_refused_by_name(
    change: dict[str, object], setting: str, says: str
) -> None:
    with pytest.raises(SettingError) as refused:
        parse_settings({**CONNECTION, **change})

    assert setting in str(refused.value)
    assert says in str(refused.value)
    assert refused.value.exit_code is ExitCode.SETTINGS_REFUSED


def test_the_password_never_stands_in_a_message() -> None:
    with pytest.raises(SettingError) as refused:
        parse_settings({**CONNECTION, "password": {"secret": "hunter2"}})

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(("name", "text"), [("loads", "[{"), ("chunk_mb", "ten"), ("control", "x")])
def test_a_variable_that_cannot_be_read_is_named(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TARGET_ANAPLAN_{name.upper()}", text)

    exit_code, _, log = run_command(TargetAnaplan, ["--config", "ENV"])

    assert exit_code == 2, log
    assert f"Setting {name}: what the variable TARGET_ANAPLAN_{name.upper()} holds" in log
