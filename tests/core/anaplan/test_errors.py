"""What each status means, table by table, with words for the person who has to act."""

from __future__ import annotations

import json

import pytest
from ml_connector.anaplan.protocol import judge_reply
from ml_connector.errors import (
    AccessError,
    ConnectorError,
    OutcomeUnknownError,
    RefusedError,
    SettingError,
    TransientError,
    UnexpectedReplyError,
)
from ml_connector.transport import Repeat

from tests.core.fakes import make_reply, make_request

URL = "https://api.anaplan.com/2/0/workspaces/w/models/m/files?limit=5000"


def judged(
    status: int, body: object = None, *, repeat: Repeat = Repeat.SAFE, **headers: str
) -> ConnectorError:
    raw = b"" if body is None else json.dumps(body).encode()
    reply = make_reply(status, raw, headers={k.replace("_", "-"): v for k, v in headers.items()})
    with pytest.raises(ConnectorError) as caught:
        judge_reply(make_request(URL, repeat=repeat), reply, account="planner@example.com")
    return caught.value


def envelope(status: int, message: str) -> dict[str, object]:
    return {"status": {"code": status, "message": message}, "path": "/2/0/x", "timestamp": "t"}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, SettingError),
        (302, SettingError),
        (400, RefusedError),
        (401, AccessError),
        (403, AccessError),
        (404, AccessError),
        (405, UnexpectedReplyError),
        (406, UnexpectedReplyError),
        (409, TransientError),
        (410, TransientError),
        (413, RefusedError),
        (415, UnexpectedReplyError),
        (418, UnexpectedReplyError),
        (422, RefusedError),
        (423, RefusedError),
        (424, TransientError),
        (425, RefusedError),
        (429, TransientError),
        (500, TransientError),
        (502, TransientError),
        (503, TransientError),
        (504, TransientError),
    ],
)
def test_each_status_is_one_kind_of_error_with_a_remedy(
    status: int, kind: type[ConnectorError]
) -> None:
    error = judged(status, envelope(status, "Anaplan's own words"))

    assert type(error) is kind
    assert error.remedy


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_that_fails_at_a_start_may_have_started_it(status: int) -> None:
    assert isinstance(judged(status, repeat=Repeat.NEVER), OutcomeUnknownError)


@pytest.mark.parametrize("status", [409, 424, 429])
def test_a_start_that_was_turned_away_did_nothing(status: int) -> None:
    assert isinstance(judged(status, repeat=Repeat.NEVER), TransientError)


def test_not_found_lists_what_anaplan_hides_behind_it() -> None:
    message = str(judged(404, envelope(404, "Resource not found")))

    for cause in ("wrong case", "no access", "without content", "expired", "workspace_id"):
        assert cause in message


def test_a_web_page_in_place_of_anaplan_names_the_address() -> None:
    with pytest.raises(SettingError, match=r"api_url.*web page"):
        judge_reply(make_request(URL), make_reply(404, b"<html>IIS</html>"), account="x")


def test_anaplans_own_words_are_kept() -> None:
    assert "missing localeName" in str(judged(400, envelope(400, "missing localeName")))


@pytest.mark.parametrize("status", [400, 401])
def test_the_sign_ins_own_error_body_is_an_access_error(status: int) -> None:
    error = judged(status, {"status": "FAILURE_BAD_CREDENTIAL", "statusMessage": "Login failed"})

    assert isinstance(error, AccessError)
    assert error.code == "FAILURE_BAD_CREDENTIAL"
    assert "expire" in error.remedy


def test_retry_after_reaches_the_error() -> None:
    error = judged(429, Retry_After="42")

    assert isinstance(error, TransientError)
    assert error.retry_after_s == 42


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_a_success(status: int) -> None:
    reply = make_reply(status)

    assert judge_reply(make_request(URL), reply, account="x") is reply


def test_a_body_that_is_no_json_is_quoted_only_in_short() -> None:
    reply = make_reply(503, b"<html>" + b"x" * 5000, excerpt="<html>xxx")
    with pytest.raises(TransientError) as caught:
        judge_reply(make_request(URL), reply, account="x")

    assert len(str(caught.value)) < 500
