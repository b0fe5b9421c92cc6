"""A server that answers with exactly the bytes a test wants: broken ones, slow ones, none."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

_HEAD_END = b"\r\n\r\n"
_TLS_HELLO = b"\x16"


@dataclass(frozen=True)
class Received:
    """One request as it arrived; header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answer = bytes | Callable[[Received], bytes]


@dataclass
class RawServer:
    """Gives its answers one after the other, the last one again and again."""

    answers: list[Answer]
    tls: ssl.SSLContext | None = None
    received: list[Received] = field(default_factory=list)

    def __enter__(self) -> RawServer:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._next = iter(range(1_000_000))
        self._lock = threading.Lock()
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._open = False
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # closing alone would not wake the thread
        self._socket.close()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def url(self) -> str:
        """The server's address with its scheme."""
        return f"{'https' if self.tls else 'http'}://{self.address}"

    def _accept(self) -> None:
        while self._open:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                request = _read_request(connection)
                if request is None:
                    return
                with self._lock:
                    self.received.append(request)
                    answer = self.answers[min(next(self._next), len(self.answers) - 1)]
                connection.sendall(answer(request) if callable(answer) else answer)
        except OSError:
            return


def _read_request(connection: socket.socket) -> Received | None:
    raw = b""
    while _HEAD_END not in raw:
        piece = connection.recv(65_536)
        if not piece or piece[:1] == _TLS_HELLO:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return None
        raw += piece
    head, _, body = raw.partition(_HEAD_END)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65_536)
    method, target, _ = first.split(" ")
    return Received(method, target, headers, body)


def reply(
    status: int = 200,
    body: object = b"",
    *,
    headers: Iterable[tuple[str, str]] = (),
    length: int | None = None,
    content_type: str = "application/json",
) -> bytes:
    """Build an answer; `length` lies about the body's length, `body` is JSON unless bytes."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} Because",
        f"Content-Length: {len(raw) if length is None else length}",
        f"Content-Type: {content_type}",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return "\r\n".join(lines).encode("latin-1") + _HEAD_END + raw


def slowly(answer: bytes, *, seconds: float) -> Callable[[Received], bytes]:
    """Answer only after `seconds`."""

    def build(_: Received) -> bytes:
        time.sleep(seconds)  # noqa: TID251 - a slow server really is slow
        return answer

    return build


CUT = b""
"""Close the connection without a word, after the request was read."""
