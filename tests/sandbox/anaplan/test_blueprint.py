"""The whole documented model: every load, and what calculates from it."""

from __future__ import annotations

import pytest

from tests.sandbox.anaplan.service import Anaplan, make_csv

LISTS = {
    *("Vendor Groups", "Vendors", "GL Account Groups", "GL Accounts", "Cost Centers", "Items"),
    *("PO Lines", "AP Invoice Lines", "PO Invoice Lines", "GL Actual Lines"),
    *("GL Adjustment Lines", "AP Adjustment Lines", "Posting Status", "Loads"),
}
MODULES = {
    *("SYS Vendor Groups", "SYS Vendors", "SYS GL Account Groups", "SYS GL Accounts"),
    *("SYS Cost Centers", "SYS Items", "SYS Posting Status", "CTL Loads"),
    *("DAT PO Lines", "DAT AP Invoice Lines", "DAT PO Invoice Lines", "DAT GL Actuals"),
    *("Commitments", "Actuals", "GL Adjustments", "AP Adjustments"),
}
POSTING = {
    "TransactionId": "S:GL:1",
    "Company": "S",
    "PostingSequenceNumber": "1",
    "AccountNumber": "6000100",
    "CostCenter": "100",
    "FiscalYear": "2024",
    "FiscalPeriod": "1",
    "JournalDate": "2023-04-30",
    "JournalTransactionAmount": "10.25",
    "FromPlanning": "false",
    "Checksum": "5",
}
VALUES = {
    **dict.fromkeys(("Vendor", "VendorNumber"), "V1"),
    **dict.fromkeys(("OrderDate", "ExpectedArrivalDate", "DocumentDate"), "2024-02-05"),
    **dict.fromkeys(("PostingDate", "InvoiceDate", "JournalDate"), "2024-02-05"),
    **dict.fromkeys(("OnHold", "Completed", "Deleted", "Posted"), "false"),
    **dict.fromkeys(("StockItem", "FromPlanning"), "true"),
}
"""What fits a column that takes no number; all other columns take a 1."""


def names_of(anaplan: Anaplan, collection: str) -> set[str]:
    return {row["name"] for row in anaplan.get(f"./{collection}").json[collection]}


def load_postings(anaplan: Anaplan, *changes: dict[str, str]) -> None:
    """Load accounts 6000100 and 6100 of group OPEX, centers 100 and 200, and postings."""
    anaplan.load(
        "GL Account Groups from gl_account_groups.csv",
        "AccountGroupCode,AccountGroupDescription,AccountGroupSortCode,GroupCategory,Checksum\n"
        "OPEX,Operating,10,OtherExpenses,1\n",
    )
    anaplan.load(
        "GL Accounts from gl_accounts.csv",
        "UnformattedAccount,AccountGroupCode\n6000100,OPEX\n6100,OPEX\n",
    )
    anaplan.load("Cost Centers from gl_segment_codes.csv", "SegmentCode\n100\n200\n")
    rows = [
        POSTING | {"TransactionId": f"S:GL:{number}"} | change
        for number, change in enumerate(changes, start=1)
    ]
    anaplan.load("GL Actual Lines from gl_posted_transactions.csv", make_csv(rows))
    anaplan.run("imports", "DAT GL Actuals from gl_posted_transactions.csv")


def read_actuals(anaplan: Anaplan, line_item: str, *, center: str = "100") -> dict[str, str]:
    """Cells of Actuals that are not zero, by `account month`, for one cost center."""
    view = anaplan.id_of("views", "Actuals")
    pages = []
    for dimension, wanted in (("Cost Centers", center), ("Line Items", line_item)):
        axes = anaplan.get(f"./views/{view}").json["pages"]
        axis = next(one["id"] for one in axes if one["name"] == dimension)
        items = anaplan.get(f"./views/{view}/dimensions/{axis}/items").json["items"]
        chosen = next(one["id"] for one in items if one["name"] == wanted)
        pages.append(f"{axis}:{chosen}")
    grid = anaplan.get(f"./views/{view}/data?format=v1&pages={','.join(pages)}").json
    return {
        f"{row['rowCoordinates'][0]} {column[0]}": cell
        for row in grid["rows"]
        for column, cell in zip(grid["columnCoordinates"], row["cells"], strict=True)
        if cell != "0"
    }


