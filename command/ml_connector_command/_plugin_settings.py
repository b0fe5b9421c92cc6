"""Where a command finds the plugins' settings: a file named, Meltano's project, the environment.

In a Meltano project Meltano itself is asked, so that a command uses exactly what `meltano run`
uses, environments and `.env` included. Secrets stay references; what is none stays in memory.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from ml_connector.errors import SettingError
from ml_connector.wire import WireError, as_object, decode_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from singer_sdk.plugin_base import PluginBase

Config = dict[str, object]

PROJECT_FILE: Final = "meltano.yml"
DOTENV: Final = ".env"
TIMEOUT_S: Final = 120
ALL_ABOUT: Final = (
    "Default: what Meltano uses, in the folder of meltano.yml; elsewhere environment"
    " variables and the file .env, named as in .env.example."
)

tap_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--tap", "tap_file", metavar="FILE", help=f"JSON file with tap-sage300's settings. {ALL_ABOUT}"
)
target_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--target", "target_file", metavar="FILE", help="The same of target-anaplan."
)
environment_option: Callable[[Callable[..., None]], Callable[..., None]] = click.option(
    "--environment",
    metavar="NAME",
    envvar="MELTANO_ENVIRONMENT",
    help="Meltano environment whose settings are used.",
)


def find_config(
    plugin: type[PluginBase],
    *,
    file: str | None,
    environment: str | None = None,
    name: str = "",
) -> Config:
    """Return a plugin's settings, secrets as they were written; `name` is one that inherits it.

    Raises:
        SettingError: the file, or what Meltano says, cannot be read.
    """
    if file is not None:
        return _read_file(file)
    if Path(PROJECT_FILE).is_file():
        return _ask_meltano(name or plugin.name, environment)
    return _read_environment(plugin, name or plugin.name)


def is_configured(plugin: str) -> bool:
    """Tell whether Meltano's project, or the environment, has anything of a plugin."""
    project = Path(PROJECT_FILE)
    if project.is_file():
        return plugin in project.read_text(encoding="utf-8")
    dotenv = Path(DOTENV)
    lines = dotenv.read_text(encoding="utf-8").splitlines() if dotenv.is_file() else []
    return any(name.startswith(_prefix(plugin)) for name in (*os.environ, *lines))


def _prefix(plugin: str) -> str:
    return f"{plugin.upper().replace('-', '_')}_"


def _read_file(path: str) -> Config:
    try:
        return as_object(decode_json(Path(path).read_bytes()), "the file")
    except (OSError, WireError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SettingError(
            "--tap or --target",
            path,
            f"cannot be read ({reason})",
            remedy="Give the JSON file that the plugin takes with --config.",
        ) from error


def _ask_meltano(plugin: str, environment: str | None) -> Config:
    chosen = ["--environment", environment] if environment else []
    line = [_find_meltano(), *chosen, "config", "--unsafe", "print", plugin, "--format", "json"]
    try:
        ended = subprocess.run(  # noqa: S603 - our own program, without a shell
            line,
            capture_output=True,
            check=False,
            timeout=TIMEOUT_S,
            env={**os.environ, "NO_COLOR": "1"},
        )
    except subprocess.TimeoutExpired as error:
        raise SettingError(
            PROJECT_FILE,
            None,
            f"Meltano did not tell the settings of {plugin} within {TIMEOUT_S} seconds",
            remedy=f"Try `meltano config print {plugin}`, or name a file with --tap or --target.",
        ) from error
    try:
        if ended.returncode == 0:
            return as_object(decode_json(ended.stdout), "the answer")
    except WireError:
        pass
    said = [line for line in ended.stderr.decode(errors="replace").splitlines() if "rror" in line]
    raise SettingError(
        PROJECT_FILE,
        None,
        f"Meltano does not tell the settings of {plugin}: {(said or ['no reason given'])[0]}",
        remedy=f"Try `meltano config print {plugin}`, or name a file with --tap or --target.",
    )


def _find_meltano() -> str:
    beside = shutil.which("meltano", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("meltano")
    if found is None:
        raise SettingError(
            PROJECT_FILE,
            None,
            "it is here, but no meltano to read it",
            remedy="Activate the environment Meltano is installed in, or name files with --tap and"
            " --target.",
        )
    return found


def _read_environment(plugin: type[PluginBase], name: str) -> Config:
    # The SDK brings much with it; a wrong option should be refused at once.
    from singer_sdk.configuration._dict_config import parse_environment_config  # noqa: PLC0415

    schema: Mapping[str, object] = plugin.config_jsonschema
    prefix = _prefix(name)
    return dict(parse_environment_config(dict(schema), prefix, dotenv_path=DOTENV))
