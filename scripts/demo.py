"""Show the whole way once: a sandbox, `meltano run`, one table; then what a few edits move.

Both servers run on this machine only. The demo keeps its ledger, its vault, its Meltano state and
its database in a temporary folder, so that it can be shown any number of times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
ORDERS = "PO/POPurchaseOrders"
CENT = Decimal("0.01")
MONEY = ("Functional Amount", "Functional Outstanding")
COUNTS = ("read", "sent", "accepted", "rejected", "unchanged")
console = Console(width=132)


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
        return {
            **os.environ,
            **{f"TAP_SAGE300_{key.upper()}": value for key, value in sage.items()},
            **{f"TARGET_ANAPLAN_{key.upper()}": self.anaplan[key] for key in names},
            "ML_CONNECTOR_HOME": str(folder / "home"),
            "MELTANO_STATE_BACKEND_URI": (folder / "state").as_uri(),
            "MELTANO_DATABASE_URI": f"sqlite:///{(folder / 'meltano.db').as_posix()}",
            "TAP_SAGE300_COST_CENTER_SEGMENT": "2",
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

    def orders(self) -> Iterator[dict[str, Any]]:
        """Page through all purchase orders by the server's own links."""
        url: str | None = f"{self.info['base_url']}/{self.info['company']}/{ORDERS}"
        while url:
            page = call("GET", url, headers=self.headers)
            yield from page["value"]
            url = page.get("@odata.nextLink")

    def change(self, method: str, key: int, body: object = None) -> None:
        """Edit or delete an order as somebody at the Sage 300 desktop would."""
        root = self.info["base_url"].split("/Sage300WebApi")[0]
        call(method, f"{root}/_sandbox/records/{ORDERS}/{key}", body, headers={})

    def functional_total(self) -> Decimal:
        """Add up the cost of all orders in the company's currency."""
        profile = call(
            "GET",
            f"{self.info['base_url']}/{self.info['company']}/CS/CSCompanyProfile",
            headers=self.headers,
        )["value"][0]
        home = profile["FunctionalCurrency"]
        return sum((functional_cost(order, home) for order in self.orders()), Decimal(0))


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


