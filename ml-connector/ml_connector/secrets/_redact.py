"""Take secrets out of text that somebody else wrote, before it reaches a message or a log."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "***"


def redact(text: str, secrets: Iterable[str]) -> str:
    """Replace every secret in `text`, also quoted for a URL or JSON, and in base64."""
    for form in sorted(set(_forms(secrets)), key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def _forms(secrets: Iterable[str]) -> Iterator[str]:
    for secret in secrets:
        if secret:
            yield secret
            yield quote(secret, safe="", errors="replace")
            yield quote_plus(secret, errors="replace")
            yield base64.b64encode(secret.encode(errors="replace")).decode("ascii")
            yield json.dumps(secret)[1:-1]
            yield json.dumps(secret, ensure_ascii=False)[1:-1]
