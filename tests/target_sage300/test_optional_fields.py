"""Optional fields of the site come from properties of the line, and a changed one is a conflict."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300 import payables
from tests.target_sage300.payables import export_payables, make_document
from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books

JOURNALS = [{"stream": "gl_adjustments", "optional_fields": {"PROJECT": "Approved By"}}]
DOCUMENTS = [
    {
        "stream": "ap_adjustments",
        "kind": "ap_invoice",
        "optional_fields": {"PROJECT": "Project"},
        "document_optional_fields": {"TRANSID": "Entry"},
    }
]


def values(found: list[dict[str, Any]]) -> dict[str, str]:
    return {one["OptionalField"]: one["Value"] for one in found}


def test_lines_of_journals_have_optional_fields(books: Books) -> None:
    setup = {"AccountTransactionOptionalFields": [{"OptionalField": "PROJECT"}]}
    books.control("PATCH", "records/GL/GLAccounts/6100100", setup)
    first, second = make_entry("GLE-1")
    messages = export([{**first, "Approved By": "P-7"}, {**second, "Approved By": " "}])

    books.post(messages, postings=JOURNALS)
    books.post(messages, postings=JOURNALS)

    (batch,) = books.batches()
    lines = batch["JournalHeaders"][0]["JournalDetails"]
    found = [values(line["JournalDetailOptionalFields"]) for line in lines]
    assert found == [{"PROJECT": "P-7"}, {}]


def test_what_is_taken_back_is_taken_back_with_its_optional_fields(books: Books) -> None:
    setup = {"AccountTransactionOptionalFields": [{"OptionalField": "PROJECT"}]}
    books.control("PATCH", "records/GL/GLAccounts/6100100", setup)
    settings = {"on_change": "revise", "post": "posted", "allow_auto_post": True}
    plans = ("125.50", "P-7"), ("99.00", "P-8"), ("99.00", "P-9")

    for amount, project in plans:
        first, second = make_entry("GLE-1", amount, f"-{amount}")
        books.post(
            export([{**first, "Approved By": project}, second]), postings=JOURNALS, **settings
        )

    net: dict[str, Decimal] = defaultdict(Decimal)
    for batch in books.batches():
        for line in batch["JournalHeaders"][0]["JournalDetails"]:
            project = values(line["JournalDetailOptionalFields"]).get("PROJECT", "")
            net[project] += Decimal(str(line["Amount"]))
    assert {project: total for project, total in net.items() if total} == {"P-9": 99, "": -99}


def test_documents_and_their_lines_have_optional_fields(books: Books) -> None:
    messages = export_payables(make_document("APE-1", Project="P-7"))

    books.post(messages, postings=DOCUMENTS)
    books.post(messages, postings=DOCUMENTS)

    (batch,) = payables.invoice_batches(books)
    (entry,) = batch["Invoices"]
    assert values(entry["InvoiceOptionalFields"]) == {"TRANSID": "APE-1"}
    assert [values(line["InvoiceDetailOptionalFields"]) for line in entry["InvoiceDetails"]] == [
        {"PROJECT": "P-7"},
        {"PROJECT": "P-7"},
    ]


def test_a_changed_optional_field_is_a_conflict(books: Books) -> None:
    books.post(export_payables(make_document("APE-1", Project="P-7")), postings=DOCUMENTS)

    result = books.run(export_payables(make_document("APE-1", Project="P-8")), postings=DOCUMENTS)

    assert result.exit_code == 3
    (kept,) = books.find_in(EntryState.REFUSED, kind="ap_invoice")
    assert "optional_fields.PROJECT was 'P-7' and is 'P-8' now" in str(kept.reason)


def test_a_value_too_long_is_refused_and_named(books: Books) -> None:
    messages = export_payables(make_document("APE-1", Project="x" * 61))

    result = books.run(messages, postings=DOCUMENTS)

    assert result.exit_code == 3
    (kept,) = books.find_in(EntryState.REFUSED, kind="ap_invoice")
    assert "field 'Project'" in str(kept.reason)
    assert "61 characters" in str(kept.reason)


@pytest.mark.parametrize(
    ("posting", "words"),
    [
        ({"optional_fields": {"project": "P"}}, "is not the name of an optional field"),
        ({"document_optional_fields": {"P": "P"}}, "is not for postings of kind gl_journal"),
        (
            {"kind": "ap_adjustment", "optional_fields": {"P": "P"}},
            "is not for postings of kind ap_adjustment",
        ),
    ],
    ids=["lower case", "journal", "adjustment"],
)
def test_optional_fields_that_cannot_be_are_refused(
    books: Books, posting: dict[str, Any], words: str
) -> None:
    result = books.run(export(), postings=[{"stream": "gl_adjustments", **posting}])

    assert result.exit_code == 2
    assert words in result.log


def test_a_stream_without_the_property_is_refused(books: Books) -> None:
    postings = [{"stream": "gl_adjustments", "optional_fields": {"PROJECT": "Nowhere"}}]

    result = books.run(export(make_entry("GLE-1")), postings=postings)

    assert "a property 'Nowhere' for the field optional_fields.PROJECT" in result.log
    assert books.new_batches() == []
