"""The sandbox as the tests use it: a real process on loopback, driven over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import threading
import urllib.request
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable


def command(name: str) -> str:
    """Return the path of an installed console script of this environment."""
    suffix = ".exe" if sys.platform == "win32" else ""
    return str(Path(sysconfig.get_path("scripts")) / f"{name}{suffix}")


_EXACT = msgspec.json.Encoder(decimal_format="number", enc_hook=str)
"""Writes decimals as numbers, digit by digit."""


def call(method: str, url: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
    """Send JSON and return the decoded answer; raises on an HTTP error status."""
    data = None if body is None else _EXACT.encode(body)
    request = urllib.request.Request(  # noqa: S310  (loopback only)
        url,
        data=data,
        method=method,
        headers={"Content-Type": "application/json"} | (headers or {}),
    )
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
        raw = answer.read()
    return json.loads(raw, parse_float=Decimal) if raw else None  # noqa: TID251  (not product code)


@dataclass
class Sandbox:
    """A running `ml-sandbox serve` and what it printed when it was ready."""

    process: subprocess.Popen[bytes]
    info: dict[str, dict[str, str]]

    @classmethod
    def start(cls, *options: str) -> Sandbox:
        """Start a sandbox on free ports and wait for its line of JSON."""
        process = subprocess.Popen(
            [command("ml-sandbox"), "serve", *options], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            message = f"the sandbox ended with {process.wait()} before it was ready"
            raise RuntimeError(message)
        return cls(process, json.loads(line))  # noqa: TID251

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    @property
    def sage_root(self) -> str:
        """`http://127.0.0.1:PORT` of the Sage 300 server."""
        return self.info["sage300"]["base_url"].split("/Sage300WebApi")[0]

    @property
    def anaplan_root(self) -> str:
        """`http://127.0.0.1:PORT` of the Anaplan server."""
        return self.info["anaplan"]["api_url"]

    def wait_for_held_request(self, control: Callable[..., Any], *, timeout_s: int = 120) -> None:
        """Wait until a `hang` fault of one server holds a request: the point was reached."""
        pause = threading.Event()
        for _ in range(timeout_s * 20):
            if any(fault["holding"] for fault in control("GET", "faults")):
                return
            pause.wait(0.05)
        message = "no request reached the fault in time"
        raise AssertionError(message)

    def sage(self, method: str, path: str, body: object = None) -> Any:
        """Call a control endpoint of the Sage side: `sage("GET", "counters")`."""
        return call(method, f"{self.sage_root}/_sandbox/{path}", body)

    def anaplan(self, method: str, path: str, body: object = None) -> Any:
        """Call a control endpoint of the Anaplan side."""
        return call(method, f"{self.anaplan_root}/_sandbox/{path}", body)

    def leave_out_checksums(self) -> None:
        """Be the model of a builder who left out `Checksum`: no column, no total in CTL Loads."""
        for target, file in (
            ("SYS Vendor Groups", "vendor_groups.csv"),
            ("SYS Vendors", "vendors.csv"),
            ("DAT PO Lines", "purchase_order_lines.csv"),
        ):
            headers = self.anaplan("PATCH", f"files/{file}", {})["headers"]
            name = f"imports/{quote(f'{target} from {file}')}"
            columns = self.anaplan("PATCH", name, {})
            del columns["Checksum"]
            self.anaplan("PATCH", f"files/{file}", {"headers": headers[:-1]})
            self.anaplan("PATCH", name, {"columns": columns})
        self.anaplan("DELETE", f"objects/{quote('CTL Loads.Checksum')}")
