"""What every answer of the Integration API has in common (Anaplan sheet §2).

Envelope, paging with its wrong `next`, sorting, error bodies, and the way a request is admitted:
rate limit, token, workspace and model ids, role.
"""

from __future__ import annotations

import datetime as dt
import email.utils
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from ml_connector_sandbox._wire import decode_json, encode_json
from ml_connector_sandbox.anaplan._switchboard import read_number
from ml_connector_sandbox.anaplan._tenant import MODEL_ID, WORKSPACE_ID, Tenant
from ml_connector_sandbox.anaplan._users import Role, User

if TYPE_CHECKING:
    from starlette.requests import Request

ROOT = "/2/0"
PAGE_MAX = 5000
PAGE_OF_NEXT = 20
_COUNT_MAX = 2_147_483_647
JSON_TYPE = "application/json"
_SCHEMA_ROOT = "https://api.anaplan.com/2/0"

JsonObject = dict[str, object]


class ApiError(Exception):
    """A refusal; becomes the error envelope of §2.4."""

    def __init__(
        self, status: int, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        """Refuse with `status` and `message`."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


def not_found(message: str = "Resource not found") -> ApiError:
    """Return the refusal that also masks missing rights (§2.4)."""
    return ApiError(404, message)


class WhenBusy(Enum):
    """What a call does while a task has the model (§8)."""

    ANSWERS = "answers"
    WAITS = "waits"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request that was admitted."""

    tenant: Tenant
    request: Request
    user: User
    role: Role

    @property
    def is_tenant_administrator(self) -> bool:
        """Whether the user administers the tenant (§1.6)."""
        return self.tenant.is_tenant_administrator(self.user)

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        """Return a query parameter."""
        return self.request.query_params.get(name, default)

    def is_set(self, name: str) -> bool:
        """Tell whether a flag of the query says true."""
        return self.query(name).lower() == "true"

    async def read_json(self) -> object:
        """Return the body.

        Raises:
            ApiError: 415 for another content type, 400 for text that is not JSON.
        """
        content_type = self.request.headers.get("content-type", "").split(";")[0].strip().lower()
        if content_type != JSON_TYPE:
            raise ApiError(415, "Unsupported Media Type")
        try:
            return decode_json(await self.request.body())
        except ValueError:
            raise ApiError(400, "Malformed JSON request body") from None

    async def read_object(self) -> JsonObject:
        """Return the body, which must be an object."""
        body = await self.read_json()
        if not isinstance(body, dict):
            raise ApiError(400, "Malformed JSON request body")
        return body

    def require_administrator(self) -> None:
        """Mask the resource from everybody else."""
        if self.role is not Role.ADMINISTRATOR:
            raise not_found()


Handler = Callable[[Call], Awaitable[Response]]
_Guarded = Callable[["Request"], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One route: where, what, and how it is guarded."""

    path: str
    handler: Handler
    method: str = "GET"
    when_busy: WhenBusy = WhenBusy.WAITS
    produces: tuple[str, ...] = (JSON_TYPE,)
    for_everyone: bool = False
    """Answer users without a role in the model, too (§2.4)."""
    in_memory: bool = True
    """Load a model that nobody has used before answering (§3.4)."""


def build_routes(tenant: Tenant, endpoints: Sequence[Endpoint]) -> list[Route]:
    """Return the routes; `{m}` in a path stands for both forms of a model's path (§3.2)."""
    handlers: dict[str, dict[str, _Guarded]] = {}
    for endpoint in endpoints:
        forms = [endpoint.path]
        if endpoint.path.startswith("{m}"):
            rest = endpoint.path.removeprefix("{m}")
            forms = [
                f"/models/{{model}}{rest}",
                f"/workspaces/{{workspace}}/models/{{model}}{rest}",
            ]
        for form in forms:
            handlers.setdefault(form, {})[endpoint.method] = _guard(tenant, endpoint)
    return [
        # One route for all methods of a path, so that `Allow` of a 405 names them all.
        Route(ROOT + form, _choose(by_method), methods=list(by_method))
        for form, by_method in handlers.items()
    ]


def _choose(by_method: Mapping[str, _Guarded]) -> _Guarded:
    async def chosen(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await by_method[method](request)

    return chosen


def _guard(tenant: Tenant, endpoint: Endpoint) -> _Guarded:
    async def guarded(request: Request) -> Response:
        _take_from_bucket(tenant)
        user = _find_user(tenant, request)
        role = tenant.role_of(user)
        _check_path(tenant, endpoint, request, role)
        _check_accept(endpoint, request)
        call = Call(tenant=tenant, request=request, user=user, role=role)
        # Before it waits: what has been sent takes effect, whether the client still listens or not.
        await request.body()
        if "model" in request.path_params and endpoint.in_memory:
            await tenant.state.load(load_ms=read_number(tenant.switches, "load_ms"))
        if "model" not in request.path_params or endpoint.when_busy is WhenBusy.ANSWERS:
            return await endpoint.handler(call)
        if tenant.model_lock.locked() and tenant.switches.text("busy_model") != "queue":
            raise ApiError(409, "The model is busy")
        async with tenant.model_lock:
            return await endpoint.handler(call)

    return guarded


def _take_from_bucket(tenant: Tenant) -> None:
    wait_s = tenant.bucket.take(read_number(tenant.switches, "requests_per_minute"))
    if not wait_s:
        return
    form = tenant.switches.text("retry_after")
    headers = {}
    if form == "seconds":
        headers["Retry-After"] = str(wait_s)
    elif form == "date":
        moment = tenant.clock.now() + dt.timedelta(seconds=wait_s)
        headers["Retry-After"] = email.utils.format_datetime(moment, usegmt=True)
    raise ApiError(429, "Too Many Requests", headers=headers)


def _find_user(tenant: Tenant, request: Request) -> User:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    token = tenant.find_token(scheme, value)
    if token is None:
        raise ApiError(401, "Unauthorized")
    return token.user


def _check_path(tenant: Tenant, endpoint: Endpoint, request: Request, role: Role) -> None:
    workspace = request.path_params.get("workspace", WORKSPACE_ID)
    model = request.path_params.get("model")
    if workspace != WORKSPACE_ID or model not in (None, MODEL_ID):
        raise not_found()
    if model is not None and tenant.state.is_deleted:
        raise not_found()
    if model is None or endpoint.for_everyone:
        return
    if role is Role.NONE or not _is_granted(tenant, endpoint, role):
        raise not_found()
    refusals = {
        "LOCKED": (423, "The model is locked"),
        "ARCHIVED": (422, "The model is archived"),
        "MAINTENANCE": (424, "The model is in maintenance"),
        "PRODUCTION_MAINTENANCE": (424, "The model is in maintenance"),
    }
    refusal = refusals.get(tenant.switches.text("activeState"))
    if refusal is not None:
        raise ApiError(*refusal)


def _is_granted(tenant: Tenant, endpoint: Endpoint, role: Role) -> bool:
    """Standard users run what their model role was granted (§1.6)."""
    runs = endpoint.method == "POST" and endpoint.path.endswith("/tasks")
    withheld = tenant.switches.text("granted_actions") == "none"
    return not (runs and withheld and role is Role.STANDARD)


def _check_accept(endpoint: Endpoint, request: Request) -> None:
    accept = request.headers.get("accept", "*/*")
    wanted = [part.split(";")[0].strip() for part in accept.split(",")]
    families = {produced.split("/")[0] + "/*" for produced in endpoint.produces}
    if not any(one in ("*/*", "", *endpoint.produces, *families) for one in wanted):
        raise ApiError(406, "Not Acceptable")


# --- answers --------------------------------------------------------------------------------


def answer_json(body: JsonObject, *, status: int = 200) -> Response:
    """Return a JSON answer."""
    return Response(encode_json(body), status_code=status, media_type=JSON_TYPE)


def answer_envelope(call: Call, kind: str, payload: JsonObject) -> Response:
    """Return an answer with `meta` and `status`; empty lists lose their key (§2.1)."""
    body: JsonObject = {"meta": {"schema": schema_of(call, kind)}, "status": SUCCESS}
    return answer_json(body | {key: value for key, value in payload.items() if value != []})


SUCCESS: JsonObject = {"code": 200, "message": "Success"}


def schema_of(call: Call, kind: str) -> str:
    """Return `meta.schema` of an object type (§2.1)."""
    model = call.request.path_params.get("model")
    middle = f"/models/{model}" if model else ""
    return f"{_SCHEMA_ROOT}{middle}/objects/{kind}"


def answer_page(
    call: Call, kind: str, key: str, rows: Sequence[JsonObject], *, sortable: tuple[str, ...] = ()
) -> Response:
    """Return one page of a collection, with `meta.paging`.

    `sortable` names the fields of the collections that validate `sort` (§2.3).
    """
    ordered = _sort(list(rows), call.query("sort"), sortable)
    offset = _read_count(call, "offset", 0)
    limit = min(_read_count(call, "limit", PAGE_MAX, least=1), PAGE_MAX)
    page = ordered[offset : offset + limit]
    paging = _build_paging(call, len(page), len(ordered))
    body: JsonObject = {
        "meta": {"schema": schema_of(call, kind), "paging": paging},
        "status": SUCCESS,
    }
    if page:
        body[key] = page
    return answer_json(body)


def _build_paging(call: Call, size: int, total: int) -> JsonObject:
    """`next` advances by 20 where no limit was sent, though up to 5,000 rows came (§2.2)."""
    offset = _read_count(call, "offset", 0)
    step = _read_count(call, "limit", PAGE_OF_NEXT, least=1)
    paging: JsonObject = {"currentPageSize": size, "totalSize": total, "offset": offset}
    url = call.request.url
    if offset + step < total:
        paging["next"] = str(url.include_query_params(limit=step, offset=offset + step))
    if offset > 0:
        previous = max(0, offset - step)
        paging["previous"] = str(url.include_query_params(limit=step, offset=previous))
    return paging


def _read_count(call: Call, name: str, default: int, *, least: int = 0) -> int:
    text = call.query(name, str(default))
    if not text.isascii() or not text.isdecimal() or not least <= int(text) <= _COUNT_MAX:
        raise ApiError(400, f"Invalid value for parameter {name}")
    return int(text)


def _sort(rows: list[JsonObject], sort: str, sortable: tuple[str, ...]) -> list[JsonObject]:
    """Sort by fields separated by commas; only three collections check them (§2.3)."""
    for key in reversed(sort.split(",") if sort else []):
        # A plus sign in a query is a blank once it is decoded.
        sign, name = (key[0], key[1:]) if key[:1] in ("+", "-", " ") else ("", key)
        if sortable and (not sign or name not in sortable):
            raise ApiError(400, f"Invalid sort parameter: {sort}")
        if all(name in row for row in rows):
            rows = sorted(rows, key=lambda row: _sort_key(row[name]), reverse=sign == "-")
    return rows


def _sort_key(value: object) -> tuple[bool, float | str]:
    """Numbers by size, everything else as text."""
    return (False, value) if isinstance(value, int) else (True, str(value))


def answer_error(tenant: Tenant, request: Request, error: ApiError) -> Response:
    """Return the error envelope (§2.4)."""
    now = tenant.clock.now()
    body: JsonObject = {
        "status": {"code": error.status, "message": error.message},
        "path": request.url.path,
        "timestamp": f"{now:%Y-%m-%dT%H:%M:%S.%f}000Z",
    }
    answer = answer_json(body, status=error.status)
    answer.headers.update(error.headers)
    return answer
