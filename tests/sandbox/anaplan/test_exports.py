"""Exports: metadata, files, layouts, formats, and what two runs do to one file (sheet §6)."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.anaplan.service import Anaplan, make_lines
from tests.sandbox.anaplan.test_blueprint import load_postings

pytestmark = pytest.mark.usefixtures("orders_only")

SECOND = ("second@example.com", "Second-4-Sandbox!")
STANDARD = ("standard@example.com", "Standard-4-Sandbox!")
GL = "GL Adjustments"
LINE = {
    "Company": "S",
    "Entry": "E1",
    "Lines In Entry": 1,
    "Approved": True,
    "Posting Date": "2024-01-31",
    "Debit": "1234.5",
    "Currency": "CAD",
    "Description": "d",
    "Comment": 'a "b", c\nd',
    "Reversal": False,
}


def export_text(anaplan: Anaplan, name: str, *, encoding: str = "utf-8") -> str:
    """Run an export and return its file, chunks joined."""
    task = anaplan.run("exports", name)
    assert task["result"]["successful"] is True
    return read_file(anaplan, name).decode(encoding)


def read_file(anaplan: Anaplan, name: str) -> bytes:
    file = f"./files/{anaplan.id_of('exports', name)}"
    chunks = anaplan.get(f"{file}/chunks").json.get("chunks", [])
    return b"".join(anaplan.get(f"{file}/chunks/{chunk['id']}").raw for chunk in chunks)


def metadata_of(anaplan: Anaplan, name: str) -> dict[str, Any]:
    found: dict[str, Any] = anaplan.get(f"./exports/{anaplan.id_of('exports', name)}").json[
        "exportMetadata"
    ]
    return found


def rows_of(text: str, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def start_afresh(anaplan: Anaplan, *lines: dict[str, object]) -> list[str]:
    """Leave nothing in GL Adjustments but `lines`; returns their transaction ids."""
    where = f"adjustments/{quote(GL)}"
    anaplan.control.send("DELETE", where, {"ids": list(anaplan.cells(GL))})
    ids: list[str] = anaplan.control.post(where, {"lines": [LINE | one for one in lines]})["ids"]
    return ids


def change_export(anaplan: Anaplan, name: str, **changes: object) -> None:
    anaplan.control.send("PATCH", f"exports/{quote(name)}", changes)


def test_an_export_tells_its_layout_and_its_columns(anaplan: Anaplan) -> None:
    rows = anaplan.get("./exports").json["exports"]
    metadata = metadata_of(anaplan, GL)

    assert rows[0]["exportType"] == rows[0]["layout"] == "TABULAR_MULTI_COLUMN"
    assert metadata["headerNames"][:4] == ["Transaction ID", "Company", "Entry", "Lines In Entry"]
    assert metadata["dataTypes"][:5] == ["TEXT", "TEXT", "TEXT", "NUMBER", "BOOLEAN"]
    assert metadata["columnCount"] == len(metadata["headerNames"])
    assert (metadata["separator"], metadata["delimiter"]) == (",", '"')
    assert anaplan.get("./exports/116000000999").status == 404


def test_the_row_count_is_an_estimate_that_knows_no_filter(anaplan: Anaplan) -> None:
    start_afresh(anaplan, {}, {"Approved": False})

    text = export_text(anaplan, GL)

    assert metadata_of(anaplan, GL)["rowCount"] == 2
    assert len(rows_of(text)) == 2


def test_the_adjustments_export_holds_approved_lines_with_their_id_first(anaplan: Anaplan) -> None:
    approved, _, _ = start_afresh(anaplan, {}, {"Approved": False}, {"Approved": ""})

    header, *rows = rows_of(export_text(anaplan, GL))

    line = dict(zip(header, rows[0], strict=True))
    assert [row[0] for row in rows] == [approved]
    assert (line["Debit"], line["Credit"], line["Reversal"]) == ("1234.5", "0", "false")
    assert (line["Posting Date"], line["Account"]) == ("2024-01-31", "")
    assert line["Comment"] == 'a "b", c\nd'


def test_two_line_items_filter_together(anaplan: Anaplan) -> None:
    _, both = start_afresh(anaplan, {}, {"Reversal": True})
    change_export(anaplan, GL, filters=["Approved", "Reversal"])

    rows = rows_of(export_text(anaplan, GL))

    assert [row[0] for row in rows[1:]] == [both]


@pytest.mark.parametrize(
    "change",
    [
        {"filters": ["Comment"]},
        {"filters": ["Approved", "Reversal", "Approved"]},
        {"filters": ["Approved"], "omits_empty": True},
        {"filters": ["Approved"], "layout": "GRID_CURRENT_PAGE"},
    ],
)
def test_filters_have_the_interface_s_limits(anaplan: Anaplan, change: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        change_export(anaplan, GL, **change)


def test_the_file_has_the_export_s_id_and_belongs_to_the_runner(anaplan: Anaplan) -> None:
    export = anaplan.id_of("exports", GL)
    before = next(row for row in anaplan.get("./files").json["files"] if row["id"] == export)
    anaplan.run("exports", GL)

    after = next(row for row in anaplan.get("./files").json["files"] if row["id"] == export)
    other = anaplan.as_user(*SECOND)

    assert (before["chunkCount"], after["chunkCount"]) == (0, 1)
    assert (after["headerRow"], after["firstDataRow"]) == (0, 0)
    assert anaplan.get(f"./files/{export}").raw.startswith(b"Transaction ID,")
    assert other.get(f"./files/{export}").status == 404
    assert "chunks" not in other.get(f"./files/{export}/chunks").json


def test_a_private_file_is_gone_48_hours_after_it_was_last_read(anaplan: Anaplan) -> None:
    anaplan.run("exports", GL)
    anaplan.control.post("clock", {"advance_s": 49 * 3600})
    anaplan.login()

    assert read_file(anaplan, GL) == b""


def test_nobody_uploads_to_an_export_s_file(anaplan: Anaplan) -> None:
    export = anaplan.id_of("exports", GL)
    octets = {"Content-Type": "application/octet-stream"}

    assert anaplan.send("PUT", f"./files/{export}", raw=b"x", headers=octets).status == 404
    assert anaplan.put_chunk(export, 0, b"x").status == 404


def test_a_shared_file_is_everybody_s(anaplan: Anaplan) -> None:
    anaplan.run("exports", "Commitments.txt")

    seen = read_file(anaplan.as_user(*STANDARD), "Commitments.txt")

    assert seen.startswith(b"Vendors\tTime\tFunctional Outstanding\n")


def test_a_file_shared_with_administrators_is_hidden_from_others(anaplan: Anaplan) -> None:
    name = "Actuals - Table.csv"
    anaplan.run("exports", name)

    assert read_file(anaplan.as_user(*SECOND), name).startswith(b"GL Accounts,Cost Centers,Time,")
    assert read_file(anaplan.as_user(*STANDARD), name) == b""


def test_a_grid_has_a_line_of_pages_one_of_columns_and_rows(anaplan: Anaplan) -> None:
    anaplan.fill()

    rows = rows_of(export_text(anaplan, "Commitments - Grid.csv"))

    metadata = metadata_of(anaplan, "Commitments - Grid.csv")
    assert rows[0] == ["Functional Outstanding"]
    assert rows[1][:2] == ["", "Apr 18"]
    assert [row[0] for row in rows[2:]] == ["V1", "G1"]
    assert metadata["headerNames"][:2] == ["Vendors", "Apr 18"]
    assert metadata["dataTypes"][:2] == ["ENTITY", "MIXED"]


def test_all_pages_repeat_the_grid(anaplan: Anaplan) -> None:
    load_postings(anaplan, {})

    rows = rows_of(export_text(anaplan, "Actuals - All Pages.csv"))

    pages = [row for row in rows if len(row) == 2]
    assert pages == [
        ["100", "Functional Amount"],
        ["100", "From Planning"],
        ["200", "Functional Amount"],
        ["200", "From Planning"],
    ]
    assert len(rows) == 4 * 4
    assert metadata_of(anaplan, "Actuals - All Pages.csv")["rowCount"] == 2 * 4


def test_a_single_column_has_a_line_per_cell_and_mixed_values(anaplan: Anaplan) -> None:
    rows = rows_of(export_text(anaplan, "CTL Loads - Single Column.csv"))

    metadata = metadata_of(anaplan, "CTL Loads - Single Column.csv")
    assert rows[:2] == [["Loads", "Line Items", "Value"], ["vendor_groups", "Rows", "0"]]
    assert len(rows) == metadata["rowCount"] + 1 == 11 * 3 + 1
    assert metadata["dataTypes"] == ["ENTITY", "ENTITY", "MIXED"]


def test_all_line_items_come_as_text_with_tabs_in_latin_1(anaplan: Anaplan) -> None:
    anaplan.fill()
    anaplan.control.send("PATCH", "cells/SYS%20Vendors", {"V1": {"City": "Köln"}})

    text = export_text(anaplan, "SYS Vendors.txt", encoding="latin-1")

    assert ["V1", "City", "Köln"] in rows_of(text, "\t")
    assert metadata_of(anaplan, "SYS Vendors.txt")["exportFormat"] == "text/plain"
    assert metadata_of(anaplan, "SYS Vendors.txt")["separator"] == "\t"


def test_the_current_line_item_has_one_column_of_values(anaplan: Anaplan) -> None:
    anaplan.fill()
    anaplan.load("PO Lines from purchase_order_lines.csv", make_lines({}))
    anaplan.run("imports", "DAT PO Lines from purchase_order_lines.csv")

    rows = rows_of(export_text(anaplan, "Commitments.txt"), "\t")

    assert rows[0] == ["Vendors", "Time", "Functional Outstanding"]
    assert ["V1", "Feb 24", "2.5"] in rows
    kinds = metadata_of(anaplan, "Commitments.txt")["dataTypes"]
    assert kinds == ["ENTITY", "TIME_ENTITY", "MIXED"]


def test_empty_rows_can_be_left_out(anaplan: Anaplan) -> None:
    load_postings(anaplan, {}, {"CostCenter": "200", "JournalTransactionAmount": "0"})

    rows = rows_of(export_text(anaplan, "Actuals - Table.csv"))

    assert rows == [
        ["GL Accounts", "Cost Centers", "Time", "Functional Amount", "From Planning"],
        ["6000100", "100", "Apr 23", "10.25", "0"],
    ]


@pytest.mark.switch("excel_csv")
@pytest.mark.parametrize(
    ("position", "codec", "separator"), [("UTF-16LE", "utf-16", "\t"), ("UTF-8", "utf-8-sig", ",")]
)
def test_csv_for_excel_has_a_byte_order_mark(
    anaplan: Anaplan, position: str, codec: str, separator: str
) -> None:
    name = "GL Adjustments for Excel.csv"
    anaplan.control.turn(excel_csv=position)
    start_afresh(anaplan, {"Comment": "日本"})

    anaplan.run("exports", name)

    raw = read_file(anaplan, name)
    metadata = metadata_of(anaplan, name)
    header, row = rows_of(raw.decode(codec), separator)
    assert raw[:2] == (b"\xff\xfe" if position == "UTF-16LE" else b"\xef\xbb")
    assert (metadata["encoding"], metadata["separator"]) == (position, separator)
    assert dict(zip(header, row, strict=True))["Comment"] == "日本"


@pytest.mark.switch("export_values")
@pytest.mark.parametrize(
    ("position", "cells"),
    [
        ("plain", {"Debit": "1234.5", "Posting Date": "2024-01-31", "Approved": "true"}),
        ("formatted", {"Debit": "1,234.50", "Posting Date": "31/01/2024", "Approved": "TRUE"}),
    ],
)
def test_values_are_plain_or_as_the_export_formats_them(
    anaplan: Anaplan, position: str, cells: dict[str, str]
) -> None:
    anaplan.control.turn(export_values=position)
    start_afresh(anaplan, {})

    header, row = rows_of(export_text(anaplan, GL))

    assert dict(zip(header, row, strict=True)).items() >= cells.items()


def test_each_export_has_formats_of_its_own(anaplan: Anaplan) -> None:
    anaplan.control.turn(export_values="formatted")
    start_afresh(anaplan, {"Reversal": ""})

    text = export_text(anaplan, "GL Adjustments for Excel.csv", encoding="utf-16")

    header, row = rows_of(text, "\t")
    line = dict(zip(header, row, strict=True))
    assert (line["Debit"], line["Posting Date"]) == ("1.234,50", "31.01.2024")
    assert (line["Approved"], line["Reversal"]) == ("Ja", "Nein")


def test_blanks_can_be_told_from_zeros_in_a_file(anaplan: Anaplan) -> None:
    anaplan.control.turn(blank_numbers="blank")
    start_afresh(anaplan, {"Credit": 0}, {})

    header, zero, blank = rows_of(export_text(anaplan, GL))

    credit = header.index("Credit")
    assert (zero[credit], blank[credit]) == ("0", "")


def test_binary_residue_shows_in_files_too(anaplan: Anaplan) -> None:
    anaplan.control.turn(numbers="binary")
    start_afresh(anaplan, {"Debit": "62.25"})

    header, row = rows_of(export_text(anaplan, GL))

    assert row[header.index("Debit")] == "62.25000000000001"


@pytest.mark.switch("export_chunk_bytes")
def test_chunks_end_in_the_middle_of_a_row(anaplan: Anaplan) -> None:
    anaplan.control.turn(export_chunk_bytes=10)
    start_afresh(anaplan, {})
    anaplan.run("exports", GL)
    file = f"./files/{anaplan.id_of('exports', GL)}"

    chunks = anaplan.get(f"{file}/chunks").json["chunks"]

    assert len(chunks) > 10
    assert anaplan.get(f"{file}/chunks/0").raw == b"Transactio"
    assert rows_of(read_file(anaplan, GL).decode())[1][0].startswith("GLA-")


@pytest.mark.switch("export_file_lag_ms")
def test_the_file_may_appear_some_time_after_the_task_is_complete(anaplan: Anaplan) -> None:
    anaplan.control.turn(export_file_lag_ms=60_000)
    anaplan.run("exports", GL)
    early = read_file(anaplan, GL)

    anaplan.control.post("clock", {"advance_s": 61})

    assert early == b""
    assert read_file(anaplan, GL).startswith(b"Transaction ID")


@pytest.mark.switch("parallel_exports")
@pytest.mark.parametrize(("position", "status"), [("overwrite", 200), ("conflict", 409)])
def test_a_second_run_at_once_overwrites_or_is_refused(
    anaplan: Anaplan, position: str, status: int
) -> None:
    anaplan.control.turn(parallel_exports=position, task_ms=60_000)
    path = f"./exports/{anaplan.id_of('exports', GL)}/tasks"
    first = anaplan.start("exports", GL)

    second = anaplan.send("POST", path, body={"localeName": "en_US"})

    other = anaplan.as_user(*SECOND).send("POST", path, body={"localeName": "en_US"})
    assert (second.status, other.status) == (status, 200)
    anaplan.control.turn(task_ms=0)
    assert anaplan.wait("exports", GL, first)["taskState"] == "COMPLETE"


def test_a_later_run_replaces_the_whole_file(anaplan: Anaplan) -> None:
    start_afresh(anaplan, {}, {})
    anaplan.run("exports", GL)
    start_afresh(anaplan, {"Entry": "E2"})

    text = export_text(anaplan, GL)

    assert [row[2] for row in rows_of(text)[1:]] == ["E2"]


def test_an_export_is_a_step_of_a_process(anaplan: Anaplan) -> None:
    start_afresh(anaplan, {})
    name = "Load Posting Results"
    anaplan.control.send("PATCH", f"processes/{quote(name)}", {"actions": [GL]})

    task = anaplan.run("processes", name)

    steps = anaplan.get(f"./processes/{anaplan.id_of('processes', name)}").json
    assert steps["processMetadata"]["actions"][0]["actionType"] == "EXPORT"
    assert steps["processMetadata"]["actions"][0]["exportType"] == "TABULAR_MULTI_COLUMN"
    assert task["result"]["nestedResults"][0]["objectId"] == anaplan.id_of("exports", GL)
    assert read_file(anaplan, GL).startswith(b"Transaction ID")


def test_a_cancelled_export_leaves_no_file(anaplan: Anaplan) -> None:
    anaplan.control.turn(task_ms=600_000)
    export = anaplan.id_of("exports", GL)
    task = anaplan.start("exports", GL)

    anaplan.send("DELETE", f"./exports/{export}/tasks/{task}")

    assert anaplan.wait("exports", GL, task)["taskState"] == "CANCELLED"
    assert read_file(anaplan, GL) == b""
