"""The one place where the target's settings are described; tables and meltano.yml come from it."""

from __future__ import annotations

from typing import Any

from singer_sdk import typing as th

_CONNECTION = (
    th.Property(
        "base_url",
        th.StringType,
        required=True,
        title="Web API address",
        description="Address of the Sage 300 Web API up to and including the tenant, for example"
        " https://erp.example.com/Sage300WebApi/v1.0/-",
    ),
    th.Property(
        "company",
        th.StringType,
        required=True,
        title="Company",
        description="Company database id as Sage shows it at sign-on, upper case, for example"
        " SAMLTD. Lines of other companies are left out.",
    ),
    th.Property(
        "username",
        th.StringType,
        required=True,
        title="User",
        description="Sage 300 user id in upper case, with the right 'Sage 300 Web API' in G/L and"
        " Common Services (and A/P) and the right to enter batches; not the right to post them.",
    ),
    th.Property(
        "password",
        th.StringType,
        required=True,
        secret=True,
        title="Password",
        description="Password of the user, upper case, or where it is kept: vault:NAME/FIELD,"
        " env:NAME or file:PATH.",
    ),
)

_POSTING = th.ObjectType(
    th.Property("stream", th.StringType, required=True, description="Stream with the lines."),
    th.Property(
        "kind",
        th.StringType,
        default="gl_journal",
        allowed_values=["gl_journal", "ap_invoice", "ap_adjustment"],
        description="What becomes of its lines. A stream of payables may have one posting for each"
        " of its two kinds.",
    ),
    th.Property(
        "fields",
        th.ObjectType(additional_properties=th.StringType),
        description="Field of a line to property of the record. Default: the blueprint's names.",
    ),
    th.Property(
        "source_ledger", th.StringType, default="GL", description="First half of the source code."
    ),
    th.Property(
        "source_type",
        th.StringType,
        default="PL",
        description="Second half of the source code. Nothing else may use this source code.",
    ),
    th.Property(
        "post_call",
        th.ObjectType(additional_properties=th.CustomType({"type": ["string", "integer"]})),
        description="What the process that posts is sent where its switches cannot be identified,"
        " with {batch} for the batch's number.",
    ),
    th.Property(
        "optional_fields",
        th.ObjectType(additional_properties=th.StringType),
        description="Optional field of a line, as Sage 300 names it, to property of the record.",
    ),
    th.Property(
        "document_optional_fields",
        th.ObjectType(additional_properties=th.StringType),
        description="Optional field of a payables document to property of the record, the same in"
        " all lines of the document.",
    ),
    th.Property(
        "mark",
        th.StringType,
        default="PLANNING",
        description="Text in Order Number of payables documents, and in the reference of adjusted"
        " ones, by which the connector knows its own. Nothing else may use it; never change it.",
    ),
    th.Property(
        "adjustment_sign",
        th.StringType,
        default="debit",
        allowed_values=["debit", "credit"],
        description="What a positive amount of an adjustment's distribution is in Sage 300. Try one"
        " by hand: debit where more is owed afterwards, and credit where less is.",
    ),
)

