"""The target's settings, parsed once into frozen structs; every refusal names the setting."""

from __future__ import annotations

import difflib
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.anaplan.connection import (
    ConnectionSettings,
    check_connection,
)
from ml_connector.anaplan.connection import SettingProblem as Problem
from ml_connector.errors import SettingError, build_missing_remedy

from target_anaplan._blueprint import CONTROL_MODULE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PLUGIN: Final = "target-anaplan"
CHUNK_MB_MAX: Final = 50  # Anaplan sheet §4.3


class Mode(StrEnum):
    """What a load does to rows of the model that the file does not name."""

    UPSERT = "upsert"
    REPLACE = "replace"


class Send(StrEnum):
    """Which rows are sent: those that differ from what is confirmed, or all of them."""

    CHANGED = "changed"
    ALL = "all"


class UnmappedStreams(StrEnum):
    """What to do with a stream that no load takes."""

    REFUSE = "refuse"
    IGNORE = "ignore"


class KeyPrefix(StrEnum):
    """What stands before every code, for models that hold several companies."""

    NONE = "none"
    COMPANY = "company"


class LoadSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of `loads`: a stream, the file that takes it, and the imports that read the file.

    Or a `list` that is written item by item, without file and imports.

    `columns` maps file column to record property; `key` names the file columns that identify a row;
    `amount` the one that the control module sums; `codes` those that hold codes (`key_prefix`);
    `blanks` what is written into a file column in place of nothing.
    """

    stream: str
    file: str | None = None
    list: str | None = None
    columns: dict[str, str] | None = None
    mode: Mode = Mode.UPSERT
    imports: tuple[str, ...] | None = None
    key: tuple[str, ...] | None = None
    amount: str | None = None
    codes: tuple[str, ...] | None = None
    blanks: dict[str, str] | None = None


class Tolerate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many rows may stay behind before the run ends with exit code 3."""

    rejected: int = 0
    ignored: int = 0
    warned: int = 0


class ControlSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the model says what it holds. An empty module name switches the control off.

    Without `checksum` the line item `Checksum` is compared where the module has it.
    """

    module: str = CONTROL_MODULE
    rows: str = "Rows"
    amount: str = "Amount"
    checksum: str | None = None


class TargetSettings(ConnectionSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything `config_jsonschema` describes, less what the SDK itself handles."""

    loads: tuple[LoadSettings, ...] | None = None
    process: str | None = None
    process_may_skip: tuple[str, ...] = ()
    tolerate: Tolerate = Tolerate()
    control: ControlSettings | None = None
    send: Send = Send.CHANGED
    unmapped_streams: UnmappedStreams = UnmappedStreams.REFUSE
    key_prefix: KeyPrefix = KeyPrefix.NONE
    chunk_mb: int = 10
    poll_seconds: int = 5
    task_timeout_minutes: int = 60
    lease_wait_minutes: int = 10
    trust_end_of_input: bool = False

    def find_load(self, stream: str) -> LoadSettings | None:
        """Return the configured load of `stream`, if there is one."""
        return next((load for load in self.loads or () if load.stream == stream), None)


def parse_settings(config: Mapping[str, object]) -> TargetSettings:
    """Parse `config` into settings, with every secret still as it was written.

    Raises:
        SettingError: for an unknown key (naming the nearest known one), a missing setting, a value
            of the wrong type or outside its range, and for loads that contradict each other.
    """
    known = TargetSettings.__struct_fields__
    own = {key: value for key, value in config.items() if key not in SDK_SETTINGS}
    _refuse_unknown_keys(own, known, where="")
    _check_nested_keys(own)
    for name in REQUIRED_SETTINGS:
        if own.get(name) in (None, ""):
            raise SettingError(
                name, None, "is missing", remedy=build_missing_remedy(name, plugin=PLUGIN)
            )
    present = {key: value for key, value in own.items() if value is not None}
    try:
        settings = msgspec.convert(present, TargetSettings, strict=False)
    except msgspec.ValidationError as error:
        raise _explain_conversion(error) from error
    for problem in _check_settings(settings):
        raise SettingError(problem.setting, problem.value, problem.problem, remedy=problem.remedy)
    return settings


REQUIRED_SETTINGS: Final = ("workspace_id", "model_id")
SDK_SETTINGS: Final = frozenset(
    {
        "stream_maps",
        "stream_map_config",
        "faker_config",
        "flattening_enabled",
        "flattening_max_depth",
        "flattening_max_key_length",
        "validate_records",
    }
)
"""Settings the SDK reads by itself."""


