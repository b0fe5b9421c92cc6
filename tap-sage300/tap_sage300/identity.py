"""Who a document line is: an identity that survives re-reading, re-keying and time.

A transaction id is company, kind, Sage's own key of the document and the line's own key, joined by
colons: `SAMLTD:PO:PO000123:2000`. It must fit 60 characters, because that is the longest code
of an Anaplan list item and the longest reference of a Sage line (Sage 300 sheet §5.5).

Within a part that another part of the key follows, `:` is written `%3A` and `%` is `%25`: document
`3:X` of vendor `12` is not document `X` of vendor `12:3`.
"""

from __future__ import annotations

import hashlib
from enum import Enum
from typing import Final, NewType

TransactionId = NewType("TransactionId", str)

LENGTH_MAX: Final = 60
_TAIL_HEX_DIGITS: Final = 20


class DocumentKind(Enum):
    """The part of an identity that says which of Sage's documents it comes from."""

    PURCHASE_ORDER = "PO"
    PURCHASE_INVOICE = "PI"
    AP_INVOICE = "AP"
    POSTING = "GL"


def join_key(*parts: str) -> str:
    """Join the parts of a document's key, so that no other parts make the same text."""
    *before, last = parts
    return ":".join([*(part.replace("%", "%25").replace(":", "%3A") for part in before), last])


def build_transaction_id(
    *, company: str, kind: DocumentKind, document: tuple[str, ...], line: str
) -> TransactionId:
    """Join company, kind, the document's key and the line's key; never longer than 60.

    What is longer keeps a readable head and ends with `~` and a hash of the whole, so that two
    long ids that differ only at their ends stay apart.
    """
    whole = ":".join((company, kind.value, join_key(*document), line))
    if len(whole) <= LENGTH_MAX:
        return TransactionId(whole)
    tail = hashlib.sha256(whole.encode("utf-8")).hexdigest()[:_TAIL_HEX_DIGITS]
    head = whole[: LENGTH_MAX - _TAIL_HEX_DIGITS - 1]
    return TransactionId(f"{head}~{tail}")
