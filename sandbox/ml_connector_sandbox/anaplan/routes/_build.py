"""What a model builder makes in Anaplan's interface, for tests: `POST /_sandbox/objects`.

The API itself cannot make any of it (Anaplan sheet §3.2). The body names what is new, all parts
optional; ids are given out, and returned by name:

```json
{"lists": [{"name": "Regions", "parent": "Regions", "numbered": false, "production": false,
            "properties": [{"name": "Since", "format": "DATE"}], "subsets": ["Active"]}],
 "modules": [{"name": "DAT Regions", "by": ["Regions", "Vendors", "Time", "Versions"],
              "lineItems": [{"name": "Head", "format": "ENTITY", "list": "Vendors"}]}],
 "files": [{"name": "regions.csv", "headers": ["Code", "Since"]}],
 "imports": [{"name": "Regions from regions.csv", "file": "regions.csv", "target": "Regions",
              "columns": {"Code": "Code", "Since": "Since"}, "options": {"list_access": "full"}}],
 "processes": [{"name": "Load", "actions": ["Regions from regions.csv"]}]}
```

An import into several dimensions says in `dimensions` where its rows belong (`_DimensionForm`); a
module's first dimension may be found by the column `key` instead. `options` of an import are
positions of the import switches; what is not chosen there is decided by the switch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from ml_connector_sandbox._control import control_route
from ml_connector_sandbox._wire import decode_object
from ml_connector_sandbox.anaplan._periods import DATE_FORMS
from ml_connector_sandbox.anaplan._schema import (
    LINE_ITEMS,
    TIME,
    VERSIONS,
    Blueprint,
    DimensionMap,
    FileDef,
    Format,
    ImportDef,
    ImportKind,
    LineItemDef,
    ListDef,
    ModuleDef,
    ProcessDef,
    PropertyDef,
    ViewDef,
)
from ml_connector_sandbox.anaplan.engine import EngineSettings
from ml_connector_sandbox.anaplan.engine._settings import ClearTarget

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from ml_connector_sandbox.anaplan._model import Model
    from ml_connector_sandbox.anaplan._tenant import Tenant


_DateForm = Annotated[str, msgspec.Meta(pattern=f"^({'|'.join(('', *DATE_FORMS))})$")]
_ClearScope = Annotated[
    str, msgspec.Meta(pattern=f"^({'|'.join(('', *(one.value for one in ClearTarget)))})$")
]


class _Form(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    """What every part of the body is: an object with a name and no unknown keys."""

    name: str


class _NewColumn(_Form):
    """A property of a list or a line item of a module."""

    format: Format = Format.TEXT
    list: str | None = None
    formula: str = ""


class _NewList(_Form):
    parent: str | None = None
    numbered: bool = False
    production: bool = False
    properties: tuple[_NewColumn, ...] = ()
    subsets: tuple[str, ...] = ()


class _NewModule(_Form):
    by: tuple[str, ...]
    line_items: tuple[_NewColumn, ...] = ()


class _NewFile(_Form):
    headers: tuple[str, ...] = ()
    encoding: str = "UTF-8"
    separator: str = ","
    delimiter: str = '"'
    header_row: int = 1
    first_data_row: int = 2


class _DimensionForm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    """One dimension of an import: one of `column`, `fixed`, `asks` and `inHeaders`."""

    dimension: str
    column: str = ""
    fixed: str = ""
    asks: bool = False
    in_headers: bool = False
    dates: _DateForm = ""
    matches: dict[str, str] = {}
    clears: _ClearScope = ""


class _NewImport(_Form):
    file: str
    target: str
    columns: dict[str, str] = {}
    key: str = ""
    dimensions: tuple[_DimensionForm, ...] = ()
    value_column: str = ""
    key_properties: tuple[str, ...] = ()
    options: dict[str, str] = {}
    ignored: tuple[str, ...] | None = None


class _NewProcess(_Form):
    actions: tuple[str, ...] = ()


class _New(msgspec.Struct, forbid_unknown_fields=True):
    lists: tuple[_NewList, ...] = ()
    modules: tuple[_NewModule, ...] = ()
    files: tuple[_NewFile, ...] = ()
    imports: tuple[_NewImport, ...] = ()
    processes: tuple[_NewProcess, ...] = ()


def build_builder_routes(tenant: Tenant) -> list[BaseRoute]:
    """Return the control route by which a model grows."""

    async def add_objects(request: Request) -> object:
        new = msgspec.convert(decode_object(await request.body()), _New)
        async with tenant.model_lock:
            added = _Foundry(tenant.model).make(new)
            tenant.model.extend(added)
            tenant.record_change()
        return {
            part: {one.name: one.id for one in getattr(added, part)}
            for part in ("lists", "modules", "files", "imports", "processes")
        }

    return [control_route("/objects", add_objects, methods=["POST"])]


class _Foundry:
    """Turns what was asked for into definitions with ids that follow the model's."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def make(self, new: _New) -> Blueprint:
        """Return the new definitions.

        Raises:
            ValueError: An import's options are not positions of its switches.
        """
        made = self._model.blueprint
        lists = tuple(self._make_list(one, n) for n, one in enumerate(new.lists))
        modules = tuple(self._make_module(one, n) for n, one in enumerate(new.modules))
        return Blueprint(
            lists=lists,
            modules=modules,
            views=tuple(_default_view(one) for one in modules),
            files=tuple(
                FileDef(id=_next_id(self._model.files.values(), n), **msgspec.structs.asdict(one))
                for n, one in enumerate(new.files)
            ),
            imports=tuple(
                self._make_import(one, n, {made_list.name for made_list in (*made.lists, *lists)})
                for n, one in enumerate(new.imports)
            ),
            actions=(),
            processes=tuple(
                ProcessDef(
                    id=_next_id(self._model.processes.values(), n),
                    name=one.name,
                    actions=one.actions,
                )
                for n, one in enumerate(new.processes)
            ),
        )

    def _make_list(self, new: _NewList, position: int) -> ListDef:
        lists = self._model.blueprint.lists
        return ListDef(
            id=_next_id(lists, position),
            name=new.name,
            parent=new.parent,
            number=max(one.number for one in lists) + 1 + position,
            is_numbered=new.numbered,
            is_production=new.production,
            properties=tuple(
                PropertyDef(name=one.name, format=one.format, list_name=one.list)
                for one in new.properties
            ),
            subsets=new.subsets,
        )

    def _make_module(self, new: _NewModule, position: int) -> ModuleDef:
        number = len(self._model.blueprint.modules) + position
        items = tuple(
            LineItemDef(
                id=f"2{60 + number % 40:02d}{place:09d}",
                name=one.name,
                format=one.format,
                list_name=one.list,
                formula=one.formula,
            )
            for place, one in enumerate(new.line_items, start=1)
        )
        lists = [name for name in new.by if name not in (TIME, VERSIONS)]
        return ModuleDef(
            id=_next_id(self._model.blueprint.modules, position),
            name=new.name,
            by_list=lists[0],
            more_lists=tuple(lists[1:]),
            has_time=TIME in new.by,
            has_versions=VERSIONS in new.by,
            line_items=items,
        )

    def _make_import(self, new: _NewImport, position: int, lists: set[str]) -> ImportDef:
        EngineSettings().choose(new.options)
        given = msgspec.structs.asdict(new)
        given["dimensions"] = tuple(
            DimensionMap(**msgspec.structs.asdict(one)) for one in new.dimensions
        )
        return ImportDef(
            id=_next_id(self._model.imports.values(), position),
            kind=ImportKind.LIST if new.target in lists else ImportKind.MODULE,
            **given,
        )


def _next_id(
    present: Iterable[ListDef | ModuleDef | FileDef | ImportDef | ProcessDef], position: int
) -> str:
    return str(max(int(one.id) for one in present) + 1 + position)


def _default_view(module: ModuleDef) -> ViewDef:
    first, *rest = module.dimensions
    columns = (TIME,) if module.has_time else (LINE_ITEMS,)
    pages = [name for name in rest if name not in columns]
    return ViewDef(
        id=module.id,
        name=module.name,
        module=module.name,
        rows=(first,),
        columns=columns,
        pages=(*pages, LINE_ITEMS) if module.has_time else tuple(pages),
    )