def _check_settings(settings: TargetSettings) -> Iterable[Problem]:
    yield from check_connection(settings, plugin=PLUGIN)
    yield from _check_ranges(settings)
    yield from _check_loads(settings.loads or ())
    if settings.loads is not None and not settings.loads:
        yield Problem("loads", [], "is an empty list", "Name at least one load, or leave it out.")
    if settings.process_may_skip and settings.process is None:
        yield Problem(
            "process_may_skip",
            list(settings.process_may_skip),
            "means nothing without a process",
            "Set process, or remove process_may_skip.",
        )


RANGES: Final = {
    "chunk_mb": (1, CHUNK_MB_MAX),
    "poll_seconds": (1, 300),
    "task_timeout_minutes": (1, 24 * 60),
    "lease_wait_minutes": (0, 24 * 60),
    "requests_per_minute": (1, 600),
}


def _check_ranges(settings: TargetSettings) -> Iterable[Problem]:
    for name, (low, high) in RANGES.items():
        value = getattr(settings, name)
        if not low <= value <= high:
            yield Problem(name, value, f"is not between {low} and {high}", "Choose one between.")
    for name in Tolerate.__struct_fields__:
        value = getattr(settings.tolerate, name)
        if value < 0:
            yield Problem(f"tolerate.{name}", value, "is negative", "Use 0 or more.")


def _check_loads(loads: Iterable[LoadSettings]) -> Iterable[Problem]:
    streams: set[str] = set()
    files: dict[str, str] = {}
    for load in loads:
        file = load.file or load.list or f"{load.stream}.csv"
        if not load.stream:
            yield Problem("loads", None, "an entry has an empty stream", "Name its stream.")
        if load.stream in streams:
            yield Problem(
                "loads", load.stream, "names this stream twice", "Keep one entry per stream."
            )
        if file in files:
            yield Problem(
                "loads",
                file,
                f"is filled by both {files[file]!r} and {load.stream!r}; the later would replace"
                " the earlier",
                "Give each stream its own file or list.",
            )
        streams.add(load.stream)
        files[file] = load.stream
        yield from _check_columns(load)
        if load.list is not None:
            yield from _check_list(load)


def _check_list(load: LoadSettings) -> Iterable[Problem]:
    where = f"loads.{load.stream}"
    for name in ("file", "imports", "key", "amount"):
        value = getattr(load, name)
        if value:
            yield Problem(
                f"{where}.{name}",
                value,
                "means nothing beside list: its items are written one by one, known by their code",
                f"Remove {name}, or load through a file and its imports without list.",
            )
    if "Code" not in (load.columns or {}):
        yield Problem(
            f"{where}.columns",
            None,
            "names no Code, by which the items of the list are known",
            "Map it, such as {Code: VendorNumber, Parent: GroupCode}; other columns are properties"
            " of the list.",
        )


def _check_columns(load: LoadSettings) -> Iterable[Problem]:
    if load.columns is not None and not load.columns:
        yield Problem(
            f"loads.{load.stream}.columns", {}, "is empty", "Map a column, or leave it out."
        )
    if load.imports is not None and not load.imports:
        yield Problem(
            f"loads.{load.stream}.imports", [], "is empty", "Name an import, or leave it out."
        )


def _check_nested_keys(config: Mapping[str, object]) -> None:
    nested = {"tolerate": Tolerate, "control": ControlSettings}
    for name, struct in nested.items():
        value = config.get(name)
        if isinstance(value, dict):
            _refuse_unknown_keys(value, struct.__struct_fields__, where=f"{name}.")
    loads = config.get("loads")
    for position, load in enumerate(loads if isinstance(loads, list) else []):
        if isinstance(load, dict):
            _refuse_unknown_keys(load, LoadSettings.__struct_fields__, where=f"loads[{position}].")


def _refuse_unknown_keys(keys: Iterable[str], known: Iterable[str], *, where: str) -> None:
    names = list(known)
    for key in keys:
        if key in names:
            continue
        nearest = difflib.get_close_matches(key, names, n=1, cutoff=0.0)
        raise SettingError(
            f"{where}{key}",
            None,
            "is not a setting of target-anaplan",
            remedy=f"The nearest known one is {where}{nearest[0]}.",
        )


def _explain_conversion(error: msgspec.ValidationError) -> SettingError:
    # msgspec says "Expected `int`, got `str` - at `$.chunk_mb`"; the value is not repeated, since
    # it may be a secret in the wrong place.
    what, _, path = str(error).partition(" - at ")
    setting = path.strip("`").removeprefix("$.") or "configuration"
    return SettingError(setting, None, what, remedy="See the settings table in the README.")
