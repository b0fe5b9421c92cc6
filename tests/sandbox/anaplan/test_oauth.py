"""The OAuth2 API: two grants, refreshing and rotation (Anaplan sheet §1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

if TYPE_CHECKING:
    from tests.sandbox.anaplan.service import Anaplan
    from tests.sandbox.web import Answer

DEVICE = "0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e01"
FIXED_DEVICE = "0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e02"
CODE = "0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e03"
SECRET = "Code-4-Sandbox"
CALLBACK = "https://www.example.com/callback"
SCOPE = "openid profile email offline_access"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
HALF_DAY_S, MONTH_S, YEAR_S = 43_000, 2_592_000, 31_536_000


def ask_device(service: Anaplan, client: str = DEVICE, **given: object) -> dict[str, Any]:
    body = {"client_id": client, "scope": SCOPE} | given
    answer = service.send("POST", "/oauth/device/code", body=body)
    assert answer.status == 200, answer.raw
    started: dict[str, Any] = answer.json
    return started


def poll(service: Anaplan, started: dict[str, Any], client: str = DEVICE) -> Answer:
    body = {
        "grant_type": DEVICE_GRANT,
        "device_code": started["device_code"],
        "client_id": client,
    }
    return service.send("POST", "/oauth/token", body=body)


def decide(service: Anaplan, started: dict[str, Any], decision: str, **given: object) -> None:
    path = f"oauth/devices/{started['user_code']}"
    service.control.post(path, {"decision": decision} | given)


def approved(service: Anaplan, client: str = DEVICE, **given: object) -> dict[str, Any]:
    """Go through the whole device grant."""
    started = ask_device(service, client, **given)
    decide(service, started, "approve")
    answer = poll(service, started, client)
    assert answer.status == 200, answer.raw
    tokens: dict[str, Any] = answer.json
    return tokens


def refresh(service: Anaplan, token: str, client: str = DEVICE, **given: object) -> Answer:
    body = {"grant_type": "refresh_token", "client_id": client, "refresh_token": token} | given
    return service.send("POST", "/oauth/token", body=body)


def wait(service: Anaplan, seconds: int) -> None:
    service.control.post("clock", {"advance_s": seconds})


def log_in_page(service: Anaplan, **given: str) -> Answer:
    """Send the login page's form."""
    fields = {"client_id": CODE, "redirect_uri": CALLBACK, "scope": SCOPE, "state": "xyz"}
    fields |= {"email": service.ready["username"], "password": service.ready["password"]}
    return service.send("POST", "/_sandbox/oauth/login", raw=urlencode(fields | given).encode())


def ask_code(service: Anaplan) -> str:
    place = urlsplit(log_in_page(service).headers["Location"])
    return parse_qs(place.query)["code"][0]


def exchange(service: Anaplan, issued: str, **given: object) -> Answer:
    body = {
        "grant_type": "authorization_code",
        "code": issued,
        "client_id": CODE,
        "client_secret": SECRET,
        "redirect_uri": CALLBACK,
    }
    return service.send("POST", "/oauth/token", body=body | given)


# --- device grant -------------------------------------------------------------------------------


def test_a_device_gets_codes_for_15_minutes(anaplan: Anaplan) -> None:
    started = ask_device(anaplan)

    assert (started["expires_in"], started["interval"]) == (900, 5)
    assert started["verification_uri"] == "https://iam.anaplan.com/activate"
    assert started["user_code"] in started["verification_uri_complete"]


def test_a_device_waits_for_approval_and_then_gets_tokens_once(anaplan: Anaplan) -> None:
    started = ask_device(anaplan)
    pending = poll(anaplan, started)
    decide(anaplan, started, "approve", user="standard@example.com")
    wait(anaplan, 5)

    answer = poll(anaplan, started)

    assert (pending.status, pending.json["error"]) == (403, "authorization_pending")
    assert (answer.json["expires_in"], answer.json["token_type"]) == (2100, "Bearer")
    assert set(answer.json) == {
        *("access_token", "id_token", "refresh_token", "scope", "expires_in", "token_type")
    }
    me = anaplan.get("/2/0/users/me", Authorization=f"Bearer {answer.json['access_token']}")
    assert me.json["user"]["email"] == "standard@example.com"
    assert poll(anaplan, started).json["error"] == "invalid_grant"


