"""`ml-connector ping`: whether both systems can be used, and the model is built as documented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click
from ml_connector.errors import ConnectorError, ExitCode
from ml_connector.findings import Finding, Verdict

from ml_connector_command._ledgers import json_option
from ml_connector_command._output import print_rows
from ml_connector_command._plugin_settings import (
    environment_option,
    find_config,
    is_configured,
    tap_option,
    target_option,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.plugin_base import PluginBase

    Columns = Mapping[str, tuple[str, ...]]

ORDER = (Verdict.MISSING, Verdict.DIFFERENT, Verdict.NOTE, Verdict.FINE)
THERE: Final = ("tap-sage300", "target-anaplan")
BACK: Final = ("tap-anaplan", "target-sage300", "target-posting-results")
SYSTEMS: Final = {"sage300": (THERE[0], BACK[1]), "anaplan": (THERE[1], BACK[0], BACK[2])}


@click.command("ping", short_help="Try all connections; compare the model with the blueprint.")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice([*THERE, *BACK, *SYSTEMS]),
    help="One of the plugins, or those of one system; may be given more than once.",
)
@tap_option
@target_option
@click.option("--tap-anaplan", "back_tap_file", metavar="FILE", help="The same of tap-anaplan.")
@click.option(
    "--target-sage300", "back_target_file", metavar="FILE", help="The same of target-sage300."
)
@click.option(
    "--target-posting-results",
    "results_file",
    metavar="FILE",
    help="The same of target-anaplan where it loads what became of the lines.",
)
@environment_option
@json_option
@click.pass_context
def ping(
    context: click.Context,
    /,
    only: tuple[str, ...],
    environment: str | None,
    output: str,
    **given: str | None,
) -> None:
    """Sign in to Sage 300 and Anaplan, check rights, and compare the model with the blueprint.

    The way back (tap-anaplan, target-sage300, target-posting-results) is looked at where it has
    settings. What is missing or different comes first, each with what to do. Nothing is written
    anywhere.

    Ends with 0 when nothing is missing, with 1 when a system cannot be used, with 2 when settings,
    rights or the model have to be put right.
    """
    names = ("tap_file", "target_file", "back_tap_file", "back_target_file", "results_file")
    files = dict(zip((*THERE, *BACK), (given[name] for name in names), strict=True))
    sight = _Sight(files, environment)
    rows: list[dict[str, object]] = []
    exit_code = ExitCode.OK
    for plugin in (one for one in files if sight.is_wanted(one, only)):
        try:
            findings = sight.look(plugin)
        except ConnectorError as error:
            findings = [_tell(error)]
            exit_code = max(exit_code, ExitCode(error.exit_code))
        if any(one.is_problem for one in findings):
            exit_code = exit_code or ExitCode.SETTINGS_REFUSED
        rows += [_build_row(plugin, one) for one in findings]
    rows.sort(key=lambda row: ORDER.index(Verdict(str(row["verdict"]))))
    print_rows(rows, output=output, nothing="")
    context.exit(exit_code)


class _Sight:
    """Looks at one plugin after the other; the last is held against what the tap before brings."""

    def __init__(self, files: Mapping[str, str | None], environment: str | None) -> None:
        self._files = files
        self._environment = environment
        self._columns: Columns | None = None

    def is_wanted(self, plugin: str, only: tuple[str, ...]) -> bool:
        """Tell whether the plugin is to be looked at: the way back, unasked, where it is used."""
        if plugin in only:
            return True
        is_chosen = not only or any(plugin in SYSTEMS.get(one, ()) for one in only)
        return is_chosen and (plugin in THERE or self._has_settings(plugin))

    def _has_settings(self, plugin: str) -> bool:
        if any(self._files.values()):
            return self._files[plugin] is not None
        return is_configured(plugin)

    def look(self, plugin: str) -> list[Finding]:
        """Return what `plugin` finds with its settings."""
        # Each plugin brings its libraries; only those that are needed are waited for.
        if plugin == "tap-sage300":
            from tap_sage300 import TapSage300, check  # noqa: PLC0415

            return check(self._find(TapSage300))
        if plugin == "target-anaplan":
            from target_anaplan import TargetAnaplan  # noqa: PLC0415
            from target_anaplan import check as check_model  # noqa: PLC0415

            return check_model(self._find(TargetAnaplan))
        if plugin == "tap-anaplan":
            from tap_anaplan import TapAnaplan, inspect  # noqa: PLC0415

            inspection = inspect(self._find(TapAnaplan))
            self._columns = inspection.columns
            return list(inspection.findings)
        if plugin == "target-posting-results":
            from target_anaplan import RESULTS, TargetAnaplan  # noqa: PLC0415
            from target_anaplan import check as check_model  # noqa: PLC0415

            return check_model(self._find(TargetAnaplan, plugin), RESULTS)
        from target_sage300 import TargetSage300  # noqa: PLC0415
        from target_sage300 import check as check_books  # noqa: PLC0415

        return check_books(self._find(TargetSage300), columns=self._columns)

    def _find(self, plugin: type[PluginBase], name: str = "") -> dict[str, object]:
        name = name or plugin.name
        file, environment = self._files[name], self._environment
        return find_config(plugin, name=name, file=file, environment=environment)


def _tell(error: ConnectorError) -> Finding:
    return Finding(
        verdict=Verdict.MISSING, subject="connection", detail=error.problem, remedy=error.remedy
    )


def _build_row(plugin: str, finding: Finding) -> dict[str, object]:
    return {
        "verdict": str(finding.verdict),
        "plugin": plugin,
        "what": finding.subject,
        "found": finding.detail,
        "remedy": finding.remedy,
    }
