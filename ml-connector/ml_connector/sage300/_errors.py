"""What Sage's answers mean, and what a finance systems person can do about each.

Act on `error.code` first, then on the status: statuses are documented for a few cases only, and a
lock is reported as `RecordDuplicate` (Sage sheet §1.5, §1.6, §7 row 2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict
from urllib.parse import urlsplit

from ml_connector.errors import (
    AccessError,
    ConnectorError,
    RefusedError,
    RemoteError,
    SettingError,
    TransientError,
    UnexpectedReplyError,
)
from ml_connector.transport import Reply, Request, build_lost_answer, parse_retry_after
from ml_connector.wire import WireError, as_object, decode_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class SageProblem(NamedTuple):
    """A refused call with what Sage said about it."""

    request: Request
    reply: Reply
    code: str
    message: str
    account: str

    @property
    def module(self) -> str:
        """The two letters of the module that was called."""
        parts = self.request.path.split("?")[0].rstrip("/").split("/")
        return next((part for part in reversed(parts[:-1]) if len(part) == 2), "?")  # noqa: PLR2004


def build_error(request: Request, reply: Reply, *, account: str) -> ConnectorError:
    """Turn an answer that is no success into the error it means."""
    code, message = parse_error_body(reply)
    problem = SageProblem(request, reply, code, message, account)
    if "day end processing" in message.lower():
        return _day_end(problem)
    build = _BY_CODE.get(code) or _BY_STATUS.get(reply.status) or _by_class(problem)
    return build(problem)


def parse_error_body(reply: Reply) -> tuple[str, str]:
    """Return Sage's code and message; both empty when the body is not Sage's.

    The body is read whatever its content type: errors have been seen as text/plain (§1.3).
    """
    try:
        error = as_object(as_object(decode_json(reply.body), "the body").get("error"), "error")
    except WireError:
        return "", ""
    message = error.get("message")
    if isinstance(message, dict):
        message = message.get("value")
    return str(error.get("code") or ""), " ".join(str(message or "").split())[:1000]


def _unauthorized(problem: SageProblem) -> RemoteError:
    return AccessError(
        "Sage 300 does not accept this user and password",
        remedy="Check username and password. Both must be typed in UPPER CASE, and the user must"
        " exist in this company. It was not tried again, because Sage may lock the account.",
        account=problem.account,
        **_common(problem),
    )


def _forbidden(problem: SageProblem) -> RemoteError:
    right = f"Sage 300 Web API ({problem.module})"
    if problem.account.upper() == "ADMIN":
        remedy = (
            "ADMIN may not use the Web API unless AllowWebApiAccessForAdmin is set to true in both"
            " web.config files. Better use a user of its own, such as WEBAPI."
        )
    else:
        remedy = (
            f"In Sage 300, give the user's security group for module {problem.module} the right"
            " 'Sage 300 Web API' and the right to view these records. The module must also be"
            " activated for the company."
        )
    return AccessError(
        problem.message or "the user may not read this",
        remedy=remedy,
        account=problem.account,
        right=right,
        **_common(problem),
    )


def _too_many(problem: SageProblem) -> RemoteError:
    return TransientError(
        problem.message or "too many requests",
        retry_after_s=_retry_after(problem),
        **_common(problem),
    )


def _day_end(problem: SageProblem) -> RemoteError:
    # Reported as 409 RecordDuplicate, but it is a lock: the call did nothing (§1.6).
    return TransientError(
        problem.message,
        retry_after_s=_retry_after(problem),
        remedy="Day End Processing is running in Sage 300; start the run again when it is over.",
        **_common(problem),
    )


def _server_failed(problem: SageProblem) -> RemoteError:
    said = problem.message or problem.reply.excerpt or "no explanation"
    return build_lost_answer(
        f"Sage 300 failed: {said}",
        problem.request,
        status=problem.reply.status,
        code=problem.code or None,
        retry_after_s=_retry_after(problem),
    )


def _refused(remedy: str) -> Callable[[SageProblem], RemoteError]:
    def build(problem: SageProblem) -> RemoteError:
        return RefusedError(
            problem.message or f"refused without an explanation: {problem.reply.excerpt!r}",
            remedy=remedy,
            **_common(problem),
        )

    return build


def _not_found(problem: SageProblem) -> ConnectorError:
    if problem.code:
        return _BY_CODE["ResourceNotFound"](problem)
    query_chars = len(urlsplit(problem.request.url).query)
    if query_chars > _QUERY_CHARS_SUSPECT:
        return _too_long(problem, query_chars)
    return _not_sage(problem)


def _too_long(problem: SageProblem, query_chars: int) -> RemoteError:
    # IIS turns away queries beyond 2,048 characters, or whatever the site was set to, with its own
    # page before Sage sees them. What is asked without a query has succeeded by then.
    return RefusedError(
        "the web server itself turned the call away, which it does with long questions; this"
        f" query has {query_chars} characters",
        remedy=f"Set maxQueryString in the site's request filtering (IIS) above {query_chars}, or"
        " select fewer fields. If shorter queries fail as well, check base_url.",
        **_common(problem),
    )


def _redirected(problem: SageProblem) -> ConnectorError:
    target = problem.reply.headers.get("Location", "?").split("?")[0]
    return SettingError(
        problem.request.setting,
        None,
        f"the server redirects {problem.request.call} to {target}",
        remedy=f"Set {problem.request.setting} to the address it redirects to, if that is right.",
    )


def _not_sage(problem: SageProblem) -> ConnectorError:
    return SettingError(
        problem.request.setting,
        problem.request.url.split("?")[0],
        f"answers {problem.reply.status}, but not as a Sage 300 Web API:"
        f" {problem.reply.excerpt[:80]!r}",
        remedy="Give the address up to and including the tenant, for example"
        " https://erp.example.com/Sage300WebApi/v1.0/-, and check company.",
    )


def _unexpected(problem: SageProblem) -> RemoteError:
    return UnexpectedReplyError(
        problem.message or "an answer the API does not document",
        excerpt=problem.reply.excerpt,
        **_common(problem),
    )


def _by_class(problem: SageProblem) -> Callable[[SageProblem], ConnectorError]:
    if problem.reply.status >= 500:  # noqa: PLR2004 - the class of server failures
        return _server_failed
    if 300 <= problem.reply.status < 400:  # noqa: PLR2004 - the class of redirections
        return _redirected
    if problem.code or problem.message:
        return _refused("Sage 300 refused the call; its own words say why.")
    return _unexpected


def _retry_after(problem: SageProblem) -> float | None:
    return parse_retry_after(problem.reply.headers, now=problem.reply.received_at)


class _Common(TypedDict):
    system: str
    call: str
    status: int
    code: str | None


def _common(problem: SageProblem) -> _Common:
    return {
        "system": problem.request.system,
        "call": problem.request.call,
        "status": problem.reply.status,
        "code": problem.code or None,
    }


_QUERY_CHARS_SUSPECT = 200
_BUSINESS = _refused("Correct the record in its source, or the set-up in Sage 300, and run again.")
_QUERY = _refused(
    "Sage 300 did not understand the question. Report this message together with the company's Sage"
    " 300 version."
)
_INSTALLATION = _refused(
    "Ask the Sage 300 administrator: the company's database cannot be opened, or the module is not"
    " installed and activated for it."
)

_BY_CODE: Mapping[str, Callable[[SageProblem], ConnectorError]] = {
    "Unauthorized": _unauthorized,
    "Forbidden": _forbidden,
    "TooManyRequests": _too_many,
    "InternalServerError": _server_failed,
    "InvalidParameters": _QUERY,
    "InvalidEntityKey": _QUERY,
    "InvalidPayload": _QUERY,
    "InvalidAction": _QUERY,
    "MethodNotAllowed": _QUERY,
    "ResourceNotFound": _refused(
        "Check company and the module's activation in Sage 300; this resource does not exist there."
    ),
    "RecordNotFound": _refused("There is no record with this key in Sage 300."),
    "DBLinkError": _INSTALLATION,
    "SessionError": _INSTALLATION,
    "RecordDuplicate": _BUSINESS,
    "RecordInvalid": _BUSINESS,
    "FieldInvalid": _BUSINESS,
    "General": _BUSINESS,
}

_BY_STATUS: Mapping[int, Callable[[SageProblem], ConnectorError]] = {
    400: _QUERY,
    401: _unauthorized,
    403: _forbidden,
    404: _not_found,
    405: _not_found,
    409: _BUSINESS,
    423: _too_many,
    429: _too_many,
}
