"""What a person does in Sage between two runs arrives with the second one, and nothing else.

Goal: edits, completions without a stamp, deletions, lines taken out, orders entered anew.
Method: the installed command against the sandbox, edited through its control endpoints.
"""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.tap_sage300.runs import (
    Sandbox,
    Tap,
    add,
    count_requests,
    delete,
    edit,
    read_all,
    read_orders,
    read_output,
)

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


def find_open(orders: list[dict[str, Any]], *, lines: int = 1) -> dict[str, Any]:
    """Return an open order whose stamp is old enough to be outside every lookback."""
    return next(
        order
        for order in orders
        if not order["Completed"]
        and len(order["PurchaseOrderLines"]) >= lines
        and all(line["CompletionStatus"] == "No" for line in order["PurchaseOrderLines"])
    )


pytestmark = pytest.mark.slow


@pytest.fixture
def tap(company: Sandbox, tmp_path: Path) -> Tap:
    return Tap(company, tmp_path)


def test_second_run_without_changes_asks_little_and_loses_nothing(tap: Tap) -> None:
    first = tap.run()
    before = count_requests(tap.sandbox)

    second = tap.run(state=first.state)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert count_requests(tap.sandbox) - before <= 16
    lines = first.lines()
    assert all(line == lines[key] for key, line in second.lines().items())
    assert second.bookmark()["complete"] is True


def test_lines_carry_the_code_of_their_item(tap: Tap) -> None:
    run = tap.run()

    codes = {
        item["ItemNumber"]: item["UnformattedItemNumber"]
        for item in read_all(tap.sandbox, "IC/ICItems")
    }
    lines = run.lines().values()
    assert any(line["UnformattedItemNumber"] != line["ItemNumber"] for line in lines)
    assert all(line["UnformattedItemNumber"] == codes.get(line["ItemNumber"]) for line in lines)


def test_every_order_and_line_comes_once(tap: Tap) -> None:
    run = tap.run(select=("purchase_orders", "purchase_order_lines"))

    orders = read_orders(tap.sandbox)
    numbers = [record["PurchaseOrderNumber"] for record in run.records("purchase_orders")]
    assert sorted(numbers) == sorted(order["PurchaseOrderNumber"] for order in orders)
    assert len(run.lines()) == sum(len(order["PurchaseOrderLines"]) for order in orders)


def test_completion_that_moves_no_stamp_arrives(tap: Tap) -> None:
    first = tap.run()
    order = find_open(read_orders(tap.sandbox))
    edit(tap.sandbox, order["PurchaseOrderSequenceKey"], Completed=True, stamp=None)

    second = tap.run(state=first.state)

    key = f"SAMLTD:PO:{order['PurchaseOrderNumber']}:{order['PurchaseOrderLines'][0]['LineNumber']}"
    assert second.lines()[key]["Completed"] is True
    assert second.lines()[key]["OutstandingAmount"] == 0
    assert str(order["PurchaseOrderSequenceKey"]) not in second.bookmark()["open"]


def test_deleted_order_is_emitted_once_more_with_amounts_zero(tap: Tap) -> None:
    first = tap.run(select=("purchase_orders", "purchase_order_lines"))
    order = find_open(read_orders(tap.sandbox), lines=2)
    delete(tap.sandbox, order["PurchaseOrderSequenceKey"])

    second = tap.run(state=first.state, select=("purchase_orders", "purchase_order_lines"))
    third = tap.run(state=second.state, select=("purchase_orders", "purchase_order_lines"))

    gone = [line for line in second.lines().values() if line["_sdc_deleted_at"]]
    assert len(gone) == len(order["PurchaseOrderLines"])
    assert {line["PurchaseOrderNumber"] for line in gone} == {order["PurchaseOrderNumber"]}
    assert all(line["FunctionalExtendedCost"] == line["OutstandingAmount"] == 0 for line in gone)
    assert all(line["Vendor"] == order["Vendor"] for line in gone)
    headers = [one for one in second.records("purchase_orders") if one["_sdc_deleted_at"]]
    assert [one["PurchaseOrderNumber"] for one in headers] == [order["PurchaseOrderNumber"]]
    assert not [line for line in third.lines().values() if line["_sdc_deleted_at"]]


