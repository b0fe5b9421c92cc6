"""${message}."""

from __future__ import annotations

from alembic import op
import sqlalchemy as sa

from ml_connector.ledger._types import Exact, Instant

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
