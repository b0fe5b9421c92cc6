"""`ml-connector audit`: what was run and called, and the proof that nobody changed it since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from ml_connector.errors import ExitCode

from ml_connector_command._ledgers import find_places, json_option, ledger_option, opened
from ml_connector_command._output import print_rows

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.group("audit")
def group() -> None:
    """The audit trail: runs, calls of the two APIs, and the chain that seals them."""


@group.command("runs")
@click.option("--limit", default=20, show_default=True, help="How many of the newest runs.")
@ledger_option
@json_option
def list_runs(limit: int, place: str | None, output: str) -> None:
    """List the newest runs of each ledger."""
    rows = [row for name in find_places(place) for row in _runs(name, limit=limit)]
    print_rows(rows, output=output, nothing="Nothing has run yet.")


@group.command("calls")
@click.argument("run", type=int)
@ledger_option
@json_option
def list_calls(run: int, place: str | None, output: str) -> None:
    """List the calls of RUN, in order."""
    rows = [row for name in find_places(place) for row in _calls(name, run=run)]
    print_rows(rows, output=output, nothing=f"Run {run} made no call.")


@group.command("verify")
@click.option("--head", help="A digest noted earlier, to see that nothing was cut off since.")
@ledger_option
@click.pass_context
def verify(context: click.Context, head: str | None, place: str | None) -> None:
    """Compute the chain of digests again and say whether it holds."""
    broken = False
    for name in find_places(place):
        with opened(name) as ledger:
            report = ledger.verify_chain(expected_head=head)
        broken |= report.problem is not None
        verdict = report.problem or "whole"
        click.echo(f"{name}: {report.block_count} blocks, {verdict}\n  head {report.head}")
    if broken:
        context.exit(ExitCode.FAILED)


def _runs(place: str, *, limit: int) -> Iterator[dict[str, object]]:
    with opened(place) as ledger:
        for run in ledger.recent_runs(limit):
            yield {
                "run": run.run_id,
                "plugin": run.plugin,
                "subject": run.subject,
                "started": f"{run.started_at:%Y-%m-%d %H:%M:%S}",
                "outcome": run.outcome,
                "exit code": run.exit_code,
            }


def _calls(place: str, *, run: int) -> Iterator[dict[str, object]]:
    with opened(place) as ledger:
        for call in ledger.calls_of(run):
            yield {
                "at": f"{call.at:%H:%M:%S}",
                "system": call.system,
                "call": f"{call.method} {call.path}",
                "status": call.status,
                "outcome": call.outcome,
                "ms": call.elapsed_ms,
            }
