"""The `ml-sandbox` command."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import click

from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox._server import ReadyLine, serving
from ml_connector_sandbox._wire import encode_json

_PORT = click.IntRange(min=0, max=65535)


@click.group()
def main() -> None:
    """Sage 300 and Anaplan servers for trying out and testing."""


@main.command()
@click.option(
    "--sage-port", type=_PORT, default=0, show_default="any", help="Port of the Sage 300 server."
)
@click.option(
    "--anaplan-port", type=_PORT, default=0, show_default="any", help="Port of the Anaplan server."
)
@click.option("--seed", default=1, show_default=True, help="Another seed, another company.")
@click.option(
    "--orders",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    help="Purchase orders to generate.",
)
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Load the company from JSON-lines files in this folder, one per resource.",
)
@click.option(
    "--latency-ms",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Added to every answer.",
)
@click.option(
    "--page-size",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="Records per Sage 300 page.",
)
@click.option(
    "--fiscal-periods",
    type=click.Choice(["12", "13"]),
    default="12",
    show_default=True,
    help="Months, or thirteen periods of four weeks, to the generated fiscal year.",
)
@click.option(
    "--port-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the ready line to this file.",
)
def serve(
    *,
    sage_port: int,
    anaplan_port: int,
    seed: int,
    orders: int,
    data: Path | None,
    latency_ms: int,
    page_size: int,
    fiscal_periods: str,
    port_file: Path | None,
) -> None:
    """Serve until interrupted; one line of JSON says when and where."""
    options = ServeOptions(
        seed=seed,
        orders=orders,
        data=data,
        latency_ms=latency_ms,
        page_size=page_size,
        fiscal_periods=int(fiscal_periods),
    )
    if port_file is not None and not port_file.parent.is_dir():
        message = f"there is no folder {port_file.parent} to write it to"
        raise click.BadParameter(message, param_hint="--port-file")
    try:
        with serving(options, sage_port=sage_port, anaplan_port=anaplan_port) as ready:
            stop = threading.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda _number, _frame: stop.set())
            _announce(ready, port_file=port_file)
            _wait_for(stop)
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def _announce(ready: ReadyLine, *, port_file: Path | None) -> None:
    line = encode_json(ready).decode()
    if port_file is not None:
        # Readers poll for the file, so it must appear whole.
        part = port_file.with_name(port_file.name + ".part")
        part.write_text(line + "\n", encoding="utf-8")
        part.replace(port_file)
    click.echo(line)
    sys.stdout.flush()


def _wait_for(stop: threading.Event) -> None:
    # In slices: on Windows a wait without an end cannot be interrupted.
    while not stop.wait(0.5):
        pass
