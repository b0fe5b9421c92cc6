"""Send requests, repeat them where that is safe, and turn every failure into one of our errors."""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from ml_connector.errors import ConnectorError, UnexpectedReplyError
from ml_connector.events import event
from ml_connector.secrets import redact
from ml_connector.transport._audit import ApiCall, AuditTrail
from ml_connector.transport._messages import Reply, Request, TransportSettings, build_excerpt
from ml_connector.transport._network import build_lost_answer, translate_network_error
from ml_connector.transport._policy import RetryPolicy, name_outcome
from ml_connector.transport._preflight import check_ca_bundle, check_plain_http

if TYPE_CHECKING:
    from collections.abc import Callable

    from ml_connector.clock import Clock
    from ml_connector.transport._limiter import Pacing

T = TypeVar("T")
log = logging.getLogger(__name__)

_PIECE_BYTES = 65_536
_EXCERPT_BYTES = 4_096


class Transport:
    """One `requests` session to one system: pooled connections, cookies kept, TLS verified."""

    def __init__(
        self,
        *,
        system: str,
        settings: TransportSettings,
        clock: Clock,
        audit: AuditTrail,
        limiter: Pacing | None = None,
        rng: random.Random | None = None,
    ) -> None:
        """Prepare a session; nothing is called before the first `send`."""
        self.system = system
        self._settings = settings
        self._clock = clock
        self._audit = audit
        self._limiter = limiter
        self._secrets = list(settings.secrets)
        self._policy = RetryPolicy(settings, clock=clock, rng=rng or random.SystemRandom())
        self._session = _build_session()
        self._reached: set[str] = set()
        self._ca_bundle_checked = False

    def send(
        self,
        request: Request,
        *,
        judge: Callable[[Request, Reply], T],
        attempts_max: int | None = None,
        before_try: Callable[[int], None] | None = None,
    ) -> T:
        """Send `request` and return what `judge` makes of the answer.

        `judge` is pure: it returns a value or raises one of our errors. A `TransientError` is
        repeated within the settings' bounds, a `BrokenReplyError` of a call that may be repeated
        as well; everything else ends the call at once. `attempts_max` lowers the settings' bound.
        `before_try` is called with the number of each try right before it leaves, all waiting over;
        what it raises ends the call, and that try does not leave.

        Raises:
            ConnectorError: see `ml_connector.errors`; nothing else leaves the transport.
        """
        check_plain_http(request, self._settings)
        if not self._ca_bundle_checked:
            check_ca_bundle(self._settings.ca_bundle)
            self._ca_bundle_checked = True
        host = urlsplit(request.url).netloc
        return self._policy.run(
            lambda attempt: self._try(request, judge, attempt, before_try),
            repeat=request.repeat,
            attempts_max=attempts_max or self._settings.attempts_max,
            reached=lambda: host in self._reached,
            pause=self._limiter.pause if self._limiter else None,
        )

    def add_secret(self, secret: str) -> None:
        """Mask `secret` from now on wherever the other side sends it back."""
        if secret and secret not in self._secrets:
            self._secrets.append(secret)

    def close(self) -> None:
        """Close the connections; the transport is not used afterwards."""
        self._session.close()
        if self._limiter:
            self._limiter.close()

    def _try(
        self,
        request: Request,
        judge: Callable[[Request, Reply], T],
        attempt: int,
        before_try: Callable[[int], None] | None,
    ) -> T:
        self._audit.before_call()
        if self._limiter:
            self._limiter.acquire()
        if before_try:
            before_try(attempt)
        started, at = self._clock.monotonic(), self._clock.now()
        reply: Reply | None = None
        outcome = "failed"
        try:
            reply = self._exchange(request)
            value = judge(request, reply)
        except ConnectorError as error:
            outcome = name_outcome(error)
            _log_excerpt(error)
            raise
        else:
            outcome = "ok"
            return value
        finally:
            self._audit.record_call(
                ApiCall(
                    at=at,
                    system=request.system,
                    method=request.method,
                    path=redact(request.path, self._secrets),
                    status=reply.status if reply else None,
                    outcome=outcome,
                    elapsed_ms=int((self._clock.monotonic() - started) * 1000),
                    sent_bytes=len(request.body or b""),
                    received_bytes=len(reply.body) if reply else 0,
                    attempt=attempt,
                )
            )

    def _exchange(self, request: Request) -> Reply:
        started = self._clock.monotonic()
        try:
            with self._session.request(
                request.method,
                request.url,
                headers=dict(request.headers),
                data=request.body,
                timeout=(self._settings.connect_timeout_s, request.read_timeout_s),
                verify=self._settings.ca_bundle or True,
                allow_redirects=False,
                stream=True,
            ) as response:
                self._reached.add(urlsplit(request.url).netloc)
                body = self._read(request, response, started=started)
        except (requests.RequestException, OSError, UnicodeError) as error:
            raise translate_network_error(error, request) from error
        return self._build_reply(request, response, body, self._clock.monotonic() - started)

    def _read(self, request: Request, response: requests.Response, *, started: float) -> bytes:
        body = bytearray()
        for piece in response.iter_content(_PIECE_BYTES):
            body += piece
            # The timeout of requests only bounds the pauses; an answer may drip for ever.
            if self._clock.monotonic() - started > self._settings.deadline_s:
                raise build_lost_answer("the answer took too long to arrive", request)
            if len(body) > self._settings.response_bytes_max:
                raise UnexpectedReplyError(
                    f"the answer is larger than {self._settings.response_bytes_max} bytes",
                    system=request.system,
                    call=request.call,
                    status=response.status_code,
                    remedy="Ask for less at a time, for instance with a smaller page_size.",
                )
        return bytes(body)

    def _build_reply(
        self, request: Request, response: requests.Response, body: bytes, elapsed_s: float
    ) -> Reply:
        headers = dict(response.headers)
        if response.status_code >= requests.codes.multiple_choices:
            body = redact(body.decode("utf-8", "replace"), self._secrets).encode()
            headers = {name: redact(text, self._secrets) for name, text in headers.items()}
        start = body[:_EXCERPT_BYTES].decode("utf-8", "replace")
        return Reply(
            status=response.status_code,
            headers=CaseInsensitiveDict(headers),
            body=body,
            call=request.call,
            elapsed_s=elapsed_s,
            received_at=self._clock.now(),
            excerpt=build_excerpt(redact(start, self._secrets)),
        )


def _log_excerpt(error: ConnectorError) -> None:
    # The only line that may show rows; messages leave them out.
    if isinstance(error, UnexpectedReplyError) and error.excerpt:
        event(
            log,
            "transport.unexpected_reply",
            level=logging.DEBUG,
            call=error.call,
            status=error.status,
            excerpt=error.excerpt,
        )


def _build_session() -> requests.Session:  # noqa: TID251 - this is the transport
    session = requests.Session()  # noqa: TID251
    # Without an `auth` of our own, requests would put a password from ~/.netrc in place of our
    # header. Proxies from the environment are wanted, so `trust_env` stays on.
    session.auth = _keep_our_authorization
    adapter = HTTPAdapter(max_retries=0, pool_connections=4, pool_maxsize=4)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _keep_our_authorization(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    return prepared
