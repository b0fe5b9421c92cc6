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
