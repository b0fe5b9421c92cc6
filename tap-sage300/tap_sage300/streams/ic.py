"""Inventory Control."""

from __future__ import annotations

from typing import ClassVar

from tap_sage300.resources import ITEM_LOCATIONS, ITEMS
from tap_sage300.streams.masters import MasterStream


class Items(MasterStream):
    """Items (`ICItems`)."""

    name = "items"
    key_names: ClassVar[tuple[str, ...]] = ("UnformattedItemNumber",)
    spec = ITEMS


class ItemLocations(MasterStream):
    """Quantities and costs of items by location (`ICLocationDetails`), where the server has them.

    They have no stamp, so all are read each time.
    """

    name = "item_locations"
    key_names: ClassVar[tuple[str, ...]] = ("ItemNumber", "Location")
    by_default = False
    spec = ITEM_LOCATIONS
