"""Every exception of the layers below is one of ours; a test keeps the table complete."""

from __future__ import annotations

import ssl

import pytest
import requests
import urllib3.exceptions as lower
from ml_connector.errors import (
    ConnectorError,
    OutcomeUnknownError,
    RemoteError,
    SettingError,
    TransientError,
)
from ml_connector.transport import NotReachedError, Repeat
from ml_connector.transport._network import translate_network_error
from urllib3.connection import HTTPConnection

from tests.core.fakes import make_request

CONNECTION = HTTPConnection("erp.example.com")

NEVER_SENT = [
    requests.ConnectTimeout(),
    requests.ConnectionError(lower.NewConnectionError(CONNECTION, "refused")),
    requests.ConnectionError(
        lower.NameResolutionError("erp.example.com", CONNECTION, OSError("unknown"))  # type: ignore[arg-type]
    ),
    requests.exceptions.ProxyError(lower.ProxyError("no", OSError("x"))),
    requests.ConnectionError(
        lower.MaxRetryError(None, "/", lower.NewConnectionError(CONNECTION, "no"))  # type: ignore[arg-type]
    ),
]
PERHAPS_SENT = [
    requests.ReadTimeout(),
    requests.ConnectionError(lower.ProtocolError("aborted", ConnectionResetError())),
    requests.ConnectionError(lower.ReadTimeoutError(None, "/", "slow")),  # type: ignore[arg-type]
    requests.exceptions.ChunkedEncodingError(lower.IncompleteRead(5, 10)),
    requests.exceptions.ContentDecodingError(),
    requests.exceptions.StreamConsumedError(),
    requests.exceptions.RetryError(),
    requests.exceptions.SSLError("EOF occurred"),
    requests.Timeout(),
    requests.RequestException(),
    ConnectionResetError(),
    BrokenPipeError(),
    OSError("anything"),
]
UNUSABLE = [
    requests.exceptions.InvalidURL("x"),
    requests.exceptions.MissingSchema("x"),
    requests.exceptions.InvalidSchema("x"),
    requests.exceptions.InvalidProxyURL("x"),
    requests.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed")),
    requests.exceptions.SSLError(lower.SSLError("[SSL: WRONG_VERSION_NUMBER]")),
    UnicodeError("label too long"),
]


def translate(error: Exception, repeat: Repeat) -> ConnectorError:
    return translate_network_error(
        error, make_request("https://erp.example.com/x?y=1", repeat=repeat)
    )


@pytest.mark.parametrize("repeat", list(Repeat))
@pytest.mark.parametrize("error", NEVER_SENT, ids=repr)
def test_what_was_never_sent_may_be_repeated_whatever_it_was(
    error: Exception, repeat: Repeat
) -> None:
    translated = translate(error, repeat)

    assert isinstance(translated, NotReachedError)
    assert isinstance(translated, TransientError)


@pytest.mark.parametrize("error", PERHAPS_SENT, ids=repr)
def test_a_read_whose_answer_is_lost_may_be_repeated(error: Exception) -> None:
    assert isinstance(translate(error, Repeat.SAFE), TransientError)


@pytest.mark.parametrize("error", PERHAPS_SENT, ids=repr)
def test_a_start_whose_answer_is_lost_may_not(error: Exception) -> None:
    assert isinstance(translate(error, Repeat.NEVER), OutcomeUnknownError)


@pytest.mark.parametrize("repeat", list(Repeat))
@pytest.mark.parametrize("error", UNUSABLE, ids=repr)
def test_what_no_repetition_mends_is_a_setting(error: Exception, repeat: Repeat) -> None:
    assert isinstance(translate(error, repeat), SettingError)


def test_every_exception_of_requests_is_translated() -> None:
    kinds = [
        kind
        for kind in vars(requests.exceptions).values()
        if isinstance(kind, type) and issubclass(kind, requests.RequestException)
    ]

    for kind in kinds:
        made = kind("x", "x", 0) if kind is requests.exceptions.JSONDecodeError else kind()
        assert isinstance(translate(made, Repeat.SAFE), RemoteError | SettingError), kind


def test_a_remote_error_names_the_call_without_its_query() -> None:
    assert "GET /x:" in str(translate(requests.ReadTimeout(), Repeat.SAFE))
