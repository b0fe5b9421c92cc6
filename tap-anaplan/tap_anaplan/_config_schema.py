"""The one place where the tap's settings are described; tables and meltano.yml come from it."""

from __future__ import annotations

from typing import Any

from ml_connector.anaplan.config_schema import CALLING_PROPERTIES, CONNECTION_PROPERTIES
from singer_sdk import typing as th

from tap_anaplan.streams import METADATA

_TABLE = (
    th.Property("stream", th.StringType, description="Name of its stream."),
    th.Property("key_properties", th.ArrayType(th.StringType), description="Columns of the key."),
    th.Property(
        "replication_key",
        th.StringType,
        description="Column of dates or numbers by which only later rows are written.",
    ),
    th.Property(
        "types",
        th.ObjectType(additional_properties=th.StringType),
        description="Column to text, number, boolean or date, where Anaplan says otherwise.",
    ),
    th.Property("decimal_separator", th.StringType, description="Default: a point."),
    th.Property("thousands_separator", th.StringType, description="Default: none."),
    th.Property("date_format", th.StringType, description="Default: YYYY-MM-DD."),
    th.Property("true_text", th.StringType, description="Text of a checked box. Default: true."),
    th.Property("false_text", th.StringType, description="Default: false."),
)
_EXPORT = th.ObjectType(
    th.Property("export", th.StringType, required=True, description="Export, name or id."),
    th.Property("encoding", th.StringType, description="Encoding of the file."),
    *_TABLE,
)
_VIEW = th.ObjectType(
    th.Property("view", th.StringType, required=True, description="View, name or id."), *_TABLE
)
_LIST = th.ObjectType(
    th.Property("list", th.StringType, required=True, description="List, name or id."), *_TABLE
)

_OWN = (
    th.Property(
        "exports",
        th.ArrayType(_EXPORT),
        title="Exports",
        description="Export actions to read, each with export (name or id) and, where the file"
        " differs from the default, stream, key_properties, replication_key, types, encoding,"
        " decimal_separator, thousands_separator, date_format, true_text, false_text. Default:"
        " every tabular export, where neither views, lists nor metadata are set.",
    ),
    th.Property(
        "views",
        th.ArrayType(_VIEW),
        title="Views",
        description="Views to read, each with view (name or id; a saved view is Module.View) and"
        " what exports may have, but for encoding.",
    ),
    th.Property(
        "lists",
        th.ArrayType(_LIST),
        title="Lists",
        description="Lists to read, each with list (name or id) and what views may have.",
    ),
    th.Property(
        "metadata",
        th.ArrayType(th.StringType(allowed_values=list(METADATA))),
        title="Metadata",
        description=f"What of the model's own metadata to read: {', '.join(METADATA)}.",
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
        description="How long to wait for another run that exports as the same Anaplan user, in"
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
