"""Runs the installed `tap-sage300` against a sandbox and reads what it wrote."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.support.catalogs import ORDER_STREAMS, write_catalog
from tests.support.sandbox import Sandbox, call, command

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = "PO/POPurchaseOrders"
DISCOVERING = {"--discover", "--catalog", "--about", "--test", "--version"}


@dataclass
class Output:
    """What one run of the tap wrote, and how it ended."""

    exit_code: int
    errors: str
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def state(self) -> dict[str, Any]:
        """The last state."""
        return next(m["value"] for m in reversed(self.messages) if m["type"] == "STATE")

    def bookmark(self, stream: str = "purchase_order_lines") -> dict[str, Any]:
        """A stream's part of the last state."""
        found: dict[str, Any] = self.state["bookmarks"][stream]
        return found

    def records(self, stream: str = "purchase_order_lines") -> list[dict[str, Any]]:
        """A stream's records in the order they came."""
        return [
            m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream
        ]

    def lines(self) -> dict[str, dict[str, Any]]:
        """Order lines by transaction id; each came once."""
        found = self.records()
        counts = Counter(line["TransactionId"] for line in found)
        assert not [key for key, count in counts.items() if count > 1]
        return {line["TransactionId"]: line for line in found}

    @property
    def error(self) -> str:
        """The one line that says what went wrong."""
        assert "Traceback" not in self.errors
        found = [line for line in self.errors.splitlines() if "| ERROR" in line]
        return found[-1].split("|", 3)[-1].strip() if found else ""


class Tap:
    """The tap with the settings of one sandbox."""

    def __init__(self, sandbox: Sandbox, folder: Path, **settings: object) -> None:
        """Take the connection from what the sandbox printed."""
        self.sandbox = sandbox
        self.folder = folder
        self.settings: dict[str, Any] = {**sandbox.info["sage300"], **settings}

    def start(
        self,
        *options: str,
        state: object = None,
        select: tuple[str, ...] | None = ORDER_STREAMS,
        environment: dict[str, str] | None = None,
        **settings: object,
    ) -> subprocess.Popen[bytes]:
        """Start a run; a setting of `None` is left out, `select` of `None` is the tap's choice."""
        merged = {k: v for k, v in {**self.settings, **settings}.items() if v is not None}
        config = self.folder / "config.json"
        config.write_text(json.dumps(merged))
        line = [command("tap-sage300"), "--config", str(config), *options]
        if state is not None:
            path = self.folder / "state.json"
            path.write_text(state if isinstance(state, str) else json.dumps(state, default=str))
            line += ["--state", str(path)]
        if select is not None and not DISCOVERING.intersection(options):
            catalog = write_catalog(self.sandbox.info["sage300"], select, self.folder)
            line += ["--catalog", str(catalog)]
        return subprocess.Popen(
            line,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )

    def run(self, *options: str, **changes: Any) -> Output:
        """Run to the end."""
        process = self.start(*options, **changes)
        out, errors = process.communicate(timeout=300)
        return read_output(process.returncode, out, errors)

    def discover(self) -> dict[str, Any]:
        """Return the catalog."""
        process = self.start("--discover")
        out, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()
        catalog: dict[str, Any] = json.loads(out)  # noqa: TID251
        return catalog


def read_output(exit_code: int, out: bytes, errors: bytes) -> Output:
    """Read what a run wrote; a line cut short by a kill is left out."""
    # JSON leaves no other line break in a line than its last.
    lines = out.decode().split("\n")[:-1]
    messages = [json.loads(line, parse_float=Decimal) for line in lines]  # noqa: TID251
    return Output(exit_code=exit_code, errors=errors.decode(), messages=messages)


def read_orders(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Return every order the sandbox holds, by its control endpoint."""
    return read_all(sandbox, ORDERS)


def read_all(sandbox: Sandbox, resource: str) -> list[dict[str, Any]]:
    """Return every record of a resource, by the sandbox's control endpoint."""
    found = sandbox.sage("GET", f"records/{resource}")
    records: list[dict[str, Any]] = found["records"] if isinstance(found, dict) else found
    return records


def edit(sandbox: Sandbox, key: int, **changes: object) -> None:
    """Edit an order as a desktop user would."""
    sandbox.sage("PATCH", f"records/{ORDERS}/{key}", changes)


def add(sandbox: Sandbox, record: dict[str, Any], *, resource: str = ORDERS) -> None:
    """Add a record as a desktop user would."""
    sandbox.sage("POST", f"records/{resource}", record)


def delete(sandbox: Sandbox, key: int) -> None:
    """Delete an order as a desktop user would."""
    sandbox.sage("DELETE", f"records/{ORDERS}/{key}")


def switch(sandbox: Sandbox, **positions: object) -> None:
    """Move switches of the Sage side."""
    sandbox.sage("POST", "switches", positions)


def count_requests(sandbox: Sandbox) -> int:
    """Return how many requests the Sage side has answered."""
    return int(sandbox.sage("GET", "counters")["requests"].get("GET", 0))


__all__ = [
    "ORDERS",
    "Output",
    "Sandbox",
    "Tap",
    "add",
    "call",
    "count_requests",
    "delete",
    "edit",
    "read_orders",
    "read_output",
    "switch",
]
