"""G/L entries from A/P documents: which texts they carry, and when lines are merged.

The texts follow the site's G/L integration (Sage sheet §5.2, M): the switches
`ap_gl_reference` and `ap_gl_description`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.ap._money import ZERO

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from ml_connector_sandbox._switches import Switches
    from ml_connector_sandbox.sage300.ap._bookings import Booking

_TEXT_MAX = 60
_COMMENT_MAX = 250


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """The A/P document a G/L entry comes from."""

    source_type: str
    """Of source ledger AP: `IN`, `DB`, `CR`, `IT`, `PY`, `PI`, `AD`, `MC`."""
    vendor: str = ""
    vendor_name: str = ""
    document: str = ""
    order_number: str = ""
    po_number: str = ""
    description: str = ""
    reference: str = ""
    """Of a payment or adjustment."""
    rate_type: str = ""
    batch: int
    entry: int
    sequence: int
    date: dt.date
    posting_date: dt.date
    year: str
    period: str


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalEntry:
    """One G/L entry made by A/P: balanced, texts in place."""

    origin: Origin
    description: str
    lines: tuple[Booking, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Integration:
    """The site's settings for what A/P sends to G/L."""

    reference: str = "document_number"
    description: str = "vendor_name"
    is_consolidated: bool = False


def read_integration(switches: Switches) -> Integration:
    """Read the settings from the switches."""
    return Integration(
        reference=switches.text("ap_gl_reference"),
        description=switches.text("ap_gl_description"),
        is_consolidated=switches.is_on("ap_gl_consolidated"),
    )


def build_journal(
    origin: Origin, bookings: Iterable[Booking], *, integration: Integration
) -> JournalEntry:
    """Give the lines of one document their texts, as the site wants them."""
    pick_reference = _TEXTS[integration.reference]
    pick_description = _TEXTS[integration.description]
    lines = tuple(
        replace(
            line,
            reference=pick_reference(origin, line)[:_TEXT_MAX],
            description=pick_description(origin, line)[:_TEXT_MAX],
            comment=line.comment[:_COMMENT_MAX],
        )
        for line in bookings
    )
    return JournalEntry(
        origin=origin,
        description=f"{origin.vendor} {origin.document}".strip()[:_TEXT_MAX],
        lines=lines,
    )


def consolidate(entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    """Merge entries of one source type and period, and in them lines of one account and rate.

    What told the documents apart is lost: references, descriptions, comments.
    """
    groups: dict[tuple[str, str, str], list[JournalEntry]] = {}
    for entry in entries:
        origin = entry.origin
        groups.setdefault((origin.source_type, origin.year, origin.period), []).append(entry)
    return [_merge(group) for group in groups.values()]


def _merge(entries: list[JournalEntry]) -> JournalEntry:
    last = max(entries, key=lambda entry: entry.origin.posting_date)
    sums: dict[tuple[object, ...], Booking] = {}
    for entry in entries:
        for line in entry.lines:
            # A debit and a credit on one account stay two lines.
            key = (line.account, line.currency, line.rate, line.functional < 0)
            known = sums.get(key)
            sums[key] = replace(
                line,
                functional=line.functional + (known.functional if known else ZERO),
                source=line.source + (known.source if known else ZERO),
                reference="",
                description="",
                comment="",
            )
    origin = replace(last.origin, vendor="", vendor_name="", document="", entry=1)
    return JournalEntry(origin=origin, description="", lines=tuple(sums.values()))


_TEXTS: Mapping[str, Callable[[Origin, Booking], str]] = {
    "document_number": lambda origin, _: origin.document,
    "vendor_number": lambda origin, _: origin.vendor,
    "vendor_name": lambda origin, _: origin.vendor_name,
    "order_number": lambda origin, _: origin.order_number,
    "po_number": lambda origin, _: origin.po_number,
    "description": lambda origin, _: origin.description,
    "entry_reference": lambda origin, _: origin.reference,
    "line_description": lambda _, line: line.description,
    "line_reference": lambda _, line: line.reference,
    "line_comment": lambda _, line: line.comment,
    "batch_entry": lambda origin, _: f"{origin.batch}-{origin.entry}",
    "posting_sequence": lambda origin, _: str(origin.sequence),
    "blank": lambda _, __: "",
}
TEXTS = tuple(_TEXTS)
"""What a text of a G/L detail can be made of."""