def test_polling_below_the_interval_is_slowed_down_and_the_interval_grows(anaplan: Anaplan) -> None:
    started = ask_device(anaplan)
    poll(anaplan, started)

    errors = []
    for seconds in (1, 6, 15):
        wait(anaplan, seconds)
        errors.append(poll(anaplan, started).json["error"])

    assert errors == ["slow_down", "slow_down", "authorization_pending"]


def test_a_device_code_expires_and_then_cannot_be_approved(anaplan: Anaplan) -> None:
    started = ask_device(anaplan)

    wait(anaplan, 901)

    assert poll(anaplan, started).json["error"] == "expired_token"
    approval = anaplan.send(
        "POST", f"/_sandbox/oauth/devices/{started['user_code']}", body={"decision": "approve"}
    )
    assert approval.status == 404


def test_a_denied_device_is_told_so(anaplan: Anaplan) -> None:
    started = ask_device(anaplan)
    decide(anaplan, started, "deny")

    answer = poll(anaplan, started)

    assert (answer.status, answer.json["error"]) == (403, "access_denied")


def test_single_sign_on_users_cannot_approve_a_device(anaplan: Anaplan) -> None:
    anaplan.control.turn(sso="on")
    started = ask_device(anaplan)

    decide(anaplan, started, "approve")

    assert poll(anaplan, started).json["error"] == "access_denied"


def test_waiting_devices_are_shown_to_whoever_plays_the_user(anaplan: Anaplan) -> None:
    started = ask_device(anaplan)

    waiting = anaplan.control.get("oauth/devices")

    assert [one["user_code"] for one in waiting] == [started["user_code"]]
    assert waiting[0]["scope"] == "openid email offline_access"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"scope": SCOPE}, 400, "invalid_request"),
        ({"client_id": "0" * 32}, 403, "unauthorized_client"),
        ({"client_id": CODE}, 403, "unauthorized_client"),
    ],
)
def test_a_device_needs_a_client_of_its_own_grant(
    anaplan: Anaplan, body: dict[str, str], status: int, error: str
) -> None:
    answer = anaplan.send("POST", "/oauth/device/code", body=body)

    assert (answer.status, answer.json["error"]) == (status, error)
    assert answer.json["error_description"]


@pytest.mark.switch("oauth_refusal_status")
@pytest.mark.parametrize("status", [403, 400])
def test_the_status_of_a_pending_device_is_switched(anaplan: Anaplan, status: int) -> None:
    anaplan.control.turn(oauth_refusal_status=status)

    assert poll(anaplan, ask_device(anaplan)).status == status


# --- authorization-code grant -------------------------------------------------------------------


def test_authorize_leads_to_the_login_page(anaplan: Anaplan) -> None:
    query = urlencode(
        {"response_type": "code", "client_id": CODE, "redirect_uri": CALLBACK, "scope": SCOPE}
    )

    answer = anaplan.get(f"/auth/authorize?{query}")

    page = anaplan.get(answer.headers["Location"])
    assert (answer.status, page.status) == (302, 200)
    assert page.headers["Content-Type"].startswith("text/html")
    assert CALLBACK in page.raw.decode()


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_id": ""}, 400, "invalid_request"),
        ({"scope": ""}, 400, "invalid_request"),
        ({"response_type": "token"}, 400, "invalid_request"),
        ({"redirect_uri": "https://evil.example.com"}, 400, "invalid_request"),
        ({"client_id": DEVICE}, 401, "unauthorized_client"),
    ],
)
def test_authorize_refuses_what_is_not_registered(
    anaplan: Anaplan, change: dict[str, str], status: int, error: str
) -> None:
    query = {"response_type": "code", "client_id": CODE, "redirect_uri": CALLBACK, "scope": SCOPE}

    answer = anaplan.get(f"/auth/authorize?{urlencode(query | change)}")

    assert (answer.status, answer.json["error"]) == (status, error)


def test_the_login_page_sends_back_a_code_worth_one_exchange(anaplan: Anaplan) -> None:
    back = urlsplit(log_in_page(anaplan).headers["Location"])
    code = parse_qs(back.query)["code"][0]

    answer = exchange(anaplan, code)

    assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
    assert parse_qs(back.query)["state"] == ["xyz"]
    assert (answer.status, answer.json["scope"]) == (200, "openid email offline_access")
    assert exchange(anaplan, code).json["error"] == "invalid_grant"


