"""The model as a whole: in memory or not, its calendar and versions (Anaplan sheet §3.2, §3.4).

Some of these calls change what every user of the model sees; all of those are for workspace
administrators.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

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
from ml_connector_sandbox.anaplan._model_settings import (
    CALENDAR_TYPE,
    VERSIONS,
    Version,
    last_day_of_month,
)
from ml_connector_sandbox.anaplan._model_state import Residence
from ml_connector_sandbox.anaplan._switchboard import read_number
from ml_connector_sandbox.anaplan._users import Role
from ml_connector_sandbox.anaplan.routes._tenant import refuse_method

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._calendar import Calendar
    from ml_connector_sandbox.anaplan._task_book import Task

_RESET_WITH_ITEMS = (
    "We can't reset the list item index of a list that contains data. Select an empty list that "
    "doesn't contain any list items."
)
_RESET_DEPLOYED = (
    "We cannot reset a list if the list is not production data and the model is in deployed mode."
)


# --- in memory or not -----------------------------------------------------------------------


async def get_status(call: Call) -> Response:
    """Bare `requestStatus`, without meta and status; `progress` -1 is idle (§2.1, §3.4)."""
    task = call.tenant.tasks.running
    residence = call.tenant.state.residence
    status: JsonObject = {
        "peakMemoryUsageEstimate": None,
        "peakMemoryUsageTime": None,
        "progress": 0.5 if residence is Residence.OPENING else -1.0,
        "currentStep": residence.value,
        "tooltip": None,
        "exportTaskType": None,
        "creationTime": int(call.tenant.clock.now().timestamp() * 1000),
        "taskId": None,
    }
    if task is not None:
        status |= _describe_running(task)
    elif call.tenant.model_lock.locked():
        status |= {"progress": 0.5, "currentStep": "Updating"}
    return answer_json({"requestStatus": status})


def _describe_running(task: Task) -> JsonObject:
    """Who runs what since when, as the tooltip of the interface tells (§3.4)."""
    name = f"{task.user.first_name} {task.user.last_name}"
    since = f"{task.created_at:%H:%M:%S}"
    return {
        "progress": task.progress,
        "currentStep": "Processing ...",
        "tooltip": f"{name} is running {task.kind} {task.object_id} since {since}",
        "taskId": task.id,
    }


async def open_model(call: Call) -> Response:
    """202: loading goes on by itself."""
    call.require_administrator()
    call.tenant.state.open(load_ms=read_number(call.tenant.switches, "load_ms"))
    return Response(status_code=202)


async def close_model(call: Call) -> Response:
    """204: everybody is thrown out, and the next request loads the model again."""
    call.require_administrator()
    call.tenant.state.close()
    return Response(status_code=204)


# --- calendar -------------------------------------------------------------------------------


def _require_calendar_role(call: Call) -> None:
    """The published description asks for an administrator, no other source does (§1.6)."""
    if call.tenant.switches.text("calendar_role") == "administrator":
        call.require_administrator()


async def get_current_period(call: Call) -> Response:
    """The month of the virtual day, unless somebody has set another."""
    _require_calendar_role(call)
    return _answer_current_period(call)


async def set_current_period(call: Call) -> Response:
    """Set it by query or body, never both; a blank date resets it (§3.2)."""
    call.require_administrator()
    in_query = call.request.query_params.get("date")
    in_body = (await call.read_object()).get("date") if await call.request.body() else None
    if in_query is not None and in_body is not None:
        raise ApiError(400, "Date must be given as query parameter or in the body, not both")
    given = in_body if in_query is None else in_query
    if given is None:
        raise ApiError(400, "Date is required")
    day = _read_day(call.tenant.calendar, given) if given != "" else None
    call.tenant.settings.set_current_period(day)
    call.tenant.record_change()
    return _answer_current_period(call)


async def get_calendar(call: Call) -> Response:
    """Months; fiscal years as the company's."""
    _require_calendar_role(call)
    calendar = call.tenant.calendar
    year, fiscal_year = _describe_fiscal_year(call)
    body: JsonObject = {
        "calendarType": CALENDAR_TYPE,
        "currentPeriod": _describe_current_period(call),
        "fiscalYear": fiscal_year,
        "pastYearsCount": year - calendar.first_year,
        "futureYearsCount": calendar.last_year - year,
        "totalsSelection": _describe_totals(call),
    }
    return answer_envelope(call, "modelCalendar", {"modelCalendar": body})


