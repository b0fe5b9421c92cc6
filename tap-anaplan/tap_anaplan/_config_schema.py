"""The one place where the tap's settings are described; tables and meltano.yml come from it."""

from __future__ import annotations

from typing import Any

from ml_connector.anaplan.config_schema import CALLING_PROPERTIES, CONNECTION_PROPERTIES
from singer_sdk import typing as th

_EXPORT = th.ObjectType(
    th.Property("export", th.StringType, required=True, description="Export, name or id."),
    th.Property("stream", th.StringType, description="Name of its stream."),
    th.Property("key_properties", th.ArrayType(th.StringType), description="Columns of the key."),
    th.Property(
        "types",
        th.ObjectType(additional_properties=th.StringType),
        description="Column to text, number, boolean or date, where the export says otherwise.",
    ),
    th.Property("encoding", th.StringType, description="Encoding of the file."),
    th.Property("decimal_separator", th.StringType, description="Default: a point."),
    th.Property("thousands_separator", th.StringType, description="Default: none."),
    th.Property("date_format", th.StringType, description="Default: YYYY-MM-DD."),
    th.Property("true_text", th.StringType, description="Text of a checked box. Default: true."),
    th.Property("false_text", th.StringType, description="Default: false."),
)

_OWN = (
    th.Property(
        "exports",
        th.ArrayType(_EXPORT),
        title="Exports",
        description="Export actions to read, each with export (name or id) and, where the file"
        " differs from the default, stream, key_properties, types, encoding, decimal_separator,"
        " thousands_separator, date_format, true_text, false_text. Default: every tabular export.",
    ),
    th.Property(
        "task_timeout_minutes",
        th.IntegerType,
        default=60,
        title="Task timeout",
        description="How long an export may wait in the model's queue and run, in minutes.",
    ),
    th.Property(
        "lease_wait_minutes",
        th.IntegerType,
        default=10,
        title="Wait for the lease",
        description="How long to wait for another run that exports from the same model, in"
        " minutes: two runs of one export by one user write over each other's file.",
    ),
    *CALLING_PROPERTIES,
    th.Property(
        "ledger_url",
        th.StringType,
        secret=True,
        title="Ledger",
        description="SQLAlchemy URL of the database that keeps the audit trail. Default: an SQLite"
        " file per model in the user's data folder (ML_CONNECTOR_HOME moves it). With a password in"
        " it, say where it is kept: vault:NAME/FIELD, env:NAME or file:PATH.",
    ),
)


def build_config_schema() -> dict[str, Any]:
    """Return the JSON Schema of the settings."""
    return th.PropertiesList(*CONNECTION_PROPERTIES, *_OWN).to_dict()
