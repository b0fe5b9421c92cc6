"""What is said of lines that were neither posted nor refused, for the results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; lines of the run before the change have no outcome."""
    op.add_column("posting_inputs", sa.Column("outcome", sa.String(8), nullable=True))
    op.add_column("posting_inputs", sa.Column("reason", sa.Text(), nullable=True))
