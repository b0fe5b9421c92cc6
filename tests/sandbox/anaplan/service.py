"""The Anaplan server as the tests speak to it: bare requests, and shorthands for whole steps."""

from __future__ import annotations

import base64
import csv
import gzip
import http.client
import io
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from tests.sandbox.anaplan.contracts import Exchange, find_problems
from tests.sandbox.web import TIMEOUT_S, Answer, Control

if TYPE_CHECKING:
    from collections.abc import Sequence

POLLS_MAX = 2000
VENDOR_HEADERS = (
    "VendorNumber,VendorName,ShortName,GroupCode,Status,OnHold,CurrencyCode,Terms,City,Country,"
    "Checksum"
)
GROUP_HEADERS = "GroupCode,Description,Status,CurrencyCode,Terms,Checksum"
LINE_DEFAULTS = {
    "TransactionId": "S:PO:1:1",
    "Company": "S",
    "PurchaseOrderNumber": "PO1",
    "LineNumber": "1",
    "Vendor": "V1",
    "OrderDate": "2024-01-05",
    "ExpectedArrivalDate": "2024-02-10",
    "PurchaseOrderType": "Active",
    "OnHold": "false",
    "Completed": "false",
    "Deleted": "false",
    "ItemNumber": "I1",
    "ItemDescription": "Item",
    "QuantityOrdered": "2",
    "QuantityReceived": "0",
    "QuantityCanceled": "0",
    "QuantityOutstanding": "2",
    "UnitCost": "1.25",
    "ExtendedCost": "2.5",
    "OutstandingAmount": "2.5",
    "Currency": "USD",
    "FunctionalExtendedCost": "2.5",
    "FunctionalOutstandingAmount": "2.5",
    "ExpenseAccount": "6000",
    "Checksum": "7",
}


