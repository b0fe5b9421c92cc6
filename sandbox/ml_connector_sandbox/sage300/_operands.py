"""The two sides of a comparison in `$filter`: properties and literals, and how they meet."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from odata_query import ast

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300._types import Kind
from ml_connector_sandbox.sage300._values import plain_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from ml_connector_sandbox.sage300._records import Row
    from ml_connector_sandbox.sage300._view import ResourceView

NUMBER_KINDS = frozenset({"Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.Double"})
_ZONE = re.compile(r"(?:Z|[+-]\d\d:\d\d)$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Operand:
    """One side of a comparison."""

    kind: str
    """EDM type, `enum` for an enumeration, `null` for the null literal."""
    read: Callable[[Row], Any]
    name: str = ""
    """Documented name, for a property."""
    index: int | None = None
    """Position in the row, for a property."""
    value: Any = None
    """The value, for a literal."""
    members: tuple[str, ...] = ()
    is_literal: bool = False

    @property
    def is_null(self) -> bool:
        """Whether it is the literal null."""
        return self.kind == "null"

    @property
    def is_text(self) -> bool:
        """Whether text functions take it."""
        return self.kind == "Edm.String"

    @property
    def is_unordered(self) -> bool:
        """Whether only eq and ne make sense."""
        return self.kind in {"enum", "Edm.Boolean"}


def invalid(message: str) -> WebApiError:
    """Return the error of a query that cannot be understood."""
    return WebApiError("InvalidParameters", message)


def property_operand(name: str, view: ResourceView) -> Operand:
    """Look `name` up among the properties as shown; names are case-sensitive.

    Raises:
        WebApiError: `InvalidParameters`, worded as the Web API words it (C).
    """
    column = view.find(name)
    if column is None:
        raise invalid(f"Could not find a property named '{name}' on type '{view.type_name}'.")
    item = column.item
    if item.kind is Kind.COLLECTION:
        raise invalid(f"The property '{name}' cannot be used in the $filter query option.")
    index = column.index
    if item.kind is Kind.BOOLEAN and view.look.has_boolean_words:
        # Stored as a boolean, spoken of as a word: read like a function's result.
        return Operand(
            kind="enum",
            read=lambda row: item.word_for(row[index]),
            name=item.name,
            members=item.members,
        )
    return Operand(
        kind=item.kind.value,
        read=lambda row: row[index],
        name=item.name,
        index=index,
        members=item.members,
    )


def build_literal(node: object) -> Operand:
    """Read a literal.

    Raises:
        WebApiError: It is none the Web API knows.
    """
    for kind, build in _LITERALS.items():
        if isinstance(node, kind):
            return build(getattr(node, "val", ""))
    raise invalid("The expression is not supported in the $filter query option.")


def convert_literal(literal: Operand, other: Operand) -> Operand:
    """Give a literal the type of the side it is compared with.

    Raises:
        WebApiError: The types do not go together.
    """
    if literal.is_null or (literal.kind in NUMBER_KINDS and other.kind in NUMBER_KINDS):
        return literal
    if other.kind == "enum" and literal.kind == "Edm.String" and literal.is_literal:
        return _enum_literal(literal, other)
    if literal.kind != other.kind:
        raise invalid(
            "A binary operator with incompatible types was detected. Found operand types "
            f"'{other.kind}' and '{literal.kind}'."
        )
    return literal


def _enum_literal(literal: Operand, other: Operand) -> Operand:
    if literal.value not in other.members:
        raise invalid(f"The string '{literal.value}' is not a valid enumeration type constant.")
    return literal


def _literal(kind: str, value: object) -> Operand:
    return Operand(kind=kind, read=lambda _row: value, value=value, is_literal=True)


def _moment(text: str) -> str:
    if not _ZONE.search(text):
        raise invalid(f"Unrecognized 'Edm.DateTimeOffset' literal '{text}'.")
    try:
        moment = dt.datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise invalid(f"Unrecognized 'Edm.DateTimeOffset' literal '{text}'.") from error
    utc = moment.astimezone(dt.UTC).replace(tzinfo=None)
    # Stored dates are texts of this very form, so that texts compare as moments do.
    return f"{utc.isoformat(timespec='seconds')}Z"


_LITERALS: dict[type[object], Callable[[str], Operand]] = {
    ast.Null: lambda _text: _literal("null", None),
    ast.String: lambda text: _literal("Edm.String", text),
    ast.Integer: lambda text: _literal("Edm.Int32", int(text)),
    ast.Float: lambda text: _literal("Edm.Decimal", plain_number(Decimal(text))),
    ast.Boolean: lambda text: _literal("Edm.Boolean", text == "true"),
    ast.DateTime: lambda text: _literal("Edm.DateTimeOffset", _moment(text)),
    ast.Date: lambda text: _literal("Edm.Date", text),
}
