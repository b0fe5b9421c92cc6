"""Signing in: tokens are renewed in time, after a 401, and never shown."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from ml_connector.anaplan import TaskKind
from ml_connector.anaplan.auth import parse_token
from ml_connector.errors import AccessError, UnexpectedReplyError

from tests.core.anaplan.conftest import OpenClient, envelope, paths
from tests.core.fakes import FakeClock, Recorder, make_reply, make_request
from tests.core.raw_server import CUT, RawServer, reply

if TYPE_CHECKING:
    from ml_connector.errors import ConnectorError

DATE = "Mon, 05 Jan 2026 08:00:00 GMT"
DATE_MS = 1_767_600_000_000
ME = reply(200, envelope(user={"email": "planner@example.com"}))
LOGOUT = reply(204)
BAD = {"status": "FAILURE_BAD_CREDENTIAL", "statusMessage": "Login failed"}


def token(value: str, *, minutes: float = 35) -> bytes:
    info = {"tokenValue": value, "expiresAt": DATE_MS + int(minutes * 60_000)}
    body = {"status": "SUCCESS", "tokenInfo": info}
    return reply(201, body, headers=[("Date", DATE)])


def test_user_and_password_become_a_token_once(open_client: OpenClient) -> None:
    with RawServer([token("T1"), ME]) as server:
        client = open_client(server)
        client.fetch_me()
        client.fetch_me()

        login, first, second = server.received
    assert (login.method, login.target, login.body) == ("POST", "/token/authenticate", b"")
    expected = base64.b64encode(b"planner@example.com:Hunter-2").decode()
    assert login.headers["authorization"] == f"Basic {expected}"
    assert first.headers["authorization"] == "AnaplanAuthToken T1"
    assert second.headers["authorization"] == "AnaplanAuthToken T1"


def test_a_token_with_less_than_five_minutes_left_is_refreshed(open_client: OpenClient) -> None:
    clock = FakeClock()
    with RawServer([token("T1"), ME, token("T1"), ME]) as server:
        client = open_client(server, clock=clock)
        client.fetch_me()
        clock.sleep(31 * 60)
        client.fetch_me()
        client.fetch_me()

        asked = paths(server)
    assert asked[2] == "POST /token/refresh"
    assert asked[3:] == ["GET /2/0/users/me", "GET /2/0/users/me"]


def test_a_token_that_has_ended_is_not_refreshed_but_replaced(open_client: OpenClient) -> None:
    clock = FakeClock()
    with RawServer([token("T1"), ME, token("T2"), ME]) as server:
        client = open_client(server, clock=clock)
        client.fetch_me()
        clock.sleep(36 * 60)
        client.fetch_me()

        assert paths(server)[2] == "POST /token/authenticate"
        assert server.received[3].headers["authorization"] == "AnaplanAuthToken T2"


@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_refresh_signs_in_anew(open_client: OpenClient, status: int) -> None:
    clock = FakeClock()
    refused = reply(status, {"status": "FAILURE_BAD_HEADER", "statusMessage": "x"})
    with RawServer([token("T1"), ME, refused, token("T2"), ME]) as server:
        client = open_client(server, clock=clock)
        client.fetch_me()
        clock.sleep(31 * 60)
        client.fetch_me()

        assert paths(server)[2:4] == ["POST /token/refresh", "POST /token/authenticate"]


def test_a_call_refused_with_401_signs_in_once_and_is_repeated(open_client: OpenClient) -> None:
    with RawServer([token("T1"), reply(401), token("T2"), ME]) as server:
        assert open_client(server).fetch_me() == "planner@example.com"

        assert server.received[3].headers["authorization"] == "AnaplanAuthToken T2"


def test_even_the_start_of_a_task_is_repeated_after_a_401(open_client: OpenClient) -> None:
    started = reply(200, envelope(task={"taskId": "A1"}))
    with RawServer([token("T1"), reply(401), token("T2"), started]) as server:
        assert open_client(server).start_task(TaskKind.PROCESS, "118") == "A1"


def test_a_second_401_is_an_access_error(open_client: OpenClient) -> None:
    with RawServer([token("T1"), reply(401), token("T2"), reply(401)]) as server:
        with pytest.raises(AccessError, match="not even a new one"):
            open_client(server).fetch_me()

        assert len(server.received) == 4


def test_a_wrong_password_is_told_at_once_without_showing_it(open_client: OpenClient) -> None:
    with RawServer([reply(401, BAD)]) as server:
        with pytest.raises(AccessError, match="does not accept") as caught:
            open_client(server).fetch_me()

        assert len(server.received) == 1
    assert "Hunter-2" not in everything(caught.value)


def test_closing_logs_out_and_a_failure_to_is_none(open_client: OpenClient) -> None:
    for farewell in (LOGOUT, reply(401), CUT):
        with RawServer([token("T1"), ME, farewell]) as server:
            client = open_client(server)
            client.fetch_me()
            client.close()

            assert paths(server)[2:] == ["POST /token/logout"]


def test_closing_without_a_token_calls_nothing(open_client: OpenClient) -> None:
    with RawServer([LOGOUT]) as server:
        open_client(server).close()

        assert server.received == []


@pytest.mark.parametrize(
    "body",
    [b"secret-token", b"{}", b'{"tokenInfo": "secret-token"}', b'{"tokenInfo": {"tokenValue": 5}}'],
)
def test_an_answer_without_a_token_is_an_error_that_shows_nothing_of_it(
    open_client: OpenClient, body: bytes
) -> None:
    with RawServer([reply(200, body)]) as server, pytest.raises(UnexpectedReplyError) as caught:
        open_client(server).fetch_me()

    assert "secret-token" not in everything(caught.value)


def test_a_token_is_masked_where_anaplan_sends_it_back(open_client: OpenClient) -> None:
    echo = reply(400, envelope(status={"message": "bad header AnaplanAuthToken TOKEN-1"}))
    audit = Recorder()
    with RawServer([token("TOKEN-1"), echo]) as server, pytest.raises(Exception, match="bad") as e:
        open_client(server, audit=audit).fetch_me()

    assert "TOKEN-1" not in str(e.value)
    assert "TOKEN-1" not in repr(audit.calls)


@pytest.mark.parametrize(
    ("expires_at", "lifetime_s"),
    [
        (DATE_MS + 600_000, 600),
        (DATE_MS - 1, 2100),
        (DATE_MS + 10**12, 2100),
        ("soon", 2100),
        (None, 2100),
    ],
)
def test_a_lifetime_that_makes_no_sense_is_taken_as_35_minutes(
    expires_at: object, lifetime_s: float
) -> None:
    body = f'{{"tokenInfo": {{"tokenValue": "T", "expiresAt": {_json(expires_at)}}}}}'
    answer = make_reply(201, body.encode(), headers={"Date": DATE})

    assert parse_token(make_request("https://auth/"), answer) == ("T", lifetime_s)


def _json(value: object) -> str:
    return "null" if value is None else f'"{value}"' if isinstance(value, str) else str(value)


def everything(error: ConnectorError) -> str:
    """The error with all its causes, as a traceback would print them."""
    shown, cause = "", error
    while cause is not None:
        shown += str(cause) + repr(cause)
        cause = cause.__cause__ or cause.__context__  # type: ignore[assignment]
    return shown
