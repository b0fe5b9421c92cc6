"""The codes of items: a document names an item as people write it, the item master is by its code.

Lines of orders and invoices carry `A1-103/0`; the key of `ICItems` is `A11030` (Sage 300 sheet
§4.4, §4.5; which of the two a line carries is not certain, so both are understood). Items that are
not in the item master have no code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Final

UNFORMATTED: Final = "UnformattedItemNumber"
FORMATTED: Final = "ItemNumber"

FindItemCode = Callable[[str], str | None]


class ItemCodes:
    """Finds the code of an item; the item master is read when the first one is looked for."""

    def __init__(self, fetch_items: Callable[[], Iterable[Mapping[str, object]]]) -> None:
        """Take what reads the item master, once."""
        self._fetch_items = fetch_items

    def find(self, number: str) -> str | None:
        """Return the code of the item that a document names, None when it is in no master."""
        spelled = number.strip()
        return self._codes.get(spelled.upper()) if spelled else None

    @cached_property
    def _codes(self) -> Mapping[str, str]:
        codes: dict[str, str] = {}
        for item in self._fetch_items():
            code = str(item.get(UNFORMATTED) or "").strip()
            codes.setdefault(code.upper(), code)
            # A number that is one item's code and another's formatted form means the latter.
            codes[str(item.get(FORMATTED) or code).strip().upper()] = code
        return codes


def find_no_code(number: str) -> None:
    """Return nothing: for reads whose selection has no code."""
