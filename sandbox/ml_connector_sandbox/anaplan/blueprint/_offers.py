"""What the model offers to readers and schedulers: saved views, exports and actions.

One export per layout (Anaplan sheet §6.1, §6.3); two of them are for the way back to Sage 300.
"""

from __future__ import annotations

from ml_connector_sandbox.anaplan._schema import (
    LINE_ITEMS,
    TIME,
    ActionDef,
    ExportDef,
    ExportFormat,
    Layout,
    Rendering,
    ViewDef,
)
from ml_connector_sandbox.anaplan.blueprint._planning import AP_ADJUSTMENTS, GL_ADJUSTMENTS

BY_MONTH = "Commitments.Vendors by Month"
ACTUALS_BY_MONTH = "Actuals.Accounts by Month"
ACTUALS_BY_CENTER = "Actuals.Accounts and Cost Centers"
APPROVED_GL = "GL Adjustments.Approved"
APPROVED_AP = "AP Adjustments.Approved"

SAVED_VIEWS = (
    ViewDef(
        id="271000000001",
        name=BY_MONTH,
        module="Commitments",
        rows=("Vendors",),
        columns=(TIME,),
        pages=(LINE_ITEMS,),
        leaves_only=True,
    ),
    ViewDef(
        id="271000000002",
        name=ACTUALS_BY_MONTH,
        module="Actuals",
        rows=("GL Accounts",),
        columns=(TIME,),
        pages=("Cost Centers", LINE_ITEMS),
        leaves_only=True,
    ),
    ViewDef(
        id="271000000003",
        name=ACTUALS_BY_CENTER,
        module="Actuals",
        rows=("GL Accounts", "Cost Centers"),
        columns=(LINE_ITEMS,),
        pages=(TIME,),
    ),
    ViewDef(
        id="2710000000004",
        name=APPROVED_GL,
        module=GL_ADJUSTMENTS,
        rows=("GL Adjustment Lines",),
        columns=(LINE_ITEMS,),
        filters=("Approved",),
    ),
    ViewDef(
        id="2710000000005",
        name=APPROVED_AP,
        module=AP_ADJUSTMENTS,
        rows=("AP Adjustment Lines",),
        columns=(LINE_ITEMS,),
        filters=("Approved",),
    ),
    ViewDef(
        id="2710000000006",
        name="DAT AP Invoice Lines.Posted",
        module="DAT AP Invoice Lines",
        rows=("AP Invoice Lines",),
        columns=(LINE_ITEMS,),
        filters=("Posted",),
    ),
)
EXPORTS = (
    ExportDef(
        id="116000000001",
        name=GL_ADJUSTMENTS,
        view=GL_ADJUSTMENTS,
        layout=Layout.MULTI_COLUMN,
        filters=("Approved",),
        hides_labels=True,
    ),
    ExportDef(
        id="116000000002",
        name=AP_ADJUSTMENTS,
        view=AP_ADJUSTMENTS,
        layout=Layout.MULTI_COLUMN,
        filters=("Approved",),
        hides_labels=True,
    ),
    ExportDef(
        id="116000000003",
        name="Commitments - Grid.csv",
        view="Commitments",
        layout=Layout.GRID_CURRENT_PAGE,
    ),
    ExportDef(
        id="116000000004",
        name="Actuals - All Pages.csv",
        view=ACTUALS_BY_MONTH,
        layout=Layout.GRID_ALL_PAGES,
    ),
    ExportDef(
        id="116000000005",
        name="CTL Loads - Single Column.csv",
        view="CTL Loads",
        layout=Layout.SINGLE_COLUMN,
    ),
    ExportDef(
        id="116000000006",
        name="SYS Vendors.txt",
        view="SYS Vendors",
        layout=Layout.ALL_LINE_ITEMS,
        format=ExportFormat.TEXT,
        encoding="ISO-8859-1",
    ),
    ExportDef(
        id="116000000007",
        name="Commitments.txt",
        view=BY_MONTH,
        layout=Layout.CURRENT_LINE_ITEM,
        format=ExportFormat.TEXT,
        shared_with="everyone",
    ),
    ExportDef(
        id="116000000008",
        name="GL Adjustments for Excel.csv",
        view=GL_ADJUSTMENTS,
        layout=Layout.MULTI_COLUMN,
        format=ExportFormat.EXCEL_CSV,
        encoding="UTF-16LE",
        rendering=Rendering(
            grouping=".", decimal_separator=",", date="DD.MM.YYYY", true="Ja", false="Nein"
        ),
    ),
    ExportDef(
        id="116000000009",
        name="Actuals - Table.csv",
        view=ACTUALS_BY_MONTH,
        layout=Layout.MULTI_COLUMN,
        omits_empty=True,
        shared_with="admins",
    ),
)
ACTIONS = (
    ActionDef(
        id="117000000001",
        name="Delete PO Lines marked Deleted",
        action_type="DELETE_BY_SELECTION",
        list_name="PO Lines",
        module="DAT PO Lines",
        line_item="Deleted",
    ),
    ActionDef(
        id="117000000002",
        name="Delete AP Invoice Lines marked Deleted",
        action_type="DELETE_BY_SELECTION",
        list_name="AP Invoice Lines",
        module="DAT AP Invoice Lines",
        line_item="Deleted",
    ),
    ActionDef(
        id="117000000003",
        name="Order Vendors",
        action_type="ORDER_HIERARCHY",
        list_name="Vendors",
    ),
    ActionDef(
        id="117000000004",
        name="Add GL Adjustment Line",
        action_type="SIMPLE_CREATE",
        list_name="GL Adjustment Lines",
    ),
    ActionDef(
        id="117000000005",
        name="Add AP Adjustment Line",
        action_type="SIMPLE_CREATE",
        list_name="AP Adjustment Lines",
    ),
    ActionDef(
        id="117000000006",
        name="Clear Posting Status",
        action_type="BULK_DELETE_ENTITIES",
        list_name="Posting Status",
    ),
    ActionDef(
        id="117000000007",
        name="Update Current Period",
        action_type="UPDATE_CURRENT_PERIOD",
    ),
    ActionDef(
        id="117000000008",
        name="Copy Forecast to Actual",
        action_type="BULK_COPY",
    ),
)