def test_a_wrong_password_or_a_refusal_yields_no_code(anaplan: Anaplan) -> None:
    wrong = log_in_page(anaplan, password="wrong")
    denied = log_in_page(anaplan, decision="deny")

    assert wrong.status == 401
    assert "error=access_denied" in denied.headers["Location"]
    assert log_in_page(anaplan, redirect_uri="https://evil.example.com").status == 400


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "access_denied"),
        ({"redirect_uri": "https://other.example.com"}, 403, "invalid_grant"),
        ({"client_id": DEVICE}, 403, "unauthorized_client"),
        ({"code": "made-up"}, 403, "invalid_grant"),
        ({"grant_type": None}, 401, "access_denied"),
        ({"grant_type": "client_credentials"}, 400, "invalid_request"),
    ],
)
def test_an_exchange_that_does_not_fit_is_refused(
    anaplan: Anaplan, change: dict[str, str], status: int, error: str
) -> None:
    answer = exchange(anaplan, ask_code(anaplan), **change)

    assert (answer.status, answer.json["error"]) == (status, error)


def test_a_code_is_worth_nothing_after_ten_minutes(anaplan: Anaplan) -> None:
    code = ask_code(anaplan)

    wait(anaplan, 601)

    assert exchange(anaplan, code).json["error"] == "invalid_grant"


