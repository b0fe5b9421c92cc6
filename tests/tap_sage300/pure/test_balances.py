"""Which fiscal sets are wanted, and which years a run reads."""

from __future__ import annotations

import pytest
from ml_connector.errors import SettingError
from tap_sage300.balances import find_designator, parse_designators, plan_windows
from tap_sage300.filters import render

PERIODS: list[dict[str, object]] = [
    {"FiscalYear": year, "FiscalPeriod": period, "Active": is_open}
    for year, is_open in (("2024", False), ("2025", True), ("2026", True))
    for period in ("01", "02")
]


def show(periods: list[dict[str, object]], *, is_sweep: bool) -> list[str | None]:
    windows = plan_windows(periods, name="Year", is_sweep=is_sweep)
    return [render((window,)) for window in windows]


def test_a_run_reads_open_years_and_those_beyond_the_calendar() -> None:
    assert show(PERIODS, is_sweep=False) == ["Year eq '2025'", "Year eq '2026'", "Year gt '2026'"]


def test_a_sweep_leaves_no_year_out() -> None:
    assert show(PERIODS, is_sweep=True) == [
        "Year lt '2024'",
        *(f"Year eq '{year}'" for year in ("2024", "2025", "2026")),
        "Year gt '2026'",
    ]


def test_without_a_calendar_everything_is_one_window() -> None:
    assert show([], is_sweep=False) == [None]


@pytest.mark.parametrize(
    ("spelled", "designator"),
    [("A", "A"), ("Actuals", "A"), ("1", "1"), ("Budget5", "5"), ("Quantity", "Q"), (3, "3")],
)
def test_a_designator_is_known_by_letter_and_by_word(spelled: object, designator: str) -> None:
    assert find_designator(spelled) == designator


def test_actuals_and_all_budgets_are_wanted_by_default() -> None:
    assert parse_designators(None) == frozenset("A12345")


@pytest.mark.parametrize("value", [[], ["Q"], ["6"], "everything else"])
def test_what_is_no_fiscal_set_is_refused(value: object) -> None:
    with pytest.raises(SettingError, match="not a list of fiscal sets"):
        parse_designators(value)
