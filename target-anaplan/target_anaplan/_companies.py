"""Several companies in one model: the company before every code, and the way back from a key.

    1200 of SAMLTD               ->  SAMLTD:1200
    SAMLTD:PO:PO1:1000           ->  SAMLTD:PO:PO1:1000      (a transaction id names it already)
    a code that gets too long    ->  SAMLTD:head~0123456789abcdef

A code in a key, in a parent and in a list-formatted column gets the same prefix, so that they still
find each other. No company holds a `:`, so the company of a key is what stands before its first.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

SEPARATOR: Final = ":"
CODE_LENGTH_MAX: Final = 60
"""What Anaplan takes as a code (Anaplan sheet §5.5)."""
_TAIL_HEX_DIGITS: Final = 16
_RESERVED: Final = (SEPARATOR, "|", "\\")
"""What parts a company from a code, and one column of a key from the next."""


def is_usable(company: str) -> bool:
    """Tell whether a company can stand before codes: every key then says whose it is."""
    return bool(company.strip()) and not any(mark in company for mark in _RESERVED)


def put_company(code: str, company: str) -> str:
    """Put `company` before `code`, unless it is empty; what gets too long ends with a hash."""
    if not code:
        return code
    whole = f"{company}{SEPARATOR}{code}"
    if len(whole) <= CODE_LENGTH_MAX:
        return whole
    tail = hashlib.sha256(whole.encode()).hexdigest()[:_TAIL_HEX_DIGITS]
    return f"{whole[: CODE_LENGTH_MAX - _TAIL_HEX_DIGITS - 1]}~{tail}"


def names_company(transaction_id: str, company: str) -> bool:
    """Tell whether a transaction id begins with its company, as those of tap-sage300 do."""
    return transaction_id.startswith(f"{company}{SEPARATOR}")


def begin_keys(companies: Iterable[str]) -> frozenset[str]:
    """Return how the keys of `companies` begin."""
    return frozenset(f"{company}{SEPARATOR}" for company in companies)


def is_of(row_key: str, companies: Iterable[str]) -> bool:
    """Tell whether a key belongs to one of `companies`."""
    return row_key.partition(SEPARATOR)[0] in companies
