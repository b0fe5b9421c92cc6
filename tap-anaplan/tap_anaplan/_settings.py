"""The tap's settings, parsed once into frozen structs; every refusal names the setting."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.anaplan.connection import ConnectionSettings, SettingProblem, check_connection
from ml_connector.errors import SettingError, build_missing_remedy

from tap_anaplan._values import Kind, ValueFormats
from tap_anaplan.streams import METADATA

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

PLUGIN: Final = "tap-anaplan"


class TableSettings(ValueFormats, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of `exports`, `views` or `lists`: its stream, its key, how values are written."""

    stream: str | None = None
    key_properties: tuple[str, ...] | None = None
    replication_key: str | None = None
    types: dict[str, Kind] = msgspec.field(default_factory=dict)


class ExportSettings(TableSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which export, by name or id."""

    export: str
    encoding: str | None = None


class ViewSettings(TableSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which view, by name or id; a saved one is named `Module.View`, a default one `Module`."""

    view: str


class ListSettings(TableSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which list, by name or id."""

    list: str


class TapSettings(ConnectionSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything `config_jsonschema` describes, less what the SDK itself handles."""

    exports: tuple[ExportSettings, ...] | None = None
    views: tuple[ViewSettings, ...] = ()
    lists: tuple[ListSettings, ...] = ()
    metadata: tuple[str, ...] = ()
    task_timeout_minutes: int = 60
    lease_wait_minutes: int = 10


def parse_settings(config: Mapping[str, object], *, known: Collection[str]) -> TapSettings:
    """Parse `config` into settings, with every secret still as it was written.

    Raises:
        SettingError: a setting is unknown (the nearest of `known` is named), missing or unusable.
    """
    _refuse_unknown(config, known)
    names = TapSettings.__struct_fields__
    present = {key: one for key, one in config.items() if key in names and one is not None}
    for name in ("workspace_id", "model_id"):
        if not present.get(name):
            raise SettingError(
                name, None, "is missing", remedy=build_missing_remedy(name, plugin=PLUGIN)
            )
    try:
        settings = msgspec.convert(present, TapSettings, strict=False)
    except msgspec.ValidationError as error:
        # The value is not repeated: it may be a secret in the wrong place.
        what, _, path = str(error).partition(" - at ")
        setting = path.strip("`").removeprefix("$.") or "configuration"
        remedy = "See the settings table in the README."
        raise SettingError(setting, None, what, remedy=remedy) from error
    for problem in _check(settings):
        raise SettingError(problem.setting, problem.value, problem.problem, remedy=problem.remedy)
    return settings


def _refuse_unknown(config: Mapping[str, object], known: Collection[str]) -> None:
    for key in config:
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.0)
            remedy = f"The nearest known one is {nearest[0]}."
            raise SettingError(key, None, f"is not a setting of {PLUGIN}", remedy=remedy)


def _check(settings: TapSettings) -> Iterable[SettingProblem]:
    yield from check_connection(settings, plugin=PLUGIN)
    for name, (low, high) in _RANGES.items():
        value = getattr(settings, name)
        if not low <= value <= high:
            yield SettingProblem(
                name, value, f"is not between {low} and {high}", "Choose one between."
            )
    for name in settings.metadata:
        if name not in METADATA:
            known = ", ".join(METADATA)
            yield SettingProblem("metadata", name, "is no metadata", f"Choose among {known}.")
    for kind, name, entry in _name_entries(settings):
        problem = entry.find_problem()
        if problem is not None:
            field, value, what = problem
            yield SettingProblem(f"{kind}.{name}.{field}", value, what, "See the README, Values.")


def _name_entries(settings: TapSettings) -> Iterable[tuple[str, str, TableSettings]]:
    yield from (("exports", one.export, one) for one in settings.exports or ())
    yield from (("views", one.view, one) for one in settings.views)
    yield from (("lists", one.list, one) for one in settings.lists)


_RANGES: Final = {
    "task_timeout_minutes": (1, 24 * 60),
    "lease_wait_minutes": (0, 24 * 60),
    "requests_per_minute": (1, 600),
}
