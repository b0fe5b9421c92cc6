"""The search for secrets finds them in every form it claims to look for."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.support.searching import find_anywhere, find_in, read_files

if TYPE_CHECKING:
    from pathlib import Path

SECRET = 'Plan-4 "Sändbox"!?/+'
WANTED = {"password": SECRET}


def zipped(content: bytes) -> bytes:
    """Put `content` into a zip file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("member", content)
    return file.getvalue()


FORMS = {
    "plain": f"x{SECRET}y".encode(),
    "utf-16": f"x{SECRET}y".encode("utf-16"),
    "quoted": quote(f"user:{SECRET}@").encode(),
    "json": json.dumps([SECRET]).encode(),
    "hex": f"x{SECRET}".encode().hex().encode(),
    **{
        f"base64 behind {before}": base64.b64encode(f"{'u' * before}:{SECRET}:rest".encode())
        for before in range(4)
    },
    "url base64": base64.urlsafe_b64encode(f":{SECRET}".encode()),
    "gzip": b"head" + gzip.compress(f"a {SECRET}".encode()) + b"tail",
    "zlib": b"head" + zlib.compress(f"a {SECRET}".encode()) + b"tail",
    "zip": zipped(f"a {SECRET}".encode()),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_found_in_each_form(form: str) -> None:
    assert find_in(FORMS[form], WANTED) == {"password"}


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("Plan-5 and nothing else")

    assert find_anywhere(read_files([tmp_path]), WANTED) == []


def test_the_place_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    (folder / "log").write_text(SECRET)

    assert find_anywhere(read_files([tmp_path]), WANTED) == [f"password in {folder / 'log'}"]
