from __future__ import annotations

from typing import Any

import pytest
from ml_connector.anaplan import AnaplanClient, AnaplanSettings, open_anaplan
from ml_connector.errors import SettingError

from tests.core.fakes import FakeClock, Recorder

GOOD: dict[str, Any] = {
    "workspace_id": "8a81b09d5e8c6f27015ece3402487d33",
    "model_id": "DE2F1A7C3B9D4E8F9A0B1C2D3E4F5A6B",
    "username": "planner@example.com",
    "password": "Hunter-2",
}


def open_with(**changes: Any) -> AnaplanClient:
    return open_anaplan(AnaplanSettings(**{**GOOD, **changes}), clock=FakeClock(), audit=Recorder())


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("api_url", "", "not an address"),
        ("api_url", "api.anaplan.com", "not an address"),
        ("api_url", "http://[::1", "not an address"),
        ("auth_url", "https://auth.anaplan.com?x=Hunter-2", "question mark"),
        ("oauth_url", "https://a:Hunter-2@app.anaplan.com", "holds a user or password"),
        ("workspace_id", "", "32 hexadecimal"),
        ("workspace_id", "8A81B09D5E8C6F27015ECE3402487D33", "wrong case"),
        ("workspace_id", "../../../../../../../etc/passwd", "32 hexadecimal"),
        ("model_id", "de2f1a7c3b9d4e8f9a0b1c2d3e4f5a6b", "wrong case"),
        ("model_id", "My Model", "32 hexadecimal"),
        ("username", "", "is empty"),
        ("username", "a:b", "colon"),
        ("password", "", "is empty"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_called(
    setting: str, value: str, words: str
) -> None:
    with pytest.raises(SettingError, match=words) as caught:
        open_with(**{setting: value})

    assert caught.value.setting == setting
    assert "Hunter-2" not in str(caught.value)


def test_an_api_url_pasted_with_its_version_is_understood() -> None:
    settings = AnaplanSettings(**{**GOOD, "api_url": "https://api.anaplan.com/2/0/"})

    assert settings.base_url == "https://api.anaplan.com/2/0"


def test_the_password_is_not_in_the_settings_text() -> None:
    assert "Hunter-2" not in repr(AnaplanSettings(**GOOD))


def test_opening_a_client_calls_nothing_and_makes_no_file() -> None:
    client = open_with()

    client.close()
