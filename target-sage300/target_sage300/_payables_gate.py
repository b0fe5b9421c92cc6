"""The gates of payables: vendors, types of documents, accounts, amounts.

What a document refers to in A/P is checked later, and only before it is posted: an invoice that was
credited, or an adjusted document, may be settled by the time its entry comes again.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec
from typing_extensions import override

from target_sage300._entries import WRITTEN, Entry, Line, Problem, by_reference, normal_amount
from target_sage300._gate import DESCRIPTION_CHARS_MAX, Gate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ml_connector.ledger import InputLine

    from target_sage300._books import Books
    from target_sage300._reading import LineReader
    from target_sage300._settings import PostingSettings
    from target_sage300._vendors import Payables, Vendor

DOCUMENT_CHARS_MAX: Final = 22
_TYPES: Final = {"invoice": "Invoice", "debitnote": "DebitNote", "creditnote": "CreditNote"}


class PayablesGate(Gate):
    """What invoices and adjustments have in common."""

    same_fields: ClassVar[tuple[str, ...]] = ("vendor", "date", "currency")
    reference_chars_max: ClassVar[int] = DOCUMENT_CHARS_MAX

    def __init__(
        self,
        posting: PostingSettings,
        *,
        books: Books,
        payables: Payables,
        company: str,
        ambiguous: frozenset[str],
    ) -> None:
        """Check against `books` and `payables`."""
        super().__init__(posting, books=books, company=company, ambiguous=ambiguous)
        self.payables = payables

    @override
    def read_line(self, reader: LineReader) -> Line | None:
        self._check_kind(reader)
        vendor = self._read_vendor(reader)
        code, account = self._read_charge(reader)
        self.check_date(reader)
        description = reader.short("description", chars_max=DESCRIPTION_CHARS_MAX)
        applies_to = reader.short("applies_to", chars_max=DOCUMENT_CHARS_MAX).upper()
        amount = reader.number("amount")
        if amount == 0:
            reader.object("amount", "the line has no amount", "Give an amount, or no line.")
        if vendor is not None and amount is not None:
            self.check_decimals(reader, "amount", amount, currency=vendor.currency)
        facts = {
            **self.read_facts(reader, applies_to),
            **self.read_optional(reader),
            WRITTEN: (reader.line.content["transaction_id"] or "").strip(),
        }
        if reader.problems or vendor is None or account is None or amount is None:
            return None
        return Line(
            reference=reader.line.reference,
            account=account,
            currency=vendor.currency,
            amount=amount,
            description=description,
            facts={"vendor": vendor.number, "distribution_code": code, **facts},
        )

    def read_facts(self, reader: LineReader, applies_to: str) -> dict[str, str]:
        """Read what only this kind of document has."""
        del reader
        return {"applies_to": applies_to}

    @override
    def build_entry(self, name: str, lines: Sequence[InputLine], made: Sequence[Line]) -> Entry:
        date = (lines[0].content["date"] or "").strip()[:10]
        total = sum((line.amount for line in made), Decimal(0))
        return Entry(
            name=name,
            date=dt.date.fromisoformat(date),
            description=min(made, key=by_reference).description or name[:DESCRIPTION_CHARS_MAX],
            lines=tuple(made),
            facts={
                "vendor": made[0].facts["vendor"],
                "currency": made[0].currency,
                "total": normal_amount(total),
                "last_reference": max(line.reference for line in made),
            },
        )

    def _check_kind(self, reader: LineReader) -> None:
        said = reader.text("kind")
        if said and said.lower() != self.posting.kind:
            reader.object(
                "kind",
                "no posting of the stream takes lines of this kind",
                "Use ap_invoice or ap_adjustment, and give postings one for each.",
            )

    def _read_vendor(self, reader: LineReader) -> Vendor | None:
        number = reader.text("vendor")
        vendor = self.payables.vendors.get(number.upper())
        if vendor is None:
            reader.object(
                "vendor",
                "Sage 300 has no such vendor" if number else "it is blank",
                "Correct it, or add the vendor in Accounts Payable.",
            )
        elif not vendor.is_active:
            reader.object("vendor", "the vendor is inactive", "Use an active vendor.")
        else:
            currency = reader.text("currency").upper()
            if currency and currency != vendor.currency:
                reader.object(
                    "currency",
                    f"documents of vendor {vendor.number} are in {vendor.currency}",
                    "Leave it blank, or use a vendor of this currency.",
                )
        return vendor

    def _read_charge(self, reader: LineReader) -> tuple[str, str | None]:
        """Read distribution code and account; the account may be that of the code."""
        code = reader.text("distribution_code").upper()
        if code:
            found = self.payables.distribution_codes.get(code)
            if found is None:
                reader.object(
                    "distribution_code",
                    "Sage 300 has no such distribution code",
                    "Correct it, or add it in Accounts Payable.",
                )
            elif not found[0]:
                reader.object("distribution_code", "it is inactive", "Use an active one.")
            elif not reader.text("account"):
                return code, found[1]
        account = self.read_account(reader)
        return code, account.number if account is not None else None


class InvoiceGate(PayablesGate):
    """Judges invoices, debit notes and credit notes."""

    same_fields: ClassVar[tuple[str, ...]] = (
        *PayablesGate.same_fields,
        *("document_type", "applies_to", "due_date", "terms", "tax_group"),
    )

    @override
    def read_facts(self, reader: LineReader, applies_to: str) -> dict[str, str]:
        kind = _TYPES.get(reader.text("document_type").replace(" ", "").lower())
        if kind is None:
            reader.object(
                "document_type",
                "it is no type of document" if reader.text("document_type") else "it is blank",
                "Use Invoice, DebitNote or CreditNote.",
            )
        elif kind == "Invoice" and applies_to:
            reader.object(
                "applies_to",
                "an invoice applies to no other document",
                "Leave it blank, or make it a debit note or credit note.",
            )
        due = reader.date("due_date") if reader.text("due_date") else None
        date = reader.text("date")[:10]
        if due is not None and due.isoformat() < date:
            reader.object("due_date", f"it is before the document date {date}", "Correct it.")
        terms = reader.text("terms").upper()
        if terms and not self.payables.terms.get(terms):
            reader.object(
                "terms",
                "the terms are inactive"
                if terms in self.payables.terms
                else "Sage 300 has no such terms",
                "Leave them blank for those of the vendor, or use active ones.",
            )
        return {
            "document_type": kind or "",
            "applies_to": applies_to,
            "due_date": due.isoformat() if due is not None else "",
            "terms": terms,
            "tax_group": reader.short("tax_group", chars_max=12).upper(),
        }

    @override
    def build_entry(self, name: str, lines: Sequence[InputLine], made: Sequence[Line]) -> Entry:
        entry = super().build_entry(name, lines, made)
        document_type = made[0].facts["document_type"]
        facts = {**entry.facts, "document_type": document_type}
        return msgspec.structs.replace(entry, facts=facts)

    @override
    def check_entry(self, entry: Entry) -> Iterator[Problem]:
        total = Decimal(entry.facts["total"])
        if total <= 0:
            yield Problem(
                entry=entry.name,
                record=min(entry.references),
                field=self.posting.column("amount"),
                value=entry.facts["total"],
                problem="the lines of a document must add up to more than zero",
                remedy="Amounts of credit notes are positive as well: correct amounts or type.",
            )


class AdjustmentGate(PayablesGate):
    """Judges adjustments of posted documents."""

    @override
    def read_facts(self, reader: LineReader, applies_to: str) -> dict[str, str]:
        if not applies_to:
            reader.object(
                "applies_to", "it is blank", "Name the posted document that is to be adjusted."
            )
        if reader.text("document_type"):
            reader.object(
                "document_type",
                "an adjustment is no document of its own",
                "Leave it blank; or make the line's kind ap_invoice, if a document is meant.",
            )
        return super().read_facts(reader, applies_to)

    @override
    def check_entry(self, entry: Entry) -> Iterator[Problem]:
        del entry
        yield from ()
