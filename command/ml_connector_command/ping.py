"""`ml-connector ping`: whether both systems can be used, and the model is built as documented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from ml_connector.errors import ConnectorError, ExitCode
from ml_connector.findings import Finding, Verdict

from ml_connector_command._ledgers import json_option
from ml_connector_command._output import print_rows
from ml_connector_command._plugin_settings import (
    environment_option,
    find_config,
    tap_option,
    target_option,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Check = Callable[[Mapping[str, object]], list[Finding]]

ORDER = (Verdict.MISSING, Verdict.DIFFERENT, Verdict.NOTE, Verdict.FINE)


@click.command("ping", short_help="Try both connections; compare the model with the blueprint.")
@click.option("--only", type=click.Choice(["sage300", "anaplan"]), help="One of the systems.")
@tap_option
@target_option
@environment_option
@json_option
@click.pass_context
def ping(
    context: click.Context,
    only: str | None,
    tap_file: str | None,
    target_file: str | None,
    environment: str | None,
    output: str,
) -> None:
    """Sign in to Sage 300 and Anaplan, check rights, and compare the model with the blueprint.

    What is missing or different comes first, each with what to do. Nothing is written anywhere.

    Ends with 0 when nothing is missing, with 1 when a system cannot be used, with 2 when settings,
    rights or the model have to be put right.
    """
    files = {"sage300": tap_file, "anaplan": target_file}
    rows: list[dict[str, object]] = []
    exit_code = ExitCode.OK
    for system in [only] if only else list(files):
        try:
            findings = list(_look(system, file=files[system], environment=environment))
        except ConnectorError as error:
            findings = [_tell(error)]
            exit_code = max(exit_code, ExitCode(error.exit_code))
        if any(one.is_problem for one in findings):
            exit_code = exit_code or ExitCode.SETTINGS_REFUSED
        rows += [_build_row(system, one) for one in findings]
    rows.sort(key=lambda row: ORDER.index(Verdict(str(row["verdict"]))))
    print_rows(rows, output=output, nothing="")
    context.exit(exit_code)


def _look(system: str, *, file: str | None, environment: str | None) -> Iterator[Finding]:
    # Each plugin brings its libraries; only those that are needed are waited for.
    if system == "sage300":
        from tap_sage300 import TapSage300, check  # noqa: PLC0415

        yield from check(find_config(TapSage300, file=file, environment=environment))
    else:
        from target_anaplan import TargetAnaplan  # noqa: PLC0415
        from target_anaplan import check as check_model  # noqa: PLC0415

        yield from check_model(find_config(TargetAnaplan, file=file, environment=environment))


def _tell(error: ConnectorError) -> Finding:
    return Finding(
        verdict=Verdict.MISSING, subject="connection", detail=error.problem, remedy=error.remedy
    )


def _build_row(system: str, finding: Finding) -> dict[str, object]:
    return {
        "verdict": str(finding.verdict),
        "system": system,
        "what": finding.subject,
        "found": finding.detail,
        "remedy": finding.remedy,
    }
