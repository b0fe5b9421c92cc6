"""The target base: STATE never ahead of what is durable, rows never reordered, honest exit codes.

What the SDK leaves open is closed here once (sheet "singer-meltano" §2.3, §2.4, appendix A):

* D1, D2: a signal waits for the write under way and ends the process with 128 + its number; a
  batch is never re-entered.
* D3: a changed schema drains what came before it, so that rows keep their order.
* D4: no row is logged.
* D5: a record that does not fit its schema goes nowhere.
* D6: stdout carries STATE and nothing else.
* D7: numbers are exact; `1.0` is an integer.

Every record has a number. Each sink knows the number of its first record that is not durable. A
STATE waits in a queue until every record before it is durable, and only the newest such is written.
"""

from __future__ import annotations

import sys
from collections import deque
from contextlib import redirect_stdout
from typing import IO, TYPE_CHECKING, Any, ClassVar

from singer_sdk import Target
from singer_sdk.helpers.capabilities import PluginCapabilities
from typing_extensions import override

from ml_connector.errors import ExitCode, InputError
from ml_connector.events import event
from ml_connector.singer.edge import EdgePlugin, close_after
from ml_connector.singer.input_errors import (
    MessageError,
    RecordBeforeSchemaError,
    SchemaError,
)
from ml_connector.singer.reader import StopAwareReader, StopNow
from ml_connector.singer.stopping import Stopped
from ml_connector.wire import encode_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.plugin_base import _ConfigInput
    from singer_sdk.singerlib.encoding.base import GenericSingerReader
    from singer_sdk.sinks import Sink

CONNECTION_TEST_STREAM = "meltano_test_stream"
"""What `meltano config test` sends; it must change nothing."""