def make_csv(rows: Sequence[dict[str, str]]) -> str:
    """Write rows as a file, quoted where needed."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def make_lines(*changes: dict[str, str]) -> str:
    """Write an order line file: one row per dict of what differs from the defaults."""
    return make_csv([LINE_DEFAULTS | change for change in changes])


def make_vendors(*rows: str) -> str:
    """Write a vendor file of rows `V1,G1` (number, group)."""
    lines = [
        f"{one.split(',')[0]},Name,Short,{one.split(',')[1]},Active,,USD,N30,,,11" for one in rows
    ]
    return "\n".join([VENDOR_HEADERS, *lines]) + "\n"


def make_groups(*codes: str) -> str:
    """Write a vendor group file."""
    return "\n".join([GROUP_HEADERS, *(f"{code},Group {code},Active,USD,N30,13" for code in codes)])


class Anaplan:
    """The server, with the planner logged in."""

    def __init__(self, ready: dict[str, str]) -> None:
        self.ready = ready
        self.origin = ready["api_url"]
        self.control = Control(self.origin)
        self.workspace, self.model = ready["workspace_id"], ready["model_id"]
        self.token = ""

    @property
    def root(self) -> str:
        """The model's path in its workspace form."""
        return f"/2/0/workspaces/{self.workspace}/models/{self.model}"

    def login(self, username: str | None = None, password: str | None = None) -> Answer:
        """Log in as the planner, or somebody else."""
        name = username or self.ready["username"]
        word = password or self.ready["password"]
        basic = base64.b64encode(f"{name}:{word}".encode()).decode()
        answer = self.send(
            "POST", "/token/authenticate", headers={"Authorization": f"Basic {basic}"}
        )
        if answer.status == 201:
            self.token = answer.json["tokenInfo"]["tokenValue"]
        return answer

    def as_user(self, username: str, password: str) -> Anaplan:
        """Another user of the same server."""
        other = Anaplan(self.ready)
        assert other.login(username, password).status == 201
        return other

    def send(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
        patience_s: float = TIMEOUT_S,
    ) -> Answer:
        """Send one request; paths below the model start with a dot."""
        target = path.replace(".", self.root, 1) if path.startswith("./") else path
        sent = {"Authorization": f"AnaplanAuthToken {self.token}"} if self.token else {}
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(urlsplit(self.origin).netloc, timeout=patience_s)
        try:
            where = quote(target, safe="/?=&:,+%")
            connection.request(method, where, body=data, headers=sent | (headers or {}))
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
        self._check(method, target, answer)
        return answer

    def _check(self, method: str, target: str, answer: Answer) -> None:
        """Hold every answer to the published descriptions, unless a fault has struck it."""
        problems = find_problems(
            Exchange(
                method,
                target,
                answer.status,
                (answer.headers["Content-Type"] or "").split(";")[0],
                answer.raw,
            )
        )
        if problems and not self._was_struck(method, target):
            raise AssertionError("; ".join(problems))

    def _was_struck(self, method: str, target: str) -> bool:
        calls = [
            one
            for one in self.control.get("requests")
            if one["method"] == method
            and one["target"].partition("?")[0] == target.partition("?")[0]
        ]
        return bool(calls) and "fault" in calls[-1]

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, headers=headers)

    def id_of(self, collection: str, name: str) -> str:
        """Return the id of an object by its name."""
        rows = self.get(f"./{collection}").json[collection]
        return str(next(row["id"] for row in rows if row["name"] == name))

    def upload(self, file: str, content: str | bytes, *, chunks: int = 1) -> None:
        """Upload as our client does: announce, then gzipped chunks."""
        data = content.encode() if isinstance(content, str) else content
        file_id = self.id_of("files", file)
        answer = self.send("POST", f"./files/{file_id}", body={"chunkCount": chunks})
        assert answer.status == 200, answer.raw
        size = -(-len(data) // chunks)
        for number in range(chunks):
            part = data[number * size : (number + 1) * size]
            answer = self.put_chunk(file_id, number, part)
            assert answer.status == 204, answer.raw

    def put_chunk(self, file_id: str, number: int, data: bytes) -> Answer:
        return self.send(
            "PUT",
            f"./files/{file_id}/chunks/{number}",
            raw=gzip.compress(data),
            headers={"Content-Type": "application/x-gzip"},
        )

    def start(self, kind: str, name: str, *answers: dict[str, str]) -> str:
        """Start a task, with answers to what it asks, and return its id."""
        path = f"./{kind}/{self.id_of(kind, name)}/tasks"
        body: dict[str, object] = {"localeName": "en_US"}
        if answers:
            body["mappingParameters"] = answers
        answer = self.send("POST", path, body=body)
        assert answer.status == 200, answer.raw
        return str(answer.json["task"]["taskId"])

    def wait(self, kind: str, name: str, task_id: str) -> dict[str, Any]:
        """Poll a task until it has ended."""
        path = f"./{kind}/{self.id_of(kind, name)}/tasks/{task_id}"
        for _ in range(POLLS_MAX):
            task: dict[str, Any] = self.get(path).json["task"]
            if task["taskState"] not in ("NOT_STARTED", "IN_PROGRESS", "CANCELLING"):
                return task
            time.sleep(0.005)  # noqa: TID251  # real time: the server runs in a thread of its own
        raise TimeoutError(task_id)

    def run(self, kind: str, name: str, *answers: dict[str, str]) -> dict[str, Any]:
        """Run to the end; returns the task, with `dump` rows where an import left some."""
        task_id = self.start(kind, name, *answers)
        task = self.wait(kind, name, task_id)
        if kind == "imports" and task["result"]["failureDumpAvailable"]:
            import_id = self.id_of("imports", name)
            task["dump"] = self.dump(f"./imports/{import_id}/tasks/{task_id}/dump")
        return task

    def load(self, name: str, content: str | bytes, *answers: dict[str, str]) -> dict[str, Any]:
        """Upload to the file an import is named after, and run it."""
        self.upload(name.rpartition(" from ")[2], content)
        return self.run("imports", name, *answers)

    def dump(self, path: str) -> list[dict[str, str]]:
        """Read a dump."""
        answer = self.get(path)
        assert answer.status == 200, answer.raw
        return list(csv.DictReader(io.StringIO(answer.raw.decode(), newline="")))

    def build(self, **new: object) -> dict[str, dict[str, str]]:
        """Have a model builder make objects; returns their ids by kind and name."""
        made: dict[str, dict[str, str]] = self.control.post("objects", new)
        return made

    def rows_of(self, name: str) -> list[dict[str, Any]]:
        """What a list holds, in order."""
        rows: list[dict[str, Any]] = self.control.get(f"lists/{quote(name)}")
        return rows

    def fill(self) -> None:
        """Load group G1, vendor V1 and nothing else."""
        self.load("Vendor Groups from vendor_groups.csv", make_groups("G1"))
        self.load("Vendors from vendors.csv", make_vendors("V1,G1"))

    def cells(self, module: str) -> dict[str, dict[str, str]]:
        """What a module holds, by code and line item."""
        held: dict[str, dict[str, str]] = self.control.get(f"cells/{quote(module)}")
        return held

    def items(self, name: str) -> dict[str, str | None]:
        """Parents by code of a list's items."""
        rows = self.control.get(f"lists/{quote(name)}")
        return {row["code"]: row["parent"] for row in rows}


def counts_of(task: dict[str, Any]) -> dict[str, str]:
    """Return the flat `values` of a result's first detail as a dict."""
    flat = task["result"]["details"][0]["values"]
    return dict(zip(flat[::2], flat[1::2], strict=True))
