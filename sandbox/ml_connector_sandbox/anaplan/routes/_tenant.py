"""Users, workspaces, models, and who administers them (Anaplan sheet §1.6, §2.3, §3.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._http import (
    ApiError,
    Call,
    Endpoint,
    JsonObject,
    WhenBusy,
    answer_envelope,
    answer_page,
    not_found,
)
from ml_connector_sandbox.anaplan._model_state import Residence
from ml_connector_sandbox.anaplan._tenant import (
    CREATED_AT,
    MODEL_ID,
    MODEL_NAME,
    WORKSPACE_ID,
    WORKSPACE_NAME,
)
from ml_connector_sandbox.anaplan._users import USERS, Role, User

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.responses import Response

_WORKSPACE_BYTES = 10_737_418_240
_BYTES_PER_ITEM = 500


async def get_me(call: Call) -> Response:
    """The owner of the token."""
    return answer_envelope(call, "user", {"user": _describe_user(call, call.user)})


async def get_users(call: Call) -> Response:
    """Everybody in the tenant."""
    rows = [_describe_user(call, user) for user in USERS]
    rows = _search(call, rows, ("email", "firstName", "lastName"), allowed=_may_search(call))
    sortable = ("firstName", "lastName", "email", "active", "lastLoginDate")
    return answer_page(call, "user", "users", rows, sortable=sortable)


async def get_user(call: Call) -> Response:
    """One user."""
    for user in USERS:
        if user.id == call.path("user"):
            return answer_envelope(call, "user", {"user": _describe_user(call, user)})
    raise not_found()


async def get_workspaces(call: Call) -> Response:
    """The workspaces the user belongs to."""
    rows = [] if call.role is Role.NONE else [_describe_workspace(call)]
    rows = _search(call, rows, ("name",), allowed=_may_search(call))
    return answer_page(call, "workspace", "workspaces", rows, sortable=("name", "sizeAllowance"))


async def get_workspace(call: Call) -> Response:
    """404 for everybody but its administrators (§2.4)."""
    call.require_administrator()
    return answer_envelope(call, "workspace", {"workspace": _describe_workspace(call)})


async def get_administrators(call: Call) -> Response:
    """For tenant administrators; others got 500 (§1.6, L)."""
    _require_tenant_administrator(call)
    rows = [_describe_person(user) for user in USERS if user.role is Role.ADMINISTRATOR]
    return answer_page(call, "admin", "admins", rows)


async def get_visitors(call: Call) -> Response:
    """For tenant administrators as well; nobody visits this workspace."""
    _require_tenant_administrator(call)
    return answer_page(call, "visitor", "visitors", [])


async def get_models(call: Call) -> Response:
    """Every model of the tenant; one that is masked may still be listed (§2.4)."""
    is_masked = call.role is Role.NONE and call.tenant.switches.text("masked_models") == "hidden"
    rows = [] if is_masked else _list_models(call)
    rows = _search(call, rows, ("name",), allowed=call.is_tenant_administrator)
    return answer_page(call, "model", "models", rows, sortable=("name", "activeState"))


async def get_workspace_models(call: Call) -> Response:
    """The models of one workspace."""
    return answer_page(
        call, "model", "models", _list_models(call), sortable=("name", "activeState")
    )


async def get_model(call: Call) -> Response:
    """200 even for users without a role in the model (§2.4)."""
    return answer_envelope(call, "model", {"model": _describe_model(call)})


async def refuse_method(call: Call) -> Response:
    """405, though the path looks as if it could be read (§2.4)."""
    allowed = "PUT" if call.request.url.path.endswith("fiscalYear") else ""
    raise ApiError(405, "Method Not Allowed", headers={"Allow": allowed})


async def delete_models(call: Call) -> Response:
    """Delete models for good; one in memory stays, and so does one that is not there (§3.2)."""
    call.require_administrator()
    ids = (await call.read_object()).get("modelIdsToDelete")
    if not isinstance(ids, list):
        raise ApiError(400, "modelIdsToDelete is required")
    failures: list[JsonObject] = []
    for one in ids:
        problem = _delete_model(call, str(one))
        if problem:
            failures.append({"modelId": str(one), "message": problem})
    payload: JsonObject = {
        "modelsDeleted": len(ids) - len(failures),
        "bulkDeleteModelsFailures": failures,
    }
    return answer_envelope(call, "bulkDeleteModels", payload)


def _delete_model(call: Call, model_id: str) -> str:
    """Delete one model, or say why not."""
    state = call.tenant.state
    if model_id != MODEL_ID or state.is_deleted:
        return "Model not found"
    if state.residence is not Residence.CLOSED:
        return "Model is open"
    state.is_deleted = True
    return ""


def _require_tenant_administrator(call: Call) -> None:
    if not call.is_tenant_administrator:
        raise ApiError(500, "Internal Server Error")


def _may_search(call: Call) -> bool:
    """Who may search is told in two ways (§2.3)."""
    if call.is_tenant_administrator:
        return True
    widely = call.tenant.switches.text("search") == "administrators"
    return widely and call.role is Role.ADMINISTRATOR


def _search(
    call: Call, rows: list[JsonObject], fields: Iterable[str], *, allowed: bool
) -> list[JsonObject]:
    """Filter by `s`, anywhere and in any case, `%` and `_` being wildcards.

    Whoever may not search gets everything, without a word.
    """
    wanted = call.query("s")
    if not wanted or not allowed:
        return rows
    wildcards = {"%": ".*", "_": "."}
    pattern = re.compile(
        "".join(wildcards.get(one, re.escape(one)) for one in wanted), re.IGNORECASE
    )
    return [row for row in rows if any(pattern.search(str(row[name])) for name in fields)]


def _list_models(call: Call) -> list[JsonObject]:
    return [] if call.tenant.state.is_deleted else [_describe_model(call)]


def _describe_user(call: Call, user: User) -> JsonObject:
    seen = call.tenant.tokens.find_last_login(user) or CREATED_AT
    return {
        "id": user.id,
        "email": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "active": user.is_active,
        "emailOptIn": False,
        "lastLoginDate": f"{seen:%Y-%m-%dT%H:%M:%S.000+0000}",
    }


def _describe_person(user: User) -> JsonObject:
    others: Sequence[str] = ()
    return {
        "email": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "active": user.is_active,
        "otherWorkspaces": list(others),
    }


def _describe_workspace(call: Call) -> JsonObject:
    """`currentSize` only comes with `tenantDetails=true` (§3.2)."""
    row: JsonObject = {
        "id": WORKSPACE_ID,
        "name": WORKSPACE_NAME,
        "active": True,
        "sizeAllowance": _WORKSPACE_BYTES,
    }
    if call.is_set("tenantDetails"):
        row["currentSize"] = _memory_usage(call)
    return row


def _describe_model(call: Call) -> JsonObject:
    tenant = call.tenant
    row: JsonObject = {
        "id": MODEL_ID,
        "name": MODEL_NAME,
        "activeState": tenant.switches.text("activeState"),
        "currentWorkspaceId": WORKSPACE_ID,
        "currentWorkspaceName": WORKSPACE_NAME,
        "modelUrl": f"https://us1a.app.anaplan.com/workspaces/{WORKSPACE_ID}/models/{MODEL_ID}",
        "categoryValues": [],
    }
    if not call.is_set("modelDetails"):
        return row
    changed_at = tenant.model.changed_at or CREATED_AT
    return row | {
        "memoryUsage": _memory_usage(call),
        "lastSavedSerialNumber": str(tenant.model.serial),
        "modelTransactionRunning": tenant.model_lock.locked(),
        "lastModifiedByUserGuid": call.user.id,
        "isoCreationDate": f"{CREATED_AT:%Y-%m-%dT%H:%M:%S.000+0000}",
        "lastModified": f"{changed_at:%Y-%m-%dT%H:%M:%S.000+0000}",
    }


def _memory_usage(call: Call) -> int:
    return sum(items.count for items in call.tenant.model.lists.values()) * _BYTES_PER_ITEM


TENANT_ENDPOINTS = (
    Endpoint(path="/users/me", handler=get_me),
    Endpoint(path="/users/{user}", handler=get_user),
    Endpoint(path="/users", handler=get_users),
    Endpoint(path="/workspaces", handler=get_workspaces),
    Endpoint(path="/workspaces/{workspace}", handler=get_workspace),
    Endpoint(path="/workspaces/{workspace}/admins", handler=get_administrators),
    Endpoint(path="/workspaces/{workspace}/visitors", handler=get_visitors),
    Endpoint(path="/workspaces/{workspace}/bulkDeleteModels", handler=delete_models, method="POST"),
    Endpoint(path="/models", handler=get_models),
    Endpoint(path="/workspaces/{workspace}/models", handler=get_workspace_models),
    Endpoint(
        path="/models/{model}",
        handler=get_model,
        when_busy=WhenBusy.ANSWERS,
        for_everyone=True,
        in_memory=False,
    ),
    Endpoint(path="/workspaces/{workspace}/models/{model}", handler=refuse_method, in_memory=False),
)
