"""Lists, modules, line items, views, imports, exports, actions, processes (Anaplan sheet §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.anaplan._exports import Exporter
from ml_connector_sandbox.anaplan._grids import count_cells
from ml_connector_sandbox.anaplan._http import (
    ApiError,
    Call,
    Endpoint,
    JsonObject,
    WhenBusy,
    answer_envelope,
    answer_page,
    not_found,
)
from ml_connector_sandbox.anaplan._schema import (
    TIME,
    TIME_ID,
    VERSIONS,
    VERSIONS_ID,
    ExportDef,
    ExportFormat,
    FileDef,
    Format,
    ImportDef,
    LineItemDef,
    ListDef,
    ModuleDef,
    PropertyDef,
)

if TYPE_CHECKING:
    from starlette.responses import Response

    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._tenant import Tenant

_NO_VERSION: JsonObject = {"id": VERSIONS_ID, "name": "Not Applicable"}
_ALL_VERSIONS: JsonObject = {"id": VERSIONS_ID, "name": "All"}
_TEXT_FORMATS = {Format.LIST: "LIST"}


async def get_lists(call: Call) -> Response:
    """Ids and names."""
    rows: list[JsonObject] = [
        {"id": one.id, "name": one.name} for one in call.tenant.model.blueprint.lists
    ]
    return answer_page(call, "list", "lists", rows)


async def get_list(call: Call) -> Response:
    """A list's metadata, with its count of items."""
    definition = call.tenant.model.find_list(call.path("list"))
    if definition is None or definition.id != call.path("list"):
        raise not_found()
    metadata = _describe_list(call.tenant, definition)
    return answer_envelope(call, "listMetadata", {"metadata": metadata})


async def get_modules(call: Call) -> Response:
    """Ids and names."""
    rows: list[JsonObject] = [
        {"id": one.id, "name": one.name} for one in call.tenant.model.blueprint.modules
    ]
    return answer_page(call, "module", "modules", rows)


async def get_line_items(call: Call) -> Response:
    """The line items of one module, in full with `includeAll`."""
    module = call.tenant.model.find_module(call.path("module"))
    if module is None or module.id != call.path("module"):
        raise not_found()
    rows = [_describe_line_item(call, module, item) for item in module.line_items]
    return answer_page(call, "lineItem", "items", rows)


async def get_all_line_items(call: Call) -> Response:
    """The line items of every module."""
    rows = [
        _describe_line_item(call, module, item)
        for module in call.tenant.model.blueprint.modules
        for item in module.line_items
    ]
    return answer_page(call, "lineItem", "items", rows)


async def get_line_item_dimensions(call: Call) -> Response:
    """What a line item applies to, time included."""
    found = call.tenant.model.find_line_item(call.path("item"))
    if found is None:
        raise not_found()
    module, _ = found
    dimensions = _applies_to(call.tenant.model, module)
    if module.has_time:
        dimensions.append({"id": TIME_ID, "name": TIME})
    if module.has_versions:
        dimensions.append({"id": VERSIONS_ID, "name": VERSIONS})
    return answer_page(call, "lineItemDimensions", "dimensions", dimensions)


async def get_imports(call: Call) -> Response:
    """Every import; the data source is the file's id (§3.3)."""
    model = call.tenant.model
    rows = [_describe_import(model, one) for one in model.imports.values()]
    return answer_page(call, "import", "imports", rows)


async def get_import(call: Call) -> Response:
    """What the import expects of its file; a made-up id was a 500 (§2.4)."""
    definition = call.tenant.model.find_import(call.path("object"))
    if definition is None or definition.id != call.path("object"):
        raise ApiError(500, "Internal Server Error")
    file = call.tenant.model.find_file(definition.file)
    metadata: JsonObject = {"name": definition.name, "type": "FILE"}
    if file is not None:
        metadata["source"] = _describe_source(file)
    return answer_envelope(call, "importMetadata", {"importMetadata": metadata})


async def get_exports(call: Call) -> Response:
    """Every export with its layout and format."""
    rows = [_describe_export(one) for one in call.tenant.model.exports.values()]
    return answer_page(call, "export", "exports", rows)


async def get_export(call: Call) -> Response:
    """What the export's file will look like (§6.1)."""
    tenant = call.tenant
    export = tenant.model.find_export(call.path("object"))
    if export is None or export.id != call.path("object"):
        raise not_found()
    exporter = Exporter(tenant.model, tenant.calculations, export, switches=tenant.switches)
    metadata = exporter.describe()
    return answer_envelope(call, "exportMetadata", {"exportMetadata": metadata})


