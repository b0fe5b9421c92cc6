"""What Anaplan's answers mean, and what a finance systems person can do about each (§2.4, §2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ml_connector.errors import (
    AccessError,
    ConnectorError,
    RemoteError,
    SettingError,
    TransientError,
)
from ml_connector.transport import (
    BrokenReplyError,
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


class Refusal(NamedTuple):
    """What somebody signs in with, and what to do when Anaplan does not accept it."""

    what: str
    remedy: str


PASSWORD_REFUSED = Refusal(
    "this user and password",
    "Check username and password. Passwords expire by the tenant's policy; where single sign-on is"
    " in force, the user must be an exception user to sign in with a password.",
)


def build_error(
    request: Request, reply: Reply, *, account: str, refusal: Refusal = PASSWORD_REFUSED
) -> ConnectorError:
    """Turn an answer that is no success into the error it means."""
    code, message = parse_error_body(reply)
    problem = Problem(request, reply, code, message, account)
    if code.startswith("FAILURE_"):
        # Refresh and validate answer 400 to a token they cannot read (§1.3).
        return _sign_in_refused(problem, refusal)
    return (_BY_STATUS.get(reply.status) or _by_class(reply))(problem)


def build_broken(
    request: Request, reply: Reply, problem: str, *, excerpt: str | None = None
) -> BrokenReplyError:
    """Say that a successful answer cannot be read; `excerpt` stands in for its beginning."""
    return BrokenReplyError(
        f"the answer cannot be read: {problem}",
        system=request.system,
        call=request.call,
        status=reply.status,
        excerpt=reply.excerpt if excerpt is None else excerpt,
        data_bytes=reply.data_bytes,
        remedy=f"Check that {request.setting} leads to Anaplan itself and that no proxy changes"
        " its answers; then start the run again.",
    )


def parse_error_body(reply: Reply) -> tuple[str, str]:
    """Return code and message of either API's error body; both empty when it is neither's.

    The Integration API nests them (§2.4), the Authentication API does not (§1.3).
    """
    try:
        body = as_object(decode_json(reply.body), "the body")
    except WireError:
        return "", ""
    status = body.get("status")
    if isinstance(status, dict):
        return "", _line(status.get("message"))
    return (status if isinstance(status, str) else ""), _line(body.get("statusMessage"))


def _sign_in_refused(problem: Problem, refusal: Refusal) -> RemoteError:
    return AccessError(
        f"Anaplan does not accept {refusal.what} ({problem.message or 'no explanation'})",
        remedy=refusal.remedy,
        account=problem.account,
        **problem.where,
    )


def _token_refused(problem: Problem) -> RemoteError:
    return AccessError(
        "Anaplan does not accept our token, not even a new one",
        remedy="Check that api_url and auth_url belong to the same region, and that the user is"
        " still active.",
        account=problem.account,
        **problem.where,
    )


_ROLE_LACKS = (
    "Ask the workspace administrator to give the user's model role access to this object; some"
    " calls need a workspace administrator."
)
_SIGN_IN_FORBIDDEN = (
    "Ask the tenant's administrator whether this user may sign in from this computer (allowed"
    " addresses, disabled users), then start the run again."
)


def _forbidden(problem: Problem) -> RemoteError:
    return AccessError(
        problem.message or "the user may not do this",
        remedy=_SIGN_IN_FORBIDDEN if problem.request.setting == "auth_url" else _ROLE_LACKS,
        account=problem.account,
        right="model role",
        **problem.where,
    )


def _not_found(problem: Problem) -> ConnectorError:
    if problem.reply.body.lstrip().startswith(b"<"):
        return _not_anaplan(problem)
    return AccessError(
        f"not found ({problem.message or 'no explanation'}). Anaplan answers the same for an id"
        " that is wrong, an id in the wrong case, a user whose role has no access to the model, an"
        " import or process the role may not run, a file without content, and a dump that has"
        " expired",
        remedy="Check workspace_id (lower case) and model_id (upper case), the names in loads and"
        " process, and that the user's role in this model is not 'No Access' and may run them.",
        account=problem.account,
        right="model role",
        **problem.where,
    )


def _not_anaplan(problem: Problem) -> ConnectorError:
    return SettingError(
        problem.request.setting,
        problem.request.url.split("/2/0")[0].split("/token")[0],
        f"answers {problem.reply.status} with a web page, not as Anaplan:"
        f" {problem.reply.excerpt[:80]!r}",
        remedy="Give the address of your region, such as https://api.anaplan.com",
    )


def _transient(remedy: str) -> Builder:
    def build(problem: Problem) -> RemoteError:
        return TransientError(
            problem.message or "not now",
            remedy=remedy,
            retry_after_s=problem.retry_after_s,
            **problem.where,
        )

    return build


def _misread(problem: Problem) -> RemoteError:
    return misread(
        problem,
        remedy=f"Check that {problem.request.setting} is Anaplan's address for your region; if it"
        " is, report this message.",
    )


def _redirected(problem: Problem) -> ConnectorError:
    return redirected(
        problem, remedy=f"Set {problem.request.setting} to Anaplan's address for your region."
    )


def _by_class(reply: Reply) -> Builder:
    if reply.status >= 500:  # noqa: PLR2004 - the class of server failures
        return server_failed
    if 300 <= reply.status < 400:  # noqa: PLR2004 - the class of redirections
        return _redirected
    return _misread


def _line(value: object) -> str:
    return " ".join(str(value or "").split())[:1000]


_BY_STATUS: Mapping[int, Builder] = {
    400: refused("Anaplan did not accept the request; its own words say why."),
    401: _token_refused,
    403: _forbidden,
    404: _not_found,
    405: _misread,
    406: _misread,
    409: _transient("The model is busy. Start the run again when nobody else writes to it."),
    410: _transient("Anaplan says this has moved. Start the run again; if it stays, report it."),
    413: refused("Make chunk_mb smaller."),
    415: _misread,
    422: refused("The model is archived. Ask a workspace administrator to restore it."),
    423: refused("The model is locked. Ask a workspace administrator to unlock it."),
    424: _transient("The model is offline or in maintenance. Start the run again when it is back."),
    425: refused(
        "The model is deployed and this would change its structure. Ask the model builder to make"
        " the list production data, or to run the change through the development model."
    ),
    429: _transient("The tenant's limit of calls is used up. Start the run again later."),
}
