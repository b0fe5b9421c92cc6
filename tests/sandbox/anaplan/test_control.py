"""What tests can do behind the API's back: by hand, as a builder, with copies of the model."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.sandbox.anaplan.service import Anaplan, make_groups, make_lines, make_vendors
from tests.sandbox.web import call

GROUPS = "Vendor Groups from vendor_groups.csv"
VENDORS = "Vendors from vendors.csv"


def _serial(anaplan: Anaplan) -> int:
    return int(anaplan.control.get("model")["lastSavedSerialNumber"])


def test_a_restored_model_has_its_older_content_and_serial_number(anaplan: Anaplan) -> None:
    anaplan.fill()
    anaplan.control.post("snapshot", {})
    before = _serial(anaplan)
    anaplan.load(VENDORS, make_vendors("V2,G1"))
    grown = _serial(anaplan)

    anaplan.control.post("restore", {})

    assert grown > before
    assert _serial(anaplan) == before
    assert anaplan.items("Vendors") == {"V1": "G1"}


def test_a_copy_can_be_restored_more_than_once(anaplan: Anaplan) -> None:
    anaplan.control.post("snapshot", {"name": "empty"})

    for _ in range(2):
        anaplan.fill()
        anaplan.control.post("restore", {"name": "empty"})

    assert anaplan.items("Vendors") == {}


def test_items_deleted_by_hand_take_their_cells_along(anaplan: Anaplan) -> None:
    anaplan.fill()
    anaplan.load("PO Lines from purchase_order_lines.csv", make_lines({}))
    anaplan.run("imports", "DAT PO Lines from purchase_order_lines.csv")
    before = _serial(anaplan)

    anaplan.control.send("DELETE", "lists/PO%20Lines", {"codes": ["S:PO:1:1"]})

    view = anaplan.id_of("views", "CTL Loads")
    rows = anaplan.get(f"./views/{view}/data?format=v1").json["rows"]
    assert rows[2]["cells"] == ["0", "0", "0"]
    assert _serial(anaplan) == before + 1


def test_cells_written_by_hand_are_seen_by_reads(anaplan: Anaplan) -> None:
    anaplan.fill()

    anaplan.control.send("PATCH", "cells/SYS%20Vendors", {"V1": {"Vendor Name": "Acme"}})

    assert anaplan.cells("SYS Vendors")["V1"]["Vendor Name"] == "Acme"


def test_a_builder_renames_a_column_and_old_files_fail(anaplan: Anaplan) -> None:
    anaplan.fill()
    anaplan.control.send("PATCH", "files/vendors.csv", {"rename": {"GroupCode": "Group"}})

    task = anaplan.load(VENDORS, make_vendors("V1,G1"))

    import_id = anaplan.id_of("imports", VENDORS)
    source = anaplan.get(f"./imports/{import_id}").json["importMetadata"]["source"]
    assert "Group" in source["headerNames"]
    assert task["result"]["details"][0]["type"] == "missingFields"


def test_a_builder_changes_a_process(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    name = quote("Load Sage 300")

    anaplan.control.send("PATCH", f"processes/{name}", {"actions": [GROUPS]})

    task = anaplan.run("processes", "Load Sage 300")
    assert len(task["result"]["nestedResults"]) == 1


def test_deleted_objects_are_gone_from_the_api(anaplan: Anaplan) -> None:
    anaplan.control.send("DELETE", f"objects/{quote(GROUPS)}")
    anaplan.control.send("DELETE", "objects/vendors.csv")

    process = anaplan.id_of("processes", "Load Sage 300")
    actions = anaplan.get(f"./processes/{process}").json["processMetadata"]["actions"]
    names = {row["name"] for row in anaplan.get("./files").json["files"]}
    assert GROUPS not in {action["name"] for action in actions}
    assert "vendors.csv" not in names
    assert {"vendor_groups.csv", "purchase_order_lines.csv"} <= names
    assert anaplan.run("imports", VENDORS)["result"]["successful"] is False


def test_a_list_that_nothing_refers_to_can_be_deleted(anaplan: Anaplan) -> None:
    anaplan.control.send("POST", "objects", {"lists": [{"name": "Regions"}]})
    anaplan.control.send("DELETE", "objects/Regions")

    names = {row["name"] for row in anaplan.get("./lists").json["lists"]}
    assert "Regions" not in names


def test_a_control_module_can_do_without_a_calculated_line_item(anaplan: Anaplan) -> None:
    anaplan.control.send("DELETE", f"objects/{quote('CTL Loads.Checksum')}")

    module = anaplan.id_of("modules", "CTL Loads")
    items = anaplan.get(f"./modules/{module}/lineItems").json["items"]
    grid = anaplan.get(f"./views/{module}/data?format=v1").json
    assert [item["name"] for item in items] == ["Rows", "Amount"]
    assert grid["columnCoordinates"] == [["Rows"], ["Amount"]]


def test_forgotten_content_is_as_after_48_hours(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    shown = anaplan.control.get("files/vendor_groups.csv")["content"]

    anaplan.control.send("DELETE", "files/vendor_groups.csv")

    assert shown == make_groups("G1")
    assert anaplan.control.get("files/vendor_groups.csv")["content"] is None


def test_a_reset_is_a_fresh_tenant(anaplan: Anaplan) -> None:
    anaplan.fill()

    anaplan.control.post("reset", {})

    assert anaplan.items("Vendors") == {}
    assert anaplan.get("/2/0/users/me").status == 401
    counters = anaplan.control.get("counters")
    assert (counters["uploads"], counters["tasks"], counters["tasks_by_object"]) == (0, 0, {})


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "lists/Nothing", None, 404),
        ("DELETE", "lists/Vendors", {"codes": ["NOPE"]}, 404),
        ("POST", "lists/Vendors", {}, 400),
        ("POST", "lists/Vendors", {"items": [{"code": "A" * 61}]}, 400),
        ("GET", "cells/Nothing", None, 404),
        ("PATCH", "cells/SYS%20Vendors", {"NOPE": {"City": "x"}}, 400),
        ("POST", "lists/Vendors", {"items": ["V1"]}, 400),
        ("PATCH", "files/nothing.csv", {}, 404),
        ("PATCH", "files/vendors.csv", {"separator": "||"}, 400),
        ("PATCH", "files/vendors.csv", {"id": "1"}, 400),
        ("POST", "switches", {"task_ms": -1}, 400),
        ("PATCH", "files/vendors.csv", {"nonsense": 1}, 400),
        ("POST", "restore", {"name": "never"}, 404),
        ("DELETE", "objects/nothing", None, 404),
        ("DELETE", "objects/Vendors", None, 404),
        ("DELETE", "objects/SYS%20Vendors.City", None, 404),
        ("POST", "switches", {"blank_cells": "maybe"}, 400),
    ],
)
def test_a_control_request_without_sense_is_refused(
    anaplan: Anaplan, method: str, path: str, body: object, status: int
) -> None:
    answer = call(method, f"{anaplan.origin}/_sandbox/{path}", body=body)

    assert answer.status == status
    assert "error" in answer.json


def test_json_nested_beyond_reading_is_refused(anaplan: Anaplan) -> None:
    nested = b"[" * 5000 + b"]" * 5000

    answer = anaplan.send("POST", "/_sandbox/switches", raw=nested)

    assert answer.status == 400
    assert answer.json["error"] == "JSON is nested too deeply"
