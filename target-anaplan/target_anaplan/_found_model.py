"""What a model is made of, as far as the blueprint asks: read once, then compared without calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from target_anaplan._blueprint_parts import TIME, Format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_connector.anaplan import AnaplanClient, ImportInfo, LineItemInfo, NamedObject

    from target_anaplan._blueprint_model import Blueprint

NO_TIME = "Not Applicable"


class FoundLineItem(msgspec.Struct, frozen=True, kw_only=True):
    """A line item as the model has it."""

    data_type: str
    list_name: str
    """For a list format, the list; empty where Anaplan does not say."""
    is_calculated: bool

    @property
    def format_name(self) -> str:
        """Its format as the model builder's page spells it."""
        if self.data_type == Format.LIST:
            return f"list {self.list_name}".strip()
        return "Boolean" if self.data_type == Format.BOOLEAN else self.data_type.lower()


class FoundModule(msgspec.Struct, frozen=True, kw_only=True):
    """A module: dimensions by name, `Time` for months, and line items by name."""

    by: frozenset[str]
    time_scale: str
    line_items: dict[str, FoundLineItem]


class FoundImport(msgspec.Struct, frozen=True, kw_only=True):
    """An import: what it fills, and the file it reads with the columns it expects."""

    import_type: str
    file: str
    """Empty when it reads something else."""
    headers: tuple[str, ...]


class FoundStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a process; `file` is what an import reads."""

    name: str
    file: str


class FoundModel(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the comparison needs, by name."""

    lists: dict[str, str | None]
    """Name to parent; `None` without one. Parents are read of the blueprint's lists only."""
    modules: dict[str, FoundModule]
    """The blueprint's modules, where the model has them."""
    files: frozenset[str]
    imports: dict[str, FoundImport]
    """Of imports the blueprint does not name, the file only."""
    process: tuple[FoundStep, ...] | None
    """The steps of the process that is run; `None` when there is no such process."""


def fetch_found_model(client: AnaplanClient, blueprint: Blueprint, *, process: str) -> FoundModel:
    """Read what the blueprint names: at most about sixty requests.

    Raises:
        AccessError: this user may not read it.
    """
    lists = client.fetch_lists()
    files = {one.id: one.name for one in client.fetch_files()}
    return FoundModel(
        lists=_fetch_parents(client, blueprint, lists),
        modules=_fetch_modules(client, blueprint, {one.id: one.name for one in lists}),
        files=frozenset(files.values()),
        imports={one.name: _fetch_import(client, one, files) for one in client.fetch_imports()},
        process=_fetch_steps(client, process, files),
    )


def _fetch_parents(
    client: AnaplanClient, blueprint: Blueprint, lists: Sequence[NamedObject]
) -> dict[str, str | None]:
    names = {one.id: one.name for one in lists}
    wanted = {one.name for one in blueprint.lists}
    return {
        one.name: names.get(client.fetch_list(one.id).parent_id) if one.name in wanted else None
        for one in lists
    }


def _fetch_modules(
    client: AnaplanClient, blueprint: Blueprint, list_names: Mapping[str, str]
) -> dict[str, FoundModule]:
    wanted = {one.name for one in blueprint.modules}
    return {
        module.name: _build_module(client.fetch_line_items(module.id), list_names)
        for module in client.fetch_modules()
        if module.name in wanted
    }


def _build_module(line_items: Sequence[LineItemInfo], list_names: Mapping[str, str]) -> FoundModule:
    # Subsidiary views aside, every line item of a module applies to the same dimensions.
    dimensions = {name for one in line_items[:1] for name in one.dimensions}
    scale = next((one.time_scale for one in line_items), "") or NO_TIME
    return FoundModule(
        by=frozenset(dimensions | ({TIME} if scale != NO_TIME else set())),
        time_scale=scale,
        line_items={
            one.name: FoundLineItem(
                data_type=one.data_type,
                list_name=list_names.get(one.list_id, ""),
                is_calculated=bool(one.formula),
            )
            for one in line_items
        },
    )


def _fetch_import(
    client: AnaplanClient, found: ImportInfo, files: Mapping[str, str]
) -> FoundImport:
    file = files.get(found.import_data_source_id, "")
    source = client.fetch_import_source(found.id) if file else None
    return FoundImport(
        import_type=found.import_type, file=file, headers=source.headers if source else ()
    )


def _fetch_steps(
    client: AnaplanClient, wanted: str, files: Mapping[str, str]
) -> tuple[FoundStep, ...] | None:
    for process in client.fetch_processes():
        if wanted in (process.id, process.name):
            return tuple(
                FoundStep(name=step.name, file=files.get(step.import_data_source_id, ""))
                for step in client.fetch_process(process.id)
            )
    return None
