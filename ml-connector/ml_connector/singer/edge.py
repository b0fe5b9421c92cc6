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
import signal
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Protocol

import singer_sdk
from singer_sdk.exceptions import ConfigValidationError, MappingError, SingerSDKError
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.plugin_base import PluginBase, SingerCommand
from singer_sdk.singerlib.exceptions import SingerError
from typing_extensions import override

from ml_connector.clock import SystemClock
from ml_connector.errors import ConnectorError, ExitCode, SettingError
from ml_connector.events import event
from ml_connector.singer.settings import (
    check_settings,
    find_secrets_in_clear,
    read_environment,
    read_settings,
)
from ml_connector.singer.stopping import SIGNAL_BASE, Stopped
from ml_connector.urls import redact_urls

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click
    from singer_sdk.plugin_base import _ConfigInput

    from ml_connector.clock import Clock


class Closeable(Protocol):
    """A plugin that opened something."""

    exit_code: int

    def close(self, *, outcome: str, exit_code: int) -> None:
        """Close it, whatever happened."""
        ...


class EdgePlugin(PluginBase):
    """What tap and target share where they meet the command line."""

    clock: ClassVar[Clock] = SystemClock()
    """What every wait and every moment of the plugin goes by; it has no state of its own."""

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        problems = check_settings(self, self._config, refuse=raise_errors)
        in_clear = find_secrets_in_clear(self._config, self.config_jsonschema)
        if in_clear:
            event(
                self.logger,
                "settings.secret_in_clear",
                level=logging.WARNING,
                settings=", ".join(in_clear),
                remedy="Meltano and others write settings to disk. Keep the secret in the vault:"
                " ml-connector credentials set",
            )
        return problems

    @classproperty
    @override
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805 - a property of the class
        schema = cls.config_jsonschema
        cls.append_builtin_config(schema)
        return read_environment(schema, prefix=cls._env_var_prefix)

    @classmethod
    @override
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> _ConfigInput:
        """Read the settings' files, naming the one that cannot be read."""
        return read_settings(value)

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        """Return the command whose errors are one line and an exit code."""
        return PluginCommand.around(super().get_singer_command(), logger=cls.logger)


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
        for handler in logging.getLogger().handlers:
            handler.addFilter(_is_told_once)
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


def _is_told_once(record: logging.LogRecord) -> bool:
    # What the SDK logs as an error it raises as well, and then we say it.
    return record.levelno < logging.ERROR or _SDK_FOLDER not in Path(record.pathname).parents


_SDK_FOLDER = Path(singer_sdk.__file__).parent


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
        return SIGNAL_BASE + error.signal_number
    if isinstance(error, KeyboardInterrupt):
        return SIGNAL_BASE + signal.SIGINT
    known = explain(error)
    return int(known.exit_code if known else ExitCode.FAILED)


_OUTCOMES = {ExitCode.OK: "ok", ExitCode.REJECTS_KEPT: "rejects kept"}


def name_outcome(exit_code: int) -> str:
    """Return the word for how a run ended, as the ledger keeps it."""
    if exit_code > SIGNAL_BASE:
        return "stopped"
    return next((word for code, word in _OUTCOMES.items() if code == exit_code), "failed")


@contextmanager
def close_after(plugin: Closeable) -> Iterator[None]:
    """Close `plugin` once when the block ends, telling it how; the first error stands."""
    try:
        yield
    except BaseException as error:
        try:
            _close(plugin, exit_code=exit_code_of(error))
        except ConnectorError as second:
            event(
                logging.getLogger(__name__),
                "plugin.close_failed",
                level=logging.WARNING,
                reason=second.problem,
            )
        raise
    _close(plugin, exit_code=plugin.exit_code)


def _close(plugin: Closeable, *, exit_code: int) -> None:
    plugin.close(outcome=name_outcome(exit_code), exit_code=exit_code)


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
    lines = redact_urls(str(error)).splitlines()
    return lines[0][:300] if lines else type(error).__name__
