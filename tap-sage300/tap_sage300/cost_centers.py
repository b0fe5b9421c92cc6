"""Which cost centre an account belongs to: its code in the segment that a setting chooses.

Sage 300 has no cost centres. Companies give accounts segments, and one of them stands for it:
`GLAccounts` shows an account's code in segment n as `AccountSegmentCodeN`, `GLSegmentCodes` lists
the codes of segment `00000N` (Sage sheet §4.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ml_connector.errors import SettingError

from tap_sage300.resources_gl import SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SETTING: Final = "cost_center_segment"
NONE_SETTING: Final = "no_cost_center"
NONE_DEFAULT: Final = "NONE"
NONE_LENGTH_MAX: Final = 15
"""As long as a segment code may be."""
_SEGMENT: Final = re.compile(r"(?:AccountSegmentCode)?0*([0-9]{1,2})", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[^0-9A-Za-z]")


@dataclass(frozen=True, kw_only=True)
class CostCenterRule:
    """What the settings say about cost centres."""

    segment: int | None = None
    """Number of the segment that stands for them; None when accounts have none."""
    none: str | None = NONE_DEFAULT
    """What stands for no cost centre, so that planning has a place for every amount."""

    @property
    def property(self) -> str | None:
        """The property of `GLAccounts` that holds the code."""
        return SEGMENTS[self.segment - 1] if self.segment else None

    def read(self, account: Mapping[str, object]) -> str | None:
        """Return the cost centre of a raw account, what stands for none when it has none."""
        code = fold(account.get(self.property)) if self.property else ""
        return code or self.none

    def describe(self) -> str:
        """Return both settings as bookmarks have them, to tell when they have changed."""
        return f"{self.segment or ''}/{self.none or ''}"

    def covers(self, segment_number: object) -> bool:
        """Say whether codes of that segment (`000002`, `2`) are cost centres."""
        text = str(segment_number or "").strip()
        return self.segment is None or (text.isdigit() and int(text) == self.segment)


def parse_rule(segment: object, none: object) -> CostCenterRule:
    """Read both settings: `2`, `000002` and `AccountSegmentCode2` are the same segment.

    Raises:
        SettingError: it is none of Sage's ten segments, or the code for none is too long.
    """
    return CostCenterRule(segment=_parse_segment(segment), none=_parse_none(none))


class CostCenters:
    """Finds cost centre and unformatted number of an account, formatted or not."""

    def __init__(
        self,
        accounts: Iterable[Mapping[str, object]],
        *,
        rule: CostCenterRule,
        look_up: Callable[[str], Mapping[str, object] | None],
    ) -> None:
        """Take the accounts there are.

        Args:
            accounts: Raw records with both numbers and the code in the chosen segment.
            rule: What the settings say.
            look_up: Fetches an account by its unformatted number, for those added meanwhile.
        """
        self._rule = rule
        self._look_up = look_up
        self._by_number: dict[str, tuple[str, str | None]] = {}
        """Unformatted number and cost centre, by either number."""
        for raw in accounts:
            self._add(raw)

    def find(self, account: str) -> str | None:
        """Return the cost centre of an account, what stands for none when it has none."""
        return self._find(account)[1]

    def find_unformatted(self, account: str) -> str:
        """Return an account's number without separators."""
        return self._find(account)[0]

    def _find(self, account: str) -> tuple[str, str | None]:
        number = fold(account)
        if number and number not in self._by_number:
            self._learn(number)
        return self._by_number.get(number, (number, self._rule.none))

    def _learn(self, number: str) -> None:
        """Ask once for an account that was not there when accounts were read."""
        bare = _SEPARATORS.sub("", number)
        raw = self._look_up(bare) if bare not in self._by_number else None
        if raw is not None:
            self._add(raw)
        self._by_number[number] = self._by_number.get(bare, (bare or number, self._rule.none))

    def _add(self, raw: Mapping[str, object]) -> None:
        number = fold(raw.get("UnformattedAccount"))
        found = (number, self._rule.read(raw))
        for spelling in (number, fold(raw.get("AccountNumber"))):
            if spelling:
                self._by_number[spelling] = found


def fold(value: object) -> str:
    """Return a code as it is compared: upper case, without blanks around it."""
    return str(value if value is not None else "").strip().upper()


def _parse_segment(value: object) -> int | None:
    text = str(value or "").strip()
    if not text:
        return None
    match = _SEGMENT.fullmatch(text)
    number = int(match[1]) if match else 0
    if 1 <= number <= len(SEGMENTS):
        return number
    raise SettingError(
        SETTING,
        value,
        "is not a segment of account numbers",
        remedy="Give its number, 1 to 10, as GLSegmentCodes has it in SegmentNumber; leave the"
        " setting out if accounts have no segment for cost centres.",
    )


def _parse_none(value: object) -> str | None:
    text = fold(NONE_DEFAULT if value is None else value)
    if len(text) <= NONE_LENGTH_MAX:
        return text or None
    raise SettingError(
        NONE_SETTING,
        value,
        f"is longer than {NONE_LENGTH_MAX} characters",
        remedy=f"Give a code as short as a segment code, for example {NONE_DEFAULT}.",
    )
