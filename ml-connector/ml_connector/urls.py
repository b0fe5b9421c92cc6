"""Addresses as messages and logs may show them: people type passwords into every part of a URL."""

from __future__ import annotations

import re

MASK = "***"

_IN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+")
_VALUE = re.compile(r"([?&][^=&]*=)[^&]*|([?&])[^=&]+(?=&|$)")


def redact_url(url: str) -> str:
    """Return `url` with user info, the values of its query and its fragment masked.

    Everything before the last `@` counts as user info: an unquoted password may hold any sign.
    """
    scheme, found, rest = url.partition("://")
    prefix, rest = (scheme + found, rest) if found else ("", url)
    _, at, place = rest.rpartition("@")
    place, question, query = place.partition("?")
    place, hash_, _ = place.partition("#")
    if question:
        query, in_query, _ = query.partition("#")
        hash_ = hash_ or in_query
        query = _VALUE.sub(lambda part: f"{part[1] or part[2]}{MASK}", question + query)
    return prefix + (MASK + at if at else "") + place + query + (hash_ + MASK if hash_ else "")


def redact_urls(text: str) -> str:
    """Return `text` with every URL in it as `redact_url` shows it."""
    return _IN_TEXT.sub(lambda url: redact_url(url[0]), text) if "://" in text else text
