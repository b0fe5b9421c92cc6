"""Actions that are neither imports nor exports (Anaplan sheet §3.3, §5.5)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.sandbox.anaplan.service import Anaplan, make_lines, make_vendors

pytestmark = pytest.mark.usefixtures("orders_only")

DELETE = "Delete PO Lines marked Deleted"


def test_each_action_tells_its_type(anaplan: Anaplan) -> None:
    rows = anaplan.get("./actions").json["actions"]

    one = anaplan.get(f"./actions/{rows[0]['id']}").json["action"]

    assert one == rows[0] == {"id": "117000000001", "name": DELETE, "actionType": one["actionType"]}
    assert {row["actionType"] for row in rows} == {
        *("DELETE_BY_SELECTION", "ORDER_HIERARCHY", "SIMPLE_CREATE", "BULK_DELETE_ENTITIES"),
        *("UPDATE_CURRENT_PERIOD", "BULK_COPY"),
    }
    assert anaplan.get("./actions/117000000999").status == 404


def test_a_deletion_in_a_process_takes_items_and_cells_and_leaves_no_dump(
    anaplan: Anaplan,
) -> None:
    marked = make_lines({"TransactionId": "A"}, {"TransactionId": "B", "Deleted": "true"})
    anaplan.load("PO Lines from purchase_order_lines.csv", marked)
    anaplan.run("imports", "DAT PO Lines from purchase_order_lines.csv")
    steps = {"actions": [DELETE]}
    anaplan.control.send("PATCH", f"processes/{quote('Load Posting Results')}", steps)

    task = anaplan.run("processes", "Load Posting Results")

    nested = task["result"]["nestedResults"][0]
    process = anaplan.id_of("processes", "Load Posting Results")
    dump = f"./processes/{process}/tasks/{task['taskId']}/dumps/{nested['objectId']}/chunks"
    assert list(anaplan.cells("DAT PO Lines")) == ["A"]
    assert nested["details"][0]["type"] == "deleteFromSelectionSucceeded"
    assert nested["failureDumpAvailable"] is False
    assert anaplan.get(dump).status == 404


def test_ordering_a_list_changes_the_order_of_its_items_only(anaplan: Anaplan) -> None:
    anaplan.load("Vendors from vendors.csv", make_vendors("V3,", "V1,", "V2,"))
    before = list(anaplan.items("Vendors"))

    anaplan.run("actions", "Order Vendors")
    anaplan.load("Vendors from vendors.csv", make_vendors("V0,"))

    assert before == ["V3", "V1", "V2"]
    assert list(anaplan.items("Vendors")) == ["V1", "V2", "V3", "V0"]


def test_a_new_adjustment_line_gets_the_next_id(anaplan: Anaplan) -> None:
    before = list(anaplan.items("GL Adjustment Lines"))

    task = anaplan.run("actions", "Add GL Adjustment Line")

    (added,) = set(anaplan.items("GL Adjustment Lines")) - set(before)
    assert task["result"]["successful"] is True
    assert added == f"GLA-{len(before) + 1:06d}"


def test_clearing_a_list_deletes_all_its_items(anaplan: Anaplan) -> None:
    anaplan.control.post("lists/Posting%20Status", {"items": [{"code": "A"}, {"code": "B"}]})

    anaplan.run("actions", "Clear Posting Status")

    assert anaplan.items("Posting Status") == {}


def test_the_current_period_can_be_brought_up_to_date(anaplan: Anaplan) -> None:
    anaplan.send("PUT", "./currentPeriod?date=2023-02-05")
    before = anaplan.get("./currentPeriod").json["currentPeriod"]["periodText"]

    anaplan.run("actions", "Update Current Period")

    after = anaplan.get("./currentPeriod").json["currentPeriod"]["periodText"]
    assert before == "Feb 23"
    assert after != before


def test_an_action_without_an_effect_here_succeeds(anaplan: Anaplan) -> None:
    assert anaplan.run("actions", "Copy Forecast to Actual")["result"]["successful"] is True
