"""Dumps join back to rows through their columns; whatever a cell holds."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector.anaplan import DumpError, iterate_dump, parse_dump

OFFICIAL = (
    '"_Status_","Code","Name","Parent","_Line_","_Error_1_","_Error_2_"\r\n'
    '"W","V100","Acme","NOPE","7","Invalid parent",""\r\n'
    '"E","","","EU","9","Invalid name: ","Invalid date: ""x"""\r\n'
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=20)


def written(rows: list[list[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["_Status_", "Code", "Name", "_Line_", "_Error_1_"])
    writer.writerows(rows)
    return out.getvalue()


def test_the_documented_shape_is_read() -> None:
    warned, refused = parse_dump(OFFICIAL)

    assert (warned.status, warned.line, warned.errors) == ("W", 7, ("Invalid parent",))
    assert warned.values == {"Code": "V100", "Name": "Acme", "Parent": "NOPE"}
    assert (refused.status, refused.line) == ("E", 9)
    assert refused.errors == ("Invalid name: ", 'Invalid date: "x"')


def test_a_dump_without_rows_is_empty() -> None:
    assert parse_dump(OFFICIAL.split("\r\n", maxsplit=1)[0]) == []
    assert parse_dump("") == []


def test_a_blank_header_is_a_numbered_column_like_any_other() -> None:
    row = parse_dump('"_Status_","Column 1","_Line_"\n"E","x","2"\n')[0]

    assert row.values == {"Column 1": "x"}


def test_a_missing_line_number_is_zero() -> None:
    assert parse_dump('"_Status_","A"\n"E","x"\n')[0].line == 0


@pytest.mark.parametrize(
    "text", ["<html></html>", '{"status": 1}', "A,B\n1,2\n", '"_Status_","A\n']
)
def test_what_is_no_dump_is_refused(text: str) -> None:
    with pytest.raises(DumpError):
        parse_dump(text)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=5), st.integers(1, 7))
def test_cells_survive_whatever_they_hold_and_wherever_chunks_end(
    cells: list[tuple[str, str, str]], size: int
) -> None:
    rows = [["E", code, name, "3", f"e{error}"] for code, name, error in cells]
    text = written(rows)
    pieces = [text[start : start + size] for start in range(0, len(text), size)]

    found = list(iterate_dump(pieces))

    assert [[r.values["Code"], r.values["Name"], *r.errors] for r in found] == [
        [row[1], row[2], row[4]] for row in rows
    ]


def test_a_cell_beyond_the_csv_modules_own_limit_is_read() -> None:
    text = written([["E", "x" * 300_000, "n", "2", "too long"]])

    assert len(parse_dump(text)[0].values["Code"]) == 300_000
