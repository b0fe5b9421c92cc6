"""The stream of an export action: run it, and read its file as it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ml_connector.errors import MismatchError
from typing_extensions import override

from tap_anaplan._files import read_rows
from tap_anaplan.streams._table import TableStream, choose_keys

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from ml_connector.anaplan import ExportInfo, ExportMetadata
    from singer_sdk import Tap

    from tap_anaplan._session import Session
    from tap_anaplan._settings import ExportSettings

FORMATS: Final = ("text/csv", "text/plain")
UTF_8: Final = "UTF-8"


class ExportStream(TableStream):
    """Reads one export action; columns are the file's own headers."""

    kind = "Export"

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
        self._encoding = settings.encoding or metadata.encoding or UTF_8
        super().__init__(
            tap,
            source=export.name,
            columns=list(zip(metadata.headers, metadata.data_types, strict=True)),
            settings=settings,
            keys=choose_export_keys(metadata),
        )

    @override
    def read_rows(self) -> Generator[Sequence[str], None, None]:
        with self._session.run_export(self._export.id) as chunks:
            rows = read_rows(
                chunks,
                stream=self.name,
                encoding=self._encoding,
                separator=self._file.separator or ",",
                delimiter=self._file.delimiter,
            )
            header = next(rows, [])
            if tuple(header) != self._file.headers:
                raise self.build_mismatch(
                    f"the header its metadata tells, {', '.join(self._file.headers)}",
                    ", ".join(header) or "an empty file",
                    remedy="The export was changed: discover again, and see that it is tabular.",
                )
            yield from rows


def check_readable(export: ExportInfo, metadata: ExportMetadata, settings: ExportSettings) -> None:
    """Refuse what is no table.

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
            " its own. Or leave it out of exports, or read its saved view by views.",
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
    if len(metadata.headers) != len(metadata.data_types):
        raise MismatchError(
            "Export",
            export.name,
            expected=f"a type for each of {len(metadata.headers)} columns",
            found=f"{len(metadata.data_types)} types",
            remedy="Save the export anew in Anaplan.",
        )


def _is_known(encoding: str) -> bool:
    try:
        b"A".decode(encoding)
    except LookupError:
        return False
    except UnicodeDecodeError:
        pass  # known, and of more than one byte
    return True


def choose_export_keys(metadata: ExportMetadata) -> tuple[str, ...]:
    """Return the blueprint's key, else the dimensions where all are shown."""
    times = {
        name
        for name, kind in zip(metadata.headers, metadata.data_types, strict=True)
        if kind == "TIME_ENTITY"
    }
    shown = tuple(name for name in metadata.headers if name in metadata.lists or name in times)
    is_whole = metadata.layout == "TABULAR_MULTI_COLUMN" and set(metadata.lists) <= set(shown)
    return choose_keys(metadata.headers, shown if is_whole else ())
