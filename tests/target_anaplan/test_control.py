"""The model's own totals are read from either axis and compared without binary residue."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from ml_connector.anaplan import Grid, GridRow
from ml_connector.errors import MismatchError
from ml_connector.ledger import Belief
from target_anaplan._control import (
    ControlModule,
    ControlTotals,
    find_difference,
    parse_totals,
)
from target_anaplan._settings import ControlSettings

from tests.target_anaplan.singer import company, make_line

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model

MODULE = ControlModule(id="102", name="CTL Loads", settings=ControlSettings())


def make_grid(columns: list[str], **rows: list[str]) -> Grid:
    return Grid(
        pages=(),
        columns=tuple((column,) for column in columns),
        rows=tuple(
            GridRow(coordinates=(name,), cells=tuple(cells)) for name, cells in rows.items()
        ),
    )


def test_loads_may_stand_on_rows_or_on_columns() -> None:
    expected = {"vendors": ControlTotals(rows=3, amount=Decimal("1.5"))}

    assert parse_totals(make_grid(["Rows", "Amount"], vendors=["3", "1.5"]), MODULE) == expected
    assert parse_totals(make_grid(["vendors"], Rows=["3"], Amount=["1.5"]), MODULE) == expected


def test_blank_cells_are_zero_and_other_line_items_are_left_alone() -> None:
    grid = make_grid(["Rows", "Note", "Amount"], vendors=["", "text", ""])

    assert parse_totals(grid, MODULE) == {"vendors": ControlTotals(rows=0, amount=Decimal(0))}


def test_a_module_without_loads_controls_nothing() -> None:
    assert parse_totals(make_grid(["Rows", "Amount"]), MODULE) == {}


@pytest.mark.parametrize(
    ("columns", "cells", "says"),
    [
        (["Rows", "Sum"], ["1", "2"], "Amount"),
        (["Rows", "Amount"], ["1", "many"], "many"),
        (["Rows", "Amount"], ["1", "Infinity"], "Infinity"),
        (["Rows", "Amount"], ["NaN", "1"], "NaN"),
    ],
)
def test_a_module_that_cannot_be_read_is_named(
    columns: list[str], cells: list[str], says: str
) -> None:
    with pytest.raises(MismatchError, match=says):
        parse_totals(make_grid(columns, vendors=cells), MODULE)


@pytest.mark.parametrize(
    ("rows", "amount", "differs"),
    [
        (3, "10.00", False),
        (3, "10.0000000000001", False),
        (3, "10.01", True),
        (2, "10.00", True),
        (3, "-10.00", True),
    ],
)
def test_a_difference_is_told_from_binary_residue(rows: int, amount: str, *, differs: bool) -> None:
    belief = Belief(rows=3, amount=Decimal("10.00"))

    difference = find_difference(belief, ControlTotals(rows=rows, amount=Decimal(amount)))

    assert (difference is not None) == differs


def test_large_sums_may_carry_the_residue_of_their_size() -> None:
    belief = Belief(rows=1, amount=Decimal("63791994000.838"))

    totals = ControlTotals(rows=1, amount=Decimal("63791994000.84300001"))

    assert find_difference(belief, totals) is None
    assert find_difference(belief, ControlTotals(rows=1, amount=Decimal(63791994001))) is not None


def test_binary_numbers_of_the_model_are_no_difference(model: Model) -> None:
    model.switch(numbers="binary")
    lines = [make_line(1000, amount="0.1"), make_line(2000, amount="62.25")]
    model.load(company(lines=lines))

    result = model.load(company(lines=lines))

    assert "model.changed" not in result.log


def test_workspace_that_takes_nothing_more_is_named_as_a_cause(model: Model) -> None:
    model.load(company())
    model.switch(workspace="full")

    result = model.run(company(lines=[make_line(1000), make_line(2000)]))

    assert result.exit_code == 1
    assert "see whether the workspace is full" in result.log.splitlines()[-1]
    model.switch(workspace="has_room")
    model.load(company(lines=[make_line(1000), make_line(2000)]))
