"""The gate: which entries may go into the books, and why the others may not.

Pure: lines as they came and the company's set-up go in; entries, and problems by name, come out.
Sage may store what it cannot post and object only after a person has reviewed it (Sage sheet §5.6),
so everything is refused here while the incoming line can still be named. What all kinds have in
common is here; each kind has a gate of its own upon it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from target_sage300._entries import Entry, Line, Problem
from target_sage300._optional_fields import DOCUMENT, SETTINGS, VALUE_CHARS_MAX, list_fields
from target_sage300._reading import (
    AMOUNT_BELOW,
    FALSE,
    NO_NUMBER,
    NUMBER_REMEDY,
    LineReader,
    parse_number,
)
from target_sage300._revisions import parse_reference

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from ml_connector.ledger import InputLine

    from target_sage300._books import Account, Books
    from target_sage300._settings import PostingSettings

DESCRIPTION_CHARS_MAX: Final = 60
COMMENT_CHARS_MAX: Final = 250


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one entry: it may go on, is refused, or is none of our business."""

    name: str
    entry: Entry | None = None
    problems: tuple[Problem, ...] = ()
    left_out: str | None = None


class Gate(ABC):
    """Judges the entries of one stream; a kind adds what its lines and entries must be."""

    same_fields: ClassVar[tuple[str, ...]]
    """Fields in which the lines of an entry must be alike."""
    reference_chars_max: ClassVar[int]
    """How long the id that Sage keeps may be."""

    def __init__(
        self,
        posting: PostingSettings,
        *,
        books: Books,
        company: str,
        ambiguous: frozenset[str] = frozenset(),
    ) -> None:
        """Check against `books`; `ambiguous` are ids that came with different content."""
        self.posting = posting
        self.books = books
        self._company = company
        self._ambiguous = ambiguous

    def judge(self, name: str, lines: Sequence[InputLine]) -> Judgement:
        """Judge one entry by all of its lines."""
        texts = [line.content for line in lines]
        if all((one["company"] or "").strip() not in ("", self._company) for one in texts):
            return Judgement(name=name, left_out="is of another company")
        if all((one["approved"] or "").lower() in FALSE for one in texts):
            return Judgement(name=name, left_out="is not approved")
        problems = [*self._check_common(name, lines), *self.check_lines(name, lines)]
        made: list[Line] = []
        for line in lines:
            reader = LineReader(self.posting, name, line)
            self._check_identity(reader)
            found = self.read_line(reader)
            problems += reader.problems
            if found is not None:
                made.append(found)
        if not problems:
            entry = self.build_entry(name, lines, made)
            problems += self.check_entry(entry)
            if not problems:
                return Judgement(name=name, entry=entry)
        return Judgement(name=name, problems=tuple(problems))

    # What a kind adds

    def check_lines(self, name: str, lines: Sequence[InputLine]) -> Iterator[Problem]:
        """Name what is wrong with the lines together, as they came."""
        del name, lines
        yield from ()

    @abstractmethod
    def read_line(self, reader: LineReader) -> Line | None:
        """Read one line; `None` when the reader has noted a problem."""

    @abstractmethod
    def build_entry(self, name: str, lines: Sequence[InputLine], made: Sequence[Line]) -> Entry:
        """Make the entry of lines in which nothing is wrong."""

    @abstractmethod
    def check_entry(self, entry: Entry) -> Iterator[Problem]:
        """Name what is wrong with the entry as a whole."""

    # What every kind checks

    def read_optional(self, reader: LineReader) -> dict[str, str]:
        """Read the optional fields of line and document, by our names; blank ones too."""
        return {
            field: reader.short(field, chars_max=VALUE_CHARS_MAX)
            for setting in SETTINGS
            for field in list_fields(self.posting, setting)
        }

    def read_account(self, reader: LineReader) -> Account | None:
        """Read an account that may be posted to; note what is wrong with it."""
        number = reader.text("account")
        account = self.books.find_account(number) if number else None
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

    def check_decimals(
        self, reader: LineReader, field: str, amount: Decimal, *, currency: str
    ) -> None:
        """Note an amount that Sage cannot store as it is."""
        decimals = self.books.decimals.get(currency, 2)
        if abs(amount) >= AMOUNT_BELOW:
            reader.object(field, "it is too large for Sage 300", "Part the line in several.")
        elif amount != round(amount, decimals):
            reader.object(
                field,
                f"{currency} has {decimals} decimals",
                "Round it in the model, so that the entry still balances.",
            )

    def check_date(self, reader: LineReader) -> dt.date | None:
        """Return the date; note one that is none, or that no fiscal period has."""
        day = reader.date("date")
        if day is not None and self.books.find_period(day) is None:
            reader.object(
                "date",
                "no fiscal period has this day",
                "Correct it, or add the year to the fiscal calendar in Common Services.",
            )
        return day

    def _check_common(self, name: str, lines: Sequence[InputLine]) -> Iterator[Problem]:
        column = self.posting.column
        if not name:
            yield Problem(
                entry=name,
                record=lines[0].reference,
                field=column("entry"),
                problem="it is blank",
                remedy="Give every line the name of its entry.",
            )
        said = {line.content["lines_in_entry"] for line in lines}
        counts = {parse_number(one or "") for one in said}
        if counts != {len(lines)}:
            yield Problem(
                entry=name,
                field=column("lines_in_entry"),
                value=", ".join(sorted(one or "blank" for one in said)),
                problem=NO_NUMBER if None in counts else f"{len(lines)} lines came",
                remedy=NUMBER_REMEDY
                if None in counts
                else "Approve all lines of the entry, and check that the export has them all.",
            )
        for field in (*self.same_fields, *list_fields(self.posting, DOCUMENT)):
            values = sorted({line.content[field] or "blank" for line in lines})
            if len(values) > 1:
                yield Problem(
                    entry=name,
                    field=column(field),
                    value=", ".join(values),
                    problem="its lines differ",
                    remedy="Give all lines of the entry the same.",
                )

    def _check_identity(self, reader: LineReader) -> None:
        reference = reader.line.reference
        if not reader.text("transaction_id"):
            reader.object("transaction_id", "it is blank", "Give every line an id of its own.")
        elif not _is_plain(reader.line.content["transaction_id"] or ""):
            # Sage keeps texts in the database's code page, and drops blanks around them.
            reader.object(
                "transaction_id",
                "Sage 300 may store it otherwise, and it would not be known again",
                "Use letters without accents, digits and punctuation, and no blanks around them.",
            )
        elif len(reference) > self.reference_chars_max:
            reader.object(
                "transaction_id",
                f"with its origin it has {len(reference)} characters; Sage 300 keeps"
                f" {self.reference_chars_max}",
                "Use shorter ids.",
            )
        elif parse_reference(reference).base != reference:
            reader.object(
                "transaction_id",
                "it ends like the revision of another line",
                "Use ids that do not end in ~ and a number.",
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


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and text == text.strip()
