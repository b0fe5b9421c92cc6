"""From settings to a client of the model, with secrets resolved in memory only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.anaplan import open_anaplan
from ml_connector.anaplan.connection import resolve_connection
from ml_connector.clock import SystemClock
from ml_connector.places import ledger_path
from ml_connector.secrets import resolve
from ml_connector.transport import NoAudit

from target_anaplan._control import fetch_totals, find_control
from target_anaplan._preflight import fetch_catalog
from target_anaplan._settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ml_connector.anaplan import AnaplanClient
    from ml_connector.clock import Clock
    from ml_connector.transport import AuditTrail

    from target_anaplan._preflight import LoadPlan
    from target_anaplan._settings import TargetSettings


def open_client(settings: TargetSettings, *, clock: Clock, audit: AuditTrail) -> AnaplanClient:
    """Open a client of the configured model; nothing is called yet.

    Raises:
        SettingError: a setting cannot work, or a secret is not where it is said to be.
    """
    return open_anaplan(resolve_connection(settings), clock=clock, audit=audit)


def ledger_place(settings: TargetSettings) -> str | Path:
    """Return the ledger's URL, or the path of the model's own file in the user's data folder."""
    if settings.ledger_url:
        return resolve(settings.ledger_url, setting="ledger_url")
    return ledger_path(f"anaplan-{settings.workspace_id}-{settings.model_id}")


def check(config: Mapping[str, object], *, clock: Clock | None = None) -> list[str]:
    """Check connection, model, process, files and columns by reading; return what was found.

    Nothing is written, neither to the model nor to the ledger.

    Raises:
        ConnectorError: something would keep a run from loading; the message says what to do.
    """
    settings = parse_settings(config)
    client = open_client(settings, clock=clock or SystemClock(), audit=NoAudit())
    try:
        return describe_run(client, settings)
    finally:
        client.close()


def describe_run(client: AnaplanClient, settings: TargetSettings) -> list[str]:
    """Return what a run would find before it uploads anything.

    Raises:
        ConnectorError: something would keep it from loading.
    """
    catalog = fetch_catalog(client, settings)
    lines = [f"Anaplan model {catalog.model.name} ({catalog.model.active_state})"]
    for stream in catalog.own_streams():
        plan = catalog.plan_load(stream)
        if plan is not None:
            catalog.check_sources(plan)
            lines.append(f"stream {stream} fills {_describe(plan)}")
    others = [one for one in catalog.possible_streams() if catalog.passes_over(one)]
    if catalog.process is not None:
        left = f"; left to other processes: {', '.join(others)}" if others else ""
        lines.append(f"process {catalog.process.name}: {len(catalog.process.actions)} steps{left}")
    control = find_control(client, settings.control)
    if control is not None:
        totals = fetch_totals(client, control)
        lines += [
            f"{control.name}: {load} holds {found.rows} rows, amount {found.amount:f}"
            for load, found in sorted(totals.items())
            if load not in others
        ]
    return lines


def _describe(plan: LoadPlan) -> str:
    if plan.list_target is not None:
        return f"list {plan.list_target.name}, item by item"
    return f"{plan.file_name}, read by {', '.join(one.name for one in plan.imports)}"
