"""The posting ledger: batches, entries and lines on their way into Sage 300."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ml_connector.ledger._types import Instant

revision = "0003"
down_revision = "0002"

_STATES = (
    "'prepared', 'sent', 'unknown', 'created', 'ready', 'posted', 'partly_posted',"
    " 'in_error_batch', 'withdrawn', 'refused', 'absent'"
)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "posting_batches",
        sa.Column("batch_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(13), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("prepared_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_posting_batches")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.run_id"], name=op.f("fk_posting_batches_run_id")
        ),
    )
    op.create_index("uq_posting_batches_token", "posting_batches", ["token"], unique=True)
    op.create_index(op.f("ix_posting_batches_run_id"), "posting_batches", ["run_id"])
    op.create_table(
        "posting_entries",
        sa.Column("entry_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(14), nullable=False),
        sa.Column("was_adopted", sa.Boolean(), nullable=False),
        sa.Column("sage_batch", sa.Text(), nullable=True),
        sa.Column("sage_entry", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_posting_entries_state")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_posting_entries")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["posting_batches.batch_id"], name=op.f("fk_posting_entries_batch_id")
        ),
    )
    op.create_index(op.f("ix_posting_entries_batch_id"), "posting_entries", ["batch_id"])
    op.create_index("ix_posting_entries_state", "posting_entries", ["subject", "state"])
    op.create_table(
        "posting_lines",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("is_claimed", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "position", name=op.f("pk_posting_lines")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["posting_entries.entry_id"], name=op.f("fk_posting_lines_entry_id")
        ),
    )
    op.create_index(
        "uq_posting_lines_claimed",
        "posting_lines",
        ["subject", "reference"],
        unique=True,
        sqlite_where=sa.text("is_claimed"),
        postgresql_where=sa.text("is_claimed"),
    )
    op.create_table(
        "posting_steps",
        sa.Column("step_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_posting_steps")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["posting_entries.entry_id"], name=op.f("fk_posting_steps_entry_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_posting_steps_run_id")),
    )
    op.create_index(op.f("ix_posting_steps_entry_id"), "posting_steps", ["entry_id"])
    op.create_table(
        "posting_marks",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("marked_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "mark", name=op.f("pk_posting_marks")),
    )
    op.create_table(
        "posting_inputs",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "subject", "stream", "reference", "digest", name=op.f("pk_posting_inputs")
        ),
    )
    op.create_index(
        "ix_posting_inputs_entry", "posting_inputs", ["subject", "stream", "entry", "sequence"]
    )
    op.create_index("ix_posting_inputs_reference", "posting_inputs", ["subject", "reference"])
