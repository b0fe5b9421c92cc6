"""The ledger's tables, for good: later versions add, through a migration, and never take away.

    models ── scopes ── row_states            what the model is believed to hold
       │         ├───── rejects               what the other side refused, until it is settled
       │         ├───── mappings              which columns a row was rendered with
       │         └───── loads ── loaded_rows ── row_problems      the record trail
       ├── model_marks      └─── task_loads ── tasks              what was asked of the model
    runs ── api_calls ── audit_blocks         the audit trail, chained
    leases                                    who holds what; the lock itself is the system's
    posting_…                                 the way back; see `_posting_schema`

Legal values of every status column are check constraints; uniqueness is a constraint, not a
look-up. Names of constraints follow one convention so that migrations can address them.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ml_connector.ledger._types import Exact, Instant

REVISIONS = ("0001", "0002", "0003", "0004", "0005")
"""Every schema revision this code knows, oldest first; a test compares it with the migrations."""


class RowState(StrEnum):
    """What is known about a row in the model."""

    CONFIRMED = "confirmed"
    PARTLY = "partly"
    UNCERTAIN = "uncertain"


class RejectState(StrEnum):
    """What became of a refused row."""

    KEPT = "kept"
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    DISMISSED = "dismissed"


class LoadState(StrEnum):
    """How far a load came."""

    STAGING = "staging"
    STARTED = "started"
    SETTLED = "settled"
    FAILED = "failed"
    DISCARDED = "discarded"
    NOTHING = "nothing"


class TaskState(StrEnum):
    """How far a task came."""

    INTENDED = "intended"
    STARTED = "started"
    JUDGED = "judged"
    NEVER_STARTED = "never_started"


class Base(DeclarativeBase):
    """The base of all tables of the ledger."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[type, object]] = {
        datetime: Instant(),
        Decimal: Exact(),
        str: Text(),
        int: Integer(),
    }


def _one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Run(Base):
    """One run of a plugin."""

    __tablename__ = "runs"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    plugin: Mapped[str]
    version: Mapped[str]
    subject: Mapped[str]
    host: Mapped[str]
    pid: Mapped[int]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    exit_code: Mapped[int | None]


