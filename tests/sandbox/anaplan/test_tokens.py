"""The Authentication API, as live probes found it (Anaplan sheet §1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox.anaplan.service import Anaplan

MINUTE = 60


def test_a_login_is_answered_201_with_a_token_of_35_minutes(anaplan: Anaplan) -> None:
    before = anaplan.control.get("clock")["now"]

    answer = anaplan.login()

    info = answer.json["tokenInfo"]
    assert answer.status == 201
    assert answer.json["statusMessage"] == "Login successful"
    assert before[:4] in str(anaplan.control.get("clock"))
    assert set(info) == {"expiresAt", "tokenId", "tokenValue", "refreshTokenId"}


def test_a_wrong_password_is_a_bad_credential_in_a_body_of_its_own_shape(anaplan: Anaplan) -> None:
    answer = anaplan.login(password="wrong")

    assert answer.status == 401
    assert answer.json["status"] == "FAILURE_BAD_CREDENTIAL"
    assert set(answer.json) == {"status", "statusMessage"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/token/authenticate", 401),
        ("POST", "/token/refresh", 400),
        ("GET", "/token/validate", 400),
        ("POST", "/token/logout", 401),
    ],
)
def test_a_malformed_header_is_refused_with_the_status_seen_live(
    anaplan: Anaplan, method: str, path: str, status: int
) -> None:
    answer = anaplan.send(method, path, headers={"Authorization": f"Bearer {anaplan.token}"})

    assert answer.status == status
    assert answer.json["status"] == "FAILURE_BAD_HEADER"


def test_a_refresh_moves_the_end_and_leaves_the_value(anaplan: Anaplan) -> None:
    first = anaplan.login().json["tokenInfo"]
    anaplan.control.post("clock", {"advance_s": 10 * MINUTE})

    answer = anaplan.send("POST", "/token/refresh")

    second = answer.json["tokenInfo"]
    assert answer.status == 200
    assert answer.json["statusMessage"] == "Token refreshed"
    assert second["tokenValue"] == first["tokenValue"]
    assert second["refreshTokenId"] == first["refreshTokenId"]
    assert second["expiresAt"] >= first["expiresAt"] + 10 * MINUTE * 1000


def test_validate_tells_whose_token_it_is(anaplan: Anaplan) -> None:
    answer = anaplan.send("GET", "/token/validate")

    assert answer.status == 200
    assert answer.json["userInfo"]["userId"] == anaplan.ready["username"]
    assert set(answer.json["tokenInfo"]) == {"expiresAt", "tokenId"}


def test_a_token_ends_after_35_minutes_on_both_apis(anaplan: Anaplan) -> None:
    anaplan.control.post("clock", {"advance_s": 36 * MINUTE})

    assert anaplan.get("/2/0/users/me").status == 401
    assert anaplan.send("GET", "/token/validate").status == 401


def test_a_logout_is_answered_204_and_ends_the_token_at_once(anaplan: Anaplan) -> None:
    answer = anaplan.send("POST", "/token/logout")

    assert (answer.status, answer.raw) == (204, b"")
    assert anaplan.send("GET", "/token/validate").status == 401
    assert anaplan.get("/2/0/users/me").status == 401


def test_two_logins_are_two_independent_tokens(anaplan: Anaplan) -> None:
    first = anaplan.token
    anaplan.login()

    anaplan.send("POST", "/token/logout")

    anaplan.token = first
    assert anaplan.get("/2/0/users/me").status == 200


def test_the_integration_api_takes_the_token_as_bearer_too(anaplan: Anaplan) -> None:
    answer = anaplan.get("/2/0/users/me", Authorization=f"Bearer {anaplan.token}")

    assert answer.status == 200
    assert answer.json["user"]["email"] == anaplan.ready["username"]


def test_an_administrator_can_end_every_token(anaplan: Anaplan) -> None:
    anaplan.control.post("tokens/revoke", {})

    assert anaplan.get("/2/0/users/me").status == 401
