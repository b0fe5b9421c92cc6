"""How the client calls: signed, paged, signed in anew after a 401."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeVar

from ml_connector.anaplan import _replies
from ml_connector.anaplan.protocol import (
    SYSTEM,
    build_get,
    build_page_request,
    build_table_get,
    build_text_get,
    judge_reply,
)
from ml_connector.errors import AccessError, UnexpectedReplyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ml_connector.anaplan._replies import Body
    from ml_connector.anaplan.auth import Auth
    from ml_connector.anaplan.settings import AnaplanSettings
    from ml_connector.transport import Reply, Request, Transport

T = TypeVar("T")

_PAGES_MAX = 200  # a million objects, beyond what a model can hold
_UNAUTHORIZED = 401
_LOOKS_AT_A_TEXT_MAX = 3
_LINE_ENDS = (b"\n", b"\n\0")  # the second in UTF-16


class Calls:
    """The calls every method of the client is made of."""

    def __init__(self, settings: AnaplanSettings, *, transport: Transport, auth: Auth) -> None:
        """Call through `transport`, signed in by `auth`."""
        self._settings = settings
        self._transport = transport
        self._auth = auth

    def fetch_text(self, path: str) -> bytes:
        """Read bytes or text as they are."""
        return self.send(
            build_text_get(self._settings, path),
            lambda request, reply: self.judge(request, reply).body,
        )

    def fetch_lines(self, path: str) -> bytes:
        """Read a text of lines; one that ends within a line is read again, and must be the same.

        Whether the last line has an end is not documented, and a proxy may cut without a word.

        Raises:
            UnexpectedReplyError: it is another text each time.
        """
        return self._fetch_whole(build_text_get(self._settings, path))

    def fetch_table(self, path: str, **params: str) -> bytes:
        """Read cells as CSV, as `fetch_lines`; tried once, for whoever asks has another way."""
        return self._fetch_whole(build_table_get(self._settings, path, **params), attempts_max=1)

    def _fetch_whole(self, request: Request, *, attempts_max: int | None = None) -> bytes:
        found = b""
        for number in range(_LOOKS_AT_A_TEXT_MAX):
            text = self.send(
                request,
                lambda request, reply: self.judge(request, reply).body,
                attempts_max=attempts_max,
            )
            if text.endswith(_LINE_ENDS) or (number > 0 and text == found):
                return text
            found = text
        raise UnexpectedReplyError(
            f"the text ends elsewhere each time, the last time after {len(found)} bytes",
            system=SYSTEM,
            call=request.call,
            remedy="It is cut short on its way: ask who runs the proxy or network between. Then"
            " start the run again.",
        )

    def get(self, path: str, parse: Callable[[Body], T], **params: str) -> T:
        """Read an object below the model."""
        return self.read(build_get(self._settings, path, **params), parse)

    def read(self, request: Request, parse: Callable[[Body], T]) -> T:
        """Send `request` and parse the JSON of its answer; a broken answer is read again."""

        def judge(request: Request, reply: Reply) -> T:
            return _replies.parse_body(request, self.judge(request, reply), parse=parse)

        return self.send(request, judge)

    def read_all(
        self,
        path: str,
        key: str,
        parse: Callable[[Body], T],
        *,
        params: Mapping[str, str] | None = None,
        of_tenant: bool = False,
    ) -> list[T]:
        """Read every object of a collection; `parse` is given one at a time."""

        def parse_all(body: Body) -> list[T]:
            return [parse(entry) for entry in _replies.items(body, key)]

        return self.read_pages(path, key, parse_all, params=params or {}, of_tenant=of_tenant)

    def read_pages(
        self,
        path: str,
        key: str,
        parse: Callable[[Body], list[T]],
        *,
        params: Mapping[str, str],
        of_tenant: bool = False,
    ) -> list[T]:
        """Read page by page, going by offset and total; `next` is wrong now and then (§2.2).

        Raises:
            UnexpectedReplyError: the collection has no end.
        """
        found: list[T] = []
        offset = 0
        for _ in range(_PAGES_MAX):
            request = build_page_request(
                self._settings, path, offset=offset, params=params, of_tenant=of_tenant
            )
            page, size, total = self.read(
                request, lambda body: (parse(body), *_replies.parse_paging(body, key))
            )
            found += page
            offset += size
            if size == 0 or offset >= total:
                return found
        raise UnexpectedReplyError(
            f"the collection has no end after {_PAGES_MAX} pages",
            system=SYSTEM,
            call=f"GET …{path}",
        )

    def judge(self, request: Request, reply: Reply) -> Reply:
        """Return `reply` when it is a success."""
        return judge_reply(request, reply, account=self._auth.account)

    def send(
        self,
        request: Request,
        judge: Callable[[Request, Reply], T],
        *,
        attempts_max: int | None = None,
    ) -> T:
        """Send `request`, once more with a new token when the old one was refused."""
        # Signed outside the `try`: a refused password must not be tried twice.
        signed = self._signed(request)
        try:
            return self._transport.send(signed, judge=judge, attempts_max=attempts_max)
        except AccessError as error:
            if error.status != _UNAUTHORIZED:
                raise
        # A refused token did nothing, so even the start of a task may be sent again, once.
        self._auth.renew()
        return self._transport.send(self._signed(request), judge=judge, attempts_max=attempts_max)

    def _signed(self, request: Request) -> Request:
        headers = {**request.headers, "Authorization": self._auth.fetch_authorization()}
        return dataclasses.replace(request, headers=headers)

    def close(self) -> None:
        """Log out, best effort, and close the connections."""
        self._auth.close()
        self._transport.close()
