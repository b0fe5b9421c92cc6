"""The stream of a view: one record per combination of its dimensions, line items as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_anaplan.streams._table import TableStream, choose_keys

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from ml_connector.anaplan import AnaplanClient, LineItemInfo, ViewInfo
    from singer_sdk import Tap

    from tap_anaplan._session import Session
    from tap_anaplan._settings import ViewSettings


class ViewStream(TableStream):
    """Reads one saved or default view, whole, whatever lies on its pages."""

    kind = "View"

    def __init__(
        self, tap: Tap, *, session: Session, view: ViewInfo, settings: ViewSettings
    ) -> None:
        """Take the schema from the view's dimensions and the formats of its line items.

        Raises:
            MismatchError: two columns have one name, or a configured one is not there.
        """
        self._session = session
        self._view = view
        client = session.open_client()
        axes = client.fetch_view(view.id)
        dimensions = [one.name for one in axes.dimensions]
        items = client.fetch_line_items(view.module_id)
        self._cell_count = _count_cells(items)
        self._items = {one.name for one in items}
        shown = _choose_shown(client, view, items, axes.line_items.id if axes.line_items else "")
        columns = [
            *((name, "ENTITY") for name in dimensions),
            *((one.name, one.data_type) for one in shown),
        ]
        super().__init__(
            tap,
            source=view.name,
            columns=columns,
            settings=settings,
            keys=choose_keys([name for name, _ in columns], dimensions),
        )

    @override
    def read_rows(self) -> Generator[Sequence[str], None, None]:
        client = self._session.open_client()
        rows = client.read_view_rows(
            self._view, cell_count=self._cell_count, check_header=self._check_header
        )
        for row in rows:
            yield [row[name] for name in self._kinds]

    def _check_header(self, header: Sequence[str]) -> None:
        """Refuse a table with other columns; line items that the view hides may come as well."""
        missing = [name for name in self._kinds if name not in header]
        strange = [one for one in header if one not in self._kinds and one not in self._items]
        if missing or strange:
            raise self.build_mismatch(
                f"a column {missing[0]!r}" if missing else f"no column {strange[0]!r}",
                ", ".join(header),
                remedy="The view was changed meanwhile: discover again.",
            )


def _choose_shown(
    client: AnaplanClient, view: ViewInfo, items: list[LineItemInfo], dimension_id: str
) -> list[LineItemInfo]:
    """Return the line items the view shows: all of its module where it does not say."""
    if not dimension_id:
        return items
    names = {one.name for one in client.fetch_view_members(view.id, dimension_id)}
    return [one for one in items if one.name in names] or items


def _count_cells(items: list[LineItemInfo]) -> int | None:
    counts = [one.cell_count for one in items]
    return None if None in counts else sum(one or 0 for one in counts)
