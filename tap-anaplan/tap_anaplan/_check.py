"""What a model lets this user read, and what is missing for it; `ping` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from ml_connector.errors import AccessError, MismatchError, RefusedError
from ml_connector.findings import Finding, different, fine, missing, note
from ml_connector.singer import Purpose

from tap_anaplan._offers import Offers
from tap_anaplan.tap import TapAnaplan, check_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_anaplan._offers import Offer
    from tap_anaplan.streams._marked import MarkedStream


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, and which columns each stream has that can be read."""

    findings: tuple[Finding, ...]
    columns: dict[str, tuple[str, ...]]


def inspect(config: Mapping[str, object]) -> Inspection:
    """Sign in, and ask for all that the settings choose; run no export and write nothing.

    Raises:
        ConnectorError: Anaplan cannot be reached or used with these settings.
    """
    tap = TapAnaplan(config=dict(config), purpose=Purpose.TRIAL, setup_mapper=False)
    try:
        session = tap.open_session()
        client = session.open_client()
        findings = [
            fine("sign-in", f"as {client.fetch_me()}"),
            fine("model", client.fetch_model().name),
        ]
        streams: list[MarkedStream] = []
        for offer in Offers(tap, session).iterate():
            opened, found = _open(offer)
            streams += [opened] if opened is not None else []
            findings += found
        check_names([one.name for one in streams])
        columns = {one.name: tuple(one.schema["properties"]) for one in streams}
        return Inspection(findings=tuple(findings), columns=columns)
    finally:
        tap.close(outcome="", exit_code=0)


def _open(offer: Offer) -> tuple[MarkedStream | None, Sequence[Finding]]:
    try:
        stream = offer.open()
    except MismatchError as error:
        return None, [_tell_mismatch(offer, error)]
    except (AccessError, RefusedError) as error:
        return None, [missing(offer.subject, error.problem, remedy=error.remedy)]
    columns = ", ".join(stream.schema["properties"])
    findings = [fine(offer.subject, f"stream {stream.name}: {columns}")]
    if stream.replication_key is not None:
        findings.append(
            note(
                f"stream {stream.name}",
                "it has a replication_key: it brings changes only, and is never marked complete",
                remedy="For what is posted leave replication_key out: target-sage300 posts only"
                " what came complete.",
            )
        )
    return stream, findings


def _tell_mismatch(offer: Offer, error: MismatchError) -> Finding:
    if not offer.is_chosen:
        return note(offer.subject, f"not read: {error.problem}", remedy=error.remedy)
    return different(
        offer.subject,
        expected=str(error.expected),
        found=str(error.found),
        remedy=error.remedy,
    )
