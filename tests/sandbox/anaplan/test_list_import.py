"""List imports: what becomes of each row (Anaplan sheet §5.4, §5.5)."""

from __future__ import annotations

import pytest

from tests.sandbox.anaplan.service import (
    GROUP_HEADERS,
    VENDOR_HEADERS,
    Anaplan,
    counts_of,
    make_groups,
    make_vendors,
)

GROUPS = "Vendor Groups from vendor_groups.csv"
VENDORS = "Vendors from vendors.csv"


def test_new_codes_are_created_and_known_ones_updated(anaplan: Anaplan) -> None:
    anaplan.load(GROUPS, make_groups("G1"))

    task = anaplan.load(GROUPS, make_groups("G1", "G2"))

    counts = counts_of(task)
    assert (counts["createdCount"], counts["updatedCount"]) == ("1", "1")
    assert counts["totalRowCount"] == "2"
    detail = task["result"]["details"][0]
    assert detail["type"] == "hierarchyRowsProcessed"
    assert detail["localMessageText"].startswith("Vendor Groups: 2 (1/1) rows successful")


def test_items_missing_from_the_file_stay(anaplan: Anaplan) -> None:
    anaplan.load(GROUPS, make_groups("G1", "G2"))

    anaplan.load(GROUPS, make_groups("G2"))

    assert list(anaplan.items("Vendor Groups")) == ["G1", "G2"]


def test_the_name_is_the_code(anaplan: Anaplan) -> None:
    anaplan.load(GROUPS, make_groups("G1"))

    assert anaplan.control.get("lists/Vendor%20Groups") == [
        {"code": "G1", "name": "G1", "parent": None}
    ]


def test_an_unknown_parent_is_a_warning_and_the_item_lands_without_one(anaplan: Anaplan) -> None:
    anaplan.fill()

    task = anaplan.load(VENDORS, make_vendors("V1,NOPE", "V2,NOPE"))

    counts = counts_of(task)
    assert task["result"]["successful"] is True
    assert counts["warningsRowCount"] == "2"
    assert (counts["warningsCreateCount"], counts["warningsUpdateCount"]) == ("1", "1")
    assert [row["_Status_"] for row in task["dump"]] == ["W", "W"]
    assert anaplan.items("Vendors") == {"V1": "G1", "V2": None}


@pytest.mark.switch("invalid_parent")
@pytest.mark.parametrize(
    ("position", "status", "held"), [("warn", "W", ["V1", "V2"]), ("reject", "E", ["V1"])]
)
def test_an_unknown_parent_warns_or_rejects_the_row(
    anaplan: Anaplan, position: str, status: str, held: list[str]
) -> None:
    anaplan.control.turn(invalid_parent=position)
    anaplan.fill()

    task = anaplan.load(VENDORS, make_vendors("V2,NOPE"))

    assert task["dump"][0]["_Status_"] == status
    assert list(anaplan.items("Vendors")) == held


def test_another_parent_moves_the_item(anaplan: Anaplan) -> None:
    anaplan.fill()
    anaplan.load(GROUPS, make_groups("G2"))

    anaplan.load(VENDORS, make_vendors("V1,G2"))

    assert anaplan.items("Vendors") == {"V1": "G2"}


@pytest.mark.switch("blank_cells")
@pytest.mark.parametrize(("position", "parent"), [("keep", "G1"), ("clear", None)])
def test_a_blank_parent_keeps_or_clears(
    anaplan: Anaplan, position: str, parent: str | None
) -> None:
    anaplan.fill()
    anaplan.control.turn(blank_cells=position)

    task = anaplan.load(VENDORS, make_vendors("V1,"))

    assert anaplan.items("Vendors") == {"V1": parent}
    assert task["result"]["failureDumpAvailable"] is False


def test_a_code_of_60_characters_loads_and_one_of_61_is_rejected(anaplan: Anaplan) -> None:
    task = anaplan.load(GROUPS, make_groups("A" * 60, "B" * 61))

    assert list(anaplan.items("Vendor Groups")) == ["A" * 60]
    assert task["dump"][0]["_Status_"] == "E"
    assert task["dump"][0]["_Error_1_"] == f"Invalid code: {'B' * 61}"
    assert counts_of(task)["failedCount"] == "1"


def test_a_blank_code_is_rejected_and_a_blank_row_ignored(anaplan: Anaplan) -> None:
    text = f"{GROUP_HEADERS}\n,Nameless,Active,,,\n,,,,,\nG1,One,Active,,,\n"

    task = anaplan.load(GROUPS, text)

    assert [row["_Error_1_"] for row in task["dump"]] == ["Empty key"]
    assert counts_of(task)["ignoredCount"] == "1"
    assert list(anaplan.items("Vendor Groups")) == ["G1"]


def test_a_code_with_nul_is_rejected(anaplan: Anaplan) -> None:
    task = anaplan.load(GROUPS, f"{GROUP_HEADERS}\nG\0,One,Active,,,\n")

    assert task["dump"][0]["_Status_"] == "E"
    assert anaplan.items("Vendor Groups") == {}


def test_of_a_key_twice_in_the_file_the_first_wins(anaplan: Anaplan) -> None:
    anaplan.load(GROUPS, make_groups("G1", "G2"))

    task = anaplan.load(VENDORS, make_vendors("V1,G1", "V1,G2"))

    assert anaplan.items("Vendors") == {"V1": "G1"}
    assert (task["dump"][0]["_Status_"], task["dump"][0]["_Line_"]) == ("E", "3")
    assert task["result"]["details"][1]["type"] == "hierarchyImportDuplicateSourceKey"


