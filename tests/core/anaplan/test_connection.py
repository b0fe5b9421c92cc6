"""A connection's settings: only what the chosen way to sign in needs is looked for."""

from __future__ import annotations

import pytest
from ml_connector.anaplan import AuthMethod
from ml_connector.anaplan.connection import (
    ConnectionSettings,
    check_connection,
    resolve_connection,
)
from ml_connector.errors import SettingError


def settings_with(**fields: object) -> ConnectionSettings:
    return ConnectionSettings(workspace_id="8a81", model_id="DE2F", **fields)  # type: ignore[arg-type]


def test_references_are_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "PEM text")
    settings = settings_with(
        auth_method=AuthMethod.CERTIFICATE, certificate="plain", private_key="env:KEY"
    )

    resolved = resolve_connection(settings)

    assert (resolved.certificate, resolved.private_key) == ("plain", "PEM text")
    assert resolved.workspace_id == "8a81"


def test_a_reference_of_another_way_to_sign_in_may_lead_nowhere() -> None:
    settings = settings_with(auth_method=AuthMethod.OAUTH, password="env:NOT_SET")

    assert resolve_connection(settings).password == ""


def test_a_reference_that_is_needed_may_not() -> None:
    with pytest.raises(SettingError, match="NOT_SET"):
        resolve_connection(settings_with(username="u", password="env:NOT_SET"))


@pytest.mark.parametrize(
    ("method", "missing"),
    [
        (AuthMethod.BASIC, ["username", "password"]),
        (AuthMethod.CERTIFICATE, ["certificate", "private_key"]),
        (AuthMethod.OAUTH, []),
    ],
)
def test_what_a_way_to_sign_in_lacks_is_named(method: AuthMethod, missing: list[str]) -> None:
    problems = list(check_connection(settings_with(auth_method=method), plugin="tap-anaplan"))

    assert [problem.setting for problem in problems] == missing
    assert all("TAP_ANAPLAN_" in problem.remedy for problem in problems)
