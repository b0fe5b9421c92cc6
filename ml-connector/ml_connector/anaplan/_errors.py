"""What Anaplan's answers mean, and what a finance systems person can do about each (§2.4, §2.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypedDict

from ml_connector.errors import (
    AccessError,
    ConnectorError,
    RefusedError,
    RemoteError,
    SettingError,
    TransientError,
    UnexpectedReplyError,
)
from ml_connector.transport import (
    BrokenReplyError,
    Reply,
    Request,
    build_lost_answer,
    parse_retry_after,
)
from ml_connector.wire import WireError, as_object, decode_json


class AnaplanProblem(NamedTuple):
    """A call that did not succeed with what Anaplan said about it."""

    request: Request
    reply: Reply
    code: str
    message: str
    account: str


Builder = Callable[[AnaplanProblem], ConnectorError]


def build_error(request: Request, reply: Reply, *, account: str) -> ConnectorError:
    """Turn an answer that is no success into the error it means."""
    code, message = parse_error_body(reply)
    problem = AnaplanProblem(request, reply, code, message, account)
    if code.startswith("FAILURE_"):
        # Refresh and validate answer 400 to a token they cannot read (§1.3).
        return _sign_in_refused(problem)
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


def _sign_in_refused(problem: AnaplanProblem) -> RemoteError:
    return AccessError(
        f"Anaplan does not accept this user and password ({problem.message or 'no explanation'})",
        remedy="Check username and password. Passwords expire by the tenant's policy; where single"
        " sign-on is in force, the user must be an exception user to sign in with a password.",
        account=problem.account,
        **_common(problem),
    )


def _token_refused(problem: AnaplanProblem) -> RemoteError:
    return AccessError(
        "Anaplan does not accept our token, not even a new one",
        remedy="Check that api_url and auth_url belong to the same region, and that the user is"
        " still active.",
        account=problem.account,
        **_common(problem),
    )


def _forbidden(problem: AnaplanProblem) -> RemoteError:
    return AccessError(
        problem.message or "the user may not do this",
        remedy="Ask the workspace administrator to give the user's model role access to this"
        " object; some calls need a workspace administrator.",
        account=problem.account,
        right="model role",
        **_common(problem),
    )


def _not_found(problem: AnaplanProblem) -> ConnectorError:
    if problem.reply.body.lstrip().startswith(b"<"):
        return _not_anaplan(problem)
    return AccessError(
        f"not found ({problem.message or 'no explanation'}). Anaplan answers the same for an id"
        " that is wrong, an id in the wrong case, a user whose role has no access to the model, a"
        " file without content, and a dump that has expired",
        remedy="Check workspace_id (lower case) and model_id (upper case), the names in loads and"
        " process, and that the user's role in this model is not 'No Access'.",
        account=problem.account,
        right="model role",
        **_common(problem),
    )


def _not_anaplan(problem: AnaplanProblem) -> ConnectorError:
    return SettingError(
        problem.request.setting,
        problem.request.url.split("/2/0")[0].split("/token")[0],
        f"answers {problem.reply.status} with a web page, not as Anaplan:"
        f" {problem.reply.excerpt[:80]!r}",
        remedy="Give the address of your region, such as https://api.anaplan.com",
    )


def _transient(remedy: str) -> Builder:
    def build(problem: AnaplanProblem) -> RemoteError:
        return TransientError(
            problem.message or "not now",
            remedy=remedy,
            retry_after_s=_retry_after(problem),
            **_common(problem),
        )

    return build


def _refused(remedy: str) -> Builder:
    def build(problem: AnaplanProblem) -> RemoteError:
        return RefusedError(
            problem.message or f"refused without an explanation: {problem.reply.excerpt!r}",
            remedy=remedy,
            **_common(problem),
        )

    return build


def _server_failed(problem: AnaplanProblem) -> RemoteError:
    said = problem.message or problem.reply.excerpt or "no explanation"
    return build_lost_answer(
        f"Anaplan failed: {said}",
        problem.request,
        status=problem.reply.status,
        code=problem.code or None,
        retry_after_s=_retry_after(problem),
    )


def _misread(problem: AnaplanProblem) -> RemoteError:
    return UnexpectedReplyError(
        problem.message or "an answer the API does not document",
        excerpt=problem.reply.excerpt,
        remedy=f"Check that {problem.request.setting} is Anaplan's address for your region; if it"
        " is, report this message.",
        **_common(problem),
    )


def _redirected(problem: AnaplanProblem) -> ConnectorError:
    target = problem.reply.headers.get("Location", "?").split("?")[0]
    return SettingError(
        problem.request.setting,
        None,
        f"the server redirects {problem.request.call} to {target}",
        remedy=f"Set {problem.request.setting} to Anaplan's address for your region.",
    )


def _by_class(reply: Reply) -> Builder:
    if reply.status >= 500:  # noqa: PLR2004 - the class of server failures
        return _server_failed
    if 300 <= reply.status < 400:  # noqa: PLR2004 - the class of redirections
        return _redirected
    return _misread


class _Common(TypedDict):
    system: str
    call: str
    status: int
    code: str | None


def _common(problem: AnaplanProblem) -> _Common:
    return {
        "system": problem.request.system,
        "call": problem.request.call,
        "status": problem.reply.status,
        "code": problem.code or None,
    }


def _retry_after(problem: AnaplanProblem) -> float | None:
    return parse_retry_after(problem.reply.headers, now=problem.reply.received_at)


def _line(value: object) -> str:
    return " ".join(str(value or "").split())[:1000]


_BY_STATUS: Mapping[int, Builder] = {
    400: _refused("Anaplan did not accept the request; its own words say why."),
    401: _token_refused,
    403: _forbidden,
    404: _not_found,
    405: _misread,
    406: _misread,
    409: _transient("The model is busy. Start the run again when nobody else writes to it."),
    410: _transient("Anaplan says this has moved. Start the run again; if it stays, report it."),
    413: _refused("Make chunk_mb smaller."),
    415: _misread,
    422: _refused("The model is archived. Ask a workspace administrator to restore it."),
    423: _refused("The model is locked. Ask a workspace administrator to unlock it."),
    424: _transient("The model is offline or in maintenance. Start the run again when it is back."),
    425: _refused(
        "The model is deployed and this would change its structure. Ask the model builder to make"
        " the list production data, or to run the change through the development model."
    ),
    429: _transient("The tenant's limit of calls is used up. Start the run again later."),
}
