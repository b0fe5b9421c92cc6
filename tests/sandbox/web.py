"""HTTP as the sandbox's tests speak it: bare, so that nothing is retried or mended."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

TIMEOUT_S = 20


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    raw: bytes

    @property
    def json(self) -> Any:
        """The body, numbers exact."""
        return json.loads(self.raw, parse_float=Decimal)  # noqa: TID251  # not product code

    @property
    def error_code(self) -> str:
        """The Web API's error code."""
        return str(self.json["error"]["code"])

    @property
    def error_text(self) -> str:
        """The Web API's message."""
        return str(self.json["error"]["message"]["value"])


def call(
    method: str, url: str, *, body: object = None, headers: dict[str, str] | None = None
) -> Answer:
    """Send one request over a connection of its own."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_S)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    data = None if body is None else json.dumps(body, default=_plain).encode()
    try:
        connection.request(method, target, body=data, headers=headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value))


class Deeds:
    """What one test did through control endpoints, for the check of its marks."""

    def __init__(self) -> None:
        self.turned: set[str] = set()
        self.armed: set[str] = set()
        self.counted: set[str] = set()

    def note(self, method: str, path: str, body: object, answer: Any) -> None:
        """Remember switches turned, faults armed, and faults seen in counts."""
        if (method, path) == ("POST", "switches") and isinstance(body, dict):
            self.turned |= body.keys()
        elif (method, path) == ("POST", "faults") and isinstance(body, dict):
            self.armed.add(body["kind"])
        elif (method, path) == ("GET", "counters"):
            self.counted |= answer["faults"].keys()
        elif (method, path) == ("GET", "faults"):
            self.counted |= {fault["kind"] for fault in answer if fault["fired"]}


class Control:
    """The control endpoints of one server."""

    deeds = Deeds()
    """Of the test that runs."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def get(self, path: str) -> Any:
        return self.send("GET", path)

    def post(self, path: str, body: object) -> Any:
        return self.send("POST", path, body)

    def send(self, method: str, path: str, body: object = None) -> Any:
        answer = call(method, f"{self.origin}/_sandbox/{path}", body=body)
        assert answer.status == 200, answer.raw
        self.deeds.note(method, path, body, answer.json)
        return answer.json

    def turn(self, **switches: object) -> None:
        self.post("switches", switches)

    def arm(self, **fault: object) -> int:
        ids: list[int] = self.post("faults", fault)["ids"]
        return ids[0]


class Sage:
    """The Sage 300 server as a Web API user sees it, and its control."""

    def __init__(self, ready: dict[str, str]) -> None:
        self.base = f"{ready['base_url']}/{ready['company']}"
        self.ready = ready
        self.control = Control(ready["base_url"].split("/Sage300WebApi")[0])
        token = base64.b64encode(f"{ready['username']}:{ready['password']}".encode()).decode()
        self.headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}

    def url(self, path: str, **options: object) -> str:
        """`url("PO/POPurchaseOrders", top=5, filter="…")`."""
        query = "&".join(f"${name}={quote(str(value))}" for name, value in options.items())
        where = quote(path, safe="/$()',=")
        return f"{self.base}/{where}" + (f"?{query}" if query else "")

    def get(self, path: str, **options: object) -> Answer:
        return call("GET", self.url(path, **options), headers=self.headers)

    def send(self, method: str, path: str, body: object = None) -> Answer:
        """One call that writes."""
        return call(method, self.url(path), body=body, headers=self.headers)

    def plant(self, path: str, **fields: object) -> dict[str, Any]:
        """Add a record as a desktop user does, unchecked."""
        record: dict[str, Any] = self.control.post(f"records/{path}", fields)
        return record

    def values(self, path: str, **options: object) -> list[dict[str, Any]]:
        """One page of records."""
        answer = self.get(path, **options)
        assert answer.status == 200, answer.raw
        values: list[dict[str, Any]] = answer.json["value"]
        return values

    def follow(self, path: str, **options: object) -> list[dict[str, Any]]:
        """All records, by nextLink."""
        answer = self.get(path, **options).json
        found: list[dict[str, Any]] = answer["value"]
        while link := answer.get("@odata.nextLink"):
            answer = call("GET", link, headers=self.headers).json
            found += answer["value"]
        return found

    def record(self, path: str) -> str:
        return f"records/{path}"
