"""The gate: which entries may go into the books, and why the others may not.

Pure: lines as they came and the company's set-up go in; entries, and problems by name, come out.
Sage may store what it cannot post and object only after a person has reviewed it (Sage sheet §5.6),
so everything is refused here while the incoming line can still be named.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

import msgspec

from target_sage300._entries import (
    REFERENCE_CHARS_MAX,
    JournalEntry,
    JournalLine,
    Problem,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ml_connector.ledger import InputLine

    from target_sage300._books import Account, Books
    from target_sage300._settings import PostingSettings

DESCRIPTION_CHARS_MAX: Final = 60
COMMENT_CHARS_MAX: Final = 250
AMOUNT_BELOW: Final = Decimal(10) ** 13
"""Amounts have ten bytes of packed decimals, three of them behind the point (Sage sheet §4.2)."""

_TRUE = frozenset({"true", "1", "yes"})
_FALSE = frozenset({"false", "0", "no", ""})


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one entry: it may go on, is refused, or is none of our business."""

    name: str
    entry: JournalEntry | None = None
    problems: tuple[Problem, ...] = ()
    left_out: str | None = None


class Gate:
    """Judges the entries of one stream."""

    def __init__(
        self,
        posting: PostingSettings,
        *,
        books: Books,
        company: str,
        ambiguous: frozenset[str] = frozenset(),
    ) -> None:
        """Check against `books`; `ambiguous` are ids that came with different content."""
        self._posting = posting
        self._books = books
        self._company = company
        self._ambiguous = ambiguous

    def judge(self, name: str, lines: Sequence[InputLine]) -> Judgement:
        """Judge one entry by all of its lines."""
        texts = [line.content for line in lines]
        if all((one["company"] or "").strip() not in ("", self._company) for one in texts):
            return Judgement(name=name, left_out="is of another company")
        if all((one["approved"] or "").lower() in _FALSE for one in texts):
            return Judgement(name=name, left_out="is not approved")
        problems = [*self._check_entry(name, lines)]
        made: list[JournalLine] = []
        for line in lines:
            reader = _LineReader(self._posting, name, line)
            found = self._read_line(reader)
            problems += reader.problems
            if found is not None:
                made.append(found)
        if not problems:
            entry = _build_entry(name, lines, made)
            problems += _check_balance(entry)
            if not problems:
                return Judgement(name=name, entry=entry)
        return Judgement(name=name, problems=tuple(problems))

    def _check_entry(self, name: str, lines: Sequence[InputLine]) -> Iterator[Problem]:
        column = self._posting.column
        if not name:
            yield Problem(
                entry=name,
                record=lines[0].reference,
                field=column("entry"),
                problem="it is blank",
                remedy="Give every line the name of its entry.",
            )
        said = {line.content["lines_in_entry"] for line in lines}
        if said != {str(len(lines))}:
            yield Problem(
                entry=name,
                field=column("lines_in_entry"),
                value=", ".join(sorted(one or "blank" for one in said)),
                problem=f"{len(lines)} lines came",
                remedy="Approve all lines of the entry, and check that the export has them all.",
            )
        for field in ("date", "auto_reversal"):
            values = sorted({line.content[field] or "blank" for line in lines})
            if len(values) > 1:
                yield Problem(
                    entry=name,
                    field=column(field),
                    value=", ".join(values),
                    problem="its lines differ",
                    remedy="Give all lines of the entry the same.",
                )
        source = (self._posting.source_ledger, self._posting.source_type)
        if source not in self._books.source_codes:
            yield Problem(
                entry=name,
                field="source_type",
                value="-".join(source),
                problem="Sage 300 has no such source code",
                remedy="Add it in G/L Source Codes, for postings of this connector alone.",
            )

    def _read_line(self, reader: _LineReader) -> JournalLine | None:
        self._check_identity(reader)
        account = self._read_account(reader)
        currency = (reader.text("currency") or self._books.home_currency).upper()
        amount = reader.amount()
        self._check_date(reader)
        reader.flag("auto_reversal")
        description = reader.short("description", chars_max=DESCRIPTION_CHARS_MAX)
        comment = reader.short("comment", chars_max=COMMENT_CHARS_MAX)
        if account is not None:
            self._check_currency(reader, account, currency)
        if amount is not None:
            self._check_decimals(reader, amount, currency)
        if reader.problems or account is None or amount is None:
            return None
        return JournalLine(
            reference=reader.line.reference,
            account=account.number,
            currency=currency,
            amount=amount,
            description=description,
            comment=comment,
        )

    def _check_identity(self, reader: _LineReader) -> None:
        reference = reader.line.reference
        if not reader.text("transaction_id"):
            reader.object("transaction_id", "it is blank", "Give every line an id of its own.")
        elif len(reference) > REFERENCE_CHARS_MAX:
            reader.object(
                "transaction_id",
                f"with its origin it has {len(reference)} characters; Sage 300 keeps"
                f" {REFERENCE_CHARS_MAX}",
                "Use shorter ids.",
            )
        if reference in self._ambiguous:
            reader.object(
                "transaction_id",
                "several lines with different content have it",
                "Give every line an id of its own.",
            )
        company = reader.text("company")
        if company != self._company:
            reader.object(
                "company",
                f"the entry has lines of {self._company} as well" if company else "it is blank",
                "Give all lines of the entry one company.",
            )
        if not reader.flag("approved"):
            reader.object("approved", "the line is not approved", "Approve the whole entry.")

    def _read_account(self, reader: _LineReader) -> Account | None:
        number = reader.text("account")
        account = self._books.find_account(number) if number else None
        if account is None:
            reader.object(
                "account",
                "Sage 300 has no such account" if number else "it is blank",
                "Correct it, or add the account in General Ledger.",
            )
        elif not account.is_active:
            reader.object("account", "the account is inactive", "Use an active account.")
        elif account.posting_rule == "Prohibited":
            reader.object("account", "posting to it is prohibited", "Use a posting account.")
        elif account.is_control:
            reader.object(
                "account",
                "it is a control account, which only its subledger posts to",
                "Use another account, or post a document in the subledger.",
            )
        return account

    def _check_currency(self, reader: _LineReader, account: Account, currency: str) -> None:
        if currency not in self._books.decimals and currency != self._books.home_currency:
            reader.object("currency", "Sage 300 has no such currency", "Correct it.")
        elif not self._books.takes_currency(account, currency):
            reader.object(
                "currency",
                f"account {account.number} does not take it",
                "Use another account, or allow the currency for it in General Ledger.",
            )

    def _check_decimals(self, reader: _LineReader, amount: Decimal, currency: str) -> None:
        decimals = self._books.decimals.get(currency, 2)
        field = "debit" if amount > 0 else "credit"
        if amount != round(amount, decimals):
            reader.object(
                field,
                f"{currency} has {decimals} decimals",
                "Round it in the model, so that the entry still balances.",
            )
        if abs(amount) >= AMOUNT_BELOW:
            reader.object(field, "it is too large for Sage 300", "Part the line in several.")

    def _check_date(self, reader: _LineReader) -> None:
        day = reader.date()
        if day is not None and self._books.find_period(day) is None:
            reader.object(
                "date",
                "no fiscal period has this day",
                "Correct it, or add the year to the fiscal calendar in Common Services.",
            )


