"""Writing Singer messages: exact numbers, whole lines, large writes."""

from __future__ import annotations

import errno
import sys
from typing import IO, TYPE_CHECKING

from singer_sdk.singerlib.encoding.base import GenericSingerWriter, SingerMessageType
from singer_sdk.singerlib.encoding.simple import Message
from typing_extensions import override

from ml_connector.clock import SystemClock
from ml_connector.errors import ConnectorError
from ml_connector.singer.stopping import Stopped
from ml_connector.wire import encode_json

if TYPE_CHECKING:
    from ml_connector.clock import Clock

BUFFER_BYTES = 64 * 1024
FLUSH_AFTER_S = 2.0


class ReaderGoneError(ConnectorError):
    """The program that read our output has ended before us."""

    def __init__(self) -> None:
        """There is nothing to add: it says itself why it ended."""
        super().__init__("The program reading the output has ended", remedy="See what it says.")


class BufferedWriter(GenericSingerWriter[bytes, Message]):
    """Writes messages to stdout, unbuffered until `start_buffering`.

    Buffered, lines go out together: with every STATE and SCHEMA, when 64 KiB have gathered, with
    the first message after two seconds, and on `flush`. A signal never cuts a line: while a write
    is under way, `stop` only asks for the end of it.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        """Begin unbuffered."""
        super().__init__()
        self._clock = clock or SystemClock()
        self._buffer = bytearray()
        self._output: IO[bytes] | None = None
        self._flushed_at = self._clock.monotonic()
        self.is_writing = False
        self.stop: int | None = None

    def start_buffering(self) -> None:
        """Gather lines from here on, written straight to the file behind stdout."""
        # A file of its own, without a second buffer: sys.stdout would keep what a closed pipe
        # refused, and complain about it once more when the process ends.
        descriptor = sys.stdout.fileno()
        self._output = open(descriptor, "wb", buffering=0, closefd=False)  # noqa: SIM115

    @override
    def serialize_message(self, message: Message) -> bytes:
        """Write a message as JSON, every digit of its numbers kept."""
        return encode_json(message.to_dict())

    @override
    def write_message(self, message: Message) -> None:
        """Take one message; see the class for when it goes out.

        Raises:
            ReaderGoneError: nobody reads any more.
            Stopped: a signal came while lines were being written.
        """
        self._buffer += self.serialize_message(message)
        self._buffer += b"\n"
        if self._output is None or self._is_due(message):
            self.flush()

    def _is_due(self, message: Message) -> bool:
        return (
            message.type != SingerMessageType.RECORD
            or len(self._buffer) >= BUFFER_BYTES
            or self._clock.monotonic() - self._flushed_at >= FLUSH_AFTER_S
        )

    def flush(self) -> None:
        """Write every gathered line.

        Raises:
            ReaderGoneError: nobody reads any more.
            Stopped: a signal came meanwhile.
        """
        self.is_writing = True
        try:
            self._write_all()
        finally:
            self.is_writing = False
        if self.stop is not None:
            raise Stopped(self.stop)

    def _write_all(self) -> None:
        output = self._output or sys.stdout.buffer
        try:
            while self._buffer:
                written = output.write(self._buffer)
                del self._buffer[:written]
            output.flush()
        except OSError as error:
            self._buffer.clear()
            # Windows says "invalid argument" for a pipe nobody reads any more.
            if error.errno in {errno.EPIPE, errno.EINVAL}:
                raise ReaderGoneError from error
            raise
        self._flushed_at = self._clock.monotonic()
