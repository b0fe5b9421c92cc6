"""An export's file as rows, however it is cut, encoded and quoted."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest
from ml_connector.errors import InputError
from tap_anaplan._files import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS = [["Code", "Text"], ["1", 'Müller & "Söhne",\r\nÉquipe 普通'], ["2", ""]]
TEXT = 'Code,Text\n1,"Müller & ""Söhne"",\r\nÉquipe 普通"\n2,\n'


def rows_of(chunks: Iterable[bytes], *, encoding: str = "UTF-8", delimiter: str = '"') -> list:
    rows = read_rows(chunks, stream="s", encoding=encoding, separator=",", delimiter=delimiter)
    return list(rows)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("encoding", "told", "mark"),
    [
        ("utf-8", "UTF-8", b""),
        ("utf-8", "UTF-8", codecs.BOM_UTF8),
        ("utf-16-le", "UTF-16LE", codecs.BOM_UTF16_LE),
        ("utf-16-le", "UTF-8", codecs.BOM_UTF16_LE),
        ("utf-16-be", "UTF-16", codecs.BOM_UTF16_BE),
        ("utf-16-le", "UTF-16LE", b""),
    ],
)
def test_a_file_may_be_cut_within_characters_and_marks(
    size: int, encoding: str, told: str, mark: bytes
) -> None:
    assert rows_of(cut(mark + TEXT.encode(encoding), size), encoding=told) == ROWS


def test_line_ends_of_windows_and_a_last_line_without_one_are_lines() -> None:
    assert rows_of([b"A,B\r\n1,2\r\n3,4"]) == [["A", "B"], ["1", "2"], ["3", "4"]]


def test_without_a_text_delimiter_quotes_are_text() -> None:
    assert rows_of([b'A,B\n"1,2"\n'], delimiter="") == [["A", "B"], ['"1', '2"']]


def test_a_file_without_a_byte_has_no_rows() -> None:
    assert rows_of([]) == []
    assert rows_of([b""]) == []


@pytest.mark.parametrize(
    ("data", "encoding", "told"),
    [
        (b"A,B\n1,2\n3\n", "UTF-8", "line 3: the row has 1 cells, the header 2"),
        (b"A,B\n1,2,3\n", "UTF-8", "line 2: the row has 3 cells, the header 2"),
        (b"A,B\n\n", "UTF-8", "the row has 0 cells"),
        (b'A,B\n1,"2\n', "UTF-8", "cannot be read"),
        (b'A,B\n1,"2"3\n', "UTF-8", "cannot be read"),
        (b"A,B\n1,\xfc\n", "UTF-8", "not in UTF-8"),
        (b"A,B\n1,\xc3", "UTF-8", "not in UTF-8"),
        ("A,B\n1,2\n".encode("utf-16-le")[:-1], "UTF-16LE", "not in UTF-16LE"),
        (b"A,B\n1,\x81\n", "windows-1252", "not in windows-1252"),
    ],
    ids=[
        *("short row", "long row", "blank row", "open quote", "text behind quote"),
        *("western as utf-8", "cut character", "cut utf-16", "no such byte"),
    ],
)
def test_what_is_no_row_of_the_file_is_named(data: bytes, encoding: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        rows_of([data], encoding=encoding)

    assert told in str(caught.value)
    assert "s" in str(caught.value)
    assert caught.value.remedy
