"""What a company lets this user read, stream by stream; what the command's `ping` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ml_connector.errors import AccessError, RefusedError
from ml_connector.findings import Finding, fine, missing, note
from ml_connector.sage300 import CollectionQuery

from tap_sage300.client import check_is_lasting
from tap_sage300.discovery import UnavailableError
from tap_sage300.fresh import FreshTap
from tap_sage300.tap import STREAM_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_sage300.client import CompanySession
    from tap_sage300.discovery import Resource

REQUESTS_MAX: Final = 200
"""A full read of one resource that takes more pages than this is worth a hint."""


def check(config: Mapping[str, object]) -> list[Finding]:
    """Ask the company who it is, and for one page of everything a stream would read.

    Raises:
        ConnectorError: the company cannot be reached or used with these settings.
    """
    tap = FreshTap(config, streams=frozenset(STREAM_TYPES))
    try:
        return [*_check_company(tap.session), *_check_streams(tap)]
    finally:
        tap.close(outcome="", exit_code=0)


def _check_company(session: CompanySession) -> Iterator[Finding]:
    connection, profile = session.settings.connection, session.fetch_profile()
    subject = f"company {session.company}"
    if profile:
        name, currency = profile[0].get("Name"), profile[0].get("FunctionalCurrency")
        yield fine(subject, f"{name}, books in {currency}")
    else:
        yield note(
            subject,
            "its profile cannot be read: the company's own currency is guessed by rates of one",
            remedy="Give the user the right 'Sage 300 Web API' in module CS.",
        )
    yield fine("sign-in", f"as {connection.username}")
    yield fine("the company's day", f"{session.find_today()} ({session.settings.timezone})")
    if connection.password != connection.password.upper():
        yield note("password", "it has lower-case letters; Sage 300 expects upper case")


def _check_streams(tap: FreshTap) -> Iterator[Finding]:
    """Yield one finding per module that is readable, and one per reason something is not."""
    readable: dict[str, list[str]] = {}
    lacking: dict[str, list[str]] = {}
    hints: dict[str, Finding] = {}
    asking = {name: one for name, one in STREAM_TYPES.items() if one.asks_sage}
    for name, stream_type in asking.items():
        try:
            resource = stream_type.discover(tap, session=tap.session).resource
            pages = _count_pages(tap.session, resource)
        except (UnavailableError, AccessError, RefusedError) as error:
            if not isinstance(error, UnavailableError):
                check_is_lasting(error)
            lacking.setdefault(str(error), []).append(name)
            continue
        readable.setdefault(resource.module, []).append(name)
        if pages > REQUESTS_MAX:
            hints[resource.name] = _advise_page_size(resource, pages)
    yield from hints.values()
    for module, names in sorted(readable.items()):
        yield fine(f"module {module}", f"readable: {', '.join(names)}")
    for reason, names in lacking.items():
        yield _tell_lacking(reason, names)


def _count_pages(session: CompanySession, resource: Resource) -> int:
    """Read the first page of a resource and return how many there are."""
    names = [resource.type.find_server_name(key) for key in resource.spec.keys]
    query = CollectionQuery(
        module=resource.module,
        resource=resource.name,
        select=tuple(name for name in names if name),
        top=session.settings.connection.page_size or None,
        count=True,
    )
    page = session.call(lambda client: client.fetch_page(query))
    return -(-(page.count or 0) // max(len(page.records), 1))


def _advise_page_size(resource: Resource, pages: int) -> Finding:
    return note(
        f"page size of {resource.name}",
        f"a full read takes {pages} requests",
        remedy="Raise PageSize in the Web API's web.config (docs/sage300-setup.md).",
    )


def _tell_lacking(reason: str, names: Sequence[str]) -> Finding:
    subject = f"{'stream' if len(names) == 1 else 'streams'} {', '.join(names)}"
    if not any(STREAM_TYPES[name].by_default for name in names):
        return note(subject, f"not readable: {reason}")
    return missing(
        subject,
        f"not readable: {reason}",
        remedy="Give the user's security group that right and the right 'Sage 300 Web API' in the"
        " module, or deselect the streams.",
    )