@pytest.mark.switch("duplicate_keys")
def test_a_key_twice_can_refuse_the_whole_import(anaplan: Anaplan) -> None:
    anaplan.control.turn(duplicate_keys="reject_import")

    task = anaplan.load(GROUPS, make_groups("G1", "G2", "G1"))

    assert task["result"]["successful"] is False
    assert task["result"]["details"][0]["type"] == "hierarchyImportDuplicateSourceKey"
    assert anaplan.items("Vendor Groups") == {}


def test_a_name_that_another_item_has_is_rejected(anaplan: Anaplan) -> None:
    anaplan.control.post("lists/Vendor%20Groups", {"items": [{"code": "X", "name": "G1"}]})

    task = anaplan.load(GROUPS, make_groups("G1"))

    assert task["dump"][0]["_Error_1_"] == "Name or code exists: G1"


def test_a_missing_mapped_column_fails_the_import_as_a_whole(anaplan: Anaplan) -> None:
    text = make_vendors("V1,G1").replace("GroupCode", "Group")

    task = anaplan.load(VENDORS, text)

    assert task["currentStep"] == "Failed."
    assert task["result"]["details"][0]["type"] == "missingFields"
    assert "GroupCode" in task["result"]["details"][0]["localMessageText"]
    assert anaplan.items("Vendors") == {}


def test_columns_are_found_by_header_in_any_order(anaplan: Anaplan) -> None:
    anaplan.load(GROUPS, make_groups("G1"))

    anaplan.load(VENDORS, "Extra,GroupCode,VendorNumber\nx,G1,V1\n")

    assert anaplan.items("Vendors") == {"V1": "G1"}


@pytest.mark.switch("empty_file")
@pytest.mark.parametrize(
    ("position", "successful"), [("unsuccessful", False), ("successful", True)]
)
@pytest.mark.parametrize("text", ["", f"{GROUP_HEADERS}\n"])
def test_a_file_without_data_rows_ends_as_switched(
    anaplan: Anaplan, position: str, text: str, *, successful: bool
) -> None:
    anaplan.control.turn(empty_file=position)

    task = anaplan.load(GROUPS, text)

    assert task["result"]["successful"] is (successful and bool(text))


@pytest.mark.switch("no_changes")
@pytest.mark.parametrize(
    ("position", "code"),
    [("rows_processed", "hierarchyRowsProcessed"), ("no_changes", "hierarchyNoChanges")],
)
def test_nothing_changed_may_be_told_in_another_code(
    anaplan: Anaplan, position: str, code: str
) -> None:
    anaplan.load(GROUPS, make_groups("G1"))
    anaplan.control.turn(no_changes=position)

    task = anaplan.load(GROUPS, make_groups("G1"))

    assert task["result"]["details"][0]["type"] == code


def test_a_broken_row_is_rejected_and_its_neighbours_load(anaplan: Anaplan) -> None:
    text = f'{GROUP_HEADERS}\nG1,One,A,,\nG2,"Two"x,A,,\nG3,Three,A,,\n'

    task = anaplan.load(GROUPS, text)

    assert list(anaplan.items("Vendor Groups")) == ["G1", "G3"]
    row = task["dump"][0]
    assert (row["_Line_"], row["_Error_1_"]) == ("3", "Column separator expected")


def test_an_open_quote_swallows_the_rest_of_the_file(anaplan: Anaplan) -> None:
    text = f'{GROUP_HEADERS}\nG1,One,A,,\nG2,"Two,A,,\nG3,Three,A,,\n'

    task = anaplan.load(GROUPS, text)

    assert list(anaplan.items("Vendor Groups")) == ["G1"]
    assert task["dump"][0]["_Error_1_"] == "Unmatched text delimiter"


def test_lines_are_physical_and_quoted_line_ends_count(anaplan: Anaplan) -> None:
    text = f'{VENDOR_HEADERS}\nV1,"two\nlines, ""quoted""",S,NOPE,,,,,,\nV2,Name,S,NOPE,,,,,,\n'

    task = anaplan.load(VENDORS, text)

    first, second = task["dump"]
    assert (first["_Line_"], second["_Line_"]) == ("2", "4")
    assert first["VendorName"] == 'two\nlines, "quoted"'
    assert first["GroupCode"] == "NOPE"


def test_the_builder_s_separator_delimiter_and_encoding_are_followed(anaplan: Anaplan) -> None:
    changes = {"separator": ";", "delimiter": "'", "encoding": "ISO-8859-1"}
    anaplan.control.send("PATCH", "files/vendor_groups.csv", changes)
    text = GROUP_HEADERS.replace(",", ";") + "\nÄ1;'a;b';A;;\n"

    anaplan.load(GROUPS, text.encode("latin-1"))

    assert list(anaplan.items("Vendor Groups")) == ["Ä1"]


def test_a_dump_names_a_column_without_a_header_by_its_number(anaplan: Anaplan) -> None:
    task = anaplan.load(VENDORS, "VendorNumber,,GroupCode\nV1,x,NOPE\n")

    assert task["dump"][0]["Column 2"] == "x"
