"""Tax on distributed amounts, one authority after the other (Sage sheet §5.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.ap._money import (
    ZERO,
    Currency,
    included_percent_of,
    percent_of,
    share_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

AUTHORITIES_MAX = 5
"""A tax group has at most five authorities: `TaxAuthority1` to `TaxAuthority5`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaxAuthority:
    """One authority of a tax group, as far as A/P needs it."""

    code: str
    percent: Decimal
    account: str = ""
    """Where recoverable tax goes; blank when tax is part of the expense."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaxedLine:
    """A distributed amount with its taxes, in the document's currency."""

    net: Decimal
    taxes: tuple[Decimal, ...]

    @property
    def total_tax(self) -> Decimal:
        """All authorities' tax."""
        return sum(self.taxes, ZERO)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaxableLine:
    """A distributed amount before its taxes are known."""

    amount: Decimal
    """As typed: with the taxes that are included in it."""
    is_included: tuple[bool, ...]
    """Per authority, whether its tax is included in `amount`."""


def tax_line(
    line: TaxableLine, *, authorities: Sequence[TaxAuthority], currency: Currency
) -> TaxedLine:
    """Compute the taxes of one distributed amount by itself."""
    amount, is_included = line.amount, line.is_included
    pairs = list(zip(authorities, is_included, strict=True))
    inside_percent = sum((authority.percent for authority, inside in pairs if inside), ZERO)
    included = [
        included_percent_of(amount, authority.percent, inside_percent, currency) if inside else ZERO
        for authority, inside in pairs
    ]
    net = amount - sum(included, ZERO)
    taxes = tuple(
        tax if inside else percent_of(net, authority.percent, currency)
        for authority, tax, inside in zip(authorities, included, is_included, strict=True)
    )
    return TaxedLine(net=net, taxes=taxes)


def tax_lines(
    lines: Sequence[TaxableLine],
    *,
    authorities: Sequence[TaxAuthority],
    currency: Currency,
    by_summary: bool,
) -> list[TaxedLine]:
    """Compute the taxes of all lines of a document.

    Args:
        lines: The distributed amounts.
        authorities: Of the document's tax group.
        currency: The document's.
        by_summary: Whether taxes that are added are computed on the sum of the lines and then
            spread over them, or on each line (a tax group's calculation method).
    """
    taxed = [tax_line(line, authorities=authorities, currency=currency) for line in lines]
    if not by_summary:
        return taxed
    taxes = [list(line.taxes) for line in taxed]
    for position, authority in enumerate(authorities):
        added = [index for index, line in enumerate(lines) if not line.is_included[position]]
        bases = [taxed[index].net for index in added]
        total = percent_of(sum(bases, ZERO), authority.percent, currency)
        for index, spread in zip(
            added, spread_tax([total], amounts=bases, currency=currency), strict=True
        ):
            taxes[index][position] = spread.taxes[0]
    return [
        TaxedLine(net=line.net, taxes=tuple(amounts))
        for line, amounts in zip(taxed, taxes, strict=True)
    ]


def spread_tax(
    taxes: Sequence[Decimal], *, amounts: Sequence[Decimal], currency: Currency
) -> list[TaxedLine]:
    """Divide a document's entered taxes among its lines by amount; the last takes what is left."""
    whole = sum(amounts, ZERO)
    left = list(taxes)
    lines: list[TaxedLine] = []
    for position, amount in enumerate(amounts):
        if position == len(amounts) - 1 or not whole:
            shares = list(left)
        else:
            shares = [share_of(tax, amount, whole, currency) for tax in taxes]
        left = [rest - share for rest, share in zip(left, shares, strict=True)]
        lines.append(TaxedLine(net=amount, taxes=tuple(shares)))
    return lines
