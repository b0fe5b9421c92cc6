"""`ml-connector reconcile`: Sage 300 and Anaplan read afresh, and tied to a third figure."""

from __future__ import annotations

from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING, Final

import click
from ml_connector.errors import ExitCode, MismatchError

from ml_connector_command._ledgers import json_option
from ml_connector_command._plugin_settings import (
    environment_option,
    find_config,
    tap_option,
    target_option,
)
from ml_connector_command.reconciling._report import LinePrinter, NoLines, print_judgements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_connector_command.reconciling._areas import Area
    from ml_connector_command.reconciling._formulas import Formula
    from ml_connector_command.reconciling._judging import Judgement

Config = dict[str, object]

DIFFERENT: Final = ExitCode.REJECTS_KEPT
"""Finished, and something is not as it should be: what 3 means of a run as well."""
NAMES: Final = ("orders", "payables", "ledger")


@click.command("reconcile", short_help="Compare Sage 300 and Anaplan, both read afresh.")
@click.option(
    "--area",
    "names",
    multiple=True,
    type=click.Choice(NAMES),
    help="What to reconcile; default: whatever the model loads.",
)
@click.option("--lines", "depth", flag_value="lines", default="groups", help="Name every line.")
@click.option(
    "--formulas",
    "checked",
    flag_value="formulas",
    default="lines",
    help="Also compare Commitments and Actuals with the lines they add up; they may be large.",
)
@click.option("--quiet", "voice", flag_value="quiet", default="normal", help="Exit code only.")
@tap_option
@target_option
@environment_option
@json_option
@click.pass_context
def reconcile(
    context: click.Context,
    *,
    names: tuple[str, ...],
    depth: str,
    checked: str,
    voice: str,
    tap_file: str | None,
    target_file: str | None,
    environment: str | None,
    output: str,
) -> None:
    """Read orders, payables and the ledger afresh on both sides and say where they differ.

    Amounts are compared by vendor or account, cost center and period, and each is tied to a third
    figure of Sage 300: totals of orders, posted documents, fiscal sets. The largest difference
    comes first, with its kind and the lines it is made of. Nothing is written anywhere.

    Ends with 0 when both sides are equal (one line is printed), with 3 when they are not, with 1
    when a side cannot be read, with 2 when settings or the model are not as they must be.
    """
    # Both plugins bring their libraries; a wrong option should be refused at once.
    from tap_sage300 import TapSage300  # noqa: PLC0415
    from target_anaplan import TargetAnaplan  # noqa: PLC0415

    tap = find_config(TapSage300, file=tap_file, environment=environment)
    target = find_config(TargetAnaplan, file=target_file, environment=environment)
    lines = LinePrinter(output=output) if depth == "lines" else NoLines()
    # The tables of areas bring the target with them.
    from ml_connector_command.reconciling._formulas import FORMULAS  # noqa: PLC0415

    formulas = FORMULAS if checked == "formulas" else {}
    judgements = _compare(tap, target, names=names, lines=lines, formulas=formulas)
    if voice == "normal":
        print_judgements(judgements, lines, output=output)
    context.exit(ExitCode.OK if all(one.is_equal for one in judgements) else DIFFERENT)


def _compare(
    tap: Config,
    target: Config,
    *,
    names: Sequence[str],
    lines: LinePrinter,
    formulas: Mapping[str, Formula],
) -> list[Judgement]:
    """Read both sides and judge each area."""
    from tap_sage300 import ThirdFigures  # noqa: PLC0415
    from target_anaplan import FreshModel  # noqa: PLC0415

    from ml_connector_command.reconciling._areas import AREAS  # noqa: PLC0415
    from ml_connector_command.reconciling._formulas import check_formula  # noqa: PLC0415
    from ml_connector_command.reconciling._judging import judge  # noqa: PLC0415
    from ml_connector_command.reconciling._sources import read_all  # noqa: PLC0415
    from ml_connector_command.reconciling._spool import Spool  # noqa: PLC0415

    with ExitStack() as stack:
        model = stack.enter_context(FreshModel(target))
        thirds = stack.enter_context(closing(ThirdFigures(tap)))
        areas = {
            name: area
            for name, area in AREAS.items()
            if name in names or (not names and model.loads(area.load.stream))
        }
        _check_any(areas)
        spools = {name: stack.enter_context(Spool()) for name in areas}
        read_all(tap, thirds, model, areas=areas, spools=spools)
        judgements = {
            name: judge(area, spools[name], model, sage=thirds, take=partial(lines.take, area))
            for name, area in areas.items()
        }
        company = str(tap.get("company")) if model.holds_several_companies else None
        for name in judgements.keys() & formulas.keys():
            judgements[name].formulas += check_formula(
                formulas[name], spools[name].compare_groups(), model, company=company
            )
        return list(judgements.values())


def _check_any(areas: Mapping[str, Area]) -> None:
    if not areas:
        raise MismatchError(
            "model",
            "",
            expected="to load order lines, invoice lines or posted transactions",
            found="none of them",
            remedy="`ml-connector ping` says what the model lacks.",
        )
