"""The tap without its past: no bookmark, no audit, a memory of this read only; for audits."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ml_connector.singer import Purpose
from ml_connector.transport import NoAudit
from singer_sdk.singerlib import RecordMessage
from singer_sdk.singerlib.encoding.base import GenericSingerWriter
from typing_extensions import override

from tap_sage300.client import CompanySession
from tap_sage300.tap import TapSage300

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ml_connector.clock import Clock
    from ml_connector.ledger import DocumentMemory, Ledger
    from singer_sdk.singerlib import Message

    from tap_sage300.settings import TapSettings

    TakeRecord = Callable[[dict[str, object]], None]

SDK_SETTINGS = ("stream_maps", "stream_map_config", "flattening_enabled")
"""What shapes records for other programs; a look wants them as the tap builds them."""


def read_afresh(config: Mapping[str, object], takers: Mapping[str, TakeRecord]) -> None:
    """Read the streams that `takers` names as a first run would, and hand over each record.

    Raises:
        ConnectorError: the company cannot be read, or does not offer one of the streams.
    """
    tap = FreshTap(config, streams=frozenset(takers), writer=_Handover(takers))
    try:
        tap.setup_mapper()
        for stream in tap.streams.values():
            stream.selected = True
        tap.sync_all()
        tap.finish()
    finally:
        tap.close(outcome="", exit_code=0)


class FreshTap(TapSage300):
    """A tap of chosen streams that leaves nothing behind."""

    _memory: TemporaryMemory | None = None

    def __init__(
        self,
        config: Mapping[str, object],
        *,
        streams: frozenset[str],
        writer: GenericSingerWriter[bytes, Message] | None = None,
    ) -> None:
        """Read the settings; nothing is called yet.

        Raises:
            SettingError: a setting is missing, unknown or cannot be used.
        """
        self._chosen = streams
        super().__init__(
            config={name: value for name, value in config.items() if name not in SDK_SETTINGS},
            purpose=Purpose.TRIAL,
            setup_mapper=False,
            message_writer=writer,
        )

    @property
    def session(self) -> CompanySession:
        """The company, opened at first need."""
        return self._open_session()

    @override
    def close(self, *, outcome: str, exit_code: int) -> None:
        super().close(outcome=outcome, exit_code=exit_code)
        if self._memory is not None:
            self._memory.close()

    @override
    def _build_session(self, settings: TapSettings, *, clock: Clock) -> CompanySession:
        self._memory = TemporaryMemory(settings, clock=clock)
        return CompanySession(
            settings, clock=clock, open_audit=NoAudit, open_memory=self._memory.open
        )

    @override
    def _list_wanted(self) -> list[str]:
        return sorted(self._chosen)

    @override
    def _is_selected(self, name: str) -> bool:
        return True


class TemporaryMemory:
    """What one read has emitted, in a ledger of its own: two documents of one number must meet."""

    def __init__(self, settings: TapSettings, *, clock: Clock) -> None:
        """Keep whose documents they are; no I/O."""
        self._subject = settings.connection.subject
        self._clock = clock
        self._folder: TemporaryDirectory[str] | None = None
        self._ledger: Ledger | None = None

    def open(self, kind: str) -> DocumentMemory:
        """Return the memory of the documents of `kind`; the first one makes the ledger."""
        # The database's code takes longer to import than a wrong setting takes to be refused.
        from ml_connector.ledger import open_ledger  # noqa: PLC0415

        if self._ledger is None:
            self._folder = TemporaryDirectory(prefix="ml-connector-")
            self._ledger = open_ledger(Path(self._folder.name) / "read.db", clock=self._clock)
        return self._ledger.documents(subject=self._subject, kind=kind)

    def close(self) -> None:
        """Remove it."""
        if self._ledger is not None:
            self._ledger.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._ledger, self._folder = None, None


class _Handover(GenericSingerWriter[bytes, "Message"]):
    """Hands records over in place of writing them."""

    def __init__(self, takers: Mapping[str, TakeRecord]) -> None:
        super().__init__()
        self._takers = takers

    @override
    def serialize_message(self, message: Message) -> bytes:
        return b""

    @override
    def write_message(self, message: Message) -> None:
        if isinstance(message, RecordMessage):
            self._takers[message.stream](message.record)
