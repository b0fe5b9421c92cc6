"""Column types that mean the same on SQLite and PostgreSQL: exact amounts and moments in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING, Any

from sqlalchemy import Numeric, String, Text
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

# Wide enough for any sum of amounts; should one ever not fit, the trap stops instead of rounding.
EXACT = Context(prec=1000, traps=[Inexact])


class Exact(TypeDecorator[Decimal]):
    """A `Decimal` with all its digits: NUMERIC on PostgreSQL, plain text on SQLite.

    SQLite has no decimal type; its NUMERIC affinity would turn an amount into a binary float.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type of the database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric(asdecimal=True))
        return dialect.type_descriptor(Text())

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | Decimal | None:
        """Write plain notation, never an exponent."""
        if value is None or dialect.name == "postgresql":
            return value
        return format(value, "f")

    @override
    def process_result_value(self, value: object, dialect: Dialect) -> Decimal | None:
        """Read the very digits that were written."""
        return None if value is None else Decimal(str(value))


class Instant(TypeDecorator[datetime]):
    """A moment in UTC as ISO text of fixed width, so that text order is time order everywhere."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = String(27)
    cache_ok: bool | None = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write the moment in UTC with microseconds."""
        return None if value is None else instant_text(value)

    @override
    def process_result_value(self, value: object, dialect: Dialect) -> datetime | None:
        """Read an aware moment."""
        return None if value is None else datetime.fromisoformat(str(value))


def instant_text(moment: datetime) -> str:
    """Write `moment` as `2026-01-31T08:00:00.000000Z`.

    Raises:
        ValueError: `moment` has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds") + "Z"


class ExactSum:
    """SQLite aggregate `exact_sum(amount)`: the sum of amounts kept as text, to the last digit."""

    def __init__(self) -> None:
        """Start at zero."""
        self.total = Decimal(0)

    def step(self, value: str | None) -> None:
        """Add one amount; null adds nothing."""
        if value is not None:
            self.total = EXACT.add(self.total, Decimal(value))

    def finalize(self) -> str:
        """Return the sum in plain notation."""
        return format(self.total, "f")
