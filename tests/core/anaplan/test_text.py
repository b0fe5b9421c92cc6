"""Text in an encoding nobody has told: whatever it is, values and reasons are read."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector.anaplan._text import decode_pieces

HEADER = '"_Status_","Code"\r\n'
ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16-le": b"",
    "utf-16-be": b"",
    "utf-16-le with a mark": codecs.BOM_UTF16_LE,
    "utf-16-be with a mark": codecs.BOM_UTF16_BE,
}


def in_pieces(raw: bytes, size: int) -> list[bytes]:
    return [raw[start : start + size] for start in range(0, len(raw), size)]


@pytest.mark.parametrize("encoding", list(ENCODINGS))
@given(rest=st.text(st.characters(exclude_categories=["Cs"]), max_size=20), size=st.integers(1, 9))
def test_text_is_read_in_each_unicode_encoding_wherever_pieces_end(
    encoding: str, rest: str, size: int
) -> None:
    raw = ENCODINGS[encoding] + (HEADER + rest).encode(encoding.split(maxsplit=1)[0])

    assert "".join(decode_pieces(in_pieces(raw, size))) == HEADER + rest


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_letters_of_western_encodings_are_read_as_what_they_are(encoding: str) -> None:
    raw = (HEADER + "Zürich, Café Ångström").encode(encoding)

    for size in (1, 3, 1000):
        assert "".join(decode_pieces(in_pieces(raw, size))).endswith("Zürich, Café Ångström")


def test_one_strange_byte_leaves_the_rest_as_it_is() -> None:
    raw = f"{HEADER}Łódź ".encode() + b"\xfc" + " ± Zürich\x81".encode()

    assert "".join(decode_pieces([raw])).endswith("Łódź ü ± Zürich\x81")


@pytest.mark.parametrize("raw", [b"", b"x", b"\0", b"\0\0", b"\xef\xbb"])
def test_what_is_too_short_to_tell_is_read_all_the_same(raw: bytes) -> None:
    assert len("".join(decode_pieces([raw]))) <= len(raw)
