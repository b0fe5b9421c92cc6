"""Rows become the bytes that the model's import expects."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from target_anaplan._rendering import FileFormat, find_unwritable, render_chunks

CSV = FileFormat(headers=("Code", "Name"))


def render(file_format: FileFormat, *rows: tuple[str, ...], chunk_bytes_max: int = 1000) -> bytes:
    return b"".join(render_chunks(file_format, rows, chunk_bytes_max=chunk_bytes_max))


def test_values_are_quoted_only_where_needed() -> None:
    text = render(CSV, ("1", "plain"), ("2", 'a "quoted", name'), ("3", "two\nlines"))

    assert text.decode() == 'Code,Name\n1,plain\n2,"a ""quoted"", name"\n3,"two\nlines"\n'


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=9)


@given(st.lists(st.tuples(cells.filter(bool), cells), max_size=9))
def test_a_csv_reader_reads_back_what_was_sent(rows: list[tuple[str, str]]) -> None:
    text = render(CSV, *rows).decode()

    found = list(csv.reader(io.StringIO(text, newline="")))

    assert found[1:] == [list(row) for row in rows]


def test_chunks_are_cut_at_line_ends_and_join_to_the_same_bytes() -> None:
    rows = [(str(number), "ä" * 20) for number in range(100)]

    chunks = list(render_chunks(CSV, rows, chunk_bytes_max=200))

    assert b"".join(chunks) == render(CSV, *rows, chunk_bytes_max=10**6)
    assert len(chunks) > 10
    assert all(len(chunk) <= 200 and chunk.endswith(b"\n") for chunk in chunks)


def test_a_line_longer_than_a_chunk_is_a_chunk_of_its_own() -> None:
    chunks = list(render_chunks(CSV, [("1", "x" * 500), ("2", "y")], chunk_bytes_max=100))

    assert [len(chunk) > 100 for chunk in chunks] == [False, True, False]


def test_header_row_and_first_data_row_are_kept() -> None:
    late = FileFormat(headers=("A",), header_row=2, first_data_row=4)

    assert render(late, ("x",)) == b"\nA\n\nx\n"


def test_the_encoding_is_the_imports() -> None:
    latin = FileFormat(headers=("A",), encoding="ISO-8859-1", separator="\t")

    assert render(latin, ("é",)) == b"A\n\xe9\n"


@pytest.mark.parametrize(
    ("file_format", "value", "says"),
    [
        (CSV, "a\x00b", "NUL"),
        (FileFormat(headers=("Code", "Name"), encoding="ISO-8859-1"), "Ł", "U+0141"),
        (FileFormat(headers=("Code", "Name"), delimiter="", separator="\t"), "a\tb", "delimiter"),
        (CSV, "\ud800", "U+D800"),
    ],
)
def test_a_value_no_file_can_hold_is_named_by_column(
    file_format: FileFormat, value: str, says: str
) -> None:
    reason = find_unwritable(file_format, ("1", value))

    assert reason is not None
    assert "column Name" in reason
    assert says in reason


def test_ordinary_text_can_always_be_written() -> None:
    assert find_unwritable(CSV, ("1", 'Łódź, "x"\n' + "y" * 100_000)) is None
