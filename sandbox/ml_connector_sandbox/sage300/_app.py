"""The Web API itself: from URL to answer (Sage sheet §1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ml_connector_sandbox.sage300 import _access
from ml_connector_sandbox.sage300._call import ROOT, Call
from ml_connector_sandbox.sage300._errors import WebApiError, error_response, unauthorized_response
from ml_connector_sandbox.sage300._gate import Gate
from ml_connector_sandbox.sage300._keys import split_segment
from ml_connector_sandbox.sage300._reading import (
    answer_companies,
    answer_metadata,
    answer_page,
    answer_record,
)
from ml_connector_sandbox.sage300._view import Look
from ml_connector_sandbox.sage300.writing._answers import (
    answer_action,
    answer_change,
    answer_insertion,
)
from ml_connector_sandbox.sage300.writing._session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300._access import Right
    from ml_connector_sandbox.sage300._records import Company, Table

__all__ = ["ORDER_SEED", "ROOT", "SageApp"]

_URL = re.compile(
    r"/Sage300WebApi/v1\.0/-/(?P<company>[^/]+)/(?P<module>[^/]+)/(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_COMPANIES = f"{ROOT}/Companies"
ORDER_SEED = "ml_connector_sandbox.order_seed"
"""Where in a request's scope the fault `shuffle` leaves what draws the order."""

_HEADERS = {"OData-Version": "4.0", "Server": "Microsoft-IIS/10.0"}
_VERBS = {"GET": "G", "POST": "P", "PUT": "U", "DELETE": "D", "PATCH": "A"}
_ACTION = re.compile(r"\s*(?:'\$(?P<quoted>\w+)'|\$(?P<bare>\w+))\s*")
_ACTIONS = {"template", "process"}


class SageApp:
    """ASGI application that reads and writes one company."""

    def __init__(
        self, company: Callable[[], Company], *, clock: VirtualClock, switches: Switches
    ) -> None:
        """Serve whatever `company` returns at the time of a request."""
        self._company = company
        self._clock = clock
        self._switches = switches
        self._gate = Gate(clock=clock, switches=switches)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        body = await request.body()
        query_string: str = scope["query_string"].decode("latin-1")
        response = self._gate.find_proxy_answer(query_string)
        if response is None:
            response = await self._answer(request, body)
        response.headers.update(_HEADERS)
        await response(scope, receive, send)

    async def _answer(self, request: Request, body: bytes) -> Response:
        path = request.scope["path"]
        found = _URL.fullmatch(path)
        limit = int(str(self._switches["query_length_max"]))
        lists_companies = path == _COMPANIES and self._switches.text("companies") == "listed"
        is_too_long = len(request.scope["query_string"]) > limit
        if is_too_long or not (found or lists_companies):
            # Not the Web API's business: IIS itself answers.
            return HTMLResponse("<h2>404 - File or directory not found.</h2>", status_code=404)
        try:
            with self._gate.passing():
                await self._gate.delay()
                user = self._check_caller(request)
                if found is None:
                    return answer_companies(self._company())
                return self._answer_api(request, found, body, user=user)
        except WebApiError as error:
            return self._refuse(error)

    def _check_caller(self, request: Request) -> str:
        switches = self._switches
        user = _access.check_credentials(request.headers.get("authorization"), switches=switches)
        _access.check_content_type(request.headers, switches=switches)
        return user

    def _refuse(self, error: WebApiError) -> Response:
        unauthorized_body = self._switches.text("unauthorized_body")
        if error.code == "Unauthorized" and unauthorized_body != "json":
            return unauthorized_response(error, body=unauthorized_body)
        return error_response(
            error,
            statuses=cast("Mapping[str, object]", self._switches["statuses"]),
            media_type=self._switches.text("error_media_type"),
        )

    def _answer_api(
        self, request: Request, found: re.Match[str], body: bytes, *, user: str
    ) -> Response:
        switches = self._switches
        company = self._company()
        if found["company"] != company.database_id:
            message = f"Company {found['company']} was not found."
            raise WebApiError("ResourceNotFound", message)
        call = Call(
            method=request.method,
            origin=f"{request.url.scheme}://{request.url.netloc}",
            company=company,
            module=found["module"],
            query_string=request.scope["query_string"].decode("latin-1"),
            body=body,
            user=user,
            switches=switches,
            look=Look(switches),
            order_seed=request.scope.get(ORDER_SEED, ""),
        )
        call.check_module()
        _access.check_module_right(call.module, switches=switches)
        if found["rest"] == "$metadata":
            return answer_metadata(call)
        name, key = split_segment(found["rest"])
        return self._answer_resource(call, call.table(name), key)

    def _answer_resource(self, call: Call, table: Table, key: str | None) -> Response:
        _check_verb(call, table, key)
        _access.check_right(call.module, _right_for(call, key), switches=self._switches)
        if call.method == "GET":
            return answer_page(call, table) if key is None else answer_record(call, table, key)
        session = Session(
            company=call.company,
            today=self._clock.today(),
            now=self._clock.now(),
            user=call.user,
            switches=self._switches,
        )
        if call.method != "POST":
            return answer_change(call, table, session, key_text=str(key))
        if key is None:
            return answer_insertion(call, table, session)
        return answer_action(call, table, session, action=_action_of(key))


def _check_verb(call: Call, table: Table, key: str | None) -> None:
    """Refuse verbs the resource does not have, on a collection or on a record.

    Raises:
        WebApiError: `MethodNotAllowed`.
    """
    resource = table.resource
    is_served = _VERBS.get(call.method, "?") in resource.verbs
    # A collection is read and added to; a record is read, changed, deleted, or acted upon.
    is_placed = key is not None or call.method in {"GET", "POST"}
    if resource.is_process and key is None:
        is_placed = False
    if not (is_served and is_placed):
        message = f"The requested resource does not support http method '{call.method}'."
        raise WebApiError("MethodNotAllowed", message)


def _right_for(call: Call, key: str | None) -> Right:
    """Return the right that a call needs: a process posts, other writing maintains (§2)."""
    if call.method == "GET":
        return "read"
    return "post" if key is not None and "process" in key and call.method == "POST" else "maintain"


def _action_of(key: str) -> str:
    """Read `('$template')` or `($template)`: both spellings are documented (§1.4).

    Raises:
        WebApiError: `InvalidAction`.
    """
    found = _ACTION.fullmatch(key)
    action = found and (found["quoted"] or found["bare"])
    if action not in _ACTIONS:
        raise WebApiError("InvalidAction", f"The action ({key}) is not supported.")
    return str(action)
