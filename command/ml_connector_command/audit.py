"""`ml-connector audit`: what was run and called, and the proof that nobody changed it since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from ml_connector.errors import ExitCode
from ml_connector.urls import redact_url

from ml_connector_command._ledgers import find_places, json_option, ledger_option, opened
from ml_connector_command._output import print_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL_RUNS = 1_000_000


@click.group("audit", short_help="What was run and called, and whether it was changed since.")
def group() -> None:
    """The audit trail: runs, calls of the two APIs, and the chain that seals them."""


@group.command("runs")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many of the newest runs of each ledger.",
)
@ledger_option
@json_option
def list_runs(limit: int, place: str | None, output: str) -> None:
    """List the newest runs of each ledger, and how they ended.

    ok: everything was confirmed. rejects kept: rows were refused, see `ml-connector rejects list`.
    failed: see the log of that run. stopped: a signal ended it. not ended: killed, or at work.
    """
    rows = [row for name in find_places(place) for row in _runs(name, limit=limit)]
    print_rows(rows, output=output, nothing="Nothing has run yet.")


@group.command("calls")
@click.argument("run", type=int)
@ledger_option
@json_option
def list_calls(run: int, place: str | None, output: str) -> None:
    """List the calls of RUN, a number that `audit runs` shows, in order.

    Each ledger counts its runs by itself: of several that have a RUN, name one with --ledger.
    """
    having = {name: who for name in find_places(place) if (who := _find_run(name, run))}
    if len(having) != 1:
        found = [f"{who}: --ledger {redact_url(name)}" for name, who in having.items()]
        problem = (
            f"{len(found)} ledgers have a run {run}" if found else f"no ledger has a run {run}"
        )
        raise click.BadParameter(
            f"{problem}. `ml-connector audit runs` lists them."
            + "".join(f"\n  {one}" for one in found),
            param_hint="RUN",
        )
    [name] = having
    rows = list(_calls(name, run=run))
    print_rows(rows, output=output, nothing=f"Run {run} made no call.")


@group.command("verify")
@click.option("--head", help="A head noted earlier: see as well that nothing was cut off since.")
@ledger_option
@click.pass_context
def verify(context: click.Context, head: str | None, place: str | None) -> None:
    """Compute the chain of digests again and say whether it holds.

    Note the head it shows somewhere else, and give it back with --head next time.
    """
    names = find_places(place)
    if head is not None and len(names) > 1:
        raise click.BadParameter(
            f"a head belongs to one of your {len(names)} ledgers; name it with --ledger.",
            param_hint="--head",
        )
    broken = False
    for name in names:
        with opened(name) as ledger:
            report = ledger.verify_chain(expected_head=head)
        broken |= report.problem is not None
        verdict = report.problem or "whole"
        shown = redact_url(name)
        click.echo(f"{shown}: {report.block_count} blocks, {verdict}\n  head {report.head}")
    if broken:
        context.exit(ExitCode.FAILED)


def _runs(place: str, *, limit: int) -> Iterator[dict[str, object]]:
    with opened(place) as ledger:
        for run in ledger.recent_runs(limit):
            yield {
                "run": run.run_id,
                "plugin": run.plugin,
                "subject": run.subject,
                "started (UTC)": f"{run.started_at:%Y-%m-%d %H:%M:%S}",
                "outcome": run.outcome or "not ended",
                "exit code": run.exit_code,
                "ledger": redact_url(place),
            }


def _find_run(place: str, wanted: int) -> str | None:
    """Say which plugin made a run, over what and when; `None` when the ledger has no such run."""
    with opened(place) as ledger:
        for run in ledger.recent_runs(ALL_RUNS):
            if run.run_id == wanted:
                return f"{run.plugin} over {run.subject}, {run.started_at:%Y-%m-%d %H:%M} UTC"
    return None


def _calls(place: str, *, run: int) -> Iterator[dict[str, object]]:
    with opened(place) as ledger:
        for call in ledger.calls_of(run):
            yield {
                "at (UTC)": f"{call.at:%H:%M:%S}",
                "system": call.system,
                "call": f"{call.method} {call.path}",
                "status": call.status,
                "outcome": call.outcome,
                "ms": call.elapsed_ms,
            }
