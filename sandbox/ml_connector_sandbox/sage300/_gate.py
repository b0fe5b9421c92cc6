"""What stands before the Web API: limits on requests, slowness, an impatient proxy.

None of it is documented beyond the code `TooManyRequests` (Sage sheet §2, unknown 11), so
everything is off by default.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse

from ml_connector_sandbox._switches import NOT_NEGATIVE, Switch
from ml_connector_sandbox.sage300._errors import WebApiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.responses import Response

    from ml_connector_sandbox._clock import VirtualClock
    from ml_connector_sandbox._switches import Switches

_MINUTE_S = 60

SWITCHES: Mapping[str, Switch] = {
    "concurrent_requests_max": Switch(
        default=0,
        shape=NOT_NEGATIVE,
        about="unknown 11: more requests at a time are TooManyRequests; 0 for no limit",
    ),
    "requests_per_minute_max": Switch(
        default=0,
        shape=NOT_NEGATIVE,
        about="unknown 11: more requests a minute of the sandbox's clock are TooManyRequests;"
        " 0 for no limit",
    ),
    "retry_after_s": Switch(
        default=0,
        shape=NOT_NEGATIVE,
        about="unknown 11: Retry-After that TooManyRequests carries; 0 for none",
    ),
    "response_delay_ms": Switch(
        default=0,
        shape=NOT_NEGATIVE,
        about="unknown 11: how long every request takes at least, within the limits above",
    ),
    "gateway_top_max": Switch(
        default=0,
        shape=NOT_NEGATIVE,
        about="§3.3: a larger $top is answered 502 by a proxy in front; 0 for no proxy",
    ),
}


class Gate:
    """Counts what is under way."""

    def __init__(self, *, clock: VirtualClock, switches: Switches) -> None:
        """Start with nothing under way."""
        self._clock = clock
        self._switches = switches
        self._under_way = 0
        self._arrivals: deque[float] = deque()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Count a request while it is under way.

        Raises:
            WebApiError: `TooManyRequests`.
        """
        self._check_rate()
        limit = self._limit("concurrent_requests_max")
        if limit and self._under_way >= limit:
            raise self._too_many()
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def delay(self) -> None:
        """Take as long as the site takes."""
        delay_ms = self._limit("response_delay_ms")
        if delay_ms:
            await asyncio.sleep(delay_ms / 1000)

    def find_proxy_answer(self, query_string: str) -> Response | None:
        """Return the 502 of a proxy that will not wait for so large a page; else None."""
        limit = self._limit("gateway_top_max")
        tops = parse_qs(query_string).get("$top", [])
        if not limit or not any(top.isdigit() and int(top) > limit for top in tops):
            return None
        return HTMLResponse("<h1>502 Bad Gateway</h1>", status_code=502)

    def _check_rate(self) -> None:
        limit = self._limit("requests_per_minute_max")
        now = self._clock.now().timestamp()
        while self._arrivals and not 0 <= now - self._arrivals[0] < _MINUTE_S:
            self._arrivals.popleft()
        if limit and len(self._arrivals) >= limit:
            raise self._too_many()
        if limit:
            self._arrivals.append(now)

    def _limit(self, name: str) -> int:
        return int(str(self._switches[name]))

    def _too_many(self) -> WebApiError:
        seconds = self._limit("retry_after_s")
        headers = {"Retry-After": str(seconds)} if seconds else {}
        return WebApiError("TooManyRequests", "Too many requests.", headers=headers)