_POSTINGS = (
    th.Property(
        "postings",
        th.ArrayType(_POSTING),
        title="Postings",
        description="Which stream becomes what. Default: stream gl_adjustments becomes journals"
        " with source code GL-PL; ap_adjustments becomes payables documents, and adjustments of"
        " posted ones.",
    ),
    th.Property(
        "origin",
        th.StringType,
        title="Origin",
        description="Short name of the model the lines come from, put before every id, where"
        " several models post into one company (letters and digits, at most 12). Never change it.",
    ),
    th.Property(
        "post",
        th.StringType,
        default="open",
        allowed_values=["open", "ready", "posted"],
        title="How far to post",
        description="open leaves the batches open in Sage 300, for a person to review and post;"
        " ready sets them ready to post; posted also posts them, each batch by itself.",
    ),
    th.Property(
        "allow_auto_post",
        th.BooleanType,
        default=False,
        title="Allow posting",
        description="Consent to post: posted, which is refused without it.",
    ),
    th.Property(
        "on_change",
        th.StringType,
        default="conflict",
        allowed_values=["conflict", "revise"],
        title="Lines that changed",
        description="What to do with a line that stands in Sage 300 and comes back different:"
        " conflict refuses its entry and says where the line stands; revise reverses what was"
        " posted and enters the new lines, in one journal entry. Journals only.",
    ),
    th.Property(
        "on_refused",
        th.StringType,
        default="fail",
        allowed_values=["fail", "go_on"],
        title="Refused entries",
        description="How a run ends that refused entries or held them back: fail with exit code 3,"
        " go_on with 0, for a job whose next step brings the reasons into the model and fails then"
        " (fail_on_refused of tap-sage300).",
    ),
    th.Property(
        "all_or_nothing",
        th.BooleanType,
        default=False,
        title="All or nothing",
        description="Post nothing of a run while one of its entries is refused; what is held back"
        " comes again, for no STATE is written. Default: good entries go on.",
    ),
    th.Property(
        "dry_run",
        # A text comes as it was typed: Meltano takes a Boolean that it cannot read for false, and
        # a dry run that was mistyped must not be a real one.
        th.CustomType({"type": ["boolean", "string"], "enum": [True, False, "true", "false"]}),
        default=False,
        title="Dry run",
        description="true shows on standard error, entry by entry, what a run would do; nothing is"
        " written to Sage 300, and no STATE. The loader target-sage300-review has it set.",
    ),
    th.Property(
        "review_file",
        th.StringType,
        title="Review file",
        description="File for the exact bodies a dry run would send, one batch to a line, as JSON;"
        " written anew each time.",
    ),
    th.Property(
        "unmapped_streams",
        th.StringType,
        default="refuse",
        allowed_values=["refuse", "ignore"],
        title="Streams without a posting",
        description="refuse ends the run before anything is posted; ignore leaves them out.",
    ),
    th.Property(
        "trust_end_of_input",
        th.BooleanType,
        default=False,
        title="Trust the end of input",
        description="Take the end of input for a complete stream, for taps that do not mark their"
        " streams complete. An interrupted tap may then leave entries out until it runs again.",
    ),
)

_RUNNING = (
    th.Property(
        "batch_lines",
        th.IntegerType,
        default=1000,
        title="Lines per batch",
        description="Lines per batch, about; an entry is never parted.",
    ),
    th.Property(
        "settle_minutes",
        th.IntegerType,
        default=10,
        title="Settling time",
        description="How long a call whose answer was lost may still take effect in Sage 300, in"
        " minutes; never less than read_timeout_s. Also how long the first run on a new ledger"
        " waits between its two looks.",
    ),
    th.Property(
        "lease_wait_minutes",
        th.IntegerType,
        default=10,
        title="Wait for the lease",
        description="How long to wait for another run on the same company to end, in minutes.",
    ),
    th.Property(
        "read_timeout_s",
        th.IntegerType,
        default=300,
        title="Read timeout",
        description="Seconds to wait for an answer; Sage 300 takes long over large batches.",
    ),
    th.Property(
        "ca_bundle",
        th.StringType,
        title="Certificate bundle",
        description="Path of a PEM file with the certificate authority of the server, for servers"
        " with a certificate of their own making.",
    ),
    th.Property(
        "allow_http",
        th.BooleanType,
        default=False,
        title="Allow plain HTTP",
        description="Allow http:// beyond this machine. The password then crosses the network in"
        " clear text.",
    ),
    th.Property(
        "ledger_url",
        th.StringType,
        secret=True,
        title="Ledger",
        description="SQLAlchemy URL of the ledger, which knows what was posted: all runs on a"
        " company must share it. Default: the company's SQLite file in the user's data folder"
        " (ML_CONNECTOR_HOME moves it). With a password in it, say where it is kept:"
        " vault:NAME/FIELD, env:NAME or file:PATH.",
    ),
)


def build_config_schema() -> dict[str, Any]:
    """Return the JSON Schema of the settings."""
    return th.PropertiesList(*_CONNECTION, *_POSTINGS, *_RUNNING).to_dict()
