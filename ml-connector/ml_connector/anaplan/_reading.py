"""What is read of a model: its definitions, list items, cells and the files of its exports."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from ml_connector.anaplan import _exports, _replies, _tables
from ml_connector.anaplan._calls import Calls
from ml_connector.anaplan._large_reads import LargeReads
from ml_connector.anaplan.protocol import build_me_request, build_model_request, part
from ml_connector.anaplan.types import Collection
from ml_connector.errors import RefusedError, RemoteError
from ml_connector.wire import as_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ml_connector.anaplan._tables import CheckHeader
    from ml_connector.anaplan.auth import Auth
    from ml_connector.anaplan.settings import AnaplanSettings
    from ml_connector.anaplan.types import (
        ExportInfo,
        ExportMetadata,
        FileInfo,
        Grid,
        ImportInfo,
        ImportSource,
        LineItemInfo,
        ListInfo,
        ListItem,
        ModelInfo,
        NamedObject,
        ProcessAction,
        ViewAxes,
        ViewInfo,
    )
    from ml_connector.clock import Clock
    from ml_connector.transport import Transport

CELLS_DIRECT_MAX = 100_000
ITEMS_DIRECT_MAX = 10_000
"""Up to which size a view or a list is read in one answer; Anaplan's own bound is 1,000,000."""


