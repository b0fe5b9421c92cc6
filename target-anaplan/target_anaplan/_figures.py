"""What the control module counts of a row: its amount, and a checksum of its other cells."""

from __future__ import annotations

import re
from decimal import Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from ml_connector.ledger import row_digest

if TYPE_CHECKING:
    from collections.abc import Sequence

ZERO: Final = Decimal(0)
CHECKSUM_MAX: Final = 999_999
"""Ten million rows sum to 10^13, which Anaplan's binary numbers hold exactly (up to 2^53)."""

_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_LARGEST: Final = Context(prec=1000).power(Decimal(2), Decimal(1024))


def read_number(text: str, *, decimal_separator: str = ".") -> Decimal | None:
    """Read a plain number as Anaplan takes it; `None` when it refuses the text.

    What it refuses beside text is not documented (Anaplan sheet §5.3); a number beyond any binary
    double has no form in it.
    """
    plain = text.strip()
    if decimal_separator != ".":
        plain = plain.replace(".", " ").replace(decimal_separator, ".")
    if not _NUMBER.fullmatch(plain):
        return None
    number = Decimal(plain)
    return number if number.copy_abs() < _LARGEST else None


def read_amount(text: str, *, decimal_separator: str = ".") -> Decimal:
    """Return what an amount counts once its text was taken; nothing when it is no number."""
    number = read_number(text, decimal_separator=decimal_separator)
    if number is not None:
        return number
    try:
        # Anaplan may take more than it says, such as 1e5: then it has counted it.
        loose = Decimal(text)
    except InvalidOperation:
        return ZERO
    return loose if loose.is_finite() and loose.copy_abs() < _LARGEST else ZERO


def compute_checksum(values: Sequence[str], *, position: int) -> int:
    """Compute the number, 1 to 999,999, that tells a row's other cells from any other version."""
    others = (*values[:position], *values[position + 1 :])
    return 1 + int(row_digest(others), 16) % CHECKSUM_MAX


def read_checksum(text: str) -> int:
    """Return what a checksum counts; a property of that name need not be a number."""
    is_whole = text.isascii() and text.isdigit() and len(text) <= len(str(CHECKSUM_MAX))
    return int(text) if is_whole else 0
