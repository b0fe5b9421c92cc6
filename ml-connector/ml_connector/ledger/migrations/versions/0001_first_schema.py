"""The ledger's first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ml_connector.ledger._types import Exact, Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table of the first schema."""
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("released_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "models",
        sa.Column("model_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("workspace", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("key_prefix", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_models")),
    )
    op.create_index(
        "uq_models_destination_workspace_model",
        "models",
        ["destination", "workspace", "model"],
        unique=True,
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
    )
    op.create_table(
        "model_marks",
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("marked_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["models.model_id"], name=op.f("fk_model_marks_model_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_model_marks_run_id")),
        sa.PrimaryKeyConstraint("model_id", "mark", name=op.f("pk_model_marks")),
    )
    op.create_table(
        "scopes",
        sa.Column("scope_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("load", sa.Text(), nullable=False),
        sa.Column("resend_reason", sa.Text(), nullable=True),
        sa.Column("control_agreed_at", Instant(), nullable=True),
        sa.Column("extra_rows", sa.Integer(), nullable=False),
        sa.Column("extra_amount", Exact(), nullable=False),
        sa.ForeignKeyConstraint(["model_id"], ["models.model_id"], name=op.f("fk_scopes_model_id")),
        sa.PrimaryKeyConstraint("scope_id", name=op.f("pk_scopes")),
    )
    op.create_index("uq_scopes_model_id_load", "scopes", ["model_id", "load"], unique=True)
    op.create_table(
        "tasks",
        sa.Column("record_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=False),
        sa.Column("known_task_ids", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=13), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("intended_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("judged_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('intended', 'started', 'judged', 'never_started')",
            name=op.f("ck_tasks_state"),
        ),
        sa.ForeignKeyConstraint(["model_id"], ["models.model_id"], name=op.f("fk_tasks_model_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_tasks_run_id")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_tasks")),
    )
    op.create_index("ix_tasks_open", "tasks", ["model_id", "state"], unique=False)
    op.create_index(op.f("ix_tasks_run_id"), "tasks", ["run_id"], unique=False)
    op.create_table(
        "mappings",
        sa.Column("mapping_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("first_used_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scope_id"], ["scopes.scope_id"], name=op.f("fk_mappings_scope_id")
        ),
        sa.PrimaryKeyConstraint("mapping_id", name=op.f("pk_mappings")),
    )
    op.create_index("uq_mappings_scope_id_digest", "mappings", ["scope_id", "digest"], unique=True)
    op.create_table(
        "loads",
        sa.Column("load_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("mapping_id", sa.Integer(), nullable=False),
        sa.Column("sending", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("resends_all", sa.Boolean(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_unchanged", sa.Integer(), nullable=False),
        sa.Column("rows_sent", sa.Integer(), nullable=False),
        sa.Column("rows_accepted", sa.Integer(), nullable=False),
        sa.Column("rows_warned", sa.Integer(), nullable=False),
        sa.Column("rows_rejected", sa.Integer(), nullable=False),
        sa.Column("rows_ignored", sa.Integer(), nullable=False),
        sa.Column("amount", Exact(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "sending IN ('changed', 'all', 'replace')", name=op.f("ck_loads_sending")
        ),
        sa.CheckConstraint(
            "state IN ('staging', 'started', 'settled', 'failed', 'discarded', 'nothing')",
            name=op.f("ck_loads_state"),
        ),
        sa.ForeignKeyConstraint(
            ["mapping_id"], ["mappings.mapping_id"], name=op.f("fk_loads_mapping_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_loads_run_id")),
        sa.ForeignKeyConstraint(["scope_id"], ["scopes.scope_id"], name=op.f("fk_loads_scope_id")),
        sa.PrimaryKeyConstraint("load_id", name=op.f("pk_loads")),
    )
    op.create_index(op.f("ix_loads_run_id"), "loads", ["run_id"], unique=False)
    op.create_index(
        "uq_loads_scope_id_unsettled",
        "loads",
        ["scope_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('staging', 'started')"),
        postgresql_where=sa.text("state IN ('staging', 'started')"),
    )
    op.create_table(
        "audit_blocks",
        sa.Column("block_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=True),
        sa.Column("entry_count", sa.Integer(), nullable=False),
        sa.Column("previous_digest", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('calls', 'load')", name=op.f("ck_audit_blocks_kind")),
        sa.ForeignKeyConstraint(
            ["load_id"], ["loads.load_id"], name=op.f("fk_audit_blocks_load_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_audit_blocks_run_id")),
        sa.PrimaryKeyConstraint("block_number", name=op.f("pk_audit_blocks")),
        sa.UniqueConstraint("digest", name=op.f("uq_audit_blocks_digest")),
        sa.UniqueConstraint("previous_digest", name=op.f("uq_audit_blocks_previous_digest")),
    )
    op.create_table(
        "loaded_rows",
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("amount", Exact(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.CheckConstraint(
            "origin IN ('new', 'reject', 'resend', 'filler')", name=op.f("ck_loaded_rows_origin")
        ),
        sa.ForeignKeyConstraint(
            ["load_id"], ["loads.load_id"], name=op.f("fk_loaded_rows_load_id")
        ),
        sa.PrimaryKeyConstraint("load_id", "row_key", name=op.f("pk_loaded_rows")),
    )
    op.create_index(
        "ix_loaded_rows_order", "loaded_rows", ["load_id", "sequence", "row_key"], unique=False
    )
    op.create_table(
        "rejects",
        sa.Column("reject_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=1), nullable=False),
        sa.Column("mapping_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("amount", Exact(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_load_id", sa.Integer(), nullable=False),
        sa.Column("last_load_id", sa.Integer(), nullable=False),
        sa.Column("first_rejected_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('kept', 'accepted', 'superseded', 'dismissed')",
            name=op.f("ck_rejects_state"),
        ),
        sa.CheckConstraint("status IN ('E', 'W')", name=op.f("ck_rejects_status")),
        sa.ForeignKeyConstraint(
            ["first_load_id"], ["loads.load_id"], name=op.f("fk_rejects_first_load_id")
        ),
        sa.ForeignKeyConstraint(
            ["last_load_id"], ["loads.load_id"], name=op.f("fk_rejects_last_load_id")
        ),
        sa.ForeignKeyConstraint(
            ["mapping_id"], ["mappings.mapping_id"], name=op.f("fk_rejects_mapping_id")
        ),
        sa.ForeignKeyConstraint(
            ["scope_id"], ["scopes.scope_id"], name=op.f("fk_rejects_scope_id")
        ),
        sa.PrimaryKeyConstraint("reject_id", name=op.f("pk_rejects")),
    )
    op.create_index("ix_rejects_scope_id_row_key", "rejects", ["scope_id", "row_key"])
    op.create_index(
        "uq_rejects_scope_id_row_key_kept",
        "rejects",
        ["scope_id", "row_key"],
        unique=True,
        sqlite_where=sa.text("state = 'kept'"),
        postgresql_where=sa.text("state = 'kept'"),
    )
    op.create_table(
        "row_states",
        sa.Column("scope_id", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("mapping_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=32), nullable=True),
        sa.Column("amount", Exact(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state = 'uncertain' OR (content IS NOT NULL AND digest IS NOT NULL AND amount IS NOT NULL AND mapping_id IS NOT NULL)",
            name=op.f("ck_row_states_accepted_has_content"),
        ),
        sa.CheckConstraint(
            "state IN ('confirmed', 'partly', 'uncertain')", name=op.f("ck_row_states_state")
        ),
        sa.ForeignKeyConstraint(["load_id"], ["loads.load_id"], name=op.f("fk_row_states_load_id")),
        sa.ForeignKeyConstraint(
            ["mapping_id"], ["mappings.mapping_id"], name=op.f("fk_row_states_mapping_id")
        ),
        sa.ForeignKeyConstraint(
            ["scope_id"], ["scopes.scope_id"], name=op.f("fk_row_states_scope_id")
        ),
        sa.PrimaryKeyConstraint("scope_id", "row_key", name=op.f("pk_row_states")),
    )
    op.create_table(
        "task_loads",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["loads.load_id"], name=op.f("fk_task_loads_load_id")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["tasks.record_id"], name=op.f("fk_task_loads_record_id")
        ),
        sa.PrimaryKeyConstraint("record_id", "load_id", name=op.f("pk_task_loads")),
    )
    op.create_index(op.f("ix_task_loads_load_id"), "task_loads", ["load_id"], unique=False)
    op.create_table(
        "api_calls",
        sa.Column("block_number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("elapsed_ms", sa.Integer(), nullable=False),
        sa.Column("sent_bytes", sa.BigInteger(), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["block_number"], ["audit_blocks.block_number"], name=op.f("fk_api_calls_block_number")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_api_calls_run_id")),
        sa.PrimaryKeyConstraint("block_number", "position", name=op.f("pk_api_calls")),
    )
    op.create_index(op.f("ix_api_calls_run_id"), "api_calls", ["run_id"], unique=False)
    op.create_table(
        "row_problems",
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=1), nullable=False),
        sa.Column("landed", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('E', 'W')", name=op.f("ck_row_problems_status")),
        sa.CheckConstraint("landed IN (0, 1, 2)", name=op.f("ck_row_problems_landed")),
        sa.ForeignKeyConstraint(
            ["load_id", "row_key"],
            ["loaded_rows.load_id", "loaded_rows.row_key"],
            name=op.f("fk_row_problems_load_id_row_key"),
        ),
        sa.PrimaryKeyConstraint("load_id", "row_key", "source", name=op.f("pk_row_problems")),
    )
