"""What a company lets this user post, and what is missing for it; `ping` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.clock import SystemClock
from ml_connector.errors import LedgerError, MismatchError, SettingError
from ml_connector.findings import Finding, different, fine, missing, note
from ml_connector.ledger import check_writable
from ml_connector.places import plan_ledger_path
from ml_connector.sage300 import open_sage300
from ml_connector.transport import NoAudit

from target_sage300._config_schema import build_config_schema
from target_sage300._fields import GL_JOURNAL
from target_sage300._opening import Opening
from target_sage300._rights import check_rights
from target_sage300._settings import PostMode, parse_settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from target_sage300._settings import PostingSettings, TargetSettings


def check(
    config: Mapping[str, object], *, columns: Mapping[str, Collection[str]] | None = None
) -> list[Finding]:
    """Read what a run would read, and compare it with the settings; write nothing.

    `columns` are those of the streams a tap will bring, where they are known.

    Raises:
        ConnectorError: Sage 300 cannot be reached or used with these settings.
    """
    settings = parse_settings(config, known=build_config_schema()["properties"])
    client = open_sage300(settings.connection, clock=SystemClock(), audit=NoAudit())
    try:
        findings = [*_check_ledger(settings)]
        lacking = [*check_rights(client, [one.kind for one in settings.postings])]
        findings += lacking
        # Set-up that may not be read cannot be compared.
        if not any(one.is_problem for one in lacking):
            findings += _check_books(Opening(client), settings)
        if columns is not None:
            findings += [
                one for posting in settings.postings for one in _check_stream(posting, columns)
            ]
        return findings
    finally:
        client.close()


def _check_ledger(settings: TargetSettings) -> Iterator[Finding]:
    try:
        check_writable(settings.ledger_url or plan_ledger_path(settings.connection.ledger_key))
    except (LedgerError, SettingError) as error:
        yield missing("ledger", error.problem, remedy=error.remedy)
    else:
        yield fine("ledger", "it can be written")


def _check_books(opening: Opening, settings: TargetSettings) -> Iterator[Finding]:
    books = opening.fetch_books()
    yield fine("sign-in", f"as {settings.connection.username}")
    yield fine("company", f"{settings.connection.company}, books in {books.home_currency}")
    yield fine("accounts", f"{len(books.accounts)} in General Ledger")
    for posting in settings.postings:
        opening.open(posting)
        yield _check_source(opening, posting)
        yield from _check_steps(opening, posting, mode=settings.post)
    yield note(
        "right to add batches",
        "no call can tell that adds none",
        remedy="Give it as docs/sage300-setup.md says; the first run tells.",
    )


def _check_source(opening: Opening, posting: PostingSettings) -> Finding:
    """Tell whether what postings are known by is there."""
    if posting.kind != GL_JOURNAL:
        vendors = len(opening.fetch_payables().vendors)
        return fine(f"{posting.kind} of stream {posting.stream}", f"{vendors} vendors")
    source = (posting.source_ledger, posting.source_type)
    subject = f"source code {'-'.join(source)} of stream {posting.stream}"
    if source in opening.fetch_books().source_codes:
        return fine(subject)
    remedy = "Add it in G/L Source Codes, for postings of this connector alone."
    return missing(subject, remedy=remedy)


def _check_steps(
    opening: Opening, posting: PostingSettings, *, mode: PostMode
) -> Iterator[Finding]:
    """Tell whether batches can be taken as far as the setting post says."""
    steps = opening.open_steps(posting, mode=mode)
    if steps is None:
        return
    subject = f"batches of {posting.kind}"
    names = steps.find_ready_names()
    if names:
        yield fine(subject, f"set ready by {' or '.join(names)}")
    else:
        remedy = "Set post to open, and set batches ready in Sage 300."
        yield missing(subject, "no property of theirs is known to set them ready", remedy=remedy)
    if mode is not PostMode.POSTED:
        return
    subject = f"posting of {posting.kind}"
    try:
        yield fine(subject, f"one batch at a time: {steps.describe_post()}")
    except SettingError as error:
        yield missing(subject, error.problem, remedy=error.remedy)
    except MismatchError as error:
        yield different(
            subject,
            expected=str(error.expected),
            found=str(error.found),
            remedy=error.remedy,
        )
    yield note(
        f"right to post {posting.kind}",
        "no call can tell that posts nothing",
        remedy="Give it as docs/sage300-setup.md says; the first run tells.",
    )


def _check_stream(
    posting: PostingSettings, columns: Mapping[str, Collection[str]]
) -> Iterator[Finding]:
    """Tell whether the tap brings what the posting takes."""
    subject = f"stream {posting.stream} for {posting.kind}"
    if posting.stream not in columns:
        brought = ", ".join(columns) or "none"
        remedy = (
            "Name one of them in postings, or add what brings it to exports, views or lists of the"
            " tap."
        )
        yield different(
            subject, expected="it among the tap's streams", found=brought, remedy=remedy
        )
        return
    known = columns[posting.stream]
    lacking = [
        f"{posting.column(name)} ({name})"
        for name in posting.field_names
        if posting.column(name) not in known and not posting.may_lack(name)
    ]
    if lacking:
        yield different(
            subject,
            expected=f"columns {', '.join(lacking)}",
            found=", ".join(known),
            remedy="Say in postings, under fields, which column each is, or add it in Anaplan.",
        )
    else:
        yield fine(subject, "it has what the posting takes")
