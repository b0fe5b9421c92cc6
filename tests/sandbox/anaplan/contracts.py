"""Answers of the sandbox against the published OpenAPI descriptions, as every test gets them.

A sandbox written by the people who wrote the client must not share their mistakes. So every answer
a helper of this folder receives is matched with the operation it belongs to and checked: status,
content type, schema, and no key at any depth that the description does not know. What the
descriptions get wrong, or leave out, is exempted by name with its reason.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = Path(__file__).parents[4] / "shared" / "contracts" / "anaplan"
INTEGRATION_ROOT = "/2/0"
JSON_TYPE = "application/json"
Json = dict[str, Any]

_MODEL = "/workspaces/{workspaceId}/models/{modelId}"

EXEMPT_KEYS: Mapping[str, str] = {
    "task.type": "seen in live answers (fact sheet §5.2)",
    "viewReadRequest.viewName": "seen in live answers (§7.4)",
    "metadata.nextItemIndex": "the description has nextitemIndex; clients read this one (§3.3)",
    "lists.category": "a field of list metadata (§3.3)",
    "metadata.properties.formatMetadata": "the format of a property (§3.3)",
    "processMetadata.actions": "the steps of a process (§3.3); one form of the path lacks them",
    **{
        f"modelCalendar.totalsSelection.{name}": "anaplan-sdk needs this spelling; a switch (§12)"
        for name in (
            *("quarterTotals", "halfYearTotals", "yearToDateSummary", "yearToGoSummary"),
            "totalOfAllPeriods",
        )
    },
    "failures": "list and cell writes (§7.1, §7.3)",
    "items.formatMetadata.textType": "text formats as help pages show them (§3.3)",
    "items.formatMetadata.hierarchyEntityLongId": "list formats as help pages show them (§3.3)",
    "items.formatMetadata.selectiveAccessApplied": "list formats (§3.3)",
    "items.formatMetadata.showAll": "list formats (§3.3)",
    "items.formatMetadata.customUnits": "number formats (§3.3)",
}
"""Keys the descriptions do not know, by their path in the answer, and why they are right."""

EXEMPT_OPERATION_KEYS: Mapping[tuple[str, str], tuple[set[str], str]] = {
    ("POST", f"{_MODEL}/imports/{{importId}}/tasks"): (
        {"meta", "status", "task"},
        "the description prints a bare taskId; live answers wrap it (§5.1)",
    ),
    ("POST", f"{_MODEL}/processes/{{processId}}/tasks"): (
        {"meta", "status", "task"},
        "as for imports (§5.1)",
    ),
    ("POST", f"{_MODEL}/actions/{{actionId}}/tasks"): ({"meta", "status"}, "as for imports (§5.1)"),
    ("POST", f"{_MODEL}/exports/{{exportId}}/tasks"): (
        {"meta", "status", "task"},
        "as for imports (§5.1)",
    ),
    ("GET", f"{_MODEL}/imports/{{importId}}/tasks"): (
        {"tasks"},
        "the description has one `task`; other samples have `tasks` (§5.2)",
    ),
    ("GET", f"{_MODEL}/actions/{{actionId}}/tasks"): (
        {"meta", "status"},
        "every other task list has its envelope (§5.2)",
    ),
    ("POST", "/models/{modelId}/modules/{moduleId}/data"): (
        {"meta", "status"},
        "cell writes come in the envelope (§7.3)",
    ),
}
EXEMPT_TYPES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("GET", f"{_MODEL}/lists/{{listId}}/items"): (
        "text/csv",
        "list items in CSV are in the help pages (§7.1)",
    ),
}
EXEMPT_PROBLEMS: Mapping[str, str] = {
    "taskState: 'FAILED' is not one of": "a switch shows this state, seen in client code (§11, 2)",
}
"""Problems that a switch makes on purpose, by a part of their text."""

UNDESCRIBED: Mapping[tuple[str, str], str] = {
    ("DELETE", "/imports/{}/tasks/{}"): "cancelling a task (§5.2)",
    ("DELETE", "/exports/{}/tasks/{}"): "cancelling a task (§5.2)",
    ("DELETE", "/processes/{}/tasks/{}"): "cancelling a task (§5.2)",
    ("DELETE", "/actions/{}/tasks/{}"): "cancelling a task (§5.2)",
    ("GET", "/actions/{}"): "one action, among the endpoints of the documentation (§3.2)",
    ("GET", "/processes/{}/tasks/{}/dumps/{}/chunks"): "dumps of nested imports (§5.4)",
    ("GET", "/processes/{}/tasks/{}/dumps/{}/chunks/{}"): "dumps of nested imports (§5.4)",
    ("GET", "/lists/{}/readRequests/{}"): "large reads of lists (§7.4)",
    ("GET", "/lists/{}/readRequests/{}/pages/{}"): "large reads of lists (§7.4)",
    ("DELETE", "/lists/{}/readRequests/{}"): "large reads of lists (§7.4)",
    ("GET", "/lists/{}/preview"): "the first 1,000 rows of a list (§7.4)",
    ("GET", "/auth/prelogin"): "the login page itself (§1.5)",
}
"""Operations that exist, by the fact sheet, and are not in the descriptions."""


@dataclass(frozen=True)
class Exchange:
    """One request and what came back."""

    method: str
    target: str
    status: int
    content_type: str
    raw: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


class Description:
    """One OpenAPI description: finds and applies the schema of an answer."""

    def __init__(self, file: Path, *, root: str = "", error_schema: str) -> None:
        self.document: Json = json.loads(file.read_text("utf-8"))  # noqa: TID251  # test data
        self.root = root
        self._error_schema = {"$ref": f"#/components/schemas/{error_schema}"}
        drop_known_faults(self.document)
        resource = DRAFT4.create_resource(self.document)
        self._registry: Registry[Any] = Registry().with_resource("urn:described", resource)
        self._paths: list[tuple[re.Pattern[str], str]] = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path.rstrip("/")) + "/?"), path)
            for path in sorted(self.document["paths"], key=lambda path: path.count("{"))
        ]

    @property
    def operations(self) -> list[tuple[str, str]]:
        """Every operation: method and path template."""
        verbs = {"get", "post", "put", "delete", "patch"}
        return [
            (verb.upper(), path)
            for path, operations in self.document["paths"].items()
            for verb in operations
            if verb in verbs
        ]

    def find(self, method: str, path: str) -> str | None:
        """Return the description's path template for a request."""
        below = path.removeprefix(self.root)
        for pattern, template in self._paths:
            if pattern.fullmatch(below) and method.lower() in self.document["paths"][template]:
                return template
        return None

    def problems(self, template: str, exchange: Exchange) -> Iterator[str]:
        """Name everything in which an answer differs from its description."""
        operation = self.document["paths"][template][exchange.method.lower()]
        response = self._resolve(operation["responses"].get(str(exchange.status)))
        where = f"{exchange.method} {template} {exchange.status}"
        if response is None and exchange.status < 400:
            yield f"{where}: the status is not described"
            return
        content = response.get("content") if response else None
        if content is None and exchange.status < 400:
            if exchange.raw:
                yield f"{where}: a body is not described"
            return
        # Refusals that are not described have the body every other refusal has.
        described = content or {JSON_TYPE: {"schema": self._error_schema}}
        yield from self._check_content(where, template, described, exchange)

    def _check_content(
        self, where: str, template: str, described: Json, exchange: Exchange
    ) -> Iterator[str]:
        operation = (exchange.method, template)
        if EXEMPT_TYPES.get(operation, ("",))[0] == exchange.content_type:
            return
        if exchange.content_type not in described:
            yield f"{where}: content type {exchange.content_type!r} is not described"
        elif exchange.content_type == JSON_TYPE:
            schema = described[JSON_TYPE]["schema"]
            body = json.loads(exchange.raw)  # noqa: TID251  # floats, as the validator knows them
            for error in self.errors(schema, body):
                yield f"{where}: {error}"
            exempt = EXEMPT_OPERATION_KEYS.get(operation, (set(), ""))[0] | set(EXEMPT_KEYS)
            for key in sorted(set(self._unknown_keys(schema, body)) - exempt):
                yield f"{where}: key {key} is not described"

    def errors(self, schema: Json, body: object) -> Iterator[str]:
        """Name where `body` breaks `schema`."""
        absolute = _with_absolute_references(schema)
        for error in OAS30Validator(absolute, registry=self._registry).iter_errors(body):
            yield f"{error.json_path}: {error.message}"

    def _unknown_keys(self, schema: Json, body: object, path: str = "") -> Iterator[str]:
        schema = self._resolve(schema) or {}
        if isinstance(body, list):
            for one in body:
                yield from self._unknown_keys(schema.get("items", {}), one, path)
        if not isinstance(body, dict) or "properties" not in schema:
            return
        for key, value in body.items():
            below = f"{path}.{key}" if path else key
            if key not in schema["properties"]:
                yield below
            else:
                yield from self._unknown_keys(schema["properties"][key], value, below)

    def _resolve(self, node: Json | None) -> Json | None:
        if node is None or "$ref" not in node:
            return node
        found: Json = self.document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return self._resolve(found)


