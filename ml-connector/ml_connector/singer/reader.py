"""Reading Singer messages: bytes in UTF-8, exact numbers, and no line ever quoted in a log."""

from __future__ import annotations

import sys
from collections import Counter
from typing import IO, TYPE_CHECKING

from singer_sdk.singerlib.encoding.base import GenericSingerReader
from typing_extensions import override

from ml_connector.singer.input_errors import MessageError
from ml_connector.wire import WireError, check_depth, decode_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ml_connector.singer.target import DurableTarget

Message = dict[str, object]

DEPTH_MAX = 100
"""Levels of a message; JSON Schema, stream maps and flattening recurse into what we hand them."""


class StopNow(Exception):  # noqa: N818 - it is no error: it ends the wait for the next line
    """Raised by the signal handler while nothing is under way."""


class StopAwareReader(GenericSingerReader[str]):
    """Reads until the input ends or the target was told to stop.

    A signal interrupts only the wait for the next line. Arriving at any other time it sets the
    target's stop flag, and the message under way is finished first (sheet "singer-meltano" §2.4).
    """

    target: DurableTarget | None = None
    line_number = 0

    @property
    @override
    def default_input(self) -> IO[str]:
        """Standard input, as bytes: its text mode would use the locale's encoding."""
        return sys.stdin.buffer  # type: ignore[return-value]

    @override
    def process_lines(
        self,
        file_input: IO[str] | None,
        callbacks: dict[str, Callable[[Message], None]],
    ) -> Counter[str]:
        """Hand each message to the callback of its type.

        Raises:
            MessageError: a line is not a Singer message, or the input ends within one.
        """
        counts = Counter[str]()
        for line in self._iterate_lines(iter(file_input or self.default_input)):
            if not line.strip():
                continue
            message = self.deserialize_json(line)
            kind = message.get("type")
            callback = callbacks.get(kind) if isinstance(kind, str) else None
            if callback is None:
                raise MessageError(self.line_number, f"has the unknown message type {kind!r}")
            callback(message)
            counts[str(kind)] += 1
        return counts

    def _iterate_lines(self, lines: Iterator[str]) -> Iterator[str]:
        target = self.target
        while target is None or target.stop is None:
            try:
                if target is not None:
                    target.is_waiting = True
                line = next(lines, None)
            except StopNow:
                return
            finally:
                if target is not None:
                    target.is_waiting = False
            if line is None:
                return
            self.line_number += 1
            yield line

    @override
    def deserialize_json(self, line: str) -> Message:
        """Decode one line.

        Raises:
            MessageError: it is not a JSON object; the message never quotes it.
        """
        try:
            message = decode_json(line)
            # Counting is quick; only a line with that many brackets is walked through.
            if sum(line.count(bracket) for bracket in _openings(line)) > DEPTH_MAX:
                check_depth(message, depth_max=DEPTH_MAX)
        except WireError as error:
            if not line.endswith(_line_end(line)):
                raise MessageError(
                    self.line_number,
                    "ends within a message",
                    remedy="The tap was interrupted: run it again. Nothing of it was loaded.",
                ) from error
            raise MessageError(self.line_number, f"is {error}") from error
        if not isinstance(message, dict):
            raise MessageError(self.line_number, "is not a JSON object")
        return message


def _openings(line: str | bytes) -> tuple[str, str]:
    return (b"{", b"[") if isinstance(line, bytes) else ("{", "[")  # type: ignore[return-value]


def _line_end(line: str | bytes) -> str:
    return b"\n" if isinstance(line, bytes) else "\n"  # type: ignore[return-value]
