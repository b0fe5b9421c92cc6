"""What may follow a batch that stands open: it is set ready, and posted (Sage sheet §5.1 to §5.3).

How a site spells this nobody knows beforehand (Sage sheet §7, unknown 6). Which property sets a
batch ready is tried, for a wrong one is refused or does nothing. The process that posts is never
tried: one call of it may post every batch that is ready. What keeps it to one batch is identified
from `$metadata` and `('$template')`, or the setting `post_call` says what is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.errors import MismatchError, SettingError
from ml_connector.sage300 import Spelling

from target_sage300._fields import AP_ADJUSTMENT, AP_INVOICE, GL_JOURNAL
from target_sage300._payables import SELECTOR

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from ml_connector.sage300 import EntityType, Property, Sage300Client, ServiceMetadata

BATCH: Final = "{batch}"
"""Stands for the batch's number in the setting `post_call`."""
_BOUNDS: Final = 2
_SELECTORS: Final = ("batchtype", "batchselector")


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """How batches of one kind are set ready and posted."""

    module: str
    batches: str
    process: str
    ready_changes: tuple[Mapping[str, str], ...]
    """What may set a batch ready, the likelier first."""
    one_batch: str
    """The word in the switch's value that keeps the process to the batches named."""
    selector: str = ""
    """What tells its batches from others with the same numbers; blank where nothing has to."""
    has_text_numbers: bool = False
    """Whether numbers of batches are texts, with zeros in front."""

    def build_key(
        self, number: str, spelling: Spelling
    ) -> str | int | Mapping[str, str | int | Decimal]:
        """Return the key of a batch."""
        if not self.selector:
            return number if self.has_text_numbers else int(number)
        name = spelling.name
        return {name("BatchSelector"): self.selector, name("BatchNumber"): int(number)}

    def refuse(self, expected: str, found: str) -> MismatchError:
        """Return the error for a process that cannot be kept to one batch."""
        return MismatchError(
            "process",
            self.process,
            expected=expected,
            found=found,
            remedy="Nothing was posted. Say in postings, under post_call, what the process is to be"
            f" sent, with {BATCH} for the batch's number, as {self.process} of the Web API takes"
            " it; or leave batches ready (post: ready) and post them in Sage 300.",
        )


ROUTES: Final[Mapping[str, Route]] = {
    GL_JOURNAL: Route(
        module="GL",
        batches="GLJournalBatches",
        process="GLPostJournal",
        ready_changes=({"ReadyToPost": "Yes"}, {"Status": "ReadyToPost"}),
        one_batch="range",
        has_text_numbers=True,
    ),
    AP_INVOICE: Route(
        module="AP",
        batches="APInvoiceBatches",
        process="APPostInvoices",
        ready_changes=({"BatchStatus": "ReadyToPost"},),
        one_batch="not",
    ),
    AP_ADJUSTMENT: Route(
        module="AP",
        batches="APPaymentAndAdjustmentBatches",
        process="APPostPaymentsAndAdjustments",
        ready_changes=({"BatchStatus": "ReadyToPost"},),
        one_batch="not",
        selector=SELECTOR,
    ),
}


