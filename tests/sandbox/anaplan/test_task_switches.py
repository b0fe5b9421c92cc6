"""What a task may meet: uploads underneath it, failures of a whole action, dumps (§4.1, §5)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.sandbox.anaplan.service import (
    Anaplan,
    counts_of,
    make_groups,
    make_lines,
    make_vendors,
)

GROUPS = "Vendor Groups from vendor_groups.csv"
SYS_GROUPS = "SYS Vendor Groups from vendor_groups.csv"
VENDORS = "Vendors from vendors.csv"
DELETE = "Delete PO Lines marked Deleted"
MINUTE_MS = 60_000


def _wait_until_it_runs(anaplan: Anaplan, path: str) -> None:
    for _ in range(500):
        if anaplan.get(path).json["task"]["taskState"] == "IN_PROGRESS":
            return
        time.sleep(0.01)  # noqa: TID251  # real time: the server runs in a thread of its own
    raise TimeoutError(path)


def _load_with_upload_meanwhile(anaplan: Anaplan, first: str, then: str) -> dict[str, Any]:
    """Upload `first`, start the import, upload `then` while it runs, and let it end."""
    anaplan.upload("vendor_groups.csv", first)
    anaplan.control.turn(task_ms=MINUTE_MS)
    task_id = anaplan.start("imports", GROUPS)
    _wait_until_it_runs(anaplan, f"./imports/{anaplan.id_of('imports', GROUPS)}/tasks/{task_id}")
    anaplan.upload("vendor_groups.csv", then)
    anaplan.control.post("clock", {"advance_s": 61})
    return anaplan.wait("imports", GROUPS, task_id)


# --- files have no lock ------------------------------------------------------------------------


@pytest.mark.switch("upload_during_import")
@pytest.mark.parametrize(
    ("position", "held"), [("mixed", {"A", "B"}), ("new", {"B"}), ("error", set())]
)
def test_an_upload_under_a_running_import_is_mixed_in_or_taken_or_an_error(
    anaplan: Anaplan, position: str, held: set[str]
) -> None:
    anaplan.control.turn(upload_during_import=position)
    first, then = (
        make_groups(*(f"{letter}{number:02d}" for number in range(20))) for letter in "AB"
    )

    task = _load_with_upload_meanwhile(anaplan, first, then)

    assert {code[0] for code in anaplan.items("Vendor Groups")} == held
    assert task["result"]["successful"] is (position != "error")
    if position == "error":
        assert task["result"]["details"][0]["type"] == "importFailedGeneralError"


def test_the_same_content_uploaded_again_disturbs_no_import(anaplan: Anaplan) -> None:
    task = _load_with_upload_meanwhile(anaplan, make_groups("G1"), make_groups("G1"))

    assert task["result"]["successful"] is True
    assert list(anaplan.items("Vendor Groups")) == ["G1"]


def test_an_upload_announced_under_a_running_import_loads_the_old_default_in_silence(
    anaplan: Anaplan,
) -> None:
    anaplan.control.post("files/vendor_groups.csv/default", {"content": make_groups("OLD")})
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    file_id = anaplan.id_of("files", "vendor_groups.csv")
    anaplan.send("POST", f"./files/{file_id}", body={"chunkCount": -1})

    anaplan.run("imports", GROUPS)

    assert list(anaplan.items("Vendor Groups")) == ["OLD"]


def test_content_that_expired_fails_the_import_of_who_uploaded_it(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    anaplan.control.post("clock", {"advance_s": 49 * 3600})
    anaplan.login()

    task = anaplan.run("imports", GROUPS)

    assert task["result"]["details"][0]["type"] == "uploadedFileNoLongerAvailable"


@pytest.mark.switch("announced_count")
@pytest.mark.parametrize(("position", "count"), [("echoed", 3), ("zero", 0)])
def test_the_announced_count_is_echoed_or_zero(anaplan: Anaplan, position: str, count: int) -> None:
    anaplan.control.turn(announced_count=position)
    file_id = anaplan.id_of("files", "vendors.csv")

    answer = anaplan.send("POST", f"./files/{file_id}", body={"chunkCount": 3})

    assert answer.json["file"]["chunkCount"] == count


def test_metadata_sent_along_with_the_count_is_stored_and_followed(anaplan: Anaplan) -> None:
    file_id = anaplan.id_of("files", "vendor_groups.csv")
    body = {"chunkCount": 1, "separator": ";", "headerRow": 2, "firstDataRow": 4, "name": "x"}

    answer = anaplan.send("POST", f"./files/{file_id}", body=body)
    anaplan.put_chunk(
        file_id, 0, ("# a title\n" + make_groups("G0", "G1").replace(",", ";")).encode()
    )
    anaplan.run("imports", GROUPS)

    described = answer.json["file"]
    assert (described["separator"], described["headerRow"]) == (";", 2)
    assert described["name"] == "vendor_groups.csv"
    assert list(anaplan.items("Vendor Groups")) == ["G1"]


@pytest.mark.parametrize(
    "given", [{"separator": ",,"}, {"separator": '"'}, {"delimiter": "\n"}, {"headerRow": "one"}]
)
def test_metadata_no_file_can_have_is_400(anaplan: Anaplan, given: dict[str, object]) -> None:
    file_id = anaplan.id_of("files", "vendor_groups.csv")

    answer = anaplan.send("POST", f"./files/{file_id}", body={"chunkCount": 1} | given)

    assert answer.status == 400


# --- failures of a whole action ----------------------------------------------------------------


@pytest.mark.switch("action_fails_with")
@pytest.mark.parametrize(
    ("code", "failing"),
    [
        ("none", set()),
        ("actionFailed", {GROUPS, SYS_GROUPS, DELETE}),
        ("connectorError", {GROUPS, SYS_GROUPS}),
        ("crossCustomerImport", {GROUPS, SYS_GROUPS}),
        ("deleteFromSelectionFailed", {DELETE}),
        ("failedToLocateEntity", {GROUPS, SYS_GROUPS}),
        ("failedToLocateHierarchy", {GROUPS}),
        ("failedToLocateModel", {GROUPS, SYS_GROUPS}),
        ("failedToLocateModule", {SYS_GROUPS}),
        ("failedToLocateSavedView", {GROUPS, SYS_GROUPS}),
        ("hierarchyImportFailed", {GROUPS}),
        ("importFailedGeneralError", {GROUPS, SYS_GROUPS}),
        ("internalError", {GROUPS, SYS_GROUPS, DELETE}),
        ("moduleImportFailed", {SYS_GROUPS}),
        ("notAuthorised", {GROUPS, SYS_GROUPS, DELETE}),
        ("sourceModelArchived", {GROUPS, SYS_GROUPS}),
    ],
)
def test_an_action_fails_as_a_whole_with_the_code_it_can_meet(
    anaplan: Anaplan, code: str, failing: set[str]
) -> None:
    anaplan.control.turn(action_fails_with=code)
    anaplan.upload("vendor_groups.csv", make_groups("G1"))

    tasks = {
        name: anaplan.run(kind, name)
        for kind, name in (("imports", GROUPS), ("imports", SYS_GROUPS), ("actions", DELETE))
    }

    failed = {name for name, task in tasks.items() if not task["result"]["successful"]}
    codes = {tasks[name]["result"]["details"][0]["type"] for name in failed}
    assert failed == failing
    assert codes == ({code} if failing else set())
    assert (anaplan.items("Vendor Groups") == {}) is (GROUPS in failing)


def test_a_list_or_module_that_is_gone_is_not_located(anaplan: Anaplan) -> None:
    for name in (GROUPS, SYS_GROUPS):
        anaplan.control.send("PATCH", f"imports/{name.replace(' ', '%20')}", {"target": "Gone"})

    tasks = [anaplan.load(name, make_groups("G1")) for name in (GROUPS, SYS_GROUPS)]

    codes = [task["result"]["details"][0]["type"] for task in tasks]
    assert codes == ["failedToLocateHierarchy", "failedToLocateModule"]


def test_a_cancelled_export_says_so(anaplan: Anaplan) -> None:
    anaplan.control.turn(task_ms=MINUTE_MS)
    name = "GL Adjustments"
    path = f"./exports/{anaplan.id_of('exports', name)}/tasks"
    task_id = anaplan.send("POST", path, body={"localeName": "en_US"}).json["task"]["taskId"]
    _wait_until_it_runs(anaplan, f"{path}/{task_id}")

    anaplan.send("DELETE", f"{path}/{task_id}")

    task = anaplan.wait("exports", name, task_id)
    assert task["result"]["details"][0]["type"] == "msgExportCancelled"


# --- processes ---------------------------------------------------------------------------------


def test_an_earlier_step_of_a_process_stays_when_a_later_one_fails(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    anaplan.control.turn(process_after_failure="stop")

    task = anaplan.run("processes", "Load Sage 300")

    assert task["result"]["successful"] is False
    assert list(anaplan.items("Vendor Groups")) == ["G1"]


def test_the_tasks_of_an_object_are_listed_oldest_first_or_as_asked(anaplan: Anaplan) -> None:
    anaplan.upload("vendor_groups.csv", make_groups("G1"))
    ids = []
    for _ in range(3):
        ids.append(anaplan.run("imports", GROUPS)["taskId"])
        anaplan.control.post("clock", {"advance_s": 1})
    path = f"./imports/{anaplan.id_of('imports', GROUPS)}/tasks"

    def listed(sort: str) -> list[str]:
        return [one["taskId"] for one in anaplan.get(path + sort).json["tasks"]]

    assert listed("") == ids
    assert listed("?sort=-creationTime") == ids[::-1]
    assert listed("?sort=nonsense") == ids


def test_mapping_parameters_that_are_no_list_are_400(anaplan: Anaplan) -> None:
    path = f"./imports/{anaplan.id_of('imports', GROUPS)}/tasks"
    body = {"localeName": "en_US", "mappingParameters": {"entityType": "Version"}}

    assert anaplan.send("POST", path, body=body).status == 400


# --- dumps -------------------------------------------------------------------------------------


def _fail(anaplan: Anaplan, *groups: str) -> str:
    rows = [f"V{number},{group}" for number, group in enumerate(groups)]
    task_id = anaplan.load(VENDORS, make_vendors(*rows))["taskId"]
    return f"./imports/{anaplan.id_of('imports', VENDORS)}/tasks/{task_id}/dump"


@pytest.mark.switch("missing_dump")
@pytest.mark.parametrize(
    ("position", "whole", "chunks"), [("not_found", 404, 404), ("no_content", 204, 400)]
)
def test_a_dump_that_is_not_there_is_404_or_204(
    anaplan: Anaplan, position: str, whole: int, chunks: int
) -> None:
    anaplan.control.turn(missing_dump=position)
    task_id = anaplan.load(GROUPS, make_groups("G1"))["taskId"]
    path = f"./imports/{anaplan.id_of('imports', GROUPS)}/tasks/{task_id}/dump"

    assert anaplan.get(path).status == whole
    assert anaplan.get(f"{path}/chunks").status == chunks


@pytest.mark.switch("dump_encoding")
@pytest.mark.parametrize(
    ("position", "codec", "seen"),
    [
        ("UTF-8", "utf-8", "Zürich€"),
        ("UTF-16LE", "utf-16-le", "Zürich€"),
        ("ISO-8859-1", "latin-1", "Zürich?"),
    ],
)
def test_dumps_are_encoded_as_switched(
    anaplan: Anaplan, position: str, codec: str, seen: str
) -> None:
    anaplan.control.turn(dump_encoding=position)
    anaplan.upload("vendors.csv", make_vendors("V1,Zürich€"))
    task_id = anaplan.start("imports", VENDORS)
    anaplan.wait("imports", VENDORS, task_id)
    path = f"./imports/{anaplan.id_of('imports', VENDORS)}/tasks/{task_id}/dump"

    assert f'"{seen}"' in anaplan.get(path).raw.decode(codec)


@pytest.mark.switch("dump_chunk_bytes")
def test_a_dump_comes_in_chunks_that_may_end_within_a_row(anaplan: Anaplan) -> None:
    path = _fail(anaplan, *["NOPE"] * 5)
    whole = anaplan.get(path).raw
    one = anaplan.get(f"{path}/chunks").json["chunks"]
    anaplan.control.turn(dump_chunk_bytes=100)

    chunks = anaplan.get(f"{path}/chunks").json["chunks"]

    parts = [anaplan.get(f"{path}/chunks/{chunk['id']}").raw for chunk in chunks]
    assert [chunk["id"] for chunk in one] == ["0"]
    assert [chunk["id"] for chunk in chunks] == [str(n) for n in range(len(chunks))]
    assert {len(part) for part in parts[:-1]} == {100}
    assert b"".join(parts) == whole


def test_a_row_loaded_in_part_is_a_w_and_one_left_out_an_e(anaplan: Anaplan) -> None:
    task = anaplan.load(VENDORS, make_vendors("V1,NOPE", ",G1", "V1,G1"))

    rows = [(row["_Status_"], row["_Line_"], row["_Error_1_"]) for row in task["dump"]]
    assert rows == [
        ("W", "2", "Invalid parent"),
        ("E", "3", "Empty key"),
        ("E", "4", "Duplicate key: V1"),
    ]


def test_a_full_workspace_keeps_list_and_cell_writes_out_too(anaplan: Anaplan) -> None:
    anaplan.fill()
    anaplan.load("PO Lines from purchase_order_lines.csv", make_lines({}))
    anaplan.control.turn(workspace="full")
    items = f"./lists/{anaplan.id_of('lists', 'Vendors')}/items"
    place = [{"dimensionName": "PO Lines", "itemCode": "S:PO:1:1"}]

    anaplan.send("POST", f"{items}?action=add", body={"items": [{"name": "V2", "code": "V2"}]})
    anaplan.send("PUT", items, body={"items": [{"code": "V1", "name": "Acme"}]})
    anaplan.send(
        "POST",
        f"./modules/{anaplan.id_of('modules', 'DAT PO Lines')}/data",
        body=[{"lineItemName": "Amount", "dimensions": place, "value": 9}],
    )

    assert [row["name"] for row in anaplan.rows_of("Vendors")] == ["V1"]
    assert anaplan.cells("DAT PO Lines")["S:PO:1:1"]["Amount"] == "0"


def test_a_created_count_is_what_the_summary_says(anaplan: Anaplan) -> None:
    task = anaplan.load(GROUPS, make_groups("G1", "G2", "G1"))

    counts = counts_of(task)
    assert (counts["successCreateCount"], counts["failedCount"]) == ("2", "1")
    assert task["result"]["details"][0]["type"] == "hierarchyRowsProcessedWithFailures"
