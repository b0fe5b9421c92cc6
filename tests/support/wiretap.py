"""Passes a connection on to a server and keeps what was said, as a cable tapped in between."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

_IN_HEADERS = re.compile(rb"(?im)^(?:proxy-)?authorization: *[a-z]+ +([^\r\n]+)")
_IN_ANSWERS = re.compile(
    rb'"(?:tokenValue|access_token|refresh_token|device_code|id_token)" *: *"([^"]+)"'
)
_IN_BODIES = re.compile(
    rb"(?:refresh_token|device_code)=([^&\s]+)|\"encodedSignedData\" *: *\"([^\"]+)"
)


class Wiretap:
    """A way to `port` of this computer, on another port, that hears both sides."""

    def __init__(self, port: int) -> None:
        """Listen on a free port; connections are passed on inside a `with` block."""
        self._behind = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._heard: list[bytearray] = []
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """Where clients connect to."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        """Begin to pass on."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def heard(self) -> list[bytes]:
        """Return what each side of each connection has said."""
        with self._lock:
            return [bytes(one) for one in self._heard]

    def bodies(self, line: bytes) -> list[bytes]:
        """Return the bodies of the POST requests whose first line has `line` in it."""
        request = re.compile(
            rb"(?m)^POST [^\r\n]*%b[^\r\n]*\r\n(?:[^\r\n]+\r\n)*?content-length: *(\d+)\r\n"
            rb"(?:[^\r\n]+\r\n)*\r\n" % re.escape(line),
            re.IGNORECASE,
        )
        return [
            one[found.end() : found.end() + int(found[1])]
            for one in self.heard()
            for found in request.finditer(one)
        ]

    def secrets(self) -> dict[str, str]:
        """Return what was said that nobody else may know: credentials and tokens."""
        found = {
            next(part for part in groups if part)
            for one in self.heard()
            for pattern in (_IN_HEADERS, _IN_ANSWERS, _IN_BODIES)
            for match in pattern.finditer(one)
            if (groups := match.groups())
        }
        return {
            f"from the wire {number}": text.decode() for number, text in enumerate(sorted(found))
        }

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # the block has ended
                return
            server = socket.create_connection(("127.0.0.1", self._behind))
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        # What is cut into several pieces is whole again in what one side has said.
        said = bytearray()
        with self._lock:
            self._heard.append(said)
        with suppress(OSError):
            while part := one.recv(65_536):
                with self._lock:
                    said += part
                other.sendall(part)
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
