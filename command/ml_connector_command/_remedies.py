"""What to do about a row that Anaplan refused, by the reason it gave."""

from __future__ import annotations

from typing import Final

_NO_ITEM: Final = (
    "The list has no item of that code: load the stream that brings it, or have a model builder add"
    " it. The row is sent again with every run."
)
_REMEDIES: Final = (
    ("Invalid parent", _NO_ITEM),
    ("Invalid list identifier", _NO_ITEM),
    (
        "Invalid time entity",
        "The model's calendar does not have that month: have a model builder add the year.",
    ),
    (
        "Invalid line item",
        "The import maps a column to a line item that is gone: have a model builder map it again.",
    ),
    (
        "Invalid name",
        "The list takes no blank name, and each once: correct it in Sage 300.",
    ),
    (
        "Invalid code",
        "The list takes each code once, at most 60 characters: correct it in Sage 300.",
    ),
    (
        "Invalid date",
        "The import expects dates like 2026-11-30: have a model builder set that format.",
    ),
    (
        "Invalid number",
        "The import expects numbers with a point and no separators: have a model builder set that.",
    ),
    (
        "Invalid boolean",
        "The import expects true or false: have a model builder set that format.",
    ),
)
_ELSE: Final = (
    "Correct it in Sage 300 or in the model. It is sent again with every run, until it is accepted"
    " or dismissed."
)


def find_remedies(reasons: tuple[str, ...]) -> list[str]:
    """Return what to do about `reasons`, each advice once; an import's name may precede."""
    found = [
        next((remedy for start, remedy in _REMEDIES if f" {start}" in f" {reason}"), _ELSE)
        for reason in reasons
    ]
    return list(dict.fromkeys(found))
