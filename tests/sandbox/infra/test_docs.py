"""docs/sandbox.md says what is there, and its examples print what it shows."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox._clock import VirtualClock
from ml_connector_sandbox._control import build_control_routes
from ml_connector_sandbox._part import Part, ServeOptions
from ml_connector_sandbox._server import serving
from ml_connector_sandbox.anaplan import create_part as create_anaplan
from ml_connector_sandbox.sage300 import create_part as create_sage
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"```python\n(?P<code>.*?)```(?:\n\n```text\n(?P<shown>.*?)```)?", re.DOTALL)
SIDES = {"sage300": create_sage, "anaplan": create_anaplan}


def _part(side: str) -> Part:
    return SIDES[side](ServeOptions(orders=1), clock=VirtualClock())


def _endpoints(side: str) -> Iterator[tuple[str, str]]:
    for route in build_control_routes(_part(side).state):
        assert isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}:
            yield method, re.sub(r"\{\w+(:\w+)?\}", "{}", route.path).lstrip("/")


def _documented() -> set[tuple[str, str]]:
    found = re.findall(r"^\| `([A-Z, ]+) ([a-z][^` ]*)`", PAGE, re.MULTILINE)
    return {
        (method, re.sub(r"\{\w+\}", "{}", path))
        for methods, path in found
        for method in methods.split(", ")
    }


def test_the_examples_print_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    differences = []
    with serving(ServeOptions(orders=300)) as ready:
        Path("ready.json").write_text(json.dumps(ready))
        for number, example in enumerate(EXAMPLE.finditer(PAGE), start=1):
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(example["code"], f"example {number}", "exec"), names)  # noqa: S102
            if printed.getvalue() != (example["shown"] or ""):
                differences.append((number, printed.getvalue(), example["shown"]))

    assert not differences
    assert Path("company/AP.APVendors.jsonl").is_file()


@pytest.mark.parametrize("side", SIDES)
def test_every_control_endpoint_is_on_the_page(side: str) -> None:
    missing = [
        (method, path)
        for method, path in _endpoints(side)
        # Deeds on a batch share a route; the page names each.
        if (method, path) not in _documented()
        and not (path.endswith("/{}") and any(_is_deed(path, one) for one in _documented()))
    ]

    assert not missing


def _is_deed(path: str, documented: tuple[str, str]) -> bool:
    return documented[1].startswith(path.removesuffix("{}"))


def test_no_number_of_a_fact_sheet_is_left_on_the_page() -> None:
    assert "§" not in PAGE
    assert not re.search(r"unknowns? \d", PAGE)