def test_line_taken_out_of_an_open_order_is_emitted_as_deleted(tap: Tap) -> None:
    first = tap.run()
    order = find_open(read_orders(tap.sandbox), lines=2)
    line = order["PurchaseOrderLines"][-1]
    edit(
        tap.sandbox,
        order["PurchaseOrderSequenceKey"],
        PurchaseOrderLines=[{"LineNumber": line["LineNumber"], "UpdateOperation": "Delete"}],
        stamp=None,
    )

    second = tap.run(state=first.state)

    key = f"SAMLTD:PO:{order['PurchaseOrderNumber']}:{line['LineNumber']}"
    assert second.lines()[key]["_sdc_deleted_at"]
    assert second.lines()[key]["ExtendedCost"] == 0


def test_two_taps_of_one_ledger_that_run_at_once_are_both_told(
    tap: Tap, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Tap(tap.sandbox, tmp_path_factory.mktemp("other"))
    states = [one.run().state for one in (tap, other)]
    orders = read_orders(tap.sandbox)
    cut = find_open(orders, lines=2)
    gone = find_open([one for one in orders if one is not cut])
    delete(tap.sandbox, gone["PurchaseOrderSequenceKey"])
    last = cut["PurchaseOrderLines"][-1]["LineNumber"]
    edit(
        tap.sandbox,
        cut["PurchaseOrderSequenceKey"],
        PurchaseOrderLines=[{"LineNumber": last, "UpdateOperation": "Delete"}],
        stamp=None,
    )

    processes = [one.start(state=state) for one, state in zip((tap, other), states, strict=True)]
    ended = [read_output(one.wait(), *output) for one, output in communicate(processes)]

    expected = {f"SAMLTD:PO:{cut['PurchaseOrderNumber']}:{last}"} | {
        f"SAMLTD:PO:{gone['PurchaseOrderNumber']}:{line['LineNumber']}"
        for line in gone["PurchaseOrderLines"]
    }
    for run in ended:
        assert run.exit_code == 0, run.errors
        assert {key for key, line in run.lines().items() if line["_sdc_deleted_at"]} == expected


def communicate(
    processes: list[subprocess.Popen[bytes]],
) -> list[tuple[subprocess.Popen[bytes], tuple[bytes, bytes]]]:
    """Read what processes write that run side by side."""
    with ThreadPoolExecutor(len(processes)) as readers:
        return list(
            zip(processes, readers.map(lambda one: one.communicate(), processes), strict=True)
        )


def test_two_orders_with_one_number_end_the_run_naming_both(tap: Tap) -> None:
    first, second = read_orders(tap.sandbox)[:2]
    number, key = first["PurchaseOrderNumber"], second["PurchaseOrderSequenceKey"]
    edit(tap.sandbox, key, PurchaseOrderNumber=number)

    run = tap.run()

    assert run.exit_code == 1
    assert f"{first['PurchaseOrderSequenceKey']} and {key}" in run.error
    assert number in run.error
    assert "another number" in run.error
    assert run.bookmark()["complete"] is False
    warnings = [line for line in run.errors.splitlines() if "purchase_orders.number_twice" in line]
    assert len(warnings) == 1


def test_finished_order_that_vanishes_changes_nothing(tap: Tap) -> None:
    first = tap.run()
    order = next(one for one in read_orders(tap.sandbox) if one["Completed"])
    delete(tap.sandbox, order["PurchaseOrderSequenceKey"])

    second = tap.run(state=first.state)

    assert not [line for line in second.lines().values() if line["_sdc_deleted_at"]]


def test_new_order_with_an_old_date_arrives_by_its_sequence_key(tap: Tap) -> None:
    first = tap.run()
    template = next(one for one in read_orders(tap.sandbox) if one["Completed"])
    highest = max(one["PurchaseOrderSequenceKey"] for one in read_orders(tap.sandbox))
    old = "2019-01-02T00:00:00Z"
    add(
        tap.sandbox,
        {
            **template,
            "PurchaseOrderSequenceKey": highest + 7,
            "PurchaseOrderNumber": "LATE-1",
            "OrderDate": old,
            "LastPostingDate": old,
            "stamp": "2019-01-02",
        },
    )

    second = tap.run(state=first.state)

    assert "LATE-1" in {line["PurchaseOrderNumber"] for line in second.lines().values()}


def test_number_entered_anew_after_its_order_was_deleted_is_not_taken_for_deleted(
    tap: Tap,
) -> None:
    first = tap.run()
    order = find_open(read_orders(tap.sandbox), lines=2)
    highest = max(one["PurchaseOrderSequenceKey"] for one in read_orders(tap.sandbox))
    delete(tap.sandbox, order["PurchaseOrderSequenceKey"])
    add(
        tap.sandbox,
        {
            **order,
            "PurchaseOrderSequenceKey": highest + 1,
            "PurchaseOrderLines": order["PurchaseOrderLines"][:1],
        },
    )

    second = tap.run(state=first.state)

    number = order["PurchaseOrderNumber"]
    deleted = {
        line["LineNumber"]: bool(line["_sdc_deleted_at"])
        for line in second.lines().values()
        if line["PurchaseOrderNumber"] == number
    }
    first_line, *others = [line["LineNumber"] for line in order["PurchaseOrderLines"]]
    assert deleted == {first_line: False, **dict.fromkeys(others, True)}


def test_future_stamp_does_not_blind_the_next_run(tap: Tap) -> None:
    order = next(one for one in read_orders(tap.sandbox) if one["Completed"])
    edit(tap.sandbox, order["PurchaseOrderSequenceKey"], Reference="typo", stamp="2099-01-01")

    run = tap.run()

    assert run.bookmark()["last_posting_date"] < "2030-01-01"


def test_master_edited_since_arrives_and_others_stay_away(tap: Tap) -> None:
    first = tap.run(select=("vendors",), lookback_days=0)
    vendor = first.records("vendors")[0]["VendorNumber"]
    tap.sandbox.sage("PATCH", f"records/AP/APVendors/{vendor}", {"VendorName": 'New, "name"'})

    second = tap.run(select=("vendors",), state=first.state, lookback_days=0)

    changed = {one["VendorNumber"]: one["VendorName"] for one in second.records("vendors")}
    assert changed[vendor] == 'New, "name"'
    assert len(changed) < len(first.records("vendors"))


def test_sweep_reads_everything_of_the_open_years_again(tap: Tap) -> None:
    first = tap.run()
    state = copy.deepcopy(first.state)
    state["bookmarks"]["purchase_order_lines"]["swept_on"] = "2020-01-01"

    second = tap.run(state=state)

    assert len(second.lines()) > len(first.bookmark()["open"]) * 2
    assert second.bookmark()["swept_on"] > "2020-01-01"


def test_start_date_leaves_old_finished_orders_out_and_keeps_open_ones(tap: Tap) -> None:
    run = tap.run(start_date="2099-01-01")

    keys = {line["PurchaseOrderSequenceKey"] for line in run.lines().values()}
    orders = read_orders(tap.sandbox)
    assert keys == {one["PurchaseOrderSequenceKey"] for one in orders if not one["Completed"]}


def test_stream_added_later_is_read_from_its_own_beginning(tap: Tap) -> None:
    first = tap.run(select=("purchase_order_lines",))

    second = tap.run(state=first.state, select=("purchase_orders", "purchase_order_lines"))

    assert len(second.records("purchase_orders")) == len(read_orders(tap.sandbox))
    assert second.bookmark("purchase_orders") == second.bookmark("purchase_order_lines")


def test_foreign_orders_add_up_in_the_companys_own_currency(tap: Tap) -> None:
    run = tap.run(select=("purchase_orders", "purchase_order_lines"))

    sums: dict[str, Decimal] = {}
    for line in run.records():
        number = line["PurchaseOrderNumber"]
        sums[number] = sums.get(number, Decimal(0)) + line["FunctionalExtendedCost"]
    headers = run.records("purchase_orders")
    assert {one["Currency"] for one in headers} == {"CAD", "USD", "EUR"}
    foreign = [one for one in headers if one["Currency"] != "CAD"]
    assert all(sums[one["PurchaseOrderNumber"]] == one["FunctionalExtendedCost"] for one in foreign)
