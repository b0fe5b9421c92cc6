"""What the model has, compared with what the settings ask for, before anything is uploaded."""

from __future__ import annotations

import codecs
import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ml_connector.errors import MismatchError

from target_anaplan._blueprint import BLUEPRINT_TARGETS, order_of_load
from target_anaplan._control import ControlTotals
from target_anaplan._judging import ImportKind, PlannedImport
from target_anaplan._lists import ListTarget, complete_settings, find_list
from target_anaplan._mapping import build_mapping
from target_anaplan._rendering import FileFormat
from target_anaplan._settings import LoadSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ml_connector.anaplan import (
        AnaplanClient,
        FileInfo,
        ImportInfo,
        ImportSource,
        ModelInfo,
        ProcessAction,
    )
    from ml_connector.ledger import Belief

    from target_anaplan._mapping import RowMapping
    from target_anaplan._settings import TargetSettings

LIST_IMPORT: Final = "HIERARCHY_DATA"
UNUSABLE_STATES: Final = {
    "ARCHIVED": "Ask a workspace administrator to restore the model.",
    "LOCKED": "Ask a workspace administrator to unlock the model.",
    "MAINTENANCE": "Run again when the model's maintenance is over.",
    "PRODUCTION_MAINTENANCE": "Run again when the model's maintenance is over.",
}
"""Model states in which nothing can be loaded (Anaplan sheet §3.4), and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessPlan:
    """The process to run and its steps."""

    id: str
    name: str
    actions: tuple[ProcessAction, ...]

    def imports_of(self, file_id: str) -> list[str]:
        """Ids of the steps that read a file, in the process's order."""
        return [one.id for one in self.actions if one.import_data_source_id == file_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """A stream, the file that takes it, and the imports that will read the file.

    Of a load into a `list` there is neither; `format` then has its columns only.
    """

    settings: LoadSettings
    file_id: str
    file_name: str
    format: FileFormat
    mapping: RowMapping
    imports: tuple[PlannedImport, ...]
    list_target: ListTarget | None = None

    @property
    def stream(self) -> str:
        """The stream, which is the load's name as well."""
        return self.settings.stream

    @property
    def cell_imports(self) -> list[str]:
        """Names of the imports that fill cells, not only a list."""
        return [one.name for one in self.imports if one.kind is not ImportKind.LIST]


@dataclass(slots=True, kw_only=True)
class Catalog:
    """The model's files, imports and process, as far as this run needs them."""

    settings: TargetSettings
    client: AnaplanClient
    model: ModelInfo
    files: tuple[FileInfo, ...]
    imports: tuple[ImportInfo, ...]
    process: ProcessPlan | None
    _sources: dict[str, ImportSource] = field(default_factory=dict)

    def plan_load(self, stream: str) -> LoadPlan | None:
        """Plan the load of `stream`, or return `None` when no load takes it.

        Raises:
            MismatchError: file, imports or columns are not in the model as the settings say.
        """
        load = self.find_load(stream)
        if load is None:
            return None
        if load.list is not None:
            return self._plan_list(load)
        file = self._find_file(load)
        imports = self._find_imports(load, file)
        source = self._fetch_source(imports[0])
        prefix = self.settings.key_prefix
        separator = source.decimal_separator or "."
        return LoadPlan(
            settings=load,
            file_id=file.id,
            file_name=file.name,
            format=_build_format(load, source),
            mapping=build_mapping(load, source.headers, prefix=prefix, decimal_separator=separator),
            imports=tuple(_planned(one) for one in imports),
        )

    def _plan_list(self, load: LoadSettings) -> LoadPlan:
        load = complete_settings(load)
        target = find_list(self.client, load)
        headers = tuple(load.columns or {})
        return LoadPlan(
            settings=load,
            file_id="",
            file_name="",
            format=FileFormat(headers=headers),
            mapping=build_mapping(load, headers, prefix=self.settings.key_prefix),
            imports=(),
            list_target=target,
        )

    def find_load(self, stream: str) -> LoadSettings | None:
        """Find the configured load, or the default one: file `<stream>.csv` that imports read."""
        if self.settings.loads is not None:
            return self.settings.find_load(stream)
        name = f"{stream}.csv"
        read = {one.import_data_source_id for one in self.imports}
        if any(file.name == name and file.id in read for file in self.files):
            return LoadSettings(stream=stream)
        return None

    def possible_streams(self) -> list[str]:
        """Streams that some load takes, in the order of loading."""
        if self.settings.loads is not None:
            return [load.stream for load in self.settings.loads]
        read = {one.import_data_source_id for one in self.imports}
        names = [file.name for file in self.files if file.id in read]
        streams = [name.removesuffix(".csv") for name in names if name.endswith(".csv")]
        return sorted(streams, key=order_of_load)

    def own_streams(self) -> list[str]:
        """Streams that this target's runs load: a file the process does not read is another's."""
        return [stream for stream in self.possible_streams() if not self.passes_over(stream)]

    def passes_over(self, stream: str) -> bool:
        """Tell whether the process reads nothing of a file that no configured load names.

        The model may have files for others; a run that brings the stream all the same refuses it.
        """
        if self.process is None or self.settings.loads is not None:
            return False
        file = self._find_file(LoadSettings(stream=stream))
        return not self.process.imports_of(file.id)

    def leave_out_cells(
        self, stream: str, totals: ControlTotals, expected: Belief
    ) -> ControlTotals:
        """Return what of `totals` the load's imports answer for: without cells, its rows only."""
        load = self.find_load(stream)
        if load is None:
            return totals
        imports = [] if load.list else self._find_imports(load, self._find_file(load))
        if any(one.import_type != LIST_IMPORT for one in imports):
            return totals
        return ControlTotals(rows=totals.rows, amount=expected.amount)

    def check_sources(self, plan: LoadPlan) -> None:
        """Check that every import of the file still expects the columns that will be sent.

        Raises:
            MismatchError: one of them expects others; both sides are named.
        """
        for one in plan.imports:
            source = self._fetch_source(one)
            if source.headers != plan.format.headers:
                raise MismatchError(
                    "import",
                    one.name,
                    expected=f"the columns {', '.join(plan.format.headers)}",
                    found=", ".join(source.headers),
                    remedy="Ask the model builder to give all imports of"
                    f" {plan.file_name} the same source definition.",
                )

    def _find_file(self, load: LoadSettings) -> FileInfo:
        wanted = load.file or f"{load.stream}.csv"
        for file in self.files:
            if wanted in (file.id, file.name):
                return file
        names = [file.name for file in self.files]
        raise MismatchError(
            "file of load",
            load.stream,
            expected=f"an Anaplan file {wanted!r}",
            found=_some(names),
            remedy="Correct loads.file, or have the model builder create it"
            f"{_near(wanted, names)}.",
        )

    def _find_imports(self, load: LoadSettings, file: FileInfo) -> list[ImportInfo]:
        readers = [one for one in self.imports if one.import_data_source_id == file.id]
        wanted = load.imports
        needed = [self._find_import(load, name) for name in wanted or ()]
        if self.settings.loads is None:
            needed = _find_blueprint_imports(load.stream, file, readers)
        chosen = readers if wanted is None else needed
        for one in chosen:
            if one.import_data_source_id != file.id:
                raise MismatchError(
                    "import",
                    one.name,
                    expected=f"to read the file {file.name!r} of load {load.stream}",
                    found="another source",
                    remedy="Correct loads.imports or loads.file.",
                )
        if self.process is not None:
            chosen = self._keep_steps(load, file, needed, self.process)
        if not chosen:
            raise MismatchError(
                "file",
                file.name,
                expected="an import that reads it",
                found="none",
                remedy="Have the model builder create one, or correct loads.file.",
            )
        return chosen

    def _find_import(self, load: LoadSettings, wanted: str) -> ImportInfo:
        for one in self.imports:
            if wanted in (one.id, one.name):
                return one
        names = [one.name for one in self.imports]
        raise MismatchError(
            "import of load",
            load.stream,
            expected=repr(wanted),
            found=_some(names),
            remedy=f"Correct loads.imports{_near(wanted, names)}.",
        )

    def _keep_steps(
        self,
        load: LoadSettings,
        file: FileInfo,
        needed: Sequence[ImportInfo],
        process: ProcessPlan,
    ) -> list[ImportInfo]:
        steps = process.imports_of(file.id)
        missing = [one.name for one in needed if one.id not in steps]
        if not steps or missing:
            raise MismatchError(
                "process",
                process.name,
                expected=f"to run {', '.join(missing) or f'an import of {file.name}'}"
                f" (load {load.stream})",
                found=_some([one.name for one in process.actions]),
                remedy="Have the model builder add the import to the process, or remove the load.",
            )
        by_id = {one.id: one for one in self.imports}
        return [by_id[step] for step in steps if step in by_id]

    def _fetch_source(self, action: ImportInfo | PlannedImport) -> ImportSource:
        if action.id not in self._sources:
            source = self.client.fetch_import_source(action.id)
            if source is None:
                raise MismatchError(
                    "import",
                    action.name,
                    expected="to read a file",
                    found="an import from a model",
                    remedy="Correct loads.imports.",
                )
            self._sources[action.id] = source
        return self._sources[action.id]


def fetch_catalog(client: AnaplanClient, settings: TargetSettings) -> Catalog:
    """Read the model's catalog: four requests, two more with a process.

    Raises:
        AccessError: the model is not there or this user may not read it.
        MismatchError: the model is archived, locked or in maintenance; the process is unknown.
    """
    model = client.fetch_model()
    _check_model(model, settings)
    imports = tuple(client.fetch_imports())
    catalog = Catalog(
        settings=settings,
        client=client,
        model=model,
        files=tuple(client.fetch_files()),
        imports=imports,
        process=_fetch_process(client, settings.process) if settings.process else None,
    )
    _check_may_skip(catalog)
    return catalog


def _check_model(model: ModelInfo, settings: TargetSettings) -> None:
    remedy = UNUSABLE_STATES.get(model.active_state)
    if remedy is not None:
        raise MismatchError(
            "model",
            model.name,
            expected="open for writing",
            found=model.active_state,
            remedy=remedy,
        )
    if model.workspace_id and model.workspace_id != settings.workspace_id:
        raise MismatchError(
            "model",
            model.name,
            expected=f"in workspace {settings.workspace_id}",
            found=f"in workspace {model.workspace_id}",
            remedy="Correct workspace_id or model_id.",
        )


def _fetch_process(client: AnaplanClient, wanted: str) -> ProcessPlan:
    processes = client.fetch_processes()
    for process in processes:
        if wanted in (process.id, process.name):
            actions = client.fetch_process(process.id)
            return ProcessPlan(id=process.id, name=process.name, actions=tuple(actions))
    names = [process.name for process in processes]
    raise MismatchError(
        "process",
        wanted,
        expected="a process of the model",
        found=_some(names),
        remedy="Correct the setting process, or ask for the right to run it"
        f"{_near(wanted, names)}.",
    )


def _check_may_skip(catalog: Catalog) -> None:
    names = {file.name for file in catalog.files} | {file.id for file in catalog.files}
    for name in catalog.settings.process_may_skip:
        if name not in names:
            raise MismatchError(
                "process_may_skip",
                name,
                expected="an Anaplan file",
                found=_some([file.name for file in catalog.files]),
                remedy="Correct the name.",
            )


def _find_blueprint_imports(
    stream: str, file: FileInfo, readers: Sequence[ImportInfo]
) -> list[ImportInfo]:
    """Find the imports that the blueprint names for the file of `stream`, when it is one of its.

    Raises:
        MismatchError: one of them is missing: its cells would stay empty in silence.
    """
    by_name = {one.name: one for one in readers}
    names = [f"{target} from {file.name}" for target in BLUEPRINT_TARGETS.get(stream, ())]
    missing = [name for name in names if name not in by_name]
    if missing:
        raise MismatchError(
            "file",
            file.name,
            expected=f"to be read by import {' and '.join(repr(name) for name in missing)}",
            found=_some(list(by_name)),
            remedy="Have the model builder create it as the blueprint says; for a model of another"
            f" build name the imports in loads (stream {stream}).",
        )
    return [by_name[name] for name in names]


def _planned(one: ImportInfo) -> PlannedImport:
    kind = ImportKind.LIST if one.import_type == LIST_IMPORT else ImportKind.OTHER
    return PlannedImport(id=one.id, name=one.name, kind=kind)


def _build_format(load: LoadSettings, source: ImportSource) -> FileFormat:
    encoding = source.encoding or "UTF-8"
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise MismatchError(
            "file of load",
            load.stream,
            expected="an encoding this target can write",
            found=encoding,
            remedy="Have the model builder define the file as UTF-8.",
        ) from error
    if not source.headers:
        raise MismatchError(
            "file of load",
            load.stream,
            expected="a header row in the import's source",
            found="no column names",
            remedy="Have the model builder define the import with a header row.",
        )
    return FileFormat(
        headers=source.headers,
        separator=source.separator or ",",
        delimiter=source.delimiter,
        encoding=encoding,
        header_row=source.header_row,
        first_data_row=source.first_data_row,
    )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:10]) or "none"
    return f"{shown}, … ({len(names)} in all)" if len(names) > 10 else shown  # noqa: PLR2004


def _near(wanted: str, names: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(wanted, list(names), n=1)
    return f" (nearest: {nearest[0]!r})" if nearest else ""
