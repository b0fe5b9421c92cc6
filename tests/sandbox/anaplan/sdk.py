"""The way from the unmodified `anaplan-sdk` to the sandbox."""

from __future__ import annotations

import httpx2
from typing_extensions import override

from tests.sandbox.anaplan.contracts import Exchange, find_problems


class ToSandbox(httpx2.BaseTransport):
    """Sends what is meant for Anaplan's hosts to the sandbox, and holds each answer to the
    published descriptions."""

    def __init__(self, origin: str) -> None:
        self._origin = httpx2.URL(origin)
        self._transport = httpx2.HTTPTransport()

    @override
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = request.url.copy_with(
            scheme="http", host=self._origin.host, port=self._origin.port
        )
        response = self._transport.handle_request(request)
        raw = response.read()
        content_type = response.headers.get("content-type", "").split(";")[0]
        target = request.url.raw_path.decode()
        problems = find_problems(
            Exchange(request.method, target, response.status_code, content_type, raw)
        )
        assert problems == []
        return response

    @override
    def close(self) -> None:
        self._transport.close()
