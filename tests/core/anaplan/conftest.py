"""A client on bytes of a test's choosing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.anaplan import AnaplanClient, AnaplanSettings, open_anaplan

from tests.core.fakes import FakeClock, Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.core.raw_server import RawServer

WORKSPACE = "8a81b09d5e8c6f27015ece3402487d33"
MODEL = "DE2F1A7C3B9D4E8F9A0B1C2D3E4F5A6B"

OpenClient = Callable[..., AnaplanClient]


@pytest.fixture
def open_client() -> Iterator[OpenClient]:
    """A factory: a client whose Anaplan and sign-in are one raw server."""
    opened: list[AnaplanClient] = []

    def build(
        server: RawServer, *, clock: FakeClock | None = None, audit: Recorder | None = None
    ) -> AnaplanClient:
        settings = AnaplanSettings(
            api_url=server.url,
            auth_url=server.url,
            workspace_id=WORKSPACE,
            model_id=MODEL,
            username="planner@example.com",
            password="Hunter-2",
        )
        client = open_anaplan(settings, clock=clock or FakeClock(), audit=audit or Recorder())
        opened.append(client)
        return client

    yield build
    for client in opened:
        client.close()


def paths(server: RawServer) -> list[str]:
    """What was asked, without the model's part of the address."""
    model = f"/2/0/workspaces/{WORKSPACE}/models/{MODEL}"
    return [f"{one.method} {one.target.removeprefix(model)}" for one in server.received]


def envelope(**content: Any) -> dict[str, Any]:
    """Anaplan's envelope around `content`."""
    return {"meta": {}, "status": {"code": 200, "message": "Success"}, **content}
