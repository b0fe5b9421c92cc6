"""Injected errors as Anaplan's side words them (Anaplan sheet §1.3, §1.5, §2.4, §2.5).

Three manners: the Authentication API's `FAILURE_…`, OAuth's `error`, the Integration API's
envelope. What fails at the gateway before any of them (502 to 504) is a web page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse

from ml_connector_sandbox.anaplan._http import ApiError, answer_error, answer_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response
    from starlette.types import Scope

    from ml_connector_sandbox._exchange import ErrorAnswer
    from ml_connector_sandbox._faults import Fault
    from ml_connector_sandbox.anaplan._tenant import Tenant

_GATEWAY: Mapping[int, str] = {
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}

_MESSAGES: Mapping[int, str] = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Resource not found",
    405: "Method Not Allowed",
    409: "The model is busy",
    410: "Gone",
    422: "The model is archived",
    423: "The model is locked",
    424: "The model is in maintenance",
    425: "The model is deployed",
    429: "Too Many Requests",
    500: "Internal Server Error",
}

_TOKEN_CODES: Mapping[int, tuple[str, str]] = {
    400: ("FAILURE_BAD_HEADER", "Invalid header. Verify the header."),
    401: ("FAILURE_BAD_CREDENTIAL", "Login failed. Check your credentials."),
}

_OAUTH_CODES: Mapping[int, tuple[str, str]] = {
    400: ("invalid_request", "The request is invalid."),
    401: ("invalid_grant", "The refresh token is invalid or has expired."),
    403: ("access_denied", "Access was denied."),
    429: ("slow_down", "Too many requests."),
}


def build_error_answer(tenant: Tenant) -> ErrorAnswer:
    """Return the function that words the fault `error`."""

    def answer(fault: Fault, scope: Scope) -> Response:
        path: str = scope["path"]
        if fault.status in _GATEWAY and fault.code is None:
            return _answer_page(fault)
        if path.startswith("/token/"):
            code, text = _TOKEN_CODES.get(fault.status, ("FAILURE", "The request failed."))
            body = {"status": fault.code or code, "statusMessage": fault.message or text}
            return answer_json(dict(body), status=fault.status)
        if path.startswith("/oauth/"):
            code, text = _OAUTH_CODES.get(fault.status, ("server_error", "The request failed."))
            body = {"error": fault.code or code, "error_description": fault.message or text}
            return answer_json(dict(body), status=fault.status)
        text = fault.message or _MESSAGES.get(fault.status, "The request failed")
        return answer_error(tenant, Request(scope), ApiError(fault.status, text))

    return answer


def _answer_page(fault: Fault) -> Response:
    title = f"{fault.status} {_GATEWAY[fault.status]}"
    page = f"""<html>
<head><title>{title}</title></head>
<body><center><h1>{title}</h1></center><p>{fault.message or ""}</p></body>
</html>
"""
    return HTMLResponse(page, status_code=fault.status)
