"""What the process that posts is sent, so that it posts exactly one batch (Sage sheet §4.2, §4.3).

The parts of the call are known by words in the names of properties and in the values that
`$metadata` lists. Where that tells all of them, the call is built; else the setting `post_call`
gives it, and what can be told is held against it all the same.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.errors import SettingError

from target_sage300._fields import AP_ADJUSTMENT, AP_INVOICE, GL_JOURNAL
from target_sage300._routes import BATCH, ROUTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_connector.sage300 import EntityType, Property

    from target_sage300._routes import Route

_BOUNDS: Final = 2
_SELECTORS: Final = ("batchtype", "batchselector")
_EXAMPLES: Final = {
    GL_JOURNAL: "{PostAllBatchesSwitch: PostbyBatchRange, ProvisionalPostSwitch: ActualPost,"
    " FromBatchNumber: '{batch}', ToBatchNumber: '{batch}'}",
    AP_INVOICE: "{ProcessAllBatches: Donotpostallbatches, FromBatch: '{batch}', ToBatch:"
    " '{batch}'}",
    AP_ADJUSTMENT: "{BatchType: AD, PostAllBatches: Donotpostallbatches, PostBatchFrom:"
    " '{batch}', PostBatchTo: '{batch}'}",
}


class Part(StrEnum):
    """What a property of the process is for, as messages name it."""

    ACTUAL = "a switch between actual and provisional posting"
    RANGE = "a switch that chooses a range of batches"
    FIRST = "one property for the from batch"
    LAST = "one property for the to batch"
    SELECTOR = "one property for the type of batches"


_ENDS: Final = {Part.FIRST: "from", Part.LAST: "to"}


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A property of the process that is known by its name."""

    name: str
    part: Part
    members: tuple[str, ...] = ()
    value: str | None
    """What it is to be sent, where that can be told."""


def check_post_call(call: Mapping[str, str | int], *, kind: str, setting: str) -> None:
    """Refuse a call that cannot keep any process to one batch, whatever its properties mean.

    Raises:
        SettingError: it does not name the batch twice, or has no switch beside, or does not say
            that the batch is one of adjustments.
    """
    if not call:
        return
    selector = ROUTES[kind].selector
    bounds = [name for name, value in call.items() if value == BATCH]
    selected = [name for name, value in call.items() if selector and value == selector]
    has_switch = len(call) > len(bounds) + len(selected)
    if len(bounds) != _BOUNDS or not has_switch or len(selected) != bool(selector):
        raise SettingError(
            setting,
            ", ".join(f"{name}: {value}" for name, value in call.items()),
            "does not keep the process to one batch",
            remedy="Give the switch that chooses a range, and first and last batch as {batch}, for"
            f" example {_EXAMPLES[kind]}.",
        )


def build_call(
    route: Route, process: EntityType, template: Mapping[str, object]
) -> dict[str, str | int]:
    """Return the call that posts one batch, as the process shows itself.

    Raises:
        MismatchError: it does not tell all of it.
    """
    found = _recognise(route, process, template)
    for part in (Part.RANGE, Part.FIRST, Part.LAST, *([Part.SELECTOR] if route.selector else [])):
        count = sum(one.part is part for one in found)
        if count == 0 or (count > 1 and part is not Part.RANGE):
            raise route.refuse(part, _names(template))
    for one in found:
        if one.value is None:
            word = _find_word(route, one.part)
            shown = ", ".join(one.members) or "no list of values"
            raise route.refuse(f"one value of {one.name} with the word {word!r}", shown)
    return {one.name: one.value for one in found if one.value is not None}


def check_call(
    given: Mapping[str, str | int],
    route: Route,
    process: EntityType,
    template: Mapping[str, object],
) -> None:
    """Refuse a call that this process does not have, or may take for more than the one batch.

    Raises:
        SettingError: by the name of the property.
    """
    for name, value in given.items():
        if name not in template:
            raise SettingError(
                f"post_call.{name}",
                value,
                f"is not a property of {route.process}",
                remedy=f"Nothing was posted. Its template has: {_names(template)}.",
            )
    found = _recognise(route, process, template)
    for one in found:
        may_lack = one.part is Part.ACTUAL and one.name not in given
        if one.value is not None and not may_lack and given.get(one.name) != one.value:
            raise _widens(route, one.name, given.get(one.name), remedy=f"Give {one.value}.")
    switches = [one for one in found if one.part is Part.RANGE]
    if all(one.value is None for one in switches):
        named = {one.name for one in found}
        others = [name for name, value in given.items() if name not in named and value != BATCH]
        _check_untold(given, [one.name for one in switches] or others, route, template)


def _check_untold(
    given: Mapping[str, str | int],
    switches: Sequence[str],
    route: Route,
    template: Mapping[str, object],
) -> None:
    """Hold the switch against its default, which is every batch in G/L, and in A/P none."""
    stay = all(_is_same(given.get(name), template[name]) for name in switches)
    if stay is route.posts_all_by_default:
        name = ", ".join(switches) or "the switch"
        value = ", ".join(str(given[one]) for one in switches if one in given)
        wanted = "another value than" if stay else "the value"
        default = ", ".join(str(template[one]) for one in switches)
        raise _widens(route, name, value, remedy=f"Give it {wanted} {default}, its default.")


def _widens(route: Route, name: str, value: object, *, remedy: str) -> SettingError:
    return SettingError(
        f"post_call.{name}",
        value,
        f"would not keep {route.process} to one batch",
        remedy=f"Nothing was posted. {remedy}",
    )


def _recognise(route: Route, process: EntityType, template: Mapping[str, object]) -> list[Known]:
    parts = [
        (prop, part)
        for prop in process.properties
        if prop.name in template
        and (part := _find_part(prop.name.lower())) is not None
        and (route.selector or part is not Part.SELECTOR)
    ]
    return [
        Known(
            name=prop.name,
            part=part,
            members=prop.members,
            value=_find_value(route, prop, part)
            if part in (Part.RANGE, Part.ACTUAL) or [one for _, one in parts].count(part) == 1
            else None,
        )
        for prop, part in parts
    ]


def _find_part(name: str) -> Part | None:
    if "provisional" in name:
        return Part.ACTUAL
    if "all" in name and "batch" in name:
        return Part.RANGE
    if name in _SELECTORS:
        return Part.SELECTOR
    return next(
        (
            part
            for part, word in _ENDS.items()
            if "batch" in name and (name.startswith(word) or name.endswith(word))
        ),
        None,
    )


def _find_value(route: Route, prop: Property, part: Part) -> str | None:
    if part in _ENDS:
        return BATCH
    if part is Part.SELECTOR:
        return route.selector
    found = [one for one in prop.members if _find_word(route, part) in one.lower()]
    return found[0] if len(found) == 1 else None


def _find_word(route: Route, part: Part) -> str:
    return "actual" if part is Part.ACTUAL else route.one_batch


def _is_same(value: object, default: object) -> bool:
    return value == default or str(value).casefold() == str(default).casefold()


def _names(template: Mapping[str, object]) -> str:
    return ", ".join(template) or "an empty template"
