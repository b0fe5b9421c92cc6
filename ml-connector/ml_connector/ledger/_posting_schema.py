"""The tables of the posting ledger.

    posting_batches ── posting_entries ── posting_lines      what was prepared, sent, found
                            └──────────── posting_steps      which state followed which, and when
    posting_marks                                            how far a company was looked through
    posting_inputs                                           lines of the run under way

One id stands in the books once: `uq_posting_lines_claimed` is the promise, whatever the code does.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from ml_connector.ledger._posting_states import EntryState
from ml_connector.ledger._schema import Base

_STATES = ", ".join(f"'{state}'" for state in EntryState)


class PostingBatchRow(Base):
    """One batch as it was sent or found; `subject` is the company behind one exact address.

    `token` stands in the batch's description in Sage, a help for people and never the proof.
    `sent_at` is recorded before the batch leaves. What was found in Sage has neither.
    """

    __tablename__ = "posting_batches"
    __table_args__ = (Index("uq_posting_batches_token", "token", unique=True),)

    batch_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    subject: Mapped[str]
    kind: Mapped[str] = mapped_column(String(13))
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.run_id"), index=True)
    token: Mapped[str | None]
    prepared_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class PostingEntryRow(Base):
    """One entry: lines that stand or fall together.

    `content` (JSON) is its header as it was sent or found; `was_adopted` marks what was found in
    Sage without a record here. `sage_batch` and `sage_entry` say where Sage shows it, which posting
    may change (error batches).
    """

    __tablename__ = "posting_entries"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        Index("ix_posting_entries_state", "subject", "state"),
    )

    entry_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    subject: Mapped[str]
    batch_id: Mapped[int] = mapped_column(ForeignKey("posting_batches.batch_id"), index=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(String(14))
    was_adopted: Mapped[bool]
    sage_batch: Mapped[str | None]
    sage_entry: Mapped[str | None]
    reason: Mapped[str | None]
    content: Mapped[str]
    changed_at: Mapped[datetime]


class PostingLineRow(Base):
    """One line; `reference` is the id as it stands in Sage, with origin and revision.

    `content` (JSON) is what was sent, or found.
    """

    __tablename__ = "posting_lines"
    __table_args__ = (
        Index(
            "uq_posting_lines_claimed",
            "subject",
            "reference",
            unique=True,
            sqlite_where=text("is_claimed"),
            postgresql_where=text("is_claimed"),
        ),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("posting_entries.entry_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    reference: Mapped[str]
    is_claimed: Mapped[bool]
    content: Mapped[str]


class PostingStepRow(Base):
    """One step of an entry's life; the first has no state before it.

    `digest` is that of the entry's header and lines, with the first step only.
    """

    __tablename__ = "posting_steps"

    step_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("posting_entries.entry_id"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.run_id"))
    at: Mapped[datetime]
    before: Mapped[str | None]
    after: Mapped[str]
    sage_batch: Mapped[str | None]
    sage_entry: Mapped[str | None]
    reason: Mapped[str | None]
    digest: Mapped[str | None] = mapped_column(String(64))
    # Steps older than the audit of postings have none.
    block_number: Mapped[int | None] = mapped_column(
        ForeignKey("audit_blocks.block_number"), index=True
    )


class PostingMarkRow(Base):
    """How far a company was looked through: the last batch number, the last posting sequence."""

    __tablename__ = "posting_marks"

    subject: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    marked_at: Mapped[datetime]


class PostingInputRow(Base):
    """One line of the run under way, as it came; gone when the next run begins.

    The same id twice with equal content is one row, with different content two. `outcome` and
    `reason` say why a line was neither posted nor refused, or which other line stands for it.
    """

    __tablename__ = "posting_inputs"
    __table_args__ = (
        Index("ix_posting_inputs_entry", "subject", "stream", "entry", "sequence"),
        Index("ix_posting_inputs_reference", "subject", "reference"),
    )

    subject: Mapped[str] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(32), primary_key=True)
    entry: Mapped[str]
    sequence: Mapped[int]
    content: Mapped[str]
    outcome: Mapped[str | None] = mapped_column(String(8))
    reason: Mapped[str | None]
