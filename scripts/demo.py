"""Show both directions once: a sandbox, `meltano run`, tables; what a few edits move; the way back.

Both servers run on this machine only. The demo keeps its ledger, its vault, its Meltano state and
its database in a temporary folder, so that it can be shown any number of times.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_eyes import ORDERS, AnaplanEyes, Sage300Eyes, Servers
from demo_job import ROOT, console, run_job
from demo_return import show_return
from rich.table import Table
from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from collections.abc import Iterator

MONEY = ("Functional Amount", "Functional Outstanding")
COUNTS = ("read", "sent", "accepted", "rejected", "unchanged")


@contextmanager
def serve() -> Iterator[Servers]:
    """Run the sandbox while the demo lasts."""
    process = subprocess.Popen(
        ["ml-sandbox", "serve", "--orders", "930"], stdout=subprocess.PIPE, text=True
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
        "\nBoth passwords are in the vault; none stands in meltano.yml, in .env, in what Meltano"
        " wrote, or in the environment."
    )


def walk(paths: list[Path]) -> Iterator[Path]:
    """Yield every file that is one of `paths` or below one."""
    for path in paths:
        yield from (found for found in (path, *path.rglob("*")) if found.is_file())


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
        for order in Sage300Eyes(servers).read(ORDERS)
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
        key = order["PurchaseOrderSequenceKey"]
        sage.act("PATCH", f"records/{ORDERS}/{key}", {"PurchaseOrderLines": [change]})
        console.print(
            f"  {order['PurchaseOrderNumber']}: line {line['LineNumber']}, {quantity} canceled"
        )
    sage.act("DELETE", f"records/{ORDERS}/{deleted['PurchaseOrderSequenceKey']}")
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
        run_job("sage300-to-anaplan", environment)
        print_table("First run: meltano run sage300-to-anaplan", folder, servers)
        reconcile(environment)
        before = AnaplanEyes(servers).cells("DAT PO Lines")
        console.print("\nSomebody edits three orders in Sage 300 and deletes one:")
        edit_books(servers)
        console.print()
        run_job("sage300-to-anaplan", environment)
        print_table("Second run", folder, servers)
        print_moves(before, AnaplanEyes(servers).cells("DAT PO Lines"))
        reconcile(environment)
        console.print(
            "\nThe way back: planners have entered adjustments, and approved most of them.\n"
        )
        show_return(servers, environment)
        check_no_password(servers, environment, folder)


if __name__ == "__main__":
    main()
