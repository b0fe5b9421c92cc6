"""From two sides in a spool to what differs: groups largest first, lines, third figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from ml_connector_command.reconciling._areas import ZERO, Clearing
from ml_connector_command.reconciling._kinds import Cause, Difference, Evidence, classify
from ml_connector_command.reconciling._spool import is_same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from decimal import Decimal

    from tap_sage300 import ThirdFigures
    from target_anaplan import FreshModel

    from ml_connector_command.reconciling._areas import Area
    from ml_connector_command.reconciling._formulas import FormulaDifference
    from ml_connector_command.reconciling._spool import GroupPair, Spool, ThirdPair

EXAMPLES: Final = 3
BATCH: Final = 500
RUN_MIN: Final = 20
"""As many lines one after the other are hardly single accidents."""


@dataclass
class Why:
    """Why a group differs: kinds with their first ids, and who moved."""

    ids: dict[str, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    causes: Counter[Cause] = field(default_factory=Counter)

    def add(self, difference: Difference) -> None:
        """Count one line."""
        for kind in difference.kinds:
            self.counts[kind] += 1
            examples = self.ids.setdefault(kind, [])
            if len(examples) < EXAMPLES:
                examples.append(difference.id)
        self.causes[difference.cause] += 1

    @override
    def __str__(self) -> str:
        """One sentence per kind, then who moved."""
        said = []
        for kind, count in self.counts.most_common():
            more = f" and {count - EXAMPLES} more" if count > EXAMPLES else ""
            said.append(f"{kind}: {', '.join(self.ids[kind])}{more}")
        causes = [cause for cause, _ in self.causes.most_common() if cause]
        return "; ".join([*said, *(f"({cause})" for cause in causes)])


@dataclass(frozen=True, kw_only=True)
class ThirdDifference:
    """A third figure that the lines do not add up to."""

    document: str
    lines: Decimal | None
    total: Decimal | None
    said: str

    @property
    def size(self) -> Decimal:
        """How large it is."""
        return abs((self.lines or ZERO) - (self.total or ZERO))


@dataclass(kw_only=True)
class Judgement:
    """What was found in one area."""

    area: Area
    line_count: int
    total: Decimal
    group_count: int
    groups: list[GroupPair]
    """Those that differ, the largest difference first."""
    why: dict[tuple[str, ...], Why]
    runs: list[tuple[str, str, int]]
    """First and last of lines missing one after the other, and how many they are."""
    thirds: list[ThirdDifference]
    cleared: int
    """Documents that nothing ties any more: Sage has cleared the one or the other."""
    shared: list[tuple[str, str]] = field(default_factory=list)
    """Numbers that more than one document of Sage has, and which those are."""
    formulas: list[FormulaDifference] = field(default_factory=list)
    """Cells of a calculated module that its lines do not add up to, when that was asked for."""

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.groups or self.thirds or self.shared or self.formulas)


def judge(
    area: Area,
    spool: Spool,
    model: FreshModel,
    *,
    sage: ThirdFigures,
    take: Callable[[Difference], None],
) -> Judgement:
    """Compare one area; `take` is given each line that differs."""
    odd: list[GroupPair] = []
    count, lines, total = 0, 0, ZERO
    for pair in spool.compare_groups():
        count += 1
        lines += pair.sage.lines
        total += pair.sage.amount
        if not is_alike(pair):
            odd.append(pair)
    odd.sort(key=measure, reverse=True)
    why: dict[tuple[str, ...], Why] = {pair.group: Why() for pair in odd}
    missing: list[tuple[int, str]] = []
    for difference, concerned in _compare_lines(area, spool, model, why):
        take(difference)
        for group in concerned:
            why[group].add(difference)
        if "missing in Anaplan" in difference.kinds:
            missing.append((difference.place, difference.id))
    thirds, cleared = _compare_thirds(area, spool, sage)
    return Judgement(
        area=area,
        line_count=lines,
        total=total,
        group_count=count,
        groups=odd,
        why=why,
        runs=list(_find_runs(sorted(missing))),
        thirds=thirds,
        cleared=cleared,
        shared=spool.find_shared(),
    )


def is_alike(pair: GroupPair) -> bool:
    """Tell whether both sides of a group are equal."""
    sage, anaplan = pair.sage, pair.anaplan
    return (
        sage.lines == anaplan.lines
        and is_same(sage.amount, anaplan.amount)
        and is_same(sage.second, anaplan.second)
    )


def measure(pair: GroupPair) -> tuple[Decimal, int]:
    """Return how far a group's sides are apart, to sort by."""
    sage, anaplan = pair.sage, pair.anaplan
    apart = max(abs(sage.amount - anaplan.amount), abs(sage.second - anaplan.second))
    return apart, abs(sage.lines - anaplan.lines)


