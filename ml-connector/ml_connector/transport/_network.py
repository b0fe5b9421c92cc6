"""What the layers below can throw, and what each means for the caller.

The question that decides everything: did the request leave this computer? If it provably did not,
repeating it is safe whatever it was. If it may have, only a call that may be repeated anyway is.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
import urllib3.exceptions as lower

from ml_connector.errors import (
    ConnectorError,
    OutcomeUnknownError,
    RemoteError,
    SettingError,
    TransientError,
    UnexpectedReplyError,
)
from ml_connector.transport._messages import Repeat, Request

if TYPE_CHECKING:
    from collections.abc import Iterator


class BrokenReplyError(UnexpectedReplyError):
    """The body is cut short or not what its kind promises; a read is tried again before we stop."""


class NotReachedError(TransientError):
    """No connection came about, so nothing was sent."""


UNUSABLE_URL = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
    requests.exceptions.UnrewindableBodyError,
    lower.LocationValueError,
    UnicodeError,
)

UNUSABLE_PROXY = (requests.exceptions.InvalidProxyURL, lower.ProxySchemeUnknown)

NEVER_SENT = (
    requests.exceptions.ConnectTimeout,
    lower.NewConnectionError,
    lower.ConnectTimeoutError,
    lower.ProxyError,
)


def translate_network_error(error: Exception, request: Request) -> ConnectorError:
    """Turn an exception of requests, urllib3 or ssl into ours."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return _untrusted(request)
    if any(_is_unusable_proxy(cause) for cause in causes):
        return _unusable_proxy(request)
    if any(isinstance(cause, UNUSABLE_URL) for cause in causes):
        return _unusable(request, "is not a usable address")
    if any("WRONG_VERSION_NUMBER" in str(cause) for cause in causes):
        return _unusable(request, "says https, but the host answers in plain HTTP")
    if any(isinstance(cause, NEVER_SENT) for cause in causes):
        return _not_reached(causes, request)
    return _lost(error, request)


def build_lost_answer(
    problem: str,
    request: Request,
    *,
    status: int | None = None,
    code: str | None = None,
    retry_after_s: float | None = None,
) -> RemoteError:
    """Judge a call that may have taken effect although no usable answer came."""
    if request.repeat is Repeat.SAFE:
        return TransientError(
            problem,
            system=request.system,
            call=request.call,
            status=status,
            code=code,
            retry_after_s=retry_after_s,
            remedy="It was tried again without success. Check the network and the other side's"
            " state, then start the run again.",
        )
    return OutcomeUnknownError(
        f"{problem}; it may have taken effect all the same",
        system=request.system,
        call=request.call,
        status=status,
        code=code,
        remedy="The next run looks for its effect before repeating it.",
    )


def _not_reached(causes: list[BaseException], request: Request) -> NotReachedError:
    host = urlsplit(request.url).netloc
    if any(isinstance(cause, lower.ProxyError) for cause in causes):
        problem = f"the proxy on the way to {host} cannot be used"
        remedy = "Check the environment variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY."
    else:
        problem = f"cannot reach {host}: {_reason(causes)}"
        remedy = f"Check setting {request.setting}, the network and the firewall."
    return NotReachedError(problem, system=request.system, call=request.call, remedy=remedy)


def _reason(causes: list[BaseException]) -> str:
    if any(isinstance(cause, lower.NameResolutionError) for cause in causes):
        return "no computer of that name is known"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "nothing listens at that address and port"
    if any(isinstance(cause, lower.ConnectTimeoutError) for cause in causes):
        return "no answer to the attempt to connect"
    return "the connection could not be made"


def _lost(error: Exception, request: Request) -> ConnectorError:
    if any(isinstance(cause, lower.ReadTimeoutError) for cause in _causes(error)):
        problem = f"no answer within {request.read_timeout_s:g} seconds"
    elif any(isinstance(cause, lower.IncompleteRead) for cause in _causes(error)):
        problem = "the answer was cut short"
    elif isinstance(error, requests.exceptions.ContentDecodingError):
        problem = "the answer could not be decompressed"
    else:
        problem = "the connection broke before the answer was complete"
    return build_lost_answer(problem, request)


def _untrusted(request: Request) -> SettingError:
    return SettingError(
        "ca_bundle",
        None,
        f"the certificate of {urlsplit(request.url).netloc} is not trusted by this computer",
        remedy="Set ca_bundle to a PEM file with the certificate authority that signed it; ask the"
        f" server's administrator for it. Check that the host in {request.setting} is spelled as"
        " in the certificate.",
    )


def _unusable(request: Request, problem: str) -> SettingError:
    return SettingError(
        request.setting,
        f"{urlsplit(request.url).scheme}://{urlsplit(request.url).netloc}",
        problem,
        remedy=f"Check the address in {request.setting}.",
    )


def _is_unusable_proxy(cause: BaseException) -> bool:
    # That a proxy speaks SOCKS, for which a library is missing, only requests' own words say.
    return isinstance(cause, UNUSABLE_PROXY) or (
        isinstance(cause, requests.exceptions.InvalidSchema) and "SOCKS" in str(cause)
    )


def _unusable_proxy(request: Request) -> SettingError:
    # Its address is not shown: it may hold a password.
    return SettingError(
        "HTTPS_PROXY",
        None,
        f"names a proxy that cannot be used on the way to {urlsplit(request.url).netloc}",
        remedy="Give http://HOST:PORT in the environment variables HTTPS_PROXY, HTTP_PROXY and"
        " ALL_PROXY (SOCKS is not supported), or except the host in NO_PROXY.",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk from `error` down to what caused it; requests keeps causes in three places."""
    seen: set[int] = set()
    queue: list[object] = [error]
    while queue:
        current = queue.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        queue += [getattr(current, "reason", None), current.__cause__, current.__context__]
        queue += current.args