@functools.cache
def load_descriptions() -> tuple[Description, ...]:
    """Return the three descriptions; none where they do not lie beside this checkout."""
    if not FOLDER.is_dir():
        return ()
    return (
        Description(
            FOLDER / "integration-openapi.json", root=INTEGRATION_ROOT, error_schema="ErrorResponse"
        ),
        Description(FOLDER / "authentication-openapi.json", error_schema="ErrorResponse"),
        Description(FOLDER / "oauth-openapi.json", error_schema="ErrorPayload"),
    )


def find_problems(exchange: Exchange) -> list[str]:
    """Name everything in which an answer differs from the descriptions; nothing without them."""
    if exchange.path.startswith("/_sandbox"):
        return []
    for description in load_descriptions():
        template = description.find(exchange.method, exchange.path)
        if template is not None:
            found = description.problems(template, exchange)
            return [one for one in found if not any(text in one for text in EXEMPT_PROBLEMS)]
    if exchange.status >= 400 or not load_descriptions() or is_undescribed(exchange):
        return []
    return [f"{exchange.method} {exchange.path} {exchange.status}: is not described at all"]


def is_undescribed(exchange: Exchange) -> bool:
    """Tell whether an operation is one of those that the descriptions lack."""
    form = re.compile(
        rf"{INTEGRATION_ROOT}(/workspaces/[0-9a-f]{{32}})?/models/[0-9A-F]{{32}}(/.*)"
    )
    found = form.fullmatch(exchange.path)
    below = found[2] if found else exchange.path
    shape = re.sub(r"/(\d+|[0-9A-F]{32})(?=/|$)", "/{}", below)
    # Of the two forms of a model's path the descriptions often have one; the other is its twin.
    return (exchange.method, shape) in UNDESCRIBED or _has_twin(exchange.method, below, found)


