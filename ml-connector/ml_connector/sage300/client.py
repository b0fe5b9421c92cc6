"""The Sage 300 Web API over the network: build with `protocol`, send with the transport."""

from __future__ import annotations

import base64
import dataclasses
import logging
from typing import TYPE_CHECKING, TypeVar

import msgspec

from ml_connector.errors import RefusedError, UnexpectedReplyError
from ml_connector.events import event
from ml_connector.sage300.metadata import MetadataError, ServiceMetadata, parse_metadata
from ml_connector.sage300.protocol import (
    SYSTEM,
    CollectionQuery,
    Key,
    Page,
    build_broken,
    build_collection_request,
    build_metadata_request,
    build_next_request,
    build_record_request,
    build_write_request,
    format_key,
    judge_reply,
    parse_page,
    parse_record,
    parse_written,
)
from ml_connector.sage300.settings import Sage300Settings, check_settings
from ml_connector.transport import (
    AuditTrail,
    Pacing,
    Reply,
    Request,
    Transport,
    TransportSettings,
    parse_http_date,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pendulum

    from ml_connector.clock import Clock

T = TypeVar("T")
log = logging.getLogger(__name__)

_PAGES_MAX = 1_000_000
_CASE_HINT = "Sage 300 expects upper case"


def open_sage300(
    settings: Sage300Settings, *, clock: Clock, audit: AuditTrail, limiter: Pacing | None = None
) -> Sage300Client:
    """Check `settings` and return a client on a transport of its own; nothing is called yet.

    Raises:
        SettingError: the settings cannot work.
    """
    check_settings(settings)
    for setting in ("username", "password"):
        if getattr(settings, setting) != getattr(settings, setting).upper():
            event(
                log, "sage300.lower_case", level=logging.WARNING, setting=setting, hint=_CASE_HINT
            )
    return build_client(settings, clock=clock, audit=audit, limiter=limiter)


def build_client(
    settings: Sage300Settings, *, clock: Clock, audit: AuditTrail, limiter: Pacing | None = None
) -> Sage300Client:
    """Return one more client for settings that `open_sage300` has checked."""
    transport = Transport(
        system=SYSTEM,
        settings=TransportSettings(
            allow_http=settings.allow_http,
            ca_bundle=settings.ca_bundle,
            secrets=(settings.password, _build_credentials(settings)),
        ),
        clock=clock,
        audit=audit,
        limiter=limiter,
    )
    return Sage300Client(settings, transport)


class Sage300Client:
    """Reads one company. The session's cookie is kept by the transport's session."""

    def __init__(self, settings: Sage300Settings, transport: Transport) -> None:
        """Speak for `settings.username` through `transport`."""
        self._settings = settings
        self._transport = transport
        self._authorization = f"Basic {_build_credentials(settings)}"
        self._server_date: pendulum.DateTime | None = None

    @property
    def server_date(self) -> pendulum.DateTime | None:
        """The server's own clock in UTC, from the last answer that told it."""
        return self._server_date

    def fetch_metadata(self, module: str) -> ServiceMetadata:
        """Read which resources and properties `module` has.

        Raises:
            AccessError: the module is not permitted to the user.
            RemoteError: it cannot be read, or is not licensed.
        """
        request = build_metadata_request(
            self._settings.company_url, module=module, read_timeout_s=self._read_timeout_s
        )
        return self._send(request, _parse_metadata_reply)

    def fetch_page(self, query: CollectionQuery, *, next_link: str | None = None) -> Page:
        """Read one page of `query`, or the page behind `next_link` of an earlier one."""
        if next_link:
            request = build_next_request(
                self._settings.company_url,
                query=query,
                next_link=next_link,
                read_timeout_s=self._read_timeout_s,
            )
        else:
            request = build_collection_request(
                self._settings.company_url, query=query, read_timeout_s=self._read_timeout_s
            )
        return self._send(request, parse_page)

    def fetch_record(self, module: str, resource: str, key: Key) -> dict[str, object] | None:
        """Read one record with its lines; `None` when Sage has no record of that key."""
        request = build_record_request(
            self._settings.company_url,
            module=module,
            resource=resource,
            key=key,
            read_timeout_s=self._read_timeout_s,
        )
        try:
            return self._send(request, parse_record)
        except RefusedError as error:
            if error.code == "RecordNotFound":
                return None
            raise

    def fetch_collection(self, query: CollectionQuery) -> Iterator[dict[str, object]]:
        """Read every record of a small collection, page by page.

        `@odata.nextLink` is followed where there is one; otherwise the read goes on behind what
        was received until a page is empty or the total count is reached, because a short page
        alone is no proof of the end (Sage sheet §3.3). Rows that move between pages while we read
        may come twice or not at all: for growing collections page by key instead.

        Raises:
            UnexpectedReplyError: the server goes in circles, or stops before its own count.
        """
        query = msgspec.structs.replace(query, count=True)
        received = 0
        page = Page(records=[])
        for _ in range(_PAGES_MAX):
            before = page
            page = self.fetch_page(
                msgspec.structs.replace(query, skip=(query.skip or 0) + received or None),
                next_link=before.next_link,
            )
            _check_advances(query, before, page, received=received)
            yield from page.records
            received += len(page.records)
            if not page.records or _is_complete(page, query, received):
                return
        raise _circling(query, f"the collection has no end after {_PAGES_MAX} pages")

    def post_record(
        self,
        module: str,
        resource: str,
        body: Mapping[str, object],
        *,
        before_try: Callable[[int], None] | None = None,
    ) -> dict[str, object] | None:
        """Insert one record with its details, once; return it as stored if Sage shows it.

        `before_try` is called right before it leaves, see `Transport.send`.

        Raises:
            RefusedError: Sage said no. What it stored before it did is not known (sheet §5.4).
            OutcomeUnknownError: the answer was lost; the record may stand, or stand later.
        """
        return self._write("POST", f"{module}/{resource}", body, before_try)

    def patch_record(
        self, module: str, resource: str, key: Key, body: Mapping[str, object]
    ) -> dict[str, object] | None:
        """Change the properties named in `body`, once."""
        return self._write("PATCH", f"{module}/{resource}({format_key(key)})", body)

    def _write(
        self,
        method: str,
        path: str,
        body: Mapping[str, object],
        before_try: Callable[[int], None] | None = None,
    ) -> dict[str, object] | None:
        request = build_write_request(
            self._settings.company_url,
            method=method,
            path=path,
            body=body,
            read_timeout_s=self._read_timeout_s,
        )
        return self._send(request, parse_written, before_try)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def _read_timeout_s(self) -> float:
        return self._settings.read_timeout_s

    def _send(
        self,
        request: Request,
        parse: Callable[[Request, Reply], T],
        before_try: Callable[[int], None] | None = None,
    ) -> T:
        def judge(request: Request, reply: Reply) -> T:
            self._note_server_date(reply)
            return parse(request, judge_reply(request, reply, account=self._settings.username))

        return self._transport.send(
            dataclasses.replace(
                request, headers={**request.headers, "Authorization": self._authorization}
            ),
            judge=judge,
            before_try=before_try,
        )

    def _note_server_date(self, reply: Reply) -> None:
        self._server_date = parse_http_date(reply.headers.get("Date", "")) or self._server_date


def _check_advances(query: CollectionQuery, before: Page, page: Page, *, received: int) -> None:
    """Object when the server goes in circles or stops early: neither is the end."""
    if page.records and page.records == before.records:
        raise _circling(query, "the server sends the same page again instead of the next")
    if not page.records and received < _count_expected(page, query):
        raise _circling(query, f"the server stopped after {received} of {page.count} records")


def _count_expected(page: Page, query: CollectionQuery) -> int:
    """Return how many records are still to be had, as far as the server told; 0 if it did not."""
    # The count is of all matches, those skipped at the beginning included.
    told = max(0, (page.count or 0) - (query.skip or 0))
    return told if query.top is None else min(told, query.top)


def _circling(query: CollectionQuery, problem: str) -> UnexpectedReplyError:
    return UnexpectedReplyError(
        problem,
        system=SYSTEM,
        call=f"GET …/{query.module}/{query.resource}",
        remedy="Start the run again; if it stays, report it with the Sage 300 version.",
    )


def _is_complete(page: Page, query: CollectionQuery, received: int) -> bool:
    if query.top is not None and received >= query.top:
        return True
    told = page.next_link is None and page.count is not None
    return told and received >= _count_expected(page, query)


def _parse_metadata_reply(request: Request, reply: Reply) -> ServiceMetadata:
    try:
        return parse_metadata(reply.body)
    except MetadataError as error:
        raise build_broken(request, reply, str(error)) from error


def _build_credentials(settings: Sage300Settings) -> str:
    return base64.b64encode(f"{settings.username}:{settings.password}".encode()).decode("ascii")
