"""What the demo sees of both systems: over their own APIs, with none of the product's code."""

from __future__ import annotations

import json
import os
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORDERS = "PO/POPurchaseOrders"
CENT = Decimal("0.01")


@dataclass
class Servers:
    """Where the sandbox answers, and how to log in."""

    sage300: dict[str, str]
    anaplan: dict[str, str]

    @property
    def passwords(self) -> dict[str, str]:
        """The two secrets, by the name that meltano.yml refers to them with."""
        return {"sage300": self.sage300["password"], "anaplan": self.anaplan["password"]}

    def environment(self, folder: Path) -> dict[str, str]:
        """Return what a user would put into .env; the passwords are in the vault."""
        sage = {key: self.sage300[key] for key in ("base_url", "company", "username")}
        names = ("api_url", "auth_url", "oauth_url", "workspace_id", "model_id", "username")
        # In place of ten minutes: no other program enters batches here.
        settling = {"TARGET_SAGE300_SETTLE_MINUTES": "0", "TARGET_SAGE300_READ_TIMEOUT_S": "15"}
        return {
            **os.environ,
            **{f"TAP_SAGE300_{key.upper()}": value for key, value in sage.items()},
            **{f"TARGET_ANAPLAN_{key.upper()}": self.anaplan[key] for key in names},
            "ML_CONNECTOR_HOME": str(folder / "home"),
            "MELTANO_STATE_BACKEND_URI": (folder / "state").as_uri(),
            "MELTANO_DATABASE_URI": f"sqlite:///{(folder / 'meltano.db').as_posix()}",
            "TAP_SAGE300_COST_CENTER_SEGMENT": "2",
            **settling,
            "MELTANO_CLI_LOG_LEVEL": "warning",
        }


def call(method: str, url: str, body: object = None, *, headers: dict[str, str]) -> Any:  # noqa: ANN401  (JSON of two foreign systems: anything)
    """Send JSON to the sandbox and return its answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310  (the sandbox, on loopback)
        url, data=data, method=method, headers={"Content-Type": "application/json", **headers}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        raw = answer.read()
    return json.loads(raw, parse_float=Decimal) if raw else None  # noqa: TID251  (independent eyes)


def basic(username: str, password: str) -> dict[str, str]:
    """Return the header of HTTP Basic authentication."""
    pair = b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


class Sage300Eyes:
    """Reads the company as an auditor would: straight from the Web API, without our code."""

    def __init__(self, servers: Servers) -> None:
        """Remember the address."""
        self.info = servers.sage300
        self.headers = basic(self.info["username"], self.info["password"])

    def read(self, resource: str, chosen: str = "") -> Iterator[dict[str, Any]]:
        """Page through the records that a filter chooses, by the server's own links."""
        url: str | None = f"{self.info['base_url']}/{self.info['company']}/{resource}"
        if chosen:
            url = f"{url}?$filter={quote(chosen)}"
        while url:
            page = call("GET", url, headers=self.headers)
            yield from page["value"]
            url = page.get("@odata.nextLink")

    def act(self, method: str, path: str, body: object = None) -> None:
        """Do what somebody at the Sage 300 desktop would."""
        root = self.info["base_url"].split("/Sage300WebApi")[0]
        call(method, f"{root}/_sandbox/{path}", body, headers={})

    def functional_total(self) -> Decimal:
        """Add up the cost of all orders in the company's currency."""
        home = next(self.read("CS/CSCompanyProfile"))["FunctionalCurrency"]
        return sum((functional_cost(order, home) for order in self.read(ORDERS)), Decimal(0))


def functional_cost(order: dict[str, Any], home: str) -> Decimal:
    """Return an order's extended cost in the currency `home`."""
    cost = Decimal(order["ExtendedCost"])
    if order["Currency"] == home:
        return cost
    rate = Decimal(order["ExchangeRate"])
    converted = cost / rate if order.get("RateOperation") == "Divide" else cost * rate
    return converted.quantize(CENT, ROUND_HALF_UP)


class AnaplanEyes:
    """Reads the model as a planner's other tools would: through Anaplan's API, without our code."""

    def __init__(self, servers: Servers) -> None:
        """Log in."""
        info = servers.anaplan
        login = f"{info['auth_url']}/token/authenticate"
        answer = call("POST", login, headers=basic(info["username"], info["password"]))
        self.headers = {"Authorization": f"AnaplanAuthToken {answer['tokenInfo']['tokenValue']}"}
        self.model = f"{info['api_url']}/2/0/models/{info['model_id']}"

    def cells(self, module: str) -> dict[str, dict[str, str]]:
        """Read a module by one list: item to line item to cell."""
        modules = call("GET", f"{self.model}/modules?limit=5000", headers=self.headers)["modules"]
        view = next(found["id"] for found in modules if found["name"] == module)
        grid = call("GET", f"{self.model}/views/{view}/data?format=v1", headers=self.headers)
        names = [coordinates[-1] for coordinates in grid["columnCoordinates"]]
        return {
            row["rowCoordinates"][0]: dict(zip(names, row["cells"], strict=True))
            for row in grid.get("rows", [])
        }
