"""Loads into a list without a file: which list, which columns, and a row as an item of it.

A column named `Code`, `Name` or `Parent` is that of the item; any other is a property of the list.
The code identifies the item. Without `Name` the name is the code, as in the blueprint; a numbered
list makes its names itself.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.errors import MismatchError

from target_anaplan._blueprint import codes_of_load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_connector.anaplan import AnaplanClient

    from target_anaplan._settings import LoadSettings

CODE: Final = "Code"
NAME: Final = "Name"
PARENT: Final = "Parent"
_OWN: Final = (CODE, NAME, PARENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTarget:
    """A list that is written item by item."""

    id: str
    name: str
    is_numbered: bool

    def build_new(self, headers: Sequence[str], content: Sequence[str]) -> dict[str, object]:
        """Build the item to add; what is blank is left out."""
        item = self.build_update(headers, content)
        own = {key: value for key, value in item.items() if value and key != "properties"}
        properties = {name: text for name, text in _properties(headers, content) if text}
        return own | {"properties": properties} if properties else own

    def build_update(self, headers: Sequence[str], content: Sequence[str]) -> dict[str, object]:
        """Build the item as it is to stand, found by its code; what is blank is emptied."""
        values = dict(zip(headers, content, strict=True))
        item: dict[str, object] = {"code": values[CODE]}
        if not self.is_numbered:
            item["name"] = values.get(NAME) or values[CODE]
        if PARENT in values:
            item["parent"] = values[PARENT]
        properties = dict(_properties(headers, content))
        return item | {"properties": properties} if properties else item


def _properties(headers: Sequence[str], content: Sequence[str]) -> list[tuple[str, str]]:
    pairs = zip(headers, content, strict=True)
    return [(header, text) for header, text in pairs if header not in _OWN]


def find_list(client: AnaplanClient, load: LoadSettings) -> ListTarget:
    """Find the list of `load` and check that its columns are the list's.

    Raises:
        MismatchError: there is no such list, or it has no such property.
    """
    lists = client.fetch_lists()
    found = next((one for one in lists if load.list in (one.id, one.name)), None)
    if found is None:
        names = [one.name for one in lists]
        raise MismatchError(
            "list of load",
            load.stream,
            expected=f"a list {load.list!r} of the model",
            found=", ".join(names[:10]) or "none",
            remedy=f"Correct loads.list{_near(str(load.list), names)}.",
        )
    details = client.fetch_list(found.id)
    known = [*_OWN, *details.properties]
    unknown = [name for name in load.columns or {} if name not in known]
    if unknown:
        raise MismatchError(
            "columns of load",
            load.stream,
            expected=f"columns of list {found.name!r}: {', '.join(known)}",
            found=", ".join(unknown),
            remedy=f"Correct loads.columns{_near(unknown[0], known)}, or have the model builder add"
            " the property.",
        )
    return ListTarget(id=found.id, name=found.name, is_numbered=details.numbered)


def complete_settings(load: LoadSettings) -> LoadSettings:
    """Return the load with what follows from its being a list: its key, and where codes stand."""
    columns = load.columns or {}
    fields = codes_of_load(load.stream)
    codes = [name for name, field in columns.items() if name in (CODE, PARENT) or field in fields]
    return msgspec.structs.replace(load, key=(CODE,), codes=load.codes or tuple(codes))


def _near(name: str, names: Sequence[str]) -> str:
    nearest = difflib.get_close_matches(name, list(names), n=1)
    return f" (nearest: {nearest[0]!r})" if nearest else ""
