"""Both servers on loopback, each in a thread with an event loop of its own."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ml_connector_sandbox import anaplan, sage300
from ml_connector_sandbox._clock import VirtualClock
from ml_connector_sandbox._middleware import wrap_part

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator, Mapping

    from ml_connector_sandbox._part import Part, ServeOptions

HOST = "127.0.0.1"
_STOP_TIMEOUT_S = 10.0

ReadyLine = dict[str, dict[str, str]]


@contextmanager
def serving(
    options: ServeOptions,
    *,
    sage_port: int = 0,
    anaplan_port: int = 0,
    clock: VirtualClock | None = None,
) -> Iterator[ReadyLine]:
    """Run both servers while the context lasts; yields what the ready line says."""
    clock = clock or VirtualClock()
    ports = {"sage300": sage_port, "anaplan": anaplan_port}
    with ExitStack() as stack:
        # First of all, so that a port in use is told before a large company is made.
        sockets = {name: stack.enter_context(_listen(port)) for name, port in ports.items()}
        parts = _build_parts(options, clock=clock)
        servers = {name: ServerThread(part, listener=sockets[name]) for name, part in parts.items()}
        for server in servers.values():
            server.start()
            stack.callback(server.stop)
        yield {name: part.describe(servers[name].origin) for name, part in parts.items()}


def _build_parts(options: ServeOptions, *, clock: VirtualClock) -> Mapping[str, Part]:
    books = sage300.create_part(options, clock=clock)
    plans = anaplan.create_part(options, clock=clock, read_books=books.read_books)
    return {"sage300": books, "anaplan": plans}


class ServerThread:
    """One server in one thread."""

    def __init__(self, part: Part, *, port: int = 0, listener: socket.socket | None = None) -> None:
        """Listen on `port` (0: any free one), or take over a `listener`.

        Nothing is answered before `start`.
        """
        self._part = part
        self._socket = listener or _listen(port)
        self.origin = f"http://{HOST}:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            wrap_part(part, find_transport=self._find_transport),
            http=H11Protocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=120,
            # A request that a fault holds must not keep the process from ending.
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [self._socket]},
            name=f"sandbox-{part.state.name}",
            daemon=True,
        )

    def start(self) -> None:
        """Start, and return when connections are accepted (the socket listens already)."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and return when the thread has ended."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_STOP_TIMEOUT_S)
        self._socket.close()

    def _find_transport(self, client: tuple[str, int]) -> asyncio.Transport | None:
        for connection in self._server.server_state.connections:
            if getattr(connection, "client", None) == client:
                return cast("asyncio.Transport | None", getattr(connection, "transport", None))
        return None


def _listen(port: int) -> socket.socket:
    # Named in full, or asyncio takes it for no TCP socket and leaves Nagle's delay on.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":
        # There it would let two servers share a port; here it only allows a quick restart.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        message = f"port {port} cannot be listened on ({error.strerror}); 0 takes any free one"
        raise OSError(message) from error
    return listener
