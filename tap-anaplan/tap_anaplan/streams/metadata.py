"""Streams of what the model consists of, as Anaplan tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ml_connector.anaplan import Collection
from ml_connector.errors import InputError
from typing_extensions import override

from tap_anaplan.streams._marked import MarkedStream, Record

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context

    from tap_anaplan._session import Session


class _Described(NamedTuple):
    collection: Collection
    columns: str
    """Names, each with its type where it is not text: `i` integer, `b` boolean, `o`, `a`."""
    keys: tuple[str, ...] = ("id",)


METADATA: Final[Mapping[str, _Described]] = {
    "workspaces": _Described(
        Collection.WORKSPACES, "id name active:b sizeAllowance:i currentSize:i"
    ),
    "models": _Described(
        Collection.MODELS,
        "id name activeState currentWorkspaceId currentWorkspaceName modelUrl memoryUsage:i"
        " lastSavedSerialNumber modelTransactionRunning:b lastModifiedByUserGuid isoCreationDate"
        " lastModified",
    ),
    "modules": _Described(Collection.MODULES, "id name"),
    "line_items": _Described(
        Collection.LINE_ITEMS,
        "moduleId moduleName id name code format formatMetadata:o formula appliesTo:a version:o"
        " timeScale timeRange summary cellCount:i isSummary:b notes",
        # Some answers have no ids of line items (Anaplan sheet §3.1).
        ("moduleId", "name"),
    ),
    "model_lists": _Described(
        Collection.LISTS,
        "id name numberedList:b productionData:b itemCount:i nextItemIndex:i parent:o properties:a"
        " subsets:a",
    ),
    "imports": _Described(Collection.IMPORTS, "id name importDataSourceId importType"),
    "export_actions": _Described(
        Collection.EXPORTS, "id name exportType exportFormat encoding layout"
    ),
    "processes": _Described(Collection.PROCESSES, "id name"),
    "files": _Described(
        Collection.FILES,
        "id name chunkCount:i delimiter encoding separator format headerRow:i firstDataRow:i",
    ),
}
_TYPES: Final = {"": "string", "i": "integer", "b": "boolean", "o": "object", "a": "array"}


class MetadataStream(MarkedStream):
    """Reads one collection of metadata; properties have Anaplan's own names."""

    def __init__(self, tap: Tap, *, session: Session, name: str) -> None:
        """Offer the stream `name` of `METADATA`; nothing is read yet."""
        self._session = session
        self._described = METADATA[name]
        columns = (one.partition(":") for one in self._described.columns.split())
        self._types = {column: _TYPES[kind] for column, _, kind in columns}
        properties = {one: {"type": [kind, "null"]} for one, kind in self._types.items()}
        super().__init__(tap, name=name, schema={"type": "object", "properties": properties})
        self.primary_keys = list(self._described.keys)

    @override
    def get_records(self, context: Context | None) -> Generator[Record, None, None]:
        client = self._session.open_client()
        for found in client.fetch_objects(self._described.collection):
            yield {name: self._fit(found, name, kind) for name, kind in self._types.items()}

    def _fit(self, found: Mapping[str, object], name: str, kind: str) -> object:
        """Return a value as its column holds it: ids and counts may come as text or number."""
        value = found.get(name)
        if value is None or kind not in ("string", "integer"):
            return value
        text = str(value)
        if kind == "string":
            return text
        if not text.removeprefix("-").isdecimal():
            raise InputError(
                self.name,
                "is not a whole number",
                record=str(found.get("name")),
                field=name,
                value=text,
                remedy="Deselect this column in the catalog, and report this message.",
            )
        return int(text)
