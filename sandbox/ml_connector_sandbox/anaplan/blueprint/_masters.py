"""Loads of master data: vendor groups, vendors, account groups, accounts, cost centers, items.

Columns carry the properties' names in Sage 300 (Sage sheet §4.2, §4.3, §4.5).
"""

from __future__ import annotations

from ml_connector_sandbox.anaplan.blueprint._load import Load, boolean, text

VENDOR_GROUPS = Load(
    name="vendor_groups",
    number=1,
    list_number=1,
    list_name="Vendor Groups",
    module_number=1,
    module="SYS Vendor Groups",
    key="GroupCode",
    headers=("GroupCode", "Description", "Status", "CurrencyCode", "Terms"),
    cells={
        "Description": text("Description"),
        "Status": text("Status"),
        "CurrencyCode": text("Currency"),
        "Terms": text("Terms"),
    },
)
VENDORS = Load(
    name="vendors",
    number=2,
    list_number=2,
    list_name="Vendors",
    module_number=2,
    module="SYS Vendors",
    key="VendorNumber",
    parent_list="Vendor Groups",
    parent_column="GroupCode",
    headers=(
        *("VendorNumber", "VendorName", "ShortName", "GroupCode", "Status", "OnHold"),
        *("CurrencyCode", "Terms", "City", "Country"),
    ),
    cells={
        "VendorName": text("Vendor Name"),
        "ShortName": text("Short Name"),
        "Status": text("Status"),
        "OnHold": text("On Hold"),
        "CurrencyCode": text("Currency"),
        "Terms": text("Terms"),
        "City": text("City"),
        "Country": text("Country"),
    },
)
GL_ACCOUNT_GROUPS = Load(
    name="gl_account_groups",
    number=4,
    list_number=5,
    list_name="GL Account Groups",
    module_number=6,
    module="SYS GL Account Groups",
    key="AccountGroupCode",
    headers=(
        *("AccountGroupCode", "AccountGroupDescription", "AccountGroupSortCode"),
        "GroupCategory",
    ),
    cells={
        "AccountGroupDescription": text("Description"),
        "AccountGroupSortCode": text("Sort Code"),
        "GroupCategory": text("Group Category"),
    },
)
GL_ACCOUNTS = Load(
    name="gl_accounts",
    number=5,
    list_number=6,
    list_name="GL Accounts",
    module_number=7,
    module="SYS GL Accounts",
    key="UnformattedAccount",
    parent_list="GL Account Groups",
    parent_column="AccountGroupCode",
    headers=(
        *("UnformattedAccount", "AccountNumber", "Description", "AccountGroupCode"),
        *("AccountType", "NormalBalanceDRCR", "Status", "PostToAccount", "ControlAccount"),
        *("Multicurrency", "CostCenter"),
    ),
    cells={
        "Description": text("Description"),
        "AccountNumber": text("Account Number"),
        "AccountType": text("Account Type"),
        "NormalBalanceDRCR": text("Normal Balance"),
        "Status": text("Status"),
        "PostToAccount": text("Post To Account"),
        "ControlAccount": text("Control Account"),
        "Multicurrency": text("Multicurrency"),
    },
)
COST_CENTERS = Load(
    name="gl_segment_codes",
    number=6,
    list_number=7,
    list_name="Cost Centers",
    module_number=8,
    module="SYS Cost Centers",
    key="SegmentCode",
    headers=("SegmentNumber", "SegmentCode", "SegmentCodeDescription"),
    cells={"SegmentCodeDescription": text("Description")},
)
ITEMS = Load(
    name="items",
    number=7,
    list_number=8,
    list_name="Items",
    module_number=9,
    module="SYS Items",
    key="UnformattedItemNumber",
    headers=(
        *("UnformattedItemNumber", "ItemNumber", "Description", "Category", "Status"),
        *("StockItem", "StockingUnitOfMeasure"),
    ),
    cells={
        "Description": text("Description"),
        "ItemNumber": text("Item Number"),
        "Category": text("Category"),
        "Status": text("Status"),
        "StockItem": boolean("Stock Item"),
        "StockingUnitOfMeasure": text("Unit Of Measure"),
    },
)
