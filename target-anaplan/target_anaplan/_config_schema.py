"""The one place where the target's settings are described; tables and examples come from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.anaplan.config_schema import CALLING_PROPERTIES, CONNECTION_PROPERTIES
from singer_sdk import typing as th

if TYPE_CHECKING:
    from typing import Any


def build_config_schema() -> dict[str, Any]:
    """Build the JSON schema of the settings, in the order in which a reader needs them."""
    return th.PropertiesList(*CONNECTION_PROPERTIES, *_LOADING, *_JUDGING, *_RUNNING).to_dict()


_LOAD = th.ObjectType(
    th.Property("stream", th.StringType, required=True, description="Name of the stream."),
    th.Property(
        "file",
        th.StringType,
        description="Anaplan file (import data source), name or id. Default: <stream>.csv.",
    ),
    th.Property(
        "list",
        th.StringType,
        description="List, name or id, to write item by item without a file and imports; columns"
        " then maps Code, Name, Parent and properties of the list.",
    ),
    th.Property(
        "columns",
        th.ObjectType(additional_properties=th.StringType),
        description="File column to record property. Default: columns by their own name.",
    ),
    th.Property(
        "mode",
        th.StringType,
        default="upsert",
        allowed_values=["upsert", "replace"],
        description="upsert sends what changed; replace sends the complete stream every time.",
    ),
    th.Property(
        "imports",
        th.ArrayType(th.StringType),
        description="Imports that read the file, name or id. Default: all that read it.",
    ),
    th.Property(
        "key",
        th.ArrayType(th.StringType),
        description="File columns that identify a row. Default: those of the stream's key"
        " properties; if the file lacks one of them, the first column.",
    ),
    th.Property(
        "amount",
        th.StringType,
        description="File column whose sum the control module shows as Amount. Default: the"
        " blueprint's for documents and postings (FunctionalAmount of A/P lines), else none.",
    ),
    th.Property(
        "codes",
        th.ArrayType(th.StringType),
        description="File columns that hold codes of list items, for key_prefix. Default: the"
        " blueprint's for the stream: its own code, its parent's, and those of list-formatted"
        " line items.",
    ),
    th.Property(
        "blanks",
        th.ObjectType(additional_properties=th.StringType),
        description="File column to the text that stands there for nothing: an import may leave a"
        " cell as it was when the file's is blank. For text line items. Default: - for Batch,"
        " Entry and Reason of posting_results, else blank.",
    ),
)

_LOADING = (
    th.Property(
        "loads",
        th.ArrayType(_LOAD),
        title="Loads",
        description="Which stream fills which file, in the order of loading. Default: stream S"
        " fills file S.csv, if the model has it, in the blueprint's order.",
    ),
    th.Property(
        "process",
        th.StringType,
        title="Process",
        description="Process to run once when every file is up, in place of the imports; name or"
        " id. Default: the imports one by one, lists first.",
    ),
    th.Property(
        "process_may_skip",
        th.ArrayType(th.StringType),
        title="Files the process may skip",
        description="Files (names) that the process reads and this target need not upload."
        " Anaplan then loads what was uploaded before, or the default file.",
    ),
    th.Property(
        "send",
        th.StringType,
        default="changed",
        allowed_values=["changed", "all"],
        title="What to send",
        description="changed sends rows that differ from what is confirmed; all sends every row"
        " received and every row confirmed before.",
    ),
    th.Property(
        "unmapped_streams",
        th.StringType,
        default="refuse",
        allowed_values=["refuse", "ignore"],
        title="Streams without a load",
        description="refuse ends the run before anything is uploaded; ignore leaves them out.",
    ),
    th.Property(
        "key_prefix",
        th.StringType,
        default="none",
        allowed_values=["none", "company"],
        title="Key prefix",
        description="company puts the record's Company before every code, for models that hold"
        " several companies. Written down at the first load, refused if changed later.",
    ),
    th.Property(
        "trust_end_of_input",
        th.BooleanType,
        default=False,
        title="Trust the end of input",
        description="Take the end of input for a complete stream, for replace loads from taps"
        " that do not mark their streams complete.",
    ),
)

_JUDGING = (
    th.Property(
        "tolerate",
        th.ObjectType(
            th.Property("rejected", th.IntegerType, default=0, description="Rows refused."),
            th.Property("ignored", th.IntegerType, default=0, description="Rows ignored."),
            th.Property(
                "warned", th.IntegerType, default=0, description="Rows loaded in part only."
            ),
        ),
        title="Tolerance",
        description="Rows that may stay behind before the run ends with exit code 3; rows are"
        " kept and sent again in either case.",
    ),
    th.Property(
        "control",
        th.ObjectType(
            th.Property("module", th.StringType, description="Name of the module."),
            th.Property(
                "rows", th.StringType, default="Rows", description="Line item with the row count."
            ),
            th.Property(
                "amount", th.StringType, default="Amount", description="Line item with the sum."
            ),
            th.Property(
                "checksum",
                th.StringType,
                description="Line item with the sum of the rows' checksums. Default: Checksum, if"
                " the module has it.",
            ),
        ),
        title="Control module",
        description="Calculated module that says what the model holds, per load. Default: CTL"
        " Loads if the model has it; an empty module name switches the control off.",
    ),
)

_RUNNING = (
    th.Property(
        "chunk_mb",
        th.IntegerType,
        default=10,
        title="Chunk size",
        description="Size of one uploaded chunk before compression, in MB (1 to 50).",
    ),
    th.Property(
        "poll_seconds",
        th.IntegerType,
        default=5,
        title="Poll interval",
        description="Longest wait between two looks at a running task, in seconds.",
    ),
    th.Property(
        "task_timeout_minutes",
        th.IntegerType,
        default=60,
        title="Task timeout",
        description="How long a task may wait in the model's queue, and as long again how long"
        " it may run, in minutes. A task that takes longer is judged by the next run.",
    ),
    th.Property(
        "lease_wait_minutes",
        th.IntegerType,
        default=10,
        title="Wait for the lease",
        description="How long to wait for another run on the same model to end, in minutes.",
    ),
    *CALLING_PROPERTIES,
    th.Property(
        "ledger_url",
        th.StringType,
        secret=True,
        title="Ledger",
        description="SQLAlchemy URL of the ledger. Default: an SQLite file per model in the"
        " user's data folder (ML_CONNECTOR_HOME moves it). With a password in it, say where it is"
        " kept: vault:NAME/FIELD, env:NAME or file:PATH.",
    ),
)
