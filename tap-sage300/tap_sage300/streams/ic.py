"""Inventory Control."""

from __future__ import annotations

from typing import ClassVar

from tap_sage300.resources import ITEMS
from tap_sage300.streams.masters import MasterStream


class Items(MasterStream):
    """Items (`ICItems`)."""

    name = "items"
    key_names: ClassVar[tuple[str, ...]] = ("UnformattedItemNumber",)
    by_default = False
    spec = ITEMS