def _has_twin(method: str, below: str, found: re.Match[str] | None) -> bool:
    if found is None:
        return False
    workspace = "" if found[1] else f"/workspaces/{'0' * 32}"
    twin = f"{INTEGRATION_ROOT}{workspace}/models/{'0' * 32}{below}"
    return any(one.find(method, twin) is not None for one in load_descriptions())


def drop_known_faults(node: object) -> None:
    """Take out what the descriptions get wrong about values.

    The e-mail patterns are escaped twice and match nothing. Login dates are no RFC 3339: Anaplan
    writes `+0000`, as its own samples of dates show. The list of export types is what was seen
    live: two more are documented (fact sheet §6.1).
    """
    if isinstance(node, dict):
        layouts = node.get("exportType")
        if isinstance(layouts, dict) and "AUDIT_LOG" in layouts.get("enum", ()):
            layouts["enum"] += ["GRID_ALL_PAGES", "TABULAR_SINGLE_COLUMN"]
        if isinstance(node.get("email"), dict):
            node["email"].pop("pattern", None)
        if isinstance(node.get("lastLoginDate"), dict):
            node["lastLoginDate"].pop("format", None)
        for child in node.values():
            drop_known_faults(child)
    elif isinstance(node, list):
        for child in node:
            drop_known_faults(child)


def _with_absolute_references(schema: Json) -> Json:
    text = json.dumps(schema).replace('"#/components', '"urn:described#/components')
    absolute: Json = json.loads(text)  # noqa: TID251  # test data
    return absolute
