"""Who a document line is: an identity that survives re-reading, re-keying and time.

A transaction id is company, kind, Sage's own key of the document and the line's own key, joined by
colons: `SAMLTD:PO:PO000123:2000`. It must fit 60 characters, because that is the longest code
of an Anaplan list item and the longest reference of a Sage line (Sage 300 sheet §5.5).
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


def build_transaction_id(
    *, company: str, kind: DocumentKind, document: tuple[str, ...], line: str
) -> TransactionId:
    """Join company, kind, the document's key and the line's key; never longer than 60.

    What is longer keeps a readable head and ends with `~` and a hash of the whole, so that two
    long ids that differ only at their ends stay apart.
    """
    parts = (company, kind.value, *document, line)
    whole = ":".join(parts)
    if len(whole) <= LENGTH_MAX:
        return TransactionId(whole)
    tail = hashlib.sha256(whole.encode("utf-8")).hexdigest()[:_TAIL_HEX_DIGITS]
    head = whole[: LENGTH_MAX - _TAIL_HEX_DIGITS - 1]
    return TransactionId(f"{head}~{tail}")
