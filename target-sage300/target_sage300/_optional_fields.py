"""Optional fields of lines and documents: Sage's name to the property of the line (sheet §4.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_sage300._settings import PostingSettings

LINE: Final = "optional_fields"
DOCUMENT: Final = "document_optional_fields"
SETTINGS: Final = (LINE, DOCUMENT)
NAME_CHARS_MAX: Final = 12
VALUE_CHARS_MAX: Final = 60


def list_fields(posting: PostingSettings, setting: str) -> tuple[str, ...]:
    """Return the optional fields of a setting, by our names of fields."""
    return tuple(f"{setting}.{name}" for name in sorted(getattr(posting, setting)))


def find_column(posting: PostingSettings, field: str) -> str | None:
    """Return the property an optional field is read from; `None` when the field is none."""
    setting, _, name = field.partition(".")
    return getattr(posting, setting).get(name) if setting in SETTINGS else None


def build_values(
    facts: Mapping[str, str], *, setting: str, collection: str
) -> dict[str, list[dict[str, str]]]:
    """Return the collection that goes into a body; nothing when no field has a value."""
    values = [
        {"OptionalField": field.removeprefix(f"{setting}."), "Value": value}
        for field, value in facts.items()
        if field.startswith(f"{setting}.") and value
    ]
    return {collection: values} if values else {}
