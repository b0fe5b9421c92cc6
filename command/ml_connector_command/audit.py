"""`ml-connector audit`: what was run and called, and the proof that nobody changed it since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from ml_connector.errors import ExitCode, SettingError

from ml_connector_command._ledgers import find_places, json_option, ledger_option, opened
from ml_connector_command._output import print_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL_RUNS = 1_000_000


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
    having = [name for name in find_places(place) if run in _run_ids(name)]
    if len(having) != 1:
        found = " and ".join(having) or "no ledger"
        raise SettingError(
            "RUN",
            run,
            f"there is a run of this number in {found}",
            remedy="`ml-connector audit runs` lists them; name one ledger with --ledger.",
        )
    rows = list(_calls(having[0], run=run))
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
                "ledger": place,
            }


def _run_ids(place: str) -> set[int]:
    with opened(place) as ledger:
        return {run.run_id for run in ledger.recent_runs(ALL_RUNS)}


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
