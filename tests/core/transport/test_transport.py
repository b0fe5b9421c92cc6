"""What the transport promises, against a real server that misbehaves; only time is faked."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING

import pytest
from ml_connector.errors import (
    AccessError,
    OutcomeUnknownError,
    RefusedError,
    SettingError,
    TransientError,
    UnexpectedReplyError,
)
from ml_connector.transport import (
    BrokenReplyError,
    NotReachedError,
    Repeat,
    Reply,
    Request,
    parse_retry_after,
)
from ml_connector.wire import WireError, decode_json

from tests.core.fakes import FakeClock, Recorder, make_request, make_transport
from tests.core.raw_server import CUT, RawServer, reply, slowly

if TYPE_CHECKING:
    from pathlib import Path


def judge(request: Request, answer: Reply) -> object:
    """As the clients do it, in short."""
    fields = {"system": request.system, "call": request.call, "status": answer.status}
    if answer.status in (429, 503):
        raise TransientError(
            "not now",
            retry_after_s=parse_retry_after(answer.headers, now=answer.received_at),
            **fields,  # type: ignore[arg-type]
        )
    if answer.status >= 400:
        raise RefusedError("no", remedy="", **fields)  # type: ignore[arg-type]
    try:
        return decode_json(answer.body)
    except WireError as error:
        shown = {"excerpt": answer.excerpt, "data_bytes": answer.data_bytes}
        raise BrokenReplyError("no JSON", **shown, **fields) from error  # type: ignore[arg-type]


def test_an_answer_comes_back_as_the_judge_sees_it() -> None:
    with RawServer([reply(200, {"a": 1})]) as server:
        value = make_transport(FakeClock()).send(make_request(f"{server.url}/x"), judge=judge)

    assert value == {"a": 1}


@pytest.mark.parametrize(
    "first",
    [
        CUT,
        reply(200, b'{"a": 1', length=7),
        reply(200, b'{"a": 1}', length=900),
        reply(200, b"<html>busy</html>", content_type="text/html"),
        b"HTTP/1.1 nonsense\r\n\r\n",
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a"',
        reply(200, b"not gzip at all", headers=[("Content-Encoding", "gzip")]),
        reply(503, b""),
    ],
    ids=["cut", "cut JSON", "short body", "HTML", "no HTTP", "cut chunk", "bad gzip", "503"],
)
def test_a_read_is_repeated_until_a_whole_answer_comes(first: bytes) -> None:
    clock = FakeClock()
    with RawServer([first, first, reply(200, {"a": 1})]) as server:
        value = make_transport(clock).send(make_request(f"{server.url}/x"), judge=judge)

    assert value == {"a": 1}
    assert len(clock.sleeps) == 2


def test_a_body_that_stays_broken_is_an_unexpected_reply_after_three_tries() -> None:
    with RawServer([reply(200, b'{"value": [')]) as server:
        with pytest.raises(UnexpectedReplyError, match="no JSON"):
            make_transport(FakeClock()).send(make_request(f"{server.url}/x"), judge=judge)

        assert len(server.received) == 3


def test_how_a_broken_answer_begins_is_logged_at_debug_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        RawServer([reply(200, b'{"value": [{"Vendor": "1200"')]) as server,
        pytest.raises(UnexpectedReplyError),
    ):
        make_transport(FakeClock()).send(make_request(f"{server.url}/x"), judge=judge)

    shown = {record.levelno for record in caplog.records if "Vendor" in record.getMessage()}
    assert shown == {logging.DEBUG}


@pytest.mark.parametrize(
    "answer",
    [CUT, reply(200, b'{"task"', length=300)],
    ids=["no answer", "cut answer"],
)
def test_a_start_whose_answer_is_lost_is_sent_once_and_its_outcome_is_unknown(
    answer: bytes,
) -> None:
    with RawServer([answer]) as server:
        request = make_request(
            f"{server.url}/tasks", method="POST", repeat=Repeat.NEVER, body=b"{}"
        )
        with pytest.raises(OutcomeUnknownError):
            make_transport(FakeClock()).send(request, judge=judge)

        assert len(server.received) == 1


def test_a_start_that_times_out_is_sent_once_and_its_outcome_is_unknown() -> None:
    with RawServer([slowly(reply(200, {}), seconds=1)]) as server:
        request = make_request(
            f"{server.url}/tasks", method="POST", repeat=Repeat.NEVER, read_timeout_s=0.2
        )
        with pytest.raises(OutcomeUnknownError, match=r"no answer within 0\.2 seconds"):
            make_transport(FakeClock()).send(request, judge=judge)

        assert len(server.received) == 1


def test_a_start_that_was_turned_away_is_sent_again() -> None:
    with RawServer([reply(429, b""), reply(200, {"ok": 1})]) as server:
        request = make_request(f"{server.url}/tasks", method="POST", repeat=Repeat.NEVER)
        value = make_transport(FakeClock()).send(request, judge=judge)

    assert value == {"ok": 1}


@pytest.mark.parametrize("repeat", list(Repeat))
def test_a_host_where_nothing_listens_is_told_after_three_tries_naming_the_setting(
    repeat: Repeat,
) -> None:
    clock = FakeClock()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    request = make_request(f"http://127.0.0.1:{port}/x", repeat=repeat)

    with pytest.raises(NotReachedError, match="Check setting api_url") as caught:
        make_transport(clock).send(request, judge=judge)

    assert isinstance(caught.value, TransientError)
    assert len(clock.sleeps) == 2


def test_a_host_that_has_answered_before_is_waited_for_longer() -> None:
    clock = FakeClock()
    transport = make_transport(clock)
    with RawServer([reply(200, {})]) as server:
        request = make_request(f"{server.url}/x")
        transport.send(request, judge=judge)

    with pytest.raises(NotReachedError):
        transport.send(request, judge=judge)

    assert len(clock.sleeps) == 7


def test_an_unknown_host_is_named_with_its_setting() -> None:
    request = make_request("https://no-such-host.invalid/x")

    with pytest.raises(NotReachedError, match=r"no-such-host\.invalid.*Check setting api_url"):
        make_transport(FakeClock()).send(request, judge=judge)


def test_retry_after_is_obeyed_and_never_undercut() -> None:
    clock = FakeClock()
    with RawServer([reply(429, b"", headers=[("Retry-After", "30")]), reply(200, {})]) as server:
        make_transport(clock).send(make_request(f"{server.url}/x"), judge=judge)

    assert 30 <= clock.sleeps[0] <= 31


def test_without_retry_after_a_429_waits_ten_seconds_and_more() -> None:
    clock = FakeClock()
    with RawServer([reply(429, b""), reply(200, {})]) as server:
        make_transport(clock).send(make_request(f"{server.url}/x"), judge=judge)

    assert 10 <= clock.sleeps[0] <= 15


def test_backoff_grows_with_jitter_and_has_a_ceiling() -> None:
    clock = FakeClock()
    with RawServer([reply(503, b"")]) as server, pytest.raises(TransientError):
        make_transport(clock).send(make_request(f"{server.url}/x"), judge=judge)

    ceilings = [1, 2, 4, 8, 16, 32, 60]
    assert len(clock.sleeps) == 7
    assert all(top / 2 <= s <= top for s, top in zip(clock.sleeps, ceilings, strict=True))


def test_a_deadline_over_all_tries_ends_the_waiting() -> None:
    clock = FakeClock()
    with RawServer([reply(429, b"", headers=[("Retry-After", "400")])]) as server:
        with pytest.raises(TransientError):
            make_transport(clock).send(make_request(f"{server.url}/x"), judge=judge)

        assert len(server.received) == 3
    assert clock.elapsed_s <= 900


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    clock = FakeClock()
    with (
        RawServer([reply(429, b"", headers=[("Retry-After", "3600")])]) as server,
        pytest.raises(TransientError),
    ):
        make_transport(clock).send(make_request(f"{server.url}/x"), judge=judge)

    assert clock.sleeps == []


def test_a_refusal_is_never_repeated() -> None:
    with RawServer([reply(400, b"{}")]) as server:
        with pytest.raises(RefusedError):
            make_transport(FakeClock()).send(make_request(f"{server.url}/x"), judge=judge)

        assert len(server.received) == 1


def test_every_try_is_in_the_audit_trail_without_host_or_secret() -> None:
    audit = Recorder()
    with RawServer([CUT, reply(200, {"a": 1})]) as server:
        transport = make_transport(FakeClock(), audit, secrets=("hunter2",))
        transport.send(make_request(f"{server.url}/x?token=hunter2&n=1"), judge=judge)

    assert [(call.attempt, call.status, call.outcome) for call in audit.calls] == [
        (1, None, "transient"),
        (2, 200, "ok"),
    ]
    assert {call.path for call in audit.calls} == {"/x?token=***&n=1"}
    assert audit.calls[1].received_bytes == len(b'{"a": 1}')


def test_an_audit_trail_may_object_before_anything_is_sent() -> None:
    class Objecting(Recorder):
        def before_call(self) -> None:
            raise RuntimeError("a transaction is open")

    with RawServer([reply(200, {})]) as server:
        with pytest.raises(RuntimeError):
            make_transport(FakeClock(), Objecting()).send(make_request(server.url), judge=judge)

        assert server.received == []


def test_a_secret_the_server_sends_back_is_masked_in_errors() -> None:
    def judge_echo(request: Request, answer: Reply) -> None:
        raise AccessError(
            answer.body.decode(), system="s", call=request.call, remedy=answer.excerpt
        )

    with RawServer([reply(401, b'{"you sent": "hunter2 aHVudGVyMg=="}')]) as server:
        transport = make_transport(FakeClock(), secrets=("hunter2",))
        with pytest.raises(AccessError) as caught:
            transport.send(make_request(f"{server.url}/x"), judge=judge_echo)

    assert "hunter2" not in str(caught.value)
    assert "aHVudGVyMg==" not in str(caught.value)


def test_a_secret_learnt_later_is_masked_as_well() -> None:
    with RawServer([reply(200, b"token-123 is not JSON")]) as server:
        transport = make_transport(FakeClock())
        transport.add_secret("token-123")
        with pytest.raises(UnexpectedReplyError) as caught:
            transport.send(make_request(f"{server.url}/x"), judge=judge)

    assert "token-123" not in str(caught.value)


def test_an_answer_beyond_the_limit_is_not_read_to_its_end() -> None:
    with RawServer([reply(200, b"x" * 300_000)]) as server:
        transport = make_transport(FakeClock(), response_bytes_max=100_000)
        with pytest.raises(UnexpectedReplyError, match="larger than 100000 bytes"):
            transport.send(make_request(f"{server.url}/x"), judge=judge)


def test_an_answer_that_drips_beyond_the_deadline_is_given_up() -> None:
    class Hurrying(FakeClock):
        def monotonic(self) -> float:
            self.elapsed_s += 1000
            return super().monotonic()

    with RawServer([reply(200, b"{}")]) as server:
        with pytest.raises(TransientError, match="took too long"):
            make_transport(Hurrying()).send(make_request(server.url), judge=judge)

        assert len(server.received) == 1


@pytest.mark.parametrize("stop", [SystemExit(143), KeyboardInterrupt()])
def test_a_signal_ends_a_call_at_once(stop: BaseException) -> None:
    def judge_stopped(_: Request, __: Reply) -> None:
        raise stop

    with RawServer([reply(200, b"{}")]) as server:
        with pytest.raises(type(stop)):
            make_transport(FakeClock()).send(make_request(server.url), judge=judge_stopped)

        assert len(server.received) == 1


def test_cookies_are_kept_for_the_session() -> None:
    first = reply(200, {}, headers=[("Set-Cookie", "ASP.NET_SessionId=abc; path=/; HttpOnly")])
    with RawServer([first, reply(200, {})]) as server:
        transport = make_transport(FakeClock())
        transport.send(make_request(f"{server.url}/x"), judge=judge)
        transport.send(make_request(f"{server.url}/x"), judge=judge)

    assert "cookie" not in server.received[0].headers
    assert server.received[1].headers["cookie"] == "ASP.NET_SessionId=abc"


def test_a_netrc_file_does_not_replace_our_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password wrong\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with RawServer([reply(200, {})]) as server:
        request = make_request(f"{server.url}/x", headers={"Authorization": "Basic b3Vycw=="})
        make_transport(FakeClock()).send(request, judge=judge)

    assert server.received[0].headers["authorization"] == "Basic b3Vycw=="


def test_a_redirect_is_shown_to_the_judge_and_not_followed() -> None:
    with RawServer([reply(302, b"", headers=[("Location", "http://127.0.0.1:1/login")])]) as server:
        status = make_transport(FakeClock()).send(
            make_request(f"{server.url}/x"), judge=lambda _, answer: answer.status
        )

    assert status == 302


@pytest.mark.parametrize("host", ["erp.example.com", "10.0.0.5", "127.0.0.1.example.com"])
def test_plain_http_leaves_this_computer_only_when_allowed(host: str) -> None:
    audit = Recorder()
    with pytest.raises(SettingError, match="allow_http"):
        make_transport(FakeClock(), audit).send(make_request(f"http://{host}/x"), judge=judge)

    assert audit.calls == []


@pytest.mark.parametrize("url", ["https:///x", "https://a b/x", "http://[::1/x", "ftp://x/y"])
def test_an_unusable_address_names_its_setting(url: str) -> None:
    with pytest.raises(SettingError, match="api_url"):
        make_transport(FakeClock(), allow_http=True).send(make_request(url), judge=judge)


def test_a_proxy_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    with pytest.raises(NotReachedError, match="HTTPS_PROXY"):
        make_transport(FakeClock()).send(make_request("https://erp.example.com/"), judge=judge)


@pytest.mark.parametrize("proxy", ["socks5://p:1080", "foo://user:secret@p", "http:///"])
def test_a_proxy_of_an_unknown_kind_is_not_taken_for_a_wrong_address(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    with pytest.raises(SettingError, match=r"^Setting HTTPS_PROXY: ") as refused:
        make_transport(FakeClock()).send(make_request("https://erp.example.com/"), judge=judge)

    assert "secret" not in str(refused.value)


def test_fewer_tries_can_be_asked_for() -> None:
    with RawServer([CUT]) as server:
        with pytest.raises(TransientError):
            make_transport(FakeClock()).send(
                make_request(f"{server.url}/x"), judge=judge, attempts_max=1
            )

        assert len(server.received) == 1
