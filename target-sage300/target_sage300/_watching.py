"""What stands in batches that are not posted yet, where a person ought to know of it."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final

from ml_connector.events import event
from ml_connector.ledger import LEFT_OUT, WATCHED, EntryState

from target_sage300._entries import build_reference
from target_sage300._revisions import read_lines
from target_sage300._settings import ORIGIN_CHARS_MAX
from target_sage300._spooling import is_place

if TYPE_CHECKING:
    from ml_connector.ledger import PostingInputs, RecordedEntry

    from target_sage300._context import Context

log = logging.getLogger(__name__)

_OF_A_MODEL: Final = re.compile(rf"[A-Za-z0-9]{{1,{ORIGIN_CHARS_MAX}}}/")
"""How an id may begin that another model, one with a short name, has."""


def is_own(entry: RecordedEntry, *, origin: str) -> bool:
    """Tell whether all ids of an entry may be of this model: its short name is in front of them."""
    own = (build_reference("", origin=origin), build_reference("", origin=origin.upper()))
    named = (one for one in entry.references if not is_place(one))
    return all(reference.startswith(own) for reference in named)


def is_surely_own(entry: RecordedEntry, *, origin: str) -> bool:
    """Tell whether no other model can have these ids."""
    may_be_others = not origin and any(_OF_A_MODEL.match(one) for one in entry.references)
    return is_own(entry, origin=origin) and not may_be_others


def tell_watched(context: Context, inputs: PostingInputs, *, origin: str, is_whole: bool) -> int:
    """Name what posting refused, and return how many; name what is not in the plan any more.

    `is_whole` says that all streams of the kind have come: what is missing then is not in the plan.
    """
    in_error = 0
    for page in context.postings.pages_in(WATCHED, kind=context.kind.name):
        lines = {line for entry in page for line in read_lines(entry)}
        coming, wanted = inputs.find_coming(lines), inputs.find_coming(lines, but=LEFT_OUT)
        for entry in page:
            if not coming.isdisjoint(read_lines(entry)):
                is_wanted = not wanted.isdisjoint(read_lines(entry))
                if entry.state is EntryState.IN_ERROR_BATCH and is_wanted:
                    in_error += 1
                    _tell_in_error(entry)
            elif is_whole and not entry.was_adopted and is_surely_own(entry, origin=origin):
                tell_not_approved(entry, reason="none of its lines is in the export any more")
    return in_error


def tell_not_approved(entry: RecordedEntry, *, reason: str) -> None:
    """Say of an entry in a batch that may be posted that the model does not want it."""
    event(
        log,
        "entry.not_approved_any_more",
        level=logging.WARNING,
        entry=entry.name or min(entry.references),
        batch=entry.sage_batch,
        state=str(entry.state),
        reason=reason,
        remedy="Whoever posts the batch would post it. Delete it there if it is not to stand, or"
        " approve it again.",
    )


def _tell_in_error(entry: RecordedEntry) -> None:
    event(
        log,
        "entry.in_error_batch",
        level=logging.WARNING,
        entry=entry.name,
        record=min(entry.references),
        batch=entry.sage_batch,
        remedy="Sage 300 refused it when its batch was posted. Correct and post it in Sage 300, or"
        " delete it there; it is not entered again.",
    )
