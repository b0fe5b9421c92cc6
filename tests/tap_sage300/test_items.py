"""Items over HTTP, whichever way the server writes a Boolean with a value list."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.tap_sage300.runs import Sandbox, Tap, switch

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
ITEMS = "IC/ICItems"
LOCATIONS = "IC/ICLocationDetails"


def deactivate(company: Sandbox) -> str:
    """Set one item to inactive; return its number."""
    records = company.sage("GET", f"records/{ITEMS}")
    number = str(records[0]["UnformattedItemNumber"])
    company.sage("PATCH", f"records/{ITEMS}/{number}", {"Status": True})
    return number


@pytest.mark.parametrize("booleans", ["boolean", "words"])
def test_items_say_active_or_inactive_however_the_server_writes_it(
    company: Sandbox, tmp_path: Path, booleans: str
) -> None:
    number = deactivate(company)
    switch(company, booleans=booleans)

    run = Tap(company, tmp_path).run(select=("items",))

    items = {one["UnformattedItemNumber"]: one for one in run.records("items")}
    statuses = Counter(one["Status"] for one in items.values())
    held = company.sage("GET", f"records/{ITEMS}")
    assert run.exit_code == 0
    assert set(items) == {str(one["UnformattedItemNumber"]) for one in held}
    assert items[number]["Status"] == "Inactive"
    assert set(statuses) == {"Active", "Inactive"}
    assert {type(one["StockItem"]) for one in items.values()} == {bool}


def test_an_item_changed_since_the_last_run_comes_again_and_others_do_not(
    company: Sandbox, tmp_path: Path
) -> None:
    tap = Tap(company, tmp_path)
    first = tap.run(select=("items",), lookback_days=0)
    number = deactivate(company)

    second = tap.run(select=("items",), lookback_days=0, state=first.state)

    numbers = [one["UnformattedItemNumber"] for one in second.records("items")]
    assert number in numbers
    assert len(numbers) < len(first.records("items"))


def test_item_locations_come_whole_each_time_by_their_double_key(
    company: Sandbox, tmp_path: Path
) -> None:
    tap = Tap(company, tmp_path)

    first = tap.run(select=("item_locations",))
    second = tap.run(select=("item_locations",), state=first.state)

    held = company.sage("GET", f"records/{LOCATIONS}")
    keys = {(one["ItemNumber"], one["Location"]) for one in held}
    read = first.records("item_locations")
    assert {(one["ItemNumber"], one["Location"]) for one in read} == keys
    assert len(read) == len(keys) == len(held)
    assert sum(one["QuantityOnHand"] for one in read) == sum(one["QuantityOnHand"] for one in held)
    assert second.records("item_locations") == read


def test_a_server_without_item_locations_costs_a_line_and_an_error_only_when_they_are_selected(
    company: Sandbox, tmp_path: Path
) -> None:
    tap = Tap(company, tmp_path)
    switch(company, not_installed=["ICLocationDetails"])

    by_default = tap.run(select=None)
    selected = tap.run(select=("item_locations", "items"))

    told = [line for line in by_default.errors.splitlines() if "item_locations" in line]
    assert by_default.exit_code == 0
    assert len(told) == 1
    assert "module IC has no resource ICLocationDetails" in told[0]
    assert selected.exit_code == 1
    assert "item_locations: module IC has no resource ICLocationDetails" in selected.error
    assert selected.records("items")


@pytest.mark.parametrize("casing", ["documented", "lowered"])
def test_every_exchange_rate_is_a_record_of_its_own(
    company: Sandbox, tmp_path: Path, casing: str
) -> None:
    switch(company, property_casing=casing)

    run = Tap(company, tmp_path).run(select=("currency_rates",))

    held = {
        (table["ToCurrency"], table["RateType"], rate["FromCurrency"], rate["RateDate"][:10]): (
            rate["Rate"],
            table["RateOperation"],
        )
        for table in company.sage("GET", "records/CS/CSCurrencyRates")
        for rate in table["CurrencyRateDetail"]
    }
    read = {
        (one["ToCurrency"], one["RateType"], one["FromCurrency"], one["RateDate"]): (
            one["Rate"],
            one["RateOperation"],
        )
        for one in run.records("currency_rates")
    }
    assert run.exit_code == 0
    assert len(held) > 20
    assert read == held
    assert len(run.records("currency_rates")) == len(held)
