"""Items written into a list by calls, a batch at a time, each judged for itself.

| a row | is |
| --- | --- |
| of an item that is not there | added |
| that adding refuses | tried as an update: mostly it is there already |
| that both refuse | a reject, with Anaplan's reasons |
| that is ignored without a word | compared with the item that stands in the list |
| of an item that left a whole (`replace`) | deleted; it is gone when the list has it no more |

Every call may be repeated, so a lost answer costs nothing: what was added before is updated.
Source: Anaplan sheet §7.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from ml_connector.anaplan import ListAction
from ml_connector.ledger import RowProblem, Sending

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from ml_connector.anaplan import AnaplanClient, ListItem
    from ml_connector.ledger import Load, LoadedRow

    from target_anaplan._lists import ListTarget

ITEMS_MAX: Final = 10_000
"""Items per call. Anaplan takes 100,000 (Anaplan sheet §7.1); a tenth stays within its timeouts."""


class Refusal(NamedTuple):
    """Why an item was not written; both empty when it was ignored without a word."""

    kind: str = ""
    details: str = ""

    @property
    def is_duplicate(self) -> bool:
        """Whether there is such an item already."""
        return self.kind == "DUPLICATE"


Refusals = dict[int, Refusal]
"""Why items were not written, by their place in the call."""
UNSAID: Final = Refusal()


@dataclass(slots=True, kw_only=True)
class ListSender:
    """Writes the rows of one load into its list."""

    client: AnaplanClient
    target: ListTarget
    headers: Sequence[str]
    check_may_write: Callable[[], None]

    def send(self, load: Load) -> None:
        """Write every row, and record why some were refused; the load is not settled yet.

        Raises:
            RemoteError: a call was refused as a whole, or did not come through.
            Stopped: the process is to end.
            LeaseLostError: another process may work on the model by now.
        """
        rows = iter(load.iterate_rows())
        while batch := list(islice(rows, ITEMS_MAX)):
            # A load that upserts deletes nothing: what is gone at its source is marked.
            deletes = load.sending is Sending.REPLACE
            gone = [row for row in batch if deletes and row.deleted]
            kept = [row for row in batch if not (deletes and row.deleted)]
            load.record_problems([*self._put(kept), *self._delete(gone)])

    def _put(self, rows: Sequence[LoadedRow]) -> Iterable[RowProblem]:
        new = [self.target.build_new(self.headers, row.content) for row in rows]
        refused = list(self._write(ListAction.ADD, new).items())
        again = [rows[place] for place, _ in refused]
        update = [self.target.build_update(self.headers, row.content) for row in again]
        still = self._write(ListAction.UPDATE, update)
        unsaid = {again[place].row_key for place, refusal in still.items() if refusal == UNSAID}
        standing = self._find_items(unsaid)
        for place, refusal in still.items():
            item = standing.get(again[place].row_key)
            if refusal != UNSAID or not _stands(update[place], item):
                first = refused[place][1]
                yield self._problem(
                    again[place], [refusal] if first.is_duplicate else [first, refusal]
                )

    def _delete(self, rows: Sequence[LoadedRow]) -> Iterable[RowProblem]:
        refused = self._write(ListAction.DELETE, [{"code": row.row_key} for row in rows])
        standing = self._find_items({rows[place].row_key for place in refused})
        for place, refusal in refused.items():
            if rows[place].row_key in standing:
                yield self._problem(rows[place], [refusal])

    def _write(self, action: ListAction, items: Sequence[Mapping[str, object]]) -> Refusals:
        """Write `items`; return which were not written, and why as far as it is said."""
        if not items:
            return {}
        self.check_may_write()
        written = self.client.write_list_items(self.target.id, action, items)
        said = {one.position: Refusal(one.kind, one.details) for one in written.failures}
        if written.done + len(said) >= len(items):
            return said
        # Some are ignored and nobody says which (Anaplan sheet §7.1): any of them may be.
        return {place: said.get(place, UNSAID) for place in range(len(items))}

    def _find_items(self, codes: Collection[str]) -> dict[str, ListItem]:
        """Find the items of `codes`, by reading the whole list: no call reads a few."""
        items = self.client.read_list_items(self.target.id) if codes else ()
        return {item.code: item for item in items if item.code in codes}

    def _problem(self, row: LoadedRow, refusals: Iterable[Refusal]) -> RowProblem:
        said = dict.fromkeys(one.details or one.kind for one in refusals if one != UNSAID)
        return RowProblem(
            row_key=row.row_key,
            source=self.target.name,
            status="E",
            reason="; ".join(said) or "Anaplan ignored it and gives no reason",
        )


def _stands(wanted: Mapping[str, object], item: ListItem | None) -> bool:
    """Tell whether an item stands in the list as it was sent; a numbered one has its own name."""
    if item is None:
        return False
    properties = wanted.get("properties")
    pairs = [
        (wanted.get("name", item.name), item.name),
        (wanted.get("parent", item.parent), item.parent),
    ]
    if isinstance(properties, dict):
        pairs += [(text, item.properties.get(name, "")) for name, text in properties.items()]
    return all(_is_same(str(sent), found) for sent, found in pairs)


def _is_same(sent: str, found: str) -> bool:
    """Tell whether two texts are the same value: numbers are read back as `30.0` (§7.1)."""
    if sent == found:
        return True
    try:
        return Decimal(sent) == Decimal(found)
    except InvalidOperation:
        return False