def test_form_bodies_work_like_json(anaplan: Anaplan) -> None:
    fields = {"grant_type": "authorization_code", "code": ask_code(anaplan), "client_id": CODE}
    fields |= {"client_secret": SECRET, "redirect_uri": CALLBACK}

    answer = anaplan.send(
        "POST",
        "/oauth/token",
        raw=urlencode(fields).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.status == 200


def test_a_body_that_cannot_be_read_is_an_invalid_request(anaplan: Anaplan) -> None:
    answer = anaplan.send("POST", "/oauth/token", raw=b"{")

    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


# --- scopes, refreshing, rotation ---------------------------------------------------------------


def test_profile_is_dropped_and_without_offline_access_nothing_can_be_refreshed(
    anaplan: Anaplan,
) -> None:
    tokens = approved(anaplan, scope="profile email")

    assert tokens["scope"] == "email"
    assert "refresh_token" not in tokens
    assert "id_token" not in tokens


@pytest.mark.switch("oauth_default_scope")
@pytest.mark.parametrize("scope", ["openid email", "openid email offline_access"])
def test_without_a_scope_a_device_gets_the_default(anaplan: Anaplan, scope: str) -> None:
    anaplan.control.turn(oauth_default_scope=scope)

    assert approved(anaplan, scope=None)["scope"] == scope


def test_a_rotating_client_s_refresh_token_is_spent_by_its_use(anaplan: Anaplan) -> None:
    first = approved(anaplan)["refresh_token"]

    answer = refresh(anaplan, first)

    second = answer.json["refresh_token"]
    assert (answer.status, second != first) == (200, True)
    again = refresh(anaplan, first)
    assert (again.status, again.json["error"]) == (403, "invalid_grant")
    assert refresh(anaplan, second).status == 200


@pytest.mark.switch("spent_refresh_token")
@pytest.mark.parametrize(("position", "status"), [("refused", 200), ("ends_family", 403)])
def test_a_token_used_twice_may_end_its_successors(
    anaplan: Anaplan, position: str, status: int
) -> None:
    anaplan.control.turn(spent_refresh_token=position)
    first = approved(anaplan)["refresh_token"]
    second = refresh(anaplan, first).json["refresh_token"]

    refresh(anaplan, first)

    assert refresh(anaplan, second).status == status


@pytest.mark.switch("fixed_refresh_answer")
@pytest.mark.parametrize("position", ["without_token", "with_token"])
def test_a_client_that_does_not_rotate_keeps_its_token(anaplan: Anaplan, position: str) -> None:
    anaplan.control.turn(fixed_refresh_answer=position)
    token = approved(anaplan, FIXED_DEVICE)["refresh_token"]
    shown = position == "with_token"

    first, second = (refresh(anaplan, token, FIXED_DEVICE) for _ in range(2))

    assert (first.status, second.status) == (200, 200)
    assert first.json.get("refresh_token") == (token if shown else None)


@pytest.mark.switch("refresh_token_lifetime_s")
@pytest.mark.parametrize("lifetime_s", [HALF_DAY_S, MONTH_S, YEAR_S])
def test_a_rotating_token_lives_as_long_as_switched(anaplan: Anaplan, lifetime_s: int) -> None:
    anaplan.control.turn(refresh_token_lifetime_s=lifetime_s)
    token = approved(anaplan)["refresh_token"]
    wait(anaplan, lifetime_s - 60)
    answer = refresh(anaplan, token)

    wait(anaplan, lifetime_s + 1)

    assert answer.status == 200
    assert refresh(anaplan, answer.json["refresh_token"]).json["error"] == "invalid_grant"


@pytest.mark.switch("fixed_refresh_token")
@pytest.mark.parametrize(("position", "status"), [("never_ends", 200), ("ends_after_a_year", 403)])
def test_a_fixed_token_may_end_after_a_year(anaplan: Anaplan, position: str, status: int) -> None:
    anaplan.control.turn(fixed_refresh_token=position)
    token = approved(anaplan, FIXED_DEVICE)["refresh_token"]

    wait(anaplan, YEAR_S + 1)

    assert refresh(anaplan, token, FIXED_DEVICE).status == status


def test_a_refresh_needs_the_right_client_and_a_code_client_its_secret(anaplan: Anaplan) -> None:
    token = exchange(anaplan, ask_code(anaplan)).json["refresh_token"]

    assert refresh(anaplan, token, CODE).status == 401
    assert refresh(anaplan, token, DEVICE).json["error"] == "invalid_grant"
    assert refresh(anaplan, token, "0" * 32).json["error"] == "unauthorized_client"
    assert refresh(anaplan, token, CODE, client_secret=SECRET).status == 200


def test_an_access_token_ends_after_35_minutes_and_its_refresh_token_does_not(
    anaplan: Anaplan,
) -> None:
    tokens = approved(anaplan)
    bearer = f"Bearer {tokens['access_token']}"
    before = anaplan.get("/2/0/users/me", Authorization=bearer).status

    wait(anaplan, 2101)

    assert (before, anaplan.get("/2/0/users/me", Authorization=bearer).status) == (200, 401)
    assert refresh(anaplan, tokens["refresh_token"]).status == 200


@pytest.mark.switch("oauth_access_token")
@pytest.mark.parametrize(("position", "status"), [("either_scheme", 200), ("bearer_only", 401)])
def test_whether_an_access_token_goes_as_anaplan_auth_token_is_switched(
    anaplan: Anaplan, position: str, status: int
) -> None:
    anaplan.control.turn(oauth_access_token=position)
    value = approved(anaplan)["access_token"]

    answer = anaplan.get("/2/0/users/me", Authorization=f"AnaplanAuthToken {value}")

    assert answer.status == status
    assert anaplan.get("/2/0/users/me", Authorization=f"Bearer {value}").status == 200


def test_the_authentication_api_refuses_bearer_for_an_access_token_too(anaplan: Anaplan) -> None:
    headers = {"Authorization": f"Bearer {approved(anaplan)['access_token']}"}

    statuses = [
        anaplan.send(method, f"/token/{call}", headers=headers).status
        for method, call in (("GET", "validate"), ("POST", "refresh"), ("POST", "logout"))
    ]

    assert statuses == [400, 400, 401]


# --- registration -------------------------------------------------------------------------------


def test_an_administrator_registers_a_client(anaplan: Anaplan) -> None:
    given = {"grant": "authorization_code", "redirect_uri": "https://app.example.com/back"}

    client = anaplan.control.post("oauth/clients", given)

    assert len(client["client_id"]) == 32
    assert client["client_secret"]
    assert client in anaplan.control.get("oauth/clients")


@pytest.mark.parametrize("uri", ["http://localhost:8080/back", "http://127.0.0.1/back"])
def test_a_redirect_to_the_local_host_is_refused(anaplan: Anaplan, uri: str) -> None:
    given = {"grant": "authorization_code", "redirect_uri": uri}

    assert anaplan.send("POST", "/_sandbox/oauth/clients", body=given).status == 400
