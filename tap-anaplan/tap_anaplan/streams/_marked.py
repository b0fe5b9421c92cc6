"""What all streams share: a mark says when one was read to its end."""

from __future__ import annotations

import re
from abc import abstractmethod
from contextlib import closing
from typing import TYPE_CHECKING

from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from singer_sdk.helpers.types import Context

Record = dict[str, object]


class MarkedStream(Stream):
    """A STATE before the first record says incomplete, one after the last record says complete."""

    # Our values already have the form the schema promises.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def check_catalog(self) -> None:
        """Refuse, before anything is read, a catalog that no longer fits."""

    @override
    @abstractmethod
    def get_records(self, context: Context | None) -> Generator[Record, None, None]:
        """Yield what there is; an error anywhere leaves the stream incomplete."""

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, None, None]:
        self.check_catalog()
        if write_messages:
            self.mark(complete=False)
        limit = self.ABORT_AT_RECORD_COUNT
        with (
            self.get_record_counter() as counter,
            self.get_sync_timer(),
            closing(self.get_records(context)) as records,
        ):
            for number, record in enumerate(records, start=1):
                if write_messages:
                    self._write_record_message(record)
                counter.increment()
                if limit is not None and number >= limit:
                    return
                yield record
        if write_messages:
            self.mark(complete=True)

    def mark(self, *, complete: bool) -> None:
        """Say before the first record and after the last whether the stream is complete."""
        self.write_bookmark({"complete": complete})

    def write_bookmark(self, bookmark: Mapping[str, object]) -> None:
        """Write a STATE in which the stream has this bookmark."""
        self.stream_state.clear()
        self.stream_state.update(bookmark)
        self._tap.state_writer.write_state(self.tap_state)


def name_stream(name: str) -> str:
    """Return the stream's name: `GL Adjustments.csv` becomes `gl_adjustments`."""
    bare = re.sub(r"\.(csv|txt)$", "", name.strip(), flags=re.IGNORECASE)
    return re.sub(r"\W+", "_", bare.lower()).strip("_") or "stream"
