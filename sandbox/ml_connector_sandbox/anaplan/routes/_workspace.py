"""Users, workspaces, models, calendar and versions (Anaplan sheet §3)."""

from __future__ import annotations

from starlette.responses import Response

from ml_connector_sandbox.anaplan._http import (
    ApiError,
    Call,
    Endpoint,
    JsonObject,
    WhenBusy,
    answer_envelope,
    answer_json,
    answer_page,
    not_found,
)
from ml_connector_sandbox.anaplan._tenant import (
    CREATED_AT,
    MODEL_ID,
    MODEL_NAME,
    WORKSPACE_ID,
    WORKSPACE_NAME,
)
from ml_connector_sandbox.anaplan._users import USERS, Role, User

_WORKSPACE_BYTES = 10_737_418_240
_BYTES_PER_ITEM = 500


async def get_me(call: Call) -> Response:
    """The owner of the token."""
    return answer_envelope(call, "user", {"user": _describe_user(call, call.user)})


async def get_users(call: Call) -> Response:
    """Everybody in the tenant."""
    rows = [_describe_user(call, user) for user in USERS]
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
    return answer_page(call, "workspace", "workspaces", rows, sortable=("name", "sizeAllowance"))


async def get_workspace(call: Call) -> Response:
    """404 for everybody but its administrators (§2.4)."""
    call.require_administrator()
    return answer_envelope(call, "workspace", {"workspace": _describe_workspace(call)})


async def get_models(call: Call) -> Response:
    """The models the user may see."""
    return answer_page(
        call, "model", "models", [_describe_model(call)], sortable=("name", "activeState")
    )


async def get_model(call: Call) -> Response:
    """200 even for users without a role in the model (§2.4)."""
    return answer_envelope(call, "model", {"model": _describe_model(call)})


async def refuse_method(call: Call) -> Response:
    """405, though the path looks as if it could be read (§2.4)."""
    raise ApiError(405, f"Method Not Allowed: {call.request.method}")


async def get_status(call: Call) -> Response:
    """Bare `requestStatus`, without meta and status (§2.1)."""
    busy = call.tenant.model_lock.locked()
    status: JsonObject = {
        "peakMemoryUsageEstimate": None,
        "peakMemoryUsageTime": None,
        "progress": 0.5 if busy else -1.0,
        "currentStep": "Processing ..." if busy else "Open",
        "tooltip": None,
        "exportTaskType": None,
        "creationTime": int(call.tenant.clock.now().timestamp() * 1000),
        "taskId": None,
    }
    return answer_json({"requestStatus": status})


async def open_model(call: Call) -> Response:  # noqa: ARG001  # handlers take the call
    """202: loading goes on by itself."""
    return Response(status_code=202)


async def get_current_period(call: Call) -> Response:
    """The month of the virtual day."""
    period = _current_period(call) | {"calendarType": "Calendar Months/Quarters/Years"}
    return answer_envelope(call, "currentPeriod", {"currentPeriod": period})


async def get_calendar(call: Call) -> Response:
    """Months; fiscal years as the company's."""
    today = call.tenant.clock.today()
    calendar = call.tenant.calendar
    year, first_day, last_day = calendar.fiscal_year(today)
    body: JsonObject = {
        "calendarType": "Calendar Months/Quarters/Years",
        "currentPeriod": _current_period(call),
        "fiscalYear": {
            "year": f"FY{year % 100:02d}",
            "startDate": first_day.isoformat(),
            "endDate": last_day.isoformat(),
        },
        "pastYearsCount": year - calendar.first_year,
        "futureYearsCount": calendar.last_year - year,
        "totalsSelection": {
            "quarterTotals": False,
            "halfYearTotals": False,
            "yearToDateSummary": False,
            "yearToGoSummary": False,
            "totalOfAllPeriods": False,
        },
    }
    return answer_envelope(call, "modelCalendar", {"modelCalendar": body})


async def get_versions(call: Call) -> Response:
    """Actual and Forecast; no module of the first part uses them."""
    rows: list[JsonObject] = [
        {"id": "107000000001", "name": "Actual", "isCurrent": False, "isActual": True},
        {"id": "107000000002", "name": "Forecast", "isCurrent": True, "isActual": False},
    ]
    blank: JsonObject = {"periodText": "", "date": ""}
    rows = [row | {"editFrom": blank, "editTo": blank} for row in rows]
    return answer_envelope(call, "version", {"versionMetadata": rows})


def _current_period(call: Call) -> JsonObject:
    today = call.tenant.clock.today()
    following = today.replace(day=28)
    while following.month == today.month:
        today = following
        following = following.fromordinal(following.toordinal() + 1)
    return {"periodText": call.tenant.calendar.label(today), "lastDay": today.isoformat()}


def _describe_user(call: Call, user: User) -> JsonObject:
    return {
        "id": user.id,
        "email": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "active": True,
        "emailOptIn": False,
        "lastLoginDate": f"{call.tenant.clock.now():%Y-%m-%dT%H:%M:%S.000+0000}",
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


WORKSPACE_ENDPOINTS = (
    Endpoint(path="/users/me", handler=get_me),
    Endpoint(path="/users/{user}", handler=get_user),
    Endpoint(path="/users", handler=get_users),
    Endpoint(path="/workspaces", handler=get_workspaces),
    Endpoint(path="/workspaces/{workspace}", handler=get_workspace),
    Endpoint(path="/models", handler=get_models),
    Endpoint(path="/workspaces/{workspace}/models", handler=get_models),
    Endpoint(
        path="/models/{model}", handler=get_model, when_busy=WhenBusy.ANSWERS, for_everyone=True
    ),
    Endpoint(path="/workspaces/{workspace}/models/{model}", handler=refuse_method),
    Endpoint(path="{m}/modelCalendar/fiscalYear", handler=refuse_method),
    Endpoint(path="{m}/status", handler=get_status, when_busy=WhenBusy.ANSWERS),
    Endpoint(path="{m}/open", handler=open_model, method="POST", when_busy=WhenBusy.ANSWERS),
    Endpoint(path="{m}/currentPeriod", handler=get_current_period),
    Endpoint(path="{m}/modelCalendar", handler=get_calendar),
    Endpoint(path="{m}/versions", handler=get_versions),
)
