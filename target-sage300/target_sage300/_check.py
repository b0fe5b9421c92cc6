"""What a company lets this user post, and what is missing for it; `ping` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector.clock import SystemClock
from ml_connector.findings import Finding, fine, missing
from ml_connector.sage300 import open_sage300
from ml_connector.transport import NoAudit

from target_sage300._config_schema import build_config_schema
from target_sage300._fields import GL_JOURNAL
from target_sage300._opening import Opening
from target_sage300._settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Mapping


def check(config: Mapping[str, object]) -> list[Finding]:
    """Read what a run would read, and compare it with the settings; write nothing.

    Raises:
        ConnectorError: Sage 300 cannot be reached or used with these settings.
    """
    settings = parse_settings(config, known=build_config_schema()["properties"])
    client = open_sage300(settings.connection, clock=SystemClock(), audit=NoAudit())
    try:
        opening = Opening(client)
        books = opening.fetch_books()
        findings = [
            fine("company", f"{settings.connection.company}, books in {books.home_currency}"),
            fine("accounts", f"{len(books.accounts)} in General Ledger"),
        ]
        for posting in settings.postings:
            opening.open(posting)
            if posting.kind != GL_JOURNAL:
                found = f"{posting.kind} of stream {posting.stream}"
                findings.append(fine(found, f"{len(opening.fetch_payables().vendors)} vendors"))
                continue
            source = f"{posting.source_ledger}-{posting.source_type}"
            subject = f"source code {source} of stream {posting.stream}"
            if (posting.source_ledger, posting.source_type) in books.source_codes:
                findings.append(fine(subject))
            else:
                remedy = "Add it in G/L Source Codes, for postings of this connector alone."
                findings.append(missing(subject, remedy=remedy))
        return findings
    finally:
        client.close()