def test_lists_and_modules_are_those_of_the_documented_model(anaplan: Anaplan) -> None:
    assert names_of(anaplan, "lists") == LISTS
    assert names_of(anaplan, "modules") == MODULES


def test_every_file_feeds_a_list_import_and_a_module_import(anaplan: Anaplan) -> None:
    kinds: dict[str, list[str]] = {}
    for row in anaplan.get("./imports").json["imports"]:
        kinds.setdefault(row["importDataSourceId"], []).append(row["importType"])

    assert len(kinds) == 11
    assert all(found == ["HIERARCHY_DATA", "MODULE_DATA"] for found in kinds.values())


def test_actuals_sum_postings_by_account_cost_center_and_fiscal_period(anaplan: Anaplan) -> None:
    load_postings(
        anaplan,
        {},
        {"JournalTransactionAmount": "-0.5", "FromPlanning": "true"},
        {"FiscalPeriod": "12", "JournalTransactionAmount": "3"},
        {"FiscalPeriod": "13", "JournalTransactionAmount": "4"},
        {"AccountNumber": "6100", "JournalTransactionAmount": "1"},
        {"CostCenter": "200", "JournalTransactionAmount": "100"},
        {"CostCenter": "", "JournalTransactionAmount": "100"},
        {"AccountNumber": "9999", "JournalTransactionAmount": "100"},
        {"FiscalYear": "1999", "JournalTransactionAmount": "100"},
    )

    actuals = read_actuals(anaplan, "Functional Amount")

    months = {key: cell for key, cell in actuals.items() if "FY" not in key}
    assert months == {
        "6000100 Apr 23": "9.75",
        "6100 Apr 23": "1",
        "OPEX Apr 23": "10.75",
        "6000100 Mar 24": "7",
        "OPEX Mar 24": "7",
    }
    assert actuals["OPEX FY24"] == "17.75"
    assert read_actuals(anaplan, "From Planning")["6000100 Apr 23"] == "-0.5"
    assert read_actuals(anaplan, "Functional Amount", center="200")["OPEX FY24"] == "100"


def test_ctl_loads_have_a_row_per_load(anaplan: Anaplan) -> None:
    load_postings(anaplan, {}, {"JournalTransactionAmount": "-3"})

    grid = anaplan.get(f"./views/{anaplan.id_of('views', 'CTL Loads')}/data?format=v1").json

    cells = {row["rowCoordinates"][0]: row["cells"] for row in grid["rows"]}
    assert len(cells) == 11
    assert cells["gl_posted_transactions"] == ["2", "7.25", "10"]
    assert cells["gl_accounts"] == ["2", "0", "0"]
    assert cells["posting_results"] == ["0", "0", "0"]


@pytest.mark.switch("process_imports")
@pytest.mark.parametrize(
    ("position", "lists", "modules", "item"), [("orders", 3, 3, "TEXT"), ("all", 10, 10, "ENTITY")]
)
def test_the_process_runs_what_is_fed_lists_first(
    anaplan: Anaplan, position: str, lists: int, modules: int, item: str
) -> None:
    anaplan.control.turn(process_imports=position)

    process = anaplan.id_of("processes", "Load Sage 300")
    body = anaplan.get(f"./processes/{process}?showImportDataSource=true").json
    kinds = [action["importType"] for action in body["processMetadata"]["actions"]]
    module = anaplan.id_of("modules", "DAT PO Lines")
    items = anaplan.get(f"./modules/{module}/lineItems?includeAll=true").json["items"]
    formats = {one["name"]: one["formatMetadata"]["dataType"] for one in items}
    assert kinds == ["HIERARCHY_DATA"] * lists + ["MODULE_DATA"] * modules
    assert formats["Item"] == item


