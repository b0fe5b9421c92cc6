"""What kind of difference a line shows, and who moved: Sage 300, the model, or our reading.

| the line is | and | kind |
| --- | --- | --- |
| in Anaplan only | says what another line says | doubled line |
| in Anaplan only | Sage names its document elsewhere | line not read |
| in Anaplan only | | not in Sage 300 |
| in Sage only | Anaplan refused it | rejected |
| in Sage only | | missing in Anaplan |
| on both sides | one is marked as deleted | deleted on one side |
| on both sides | the amount has the other sign | sign |
| on both sides | the same in its currency, not in the company's | rate |
| on both sides | another amount | amount |
| on both sides | counted on one side, not on the other | posted, committed, from planning |
| on both sides | another vendor, account, cost center, period | that |

Who moved is told by the ledger, where there is one: a row that was confirmed as Sage has it now was
changed in the model; one that was confirmed otherwise, or never, is older than what Sage has.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ml_connector_command.reconciling._areas import read_number
from ml_connector_command.reconciling._spool import is_same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from ml_connector_command.reconciling._areas import Area, Line
    from ml_connector_command.reconciling._spool import LinePair, Spool

CENTS_MAX: Final = 5
"""In hundredths: a difference this small beside an equal source amount is no rate, but a cent."""


class Cause(StrEnum):
    """Who moved."""

    STALE = "not as the link last loaded it: run the link; if it stays, with --full-refresh"
    MODEL = "changed in Anaplan since it was loaded"
    GONE = "deleted in Anaplan since it was loaded"
    BY_HAND = "made in Anaplan, not by the link"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One line that is not alike on both sides, with its kinds and who moved."""

    id: str
    document: str
    group: tuple[str, ...]
    kinds: tuple[str, ...]
    cause: Cause
    details: str
    sage: Decimal | None
    anaplan: Decimal | None
    place: int


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known beside the lines themselves: the ledger's word, and what Sage says besides."""

    confirmed: Mapping[str, str]
    rejects: Mapping[str, str]
    has_ledger: bool
    spool: Spool


def classify(pair: LinePair, *, area: Area, evidence: Evidence) -> Difference:
    """Say what kind of difference a line shows."""
    there = pair.sage or pair.anaplan
    assert there is not None  # noqa: S101 - a pair has a side
    kinds = tuple(kind for kind, _ in _find_kinds(pair, area, evidence))
    details = "; ".join(text for _, text in _find_kinds(pair, area, evidence) if text)
    return Difference(
        id=pair.id,
        document=there.document,
        group=there.group,
        kinds=kinds,
        cause=_find_cause(pair, evidence),
        details=details,
        sage=pair.sage.amount if pair.sage else None,
        anaplan=pair.anaplan.amount if pair.anaplan else None,
        place=pair.place,
    )


def _find_kinds(pair: LinePair, area: Area, evidence: Evidence) -> Iterator[tuple[str, str]]:
    if pair.sage is None and pair.anaplan is not None:
        yield _find_surplus(pair.anaplan, evidence)
    elif pair.anaplan is None:
        reason = evidence.rejects.get(pair.id)
        yield ("rejected", reason) if reason else ("missing in Anaplan", "")
    elif pair.sage is not None:
        yield from _compare(pair.sage, pair.anaplan, area)


def _find_surplus(line: Line, evidence: Evidence) -> tuple[str, str]:
    twin = evidence.spool.find_twin(line)
    if twin is not None:
        return "doubled line", f"it says what {twin} says"
    if evidence.spool.has_third(line.document):
        return "line not read", f"Sage 300 has {line.document}, its lines did not come"
    return "not in Sage 300", "deleted there, its history was cleared, or older than start_date"


def _compare(sage: Line, anaplan: Line, area: Area) -> Iterator[tuple[str, str]]:
    if sage.is_live != anaplan.is_live:
        where = "Sage 300" if anaplan.is_live else "Anaplan"
        yield "deleted on one side", f"deleted in {where} only"
    if not is_same(sage.amount, anaplan.amount):
        yield _name_amount(sage, anaplan, area)
    elif not is_same(sage.second, anaplan.second):
        name = area.measures[1]
        yield name, f"{name} {sage.second:f} in Sage 300, {anaplan.second:f} in Anaplan"
    for one, ours, theirs in zip(area.groups, sage.group, anaplan.group, strict=True):
        if ours != theirs:
            kind = "period" if one.is_period else one.label
            yield kind, f"{one.label} {ours or 'blank'} in Sage 300, {theirs or 'blank'} in Anaplan"


def _name_amount(sage: Line, anaplan: Line, area: Area) -> tuple[str, str]:
    told = f"{sage.amount:f} in Sage 300, {anaplan.amount:f} in Anaplan"
    if sage.amount and is_same(sage.amount, -anaplan.amount):
        return "sign", told
    if area.source is None:
        return "amount", told
    source, other = (read_number(line.values[area.source]) for line in (sage, anaplan))
    is_foreign = not is_same(source, sage.amount)
    is_small = abs(sage.amount - anaplan.amount) * 100 <= CENTS_MAX
    if is_foreign and source and is_same(source, other) and not is_small:
        rates = (_round(line.amount / source) for line in (sage, anaplan))
        return "rate", f"{told}; at a rate of {' and of '.join(rates)}"
    return "amount", told


def _round(rate: Decimal) -> str:
    return f"{rate:.7f}".rstrip("0").rstrip(".")


def _find_cause(pair: LinePair, evidence: Evidence) -> Cause:
    confirmed = evidence.confirmed.get(pair.id)
    if not evidence.has_ledger:
        return Cause.UNKNOWN
    if pair.sage is None:
        return Cause.BY_HAND if confirmed is None else Cause.STALE
    if confirmed is None:
        return Cause.STALE
    if confirmed != pair.sage.digest:
        return Cause.STALE
    return Cause.MODEL if pair.anaplan else Cause.GONE
