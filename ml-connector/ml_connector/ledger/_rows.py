"""The values that pass between a target and the ledger: rows, problems, counts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

import msgspec

from ml_connector.ledger._schema import RowState
from ml_connector.wire import decode_as, encode_json


class Sending(StrEnum):
    """Which rows a load sends."""

    CHANGED = "changed"
    ALL = "all"
    REPLACE = "replace"


class Landed(IntEnum):
    """What of a refused row stands in the model all the same."""

    NONE = 0
    ITEM = 1
    ALL = 2


class ModelKey(msgspec.Struct, frozen=True, kw_only=True):
    """Which model, where."""

    workspace: str
    model: str
    destination: str = "anaplan"


class ScopeKey(msgspec.Struct, frozen=True, kw_only=True):
    """Which load of which model, rendered with which columns."""

    workspace: str
    model: str
    load: str
    mapping_digest: str
    destination: str = "anaplan"

    @property
    def model_key(self) -> ModelKey:
        """The model alone."""
        return ModelKey(workspace=self.workspace, model=self.model, destination=self.destination)


class LoadName(msgspec.Struct, frozen=True, kw_only=True):
    """Which load of which model, whatever its columns."""

    destination: str
    workspace: str
    model: str
    load: str


class StagedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row to send: its key in the model, its cells as they stand in the file.

    `digest` is `row_digest(content)`; `amount` and `checksum` are what the control totals count for
    it, the amount in the functional currency; `deleted` marks the last word about a record that is
    gone.
    """

    row_key: str
    content: tuple[str, ...]
    digest: str
    amount: Decimal = Decimal(0)
    checksum: int = 0
    deleted: bool = False


class LoadedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a load, as it is sent."""

    row_key: str
    content: tuple[str, ...]
    digest: str
    amount: Decimal
    checksum: int
    deleted: bool
    origin: str


class RowProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What one import (`source`) said about one row: `E` refused, `W` something left out.

    `landed` defaults to nothing for `E` and to the row for `W`. Of several problems of one row
    the worse status and the lower `landed` count. An `E` with `landed` the row is that of a list
    whose item may have stood there before; beside another `E` nothing landed.
    """

    row_key: str
    source: str
    status: str
    reason: str
    landed: Landed | None = None

    @property
    def landed_or_default(self) -> Landed:
        """What stands in the model."""
        if self.landed is not None:
            return self.landed
        return Landed.NONE if self.status == "E" else Landed.ALL


class KeptReject(msgspec.Struct, frozen=True, kw_only=True):
    """A refused row that is sent again every run until it is settled.

    `content` are its cells under `columns`, those of the mapping it was rendered with.
    """

    row_key: str
    status: str
    reasons: tuple[str, ...]
    columns: tuple[str, ...]
    content: tuple[str, ...]
    amount: Decimal
    tries: int
    first_rejected_at: datetime


class KnownState(msgspec.Struct, frozen=True, kw_only=True):
    """What the model is believed to hold for one key; content is of the last accepted version."""

    row_key: str
    state: RowState
    content: tuple[str, ...] | None
    digest: str | None
    amount: Decimal | None
    checksum: int


class Belief(msgspec.Struct, frozen=True, kw_only=True):
    """What a load's model holds by what was confirmed: rows, and what their cells sum to.

    `checksum` is the sum of a number that each row carries, computed from its other cells: a row
    that stands in the model in another version shows in it, whatever its amount.
    """

    rows: int
    amount: Decimal
    checksum: int = 0


class ControlMemory(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the model's totals ever agreed, and what it held beyond the ledger's rows then."""

    has_agreed: bool
    extra: Belief


class StageCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the rows given were staged, and how many were confirmed already."""

    staged: int
    unchanged: int


class OldRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row rendered with older columns; `plan` is what its target noted with their last load."""

    row_key: str
    columns: tuple[str, ...]
    plan: str
    content: tuple[str, ...]
    deleted: bool


RenderAnew = Callable[[OldRow], StagedRow | None]
"""Renders a row of older columns with the load's own, or tells that it cannot be done."""


class LedgerRows(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger added to a load, and which deletions it left out as never loaded.

    `rendered_anew` of the rows had older columns; `outdated` ones with older columns could not be
    added and wait for the tap to bring them again.
    """

    resent: int
    rejects: int
    not_sent_deletions: int
    rendered_anew: int = 0
    outdated: int = 0


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """How a load ended, in rows: accepted whole, with something left out (`W`), refused (`E`)."""

    confirmed: int
    partly: int
    rejected: int


def row_digest(content: tuple[str, ...]) -> str:
    """Return the digest by which two contents are told apart (128 bits, hexadecimal)."""
    return hashlib.blake2b(encode_json(content), digest_size=16).hexdigest()


def encode_content(content: tuple[str, ...]) -> str:
    """Write the cells of a row as they are stored: a JSON list."""
    return encode_json(content).decode()


def decode_content(stored: str) -> tuple[str, ...]:
    """Read the cells of a stored row."""
    return tuple(decode_as(stored, list[str]))


def staged_values(row: StagedRow) -> dict[str, object]:
    """Return the columns that a row to be sent has in the ledger, whatever its load."""
    return {
        "row_key": row.row_key,
        "content": encode_content(row.content),
        "digest": row.digest,
        "amount": row.amount,
        "checksum": row.checksum,
        "deleted": row.deleted,
    }
