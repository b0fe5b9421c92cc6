"""The stream of a list: one record per item, its subsets and properties as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typing_extensions import override

from tap_anaplan.streams._table import TableStream

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from ml_connector.anaplan import NamedObject
    from singer_sdk import Tap

    from tap_anaplan._session import Session
    from tap_anaplan._settings import ListSettings

_OWN: Final = ("id", "name", "code", "parent", "parentId")


class ListStream(TableStream):
    """Reads one list; its items are known by their ids."""

    kind = "List"

    def __init__(
        self, tap: Tap, *, session: Session, listed: NamedObject, settings: ListSettings
    ) -> None:
        """Take the schema from the list's properties and subsets.

        Raises:
            MismatchError: two columns have one name, or a configured one is not there.
        """
        self._session = session
        info = session.open_client().fetch_list(listed.id)
        self._list = info
        super().__init__(
            tap,
            source=info.name,
            columns=[
                *((name, "TEXT") for name in _OWN),
                *((name, "BOOLEAN") for name in info.subsets),
                *zip(info.properties, info.property_types, strict=True),
            ],
            settings=settings,
            keys=_OWN[:1],
        )

    @override
    def read_rows(self) -> Generator[Sequence[str], None, None]:
        client = self._session.open_client()
        rows = client.read_list_rows(
            self._list.id, item_count=self._list.item_count, check_header=self._check_header
        )
        for row in rows:
            # What an item has not is missing from the row.
            yield [row.get(name, "") for name in self._kinds]

    def _check_header(self, header: Sequence[str]) -> None:
        missing = [name for name in self._kinds if name not in header]
        if missing:
            raise self.build_mismatch(
                f"a column {missing[0]!r}",
                ", ".join(header),
                remedy="The list was changed meanwhile: discover again.",
            )
