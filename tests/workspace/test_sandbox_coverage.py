"""Every switch and every fault of the sandbox is shown at work by a test that says so.

Method: tests are read, not run. A test marked `switch("name")` counts for the positions that
stand in it: in its body, its parameters, or a constant of its module that it uses. That it turns
the switch, and that a test marked `fault("kind")` has the fault strike and be counted, is seen to
when it runs (`tests/sandbox/conftest.py`).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox._clock import VirtualClock
from ml_connector_sandbox._part import Part, ServeOptions
from ml_connector_sandbox.anaplan import create_part as create_anaplan
from ml_connector_sandbox.sage300 import create_part as create_sage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector_sandbox._switches import Switch

SANDBOX_TESTS = Path(__file__).parents[1] / "sandbox"
SIDES = {"sage300": create_sage, "anaplan": create_anaplan}


@dataclass(frozen=True)
class Marked:
    """A test that says which switches or faults it shows."""

    path: Path
    name: str
    switches: frozenset[str]
    faults: frozenset[str]
    literals: frozenset[object]


def read_marked(path: Path) -> Iterator[Marked]:
    """Yield the marked tests of one file."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    constants = dict(constants_of(module))
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            marks = {name: frozenset(names_in_marks(node, name)) for name in ("switch", "fault")}
            if marks["switch"] or marks["fault"]:
                found = frozenset(literals_in(node, constants))
                yield Marked(path, node.name, marks["switch"], marks["fault"], found)


def constants_of(module: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a module assigns to names, one by one or several at once."""
    for node in module.body:
        for target in node.targets if isinstance(node, ast.Assign) else ():
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            for name, value in zip(names, values, strict=False):
                if isinstance(name, ast.Name):
                    yield name.id, node.value if len(names) != len(values) else value


def names_in_marks(node: ast.FunctionDef, mark: str) -> Iterator[object]:
    """Yield what stands in `@pytest.mark.<mark>(...)` of a test."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == f"pytest.mark.{mark}":
            yield from (argument.value for argument in decorator.args if is_constant(argument))


def is_constant(node: ast.expr) -> bool:
    """Tell whether an expression is a literal."""
    return isinstance(node, ast.Constant)


def literals_in(node: ast.AST, constants: dict[str, ast.expr]) -> Iterator[object]:
    """Yield the literals in a piece of code, and in the constants it uses, typed apart."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant):
            yield typed(part.value)
        elif isinstance(part, ast.keyword) and part.arg is not None:
            yield typed(part.arg)
        elif isinstance(part, ast.Name) and part.id in constants:
            rest = {name: value for name, value in constants.items() if name != part.id}
            yield from literals_in(constants[part.id], rest)


def typed(value: object) -> tuple[str, object]:
    """Tell True from 1."""
    return type(value).__name__, value


@cache
def marked_tests() -> tuple[Marked, ...]:
    """Return all marked tests of the sandbox."""
    return tuple(one for path in SANDBOX_TESTS.rglob("test_*.py") for one in read_marked(path))


@cache
def build_part(side: str) -> Part:
    """Return one of the two servers, not served."""
    return SIDES[side](ServeOptions(orders=1), clock=VirtualClock())


SWITCHES = [
    (side, name, switch)
    for side in SIDES
    for name, switch in build_part(side).state.switches.describe().items()
]
FAULTS = sorted(
    {(kind) for side in SIDES for kind in build_part(side).state.faults.describe_kinds()}
)


def marked_for_switch(side: str, name: str) -> list[Marked]:
    """Return the marked tests of a switch; those of the other side's folder do not count."""
    other = {"sage300": "anaplan", "anaplan": "sage300"}[side]
    return [one for one in marked_tests() if name in one.switches and other not in one.path.parts]


def positions_not_shown(name: str, switch: Switch, tests: list[Marked]) -> list[object]:
    """Return the positions besides the default that no marked test mentions."""
    naming = [one.literals for one in tests if typed(name) in one.literals]
    shown = frozenset[object]().union(*naming)
    return [
        position
        for position in switch.positions
        if position != switch.default and typed(position) not in shown
    ]


@pytest.mark.parametrize(
    ("side", "name", "switch"), SWITCHES, ids=[f"{side}-{name}" for side, name, _ in SWITCHES]
)
def test_every_position_of_a_switch_is_shown_at_work(side: str, name: str, switch: Switch) -> None:
    tests = marked_for_switch(side, name)

    assert tests, f"no test of the {side} side is marked @pytest.mark.switch({name!r})"
    assert not positions_not_shown(name, switch, tests)


@pytest.mark.parametrize("kind", FAULTS)
def test_every_kind_of_fault_strikes_in_a_test(kind: str) -> None:
    tests = [one for one in marked_tests() if kind in one.faults]

    assert tests, f"no test is marked @pytest.mark.fault({kind!r})"


def test_no_mark_names_what_does_not_exist() -> None:
    switches = {name for _, name, _ in SWITCHES}
    unknown = [
        (one.name, sorted((one.switches - switches) | (one.faults - set(FAULTS))))
        for one in marked_tests()
        if one.switches - switches or one.faults - set(FAULTS)
    ]

    assert not unknown


SAMPLE = """
POSITIONS = ["one", "two"]

@pytest.mark.switch("colour")
@pytest.mark.parametrize("position", POSITIONS)
def test_sample(position):
    control.turn(colour=position)
"""


def test_the_rule_would_notice_a_position_left_out(tmp_path: Path) -> None:
    sample = tmp_path / "test_sample.py"
    sample.write_text(SAMPLE)
    _, _, any_switch = SWITCHES[0]
    switch = type(any_switch)(default="one", about="", positions=("one", "two", "three"))

    found = list(read_marked(sample))

    assert [one.switches for one in found] == [{"colour"}]
    assert positions_not_shown("colour", switch, found) == ["three"]