async def set_fiscal_year(call: Call) -> Response:
    """Make a year like `FY21` the current one: the timescale moves with it (§3.2)."""
    call.require_administrator()
    given = str((await call.read_object()).get("year"))
    digits = given.removeprefix("FY")
    if not given.startswith("FY") or not digits.isdecimal() or not digits.isascii():
        raise ApiError(400, f"Invalid fiscal year: {given}")
    century = 2000 if len(digits) <= len("99") else 0
    try:
        call.tenant.set_fiscal_year(century + int(digits))
    except ValueError:
        raise ApiError(400, f"Invalid fiscal year: {given}") from None
    body: JsonObject = {"modelCalendar": {"fiscalYear": _describe_fiscal_year(call)[1]}}
    return answer_envelope(call, "modelCalendar", body)


def _answer_current_period(call: Call) -> Response:
    period = _describe_current_period(call) | {"calendarType": CALENDAR_TYPE}
    return answer_envelope(call, "currentPeriod", {"currentPeriod": period})


def _describe_current_period(call: Call) -> JsonObject:
    day = call.tenant.settings.current_period(call.tenant.clock.today())
    if day is None:
        return {"periodText": "", "lastDay": ""}
    last = last_day_of_month(day)
    return {"periodText": call.tenant.calendar.label(last), "lastDay": last.isoformat()}


def _describe_fiscal_year(call: Call) -> tuple[int, JsonObject]:
    day = call.tenant.settings.fiscal_day(call.tenant.clock.today())
    year, first, last = call.tenant.calendar.fiscal_year(day)
    return year, {
        "year": f"FY{year % 100:02d}",
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
    }


def _describe_totals(call: Call) -> JsonObject:
    """No totals; how the keys are spelt is told in two ways (§12: S1 and S2 disagree)."""
    names = ("QuarterTotals", "HalfYearTotals", "YearToDateSummary", "YearToGoSummary")
    prefixed = call.tenant.switches.text("totals_selection") == "prefixed"
    return {
        f"is{name}" if prefixed else name[0].lower() + name[1:]: False
        for name in (*names, "TotalOfAllPeriods")
    }


