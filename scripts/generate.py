"""Write what is derived from the plugins' `config_jsonschema`, the one home of their settings.

Three places: the settings table in each plugin's README, its `settings` in meltano.yml, and
.env.example. The tables of docs/sandbox.md are written from what the sandbox declares, that of
tap-sage300's streams from their classes. `--check` writes nothing and ends with 1 when a place is
out of date.
"""

from __future__ import annotations

import copy
import io
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, cast

import sandbox_tables
from ruamel.yaml import YAML
from tap_anaplan.tap import TapAnaplan
from tap_sage300.tap import STREAM_TYPES, TapSage300
from target_anaplan.target import TargetAnaplan
from target_sage300.target import TargetSage300

if TYPE_CHECKING:
    from singer_sdk.plugin_base import PluginBase

ROOT = Path(__file__).resolve().parents[1]
PLUGINS: dict[str, type[PluginBase]] = {
    "tap-sage300": TapSage300,
    "target-anaplan": TargetAnaplan,
    "tap-anaplan": TapAnaplan,
    "target-sage300": TargetSage300,
}
SCHEMAS = {name: copy.deepcopy(plugin.config_jsonschema) for name, plugin in PLUGINS.items()}
START, END = "<!-- settings -->", "<!-- /settings -->"
STREAMS_START, STREAMS_END = "<!-- streams -->", "<!-- /streams -->"
KINDS = {
    "integer": "integer",
    "number": "decimal",
    "boolean": "boolean",
    "array": "array",
    "object": "object",
}

# Needed with the default way to log in, though not with every way.
FILLED_IN = {"username"}

Property = dict[str, object]


def properties(plugin: str) -> dict[str, Property]:
    """Return the plugin's own settings: name to JSON Schema, in the order they are written."""
    return cast("dict[str, Property]", SCHEMAS[plugin]["properties"])


def is_required(plugin: str, setting: str) -> bool:
    """Say whether the plugin refuses to start without `setting`."""
    return setting in cast("list[str]", SCHEMAS[plugin].get("required", []))


def kind_of(schema: Property) -> str:
    """Name the setting's type as Meltano spells it; `string` where nothing else fits."""
    types = schema.get("type", "string")
    named = [kind for kind in (types if isinstance(types, list) else [types]) if kind != "null"]
    if "enum" in schema and "boolean" not in named:
        return "options"
    if named == ["string"] and schema.get("format") in {"date", "date-time"}:
        return "date_iso8601"
    return KINDS.get(str(named[0]), "string") if len(named) == 1 else "string"


def render_table(plugin: str) -> str:
    """Render the README's table of settings."""
    lines = ["| Setting | Default | What it is |", "| --- | --- | --- |"]
    for name, schema in properties(plugin).items():
        default = schema.get("default")
        shown = (
            "required" if is_required(plugin, name) else "" if default is None else f"`{default}`"
        )
        text = str(schema.get("description", "")).replace("\n", " ").replace("|", "\\|")
        lines.append(f"| `{name}` | {shown} | {text} |")
    return "\n".join(lines)


def render_readme(plugin: str, text: str) -> str:
    """Put the fresh table between the README's two markers."""
    before, rest = text.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n{render_table(plugin)}\n{END}{after}"


def render_streams(text: str) -> str:
    """Put the fresh table of tap-sage300's streams between the README's two markers."""
    lines = ["| Stream | Key | What it is | By default |", "| --- | --- | --- | --- |"]
    for name, stream in STREAM_TYPES.items():
        keys = ", ".join(f"`{key}`" for key in stream.key_names)
        about = " ".join(str(stream.__doc__).split("\n\n")[0].split()).rstrip(".")
        lines.append(f"| `{name}` | {keys} | {about} | {'yes' if stream.by_default else 'no'} |")
    before, rest = text.split(STREAMS_START)
    _, after = rest.split(STREAMS_END)
    table = "\n".join(lines)
    return f"{before}{STREAMS_START}\n{table}\n{STREAMS_END}{after}"


