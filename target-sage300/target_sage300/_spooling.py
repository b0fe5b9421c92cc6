"""Lines as they come, spooled for the posting that takes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from ml_connector.ledger import InputLine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_connector.ledger import PostingInputs

    from target_sage300._settings import PostingSettings

SPOOL_LINES: Final = 1000
_PLACE: Final = re.compile(r"line [0-9]+")


@dataclass(slots=True, kw_only=True)
class Spool:
    """The lines of one stream that one posting takes, spooled by the thousand."""

    posting: PostingSettings
    inputs: PostingInputs
    origin: str
    line_count: int = 0
    _waiting: list[InputLine] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What its lines are spooled under."""
        return f"{self.posting.stream} {self.posting.kind}"

    def add(self, record: Mapping[str, object]) -> None:
        """Take one line: spooled at the latest when `flush` returns."""
        self.line_count += 1
        posting = self.posting
        content = {name: as_text(record.get(posting.column(name))) for name in posting.field_names}
        transaction_id = (content["transaction_id"] or "").strip()
        reference = posting.build_reference(transaction_id, origin=self.origin)
        self._waiting.append(
            InputLine(
                # Lines without an id are told apart by their place.
                reference=reference or f"line {self.line_count}",
                entry=(content["entry"] or "").strip(),
                sequence=self.line_count,
                content=content,
            )
        )
        if len(self._waiting) >= SPOOL_LINES:
            self.flush()

    def flush(self) -> None:
        """Spool what waits."""
        if self._waiting:
            self.inputs.add(self.name, self._waiting)
            self._waiting.clear()


class ActiveStream:
    """One stream, and a spool for each of its postings."""

    def __init__(
        self, postings: Sequence[PostingSettings], *, inputs: PostingInputs, origin: str
    ) -> None:
        """Spool into `inputs`."""
        self.spools = tuple(Spool(posting=one, inputs=inputs, origin=origin) for one in postings)

    def add(self, record: Mapping[str, object]) -> None:
        """Take one line, for the posting of its kind; the first one refuses what none takes."""
        first = self.spools[0]
        if len(self.spools) > 1:
            said = (as_text(record.get(first.posting.column("kind"))) or "").strip().lower()
            first = next((one for one in self.spools if one.posting.kind == said), first)
        first.add(record)

    def flush(self) -> None:
        """Spool what waits."""
        for spool in self.spools:
            spool.flush()


def is_place(reference: str) -> bool:
    """Tell whether a line without an id was told apart by its place."""
    return _PLACE.fullmatch(reference) is not None


def as_text(value: object) -> str | None:
    """Write a value as the text it is compared by; nothing stays nothing."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)
