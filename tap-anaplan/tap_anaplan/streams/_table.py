"""A table of the model as a stream: columns with their kinds, cells parsed one by one."""

from __future__ import annotations

from abc import abstractmethod
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from ml_connector.errors import InputError, MismatchError
from typing_extensions import override

from tap_anaplan._values import CellError, Kind
from tap_anaplan.streams._marked import MarkedStream, Record, name_stream

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context

    from tap_anaplan._settings import TableSettings

TRANSACTION_ID: Final = "Transaction ID"
_KINDS: Final = {"NUMBER": Kind.NUMBER, "BOOLEAN": Kind.BOOLEAN, "DATE": Kind.DATE}
_SCHEMAS: Final[Mapping[Kind, Mapping[str, object]]] = {
    Kind.TEXT: {"type": ["string", "null"]},
    Kind.NUMBER: {"type": ["number", "null"]},
    Kind.BOOLEAN: {"type": ["boolean", "null"]},
    Kind.DATE: {"type": ["string", "null"], "format": "date"},
}


class TableStream(MarkedStream):
    """Reads a table; a record is one of its rows, under the table's own column names."""

    kind: str
    """What it is in Anaplan, for messages: `Export`, `View`, `List`."""

    def __init__(
        self,
        tap: Tap,
        *,
        source: str,
        columns: Sequence[tuple[str, str]],
        settings: TableSettings,
        keys: Sequence[str],
    ) -> None:
        """Take names and Anaplan's data types of the columns; `source` is its name in Anaplan.

        Raises:
            MismatchError: a column is there twice, or a configured one not at all.
        """
        self._source = source
        self._known: Decimal | str | None = None
        self._newest: Decimal | str | None = None
        self._settings = settings
        self._check_columns([name for name, _ in columns])
        self._kinds = {
            name: settings.types.get(name, _KINDS.get(kind, Kind.TEXT)) for name, kind in columns
        }
        properties = {name: dict(_SCHEMAS[kind]) for name, kind in self._kinds.items()}
        super().__init__(
            tap,
            name=settings.stream or name_stream(source),
            schema={"type": "object", "properties": properties},
        )
        chosen = keys if settings.key_properties is None else settings.key_properties
        self.primary_keys = list(chosen)
        if settings.replication_key:
            self._check_replication_key(settings.replication_key)
            self.replication_key = settings.replication_key

    @abstractmethod
    def read_rows(self) -> Generator[Sequence[str], None, None]:
        """Yield the cells of each row, in the order of the columns."""

    @override
    def get_records(self, context: Context | None) -> Generator[Record, None, None]:
        """Yield each row with its values; a cell that is none of its column ends the run."""
        for number, row in enumerate(self.read_rows(), start=1):
            record = self._parse(number, row)
            if self.replication_key is None or self._is_new(record[self.replication_key]):
                yield record

    def _is_new(self, value: object) -> bool:
        """Say whether a row may have changed since the bookmark, which it then moves."""
        if not isinstance(value, Decimal | str):
            return True
        if self._newest is None or value > self._newest:  # type: ignore[operator]  # of one column
            self._newest = value
        return self._known is None or value >= self._known  # type: ignore[operator]  # as above

    @override
    def mark(self, *, complete: bool) -> None:
        """Keep the bookmark, which moves at the end; what holds changes only is never complete."""
        if self.replication_key is None:
            super().mark(complete=complete)
            return
        if not complete:
            self._known = self._newest = self._parse_bookmark()
        bookmark = {} if self._newest is None else {"replication_key_value": str(self._newest)}
        self.write_bookmark({"replication_key": self.replication_key, **bookmark})

    def _parse_bookmark(self) -> Decimal | str | None:
        found = self.stream_state.get("replication_key_value")
        if found is None or self.stream_state.get("replication_key") != self.replication_key:
            return None
        is_number = self._kinds[str(self.replication_key)] is Kind.NUMBER
        return Decimal(str(found)) if is_number else str(found)

    def _parse(self, number: int, row: Sequence[str]) -> Record:
        record: Record = {}
        for text, (name, kind) in zip(row, self._kinds.items(), strict=True):
            try:
                record[name] = self._settings.parse(text, kind)
            except CellError as error:
                raise InputError(
                    self.name,
                    str(error),
                    record=self._describe(number, row),
                    field=name,
                    value=text,
                    remedy=error.remedy,
                ) from error
        return record

    def _describe(self, number: int, row: Sequence[str]) -> str:
        """Name a row by its place and, where there is one, its key."""
        keys = [row[at] for at, name in enumerate(self._kinds) if name in self.primary_keys]
        return f"row {number}" + (f" ({', '.join(keys)[:200]})" if any(keys) else "")

    @override
    def check_catalog(self) -> None:
        missing = [name for name in self._list_catalog_columns() if name not in self._kinds]
        if missing:
            raise self.build_mismatch(
                f"a column {missing[0]!r}, as the catalog has",
                ", ".join(self._kinds),
                remedy=f"The {self.kind.lower()} was changed: discover again, in Meltano with"
                " --refresh-catalog, or deselect the column.",
            )

    def _list_catalog_columns(self) -> list[str]:
        """Return the columns that the catalog a run was given has selected."""
        catalog = self._tap_input_catalog
        entry = catalog.get_stream(self.tap_stream_id) if catalog else None
        if entry is None:
            return []
        selected = entry.metadata.resolve_selection()
        names = entry.schema.to_dict().get("properties", {})
        return [name for name in names if selected["properties", name]]

    def build_mismatch(self, expected: str, found: str, *, remedy: str) -> MismatchError:
        """Return the error that the table is not what it was, or has to be."""
        return MismatchError(self.kind, self._source, expected=expected, found=found, remedy=remedy)

    def _check_replication_key(self, name: str) -> None:
        if self._kinds.get(name) not in (Kind.DATE, Kind.NUMBER):
            raise self.build_mismatch(
                f"a column {name!r} of dates or numbers, as replication_key says",
                ", ".join(f"{one} ({kind.value})" for one, kind in self._kinds.items()),
                remedy="Name a column that holds when a row was last changed, or a number that"
                " grows; or leave replication_key out.",
            )

    def _check_columns(self, names: Sequence[str]) -> None:
        setting = self._settings
        named = [*setting.types, *(setting.key_properties or ())]
        twice = [name for name in names if names.count(name) > 1]
        missing = [name for name in named if name not in names]
        if not names or twice or "" in names:
            raise self.build_mismatch(
                f"one column {twice[0]!r}" if twice else "columns with names",
                ", ".join(names) or "no column",
                remedy="Give each column a name of its own in Anaplan.",
            )
        if missing:
            raise self.build_mismatch(
                f"a column {missing[0]!r}",
                ", ".join(names),
                remedy="Correct key_properties and types of this entry, or what it reads.",
            )


def choose_keys(columns: Iterable[str], dimensions: Sequence[str]) -> tuple[str, ...]:
    """Return the blueprint's key, else the dimensions."""
    return (TRANSACTION_ID,) if TRANSACTION_ID in columns else tuple(dimensions)
