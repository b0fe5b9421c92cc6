"""The fields of a line, by kind, and the property each is read from by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

GL_JOURNAL: Final = "gl_journal"
AP_INVOICE: Final = "ap_invoice"
AP_ADJUSTMENT: Final = "ap_adjustment"

_EVERY_KIND: Final = {
    "transaction_id": "Transaction ID",
    "entry": "Entry",
    "lines_in_entry": "Lines In Entry",
    "approved": "Approved",
    "company": "Company",
}

_PAYABLES: Final = {
    **_EVERY_KIND,
    "kind": "Kind",
    "vendor": "Vendor",
    "applies_to": "Applies To Document",
    "date": "Document Date",
    "account": "Account",
    "distribution_code": "Distribution Code",
    "amount": "Amount",
    "currency": "Currency",
    "description": "Description",
}
_PAYABLES_OPTIONAL: Final = frozenset({"kind", "distribution_code", "currency", "description"})

FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    GL_JOURNAL: {
        **_EVERY_KIND,
        "date": "Posting Date",
        "account": "Account",
        "debit": "Debit",
        "credit": "Credit",
        "currency": "Currency",
        "description": "Description",
        "comment": "Comment",
        "auto_reversal": "Reversal",
    },
    AP_INVOICE: {
        **_PAYABLES,
        "document_type": "Document Type",
        "due_date": "Due Date",
        "terms": "Terms",
        "tax_group": "Tax Group",
    },
    AP_ADJUSTMENT: {**_PAYABLES, "document_type": "Document Type"},
}
"""What a line of each kind has; the names of the blueprint."""

OPTIONAL_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    GL_JOURNAL: frozenset({"currency", "description", "comment", "auto_reversal"}),
    AP_INVOICE: _PAYABLES_OPTIONAL | {"applies_to", "due_date", "terms", "tax_group"},
    AP_ADJUSTMENT: _PAYABLES_OPTIONAL | {"document_type"},
}
"""Fields a stream may lack."""