def test_posting_results_have_a_process_of_their_own(anaplan: Anaplan) -> None:
    anaplan.upload(
        "posting_results.csv",
        make_csv(
            [
                {
                    "TransactionId": "GLA-1",
                    "Revision": "1",
                    "Status": "posted",
                    "Batch": "000123",
                    "Entry": "00001",
                    "Reason": "",
                    "PostedDate": "2024-05-02",
                    "Checksum": "9",
                }
            ]
        ),
    )

    task = anaplan.run("processes", "Load Posting Results")

    cells = anaplan.cells("SYS Posting Status")["GLA-1"]
    assert task["result"]["successful"] is True
    assert (cells["Status"], cells["Batch"], cells["Posted Date"]) == (
        *("posted", "000123", "2024-05-02"),
    )


@pytest.mark.switch("blank_numbers")
@pytest.mark.parametrize(("position", "text"), [("zero", "0"), ("blank", "")])
def test_a_number_nobody_entered_is_zero_or_blank(
    anaplan: Anaplan, position: str, text: str
) -> None:
    anaplan.control.post("lists/PO%20Lines", {"items": [{"code": "L1"}]})
    anaplan.control.send("PATCH", "cells/DAT%20PO%20Lines", {"L1": {"Amount": 0}})
    anaplan.control.turn(blank_numbers=position)
    module = anaplan.id_of("modules", "DAT PO Lines")

    grid = anaplan.get(f"./views/{module}/data?format=v1").json

    columns = [column[0] for column in grid["columnCoordinates"]]
    cells = dict(zip(columns, grid["rows"][0]["cells"], strict=True))
    assert (cells["Unit Cost"], cells["Amount"]) == (text, "0")


def test_all_files_load_whole_through_the_process(anaplan: Anaplan) -> None:
    anaplan.control.turn(process_imports="all")
    process = anaplan.id_of("processes", "Load Sage 300")
    body = anaplan.get(f"./processes/{process}?showImportDataSource=true").json
    files = {step["importDataSourceId"] for step in body["processMetadata"]["actions"]}
    keys = {"GroupCode": "G1", "AccountGroupCode": "OPEX"}
    for import_ in anaplan.get("./imports").json["imports"]:
        if import_["importDataSourceId"] in files:
            source = anaplan.get(f"./imports/{import_['id']}").json["importMetadata"]["source"]
            row = {one: (keys | VALUES).get(one, "1") for one in source["headerNames"]}
            anaplan.upload(import_["name"].rpartition(" from ")[2], make_csv([row]))

    task = anaplan.run("processes", "Load Sage 300")

    assert len(files) == 10
    assert [one["failureDumpAvailable"] for one in task["result"]["nestedResults"]] == [False] * 20
    assert task["result"]["successful"] is True
    assert anaplan.cells("DAT PO Lines")["1"]["Item"] == "1"
    assert anaplan.items("GL Accounts") == {"1": "OPEX"}
    assert anaplan.cells("DAT AP Invoice Lines")["1"]["Vendor"] == "V1"


@pytest.mark.parametrize("position", ["orders", "all"])
def test_turning_back_keeps_what_is_loaded_but_for_the_item(
    anaplan: Anaplan, position: str
) -> None:
    anaplan.control.turn(process_imports="orders")
    anaplan.control.post("lists/PO%20Lines", {"items": [{"code": "L1"}]})
    cells = {"L1": {"Amount": 7, "Item": "I1"}}
    anaplan.control.send("PATCH", "cells/DAT%20PO%20Lines", cells)

    anaplan.control.turn(process_imports=position)

    line = anaplan.cells("DAT PO Lines")["L1"]
    assert (line["Amount"], line["Item"]) == ("7", "I1" if position == "orders" else "")
