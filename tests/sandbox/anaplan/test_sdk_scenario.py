"""A day with the unmodified `anaplan-sdk`: one scenario, by its sync and by its async client.

Discover, upload in several gzipped chunks, run imports and a process, read the dump, export, add,
change and delete list items, write cells, read views and make large reads. What the SDK has no
method for (dumps, large reads) goes through its own HTTP service, with its token, retries and
error handling.
"""

from __future__ import annotations

import asyncio
import csv
import inspect
import io
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pytest
from anaplan_sdk.exceptions import AnaplanActionError

from tests.sandbox.anaplan.sdk import CHUNK_BYTES, make_async_client, make_client
from tests.sandbox.anaplan.service import make_groups, make_lines, make_vendors

if TYPE_CHECKING:
    from tests.sandbox.anaplan.service import Anaplan

pytestmark = pytest.mark.usefixtures("orders_only")

T = TypeVar("T")
Scenario = Callable[[Any, "Anaplan"], Coroutine[Any, Any, None]]

PLANTS_HEADER = "Plant,Month,Amount"
STEPS = 200


async def settled(answer: T | Awaitable[T]) -> T:
    """Both clients have the same methods; those of one of them have to be awaited."""
    return await answer if inspect.isawaitable(answer) else cast("T", answer)


def _find_id(rows: list[Any], name: str) -> int:
    return int(next(row.id for row in rows if row.name == name))


def _rows(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode(), newline="")))


