"""The way from the unmodified `anaplan-sdk` to the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anaplan_sdk
import httpx2
from typing_extensions import override

from tests.sandbox.anaplan.contracts import Exchange, find_problems

if TYPE_CHECKING:
    from tests.sandbox.anaplan.service import Anaplan

CHUNK_BYTES = 64


def make_client(anaplan: Anaplan) -> anaplan_sdk.Client:
    """The synchronous client, with chunks so small that every file has several."""
    return anaplan_sdk.Client(
        workspace_id=anaplan.workspace,
        model_id=anaplan.model,
        token=anaplan.token,
        retry_count=1,
        status_poll_delay=0,
        upload_chunk_size=CHUNK_BYTES,
        transport=ToSandbox(anaplan.origin),
    )


def make_async_client(anaplan: Anaplan) -> anaplan_sdk.AsyncClient:
    """The asynchronous client, the same."""
    return anaplan_sdk.AsyncClient(
        workspace_id=anaplan.workspace,
        model_id=anaplan.model,
        token=anaplan.token,
        retry_count=1,
        status_poll_delay=0,
        upload_chunk_size=CHUNK_BYTES,
        transport=ToSandboxAsync(anaplan.origin),
    )


def _check(request: httpx2.Request, response: httpx2.Response, raw: bytes) -> None:
    content_type = response.headers.get("content-type", "").split(";")[0]
    target = request.url.raw_path.decode()
    problems = find_problems(
        Exchange(request.method, target, response.status_code, content_type, raw)
    )
    assert problems == []


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
        _check(request, response, response.read())
        return response

    @override
    def close(self) -> None:
        self._transport.close()


class ToSandboxAsync(httpx2.AsyncBaseTransport):
    """The same for the asynchronous client."""

    def __init__(self, origin: str) -> None:
        self._origin = httpx2.URL(origin)
        self._transport = httpx2.AsyncHTTPTransport()

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = request.url.copy_with(
            scheme="http", host=self._origin.host, port=self._origin.port
        )
        response = await self._transport.handle_async_request(request)
        _check(request, response, await response.aread())
        return response

    @override
    async def aclose(self) -> None:
        await self._transport.aclose()