def _compare_lines(
    area: Area, spool: Spool, model: FreshModel, groups: Iterable[tuple[str, ...]]
) -> Iterator[tuple[Difference, set[tuple[str, ...]]]]:
    wanted = set(groups)
    if not wanted:
        return
    stream = area.load.stream
    rejects, has_ledger = model.find_rejects(stream), model.knows(stream)
    differing = spool.compare_lines(wanted)
    while pairs := list(islice(differing, BATCH)):
        evidence = Evidence(
            confirmed=model.find_confirmed(stream, [pair.id for pair in pairs]),
            rejects=rejects,
            has_ledger=has_ledger,
            spool=spool,
        )
        for pair in pairs:
            sides = {side.group for side in (pair.sage, pair.anaplan) if side is not None}
            yield classify(pair, area=area, evidence=evidence), sides & wanted


def _find_runs(missing: list[tuple[int, str]]) -> Iterator[tuple[str, str, int]]:
    start = 0
    breaks = [
        position
        for position, (one, other) in enumerate(pairwise(missing), start=1)
        if other[0] != one[0] + 1
    ]
    for end in [*breaks, len(missing)]:
        if end - start >= RUN_MIN:
            yield missing[start][1], missing[end - 1][1], end - start
        start = end


def _compare_thirds(
    area: Area, spool: Spool, sage: ThirdFigures
) -> tuple[list[ThirdDifference], int]:
    """Return the differences, and how many documents Sage has cleared: nothing ties those."""
    found: list[ThirdDifference] = []
    cleared = 0
    batches: dict[int, bool] = {}
    may_end = area.ends is Clearing.POSSIBLE
    unit = sage.find_smallest_unit() if may_end else ZERO
    for pair in spool.compare_thirds():
        lines, total = pair.lines or ZERO, pair.total or ZERO
        if is_same(lines, total) or _is_rounding(pair, unit):
            continue
        if may_end and pair.total is None:
            cleared += 1
            continue
        if pair.lines is None and pair.batch is not None:
            # A batch that was purged has no lines any more; its documents stay posted.
            if pair.batch not in batches:
                batches[pair.batch] = sage.has_batch(pair.batch)
            if not batches[pair.batch]:
                cleared += 1
                continue
        found.append(_tell_third(pair))
    return sorted(found, key=lambda one: one.size, reverse=True), cleared


def _is_rounding(pair: ThirdPair, unit: Decimal) -> bool:
    """Tell whether a document and its lines differ by no more than rounding brings about.

    Sage converts each line, the total and the tax by themselves: each may be half a unit off.
    """
    if pair.lines is None or pair.total is None or not pair.converted_count:
        return False
    return abs(pair.lines - pair.total) <= unit * (pair.converted_count + 2) / 2


def _tell_third(pair: ThirdPair) -> ThirdDifference:
    said = "lines and total differ"
    if pair.lines is None:
        said = "its lines did not come: a page of the answer, or a line, is missing"
    elif pair.total is None:
        said = "lines without it"
    return ThirdDifference(document=pair.document, lines=pair.lines, total=pair.total, said=said)
