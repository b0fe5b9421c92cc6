"""Injected errors as Sage 300's side words them (Sage sheet §1.5, §1.6).

The Web API answers with its JSON error object; what it has no code for (423, 424), and what
fails before it is reached (502 to 504), is a page of IIS or of the proxy before it (§6, C).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from ml_connector_sandbox.sage300._errors import WebApiError, error_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response
    from starlette.types import Scope

    from ml_connector_sandbox._exchange import ErrorAnswer
    from ml_connector_sandbox._faults import Fault
    from ml_connector_sandbox._switches import Switches

_IIS = "Microsoft-IIS/10.0"
_BASIC = {"WWW-Authenticate": 'Basic realm="Sage 300 Web API"'}

_CODES: Mapping[int, tuple[str, str]] = {
    400: ("InvalidParameters", "The request is invalid."),
    401: ("Unauthorized", "Invalid user ID or password."),
    403: ("Forbidden", "The user has no right to access this resource."),
    404: ("RecordNotFound", "The record with the given key does not exist."),
    405: ("MethodNotAllowed", "The requested resource does not support this http method."),
    409: ("General", "The record has been changed by another user."),
    429: ("TooManyRequests", "Too many requests."),
    500: ("InternalServerError", "An error has occurred."),
}
"""Code and text of a status the Web API itself answers with; `code` and `message` replace them."""

_PAGES: Mapping[int, tuple[str, str]] = {
    423: ("Locked", "The resource you are looking for is locked."),
    424: ("Failed Dependency", "The request failed due to the failure of a previous request."),
    502: (
        "Bad Gateway",
        "The server received an invalid response while acting as a gateway or proxy.",
    ),
    503: ("Service Unavailable", "The service is unavailable."),
    504: ("Gateway Timeout", "The request timed out."),
}


def build_error_answer(switches: Switches) -> ErrorAnswer:
    """Return the function that words the fault `error`."""

    def answer(fault: Fault, _scope: Scope) -> Response:
        known = _CODES.get(fault.status)
        if known is None and fault.code is None:
            return _answer_page(fault)
        code, text = known or ("General", "An error has occurred.")
        code = fault.code or code
        headers = _BASIC if code == "Unauthorized" else None
        error = WebApiError(code, fault.message or text, headers=headers)
        response = error_response(
            error,
            statuses={code: fault.status},
            media_type=switches.text("error_media_type"),
        )
        response.headers.update({"OData-Version": "4.0", "Server": _IIS})
        return response

    return answer


def _answer_page(fault: Fault) -> Response:
    title, text = _PAGES.get(fault.status, ("Error", "The page cannot be displayed."))
    page = f"""<!DOCTYPE html>
<html><head><title>{fault.status} - {title}</title></head>
<body><h1>Server Error</h1><h2>{fault.status} - {title}</h2>
<p>{fault.message or text}</p></body></html>
"""
    return HTMLResponse(page, status_code=fault.status, headers={"Server": _IIS})
