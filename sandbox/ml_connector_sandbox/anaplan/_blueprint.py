"""The blueprint model, first part: vendor groups, vendors and purchase order lines.

Names are those of the documented model; in every list name = code, module imports update imported
cells only, and one list item is one order line.
"""

from __future__ import annotations

from ml_connector_sandbox.anaplan._schema import (
    LINE_ITEMS,
    TIME,
    ActionDef,
    Blueprint,
    FileDef,
    Format,
    ImportDef,
    ImportKind,
    LineItemDef,
    ListDef,
    ListField,
    ModuleDef,
    ProcessDef,
    ViewDef,
)

_LISTS = (
    ListDef(id="101000000001", name="Vendor Groups", number=1),
    ListDef(id="101000000002", name="Vendors", parent="Vendor Groups", number=2),
    ListDef(id="101000000003", name="PO Lines", number=3),
    ListDef(id="101000000004", name="Loads", number=4),
)
_LOADS = ("vendor_groups", "vendors", "purchase_order_lines")

_SYS_VENDOR_GROUPS = {
    "Description": ("Description", Format.TEXT),
    "Status": ("Status", Format.TEXT),
    "CurrencyCode": ("Currency", Format.TEXT),
    "Terms": ("Terms", Format.TEXT),
    "Checksum": ("Checksum", Format.NUMBER),
}
_SYS_VENDORS = {
    "VendorName": ("Vendor Name", Format.TEXT),
    "ShortName": ("Short Name", Format.TEXT),
    "Status": ("Status", Format.TEXT),
    "OnHold": ("On Hold", Format.TEXT),
    "CurrencyCode": ("Currency", Format.TEXT),
    "Terms": ("Terms", Format.TEXT),
    "City": ("City", Format.TEXT),
    "Country": ("Country", Format.TEXT),
    "Checksum": ("Checksum", Format.NUMBER),
}
_DAT_PO_LINES = {
    "Vendor": ("Vendor", Format.LIST),
    "ItemNumber": ("Item", Format.TEXT),
    "PurchaseOrderNumber": ("Order Number", Format.TEXT),
    "OrderDate": ("Order Date", Format.DATE),
    "ExpectedArrivalDate": ("Expected Arrival Date", Format.DATE),
    "PurchaseOrderType": ("Order Type", Format.TEXT),
    "OnHold": ("On Hold", Format.BOOLEAN),
    "Completed": ("Completed", Format.BOOLEAN),
    "Deleted": ("Deleted", Format.BOOLEAN),
    "QuantityOrdered": ("Quantity Ordered", Format.NUMBER),
    "QuantityReceived": ("Quantity Received", Format.NUMBER),
    "QuantityCanceled": ("Quantity Canceled", Format.NUMBER),
    "QuantityOutstanding": ("Quantity Outstanding", Format.NUMBER),
    "UnitCost": ("Unit Cost", Format.NUMBER),
    "ExtendedCost": ("Amount", Format.NUMBER),
    "OutstandingAmount": ("Outstanding Amount", Format.NUMBER),
    "Currency": ("Currency", Format.TEXT),
    "FunctionalExtendedCost": ("Functional Amount", Format.NUMBER),
    "FunctionalOutstandingAmount": ("Functional Outstanding", Format.NUMBER),
    "ExpenseAccount": ("Expense Account", Format.TEXT),
    "Checksum": ("Checksum", Format.NUMBER),
}
_LOADED = ("SYS Vendor Groups", "SYS Vendors", "DAT PO Lines")


def _sum_by_load(line_item: str, *modules: str) -> str:
    return " + ".join(f"'{module}'.{line_item}[SUM: '{module}'.Load]" for module in modules)


_COMMITMENTS_FORMULA = (
    "'DAT PO Lines'.Open Functional Outstanding"
    "[SUM: 'DAT PO Lines'.Vendor, SUM: 'DAT PO Lines'.Expected Arrival Month]"
)
_CALCULATED = {
    "Commitments": (("Functional Outstanding", _COMMITMENTS_FORMULA),),
    "CTL Loads": (
        ("Rows", _sum_by_load("One", *_LOADED)),
        ("Amount", _sum_by_load("Functional Amount", "DAT PO Lines")),
        ("Checksum", _sum_by_load("Checksum", *_LOADED)),
    ),
}
_FILES = (
    FileDef(
        id="113000000001",
        name="vendor_groups.csv",
        headers=("GroupCode", "Description", "Status", "CurrencyCode", "Terms", "Checksum"),
    ),
    FileDef(
        id="113000000002",
        name="vendors.csv",
        headers=(
            *("VendorNumber", "VendorName", "ShortName", "GroupCode", "Status", "OnHold"),
            *("CurrencyCode", "Terms", "City", "Country", "Checksum"),
        ),
    ),
    FileDef(
        id="113000000003",
        name="purchase_order_lines.csv",
        headers=(
            *("TransactionId", "Company", "PurchaseOrderNumber", "LineNumber", "Vendor"),
            *("OrderDate", "ExpectedArrivalDate", "PurchaseOrderType", "OnHold", "Completed"),
            *("Deleted", "ItemNumber", "ItemDescription", "QuantityOrdered", "QuantityReceived"),
            *("QuantityCanceled", "QuantityOutstanding", "UnitCost", "ExtendedCost"),
            *("OutstandingAmount", "Currency", "FunctionalExtendedCost"),
            *("FunctionalOutstandingAmount", "ExpenseAccount", "Checksum"),
        ),
    ),
)


