"""How a resource shows itself under the present switches: names, omissions, renderings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import TYPE_CHECKING, cast

import msgspec

from ml_connector_sandbox.sage300._made_rows import MadeRow
from ml_connector_sandbox.sage300._types import Kind, Property, Resource
from ml_connector_sandbox.sage300._values import details_of, raw_details
from ml_connector_sandbox.sage300.catalog._variants import variant_of

if TYPE_CHECKING:
    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300._records import Row

Render = Callable[[object], object]

_RECEIPT_LINES = "ReceiptLines"
_WARNING = {
    "Message": "Rates are not up to date.",
    "Priority": 2,
    "PriorityString": "Warning",
    "Tag": "",
}
# Wide enough for any amount a test can think of; the default context would round at 28 digits.
_WIDE = Context(prec=200)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One property as shown: where it is stored, what it is called, how it is written."""

    name: str
    index: int
    item: Property
    render: Render | None
    details: tuple[Column, ...] = ()


class Look:
    """The switches that change how records look, read once per request."""

    def __init__(self, switches: Switches) -> None:
        """Read the switches."""
        self._switches = switches
        self._lowered = switches.text("property_casing") == "lowered"
        self._omitted = set(cast("Sequence[str]", switches["omitted_properties"]))
        self._renamed = dict(cast("Mapping[str, str]", switches["renamed_properties"]))
        if switches.text("receipt_lines_name") != _RECEIPT_LINES:
            self._renamed.setdefault(_RECEIPT_LINES, switches.text("receipt_lines_name"))
        self._decimals = switches.text("decimals")
        self._zoneless = switches.text("dates") == "zoneless"
        self.has_boolean_words = switches.text("booleans") == "words"
        self.has_warnings = switches.is_on("warnings")
        self.is_plain = not (
            self._lowered
            or self._omitted
            or self._renamed
            or self._zoneless
            or self.has_boolean_words
            or self._decimals != "plain"
        )

    def variant_of(self, resource: Resource) -> Resource:
        """Return a resource as this site spells it."""
        return variant_of(resource, self._switches)

    def columns_of(self, properties: Sequence[Property]) -> tuple[Column, ...]:
        """Return what is shown of `properties`."""
        return tuple(
            self._column_of(item, index)
            for index, item in enumerate(properties)
            if item.name not in self._omitted
        )

    def shown_name(self, name: str) -> str:
        """Return the name that stands for a documented one."""
        name = self._renamed.get(name, name)
        return name[0] + name[1:].lower() if self._lowered else name

    def _column_of(self, item: Property, index: int) -> Column:
        details = self.columns_of(item.details)
        return Column(
            name=self.shown_name(item.name),
            index=index,
            item=item,
            render=self._render_of(item, details),
            details=details,
        )

    def _render_of(self, item: Property, details: tuple[Column, ...]) -> Render | None:
        if item.kind is Kind.COLLECTION:
            return _complete_details(item) if self.is_plain else _render_details(item, details)
        if item.kind is Kind.DECIMAL and self._decimals != "plain":
            return _render_scaled(item.size or 0) if self._decimals == "scaled" else _exponent
        if item.kind is Kind.DATE and self._zoneless:
            return _zoneless
        if item.kind is Kind.BOOLEAN and self.has_boolean_words:
            return _render_word(item)
        return None


class ResourceView:
    """One resource as it looks at present."""

    def __init__(self, resource: Resource, look: Look) -> None:
        """Show `resource` by `look`."""
        self.resource = look.variant_of(resource)
        self.look = look
        self.columns = look.columns_of(self.resource.properties)
        self._by_name = {column.name: column for column in self.columns}

    @property
    def type_name(self) -> str:
        """Full name of the entity type."""
        return f"{self.resource.namespace}.{self.resource.entity}"

    def find(self, name: str) -> Column | None:
        """Return the column shown as `name`; names are case-sensitive."""
        return self._by_name.get(name)

    def show(self, row: Row, columns: Sequence[Column]) -> dict[str, object]:
        """Return what is sent of `row`."""
        if self.look.is_plain and isinstance(row, MadeRow):
            shown = _show_made(row, columns)
        else:
            shown = {
                column.name: row[column.index]
                if column.render is None
                else column.render(row[column.index])
                for column in columns
            }
        if self.look.has_warnings:
            shown["Warnings"] = [_WARNING]
        return shown


def _show_made(row: MadeRow, columns: Sequence[Column]) -> dict[str, object]:
    # Made all at once when much of it is asked for; its details are complete as they are.
    if len(columns) > len(row) // 2:
        values = row.values()
        return {column.name: values[column.index] for column in columns}
    return {column.name: row.value_at(column.index) for column in columns}


def _complete_details(item: Property) -> Render:
    """Write details as they are stored, blanks for what was not stored at all."""
    blanks = {detail.name: detail.blank for detail in item.details}
    below = [
        (detail.name, _complete_details(detail))
        for detail in item.details
        if detail.kind is Kind.COLLECTION
    ]

    def render(value: object) -> object:
        details = details_of(value)
        if not below and all(len(detail) == len(blanks) for detail in details):
            return value
        shown = [{**blanks, **detail} for detail in details]
        for detail in shown:
            for name, complete in below:
                detail[name] = complete(detail[name])
        return raw_details(shown)

    return render


def _render_details(item: Property, columns: tuple[Column, ...]) -> Render:
    blanks = {detail.name: detail.blank for detail in item.details}

    def render(value: object) -> object:
        shown = []
        for detail in details_of(value):
            row = [detail.get(name, blank) for name, blank in blanks.items()]
            shown.append(
                {
                    column.name: row[column.index]
                    if column.render is None
                    else column.render(row[column.index])
                    for column in columns
                }
            )
        return raw_details(shown)

    return render


def _render_scaled(decimals: int) -> Render:
    unit = Decimal(1).scaleb(-decimals)

    def render(value: object) -> object:
        number = Decimal(str(value))
        if -cast("int", number.as_tuple().exponent) > decimals:
            return value
        return msgspec.Raw(f"{number.quantize(unit, context=_WIDE):f}".encode())

    return render


def _exponent(value: object) -> object:
    return msgspec.Raw(f"{Decimal(str(value)):E}".encode())


def _zoneless(value: object) -> object:
    return value.removesuffix("Z") if isinstance(value, str) else value


def _render_word(item: Property) -> Render:
    return item.word_for
