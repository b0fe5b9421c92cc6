"""The search for secrets finds them in every form it claims to look for."""

from __future__ import annotations

import base64
import gzip
import io
import json
import subprocess
import sys
import zipfile
import zlib
from subprocess import PIPE
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.support.processes import ProcessWatch
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


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes under /proc")
def test_a_file_that_has_no_name_any_more_is_seen() -> None:
    program = (
        "import sys, tempfile\n"
        "with tempfile.TemporaryFile('wb', 0) as file:\n"
        "    file.write(sys.stdin.readline().encode())\n"
        "    print(flush=True)\n"
        "    sys.stdin.readline()"
    )
    with (
        subprocess.Popen([sys.executable, "-c", program], stdin=PIPE, stdout=PIPE) as process,
        ProcessWatch(process.pid) as watch,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{SECRET}\n".encode())
        process.stdin.flush()
        process.stdout.readline()
        for _ in range(100):
            if any(watch.written.values()):
                break
            watch.pause()
        process.communicate(b"\n")

    (found,) = find_anywhere({str(path): raw for path, raw in watch.written.items()}, WANTED)
    assert found.endswith("(deleted)")


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("Plan-5 and nothing else")

    assert find_anywhere(read_files([tmp_path]), WANTED) == []


def test_the_place_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down"
    folder.mkdir(parents=True)
    (folder / "log").write_text(SECRET)

    assert find_anywhere(read_files([tmp_path]), WANTED) == [f"password in {folder / 'log'}"]
