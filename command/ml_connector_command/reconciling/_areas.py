"""What is reconciled: orders, payables and the ledger, each with its groups and amounts.

A line has the same form whichever side it comes from: values by file column, spelled one way.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import TYPE_CHECKING, Final

from target_anaplan import AP_INVOICE_LINES, GL_ACTUAL_LINES, PO_LINES, Format

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_anaplan import LoadBlueprint

    Values = Mapping[str, str]

DELETED: Final = "Deleted"
DELETED_AT: Final = "_sdc_deleted_at"
TRUE, FALSE = "true", "false"
ZERO: Final = Decimal(0)
_RESIDUE: Final = Decimal("0.000001")
"""Below this, Anaplan's numbers are binary residue (Anaplan sheet §6.4)."""
_MONTH_LENGTH: Final = len("2026-01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of either side."""

    id: str
    group: tuple[str, ...]
    document: str
    values: dict[str, str]
    amount: Decimal
    second: Decimal
    tied: Decimal | None = None
    """What it adds to the third figure; `None` where that does not know it."""
    is_converted: bool = False
    """Whether its amount was computed from one in another currency."""
    digest: str = ""
    """Of a line of Sage: of the row that would be sent now."""

    @property
    def is_live(self) -> bool:
        """Whether it counts; a line marked as deleted stays in the model with amounts zero."""
        return self.values.get(DELETED) != TRUE


@dataclass(frozen=True, kw_only=True)
class Group:
    """One dimension of the comparison: what it is called, and the column it is taken from."""

    label: str
    column: str
    cut: int | None = None
    """How many characters count: seven of a date are its month."""

    @property
    def is_period(self) -> bool:
        """Whether it says when, not who or where."""
        return self.label in ("month", "year", "period")


class Clearing(Enum):
    """Whether Sage's housekeeping takes a third figure away and leaves the lines."""

    NEVER = "never"
    POSSIBLE = "possible"
    """Paid documents are cleared, their batches stay."""


@dataclass(frozen=True, kw_only=True)
class Area:
    """One kind of lines: where they are, how they are grouped, which amounts are compared."""

    name: str
    load: LoadBlueprint
    document: tuple[str, ...]
    """The columns that name what a line's third figure is of."""
    groups: tuple[Group, ...]
    amount: str
    """Column of the functional amount."""
    source: str | None
    """Column of the same amount in the document's currency."""
    second: tuple[str, Callable[[Values], bool], str]
    """What else is compared: its name, which lines count, and the column of their amount."""
    tied: Callable[[Values], bool]
    """Which lines add up to the third figure."""
    tied_amount: str
    """The column that does."""
    third: str
    """What the third figure is, for the report."""
    ends: Clearing = Clearing.NEVER
    headers: str | None = None
    """The stream that names each document, also one that is left out for its number."""
    header_key: tuple[tuple[str, str], ...] = ()
    """What tells documents of one number apart: its name and its column."""

    @property
    def measures(self) -> tuple[str, str]:
        """What the two amounts are called."""
        return self.load.find_line_item(self.amount).lower(), self.second[0]

    def build_line(self, line_id: str, values: dict[str, str], *, digest: str = "") -> Line:
        """Build a line from its values."""
        _, counts, column = self.second
        amount = read_number(values[self.amount])
        return Line(
            id=line_id,
            group=tuple(values[one.column][: one.cut] for one in self.groups),
            document=":".join(values[column] for column in self.document),
            values=values,
            amount=amount,
            second=read_number(values[column]) if counts(values) else ZERO,
            tied=read_number(values[self.tied_amount]) if self.tied(values) else None,
            is_converted=self.source is not None and read_number(values[self.source]) != amount,
            digest=digest,
        )

    def read_record(self, record: Mapping[str, object], *, digest: str = "") -> Line:
        """Build a line from a record of the tap."""
        values = {
            column.name: spell(record.get(column.name), column.line_item.format)
            for column in self.load.columns
            if column.line_item
        }
        if DELETED in values:
            values[DELETED] = FALSE if record.get(DELETED_AT) is None else TRUE
        return self.build_line(str(record[self.load.code]), values, digest=digest)

    def read_row(self, row: Mapping[str, str], *, company: str | None) -> Line:
        """Build a line from a row of the module; `company` is what stands before its codes."""
        values = {}
        for column in self.load.columns:
            if column.line_item is None:
                continue
            text = row[column.line_item.name]
            if company and column.line_item.list_name:
                text = text.removeprefix(f"{company}:")
            values[column.name] = spell(text, column.line_item.format)
        return self.build_line(row[self.load.list_name], values)


def spell(value: object, form: Format) -> str:
    """Spell a value the one way in which both sides are compared."""
    if form is Format.BOOLEAN:
        return TRUE if value is True or str(value).lower() == TRUE else FALSE
    text = "" if value is None else str(value).strip()
    if form is Format.DATE:
        return text[:10]
    if form is not Format.NUMBER:
        return text
    try:
        number = Decimal(text or "0").quantize(_RESIDUE).normalize()
    except InvalidOperation:
        return text
    return f"{number:f}" if number else "0"


def read_number(text: str) -> Decimal:
    """Read an amount; what is no number counts nothing."""
    try:
        return Decimal(text or "0")
    except InvalidOperation:
        return ZERO


def _is_committed(values: Values) -> bool:
    return values["PurchaseOrderType"] == "Active" and not any(
        values[name] == TRUE for name in ("OnHold", "Completed", DELETED)
    )


ORDERS: Final = Area(
    name="orders",
    load=PO_LINES,
    document=("PurchaseOrderNumber",),
    groups=(
        Group(label="vendor", column="Vendor"),
        Group(label="month", column="ExpectedArrivalDate", cut=_MONTH_LENGTH),
    ),
    amount="FunctionalExtendedCost",
    source="ExtendedCost",
    second=("committed", _is_committed, "FunctionalOutstandingAmount"),
    tied=lambda _values: True,
    tied_amount="ExtendedCost",
    third="total of the order, in its currency",
)
PAYABLES: Final = Area(
    name="payables",
    load=AP_INVOICE_LINES,
    document=("VendorNumber", "DocumentNumber"),
    groups=(
        Group(label="vendor", column="VendorNumber"),
        Group(label="cost center", column="CostCenter"),
        Group(label="year", column="FiscalYear"),
        Group(label="period", column="FiscalPeriod"),
    ),
    amount="FunctionalAmount",
    source="SignedAmount",
    second=("posted", lambda values: values["Posted"] == TRUE, "FunctionalAmount"),
    tied=lambda values: values["Posted"] == TRUE,
    tied_amount="FunctionalAmount",
    third="posted document, without tax",
    ends=Clearing.POSSIBLE,
    headers="ap_invoices",
    header_key=(("batch", "BatchNumber"), ("entry", "EntryNumber")),
)
LEDGER: Final = Area(
    name="ledger",
    load=GL_ACTUAL_LINES,
    document=("AccountNumber", "FiscalYear", "FiscalPeriod"),
    groups=(
        Group(label="account", column="AccountNumber"),
        Group(label="cost center", column="CostCenter"),
        Group(label="year", column="FiscalYear"),
        Group(label="period", column="FiscalPeriod"),
    ),
    amount="JournalTransactionAmount",
    source=None,
    second=(
        "from planning",
        lambda values: values["FromPlanning"] == TRUE,
        "JournalTransactionAmount",
    ),
    tied=lambda _values: True,
    tied_amount="JournalTransactionAmount",
    third="fiscal set of the account",
)
AREAS: Final = {area.name: area for area in (ORDERS, PAYABLES, LEDGER)}
