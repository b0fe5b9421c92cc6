"""The sink: hands each record to the load of its stream; loading happens once, at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.sinks import BatchSink
from typing_extensions import override

if TYPE_CHECKING:
    from target_anaplan._loading import ActiveLoad


class AnaplanSink(BatchSink):
    """Stages records of one stream in the ledger; a stream without a load is left out."""

    _load: ActiveLoad | None = None

    def __init__(self, target: Any, *args: Any, **kwargs: Any) -> None:
        self._target = target
        super().__init__(target, *args, **kwargs)

    @override
    def setup(self) -> None:
        """Begin the load of the stream, which checks it against the model."""
        load_run = self._target.session.open_load_run()
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

    @override
    def _remove_sdc_metadata_from_record(self, record: dict[str, Any]) -> None:
        """Keep `_sdc_deleted_at`: it is how a deletion arrives."""

    @override
    def _parse_timestamps_in_record(self, *args: Any, **kwargs: Any) -> None:
        """Leave dates as they were written: the file takes them as they are."""