class BatchSteps:
    """Sets batches of one kind ready, and posts them, one at a time."""

    def __init__(
        self,
        client: Sage300Client,
        metadata: ServiceMetadata,
        *,
        route: Route,
        post_call: Mapping[str, str | int],
    ) -> None:
        """Speak through `client`; `post_call` is what a setting says of the process."""
        self._client = client
        self._metadata = metadata
        self._route = route
        self._batches = Spelling(metadata, route.batches)
        self._given = post_call
        self._call: Mapping[str, str | int] | None = None

    @property
    def ready_changes(self) -> Sequence[Mapping[str, str]]:
        """What may set a batch ready, the likelier first."""
        return self._route.ready_changes

    def set_ready(self, number: str, change: Mapping[str, str]) -> None:
        """Set a batch ready, once, by one of `ready_changes`.

        Raises:
            RemoteError: see `Sage300Client.patch_record`.
        """
        known = {name: value for name, value in change.items() if self._batches.has(name)}
        if known:
            self._client.patch_record(
                self._route.module,
                self._batches.resource,
                self._route.build_key(number, self._batches),
                self._batches.write(known),
            )

    def identify(self) -> None:
        """Find out how exactly one batch is posted; nothing is posted.

        Raises:
            MismatchError: what keeps the process to one batch cannot be identified.
            SettingError: `post_call` has a property that the process does not know.
        """
        if self._call is None:
            route = self._route
            process = self._metadata.find_entity_set(route.process)
            if process is None:
                raise route.refuse("it among the resources of the Web API", "none of that name")
            path = f"{process[0]}('$template')"
            template = self._client.post_record(route.module, path, {}) or {}
            if self._given:
                _check_given(self._given, template, process=route.process)
                self._call = self._given
            else:
                self._call = _build_call(route, process[1], template)

    def post(self, number: str) -> None:
        """Have Sage post exactly this batch; the answer does not say what came of it.

        Raises:
            RemoteError: see `Sage300Client.post_record`.
        """
        self.identify()
        call = self._call or {}
        found = self._metadata.find_entity_set(self._route.process)
        name = found[0] if found else self._route.process
        shown = number if self._route.has_text_numbers else int(number)
        body = {key: shown if value == BATCH else value for key, value in call.items()}
        self._client.post_record(self._route.module, f"{name}('$process')", body)


def check_post_call(call: Mapping[str, str | int], *, kind: str, setting: str) -> None:
    """Refuse a call that would not keep the process to one batch.

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


_EXAMPLES: Final = {
    GL_JOURNAL: "{PostAllBatchesSwitch: 1, ProvisionalPostSwitch: 0, FromBatchNumber: '{batch}',"
    " ToBatchNumber: '{batch}'}",
    AP_INVOICE: "{ProcessAllBatches: Donotpostallbatches, FromBatch: '{batch}', ToBatch:"
    " '{batch}'}",
    AP_ADJUSTMENT: "{BatchType: AD, PostAllBatches: Donotpostallbatches, PostBatchFrom:"
    " '{batch}', PostBatchTo: '{batch}'}",
}


def _check_given(
    given: Mapping[str, str | int], template: Mapping[str, object], *, process: str
) -> None:
    for name in given:
        if name not in template:
            raise SettingError(
                "post_call",
                name,
                f"is not a property of {process}",
                remedy=f"Nothing was posted. Its template has: {', '.join(template)}.",
            )


def _build_call(
    route: Route, process: EntityType, template: Mapping[str, object]
) -> dict[str, str | int]:
    known = [prop for prop in process.properties if prop.name in template]
    call: dict[str, str | int] = {}
    for prop in known:
        lower = prop.name.lower()
        if "provisional" in lower:
            call[prop.name] = _member(route, prop, "actual")
        elif "all" in lower and "batch" in lower:
            call[prop.name] = _member(route, prop, route.one_batch)
    if not any("all" in name.lower() for name in call):
        raise route.refuse("a switch that chooses a range of batches", _names(template))
    for word in ("from", "to"):
        bounds = [prop.name for prop in known if _is_bound(prop.name.lower(), word)]
        call[_only(route, bounds, f"one property for the {word} batch", template)] = BATCH
    if route.selector:
        chosen = [prop.name for prop in known if prop.name.lower() in _SELECTORS]
        name = _only(route, chosen, "one property for the type of batches", template)
        call[name] = route.selector
    return call


def _only(route: Route, names: Sequence[str], expected: str, template: Mapping[str, object]) -> str:
    if len(names) != 1:
        raise route.refuse(expected, _names(template))
    return names[0]


def _is_bound(name: str, word: str) -> bool:
    return "batch" in name and (name.startswith(word) or name.endswith(word))


def _member(route: Route, prop: Property, word: str) -> str:
    """Return the one value of a switch that has `word` in it."""
    found = [member for member in prop.members if word in member.lower()]
    if len(found) != 1:
        shown = ", ".join(prop.members) or "no list of values"
        raise route.refuse(f"one value of {prop.name} with the word {word!r}", shown)
    return found[0]


def _names(template: Mapping[str, object]) -> str:
    return ", ".join(template) or "an empty template"
