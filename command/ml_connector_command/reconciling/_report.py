"""Says what differs: for people in tables, for machines one object a line."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import click
from ml_connector.wire import encode_json
from typing_extensions import override

from ml_connector_command._output import print_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ml_connector_command.reconciling._areas import Area
    from ml_connector_command.reconciling._judging import Judgement
    from ml_connector_command.reconciling._kinds import Difference
    from ml_connector_command.reconciling._spool import Figures

Row = dict[str, object]

ROWS_MAX: Final = 50
"""Rows of a table for people; machines get them all."""
LINES_MAX: Final = 1000
"""The same of the lines that were asked for."""


class LinePrinter:
    """Takes lines that differ: prints each for machines, keeps the first of them for people."""

    def __init__(self, *, output: str) -> None:
        """Keep none yet."""
        self._output = output
        self._kept: list[Row] = []
        self._count = 0

    def take(self, area: Area, difference: Difference) -> None:
        """Take one line."""
        row = build_line_row(area, difference)
        self._count += 1
        if self._output == "json":
            click.echo(encode_json(row).decode())
        elif len(self._kept) < LINES_MAX:
            self._kept.append(row)

    def print_kept(self) -> None:
        """Print what was kept."""
        if self._kept:
            print_rows(self._kept, output=self._output, nothing="")
            _tell_rest(self._count - len(self._kept))


class NoLines(LinePrinter):
    """Takes lines and forgets them."""

    def __init__(self) -> None:
        """Keep none."""
        super().__init__(output="none")

    @override
    def take(self, area: Area, difference: Difference) -> None:
        """Forget it."""


def print_judgements(judgements: Sequence[Judgement], lines: LinePrinter, *, output: str) -> None:
    """Print what differs: groups, third figures, lines, and a sentence or two per area."""
    is_json = output == "json"
    if all(one.is_equal for one in judgements):
        click.echo(describe(judgements), err=is_json)
        return
    for build in (build_group_rows, build_third_rows, build_shared_rows, build_formula_rows):
        rows = [row for one in judgements for row in build(one)]
        shown = rows if is_json else rows[:ROWS_MAX]
        if shown:
            print_rows(shown, output=output, nothing="")
        _tell_rest(len(rows) - len(shown))
    lines.print_kept()
    for one in judgements:
        for sentence in summarise(one):
            click.echo(sentence, err=is_json)


def _tell_rest(count: int) -> None:
    if count:
        click.echo(f"… and {count} more; --json prints them all.")


def name_group(area: Area, values: Sequence[str]) -> str:
    """Name a group: `vendor 1200, month 2026-05`."""
    pairs = zip(area.groups, values, strict=True)
    return ", ".join(f"{group.label} {value or '(blank)'}" for group, value in pairs)


def build_group_rows(judgement: Judgement) -> Iterator[Row]:
    """Yield the groups that differ, the largest difference first: a row per amount."""
    for pair in judgement.groups:
        for name, sage, anaplan in _list_measures(judgement.area, pair.sage, pair.anaplan):
            yield {
                "area": judgement.area.name,
                "group": name_group(judgement.area, pair.group),
                "of": name,
                "Sage 300": f"{sage:f}",
                "Anaplan": f"{anaplan:f}",
                "difference": f"{anaplan - sage:f}",
                "why": str(judgement.why[pair.group]),
            }


def _list_measures(
    area: Area, sage: Figures, anaplan: Figures
) -> Iterator[tuple[str, Decimal, Decimal]]:
    measures = (
        (area.measures[0], sage.amount, anaplan.amount),
        (area.measures[1], sage.second, anaplan.second),
    )
    differing = [one for one in measures if one[1] != one[2]]
    if differing:
        yield from differing
    else:
        yield "number of lines", Decimal(sage.lines), Decimal(anaplan.lines)


def build_third_rows(judgement: Judgement) -> Iterator[Row]:
    """Yield the third figures that the lines of Sage do not add up to, the largest first."""
    for one in judgement.thirds:
        yield {
            "area": judgement.area.name,
            "of": one.document,
            "lines of Sage 300": "" if one.lines is None else f"{one.lines:f}",
            judgement.area.third: "" if one.total is None else f"{one.total:f}",
            "why": one.said,
        }


def build_shared_rows(judgement: Judgement) -> Iterator[Row]:
    """Yield the numbers that more than one document of Sage has."""
    for number, owners in judgement.shared:
        yield {
            "area": judgement.area.name,
            "of": number,
            "documents of Sage 300": owners,
            "why": "one number, so only one counts; delete the other or give it another number",
        }


def build_formula_rows(judgement: Judgement) -> Iterator[Row]:
    """Yield cells of calculated modules that the model's own lines do not add up to."""
    for one in judgement.formulas:
        yield {
            "area": judgement.area.name,
            "module": one.module,
            "of": ", ".join(one.key),
            "lines of Anaplan": f"{one.lines:f}",
            "module says": f"{one.found:f}",
            "why": "the module's formula leaves lines out or counts others",
        }


def build_line_row(area: Area, difference: Difference) -> Row:
    """Return one line that differs."""
    return {
        "area": area.name,
        "line": difference.id,
        "group": name_group(area, difference.group),
        "Sage 300": "" if difference.sage is None else f"{difference.sage:f}",
        "Anaplan": "" if difference.anaplan is None else f"{difference.anaplan:f}",
        "kind": ", ".join(difference.kinds),
        "details": difference.details,
        "who moved": str(difference.cause),
    }


def describe(judgements: Iterable[Judgement]) -> str:
    """Say in one line what was compared and found equal."""
    parts = [f"{one.area.name} {one.line_count} lines, {one.total:f}" for one in judgements]
    cleared = sum(one.cleared for one in judgements)
    untied = f" ({cleared} documents are not tied: Sage 300 has cleared their history.)"
    return f"Equal: {'; '.join(parts)}.{untied if cleared else ''}"


def summarise(judgement: Judgement) -> Iterator[str]:
    """Say what of an area differs, in sentences."""
    area = judgement.area.name
    if judgement.groups:
        told = f"{len(judgement.groups)} of {judgement.group_count} groups differ"
        apart = sum((one.anaplan.amount - one.sage.amount for one in judgement.groups), Decimal(0))
        yield f"{area}: {told}; Anaplan has {apart:+f} in all."
    for first, last, count in judgement.runs:
        yield (
            f"{area}: {count} lines in a row are missing in Anaplan, {first} to {last}: a page or a"
            " part of a load did not arrive."
        )
    if judgement.formulas:
        yield (
            f"{area}: {len(judgement.formulas)} cells of {judgement.formulas[0].module} are not"
            " what the model's own lines add up to; check its formula."
        )
    if judgement.shared:
        number, owners = judgement.shared[0]
        yield (
            f"{area}: {len(judgement.shared)} numbers in Sage 300 have more than one document, and"
            f" one of them is not in the model; first {number}: {owners}."
        )
    if judgement.thirds:
        yield (
            f"{area}: {len(judgement.thirds)} times the lines of Sage 300 do not add up to the"
            f" {judgement.area.third}; first {judgement.thirds[0].document}."
        )
