"""The Authentication API: authenticate, refresh, validate, logout (Anaplan sheet §1.3, §1.4).

Its errors are not the Integration API's envelope; all answers are live-tested (L). Only
`AnaplanAuthToken` opens it: `Bearer` is a malformed header here (§1.2).
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from ml_connector_sandbox._wire import decode_object
from ml_connector_sandbox.anaplan._certificates import CertificateError
from ml_connector_sandbox.anaplan._http import JsonObject, answer_json
from ml_connector_sandbox.anaplan._users import CUSTOMER_ID, User, find_user

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from ml_connector_sandbox.anaplan._tenant import Tenant
    from ml_connector_sandbox.anaplan._tokens import Token

_META: JsonObject = {"validationUrl": "https://auth.anaplan.com/token/validate"}


def build_token_routes(tenant: Tenant) -> list[Route]:
    """Return the four routes."""
    answers = _TokenAnswers(tenant)
    routes: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
        ("POST", "/token/authenticate", answers.authenticate),
        ("POST", "/token/refresh", answers.refresh),
        ("GET", "/token/validate", answers.validate),
        ("POST", "/token/logout", answers.logout),
    ]
    return [Route(path, handler, methods=[method]) for method, path, handler in routes]


class _TokenAnswers:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def authenticate(self, request: Request) -> Response:
        """201 with a new token; documents say 200."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        match scheme:
            case "Basic":
                return self._log_in(_decode_basic(value))
            case "CACertificate":
                return await self._log_in_with_certificate(request, value)
            case _:
                return _refuse_header(401)

    def _log_in(self, credentials: tuple[str, str] | None) -> Response:
        """Under single sign-on, passwords are for exception users; they may have expired (§1.3)."""
        if credentials is None:
            return _refuse_header(401)
        user = find_user(email=credentials[0], password=credentials[1])
        switches = self._tenant.switches
        if user is None:
            return _refuse(401, "FAILURE_BAD_CREDENTIAL", "Login failed. Check your credentials.")
        if switches.text("passwords") == "expired":
            return _refuse(401, "FAILURE_BAD_CREDENTIAL", "The password has expired.")
        if switches.text("sso") == "on" and not user.is_exception:
            return _refuse(401, "FAILURE_BAD_CREDENTIAL", "Log in through single sign-on.")
        return self._welcome(user)

    async def _log_in_with_certificate(self, request: Request, value: str) -> Response:
        try:
            given = decode_object(await request.body())
            user = self._tenant.certificates.authenticate(
                value, data=given.get("encodedData"), signature=given.get("encodedSignedData")
            )
        except CertificateError as refusal:
            return _refuse(401, "FAILURE_BAD_CREDENTIAL", str(refusal))
        except ValueError:
            return _refuse_header(401)
        return self._welcome(user)

    def _welcome(self, user: User) -> Response:
        token = self._tenant.tokens.issue(user)
        return answer_json(_describe(token, "Login successful"), status=201)

    async def refresh(self, request: Request) -> Response:
        """The value stays; only the end of the token moves."""
        token = self._find(request)
        if token is None:
            return _refuse_token(request, malformed=400)
        self._tenant.tokens.refresh(token)
        return answer_json(_describe(token, "Token refreshed"))

    async def validate(self, request: Request) -> Response:
        """Who the token belongs to and when it ends."""
        token = self._find(request)
        if token is None:
            return _refuse_token(request, malformed=400)
        info: JsonObject = {"expiresAt": token.expires_at_ms, "tokenId": token.id}
        body = _describe(token, "Token validated") | {
            "tokenInfo": info,
            "userInfo": _describe_user(token.user),
        }
        return answer_json(body)

    async def logout(self, request: Request) -> Response:
        """204, and the token is worth nothing any more."""
        token = self._find(request)
        if token is None:
            return _refuse_token(request, malformed=401)
        self._tenant.tokens.revoke(token)
        return Response(status_code=204)

    def _find(self, request: Request) -> Token | None:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        return self._tenant.find_token(scheme, value) if scheme == "AnaplanAuthToken" else None


def _decode_basic(value: str) -> tuple[str, str] | None:
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    email, colon, password = text.partition(":")
    return (email, password) if colon else None


def _describe(token: Token, message: str) -> JsonObject:
    info: JsonObject = {
        "expiresAt": token.expires_at_ms,
        "tokenId": token.id,
        "tokenValue": token.value,
        "refreshTokenId": token.refresh_id,
    }
    return {"meta": _META, "status": "SUCCESS", "statusMessage": message, "tokenInfo": info}


def _describe_user(user: User) -> JsonObject:
    return {"userGuid": user.id, "userId": user.email, "customerGuid": CUSTOMER_ID}


def _refuse(status: int, code: str, message: str) -> Response:
    return answer_json({"status": code, "statusMessage": message}, status=status)


def _refuse_header(status: int) -> Response:
    return _refuse(status, "FAILURE_BAD_HEADER", "Invalid header. Verify the header.")


def _refuse_token(request: Request, *, malformed: int) -> Response:
    """A header of the right form holds a spent token: 401; any other form: `malformed`."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme != "AnaplanAuthToken" or not value:
        return _refuse_header(malformed)
    return _refuse(401, "FAILURE_BAD_CREDENTIAL", "Token is invalid or has expired.")
