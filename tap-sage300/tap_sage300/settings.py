"""The tap's settings: parsed once, checked before anything is called."""

from __future__ import annotations

import datetime as dt
import difflib
import zoneinfo
from typing import TYPE_CHECKING

import msgspec
from ml_connector.errors import SettingError
from ml_connector.sage300 import Sage300Settings
from ml_connector.secrets import resolve

from tap_sage300.balances import DESIGNATORS, parse_designators
from tap_sage300.cost_centers import CostCenterRule, parse_rule
from tap_sage300.named import SETTING, ResourceName, parse_resource_name
from tap_sage300.postings import PLANNING_DEFAULT, SourceCode, parse_source

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

YEAR_MIN = 1900
PARALLEL_READS_MAX = 8


class TapSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a run needs to know, secrets resolved."""

    connection: Sage300Settings
    start_date: str | None = None
    lookback_days: int = 35
    sweep_days: int = 30
    timezone: str = "UTC"
    ledger_url: str | None = None
    cost_centers: CostCenterRule = CostCenterRule()
    planning_source: SourceCode | None = None
    balances: frozenset[str] = frozenset(DESIGNATORS)
    resources: tuple[ResourceName, ...] = ()
    """Resources to be read beside the typed streams."""
    origin: str = ""
    """The model whose posting results are read."""
    fail_on_refused: bool = False
    parallel_reads: int = 2
    """Requests under way at once, at most."""


def parse_settings(config: Mapping[str, object], *, known: Collection[str]) -> TapSettings:
    """Parse the tap's configuration.

    `known` are the names of all settings, those the SDK adds included.

    Raises:
        SettingError: a setting is missing, unknown or cannot be used.
    """
    check_names(config, known=known)
    return TapSettings(
        connection=_parse_connection(config),
        start_date=_parse_start_date(config.get("start_date")),
        lookback_days=_parse_days(config, "lookback_days", default=35, least=0),
        sweep_days=_parse_days(config, "sweep_days", default=30, least=1),
        timezone=_parse_timezone(config.get("timezone") or "UTC"),
        ledger_url=_parse_optional(config, "ledger_url"),
        cost_centers=parse_rule(config.get("cost_center_segment"), config.get("no_cost_center")),
        planning_source=parse_source(config.get("planning_source", PLANNING_DEFAULT)),
        balances=parse_designators(config.get("balances")),
        resources=_parse_resources(config.get(SETTING)),
        origin=str(config.get("origin") or ""),
        fail_on_refused=config.get("fail_on_refused") is True,
        parallel_reads=_parse_parallel(config),
    )


def check_names(config: Mapping[str, object], *, known: Collection[str]) -> None:
    """Refuse a setting nobody reads; name the nearest one that exists.

    Raises:
        SettingError: there is one.
    """
    for name in config:
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(known))}."
        raise SettingError(name, None, "is not a setting of tap-sage300", remedy=hint)


def _parse_connection(config: Mapping[str, object]) -> Sage300Settings:
    return Sage300Settings(
        base_url=_parse_required(config, "base_url").strip(),
        company=_parse_company(config),
        username=_parse_required(config, "username").strip(),
        password=resolve(str(config.get("password") or ""), setting="password"),
        page_size=_parse_days(config, "page_size", default=0, least=0),
        ca_bundle=_parse_optional(config, "ca_bundle"),
        allow_http=config.get("allow_http") is True,
        read_timeout_s=_parse_days(config, "read_timeout_s", default=300, least=1),
    )


def _parse_company(config: Mapping[str, object]) -> str:
    company = _parse_required(config, "company").strip()
    if company != company.upper():
        raise SettingError(
            "company",
            company,
            "must be upper case",
            remedy=f"Sage 300 knows its companies by upper-case ids: use {company.upper()}.",
        )
    return company


def _parse_required(config: Mapping[str, object], name: str) -> str:
    value = config.get(name)
    if isinstance(value, str) and value.strip():
        return value
    raise SettingError(
        name, None, "is missing", remedy=f"Set {name} (environment: TAP_SAGE300_{name.upper()})."
    )


def _parse_optional(config: Mapping[str, object], name: str) -> str | None:
    value = config.get(name)
    return resolve(value, setting=name) if isinstance(value, str) and value.strip() else None


def _parse_days(config: Mapping[str, object], name: str, *, default: int, least: int) -> int:
    value = config.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    raise SettingError(
        name, value, f"is not a whole number of {least} or more", remedy=f"Default: {default}."
    )


def _parse_parallel(config: Mapping[str, object]) -> int:
    number = _parse_days(config, "parallel_reads", default=2, least=1)
    if number <= PARALLEL_READS_MAX:
        return number
    raise SettingError(
        "parallel_reads",
        number,
        f"is more than {PARALLEL_READS_MAX}",
        remedy="Sage 300 answers a few requests at once, and its users wait meanwhile. Use 2.",
    )


def _parse_resources(value: object) -> tuple[ResourceName, ...]:
    if value in (None, ""):
        return ()
    if not isinstance(value, list):
        raise SettingError(
            SETTING,
            value,
            "is not a list",
            remedy='Give names of resources as a list: ["AP/APTerms", "ICCategories"].',
        )
    names = [parse_resource_name(one) for one in value]
    return tuple({name.identity: name for name in names}.values())


def _parse_start_date(value: object) -> str | None:
    if value in (None, ""):
        return None
    try:
        date = dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        date = None
    if date is None or date.year < YEAR_MIN:
        raise SettingError(
            "start_date", value, "is not a date", remedy="Give it as YYYY-MM-DD, from 1900 on."
        )
    return date.isoformat()


def _parse_timezone(value: object) -> str:
    try:
        zoneinfo.ZoneInfo(str(value))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingError(
            "timezone",
            value,
            "is not a time zone",
            remedy="Use a name such as Europe/Berlin or America/Chicago.",
        ) from error
    return str(value)