async def _load_everything(client: Any, anaplan: Anaplan) -> None:
    files = {file.name: file.id for file in await settled(client.get_files())}
    process = _find_id(await settled(client.get_processes()), "Load Sage 300")
    lines = make_lines(*({"TransactionId": f"S:PO:1:{n}", "LineNumber": str(n)} for n in (1, 2)))
    before = anaplan.control.get("counters")["uploads"]

    await settled(client.upload_file(files["vendor_groups.csv"], make_groups("G1")))
    await settled(client.upload_file(files["vendors.csv"], make_vendors("V1,G1")))
    await settled(
        client.upload_file_stream(files["purchase_order_lines.csv"], iter([lines[:50], lines[50:]]))
    )
    task = await settled(client.run_action(process))

    sizes = (make_groups("G1"), make_vendors("V1,G1"))
    chunks = sum(-(-len(text) // CHUNK_BYTES) for text in sizes) + 2
    assert anaplan.control.get("counters")["uploads"] - before == chunks > 5
    assert len(task.result.nested_results) == 6
    assert list(anaplan.items("PO Lines")) == ["S:PO:1:1", "S:PO:1:2"]
    assert (await settled(client.get_file(files["purchase_order_lines.csv"]))).decode() == lines


async def discover(client: Any, anaplan: Anaplan) -> None:
    """Workspace, model and everything in it."""
    workspace, model = await settled(client.get_workspace()), await settled(client.get_model())
    tr = client.tr
    lists, modules = await settled(tr.get_lists()), await settled(tr.get_modules())
    line_items = await settled(tr.get_line_items(_find_id(modules, "DAT PO Lines")))

    assert (workspace.id, model.id) == (anaplan.workspace, anaplan.model)
    assert {"Vendors", "PO Lines", "GL Accounts"} <= {one.name for one in lists}
    assert {"Vendor", "Amount", "Order Date"} <= {one.name for one in line_items}
    assert {one.name for one in await settled(client.get_imports())} >= {"Vendors from vendors.csv"}
    assert await settled(client.get_actions())
    assert await settled(client.get_exports())
    assert (await settled(tr.get_model_calendar())).calendar_type
    assert (await settled(tr.get_model_status())).current_step == "Open"


async def load_and_run_a_process(client: Any, anaplan: Anaplan) -> None:
    """Several chunks at once, a stream of unknown length, and one process over all of them."""
    await _load_everything(client, anaplan)


async def read_the_dump_of_a_rejected_row(client: Any, anaplan: Anaplan) -> None:
    """A green task, one row rejected and one loaded in part, and the dump that says so."""
    await _load_everything(client, anaplan)
    imports = await settled(client.get_imports())
    definition = next(one for one in imports if one.name == "Vendors from vendors.csv")
    rows = make_vendors("V2,NOPE", "V2,G1", "V3,G1")

    task = await settled(client.upload_and_import(definition.file_id, rows, definition.id))

    base = f"https://api.anaplan.com/2/0/workspaces/{anaplan.workspace}/models/{anaplan.model}"
    service = client._http  # the SDK's own way to the API; it has none to dumps
    dump = await settled(service.get_binary(f"{base}/imports/{definition.id}/tasks/{task.id}/dump"))
    assert (task.result.successful, task.result.failure_dump_available) == (True, True)
    assert [(row["_Status_"], row["VendorNumber"], row["_Line_"]) for row in _rows(dump)] == [
        ("W", "V2", "2"),
        ("E", "V2", "3"),
    ]
    summaries = await settled(client.get_task_summaries(definition.id))
    assert [one.id for one in summaries] == [task.id]


async def fail_a_process_for_an_imperfect_import(client: Any, anaplan: Anaplan) -> None:
    """What S2 calls an error though the data has landed."""
    await _load_everything(client, anaplan)
    files = {file.name: file.id for file in await settled(client.get_files())}
    process = _find_id(await settled(client.get_processes()), "Load Sage 300")
    await settled(client.upload_file(files["vendors.csv"], make_vendors("V9,NOPE")))

    with pytest.raises(AnaplanActionError):
        await settled(client.run_action(process))

    assert "V9" in anaplan.items("Vendors")


async def export_what_planners_entered(client: Any, anaplan: Anaplan) -> None:
    """Run an export and download its file."""
    export = _find_id(await settled(client.get_exports()), "GL Adjustments")

    content = await settled(client.export_and_download(export))

    held = anaplan.cells("GL Adjustments")
    approved = [code for code, line in held.items() if line["Approved"] == "true"]
    assert [row["Transaction ID"] for row in _rows(content)] == approved


async def change_list_items(client: Any, anaplan: Anaplan) -> None:
    """Add, update by code, delete; what is refused says why."""
    made = anaplan.build(
        lists=[{"name": "Partners", "properties": [{"name": "Since", "format": "DATE"}]}]
    )
    tr, target = client.tr, int(made["lists"]["Partners"])

    added = await settled(
        tr.insert_list_items(
            target,
            [
                {"name": "Acme", "code": "A", "properties": {"Since": "2019-04-01"}},
                {"name": "Bolt", "code": "B"},
                {"name": "Acme", "code": "C"},
            ],
        )
    )
    updated = await settled(tr.update_list_items(target, [{"code": "B", "name": "Bolt & Co"}]))
    deleted = await settled(tr.delete_list_items(target, [{"code": "A"}, {"code": "NOPE"}]))

    assert (added.added, added.ignored, added.failures[0].reason) == (2, 1, "DUPLICATE")
    assert updated.updated == 1
    assert deleted.deleted == 1
    items = await settled(tr.get_list_items(target))
    assert [(item.code, item.name) for item in items] == [("B", "Bolt & Co")]


async def write_and_read_cells(client: Any, anaplan: Anaplan) -> None:
    """Cells of every format, a module of several dimensions, and a view in every form."""
    await _load_everything(client, anaplan)
    modules = await settled(client.tr.get_modules())
    lines = _find_id(modules, "DAT PO Lines")
    place = [{"dimensionName": "PO Lines", "itemCode": "S:PO:1:1"}]
    values = {"Amount": 1111.5, "Order Date": "2024-02-29", "On Hold": True, "Vendor": "V1"}
    cells = [
        {"lineItemName": name, "dimensions": place, "value": value}
        for name, value in values.items()
    ]

    written = await settled(client.tr.update_module_data(lines, cells))
    refused = await settled(
        client.tr.update_module_data(
            _find_id(modules, "CTL Loads"),
            [
                {
                    "lineItemName": "Rows",
                    "dimensions": [{"dimensionName": "Loads", "itemCode": "vendors"}],
                    "value": 1,
                }
            ],
        )
    )

    assert written == 4
    assert refused["failures"][0]["failureType"] == "cellIsCalculated"
    data = await settled(client.tr.get_view_data(lines, max_rows=1))
    assert len(data["rows"]) == 1
    names = [column[0] for column in data["columnCoordinates"]]
    assert data["rows"][0]["cells"][names.index("Amount")] == "1111.5"
    table = await settled(
        client.tr.get_view_data(
            lines,
            parent_module_id=lines,
            export_type="TABULAR_MULTI_COLUMN",
            data_format="text/csv;escaped=true",
        )
    )
    assert [row["Order Date"] for row in _rows(table)] == ["2024-02-29", "2024-01-05"]


async def import_into_several_dimensions(client: Any, anaplan: Anaplan) -> None:
    """A module by a list and time, loaded by dates, read back by period."""
    made = anaplan.build(
        lists=[{"name": "Plants"}],
        modules=[
            {
                "name": "Plan",
                "by": ["Plants", "Time"],
                "lineItems": [{"name": "Amount", "format": "NUMBER"}],
            }
        ],
        files=[{"name": "plan.csv", "headers": PLANTS_HEADER.split(",")}],
        imports=[
            {
                "name": "Plan from plan.csv",
                "file": "plan.csv",
                "target": "Plan",
                "key": "Plant",
                "columns": {"Amount": "Amount"},
                "dimensions": [{"dimension": "Time", "column": "Month", "dates": "Y-M-D"}],
            }
        ],
    )
    await settled(
        client.tr.insert_list_items(int(made["lists"]["Plants"]), [{"name": "P1", "code": "P1"}])
    )
    rows = f"{PLANTS_HEADER}\nP1,2024-01-05,1.5\nP1,2024-01-20,2\nP1,2024-02-01,4\n"

    await settled(
        client.upload_and_import(
            int(made["files"]["plan.csv"]), rows, int(made["imports"]["Plan from plan.csv"])
        )
    )

    data = await settled(client.tr.get_view_data(int(made["modules"]["Plan"])))
    columns = [column[0] for column in data["columnCoordinates"]]
    cells = data["rows"][0]["cells"]
    assert [cells[columns.index(one)] for one in ("Jan 24", "Feb 24")] == ["3.5", "4"]


async def make_large_reads(client: Any, anaplan: Anaplan) -> None:
    """Start, poll, fetch every page, drop: of a view and of a list."""
    await _load_everything(client, anaplan)
    anaplan.control.turn(read_page_rows=1)
    lists, modules = await settled(client.tr.get_lists()), await settled(client.tr.get_modules())
    base = f"https://api.anaplan.com/2/0/workspaces/{anaplan.workspace}/models/{anaplan.model}"
    view = f"{base}/views/{_find_id(modules, 'DAT PO Lines')}/readRequests"
    listed = f"{base}/lists/{_find_id(lists, 'PO Lines')}/readRequests"

    table = await _read_large(
        client, view, {"exportType": "TABULAR_MULTI_COLUMN"}, "viewReadRequest"
    )
    items = await _read_large(client, listed, {}, "listReadRequest")

    codes = ["S:PO:1:1", "S:PO:1:2"]
    assert [row["PO Lines"] for row in table] == codes
    assert [row["code"] for row in items] == codes


async def _read_large(client: Any, url: str, body: object, key: str) -> list[dict[str, str]]:
    service = client._http  # as for dumps: the SDK has no large reads
    request = (await settled(service.post(url, json=body)))[key]
    one = f"{url}/{request['requestId']}"
    for _step in range(STEPS):
        if request["requestState"] == "COMPLETE":
            break
        request = (await settled(service.get(one)))[key]
    pages = [
        await settled(service.get_binary(f"{one}/pages/{n}"))
        for n in range(request["availablePages"])
    ]
    dropped = await settled(service.delete(one))
    assert dropped[key]["requestState"] == "COMPLETE"
    assert len(pages) == 2
    return _rows(b"".join(pages))


SCENARIO: list[Scenario] = [
    discover,
    load_and_run_a_process,
    read_the_dump_of_a_rejected_row,
    fail_a_process_for_an_imperfect_import,
    export_what_planners_entered,
    change_list_items,
    write_and_read_cells,
    import_into_several_dimensions,
    make_large_reads,
]


@pytest.mark.parametrize("step", SCENARIO, ids=lambda step: step.__name__)
def test_the_synchronous_sdk_can(anaplan: Anaplan, step: Scenario) -> None:
    client = make_client(anaplan)
    try:
        asyncio.run(step(client, anaplan))
    finally:
        client._http._client.close()  # the SDK has no way to close its client


@pytest.mark.parametrize("step", SCENARIO, ids=lambda step: step.__name__)
def test_the_asynchronous_sdk_can(anaplan: Anaplan, step: Scenario) -> None:
    async def run() -> None:
        client = make_async_client(anaplan)
        try:
            await step(client, anaplan)
        finally:
            await client._http._client.aclose()  # as above

    asyncio.run(run())
