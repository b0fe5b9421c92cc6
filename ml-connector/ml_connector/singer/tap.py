"""The tap base: exact numbers, whole lines, honest exit codes."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import Enum
from typing import IO, TYPE_CHECKING, Any, ClassVar

from singer_sdk import Tap
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from typing_extensions import override

from ml_connector.errors import ExitCode
from ml_connector.singer.edge import EdgePlugin, close_after
from ml_connector.singer.settings import read_catalog, read_state
from ml_connector.singer.stopping import Stopped
from ml_connector.singer.writer import BufferedWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Self

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


class DurableTap(EdgePlugin, Tap):
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

    @classmethod
    @override
    def cb_discover(cls, ctx: click.Context, param: click.Option, value: bool) -> None:
        """Write the catalog and exit."""
        if value:
            with cls._opened(ctx.params.get("config"), purpose=Purpose.DISCOVERY) as tap:
                tap.run_discovery()
            ctx.exit()

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Read one record per stream, or only the schemas, and exit."""
        if value == "disabled":
            return
        # A catalog before this option on the command line is read by then: Meltano gives one.
        catalog = read_catalog(ctx.params.get("catalog"))
        with cls._opened(ctx.params.get("config"), purpose=Purpose.TRIAL, catalog=catalog) as tap:
            if value == "schema":
                tap.write_schemas()
            else:
                tap.run_connection_test()
        ctx.exit()

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
        given = {"state": read_state(state), "catalog": read_catalog(catalog)}
        with cls._opened(config, **given) as tap:
            tap._sync_buffered()  # noqa: SLF001 - of this class itself
        sys.exit(tap.exit_code)

    @classmethod
    @contextmanager
    def _opened(cls, config: _ConfigInput | None, **kwargs: Any) -> Iterator[Self]:  # noqa: ANN401
        tap = cls(
            config=config.config if config else {},
            parse_env_config=bool(config and config.parse_env),
            setup_mapper=False,
            **kwargs,
        )
        with close_after(tap):
            # The mapper asks for the streams, which is I/O: what that opens is closed from here on.
            tap.setup_mapper()
            yield tap

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
