"""Documents a tap has emitted; a checksum beside each row's amount."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ml_connector.ledger._types import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the table and the columns; rows sent before have no checksum in the model either."""
    op.create_table(
        "documents",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "kind", "document_key", name=op.f("pk_documents")),
    )
    op.create_index("ix_documents_number", "documents", ["subject", "kind", "number"])
    op.create_index("ix_documents_is_open", "documents", ["subject", "kind", "is_open"])
    for table in ("loaded_rows", "row_states", "rejects"):
        op.add_column(
            table, sa.Column("checksum", sa.Integer(), nullable=False, server_default="0")
        )
    op.add_column(
        "scopes", sa.Column("extra_checksum", sa.BigInteger(), nullable=False, server_default="0")
    )
