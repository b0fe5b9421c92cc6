"""Steps of entries are linked to the audit chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns, and the new kind of block."""
    for column in (
        sa.Column("sage_batch", sa.Text(), nullable=True),
        sa.Column("sage_entry", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=True),
    ):
        op.add_column("posting_steps", column)
    # SQLite changes neither a check nor a foreign key of a table that stands: it is copied.
    with op.batch_alter_table("posting_steps") as steps:
        steps.add_column(sa.Column("block_number", sa.Integer(), nullable=True))
        steps.create_foreign_key(
            op.f("fk_posting_steps_block_number"), "audit_blocks", ["block_number"], ["block_number"]
        )
        steps.create_index(op.f("ix_posting_steps_block_number"), ["block_number"])
    with op.batch_alter_table("audit_blocks") as blocks:
        blocks.drop_constraint(op.f("ck_audit_blocks_kind"), type_="check")
        blocks.create_check_constraint(
            op.f("ck_audit_blocks_kind"), "kind IN ('calls', 'load', 'steps')"
        )
