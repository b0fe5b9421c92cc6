"""Alembic's entry: runs the migrations on the connection it is handed, in its transaction."""

from __future__ import annotations

from alembic import context

from ml_connector.ledger._schema import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