async def get_actions(call: Call) -> Response:
    """Actions that are neither imports nor exports nor processes."""
    rows: list[JsonObject] = [
        {"id": one.id, "name": one.name, "actionType": one.action_type}
        for one in call.tenant.model.blueprint.actions
    ]
    return answer_page(call, "action", "actions", rows)


async def get_action(call: Call) -> Response:
    """One action."""
    action = call.tenant.model.find_action(call.path("object"))
    if action is None or action.id != call.path("object"):
        raise not_found()
    described: JsonObject = {
        "id": action.id,
        "name": action.name,
        "actionType": action.action_type,
    }
    return answer_envelope(call, "action", {"action": described})


async def get_processes(call: Call) -> Response:
    """Ids and names."""
    rows: list[JsonObject] = [
        {"id": one.id, "name": one.name} for one in call.tenant.model.processes.values()
    ]
    return answer_page(call, "process", "processes", rows)


async def get_process(call: Call) -> Response:
    """A process's actions in order; data sources with `showImportDataSource`."""
    model = call.tenant.model
    process = model.find_process(call.path("object"))
    if process is None or process.id != call.path("object"):
        raise not_found()
    actions = [_describe_step(call, name) for name in process.actions]
    metadata: JsonObject = {"name": process.name, "actions": actions}
    return answer_envelope(call, "processMetadata", {"processMetadata": metadata})


def _describe_step(call: Call, name: str) -> JsonObject:
    model = call.tenant.model
    definition = model.find_import(name)
    if definition is None:
        return _describe_other_step(model, name)
    step: JsonObject = {"id": definition.id, "name": definition.name, "actionType": "IMPORT"}
    if call.is_set("showImportDataSource"):
        described = _describe_import(model, definition)
        step["importDataSourceId"] = described["importDataSourceId"]
        step["importType"] = described["importType"]
    return step


def _describe_other_step(model: Model, name: str) -> JsonObject:
    export = model.find_export(name)
    if export is not None:
        return {
            "id": export.id,
            "name": export.name,
            "actionType": "EXPORT",
            "exportType": export.layout.value,
        }
    action = model.find_action(name)
    if action is None:
        raise LookupError(name)
    return {"id": action.id, "name": action.name, "actionType": action.action_type}


def _describe_export(export: ExportDef) -> JsonObject:
    is_text = export.format is ExportFormat.TEXT
    return {
        "id": export.id,
        "name": export.name,
        "exportType": export.layout.value,
        "exportFormat": (ExportFormat.TEXT if is_text else ExportFormat.CSV).value,
        "encoding": export.encoding,
        "layout": export.layout.value,
    }


def _describe_import(model: Model, definition: ImportDef) -> JsonObject:
    file = model.find_file(definition.file)
    return {
        "id": definition.id,
        "name": definition.name,
        "importDataSourceId": file.id if file else "",
        "importType": definition.kind.value,
    }


def _describe_source(file: FileDef) -> JsonObject:
    return {
        "textEncoding": file.encoding,
        "columnSeparator": file.separator,
        "textDelimiter": file.delimiter,
        "headerRow": file.header_row,
        "firstDataRow": file.first_data_row,
        "decimalSeparator": ".",
        "headerNames": list(file.headers),
        "columnCount": len(file.headers),
    }


def _describe_list(tenant: Tenant, definition: ListDef) -> JsonObject:
    """Unset keys are missing (§3.3)."""
    model = tenant.model
    items = model.lists[definition.name]
    row: JsonObject = {
        "id": definition.id,
        "name": definition.name,
        "hasSelectiveAccess": False,
        "managedBy": "Finance",
        "numberedList": definition.is_numbered,
        "useTopLevelAsPageDefault": False,
        "itemCount": items.count,
        "nextItemIndex": items.next_index,
        "workflowEnabled": False,
        "productionData": tenant.is_production(definition),
        "permittedItems": items.count,
        "properties": [_describe_property(model, one) for one in definition.properties],
        "subsets": [
            {"id": f"109{definition.number:05d}{number:04d}", "name": name}
            for number, name in enumerate(definition.subsets, start=1)
        ],
    }
    parent = model.find_list(definition.parent) if definition.parent else None
    if parent is not None:
        row["parent"] = {"id": parent.id, "name": parent.name}
    return {key: value for key, value in row.items() if value != []}