class AuditBlock(Base):
    """One link of the chain: a digest over what was written and the link before."""

    __tablename__ = "audit_blocks"
    __table_args__ = (CheckConstraint("kind IN ('calls', 'load', 'steps')", name="kind"),)

    block_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.run_id"))
    kind: Mapped[str] = mapped_column(String(8))
    load_id: Mapped[int | None] = mapped_column(ForeignKey("loads.load_id"))
    entry_count: Mapped[int]
    # Two links to one predecessor would be a fork; the constraint makes that impossible.
    previous_digest: Mapped[str] = mapped_column(String(64), unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    written_at: Mapped[datetime]


class ApiCallRow(Base):
    """One call of an API: what was asked and how it ended, without bodies or secrets."""

    __tablename__ = "api_calls"

    block_number: Mapped[int] = mapped_column(
        ForeignKey("audit_blocks.block_number"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.run_id"), index=True)
    at: Mapped[datetime]
    system: Mapped[str]
    method: Mapped[str] = mapped_column(String(8))
    path: Mapped[str]
    status: Mapped[int | None]
    outcome: Mapped[str]
    elapsed_ms: Mapped[int]
    sent_bytes: Mapped[int] = mapped_column(BigInteger)
    received_bytes: Mapped[int] = mapped_column(BigInteger)
    attempt: Mapped[int]


class Model(Base):
    """A model loaded into; `key_prefix` is set by its first load and never changes."""

    __tablename__ = "models"
    __table_args__ = (
        Index(
            "uq_models_destination_workspace_model",
            "destination",
            "workspace",
            "model",
            unique=True,
        ),
    )

    model_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    destination: Mapped[str]
    workspace: Mapped[str]
    model: Mapped[str]
    key_prefix: Mapped[str | None]


class ModelMark(Base):
    """A number last seen in a model: its saved serial number, the length of a list."""

    __tablename__ = "model_marks"

    model_id: Mapped[int] = mapped_column(ForeignKey("models.model_id"), primary_key=True)
    mark: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.run_id"))
    marked_at: Mapped[datetime]


class ScopeRow(Base):
    """One load of one model; `resend_reason` is set while everything must be sent again.

    `control_agreed_at` is when the model's own totals agreed first; the `extra_…` are what the
    model held beyond this ledger's rows, and is taken for known.
    """

    __tablename__ = "scopes"
    __table_args__ = (Index("uq_scopes_model_id_load", "model_id", "load", unique=True),)

    scope_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.model_id"))
    load: Mapped[str]
    resend_reason: Mapped[str | None]
    control_agreed_at: Mapped[datetime | None]
    extra_rows: Mapped[int] = mapped_column(default=0)
    extra_amount: Mapped[Decimal] = mapped_column(default=Decimal(0))
    extra_checksum: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class Mapping(Base):
    """The columns a scope's rows were rendered with; a row of another mapping is not comparable."""

    __tablename__ = "mappings"
    __table_args__ = (Index("uq_mappings_scope_id_digest", "scope_id", "digest", unique=True),)

    mapping_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    scope_id: Mapped[int] = mapped_column(ForeignKey("scopes.scope_id"))
    digest: Mapped[str] = mapped_column(String(64))
    columns: Mapped[str]
    first_used_at: Mapped[datetime]


class LoadRow(Base):
    """One load of one run; at most one per scope is unsettled."""

    __tablename__ = "loads"
    __table_args__ = (
        _one_of("state", LoadState),
        CheckConstraint("sending IN ('changed', 'all', 'replace')", name="sending"),
        Index(
            "uq_loads_scope_id_unsettled",
            "scope_id",
            unique=True,
            sqlite_where=text("state IN ('staging', 'started')"),
            postgresql_where=text("state IN ('staging', 'started')"),
        ),
    )

    load_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.run_id"), index=True)
    scope_id: Mapped[int] = mapped_column(ForeignKey("scopes.scope_id"))
    mapping_id: Mapped[int] = mapped_column(ForeignKey("mappings.mapping_id"))
    sending: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10))
    resends_all: Mapped[bool] = mapped_column(default=False)
    # What the target needs to judge the load after a crash; its own words, JSON.
    plan: Mapped[str]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    rows_read: Mapped[int] = mapped_column(default=0)
    rows_unchanged: Mapped[int] = mapped_column(default=0)
    rows_sent: Mapped[int] = mapped_column(default=0)
    rows_accepted: Mapped[int] = mapped_column(default=0)
    rows_warned: Mapped[int] = mapped_column(default=0)
    rows_rejected: Mapped[int] = mapped_column(default=0)
    rows_ignored: Mapped[int] = mapped_column(default=0)
    amount: Mapped[Decimal | None]
    failure: Mapped[str | None]


class LoadedRowRow(Base):
    """One row of a load with its content as sent; never changed once a task may have read it."""

    __tablename__ = "loaded_rows"
    __table_args__ = (
        CheckConstraint("origin IN ('new', 'reject', 'resend', 'filler')", name="origin"),
        Index("ix_loaded_rows_order", "load_id", "sequence", "row_key"),
    )

    load_id: Mapped[int] = mapped_column(ForeignKey("loads.load_id"), primary_key=True)
    row_key: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str]
    digest: Mapped[str] = mapped_column(String(32))
    amount: Mapped[Decimal]
    checksum: Mapped[int] = mapped_column(default=0, server_default="0")
    deleted: Mapped[bool]
    origin: Mapped[str] = mapped_column(String(8))


class RowProblemRow(Base):
    """What one import said about one row of a load; `E` refused it, `W` left something out.

    `landed` says what stands in the model all the same: 0 nothing, 1 the list item without its
    cells, 2 the row but for what was left out.
    """

    __tablename__ = "row_problems"
    __table_args__ = (
        ForeignKeyConstraint(
            ["load_id", "row_key"], ["loaded_rows.load_id", "loaded_rows.row_key"]
        ),
        CheckConstraint("status IN ('E', 'W')", name="status"),
        CheckConstraint("landed IN (0, 1, 2)", name="landed"),
    )

    load_id: Mapped[int] = mapped_column(primary_key=True)
    row_key: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(1))
    landed: Mapped[int]
    reason: Mapped[str]