def describe_setting(name: str, schema: Property) -> dict[str, object]:
    """Describe one setting as meltano.yml does."""
    described: dict[str, object] = {"name": name}
    kind = kind_of(schema)
    if kind != "string":
        described["kind"] = kind
    if kind == "options":
        values = cast("list[str]", schema["enum"])
        described["options"] = [{"label": value, "value": value} for value in values]
    if schema.get("secret"):
        described["sensitive"] = True
    if schema.get("title"):
        described["label"] = schema["title"]
    if schema.get("description"):
        described["description"] = schema["description"]
    return described


def render_meltano(text: str) -> str:
    """Replace each plugin's settings in meltano.yml; comments and order stay."""
    yaml = YAML()
    yaml.width = 100
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    project = yaml.load(text)
    for group in ("extractors", "loaders"):
        for entry in project["plugins"][group]:
            if entry["name"] in PLUGINS:
                name = entry["name"]
                entry["settings"] = [
                    describe_setting(key, schema) for key, schema in properties(name).items()
                ]
                entry["settings_group_validation"] = [
                    [key for key in properties(name) if is_required(name, key)]
                ]
    written = io.StringIO()
    yaml.dump(project, written)
    return written.getvalue()


def list_installed_by_meltano() -> dict[str, dict[str, object]]:
    """Return the plugins in meltano.yml with what is set there: only they take from .env."""
    project = YAML().load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    entries = [entry for group in project["plugins"].values() for entry in group]
    named = {entry["name"]: dict(entry.get("config", {})) for entry in entries}
    return {plugin: named[plugin] for plugin in PLUGINS if plugin in named}


def render_env() -> str:
    """Render .env.example: what has to be filled in stands bare, the rest as a comment."""
    lines = [
        "# Copy to .env and fill in the lines without a '#'.",
        "#",
        "# Secrets do not belong here. meltano.yml refers to the vault; put both passwords there",
        "# once, with `ml-connector credentials set sage300` and `... set anaplan`. To take one",
        "# from elsewhere, uncomment its line: env:NAME for a variable of the environment,",
        "# file:/path/to/it for a file that only its owner can read.",
        "#",
        "# tap-anaplan and target-sage300, the way back, take company, model and users from the",
        "# other two, as meltano.yml says; only what differs has to be said here.",
    ]
    for plugin, given in list_installed_by_meltano().items():
        prefix = plugin.upper().replace("-", "_")
        lines += ["", f"# ---- {plugin} ----"]
        for name, schema in properties(plugin).items():
            needed = name in FILLED_IN or (is_required(plugin, name) and not schema.get("secret"))
            bare = needed and name not in given
            about = f"{schema.get('title') or name}: {schema.get('description', '')}"
            lines += ["", *textwrap.wrap(about, 96, initial_indent="# ", subsequent_indent="# ")]
            lines.append(f"{'' if bare else '# '}{prefix}_{name.upper()}=")
    return "\n".join(lines) + "\n"


def render_all() -> dict[Path, str]:
    """Render every derived file: its path to its content."""
    files = {
        ROOT / "meltano.yml": render_meltano((ROOT / "meltano.yml").read_text(encoding="utf-8")),
        ROOT / ".env.example": render_env(),
    }
    for plugin in PLUGINS:
        path = ROOT / plugin / "README.md"
        files[path] = render_readme(plugin, path.read_text(encoding="utf-8"))
    readme = ROOT / "tap-sage300" / "README.md"
    files[readme] = render_streams(files[readme])
    page = ROOT / "docs" / "sandbox.md"
    files[page] = sandbox_tables.render_doc(page.read_text(encoding="utf-8"))
    return files


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` name those that are out of date."""
    stale = [
        (path, text)
        for path, text in render_all().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} is out of date; run `make generate`.")
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
