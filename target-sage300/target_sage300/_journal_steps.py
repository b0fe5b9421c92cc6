"""What may follow a journal batch that stands open: it is set ready, and posted (Sage sheet §5.1).

How a site spells this nobody knows beforehand (Sage sheet §7, unknown 6). Which property sets a
batch ready is tried, for a wrong one is refused or does nothing. `GLPostJournal` is never tried:
left to itself it posts every batch that is ready. Its range switch is identified from `$metadata`
and `('$template')`, or the setting `post_call` says what is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ml_connector.errors import MismatchError, SettingError
from ml_connector.sage300 import Spelling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_connector.sage300 import EntityType, Property, Sage300Client, ServiceMetadata

_MODULE: Final = "GL"
_BATCHES: Final = "GLJournalBatches"
_PROCESS: Final = "GLPostJournal"
BATCH: Final = "{batch}"
"""Stands for the batch's number in the setting `post_call`."""
_BOUNDS: Final = 2
_UNIDENTIFIED: Final = (
    "Nothing was posted. Say in postings, under post_call, what the process is to be sent, with"
    " {batch} for the batch's number, as G/L Post Journal of the Web API describes it; or leave"
    " batches ready (post: ready) and post them in Sage 300."
)


class JournalSteps:
    """Sets journal batches of one company ready, and posts them, one at a time."""

    ready_changes: Sequence[Mapping[str, str]] = ({"ReadyToPost": "Yes"}, {"Status": "ReadyToPost"})
    """What may set a batch ready, the likelier first."""

    def __init__(
        self,
        client: Sage300Client,
        metadata: ServiceMetadata,
        *,
        post_call: Mapping[str, str | int],
    ) -> None:
        """Speak through `client`; `post_call` is what a setting says of the process."""
        self._client = client
        self._metadata = metadata
        self._batches = Spelling(metadata, _BATCHES)
        self._given = post_call
        self._call: Mapping[str, str | int] | None = None

    def set_ready(self, number: str, change: Mapping[str, str]) -> None:
        """Set a batch ready, once, by one of `ready_changes`.

        Raises:
            RemoteError: see `Sage300Client.patch_record`.
        """
        known = {name: value for name, value in change.items() if self._batches.has(name)}
        if known:
            body = self._batches.write(known)
            self._client.patch_record(_MODULE, self._batches.resource, number, body)

    def identify(self) -> None:
        """Find out how exactly one batch is posted; nothing is posted.

        Raises:
            MismatchError: what keeps the process to one batch cannot be identified.
            SettingError: `post_call` has a property that the process does not know.
        """
        if self._call is None:
            process = self._metadata.find_entity_set(_PROCESS)
            if process is None:
                raise _unidentified("it among the resources of the Web API", "none of that name")
            template = self._client.post_record(_MODULE, f"{process[0]}('$template')", {}) or {}
            if self._given:
                _check_given(self._given, template)
                self._call = self._given
            else:
                self._call = _build_call(process[1], template)

    def post(self, number: str) -> None:
        """Have Sage post exactly this batch; the answer does not say what came of it.

        Raises:
            RemoteError: see `Sage300Client.post_record`.
        """
        self.identify()
        call = self._call or {}
        found = self._metadata.find_entity_set(_PROCESS)
        name = found[0] if found else _PROCESS
        body = {key: number if value == BATCH else value for key, value in call.items()}
        self._client.post_record(_MODULE, f"{name}('$process')", body)


def check_post_call(call: Mapping[str, str | int], *, setting: str) -> None:
    """Refuse a call that would not keep the process to one batch.

    Raises:
        SettingError: it does not name the batch twice, or has no switch beside.
    """
    bounds = [name for name, value in call.items() if value == BATCH]
    if call and (len(bounds) != _BOUNDS or len(call) == len(bounds)):
        raise SettingError(
            setting,
            ", ".join(f"{name}: {value}" for name, value in call.items()),
            "does not keep the process to one batch",
            remedy="Give the switch that chooses a range, and first and last batch as {batch}, for"
            " example {PostAllBatchesSwitch: 1, ProvisionalPostSwitch: 0, FromBatchNumber:"
            " '{batch}', ToBatchNumber: '{batch}'}.",
        )


def _check_given(given: Mapping[str, str | int], template: Mapping[str, object]) -> None:
    for name in given:
        if name not in template:
            raise SettingError(
                "post_call",
                name,
                f"is not a property of {_PROCESS}",
                remedy=f"Nothing was posted. Its template has: {', '.join(template)}.",
            )


def _build_call(process: EntityType, template: Mapping[str, object]) -> dict[str, str | int]:
    known = [prop for prop in process.properties if prop.name in template]
    call: dict[str, str | int] = {}
    for prop in known:
        lower = prop.name.lower()
        if "provisional" in lower:
            call[prop.name] = _member(prop, "actual")
        elif "all" in lower and "batch" in lower:
            call[prop.name] = _member(prop, "range")
    if not any("all" in name.lower() for name in call):
        raise _unidentified("a switch that chooses a range of batches", _names(template))
    for word in ("from", "to"):
        bounds = [prop.name for prop in known if _is_bound(prop.name.lower(), word)]
        if len(bounds) != 1:
            raise _unidentified(f"one property for the {word} batch", _names(template))
        call[bounds[0]] = BATCH
    return call


def _is_bound(name: str, word: str) -> bool:
    return "batch" in name and (name.startswith(word) or name.endswith(word))


def _member(prop: Property, word: str) -> str:
    """Return the one value of a switch that has `word` in it."""
    found = [member for member in prop.members if word in member.lower()]
    if len(found) != 1:
        shown = ", ".join(prop.members) or "no list of values"
        raise _unidentified(f"one value of {prop.name} with the word {word!r}", shown)
    return found[0]


def _names(template: Mapping[str, object]) -> str:
    return ", ".join(template) or "an empty template"


def _unidentified(expected: str, found: str) -> MismatchError:
    return MismatchError("process", _PROCESS, expected=expected, found=found, remedy=_UNIDENTIFIED)