def _read_day(calendar: Calendar, given: object) -> dt.date:
    try:
        day = dt.datetime.strptime(str(given), "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        message = f"Invalid ISO date format '{given}'. Date should match format YYYY-MM-DD"
        raise ApiError(400, message) from None
    if calendar.find_month(day) is None:
        first = calendar.first_day(0)
        last = last_day_of_month(calendar.first_day(len(calendar.months) - 1))
        message = f"Specified date '{given}' is out of timescale range {first} - {last}"
        raise ApiError(400, message)
    return day


# --- versions -------------------------------------------------------------------------------


async def get_versions(call: Call) -> Response:
    """Actual and Forecast; no module uses them."""
    _require_calendar_role(call)
    rows = [_describe_version(call, one) for one in VERSIONS]
    return answer_page(call, "version", "versionMetadata", rows)


async def set_switchover(call: Call) -> Response:
    """Set a version's switchover date, later than before; blank resets it (§3.2)."""
    call.require_administrator()
    version = next((one for one in VERSIONS if one.id == call.path("version")), None)
    if version is None:
        raise not_found()
    given = (await call.read_object()).get("date")
    switchovers = call.tenant.settings.switchovers
    if version.is_actual or given is None:
        raise ApiError(400, "A switchover date is for forecast versions")
    if given == "":
        switchovers.pop(version.id, None)
    else:
        day = _read_day(call.tenant.calendar, given)
        if day <= switchovers.get(version.id, dt.date.min):
            raise ApiError(400, f"The switchover date '{given}' is not after the present one")
        switchovers[version.id] = day
    call.tenant.record_change()
    described = _describe_switchover(call, version) | {"calendarType": CALENDAR_TYPE}
    return answer_envelope(call, "switchover", {"versionSwitchover": described})


def _describe_version(call: Call, version: Version) -> JsonObject:
    blank: JsonObject = {"periodText": "", "date": ""}
    row: JsonObject = {
        "id": version.id,
        "name": version.name,
        "isCurrent": not version.is_actual,
        "isActual": version.is_actual,
        "editFrom": blank,
        "editTo": blank,
    }
    if version.id in call.tenant.settings.switchovers:
        row["switchover"] = _describe_switchover(call, version)
    return row


def _describe_switchover(call: Call, version: Version) -> JsonObject:
    day = call.tenant.settings.switchovers.get(version.id)
    if day is None:
        return {"periodText": "", "date": ""}
    return {
        "periodText": call.tenant.calendar.label(day),
        "date": day.replace(day=1).isoformat(),
    }


# --- the rest -------------------------------------------------------------------------------


async def reset_list_index(call: Call) -> Response:
    """Begin the item index of an empty list anew; 200 without a body (§3.2)."""
    call.require_administrator()
    model = call.tenant.model
    definition = model.find_list(call.path("list"))
    if definition is None or definition.id != call.path("list"):
        raise not_found()
    if model.lists[definition.name].count:
        raise ApiError(400, _RESET_WITH_ITEMS)
    if call.tenant.is_frozen(definition):
        raise ApiError(400, _RESET_DEPLOYED)
    model.reset_index(definition.name)
    call.tenant.record_change()
    return Response(status_code=200)


async def get_dashboards(call: Call) -> Response:
    """None: the blueprint has no dashboards."""
    return answer_page(call, "dashboard", "dashboards", [])


async def get_solution_logs(call: Call) -> Response:
    """403 before anything is looked up, else 404: no action of the blueprint optimises."""
    if call.role is not Role.ADMINISTRATOR:
        raise ApiError(403, "Forbidden")
    raise not_found()


_ANSWERS = WhenBusy.ANSWERS
_LOGS = "/workspaces/{workspace}/models/{model}/optimizeActions/{object}/tasks/{task}/solutionLogs"
SETTINGS_ENDPOINTS = (
    Endpoint(path="{m}/status", handler=get_status, when_busy=_ANSWERS, in_memory=False),
    Endpoint(
        path="{m}/open", handler=open_model, method="POST", when_busy=_ANSWERS, in_memory=False
    ),
    Endpoint(
        path="{m}/close", handler=close_model, method="POST", when_busy=_ANSWERS, in_memory=False
    ),
    Endpoint(path="{m}/currentPeriod", handler=get_current_period),
    Endpoint(path="{m}/currentPeriod", handler=set_current_period, method="PUT"),
    Endpoint(path="{m}/modelCalendar", handler=get_calendar),
    Endpoint(path="{m}/modelCalendar/fiscalYear", handler=refuse_method, in_memory=False),
    Endpoint(path="{m}/modelCalendar/fiscalYear", handler=set_fiscal_year, method="PUT"),
    Endpoint(path="{m}/versions", handler=get_versions),
    Endpoint(path="{m}/versions/{version}/switchover", handler=set_switchover, method="PUT"),
    Endpoint(path="{m}/lists/{list}/resetIndex", handler=reset_list_index, method="POST"),
    Endpoint(path="{m}/dashboards", handler=get_dashboards),
    Endpoint(path=_LOGS, handler=get_solution_logs, produces=("text/plain", "application/json")),
)
