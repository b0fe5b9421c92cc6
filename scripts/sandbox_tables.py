"""The tables of docs/sandbox.md, from what the sandbox itself declares.

Switches come from their declarations, faults from their kinds, control endpoints from the tables
in the docstrings of the modules that serve them, resources from the catalogue, options from the
command. Numbers of questions and sections become words: the fact sheets they stand in are not part
of the repository.
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import ml_connector_sandbox
from ml_connector_sandbox._clock import VirtualClock
from ml_connector_sandbox._fault_kinds import COMMON_KINDS
from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox.anaplan import create_part as create_anaplan
from ml_connector_sandbox.cli import serve
from ml_connector_sandbox.sage300 import create_part as create_sage
from ml_connector_sandbox.sage300.catalog import RESOURCES
from sandbox_topics import NOT_SWITCHED, QUESTIONS, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ml_connector_sandbox._fault_kinds import FaultKind
    from ml_connector_sandbox._part import Part
    from ml_connector_sandbox._switches import Switch

PACKAGE = Path(ml_connector_sandbox.__file__).parent
PARTS: dict[str, Part] = {
    "sage300": create_sage(ServeOptions(orders=1), clock=VirtualClock()),
    "anaplan": create_anaplan(ServeOptions(orders=1), clock=VirtualClock()),
}
OWN_MODULES = {"sage300": "sage300/**/*.py", "anaplan": "anaplan/**/*.py", "common": "*.py"}

_QUESTION = re.compile(r"^(?:unknowns? )?(\d+(?:, \d+)*): |unknowns? (\d+(?:(?:, | and )\d+)*)")
_SECTION = re.compile(r"§(\d+(?:\.\d+)?)")
_SETTING = "site setting: "
_RULE = re.compile(r"^=+(?: +=+)+$")
_ASIDE = re.compile(r"\s*\((?=[^()]*§)[^()]*\)")
_LEAD = re.compile(r"^(?:§\d+(?:\.\d+)?(?:, §\d+(?:\.\d+)?)*(?: \([A-Z]\))?): ")


def render_doc(text: str) -> str:
    """Put the fresh tables between the page's markers."""
    for name, render in TABLES.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, rest = text.split(start)
        _, after = rest.split(end)
        text = f"{before}{start}{render()}\n{end}{after}"
    return text