def build_blueprint() -> Blueprint:
    """Return the definitions of the first part."""
    modules = (
        _loaded_module(1, "SYS Vendor Groups", "Vendor Groups", _SYS_VENDOR_GROUPS),
        _loaded_module(2, "SYS Vendors", "Vendors", _SYS_VENDORS),
        _loaded_module(3, "DAT PO Lines", "PO Lines", _DAT_PO_LINES),
        _calculated_module(4, "Commitments", "Vendors"),
        _calculated_module(5, "CTL Loads", "Loads"),
    )
    imports = _imports()
    return Blueprint(
        lists=_LISTS,
        modules=modules,
        views=(*(_default_view(module) for module in modules), *_SAVED_VIEWS),
        files=_FILES,
        imports=imports,
        actions=(_DELETE_MARKED,),
        processes=(
            ProcessDef(
                id="118000000001",
                name="Load Sage 300",
                actions=tuple(one.name for one in sorted(imports, key=lambda one: one.kind.value)),
            ),
        ),
        fixed_items={"Loads": _LOADS},
    )


_SAVED_VIEWS = (
    ViewDef(
        id="271000000001",
        name="Commitments.Vendors by Month",
        module="Commitments",
        rows=("Vendors",),
        columns=(TIME,),
        pages=(LINE_ITEMS,),
        leaves_only=True,
    ),
)
_DELETE_MARKED = ActionDef(
    id="117000000001",
    name="Delete PO Lines marked Deleted",
    action_type="DELETE_BY_SELECTION",
    list_name="PO Lines",
    module="DAT PO Lines",
    line_item="Deleted",
)


def _loaded_module(
    number: int, name: str, by_list: str, columns: dict[str, tuple[str, Format]]
) -> ModuleDef:
    items = tuple(
        LineItemDef(
            id=f"20{5 + number}{position:09d}",
            name=line_item,
            format=form,
            list_name="Vendors" if form is Format.LIST else None,
        )
        for position, (line_item, form) in enumerate(columns.values(), start=1)
    )
    return ModuleDef(id=f"1020000000{number:02d}", name=name, by_list=by_list, line_items=items)


def _calculated_module(number: int, name: str, by_list: str) -> ModuleDef:
    items = tuple(
        LineItemDef(
            id=f"2{5 + number:02d}{position:09d}",
            name=line_item,
            format=Format.NUMBER,
            formula=formula,
        )
        for position, (line_item, formula) in enumerate(_CALCULATED[name], start=1)
    )
    return ModuleDef(
        id=f"1020000000{number:02d}",
        name=name,
        by_list=by_list,
        has_time=name == "Commitments",
        line_items=items,
    )


def _default_view(module: ModuleDef) -> ViewDef:
    columns, pages = ((TIME,), (LINE_ITEMS,)) if module.has_time else ((LINE_ITEMS,), ())
    return ViewDef(
        id=module.id,
        name=module.name,
        module=module.name,
        rows=(module.by_list,),
        columns=columns,
        pages=pages,
    )


def _imports() -> tuple[ImportDef, ...]:
    return (
        _list_import(1, "Vendor Groups", "vendor_groups.csv", "GroupCode", parent=None),
        _module_import(
            2, "SYS Vendor Groups", "vendor_groups.csv", "GroupCode", _SYS_VENDOR_GROUPS
        ),
        _list_import(3, "Vendors", "vendors.csv", "VendorNumber", parent="GroupCode"),
        _module_import(4, "SYS Vendors", "vendors.csv", "VendorNumber", _SYS_VENDORS),
        _list_import(5, "PO Lines", "purchase_order_lines.csv", "TransactionId", parent=None),
        _module_import(
            6, "DAT PO Lines", "purchase_order_lines.csv", "TransactionId", _DAT_PO_LINES
        ),
    )


def _list_import(number: int, target: str, file: str, key: str, *, parent: str | None) -> ImportDef:
    columns = {key: ListField.CODE.value}
    if parent is not None:
        columns[parent] = ListField.PARENT.value
    return ImportDef(
        id=f"1120000000{number:02d}",
        name=f"{target} from {file}",
        kind=ImportKind.LIST,
        file=file,
        target=target,
        columns=columns,
        key=key,
    )


def _module_import(
    number: int, target: str, file: str, key: str, columns: dict[str, tuple[str, Format]]
) -> ImportDef:
    return ImportDef(
        id=f"1120000000{number:02d}",
        name=f"{target} from {file}",
        kind=ImportKind.MODULE,
        file=file,
        target=target,
        columns={header: line_item for header, (line_item, _) in columns.items()},
        key=key,
    )
