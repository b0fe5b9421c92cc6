"""What Sage's answers mean, and what a finance systems person can do about each.

Act on `error.code` first, then on the status: statuses are documented for a few cases only, and a
lock is reported as `RecordDuplicate` (Sage sheet §1.5, §1.6, §7 row 2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ml_connector.errors import (
    AccessError,
    ConnectorError,
    RefusedError,
    RemoteError,
    SettingError,
    TransientError,
)
from ml_connector.transport import (
    Builder,
    Problem,
    Reply,
    Request,
    misread,
    redirected,
    refused,
    server_failed,
)
from ml_connector.wire import WireError, as_object, decode_json

if TYPE_CHECKING:
    from collections.abc import Mapping


def build_error(request: Request, reply: Reply, *, account: str) -> ConnectorError:
    """Turn an answer that is no success into the error it means."""
    code, message = parse_error_body(reply)
    problem = Problem(request, reply, code, message, account)
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


def _unauthorized(problem: Problem) -> RemoteError:
    return AccessError(
        "Sage 300 does not accept this user and password",
        remedy="Check username and password. Both must be typed in UPPER CASE, and the user must"
        " exist in this company. It was not tried again, because Sage may lock the account.",
        account=problem.account,
        **problem.where,
    )


def _forbidden(problem: Problem) -> RemoteError:
    module = _module_of(problem)
    right = f"Sage 300 Web API ({module})"
    if problem.account.upper() == "ADMIN":
        remedy = (
            "ADMIN may not use the Web API unless AllowWebApiAccessForAdmin is set to true in both"
            " web.config files. Better use a user of its own, such as WEBAPI."
        )
    else:
        remedy = (
            f"In Sage 300, give the user's security group for module {module} the right"
            " 'Sage 300 Web API' and the right to view these records. The module must also be"
            " activated for the company."
        )
    return AccessError(
        problem.message or "the user may not read this",
        remedy=remedy,
        account=problem.account,
        right=right,
        **problem.where,
    )


def _too_many(problem: Problem) -> RemoteError:
    return TransientError(
        problem.message or "too many requests",
        retry_after_s=problem.retry_after_s,
        **problem.where,
    )


def _day_end(problem: Problem) -> RemoteError:
    # Reported as 409 RecordDuplicate, but it is a lock: the call did nothing (§1.6).
    return TransientError(
        problem.message,
        retry_after_s=problem.retry_after_s,
        remedy="Day End Processing is running in Sage 300; start the run again when it is over.",
        **problem.where,
    )


def _not_found(problem: Problem) -> ConnectorError:
    if problem.code:
        return _BY_CODE["ResourceNotFound"](problem)
    query_chars = len(urlsplit(problem.request.url).query)
    if query_chars > _QUERY_CHARS_SUSPECT:
        return _too_long(problem, query_chars)
    return _not_sage(problem)


def _too_long(problem: Problem, query_chars: int) -> RemoteError:
    # IIS turns away queries beyond 2,048 characters, or whatever the site was set to, with its own
    # page before Sage sees them. What is asked without a query has succeeded by then.
    return RefusedError(
        "the web server itself turned the call away, which it does with long questions; this"
        f" query has {query_chars} characters",
        remedy=f"Set maxQueryString in the site's request filtering (IIS) above {query_chars}, or"
        " select fewer fields. If shorter queries fail as well, check base_url.",
        **problem.where,
    )


def _redirected(problem: Problem) -> ConnectorError:
    setting = problem.request.setting
    return redirected(
        problem, remedy=f"Set {setting} to the address it redirects to, if that is right."
    )


def _not_sage(problem: Problem) -> ConnectorError:
    return SettingError(
        problem.request.setting,
        problem.request.url.split("?")[0],
        f"answers {problem.reply.status}, but not as a Sage 300 Web API:"
        f" {problem.reply.excerpt[:80]!r}",
        remedy="Give the address up to and including the tenant, for example"
        " https://erp.example.com/Sage300WebApi/v1.0/-, and check company.",
    )


def _unexpected(problem: Problem) -> RemoteError:
    return misread(problem, remedy="Report it with this message; do not repeat the run blindly.")


def _by_class(problem: Problem) -> Builder:
    if problem.reply.status >= 500:  # noqa: PLR2004 - the class of server failures
        return server_failed
    if 300 <= problem.reply.status < 400:  # noqa: PLR2004 - the class of redirections
        return _redirected
    if problem.code or problem.message:
        return refused("Sage 300 refused the call; its own words say why.")
    return _unexpected


def _module_of(problem: Problem) -> str:
    """Return the two letters of the module that was called."""
    parts = problem.request.path.split("?")[0].rstrip("/").split("/")
    return next((part for part in reversed(parts[:-1]) if len(part) == 2), "?")  # noqa: PLR2004


_QUERY_CHARS_SUSPECT = 200
_BUSINESS = refused("Correct the record in its source, or the set-up in Sage 300, and run again.")
_QUERY = refused(
    "Sage 300 did not understand the question. Report this message together with the company's Sage"
    " 300 version."
)
_INSTALLATION = refused(
    "Ask the Sage 300 administrator: the company's database cannot be opened, or the module is not"
    " installed and activated for it."
)

_BY_CODE: Mapping[str, Builder] = {
    "Unauthorized": _unauthorized,
    "Forbidden": _forbidden,
    "TooManyRequests": _too_many,
    "InternalServerError": server_failed,
    "InvalidParameters": _QUERY,
    "InvalidEntityKey": _QUERY,
    "InvalidPayload": _QUERY,
    "InvalidAction": _QUERY,
    "MethodNotAllowed": _QUERY,
    "ResourceNotFound": refused(
        "Check company and the module's activation in Sage 300; this resource does not exist there."
    ),
    "RecordNotFound": refused("There is no record with this key in Sage 300."),
    "DBLinkError": _INSTALLATION,
    "SessionError": _INSTALLATION,
    "RecordDuplicate": _BUSINESS,
    "RecordInvalid": _BUSINESS,
    "FieldInvalid": _BUSINESS,
    "General": _BUSINESS,
}

_BY_STATUS: Mapping[int, Builder] = {
    400: _QUERY,
    401: _unauthorized,
    403: _forbidden,
    404: _not_found,
    405: _not_found,
    409: _BUSINESS,
    423: _too_many,
    429: _too_many,
}
