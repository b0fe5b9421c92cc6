"""Rows that were rendered before the file's columns changed, rendered with the present ones.

A column is known when the older file had it under the same header, filled from the same property
in the same way, or when it is filled by this target. The key must come out the same.

A row that even a full read did not bring nobody brings any more: the ledger has the last word about
it. Of such a row a renamed column is known by what fills it, and a new one stays blank; its amount
has to be known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_anaplan._blueprint import CHECKSUM_COLUMN, DELETED_COLUMN
from target_anaplan._mapping import build_row, fill_checksum, join_key
from target_anaplan._verdicts import read_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ml_connector.ledger import OldRow, RenderAnew, StagedRow

    from target_anaplan._mapping import RowMapping


def rendering_anew(
    mapping: RowMapping,
    *,
    key_properties: Sequence[str],
    was_read_fully: Callable[[str], bool] = lambda _row_key: False,
) -> RenderAnew:
    """Return a function that renders rows of older columns with those of `mapping`.

    `was_read_fully` tells of a key whether a full read ought to have brought its row.
    """
    key_columns = mapping.find_key_columns(key_properties)

    def render(row: OldRow) -> StagedRow | None:
        values = _find_values(mapping, row, was_read_fully=was_read_fully(row.row_key))
        if values is None:
            return None
        fill_checksum(mapping, values)
        row_key = join_key([values[position] for position in key_columns])
        if row_key != row.row_key:
            return None
        return build_row(mapping, values, row_key=row_key, deleted=row.deleted)

    return render


def _find_values(mapping: RowMapping, row: OldRow, *, was_read_fully: bool) -> list[str] | None:
    known = _index_values(row)
    by_rule = {rule: value for (_, rule), value in known.items()} if was_read_fully else {}
    values = []
    columns = zip(mapping.headers, mapping.fields, mapping.rules, strict=True)
    for position, (header, field, rule) in enumerate(columns):
        value = known.get((header, rule), _own_value(field, row))
        if value is None:
            value = by_rule.get(rule)
        if value is None and was_read_fully and position != mapping.amount_column:
            value = ""
        if value is None:
            return None
        values.append(value)
    return values


def _index_values(row: OldRow) -> Mapping[tuple[str, str], str]:
    """The row's values by header and rule; before rules were noted, columns went by header."""
    rules = (read_plan(row.plan).rules if row.plan else ()) or row.columns
    return dict(zip(zip(row.columns, rules, strict=False), row.content, strict=False))


def _own_value(field: str, row: OldRow) -> str | None:
    if field == DELETED_COLUMN:
        return "true" if row.deleted else "false"
    return None if field and field != CHECKSUM_COLUMN else ""
