"""The tap base: exact numbers, whole lines, honest exit codes."""

from __future__ import annotations

import sys
from enum import Enum
from typing import IO, TYPE_CHECKING, Any, ClassVar

from singer_sdk import Tap
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from typing_extensions import override

from ml_connector.errors import ExitCode, SettingError
from ml_connector.singer.edge import (
    PluginCommand,
    check_settings,
    close_after,
    read_settings,
)
from ml_connector.singer.stopping import Stopped
from ml_connector.singer.writer import BufferedWriter
from ml_connector.wire import WireError, as_object, decode_json

if TYPE_CHECKING:
    from types import FrameType

    import click
    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.plugin_base import _ConfigInput
    from singer_sdk.singerlib.encoding.base import GenericSingerWriter


class Purpose(Enum):
    """What the command line made a tap for."""

    SYNC = "sync"
    DISCOVERY = "discovery"
    """Only the catalog is written."""
    TRIAL = "trial"
    """`--test`: a record per stream, or the schemas; a look that should leave no trace."""


class DurableTap(Tap):
    """A tap that never looks finished when it was interrupted.

    A signal ends it with 128 + its number, without a last STATE: what was written stands for
    itself. `close` is called exactly once for every tap the command line made.
    """

    message_writer_class: ClassVar[type[GenericSingerWriter[Any, Any]]] = BufferedWriter  # type: ignore[misc]
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        TapCapabilities.TEST,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - the SDK's signature
        purpose: Purpose = Purpose.SYNC,
        **kwargs: Any,  # noqa: ANN401 - the SDK's signature
    ) -> None:
        """Read the settings; without a catalog the SDK asks for the streams here already."""
        self.exit_code: int = ExitCode.OK
        self.purpose = purpose
        super().__init__(*args, **kwargs)

    def close(self, *, outcome: str, exit_code: int) -> None:
        """Close what the tap opened; called once at the process edge, whatever happened."""

    def finish(self) -> None:
        """Look back when every selected stream was read; an error raised here ends the run."""

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End now; when lines are being written, after them."""
        writer = self.message_writer
        if isinstance(writer, BufferedWriter):
            writer.stop = signum
            if writer.is_writing:
                return
        raise Stopped(signum)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        return check_settings(self, self._config, refuse=raise_errors)

    @classmethod
    @override
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Offer stream maps and flattening; not what is not honoured (batch_config)."""
        super(Tap, cls).append_builtin_config(config_jsonschema)

    @classmethod
    @override
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> _ConfigInput:
        """Read the settings' files, naming the one that cannot be read."""
        return read_settings(value)

    @classmethod
    @override
    def cb_discover(cls, ctx: click.Context, param: click.Option, value: bool) -> None:
        """Write the catalog and exit."""
        if value:
            tap = cls._make(ctx.params.get("config"), purpose=Purpose.DISCOVERY)
            with close_after(tap):
                tap.run_discovery()
            ctx.exit()

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Read one record per stream, or only the schemas, and exit."""
        if value == "disabled":
            return
        tap = cls._make(ctx.params.get("config"), purpose=Purpose.TRIAL)
        with close_after(tap):
            if value == "schema":
                tap.write_schemas()
            else:
                tap.run_connection_test()
        ctx.exit()

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        """Return the command whose errors are one line and an exit code."""
        return PluginCommand.around(super().get_singer_command(), logger=cls.logger)

    @classmethod
    @override
    def invoke(  # type: ignore[override] # as in the SDK: each kind of plugin has its options
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
    ) -> None:
        """Read every selected stream; exits with the tap's own code."""
        if about:
            cls.print_about(about_format)
            return
        cls.print_version(print_fn=cls.logger.info)
        tap = cls._make(
            config,
            state=_read_option(state, option="--state"),
            catalog=_read_option(catalog, option="--catalog"),
        )
        with close_after(tap):
            tap._sync_buffered()  # noqa: SLF001 - of this class itself
        sys.exit(tap.exit_code)

    @classmethod
    def _make(cls, config: _ConfigInput | None, **kwargs: Any) -> DurableTap:  # noqa: ANN401
        return cls(
            config=config.config if config else {},
            parse_env_config=bool(config and config.parse_env),
            **kwargs,
        )

    def _sync_buffered(self) -> None:
        writer = self.message_writer
        if not isinstance(writer, BufferedWriter):
            self._sync_and_finish()
            return
        writer.start_buffering()
        try:
            self._sync_and_finish()
        except Exception:
            # What was read so far is whole and true; only a reader that has gone cannot have it.
            writer.flush()
            raise
        writer.flush()

    def _sync_and_finish(self) -> None:
        self.sync_all()
        self.finish()


def _read_option(file: IO[str] | None, *, option: str) -> dict[str, object] | None:
    if file is None:
        return None
    try:
        return as_object(decode_json(file.read()), "the file")
    except (WireError, UnicodeDecodeError) as error:
        raise SettingError(
            option, file.name, f"cannot be read ({error})", remedy="Give a JSON file."
        ) from error