class ModelReader:
    """Reads one model. Reads cost one request each unless they say otherwise."""

    def __init__(
        self, settings: AnaplanSettings, *, transport: Transport, auth: Auth, clock: Clock
    ) -> None:
        """Call through `transport`, signed in by `auth`."""
        self._settings = settings
        self._calls = Calls(settings, transport=transport, auth=auth)
        self._clock = clock
        self._large_reads = LargeReads(settings, calls=self._calls, clock=clock)

    def fetch_me(self) -> str:
        """Read the e-mail address of who we are; proves that signing in works."""
        request = build_me_request(self._settings)
        return self._calls.read(request, _replies.parse_user)

    def fetch_model(self) -> ModelInfo:
        """Read name, state and serial number of the model.

        It answers even to users who may read nothing in the model (§2.4).
        """
        return self._calls.read(build_model_request(self._settings), _replies.parse_model)

    def fetch_files(self) -> list[FileInfo]:
        """Read every file of the model."""
        return self._calls.read_all("/files", "files", _replies.parse_file)

    def fetch_imports(self) -> list[ImportInfo]:
        """Read every import action."""
        return self._calls.read_all("/imports", "imports", _replies.parse_import)

    def fetch_import_source(self, import_id: str) -> ImportSource | None:
        """Read how an import reads its file; `None` when it reads another model."""
        return self._calls.get(f"/imports/{part(import_id)}", _replies.parse_import_source)

    def fetch_exports(self) -> list[ExportInfo]:
        """Read every export action."""
        return self._calls.read_all("/exports", "exports", _exports.parse_export)

    def fetch_export(self, export_id: str) -> ExportMetadata:
        """Read what an export's file will look like."""
        return self._calls.get(f"/exports/{part(export_id)}", _exports.parse_export_metadata)

    def read_export_file(self, export_id: str) -> Iterator[bytes]:
        """Read the file of the last run of an export, chunk by chunk; waits until it is there."""
        return _exports.read_export_file(self._calls, self._clock, export_id)

    def fetch_processes(self) -> list[NamedObject]:
        """Read every process."""
        return self._calls.read_all("/processes", "processes", _replies.parse_named)

    def fetch_process(self, process_id: str) -> list[ProcessAction]:
        """Read the steps of a process, with the files its imports read."""
        return self._calls.get(
            f"/processes/{part(process_id)}",
            _replies.parse_process,
            showImportDataSource="true",
        )

    def fetch_lists(self) -> list[NamedObject]:
        """Read every list."""
        return self._calls.read_all("/lists", "lists", _replies.parse_named)

    def fetch_list(self, list_id: str) -> ListInfo:
        """Read a list's metadata, its number of items included."""
        return self._calls.get(f"/lists/{part(list_id)}", _replies.parse_list)

    def fetch_list_items(self, list_id: str) -> list[ListItem]:
        """Read every item of a list in one answer; at most 1,000,000, all in memory (§7.1)."""
        return self._calls.get(
            f"/lists/{part(list_id)}/items",
            lambda body: [
                _replies.parse_list_item(one) for one in _replies.items(body, "listItems")
            ],
            includeAll="true",
        )

    def read_list_items(self, list_id: str) -> Iterator[ListItem]:
        """Read every item of a list of any size, a page at a time where one answer cannot be.

        More than 1,000,000 items are refused in one answer (§7.1); a large read then costs a few
        requests, and one per page (§7.4).
        """
        try:
            yield from self.fetch_list_items(list_id)
        except RefusedError as error:
            if error.status != HTTPStatus.BAD_REQUEST:
                raise
            yield from map(_replies.parse_item_row, self._large_reads.read_list(list_id))

    def read_list_rows(
        self, list_id: str, *, item_count: int, check_header: CheckHeader
    ) -> Iterator[dict[str, str]]:
        """Read a list as rows of texts: `id`, `name`, `code`, `parent`, `parentId`, then the rest.

        A list of `ITEMS_DIRECT_MAX` items comes in one answer, a longer one by a large read, so
        that memory is bounded either way.
        """
        if item_count > ITEMS_DIRECT_MAX:
            yield from self._large_reads.read_list(list_id, check_header=check_header)
            return
        yield from self._calls.get(
            f"/lists/{part(list_id)}/items", _tables.parse_item_rows, includeAll="true"
        )

    def fetch_modules(self) -> list[NamedObject]:
        """Read every module."""
        return self._calls.read_all("/modules", "modules", _replies.parse_named)

    def fetch_line_items(self, module_id: str) -> list[LineItemInfo]:
        """Read the line items of a module with their formats and dimensions."""
        return self._calls.get(
            f"/modules/{part(module_id)}/lineItems",
            lambda body: [_replies.parse_line_item(one) for one in _replies.items(body, "items")],
            includeAll="true",
        )

    def fetch_views(self) -> list[ViewInfo]:
        """Read every view, saved ones included; a default view has its module's id."""
        return self._calls.read_all(
            "/views", "views", _replies.parse_view, params={"includesubsidiaryviews": "true"}
        )

    def read_view(self, view_id: str, *, pages: Mapping[str, str] | None = None) -> Grid:
        """Read a view's cells, at most 1,000,000; `pages` maps dimension id to item id (§7.2)."""
        chosen = ",".join(f"{dimension}:{item}" for dimension, item in (pages or {}).items())
        params = {"pages": chosen} if chosen else {}
        return self._calls.get(
            f"/views/{part(view_id)}/data", _replies.parse_grid, format="v1", **params
        )

    def fetch_view(self, view_id: str) -> ViewAxes:
        """Read which dimensions a view has, and on which axes they lie."""
        return self._calls.get(f"/views/{part(view_id)}", _tables.parse_axes)

    def fetch_view_members(self, view_id: str, dimension_id: str) -> list[NamedObject]:
        """Read the members of one of a view's dimensions, as the view shows them."""
        return self._calls.get(
            f"/views/{part(view_id)}/dimensions/{part(dimension_id)}/items",
            lambda body: [_replies.parse_named(one) for one in _replies.items(body, "items")],
        )

    def read_view_rows(
        self, view: ViewInfo, *, cell_count: int | None, check_header: CheckHeader
    ) -> Iterator[dict[str, str]]:
        """Read every row of a view by the names of its columns: dimensions, then line items.

        A view of up to `CELLS_DIRECT_MAX` cells comes in one answer. A larger one, and one that is
        refused like that, is read by a large read, a page at a time (§7.2, §7.4).
        """
        if cell_count is not None and cell_count <= CELLS_DIRECT_MAX:
            try:
                table = self._fetch_view_table(view, check_header)
            except RemoteError as error:
                # 400 when it is too large after all; 500 has been seen for one without rows.
                if error.status not in _NOT_IN_ONE_ANSWER:
                    raise
            else:
                yield from table
                return
        yield from self._large_reads.read_view(view.id, check_header=check_header)

    def _fetch_view_table(self, view: ViewInfo, check_header: CheckHeader) -> list[dict[str, str]]:
        path = f"/views/{part(view.id)}/data"
        page = self._calls.fetch_table(
            path, exportType="TABULAR_MULTI_COLUMN", moduleId=view.module_id
        )
        return list(_tables.Table(path, check_header=check_header).read_page(0, page))

    def read_large_view(self, view_id: str) -> Iterator[dict[str, str]]:
        """Read every row of a view of any size, a page at a time (§7.4).

        Costs a request per page, and a few to start, watch and end it.
        """
        return self._large_reads.read_view(view_id)

    def drop_abandoned_reads(self) -> None:
        """End the large reads of our runs on this computer that were killed meanwhile."""
        self._large_reads.drop_abandoned()

    def fetch_objects(self, collection: Collection) -> list[dict[str, object]]:
        """Read metadata as Anaplan tells it: the model's, or workspaces and models of its tenant.

        Lists come with their own metadata, which costs one request per list.
        """
        found = self._calls.read_all(
            f"/{collection.value}",
            "items" if collection is Collection.LINE_ITEMS else collection.value,
            dict,
            params=_DETAILS.get(collection),
            of_tenant=collection in (Collection.WORKSPACES, Collection.MODELS),
        )
        if collection is not Collection.LISTS:
            return found
        return [self._calls.get(f"/lists/{part(str(one['id']))}", _parse_metadata) for one in found]


_NOT_IN_ONE_ANSWER = (HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)
_DETAILS: Mapping[Collection, Mapping[str, str]] = {
    Collection.WORKSPACES: {"tenantDetails": "true"},
    Collection.MODELS: {"modelDetails": "true"},
    Collection.LINE_ITEMS: {"includeAll": "true"},
}


def _parse_metadata(body: _replies.Body) -> _replies.Body:
    return as_object(body.get("metadata"), "metadata")
