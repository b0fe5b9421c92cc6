"""Take secrets out of text that somebody else wrote, before it reaches a message or a log."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "***"

_ESCAPES = re.compile(r"\\\\|\\u([0-9a-fA-F]{4})")
_KEPT = {*range(0x20), ord('"'), ord("\\"), *range(0xD800, 0xE000)}


def redact(text: str, secrets: Iterable[str]) -> str:
    r"""Replace every secret in `text`, also quoted for a URL, HTML or JSON, and in base64.

    What JSON writes as \u0026 without need stands as its sign in what is returned: several
    libraries of servers do that, and a secret would come out whole where the JSON is read.
    """
    forms = sorted(set(_forms(secrets)), key=len, reverse=True)
    return _mask(_ESCAPES.sub(_unescape, _mask(text, forms)), forms)


def _mask(text: str, forms: Iterable[str]) -> str:
    for form in forms:
        text = text.replace(form, MASK)
    return text


def _unescape(escape: re.Match[str]) -> str:
    code = int(escape[1], 16) if escape[1] else 0
    return escape[0] if code in _KEPT else chr(code)


def _forms(secrets: Iterable[str]) -> Iterator[str]:
    for secret in secrets:
        if secret:
            yield secret
            yield quote(secret, safe="", errors="replace")
            yield quote_plus(secret, errors="replace")
            yield html.escape(secret)
            yield base64.b64encode(secret.encode(errors="replace")).decode("ascii")
            yield json.dumps(secret)[1:-1]
            yield json.dumps(secret, ensure_ascii=False)[1:-1]
