"""The unmodified `anaplan-sdk`, written by others against real tenants, on the sandbox.

Its hosts are fixed in its code, so a transport sends its requests to the sandbox instead. It checks
answers with pydantic: a missing field shows at once. The transport also holds every answer to the
published descriptions.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import anaplan_sdk
import pytest
from anaplan_sdk.exceptions import (
    AnaplanActionError,
    InvalidCredentialsException,
    InvalidIdentifierException,
)

from tests.sandbox.anaplan.sdk import make_client
from tests.sandbox.anaplan.service import Anaplan, make_groups, make_lines, make_vendors

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("orders_only")

GROUPS, VENDORS, LINES = 113000000001, 113000000002, 113000000003
GROUP_IMPORT, VENDOR_IMPORT = 112000000001, 112000000003
PROCESS = 118000000001
GL_ADJUSTMENTS = 116000000001
ADD_LINE = 117000000004
CTL_LOADS = 102000000005
VENDOR_LIST = 101000000002
LINES_MODULE = 102000000003


@pytest.fixture
def client(anaplan: Anaplan) -> Iterator[anaplan_sdk.Client]:
    made = make_client(anaplan)
    yield made
    made._http._client.close()  # the SDK has no way to close its client


def _load_all(client: anaplan_sdk.Client) -> None:
    client.upload_file(GROUPS, make_groups("G1"))
    client.upload_file(VENDORS, make_vendors("V1,G1"))
    client.upload_file(LINES, make_lines({}))
    client.run_action(PROCESS)


def test_it_discovers_workspace_model_and_objects(client: anaplan_sdk.Client) -> None:
    assert client.get_workspace().current_size is not None
    assert client.get_model().name
    assert [file.name for file in client.get_files()][:3] == [
        *("vendor_groups.csv", "vendors.csv", "purchase_order_lines.csv")
    ]
    assert {one.file_id for one in client.get_imports()} >= {GROUPS, VENDORS, LINES}
    assert client.get_processes()[0].id == PROCESS
    assert "GL Adjustments" in {one.name for one in client.get_exports()}
    assert client.get_actions()[0].type == "DELETE_BY_SELECTION"


def test_it_reads_the_model_s_structure(client: anaplan_sdk.Client) -> None:
    tr = client.tr

    assert {one.name for one in tr.get_lists()} >= {"Vendors", "PO Lines"}
    assert tr.get_list_metadata(VENDOR_LIST).item_count == 0
    assert len(tr.get_modules()) == 16
    assert len(tr.get_views()) == 22
    assert {item.format for item in tr.get_line_items()} >= {"NUMBER", "LIST", "DATE", "BOOLEAN"}
    assert tr.get_view_info(CTL_LOADS).rows[0].name == "Loads"
    assert tr.get_model_status().current_step == "Open"
    assert tr.get_model_calendar().calendar_type == "Calendar Months/Quarters/Years"
    assert tr.get_current_period().period_text


def test_it_uploads_in_parallel_chunks_and_runs_a_process(
    client: anaplan_sdk.Client, anaplan: Anaplan
) -> None:
    _load_all(client)

    assert client.get_file(LINES).decode() == make_lines({})
    assert list(anaplan.items("PO Lines")) == ["S:PO:1:1"]
    assert client.get_task_summaries(PROCESS)[0].task_state == "COMPLETE"


def test_it_streams_a_file_of_unknown_length(client: anaplan_sdk.Client, anaplan: Anaplan) -> None:
    content = make_groups("G1", "G2")

    client.upload_file_stream(GROUPS, iter([content[:40], content[40:]]))
    client.run_action(GROUP_IMPORT)

    assert list(anaplan.items("Vendor Groups")) == ["G1", "G2"]


def test_a_warned_row_leaves_the_import_successful_and_a_dump(
    client: anaplan_sdk.Client, anaplan: Anaplan
) -> None:
    client.upload_file(VENDORS, make_vendors("V1,NOPE"))

    task = client.run_action(VENDOR_IMPORT)

    assert isinstance(task, anaplan_sdk.models.CompletedTask)
    assert task.result.failure_dump_available
    assert task.result.details[0].values
    rows = anaplan.dump(f"./imports/{VENDOR_IMPORT}/tasks/{task.id}/dump")
    assert rows[0]["_Error_1_"] == "Invalid parent"


def test_a_warned_row_makes_the_process_an_error_for_it(client: anaplan_sdk.Client) -> None:
    client.upload_file(GROUPS, make_groups("G1"))
    client.upload_file(VENDORS, make_vendors("V1,NOPE"))
    client.upload_file(LINES, make_lines({}))

    with pytest.raises(AnaplanActionError):
        client.run_action(PROCESS)


def test_a_file_id_that_does_not_exist_is_noticed_after_it_was_created(
    client: anaplan_sdk.Client, anaplan: Anaplan
) -> None:
    before = len(anaplan.get("./files").json["files"])

    with pytest.raises(InvalidIdentifierException):
        client.upload_file(113000000999, "x")

    assert len(anaplan.get("./files").json["files"]) == before + 1


def test_it_writes_lists_and_cells(client: anaplan_sdk.Client, anaplan: Anaplan) -> None:
    _load_all(client)
    items = [{"name": "V2", "code": "V2"}, {"name": "V1", "code": "V1"}]
    place = [{"dimensionName": "PO Lines", "itemCode": "S:PO:1:1"}]

    inserted = client.tr.insert_list_items(VENDOR_LIST, items)
    deleted = client.tr.delete_list_items(VENDOR_LIST, [{"code": "V2"}])
    written = client.tr.update_module_data(
        LINES_MODULE, [{"lineItemName": "Amount", "dimensions": place, "value": 9}]
    )

    assert (inserted.added, inserted.ignored, inserted.failures[0].reason) == (1, 1, "DUPLICATE")
    assert getattr(deleted, "deleted", deleted) == 1
    assert written == 1
    assert anaplan.cells("DAT PO Lines")["S:PO:1:1"]["Amount"] == "9"
    assert [item.code for item in client.tr.get_list_items(VENDOR_LIST)] == ["V1"]


def test_it_reports_a_token_that_was_ended(client: anaplan_sdk.Client, anaplan: Anaplan) -> None:
    anaplan.control.post("tokens/revoke", {})

    with pytest.raises(InvalidCredentialsException):
        client.get_files()


def test_it_exports_and_downloads_in_chunks(client: anaplan_sdk.Client, anaplan: Anaplan) -> None:
    anaplan.control.turn(export_chunk_bytes=100)

    content = client.export_and_download(GL_ADJUSTMENTS)

    lines = anaplan.cells("GL Adjustments")
    approved = [code for code, line in lines.items() if line["Approved"] == "true"]
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    assert [row["Transaction ID"] for row in rows] == approved
    assert rows[0]["Debit"] == lines[approved[0]]["Debit"]


def test_it_runs_an_action(client: anaplan_sdk.Client, anaplan: Anaplan) -> None:
    before = len(anaplan.items("GL Adjustment Lines"))

    client.run_action(ADD_LINE)

    assert len(anaplan.items("GL Adjustment Lines")) == before + 1
