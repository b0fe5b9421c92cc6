"""The edge of a plugin's process: one line per failure, an exit code, and everything closed.

| exit code | meaning |
| --- | --- |
| 0 | all done, all confirmed |
| 1 | failed |
| 2 | settings refused; nothing was called |
| 3 | finished, rejects kept beyond what is tolerated |
| 128 + n | stopped by signal n |
"""

from __future__ import annotations

import logging
import sys
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from singer_sdk.exceptions import (
    ConfigValidationError,
    MappingError,
    SingerSDKError,
)
from singer_sdk.plugin_base import JSONSchemaValidator, SingerCommand, _ConfigInput
from singer_sdk.singerlib.exceptions import SingerError
from typing_extensions import override

from ml_connector.errors import ConnectorError, ExitCode, SettingError
from ml_connector.events import event
from ml_connector.singer.stopping import Stopped
from ml_connector.wire import WireError, as_object, decode_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import click
    from jsonschema import ValidationError  # type: ignore[import-untyped]
    from singer_sdk.plugin_base import PluginBase


class Closeable(Protocol):
    """A plugin that opened something."""

    exit_code: int

    def close(self, *, outcome: str, exit_code: int) -> None:
        """Close it, whatever happened."""
        ...


class PluginCommand(SingerCommand):
    """A plugin's command: failures end in one line on stderr and a documented exit code."""

    @classmethod
    def around(cls, command: click.Command, *, logger: logging.Logger) -> PluginCommand:
        """Take over the options of the SDK's own command."""
        return cls(
            name=command.name,
            callback=command.callback,
            params=command.params,
            help=command.help,
            context_settings=command.context_settings,
            logger=logger,
        )

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command and end the process."""
        try:
            return super().main(*args, **kwargs)
        except Stopped as stopped:
            event(self.logger, "plugin.stopped", signal=stopped.signal_name)
            raise
        except Exception as error:  # noqa: BLE001 - the process edge: it logs and fails
            self._fail(error)

    @override
    def invoke(self, ctx: click.Context) -> Any:
        """Run the callback; errors pass to `main`."""
        logging.captureWarnings(capture=True)
        return super(SingerCommand, self).invoke(ctx)

    def _fail(self, error: Exception) -> NoReturn:
        known = explain(error)
        if known is None:
            self.logger.error("%s", _describe_unexpected(error))
            self.logger.debug("The whole trace", exc_info=error)
            sys.exit(ExitCode.FAILED)
        self.logger.error("%s", " ".join(str(known).split()))
        sys.exit(known.exit_code)


def explain(error: BaseException) -> ConnectorError | None:
    """Turn an error into one a user can act upon; `None` for what nobody expected."""
    if isinstance(error, ConnectorError):
        return error
    if isinstance(error, ConfigValidationError):
        return SettingError("config", None, "; ".join(error.errors), remedy="Correct it.")
    if isinstance(error, MappingError):
        return SettingError(
            "stream_maps", None, str(error), remedy="Correct the mapping of the stream."
        )
    if isinstance(error, SingerSDKError | SingerError):
        return ConnectorError(_first_line(error), remedy="")
    return None


def exit_code_of(error: BaseException) -> int:
    """Return the code a process ends with after `error`."""
    if isinstance(error, Stopped):
        return 128 + error.signal_number
    if isinstance(error, KeyboardInterrupt):
        return 130
    known = explain(error)
    return int(known.exit_code if known else ExitCode.FAILED)


@contextmanager
def close_after(plugin: Closeable) -> Iterator[None]:
    """Close `plugin` once when the block ends, telling it how; the first error stands."""
    try:
        yield
    except BaseException as error:
        outcome = "stopped" if isinstance(error, Stopped | KeyboardInterrupt) else "failed"
        try:
            plugin.close(outcome=outcome, exit_code=exit_code_of(error))
        except ConnectorError as second:
            event(
                logging.getLogger(__name__),
                "plugin.close_failed",
                level=logging.WARNING,
                reason=second.problem,
            )
        raise
    outcome = "ok" if plugin.exit_code == ExitCode.OK else "rejects kept"
    plugin.close(outcome=outcome, exit_code=plugin.exit_code)


def read_settings(paths: Sequence[str]) -> _ConfigInput:
    """Read the files given with `--config`; later ones win.

    Raises:
        SettingError: a file is missing or is not a JSON object.
    """
    found = _ConfigInput()
    for path in paths:
        if path == "ENV":
            found.parse_env = True
        else:
            found.config |= read_json_file(path, option="--config")
    return found


def read_json_file(path: str | Path, *, option: str) -> dict[str, object]:
    """Read a JSON object from a file named on the command line.

    Raises:
        SettingError: naming the option and the path.
    """
    try:
        return as_object(decode_json(Path(path).read_bytes()), "the file")
    except (OSError, WireError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SettingError(
            option, str(path), f"cannot be read ({reason})", remedy="Give a JSON file."
        ) from error


def check_settings(plugin: PluginBase, settings: dict[str, object], *, refuse: bool) -> list[str]:
    """Check settings by the plugin's schema, filling in defaults; secrets are never shown.

    Raises:
        SettingError: naming the first setting that does not fit, when `refuse`.
    """
    schema = plugin.config_jsonschema
    plugin.append_builtin_config(schema)
    problems = [
        _name_setting(error, schema) for error in JSONSchemaValidator(schema).iter_errors(settings)
    ]
    if problems and refuse:
        first, *others = problems
        also = f" Look at these as well: {', '.join(each.setting for each in others)}."
        raise SettingError(
            first.setting,
            first.value,
            first.problem,
            remedy=first.remedy + (also if others else ""),
        )
    return [f"{each.setting}: {each.problem}" for each in problems]


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    """A setting that does not fit; `value` is `None` where it must not be shown."""

    setting: str
    problem: str
    value: object = None
    remedy: str = "Correct it."


def _name_setting(error: ValidationError, schema: Mapping[str, Any]) -> _Refusal:
    path = [str(part) for part in error.absolute_path]
    if error.validator == "required":
        # One error per missing property; only its message says which: 'x' is a required property.
        missing = error.message.split("'")[1]
        return _Refusal(setting=".".join([*path, missing]), problem="is required", remedy="Set it.")
    is_shown = path and not _is_secret(path, schema) and not isinstance(error.instance, dict | list)
    expected = {
        "type": f"is not of type {error.validator_value}",
        "enum": f"is not one of {error.validator_value}",
    }.get(str(error.validator), f"does not fit ({error.validator} {error.validator_value})")
    return _Refusal(
        setting=".".join(path) or "config",
        problem=expected[:300],
        value=error.instance if is_shown else None,
    )


def _is_secret(path: Sequence[str], schema: Mapping[str, Any]) -> bool:
    described: Any = schema
    for part in path:
        described = described.get("properties", {}).get(part) or described.get("items", {})
        if described.get("secret") or described.get("writeOnly"):
            return True
    return False


def _describe_unexpected(error: Exception) -> str:
    # The frame of our own code nearest to the failure; values stay out, they may be a customer's.
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "an unknown place"
    return (
        f"Unexpected {type(error).__name__} at {place}: {_first_line(error)}. This is a defect:"
        " report it with this line; LOGLEVEL=debug shows more."
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0][:300] if lines else type(error).__name__
