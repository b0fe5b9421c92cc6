"""Searches everything that was written for text in any form it may stand there.

As it is, in base64 (at any offset), quoted for a URL or JSON, in UTF-16, in hexadecimal, and within
what is compressed (gzip, zip, zlib).
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ENVIRONMENTS_OF_PYTHON = {"venv", ".venv", ".git", "__pycache__"}
_GZIP, _ZLIB_HEADS = b"\x1f\x8b\x08", (b"\x78\x01", b"\x78\x9c", b"\x78\xda")


def build_forms(text: str) -> set[bytes]:
    """Return the forms in which `text` could have been written."""
    raw = text.encode()
    forms = {raw, text.encode("utf-16-le"), text.encode("utf-16-be")}
    forms |= {raw.hex().encode(), raw.hex().upper().encode()}
    forms |= {each.encode() for each in (quote(text), quote(text, safe=""), quote_plus(text))}
    forms |= {json.dumps(text)[1:-1].encode(), json.dumps(text, ensure_ascii=False)[1:-1].encode()}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            # What stands before and after shares a character with it; those are left out.
            encoded = encode(b"\0" * offset + raw).rstrip(b"=")
            forms.add(encoded[-(-offset * 8 // 6) : len(encoded) - 1])
    return {form for form in forms if form}


def find_in(content: bytes, wanted: Mapping[str, str]) -> set[str]:
    """Name each of `wanted` that stands in `content` in some form."""
    unpacked = [content, *_unpack(content)]
    return {
        name
        for name, text in wanted.items()
        if any(form in each for form in build_forms(text) for each in unpacked)
    }


def find_anywhere(places: Mapping[str, bytes], wanted: Mapping[str, str]) -> list[str]:
    """Say of each of `wanted` where it was found: `NAME in PLACE`."""
    return sorted(
        f"{name} in {place}"
        for place, content in places.items()
        for name in find_in(content, wanted)
    )


def read_files(roots: Iterable[Path], *, since: float = 0) -> dict[str, bytes]:
    """Read every file below `roots` written at or after `since`; Python's own are left out."""
    found = {}
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in ENVIRONMENTS_OF_PYTHON]
            for path in (Path(folder, name) for name in names):
                with suppress(OSError):  # it has gone meanwhile
                    if path.is_file() and path.stat().st_mtime >= since:
                        found[str(path)] = path.read_bytes()
    return found


def _unpack(content: bytes) -> Iterator[bytes]:
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield from (archive.read(name) for name in archive.namelist())
    for start in _find_all(content, _GZIP):
        with suppress(OSError, EOFError, zlib.error):
            yield gzip.GzipFile(fileobj=io.BytesIO(content[start:])).read1(10_000_000)
    for head in _ZLIB_HEADS:
        for start in _find_all(content, head):
            with suppress(zlib.error):
                yield zlib.decompressobj().decompress(content[start:])


def _find_all(content: bytes, part: bytes) -> Iterator[int]:
    start = content.find(part)
    while start >= 0:
        yield start
        start = content.find(part, start + 1)