class _LineReader:
    """Reads the fields of one line and collects what is wrong with them."""

    def __init__(self, posting: PostingSettings, entry: str, line: InputLine) -> None:
        self.line = line
        self.problems: list[Problem] = []
        self._posting = posting
        self._entry = entry

    def object(self, field: str, problem: str, remedy: str) -> None:
        """Note a problem of a field."""
        self.problems.append(
            Problem(
                entry=self._entry,
                record=self.line.reference or "without id",
                field=self._posting.column(field),
                value=self.line.content[field],
                problem=problem,
                remedy=remedy,
            )
        )

    def text(self, field: str) -> str:
        """Return a field without blanks around it."""
        return (self.line.content[field] or "").strip()

    def short(self, field: str, *, chars_max: int) -> str:
        """Return a text that fits Sage's field."""
        text = self.text(field)
        if len(text) > chars_max:
            problem = f"it has {len(text)} characters; Sage 300 keeps {chars_max}"
            self.object(field, problem, "Shorten it in the model.")
        return text

    def flag(self, field: str) -> bool:
        """Return a yes or no."""
        text = self.text(field).lower()
        if text not in _TRUE | _FALSE:
            self.object(field, "it is neither true nor false", "Use a yes/no line item.")
        return text in _TRUE

    def date(self) -> dt.date | None:
        """Return the posting date."""
        text = self.text("date")
        try:
            # A moment at midnight is how some databases spell a day.
            return dt.date.fromisoformat(text.removesuffix("T00:00:00").removesuffix(" 00:00:00"))
        except ValueError:
            self.object("date", "it is not a day like 2026-11-30", "Use a date line item.")
            return None

    def amount(self) -> Decimal | None:
        """Return debit less credit; exactly one of the two has an amount above zero."""
        debit, credit = self._side("debit"), self._side("credit")
        if debit is None or credit is None:
            return None
        if debit and credit:
            self.object("credit", "the line has a debit as well", "Use one of the two.")
            return None
        if not debit and not credit:
            self.object("debit", "the line has no amount", "Give a debit or a credit.")
            return None
        return debit - credit

    def _side(self, field: str) -> Decimal | None:
        text = self.text(field)
        try:
            amount = Decimal(text) if text else Decimal(0)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite():
            self.object(field, "it is not a number", "Use a number line item, unformatted.")
            return None
        if amount < 0:
            self.object(field, "it is negative", "Put it on the other side.")
            return None
        return amount


def _build_entry(
    name: str, lines: Sequence[InputLine], made: Sequence[JournalLine]
) -> JournalEntry:
    first: Mapping[str, str | None] = lines[0].content
    date = (first["date"] or "").strip()[:10]
    return JournalEntry(
        name=name,
        date=dt.date.fromisoformat(date),
        description=made[0].description or name[:DESCRIPTION_CHARS_MAX],
        is_reversed=(first["auto_reversal"] or "").strip().lower() in _TRUE,
        lines=tuple(made),
    )


def _check_balance(entry: JournalEntry) -> Iterator[Problem]:
    for currency in sorted({line.currency for line in entry.lines}):
        total = sum((line.amount for line in entry.lines if line.currency == currency), Decimal(0))
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
