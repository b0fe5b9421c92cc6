"""The Starlette application: every imitated route, and errors in the API's own shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from ml_connector_sandbox.anaplan._http import ApiError, answer_error, build_routes
from ml_connector_sandbox.anaplan.routes._cells import CELL_ENDPOINTS
from ml_connector_sandbox.anaplan.routes._definitions import DEFINITION_ENDPOINTS
from ml_connector_sandbox.anaplan.routes._files import FILE_ENDPOINTS
from ml_connector_sandbox.anaplan.routes._items import ITEM_ENDPOINTS
from ml_connector_sandbox.anaplan.routes._oauth import build_oauth_routes
from ml_connector_sandbox.anaplan.routes._reads import READ_ENDPOINTS
from ml_connector_sandbox.anaplan.routes._settings import SETTINGS_ENDPOINTS
from ml_connector_sandbox.anaplan.routes._tasks import TASK_ENDPOINTS
from ml_connector_sandbox.anaplan.routes._tenant import TENANT_ENDPOINTS
from ml_connector_sandbox.anaplan.routes._tokens import build_token_routes
from ml_connector_sandbox.anaplan.routes._views import VIEW_ENDPOINTS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from ml_connector_sandbox.anaplan._tenant import Tenant

_MESSAGES = {404: "Resource not found", 405: "Method Not Allowed"}


def create_app(tenant: Tenant) -> ASGIApp:
    """Return the application that answers the imitated paths for `tenant`."""

    async def refuse(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException):
            message = _MESSAGES.get(error.status_code, error.detail)
            error = ApiError(error.status_code, message, headers=error.headers)
        if not isinstance(error, ApiError):
            error = ApiError(500, "Internal Server Error")
        return answer_error(tenant, request, error)

    endpoints = (
        *TENANT_ENDPOINTS,
        *SETTINGS_ENDPOINTS,
        *DEFINITION_ENDPOINTS,
        *FILE_ENDPOINTS,
        *TASK_ENDPOINTS,
        *VIEW_ENDPOINTS,
        *ITEM_ENDPOINTS,
        *CELL_ENDPOINTS,
        *READ_ENDPOINTS,
    )
    app = Starlette(
        routes=[
            *build_token_routes(tenant),
            *build_oauth_routes(tenant),
            *build_routes(tenant, endpoints),
        ],
        exception_handlers={ApiError: refuse, HTTPException: refuse},
    )
    app.router.redirect_slashes = False
    return _WithoutTrailingSlash(app)


class _WithoutTrailingSlash:
    """Answers `…/imports/` like `…/imports`, as the published description spells one of them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and len(scope["path"]) > 1 and scope["path"].endswith("/"):
            scope = dict(scope) | {"path": scope["path"].rstrip("/")}
        await self._app(scope, receive, send)