class DurableTarget(EdgePlugin, Target):
    """A target that says STATE only for what is durable.

    Subclasses override `check_connection` and `close`, and with `drain_at_end_only` also
    `load_all`; there a sink's `process_batch` only stages rows, and `exit_code` may be set.
    """

    message_reader_class: ClassVar[type[GenericSingerReader[str]]] = StopAwareReader  # type: ignore[misc]
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]
    drain_at_end_only: ClassVar[bool] = False
    """Whether nothing is loaded before the input has ended, and nothing at all when stopped."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the SDK's signature
        """Read the settings; no I/O."""
        self.stop: int | None = None
        self.is_waiting = False
        self.sequence = 0
        self.exit_code: int = ExitCode.OK
        self.complete_marks: dict[str, bool] = {}
        self.is_connection_test = False
        self._begun: set[str] = set()
        self._states: deque[tuple[int, dict[str, Any]]] = deque()
        self._written_state: dict[str, Any] | None = None
        self._is_holding_state = self.drain_at_end_only
        self._state_output: IO[str] | None = None
        super().__init__(*args, **kwargs)
        self.max_parallelism = 1
        if isinstance(self.message_reader, StopAwareReader):
            self.message_reader.target = self

    # What subclasses override

    def load_all(self) -> None:
        """Load what was staged: called once, with `drain_at_end_only`, when all input was read.

        No STATE is written before it returns, none at all when it raises.
        """

    def check_connection(self) -> None:
        """Prove by reading that the settings work; called for `meltano config test`."""

    def close(self, *, outcome: str, exit_code: int) -> None:
        """Close what the target opened; called once, whatever happened."""

    def check_stop(self) -> None:
        """End here if a signal has come; call it where nothing is under way.

        Raises:
            Stopped: a signal has come.
        """
        if self.stop is not None:
            raise Stopped(self.stop)

    # Signals

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """Ask to stop; interrupt only the wait for the next line."""
        self.stop = signum
        if self.is_waiting:
            raise StopNow

    # Messages

    @override
    def _process_schema_message(self, message_dict: dict[str, Any]) -> None:
        stream = self._require_stream(message_dict)
        if stream == CONNECTION_TEST_STREAM:
            if not self.is_connection_test:
                self.is_connection_test = True
                self.check_connection()
            return
        _check_schema(stream, message_dict)
        super()._process_schema_message(message_dict)

    @override
    def get_sink(
        self,
        stream_name: str,
        *,
        record: dict[str, Any] | None = None,
        schema: dict[str, Any] | None = None,
        key_properties: Sequence[str] | None = None,
    ) -> Sink:
        """Return the stream's sink; a changed schema drains the old one first (D3)."""
        old = self._sinks_active.get(stream_name)
        new = super().get_sink(
            stream_name, record=record, schema=schema, key_properties=key_properties
        )
        if old is not None and new is not old:
            self.drain_one(old)
        return new

    @override
    def _process_record_message(self, message_dict: dict[str, Any]) -> None:
        stream = self._require_stream(message_dict)
        if stream == CONNECTION_TEST_STREAM:
            return
        if not isinstance(message_dict.get("record"), dict):
            raise InputError(stream, "a RECORD message has no record", remedy="Check the tap.")
        if stream not in self.mapper.stream_maps:
            raise RecordBeforeSchemaError(stream)
        self.sequence += 1
        if self.complete_marks.get(stream):
            # What comes behind the mark is not what the mark spoke of.
            self.complete_marks[stream] = False
            self._begun.discard(stream)
        super()._process_record_message(message_dict)
        self._flush_states()

    @override
    def _handle_max_record_age(self) -> None:
        """Do not drain by age: sinks drain when they are full, and at the end."""

    @override
    def _process_state_message(self, message_dict: dict[str, Any]) -> None:
        state = message_dict.get("value")
        if not isinstance(state, dict):
            raise InputError(
                "-", "a STATE message has no value that is an object", remedy="Check the tap."
            )
        bookmarks = state.get("bookmarks")
        if isinstance(bookmarks, dict):
            if set(bookmarks) == {CONNECTION_TEST_STREAM}:
                return
            self._note_complete_marks(bookmarks)
        self._latest_state = state
        if self.drain_at_end_only:
            # Nothing becomes durable before the end, so only the newest can ever be written.
            self._states.clear()
        self._states.append((self.sequence, state))
        self._flush_states()

    def _note_complete_marks(self, bookmarks: dict[str, Any]) -> None:
        # A mark counts only after this input has said "not complete" for the stream: the first
        # STATE of a run repeats the last run's, marks included.
        for stream, bookmark in bookmarks.items():
            mark = bookmark.get("complete") if isinstance(bookmark, dict) else None
            if mark is False:
                self._begun.add(stream)
            if isinstance(mark, bool):
                self.complete_marks[stream] = mark and stream in self._begun

    @override
    def _process_activate_version_message(self, message_dict: dict[str, Any]) -> None:
        stream = self._require_stream(message_dict)
        event(self.logger, "activate_version.ignored", stream=stream)

    @override
    def _process_batch_message(self, message_dict: dict[str, Any]) -> None:
        raise InputError(
            self._require_stream(message_dict),
            "BATCH messages are not read",
            remedy="Remove batch_config from the tap's settings.",
        )

    def _require_stream(self, message: dict[str, Any]) -> str:
        stream = message.get("stream")
        if isinstance(stream, str) and stream:
            return stream
        number = getattr(self.message_reader, "line_number", 0)
        raise MessageError(number, f"is a {message.get('type')} message without a stream")

    # The end of input, and STATE

    @override
    def process_endofpipe(self) -> None:
        """Drain, load, and write the STATE that became true.

        Raises:
            Stopped: a signal came; what was under way is finished.
        """
        if self.drain_at_end_only:
            self.check_stop()
        super().process_endofpipe()
        if self.drain_at_end_only and not self.is_connection_test:
            self.load_all()
            self._is_holding_state = False
        self._flush_states()
        self.check_stop()

    @override
    def _write_state_message(self, state: dict[str, Any]) -> None:
        """Write what the watermark allows; the SDK would write the newest, durable or not."""
        self._flush_states()

    def _flush_states(self) -> None:
        if self._is_holding_state:
            return
        low = self._lowest_pending()
        newest: dict[str, Any] | None = None
        while self._states and (low is None or self._states[0][0] < low):
            newest = self._states.popleft()[1]
        if newest and newest != self._written_state:
            self._written_state = newest
            self._write_state(newest)

    def _lowest_pending(self) -> int | None:
        sinks = [*self._sinks_active.values(), *self._sinks_to_clear]
        pending = (getattr(sink, "first_pending", None) for sink in sinks)
        return min((number for number in pending if number is not None), default=None)

    def _write_state(self, state: dict[str, Any]) -> None:
        output = self._state_output or sys.stdout
        output.write(encode_json(state).decode() + "\n")
        output.flush()

    # Settings and the command line

    @classmethod
    @override
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Offer stream maps and flattening; not what is not honoured (load_method and others)."""
        super(Target, cls).append_builtin_config(config_jsonschema)

    @classmethod
    @override
    def invoke(  # type: ignore[override] # as in the SDK: each kind of plugin has its options
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        file_input: IO[str] | None = None,
    ) -> None:
        """Read the input to its end and load it; exits with the target's own code."""
        if about:
            cls.print_about(about_format)
            return
        cls.print_version(print_fn=cls.logger.info)
        target = cls(
            config=config.config if config else {},
            parse_env_config=bool(config and config.parse_env),
        )
        target._state_output = sys.stdout
        # Whatever a library prints must not be taken for STATE (D6).
        with redirect_stdout(sys.stderr), close_after(target):
            target.listen(file_input)
        sys.exit(target.exit_code)


def _check_schema(stream: str, message: dict[str, Any]) -> None:
    schema = message.get("schema")
    if not isinstance(schema, dict) or not isinstance(schema.get("properties"), dict):
        raise SchemaError(stream, "it describes no properties")
    keys = message.get("key_properties")
    if keys is not None and not (
        isinstance(keys, list) and all(isinstance(key, str) for key in keys)
    ):
        raise SchemaError(stream, "key_properties is not a list of names")
