"""Logs are events: a name and fields, one line each, never a row's values above DEBUG."""

from __future__ import annotations

import logging

from ml_connector.urls import redact_urls


def event(log: logging.Logger, name: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log `name key=value …` on one line, the fields also under `record.fields`.

    The fields are nested because `module`, `process`, `name` and `filename` clash with the
    attributes of a `LogRecord`. They are not called `event`: Meltano hands every extra to structlog
    as a keyword, where `event` is taken, and would lose the line and all that follow.
    """
    if not log.isEnabledFor(level):
        return
    line = " ".join([name, *(f"{key}={_shown(value)}" for key, value in fields.items())])
    log.log(level, "%s", line, extra={"fields": {"event": name, **fields}}, stacklevel=2)


def _shown(value: object) -> str:
    text = redact_urls(str(value))
    # Quoted when it would break the line or the pairs: a name from outside must not forge one.
    if text and text.isprintable() and not any(char in text for char in ' "='):
        return text
    return ascii(text) if not text.isprintable() else f'"{text.replace(chr(34), chr(39))}"'
