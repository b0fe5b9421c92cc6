"""List items as list reads show them: properties as text, subsets as flags (Anaplan sheet §7.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._schema import Format, ListDef, PropertyDef
from ml_connector_sandbox.anaplan._values import CellValue, render_cell, render_number

if TYPE_CHECKING:
    from ml_connector_sandbox.anaplan._model import Model


def render_properties(model: Model, definition: ListDef, slot: int) -> dict[str, str]:
    """Return the properties an item has; missing values are missing keys."""
    items = model.lists[definition.name]
    texts: dict[str, str] = {}
    for one in definition.properties:
        value = items.property_of(one.name, slot)
        if value is not None:
            texts[one.name] = render_property(model, one, value)
    return texts


def render_property(model: Model, definition: PropertyDef, value: CellValue) -> str:
    """Write one value: every kind is a string, a whole number one with `.0`."""
    if definition.format is Format.NUMBER and isinstance(value, Decimal):
        text = render_number(value)
        return text if "." in text else f"{text}.0"
    return render_cell(value, definition.format, model.items_of(definition))


def render_subsets(model: Model, definition: ListDef, slot: int) -> dict[str, bool]:
    """Return of every subset of the list whether the item is in it."""
    members = model.lists[definition.name].subsets
    return {name: slot in members.get(name, ()) for name in definition.subsets}
