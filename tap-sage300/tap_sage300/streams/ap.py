"""Accounts Payable."""

from __future__ import annotations

from typing import ClassVar

from tap_sage300.resources import VENDOR_GROUPS, VENDORS
from tap_sage300.streams.masters import MasterStream


class VendorGroups(MasterStream):
    """Vendor groups (`APVendorGroups`)."""

    name = "vendor_groups"
    key_names: ClassVar[tuple[str, ...]] = ("GroupCode",)
    spec = VENDOR_GROUPS


class Vendors(MasterStream):
    """Vendors (`APVendors`)."""

    name = "vendors"
    key_names: ClassVar[tuple[str, ...]] = ("VendorNumber",)
    spec = VENDORS
