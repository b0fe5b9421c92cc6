"""Errors as the Web API words them (Sage sheet §1.5, §1.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from ml_connector_sandbox._wire import encode_json

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUSES: Mapping[str, int] = {
    "InvalidParameters": 400,
    "InvalidEntityKey": 400,
    "InvalidPayload": 400,
    "InvalidAction": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "RecordNotFound": 404,
    "ResourceNotFound": 404,
    "MethodNotAllowed": 405,
    "General": 409,
    "FieldInvalid": 409,
    "RecordDuplicate": 409,
    "RecordInvalid": 409,
    "TooManyRequests": 429,
    "InternalServerError": 500,
    "DBLinkError": 500,
    "SessionError": 500,
}
"""HTTP status per error code; the switch `statuses` overrides single ones (unknown 2)."""


class WebApiError(Exception):
    """A request the Web API refuses."""

    def __init__(
        self, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        """Refuse with one of the codes of `STATUSES`."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def unauthorized_response(error: WebApiError, *, body: str) -> Response:
    """Build a 401 that is not the Web API's own: IIS's page, or nothing (unknown 20)."""
    text = "<h2>401 - Unauthorized: Access is denied.</h2>" if body == "html" else ""
    media_type = "text/html" if text else None
    status = STATUSES[error.code]
    return Response(text, status_code=status, headers=error.headers, media_type=media_type)


def error_response(
    error: WebApiError, *, statuses: Mapping[str, object], media_type: str
) -> Response:
    """Build the answer for `error`; `statuses` overrides the table."""
    status = int(str(statuses.get(error.code, STATUSES[error.code])))
    body = {
        "error": {"code": error.code, "message": {"lang": "en-US", "value": error.message}},
    }
    return Response(
        encode_json(body), status_code=status, headers=error.headers, media_type=media_type
    )
