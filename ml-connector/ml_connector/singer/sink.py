"""The sink base: records pass unchanged, validated, with their exact numbers and plain dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.sinks import BatchSink
from typing_extensions import override

from ml_connector.singer.input_errors import MissingKeyError
from ml_connector.singer.validation import RecordValidator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.helpers.conform import DatetimeErrorTreatmentEnum
    from singer_sdk.target_base import Target


class DurableSink(BatchSink):
    """A batch sink whose unwritten records hold back STATE.

    Dates and times stay the strings they came as. `_sdc_deleted_at` reaches `process_record`:
    it is how a tap says that a record is gone. A record that does not fit its schema stops the
    target; it never reaches the batch.
    """

    first_pending: int | None = None
    """The number of the first record that is not durable yet; see `DurableTarget`."""

    def __init__(
        self,
        target: Target,
        stream_name: str,
        schema: dict[str, Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        """Prepare the validator; no I/O."""
        self._keys = tuple(key_properties or ())
        self.target = target
        super().__init__(target, stream_name, schema, key_properties)

    @property
    @override
    def include_sdc_metadata_properties(self) -> bool:
        """Metadata columns are not added: lineage is in the ledger."""
        return False

    @override
    def _remove_sdc_metadata_from_schema(self) -> None:
        """Keep the schema as it came, `_sdc_deleted_at` included."""

    @override
    def _remove_sdc_metadata_from_record(self, record: dict[str, Any]) -> None:
        """Keep the record as it came, `_sdc_deleted_at` included."""

    @override
    def get_validator(self) -> RecordValidator:
        """Use jsonschema-rs."""
        return RecordValidator(self.schema, stream=self.stream_name, key_properties=self._keys)

    @override
    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        """Check the record; nothing is repaired, and nothing that does not fit goes on."""
        if self._validator is not None:
            self._validator.validate(record)
        return record

    @override
    def _parse_timestamps_in_record(
        self,
        record: dict[str, Any],
        schema: dict[str, Any],
        treatment: DatetimeErrorTreatmentEnum,
    ) -> None:
        """Leave dates and times as text: plain dates must not be shifted."""

    @override
    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        """Refuse a record without its whole key.

        Raises:
            MissingKeyError: a key property is missing or null.
        """
        for name in self._keys:
            if record.get(name) is None:
                raise MissingKeyError(self.stream_name, record=self.name_record(record), field=name)

    def name_record(self, record: dict[str, Any]) -> str:
        """Name a record for a message: by its key, or by its place in the stream."""
        validator = self._validator
        if isinstance(validator, RecordValidator):
            return validator.name_record(record)
        return f"number {self._total_records_read}"

    @override
    def _after_process_record(self, context: dict[str, Any]) -> None:
        """Note that a record is pending; unlike the SDK's, log no row."""
        if self.first_pending is None:
            self.first_pending = getattr(self.target, "sequence", 0)

    @override
    def mark_drained(self) -> None:
        """Note that everything so far is durable."""
        super().mark_drained()
        self.first_pending = None
