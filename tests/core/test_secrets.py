from __future__ import annotations

import base64
import html
import json
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector.errors import SettingError
from ml_connector.secrets import redact, resolve

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("value", ["hunter2", "", "a:b", "envy", "environment:x", "ENV:x", "file"])
def test_a_plain_value_is_itself(value: str) -> None:
    assert resolve(value, setting="password") == value


def test_an_environment_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_SECRET", "p:w ")

    assert resolve("env:MY_SECRET", setting="password") == "p:w "


@pytest.mark.parametrize("value", ["env:NOT_SET_ANYWHERE", "env:"])
def test_a_variable_that_is_not_set_is_named_with_its_setting(value: str) -> None:
    with pytest.raises(SettingError, match=r"password.*is not set") as caught:
        resolve(value, setting="password")

    assert caught.value.setting == "password"


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"hunter2", "hunter2"),
        (b"hunter2\n", "hunter2"),
        (b"hunter2\r\n", "hunter2"),
        (b"hunter2\n\n", "hunter2\n"),
        (b" spaced ", " spaced "),
        (b"\xef\xbb\xbfhunter2", "hunter2"),
        ("pässwörd".encode(), "pässwörd"),
        (b"", ""),
    ],
)
def test_a_file_is_read_without_the_newline_at_its_end(
    tmp_path: Path, content: bytes, secret: str
) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)

    assert resolve(f"file:{file}", setting="password") == secret


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights elsewhere")
@pytest.mark.parametrize(("mode", "warnings"), [(0o600, 0), (0o640, 1), (0o604, 1)])
def test_a_file_that_others_can_read_is_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int, warnings: int
) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2")
    file.chmod(mode)

    resolve(f"file:{file}", setting="password")

    assert caplog.text.count(f"chmod 600 {file}") == warnings
    assert "hunter2" not in caplog.text


def test_a_file_that_is_missing_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"password.*cannot be read"):
        resolve(f"file:{tmp_path / 'nowhere'}", setting="password")


@pytest.mark.parametrize("path", ["", "\0", "~nobody-of-this-name/x"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(SettingError):
        resolve(f"file:{path}", setting="password")


@pytest.mark.parametrize("content", [b"\xff\xfehunter2", b"x" * 70_000])
def test_a_file_that_holds_no_secret_is_refused_without_quoting_it(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)

    with pytest.raises(SettingError) as caught:
        resolve(f"file:{file}", setting="password")

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.skipif(sys.platform == "win32", reason="the environment is text there")
def test_a_variable_of_bytes_that_are_no_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_SECRET", "p\udcff")

    with pytest.raises(SettingError, match="UTF-8"):
        resolve("env:MY_SECRET", setting="password")


@pytest.mark.parametrize(
    "value", ["vault:hunter2", "vault:", "vault:a/b/c", "vault:a/", "vault:/b"]
)
def test_what_is_no_reference_to_the_vault_is_refused_unquoted(value: str) -> None:
    with pytest.raises(SettingError, match="not NAME/FIELD") as caught:
        resolve(value, setting="password")

    assert "hunter2" not in str(caught.value)


@given(st.text(min_size=1, max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_gone_in_every_form_it_may_come_back_in(
    secret: str, before: str, after: str
) -> None:
    forms = [
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
        base64.b64encode(secret.encode()).decode(),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    ]
    for form in forms:
        masked = redact(f"{before}{form}{after}", [secret])

        # The mask itself may happen to hold a secret made of stars.
        assert form not in masked.replace("***", "")


@pytest.mark.parametrize(
    "text",
    [
        r"no Pa\u0026ss\u003D\u002b here",
        r"no Pa\u0026ss=+ here",
        r"\\\u0050a&ss\u003d+",
        r"Pa&ss=\u002B",
    ],
)
def test_signs_that_json_escapes_without_need_hide_no_secret(text: str) -> None:
    # As Gson does with = and &, and .NET with + and quotes.
    body = f'{{"message": "{text}"}}'
    assert json.loads(body)["message"].count("Pa&ss=+") == 1  # noqa: TID251

    said = json.loads(redact(body, ["Pa&ss=+"]))["message"]  # noqa: TID251

    assert "Pa&ss=+" not in said
    assert "***" in said


def test_what_json_must_escape_stays_escaped() -> None:
    text = r'"a\u0022b\u005cc\u000ad\ud83d\ude00"'

    assert redact(text, ["hunter2"]) == text


def test_text_without_secrets_is_left_alone() -> None:
    assert redact("nothing to hide", ["", "hunter2"]) == "nothing to hide"
    assert redact("nothing to hide", []) == "nothing to hide"


def test_the_longer_of_two_secrets_is_masked_whole() -> None:
    assert redact("abcdef", ["abc", "abcdef"]) == "***"