@contextmanager
def serve() -> Iterator[Servers]:
    """Run the sandbox while the demo lasts."""
    process = subprocess.Popen(
        ["ml-sandbox", "serve", "--orders", "1000"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None  # noqa: S101  (a pipe was asked for)
        ready = process.stdout.readline()
        if not ready:
            sys.exit("The sandbox did not start; what it printed stands above.")
        yield Servers(**json.loads(ready))  # noqa: TID251
    finally:
        process.terminate()
        process.wait()


def fill_vault(servers: Servers, environment: dict[str, str]) -> None:
    """Put both passwords into the vault, through standard input as a script would."""
    for name, password in servers.passwords.items():
        subprocess.run(
            ["ml-connector", "credentials", "set", name],
            env=environment,
            input=password,
            stdout=subprocess.DEVNULL,
            text=True,
            check=True,
        )


def check_no_password(servers: Servers, environment: dict[str, str], folder: Path) -> None:
    """End the demo if a password stands where anybody could read it."""
    files = [ROOT / "meltano.yml", ROOT / ".env", ROOT / ".meltano" / "run", folder]
    places = {str(path): path.read_bytes() for path in walk(files)}
    places |= {f"variable {name}": value.encode() for name, value in environment.items()}
    for name, password in servers.passwords.items():
        for place, content in places.items():
            if password.encode() in content:
                sys.exit(f"The password of {name} stands in {place}.")
    console.print(
        "Both passwords are in the vault; none stands in meltano.yml, in .env, in what Meltano"
        " wrote, or in the environment.\n"
    )


def walk(paths: list[Path]) -> Iterator[Path]:
    """Yield every file that is one of `paths` or below one."""
    for path in paths:
        yield from (found for found in (path, *path.rglob("*")) if found.is_file())


def run_job(environment: dict[str, str]) -> None:
    """Run the job as a scheduler would; show its output only when it fails."""
    ended = subprocess.run(
        ["meltano", "run", "sage300-to-anaplan"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        console.print(ended.stdout + ended.stderr, markup=False, highlight=False)
        sys.exit(f"meltano run ended with {ended.returncode}.")


def reconcile(environment: dict[str, str]) -> None:
    """Let the command compare both systems, and each with a third figure."""
    ended = subprocess.run(
        ["ml-connector", "reconcile"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    console.print(f"\nml-connector reconcile: {ended.stdout.strip()}", highlight=False)
    if ended.returncode:
        sys.exit(f"ml-connector reconcile ended with {ended.returncode}.")


def newest_loads(folder: Path) -> dict[str, dict[str, Any]]:
    """Read each stream's newest load from the ledger."""
    ledger = next((folder / "home").glob("anaplan-*/ledger.sqlite3"))
    engine = create_engine(f"sqlite:///{ledger.as_posix()}")
    query = text(
        "SELECT scopes.load AS stream, loads.*, (SELECT count(*) FROM loaded_rows"
        " WHERE loaded_rows.load_id = loads.load_id AND origin = 'filler') AS fillers"
        " FROM loads JOIN scopes ON scopes.scope_id = loads.scope_id ORDER BY loads.load_id"
    )
    with engine.connect() as connection:
        return {row["stream"]: dict(row) for row in connection.execute(query).mappings()}


def print_table(title: str, folder: Path, servers: Servers) -> None:
    """Print what the newest run did, and the money on both sides."""
    controls, loads = AnaplanEyes(servers).cells("CTL Loads"), newest_loads(folder)
    table = Table(title=title, title_justify="left")
    for head in ("stream", *COUNTS):
        table.add_column(head, justify="left" if head == "stream" else "right", no_wrap=True)
    for head in ("Sage 300", "Anaplan", "difference"):
        table.add_column(head, justify="right", no_wrap=True)
    for stream, load in loads.items():
        # A process reads every file: one without news carries a row Anaplan has already.
        known = {"sent": load["fillers"], "accepted": load["fillers"]}
        counts = [load[f"rows_{word}"] - known.get(word, 0) for word in COUNTS]
        money = ["", "", ""]
        if stream == "purchase_order_lines":
            sage = Sage300Eyes(servers).functional_total()
            anaplan = Decimal(controls[stream]["Amount"])
            money = [f"{sage:,.2f}", f"{anaplan:,.2f}", f"{sage - anaplan:,.2f}"]
        table.add_row(stream, *(str(count) for count in counts), *money)
    console.print(table)


def choose_orders(servers: Servers) -> list[dict[str, Any]]:
    """Choose four open orders with something outstanding, the oldest first."""
    chosen = [
        order
        for order in Sage300Eyes(servers).orders()
        if not order["Completed"]
        and not order["OnHold"]
        and order["PurchaseOrderType"] == "Active"
        and order["PurchaseOrderLines"][0]["QuantityOutstanding"] > 0
    ]
    return chosen[:4]


def edit_books(servers: Servers) -> None:
    """Cancel what is outstanding on one line each of three orders, and delete a fourth."""
    sage = Sage300Eyes(servers)
    *edited, deleted = choose_orders(servers)
    for order in edited:
        line = order["PurchaseOrderLines"][0]
        quantity = str(line["QuantityOutstanding"])
        change = {"LineNumber": line["LineNumber"], "QuantityCanceled": quantity}
        sage.change("PATCH", order["PurchaseOrderSequenceKey"], {"PurchaseOrderLines": [change]})
        console.print(
            f"  {order['PurchaseOrderNumber']}: line {line['LineNumber']}, {quantity} canceled"
        )
    sage.change("DELETE", deleted["PurchaseOrderSequenceKey"])
    lines = len(deleted["PurchaseOrderLines"])
    console.print(f"  {deleted['PurchaseOrderNumber']}: deleted, {lines} lines")


def print_moves(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]) -> None:
    """Print each line of the model that is not what it was, with the figures that count."""
    shown = ("Deleted", "Completed", *MONEY)
    table = Table(title="What moved in Anaplan (was → is)", title_justify="left")
    for head in ("PO Lines", *shown):
        table.add_column(head, no_wrap=True)
    for key, cells in after.items():
        was = before.get(key, {})
        if was != cells:
            moves = (
                cells[name]
                if was.get(name) == cells[name]
                else f"{was.get(name, '')} → {cells[name]}"
                for name in shown
            )
            table.add_row(key, *moves)
    console.print(table)
    for name in MONEY:
        old, new = (
            sum((Decimal(row[name] or 0) for row in rows.values()), Decimal(0))
            for rows in (before, after)
        )
        console.print(f"{name}, all lines: {old:,.2f} → {new:,.2f}, difference {new - old:,.2f}")


def main() -> None:
    """Run the demo."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, serve() as servers:
        folder = Path(name)
        environment = servers.environment(folder)
        console.print("Sage 300 and Anaplan are served by the sandbox on this machine.\n")
        fill_vault(servers, environment)
        run_job(environment)
        check_no_password(servers, environment, folder)
        print_table("First run: meltano run sage300-to-anaplan", folder, servers)
        reconcile(environment)
        before = AnaplanEyes(servers).cells("DAT PO Lines")
        console.print("\nSomebody edits three orders in Sage 300 and deletes one:")
        edit_books(servers)
        console.print()
        run_job(environment)
        print_table("Second run", folder, servers)
        print_moves(before, AnaplanEyes(servers).cells("DAT PO Lines"))
        reconcile(environment)


if __name__ == "__main__":
    main()