def _describe_property(model: Model, definition: PropertyDef) -> JsonObject:
    item = LineItemDef(
        id="", name=definition.name, format=definition.format, list_name=definition.list_name
    )
    return {
        "name": definition.name,
        "format": _TEXT_FORMATS.get(definition.format, definition.format.value),
        "notes": "",
        "referencedBy": "",
        "formatMetadata": _describe_format(model, item),
    }


def _applies_to(model: Model, module: ModuleDef) -> list[JsonObject]:
    lists = (model.find_list(name) for name in module.lists)
    return [{"id": one.id, "name": one.name} for one in lists if one is not None]


def _describe_line_item(call: Call, module: ModuleDef, item: LineItemDef) -> JsonObject:
    key = {"id": item.id} if _has_ids(call) else {"code": item.name}
    row: JsonObject = {"moduleId": module.id, "moduleName": module.name, **key, "name": item.name}
    if not call.is_set("includeAll"):
        return row
    model = call.tenant.model
    return row | {
        "isSummary": False,
        "startOfSection": False,
        "broughtForward": False,
        "useSwitchover": False,
        "breakback": False,
        "cellCount": count_cells(model, module),
        "version": _ALL_VERSIONS if module.has_versions else _NO_VERSION,
        "appliesTo": _applies_to(model, module),
        "formula": item.formula,
        "format": _TEXT_FORMATS.get(item.format, item.format.value),
        "formatMetadata": _describe_format(model, item),
        "summary": "SUM" if item.format is Format.NUMBER else "NONE",
        "timeScale": "Month" if module.has_time else "Not Applicable",
        "timeRange": "Model Calendar" if module.has_time else "Not Applicable",
        "formulaScope": "All Versions",
        "style": "NORMAL",
        "code": key.get("code", ""),
        "notes": "",
        "dataTags": [],
        "referencedBy": [],
    }


def _has_ids(call: Call) -> bool:
    """Tell whether line items have ids; live notes say no, every sample yes (§3.1, §11, 25)."""
    return call.tenant.switches.text("line_item_key") == "id"


def _describe_format(model: Model, item: LineItemDef) -> JsonObject:
    metadata: JsonObject = {"dataType": item.format.value}
    if item.format is Format.TEXT:
        return metadata | {"textType": "GENERAL"}
    if item.format is Format.LIST and item.list_name:
        chosen = model.find_list(item.list_name)
        return metadata | {
            "hierarchyEntityLongId": int(chosen.id) if chosen else 0,
            "selectiveAccessApplied": False,
            "showAll": False,
        }
    if item.format is not Format.NUMBER:
        return metadata
    return metadata | {
        "comparisonIncrease": "GOOD",
        "customUnits": None,
        "decimalPlaces": -1,
        "decimalSeparator": "FULL_STOP",
        "groupingSeparator": "COMMA",
        "minimumSignificantDigits": 4,
        "negativeNumberNotation": "MINUS_SIGN",
        "unitsDisplayType": "NONE",
        "unitsType": "NONE",
        "zeroFormat": "ZERO",
    }


_ANSWERS = WhenBusy.ANSWERS
DEFINITION_ENDPOINTS = (
    Endpoint(path="{m}/lists", handler=get_lists, when_busy=_ANSWERS),
    Endpoint(path="{m}/lists/{list}", handler=get_list, when_busy=_ANSWERS),
    Endpoint(path="{m}/modules", handler=get_modules),
    Endpoint(path="{m}/modules/{module}/lineItems", handler=get_line_items),
    Endpoint(path="{m}/lineItems", handler=get_all_line_items),
    Endpoint(path="{m}/lineItems/{item}/dimensions", handler=get_line_item_dimensions),
    Endpoint(path="{m}/imports", handler=get_imports, when_busy=_ANSWERS),
    Endpoint(path="{m}/imports/{object}", handler=get_import, when_busy=_ANSWERS),
    Endpoint(path="{m}/exports", handler=get_exports, when_busy=_ANSWERS),
    Endpoint(path="{m}/exports/{object}", handler=get_export),
    Endpoint(path="{m}/actions", handler=get_actions, when_busy=_ANSWERS),
    Endpoint(path="{m}/actions/{object}", handler=get_action, when_busy=_ANSWERS),
    Endpoint(path="{m}/processes", handler=get_processes, when_busy=_ANSWERS),
    Endpoint(path="{m}/processes/{object}", handler=get_process, when_busy=_ANSWERS),
)