def render_rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Render a table."""
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join('---' for _ in head)} |"]
    for row in rows:
        cells = (" ".join(cell.split()).replace("|", "\\|") for cell in row)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


# --- switches -------------------------------------------------------------------------------


def render_switches(side: str) -> str:
    """Render the switches of one server, as they are declared."""
    switches = PARTS[side].state.switches.describe()
    rows = [
        (
            f"`{name}`",
            show_positions(switch),
            strip_sources(switch.about),
            show_source(side, switch),
        )
        for name, switch in switches.items()
    ]
    return render_rows(("Switch", "Positions", "What it turns", "Stands for"), rows)


def show_positions(switch: Switch) -> str:
    """Show the default in bold, then the other positions, or what else may be given."""
    default = f"**{show_value(switch.default)}**"
    others = [show_value(one) for one in switch.positions if one != switch.default]
    if switch.positions:
        return ", ".join([default, *others])
    kinds = {bool: "true or false", int: "any number", str: "any text", list: "any list"}
    return f"{default}, or {kinds.get(type(switch.default), 'any object')}"


def show_value(value: object) -> str:
    """Show a position as it is written in JSON."""
    return f"`{value if isinstance(value, str) and value else json.dumps(value)}`"


def strip_sources(about: str) -> str:
    """Leave out what the next column says: numbers of questions and sections."""
    bare = _LEAD.sub("", _QUESTION.sub("", about, count=1).removeprefix(": "))
    return _ASIDE.sub("", bare.removeprefix(_SETTING))


def show_source(side: str, switch: Switch) -> str:
    """Name the open questions, or the topics, that a switch stands for."""
    questions = questions_of(switch)
    if questions:
        return "; ".join(f"question {one}: {QUESTIONS[side][one]}" for one in questions)
    if switch.about.startswith(_SETTING):
        return _SETTING.rstrip(": ")
    sections = dict.fromkeys(_SECTION.findall(switch.about))
    return "; ".join(SECTIONS[side][one] for one in sections)


def questions_of(switch: Switch) -> list[int]:
    """Return the numbers of the open questions a switch stands for."""
    found = _QUESTION.search(switch.about)
    return [int(one) for one in re.findall(r"\d+", found[1] or found[2])] if found else []


def render_questions(side: str) -> str:
    """Render every open question with its switches, or why it has none."""
    by_number: dict[int, list[str]] = {}
    for name, switch in PARTS[side].state.switches.describe().items():
        for number in questions_of(switch):
            by_number.setdefault(number, []).append(f"`{name}`")
    rows = [
        (str(number), topic, ", ".join(by_number.get(number, ())) or NOT_SWITCHED[side][number])
        for number, topic in QUESTIONS[side].items()
    ]
    return render_rows(("No.", "Open question", "Switches"), rows)


# --- faults, control, resources, options ----------------------------------------------------


def render_common_faults() -> str:
    """Render the kinds that both servers have."""
    return render_kinds(COMMON_KINDS)


def render_own_faults(side: str) -> str:
    """Render the kinds of one server, or its own way of doing a common one."""
    kinds = PARTS[side].state.faults.describe_kinds()
    return render_kinds({k: one for k, one in kinds.items() if COMMON_KINDS.get(k) is not one})


def render_kinds(kinds: dict[str, FaultKind]) -> str:
    """Render a table of kinds."""
    rows = [
        (f"`{name}`", kind.sees, kind.effect, ", ".join(f"`{one}`" for one in kind.heeds))
        for name, kind in kinds.items()
    ]
    head = ("Kind", "What the client sees", "Effect of the request", "Fields it heeds")
    return render_rows(head, rows)


def render_control(side: str) -> str:
    """Render the control endpoints that modules of one side list in their docstrings."""
    rows = [row for path in sorted(PACKAGE.glob(OWN_MODULES[side])) for row in endpoints_of(path)]
    return render_rows(("Endpoint", "What it does"), rows)


def endpoints_of(path: Path) -> Iterator[tuple[str, str]]:
    """Yield what the docstring of a module with control routes lists."""
    source = path.read_text(encoding="utf-8")
    if "control_route(" not in source:
        return
    lines = iter((ast.get_docstring(ast.parse(source)) or "").splitlines())
    for line in lines:
        if _RULE.match(line):
            starts = [found.start() for found in re.finditer("=+", line)]
            for cells in table_rows(lines, starts):
                yield f"`{' '.join(cells[:-1])}`", cells[-1]


def table_rows(lines: Iterator[str], starts: Sequence[int]) -> Iterator[list[str]]:
    """Yield the rows of a table up to its closing rule; lines that go on are joined."""
    row: list[str] = []
    ends = [*starts[1:], None]
    for line in lines:
        if _RULE.match(line):
            break
        cells = [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]
        if not row:
            row = cells
        elif cells[0]:
            yield row
            row = cells
        else:
            row = [f"{old} {new}".strip() for old, new in zip(row, cells, strict=True)]
    yield row


def render_resources() -> str:
    """Render the catalogue: resources with their verbs, by module."""
    rows = [
        (f"`{resource.name}`", show_verbs(resource.verbs), ", ".join(resource.key))
        for resource in RESOURCES.values()
    ]
    return render_rows(("Resource", "Verbs", "Key"), rows)


def show_verbs(verbs: str) -> str:
    """Write the letters of the catalogue out."""
    words = {"G": "GET", "P": "POST", "U": "PUT", "D": "DELETE", "A": "PATCH"}
    return ", ".join(words[letter] for letter in verbs)


def render_options() -> str:
    """Render the options of `ml-sandbox serve`."""
    rows = []
    for option in serve.params:
        if isinstance(option, click.Option):
            shown = option.show_default if isinstance(option.show_default, str) else option.default
            given = show_value(shown) if isinstance(shown, int | str) else ""
            rows.append((f"`{option.opts[0]}`", given, option.help or ""))
    return render_rows(("Option", "Default", "Meaning"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "options": render_options,
    "resources": render_resources,
    "switches: sage300": lambda: render_switches("sage300"),
    "questions: sage300": lambda: render_questions("sage300"),
    "switches: anaplan": lambda: render_switches("anaplan"),
    "questions: anaplan": lambda: render_questions("anaplan"),
    "faults: common": render_common_faults,
    "faults: sage300": lambda: render_own_faults("sage300"),
    "faults: anaplan": lambda: render_own_faults("anaplan"),
    "control: common": lambda: render_control("common"),
    "control: sage300": lambda: render_control("sage300"),
    "control: anaplan": lambda: render_control("anaplan"),
}
