"""The gate of journals: accounts, currencies, sides, and entries that balance."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from target_sage300._entries import REFERENCE_CHARS_MAX, Entry, Line, Problem, by_reference
from target_sage300._gate import COMMENT_CHARS_MAX, DESCRIPTION_CHARS_MAX, Gate
from target_sage300._reading import TRUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ml_connector.ledger import InputLine

    from target_sage300._books import Account
    from target_sage300._reading import LineReader


class JournalGate(Gate):
    """Judges the journals of one stream."""

    same_fields: ClassVar[tuple[str, ...]] = ("date", "auto_reversal")
    reference_chars_max: ClassVar[int] = REFERENCE_CHARS_MAX

    @override
    def check_lines(self, name: str, lines: Sequence[InputLine]) -> Iterator[Problem]:
        del lines
        source = (self.posting.source_ledger, self.posting.source_type)
        if source not in self.books.source_codes:
            yield Problem(
                entry=name,
                field="source_type",
                value="-".join(source),
                problem="Sage 300 has no such source code",
                remedy="Add it in G/L Source Codes, for postings of this connector alone.",
            )

    @override
    def read_line(self, reader: LineReader) -> Line | None:
        account = self.read_account(reader)
        currency = (reader.text("currency") or self.books.home_currency).upper()
        amount = reader.sides()
        day = self.check_date(reader)
        is_reversed = reader.flag("auto_reversal")
        if is_reversed and day is not None and not self.books.has_period_after(day):
            reader.object(
                "auto_reversal",
                f"no fiscal period follows that of {day}, in which it would be reversed",
                "Add the next year to the fiscal calendar in Common Services.",
            )
        description = reader.short("description", chars_max=DESCRIPTION_CHARS_MAX)
        comment = reader.short("comment", chars_max=COMMENT_CHARS_MAX)
        facts = self.read_optional(reader)
        if account is not None:
            self._check_currency(reader, account, currency)
        if amount is not None:
            side = "debit" if amount > 0 else "credit"
            self.check_decimals(reader, side, amount, currency=currency)
        if reader.problems or account is None or amount is None:
            return None
        return Line(
            reference=reader.line.reference,
            account=account.number,
            currency=currency,
            amount=amount,
            description=description,
            comment=comment,
            facts=facts,
        )

    @override
    def build_entry(self, name: str, lines: Sequence[InputLine], made: Sequence[Line]) -> Entry:
        first = lines[0].content
        date = (first["date"] or "").strip()[:10]
        is_reversed = (first["auto_reversal"] or "").strip().lower() in TRUE
        return Entry(
            name=name,
            date=dt.date.fromisoformat(date),
            description=min(made, key=by_reference).description or name[:DESCRIPTION_CHARS_MAX],
            lines=tuple(made),
            facts={"auto_reversal": "true" if is_reversed else "false"},
        )

    @override
    def check_entry(self, entry: Entry) -> Iterator[Problem]:
        for currency in sorted({line.currency for line in entry.lines}):
            amounts = (line.amount for line in entry.lines if line.currency == currency)
            total = sum(amounts, Decimal(0))
            if total:
                yield Problem(
                    entry=entry.name,
                    field="currency",
                    value=currency,
                    problem=f"debits exceed credits by {total:f}"
                    if total > 0
                    else f"credits exceed debits by {-total:f}",
                    remedy="Each currency of an entry must balance by itself: correct its lines.",
                )

    def _check_currency(self, reader: LineReader, account: Account, currency: str) -> None:
        if currency not in self.books.decimals and currency != self.books.home_currency:
            reader.object("currency", "Sage 300 has no such currency", "Correct it.")
        elif not self.books.takes_currency(account, currency):
            reader.object(
                "currency",
                f"account {account.number} does not take it",
                "Use another account, or allow the currency for it in General Ledger.",
            )
