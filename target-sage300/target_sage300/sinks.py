"""The sink: spools the lines of one stream; posting happens once, at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ml_connector.singer import DurableSink
from typing_extensions import override

if TYPE_CHECKING:
    from target_sage300._spooling import ActiveStream
    from target_sage300.target import TargetSage300


class Sage300Sink(DurableSink):
    """Spools the lines of one stream in the ledger; a stream without a posting is left out."""

    _stream: ActiveStream | None = None

    @override
    def setup(self) -> None:
        """Begin the stream, which checks it against the settings."""
        posting_run = cast("TargetSage300", self.target).session.open_posting_run()
        self._stream = posting_run.begin_stream(
            self.stream_name, properties=frozenset(self.schema.get("properties", {}))
        )

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Spool the line."""
        if self._stream is not None:
            self._stream.add(record)

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        """Do nothing: entries are judged and posted together, when the input has ended."""
