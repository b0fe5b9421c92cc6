"""The sink: hands each record to the load of its stream; loading happens once, at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ml_connector.singer import DurableSink
from typing_extensions import override

if TYPE_CHECKING:
    from target_anaplan._loading import ActiveLoad
    from target_anaplan.target import TargetAnaplan


class AnaplanSink(DurableSink):
    """Stages the records of one stream in the ledger; a stream without a load is left out."""

    _load: ActiveLoad | None = None

    @override
    def setup(self) -> None:
        """Begin the load of the stream, which checks it against the model."""
        load_run = cast("TargetAnaplan", self.target).session.open_load_run()
        self._load = load_run.begin_stream(
            self.stream_name,
            properties=frozenset(self.schema.get("properties", {})),
            key_properties=tuple(self.key_properties),
        )

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        """Stage the record."""
        if self._load is not None:
            self._load.add(record)

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        """Do nothing: all streams are loaded together, when the input has ended."""
