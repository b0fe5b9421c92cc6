"""The stream of an export action: run it, parse its file, and say when it was read to its end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ml_connector.errors import InputError, MismatchError
from singer_sdk import Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from tap_anaplan._files import read_rows
from tap_anaplan._values import CellError, Kind

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from ml_connector.anaplan import ExportInfo, ExportMetadata
    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context

    from tap_anaplan._session import Session
    from tap_anaplan._settings import ExportSettings

Record = dict[str, object]
FORMATS: Final = ("text/csv", "text/plain")
UTF_8: Final = "UTF-8"
TRANSACTION_ID: Final = "Transaction ID"
_KINDS: Final = {"NUMBER": Kind.NUMBER, "BOOLEAN": Kind.BOOLEAN, "DATE": Kind.DATE}
_SCHEMAS: Final[Mapping[Kind, Mapping[str, object]]] = {
    Kind.TEXT: {"type": ["string", "null"]},
    Kind.NUMBER: {"type": ["number", "null"]},
    Kind.BOOLEAN: {"type": ["boolean", "null"]},
    Kind.DATE: {"type": ["string", "null"], "format": "date"},
}


class ExportStream(Stream):
    """Reads one export action; a record is a row of its file, under the file's own headers."""

    # Our values already have the form the schema promises.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(
        self,
        tap: Tap,
        *,
        session: Session,
        export: ExportInfo,
        metadata: ExportMetadata,
        settings: ExportSettings,
    ) -> None:
        """Take the schema from the export's metadata; nothing is run yet.

        Raises:
            MismatchError: the file cannot be read as a table, or lacks a configured column.
        """
        check_readable(export, metadata, settings)
        self._session = session
        self._export = export
        self._file = metadata
        self._settings = settings
        self._kinds = {
            name: settings.types.get(name, _KINDS.get(kind, Kind.TEXT))
            for name, kind in zip(metadata.headers, metadata.data_types, strict=True)
        }
        properties = {name: dict(_SCHEMAS[kind]) for name, kind in self._kinds.items()}
        super().__init__(
            tap,
            name=settings.stream or name_stream(export.name),
            schema={"type": "object", "properties": properties},
        )
        self.primary_keys = list(choose_keys(metadata, settings))

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        """Run the export and yield its rows; an error anywhere leaves the stream incomplete."""
        with self._session.run_export(self._export.id) as chunks:
            rows = read_rows(
                chunks,
                stream=self.name,
                encoding=self._settings.encoding or self._file.encoding or UTF_8,
                separator=self._file.separator or ",",
                delimiter=self._file.delimiter,
            )
            header = next(rows, [])
            if tuple(header) != self._file.headers:
                raise self._build_mismatch("the header its metadata tells", ", ".join(header))
            for number, row in enumerate(rows, start=1):
                yield self._parse(number, row)

    def _parse(self, number: int, row: list[str]) -> Record:
        record: Record = {}
        for text, (name, kind) in zip(row, self._kinds.items(), strict=True):
            try:
                record[name] = self._settings.parse(text, kind)
            except CellError as error:
                raise InputError(
                    self.name,
                    str(error),
                    record=f"row {number}",
                    field=name,
                    value=text,
                    remedy=error.remedy,
                ) from error
        return record

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, None, None]:
        missing = [name for name in self.schema["properties"] if name not in self._kinds]
        if missing:
            raise self._build_mismatch(f"a column {missing[0]!r}, as the catalog has", "none")
        self._write_schema_message()
        self._mark(complete=False)
        limit = self.ABORT_AT_RECORD_COUNT
        with self.get_record_counter() as counter, self.get_sync_timer():
            records: Iterator[Record] = iter(self.get_records(context))
            for number, record in enumerate(records, start=1):
                self._write_record_message(record)
                counter.increment()
                if limit is not None and number >= limit:
                    return
                yield record
        self._mark(complete=True)

    def _mark(self, *, complete: bool) -> None:
        """Write whether the stream is complete; the mark stands before and after its records."""
        self.stream_state.clear()
        self.stream_state["complete"] = complete
        self._tap.state_writer.write_state(self.tap_state)

    def _build_mismatch(self, expected: str, found: str) -> MismatchError:
        return MismatchError(
            "Export",
            self._export.name,
            expected=expected,
            found=found,
            remedy="The export was changed: discover again, and see that it is tabular.",
        )


def check_readable(export: ExportInfo, metadata: ExportMetadata, settings: ExportSettings) -> None:
    """Refuse what is no table, and columns that are not there.

    Raises:
        MismatchError: naming the export and what to do.
    """
    if not metadata.layout.startswith("TABULAR_") or metadata.format not in FORMATS:
        raise MismatchError(
            "Export",
            export.name,
            expected="a tabular layout as CSV or text",
            found=f"{metadata.layout or 'no layout'} as {metadata.format or 'no format'}",
            remedy="Save it in Anaplan as Tabular Multiple Column, CSV; a grid has no columns of"
            " its own. Or leave it out of exports.",
        )
    encoding = settings.encoding or metadata.encoding or UTF_8
    marks = metadata.separator or ",", metadata.delimiter or '"'
    if not _is_known(encoding) or any(len(one) != 1 for one in marks):
        raise MismatchError(
            "Export",
            export.name,
            expected="a known encoding, and one character each between columns and around texts",
            found=f"{encoding}, {marks[0]!r} and {marks[1]!r}",
            remedy="Set encoding of this export to the one its file has, such as UTF-8, UTF-16LE or"
            " windows-1252; or save the export in Anaplan as CSV.",
        )
    headers = metadata.headers
    named = [*settings.types, *(settings.key_properties or ())]
    missing = [name for name in named if name not in headers]
    twice = [name for name in headers if headers.count(name) > 1]
    if missing or twice or len(headers) != len(metadata.data_types) or not headers:
        raise MismatchError(
            "Export",
            export.name,
            expected=f"one column {missing[0]!r}" if missing else "each column once, with a type",
            found=", ".join(headers) or "no column",
            remedy="Correct key_properties and types of this export, or the export itself.",
        )


def _is_known(encoding: str) -> bool:
    try:
        b"".decode(encoding)
    except LookupError:
        return False
    return True


def choose_keys(metadata: ExportMetadata, settings: ExportSettings) -> tuple[str, ...]:
    """Return the configured key, else the blueprint's, else the dimensions where all are shown."""
    if settings.key_properties is not None:
        return settings.key_properties
    if TRANSACTION_ID in metadata.headers:
        return (TRANSACTION_ID,)
    times = {
        name
        for name, kind in zip(metadata.headers, metadata.data_types, strict=True)
        if kind == "TIME_ENTITY"
    }
    shown = tuple(name for name in metadata.headers if name in metadata.lists or name in times)
    is_whole = metadata.layout == "TABULAR_MULTI_COLUMN" and set(metadata.lists) <= set(shown)
    return shown if is_whole else ()


def name_stream(name: str) -> str:
    """Return the stream's name: `GL Adjustments.csv` becomes `gl_adjustments`."""
    bare = re.sub(r"\.(csv|txt)$", "", name.strip(), flags=re.IGNORECASE)
    return re.sub(r"\W+", "_", bare.lower()).strip("_") or "export"