class RowStateRow(Base):
    """What the model is believed to hold for one key.

    `content`, `digest`, `amount` and `mapping_id` are of the last version that was accepted, null
    when none was. `load_id` is the last load that sent the key: of an uncertain row, the load
    whose content may or may not have arrived.
    """

    __tablename__ = "row_states"
    __table_args__ = (
        _one_of("state", RowState),
        CheckConstraint(
            "state = 'uncertain' OR (content IS NOT NULL AND digest IS NOT NULL"
            " AND amount IS NOT NULL AND mapping_id IS NOT NULL)",
            name="accepted_has_content",
        ),
    )

    scope_id: Mapped[int] = mapped_column(ForeignKey("scopes.scope_id"), primary_key=True)
    row_key: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(9))
    mapping_id: Mapped[int | None] = mapped_column(ForeignKey("mappings.mapping_id"))
    content: Mapped[str | None]
    digest: Mapped[str | None] = mapped_column(String(32))
    amount: Mapped[Decimal | None]
    checksum: Mapped[int] = mapped_column(default=0, server_default="0")
    deleted: Mapped[bool]
    load_id: Mapped[int] = mapped_column(ForeignKey("loads.load_id"))


class RejectRow(Base):
    """A row the other side refused (`E`) or took in part (`W`); one kept per key at most.

    The reasons are the `row_problems` of `last_load_id` and the key.
    """

    __tablename__ = "rejects"
    __table_args__ = (
        _one_of("state", RejectState),
        CheckConstraint("status IN ('E', 'W')", name="status"),
        Index("ix_rejects_scope_id_row_key", "scope_id", "row_key"),
        Index(
            "uq_rejects_scope_id_row_key_kept",
            "scope_id",
            "row_key",
            unique=True,
            sqlite_where=text("state = 'kept'"),
            postgresql_where=text("state = 'kept'"),
        ),
    )

    reject_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    scope_id: Mapped[int] = mapped_column(ForeignKey("scopes.scope_id"))
    row_key: Mapped[str]
    state: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(1))
    mapping_id: Mapped[int] = mapped_column(ForeignKey("mappings.mapping_id"))
    content: Mapped[str]
    digest: Mapped[str] = mapped_column(String(32))
    amount: Mapped[Decimal]
    checksum: Mapped[int] = mapped_column(default=0, server_default="0")
    deleted: Mapped[bool]
    tries: Mapped[int]
    first_load_id: Mapped[int] = mapped_column(ForeignKey("loads.load_id"))
    last_load_id: Mapped[int] = mapped_column(ForeignKey("loads.load_id"))
    first_rejected_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class TaskRow(Base):
    """One task asked of a model, recorded before it is asked.

    `known_task_ids` (JSON) are the ids that existed before: after a lost answer, the id that is
    not among them is ours.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        _one_of("state", TaskState),
        Index("ix_tasks_open", "model_id", "state"),
    )

    record_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.run_id"), index=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.model_id"))
    kind: Mapped[str]
    object_id: Mapped[str]
    object_name: Mapped[str]
    known_task_ids: Mapped[str]
    task_id: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(13))
    outcome: Mapped[str | None]
    details: Mapped[str | None]
    intended_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    judged_at: Mapped[datetime | None]


class TaskLoad(Base):
    """Which loads a task reads."""

    __tablename__ = "task_loads"

    record_id: Mapped[int] = mapped_column(ForeignKey("tasks.record_id"), primary_key=True)
    load_id: Mapped[int] = mapped_column(ForeignKey("loads.load_id"), primary_key=True, index=True)


class DocumentRow(Base):
    """A document that a tap has emitted, so that a later run can say it, or a line of it, is gone.

    `subject` is the company on its server, `document_key` Sage's own key as text. `content` (JSON)
    is what it takes to emit it once more; `closed_at` and `gone_at` are when the run began that
    first found it closed, or gone.
    """

    __tablename__ = "documents"
    __table_args__ = (
        Index("ix_documents_number", "subject", "kind", "number"),
        Index("ix_documents_is_open", "subject", "kind", "is_open"),
    )

    subject: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    document_key: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str]
    is_open: Mapped[bool]
    content: Mapped[str]
    seen_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]


class LeaseRow(Base):
    """Who took a lease last, for messages; whether it is held is the lock's to say."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    since: Mapped[datetime]
    released_at: Mapped[datetime | None]


def table_of(model: type[Base]) -> Table:
    """Return the table of `model` for statements in SQLAlchemy Core."""
    return cast("Table", model.__table__)
