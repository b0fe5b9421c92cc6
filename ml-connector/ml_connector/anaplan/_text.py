"""Text in an encoding nobody has told: that of dumps is not documented (§5.4, §11 row 26)."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_START_BYTES: Final = 4
_READ_AS_WESTERN: Final = "ml_connector.read_as_western"


def decode_pieces(pieces: Iterable[bytes]) -> Iterator[str]:
    """Decode a text that begins with ASCII, as dumps do; a piece may end inside a character.

    A byte order mark tells the encoding, else the zero bytes between the first characters tell
    UTF-16. Everything else is UTF-8, in which a byte that cannot be so is the character it is in
    Western encodings: one strange value must not hide the reasons of all rows. What the answer's
    Content-Type says is not asked: servers name a default there.
    """
    start = b""
    decoder: codecs.IncrementalDecoder | None = None
    for piece in pieces:
        if decoder is None:
            start += piece
            if len(start) >= _START_BYTES:
                decoder = _choose_decoder(start)
                yield decoder.decode(start)
        else:
            yield decoder.decode(piece)
    if decoder is None:
        yield _choose_decoder(start).decode(start, final=True)
    else:
        yield decoder.decode(b"", final=True)


def _choose_decoder(start: bytes) -> codecs.IncrementalDecoder:
    encoding = next((name for mark, name in _MARKS if start.startswith(mark)), "")
    if not encoding:
        encoding = _find_utf_16(start) or "utf-8"
    errors = _READ_AS_WESTERN if encoding.startswith("utf-8") else "replace"
    return codecs.getincrementaldecoder(encoding)(errors=errors)


def _find_utf_16(start: bytes) -> str:
    first, second = start[:1], start[1:2]
    if second == b"\0" and first != b"\0":
        return "utf-16-le"
    return "utf-16-be" if first == b"\0" and second not in (b"", b"\0") else ""


def _read_as_western(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    strange = error.object[error.start : error.end]
    return strange.decode("cp1252", errors="replace"), error.end


codecs.register_error(_READ_AS_WESTERN, _read_as_western)
