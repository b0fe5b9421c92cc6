"""What may not go into A/P: each bad input is refused by name, and kept, with its reason.

All of them come in one run beside a good document and a good adjustment. Those that only Sage can
tell are refused in Sage's words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300 import payables
from tests.target_sage300.payables import (
    DOCUMENT,
    POSTINGS,
    export_payables,
    make_adjustment,
    make_document,
)

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books, Result

LONG = "x" * 61
BOTH: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown vendor": ({"Vendor": "NOBODY"}, "Vendor", "no such vendor"),
    "blank vendor": ({"Vendor": None}, "Vendor", "it is blank"),
    "inactive vendor": ({"Vendor": "1340"}, "Vendor", "the vendor is inactive"),
    "unknown account": ({"Account": "9999"}, "Account", "no such account"),
    "blank account": ({"Account": ""}, "Account", "it is blank"),
    "inactive account": ({"Account": "6100900"}, "Account", "the account is inactive"),
    "control account": ({"Account": "1100"}, "Account", "control account"),
    "prohibited account": ({"Account": "6999"}, "Account", "prohibited"),
    "unknown code": ({"Distribution Code": "NONE"}, "Distribution Code", "no such distribution"),
    "text for a date": ({"Document Date": "soon"}, "Document Date", "not a day"),
    "impossible date": ({"Document Date": "2026-02-30"}, "Document Date", "not a day"),
    "blank date": ({"Document Date": None}, "Document Date", "not a day"),
    "no period": ({"Document Date": "1999-01-01"}, "Document Date", "no fiscal period"),
    "text for an amount": ({"Amount": "1,000.00"}, "Amount", "not a number"),
    "not a number": ({"Amount": "NaN"}, "Amount", "not a number"),
    "infinity": ({"Amount": "-Infinity"}, "Amount", "not a number"),
    "zero": ({"Amount": "0.00"}, "Amount", "has no amount"),
    "blank amount": ({"Amount": None}, "Amount", "has no amount"),
    "too many decimals": ({"Amount": "5.005"}, "Amount", "CAD has 2 decimals"),
    "too large": ({"Amount": "10000000000000"}, "Amount", "too large for Sage 300"),
    "other currency": ({"Currency": "EUR"}, "Currency", "are in CAD"),
    "long description": ({"Description": LONG}, "Description", "61 characters"),
    "long document": ({"Applies To Document": "x" * 23}, "Applies To Document", "23 characters"),
    "other kind": ({"Kind": "ar_invoice"}, "Kind", "no posting of the stream takes"),
    "more lines said": ({"Lines In Entry": 3}, "Lines In Entry", "2 lines came"),
    "unclear approval": ({"Approved": "by Anne"}, "Approved", "neither true nor false"),
    "blank company": ({"Company": ""}, "Company", "it is blank"),
}
BOTH_ONE_LINE: dict[str, tuple[dict[str, Any], str, str]] = {
    "two vendors": ({"Vendor": "000055"}, "Vendor", "its lines differ"),
    "two dates": ({"Document Date": "2026-10-30"}, "Document Date", "its lines differ"),
    "line not approved": ({"Approved": False}, "Approved", "not approved"),
    "line of others": ({"Company": "EURLTD"}, "Company", "lines of SAMLTD as well"),
    "long id": ({"Transaction ID": "y" * 23}, "Transaction ID", "23 characters"),
    "blank id": ({"Transaction ID": " "}, "Transaction ID", "it is blank"),
}
INVOICES: dict[str, tuple[dict[str, Any], str, str]] = {
    "blank type": ({"Document Type": ""}, "Document Type", "it is blank"),
    "unknown type": ({"Document Type": "Receipt"}, "Document Type", "no type of document"),
    "interest": ({"Document Type": "Interest"}, "Document Type", "no type of document"),
    "invoice that applies": (
        {"Applies To Document": DOCUMENT},
        "Applies To Document",
        "applies to no other document",
    ),
    "credit of nothing": (
        {"Document Type": "CreditNote", "Applies To Document": "NONE"},
        "Applies To Document",
        "no such posted document",
    ),
    "credit of another vendor": (
        {"Document Type": "CreditNote", "Applies To Document": DOCUMENT, "Vendor": "000055"},
        "Applies To Document",
        "no such posted document",
    ),
    "text for a due date": ({"Due Date": "later"}, "Due Date", "not a day"),
    "due before its date": ({"Due Date": "2026-10-01"}, "Due Date", "before the document date"),
    "unknown terms": ({"Terms": "NET99"}, "Terms", "no such terms"),
    "long tax group": ({"Tax Group": "x" * 13}, "Tax Group", "13 characters"),
    "negative document": ({"Amount": "-5"}, "Amount", "more than zero"),
    "negative credit": (
        {"Amount": "-5", "Document Type": "CreditNote"},
        "Amount",
        "more than zero",
    ),
}
ADJUSTMENTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "credit note by adjustment": (
        {"Document Type": "CreditNote"},
        "Document Type",
        "no document of its own",
    ),
    "nothing adjusted": ({"Applies To Document": ""}, "Applies To Document", "it is blank"),
    "unknown document": (
        {"Applies To Document": "NONE"},
        "Applies To Document",
        "no such posted document",
    ),
    "paid document": (
        {"Applies To Document": "2410-00019"} | {"Vendor": "FOURNITU-006"},
        "Applies To Document",
        "fully paid",
    ),
    "more than is open": (
        {"Amount": "-6000.00"},
        "Applies To Document",
        "exceeds what is open of it, 10514.49",
    ),
}
BY_SAGE: dict[str, tuple[dict[str, Any], str]] = {
    "tax group nobody has": ({"Tax Group": "NONE"}, "NONE"),
    "vendor on hold": ({"Vendor": "1240"}, "on hold"),
    "locked in A/P": ({"Document Date": "2026-09-30"}, "locked"),
}


@pytest.fixture
def refused(books: Books) -> tuple[dict[str, str], Result]:
    """The reasons, by entry, of a run of all bad entries and two good ones."""
    books.settings["postings"] = POSTINGS
    books.switch(locked_periods=[f"AP:{books.period_of('2026-09-30')}"])
    entries = [make_document("good"), make_adjustment("fine")]
    for make, of, every_line, one_line in (
        (make_document, "D", BOTH | INVOICES, BOTH_ONE_LINE),
        (make_adjustment, "A", BOTH | ADJUSTMENTS, BOTH_ONE_LINE),
    ):
        for number, (name, (change, _, _)) in enumerate(every_line.items()):
            lines = make(f"{of}{number}", **change)
            entries.append([{**line, "Entry": f"{of} {name}"} for line in lines])
        for number, (name, (change, _, _)) in enumerate(one_line.items(), start=100):
            first, second = make(f"{of}{number}", Entry=f"{of} {name}")
            entries.append([{**first, **change}, second])
    for number, (name, (change, _)) in enumerate(BY_SAGE.items(), start=200):
        entries.append(make_document(f"S{number}", **change, Entry=f"S {name}"))
    result = books.run(export_payables(*entries))
    payables.assert_stands_once(books, "GOOD-1", "GOOD-2", "FINE-1", "FINE-2")
    kept = [
        *books.find_in(EntryState.REFUSED, kind="ap_invoice"),
        *books.find_in(EntryState.REFUSED, kind="ap_adjustment"),
    ]
    return {entry.name: str(entry.reason) for entry in kept}, result


def test_every_bad_entry_is_refused_by_name_field_and_value_and_kept(
    refused: tuple[dict[str, str], Result],
) -> None:
    kept, result = refused

    cases = {
        **{f"D {name}": case for name, case in (BOTH | BOTH_ONE_LINE | INVOICES).items()},
        **{f"A {name}": case for name, case in (BOTH | BOTH_ONE_LINE | ADJUSTMENTS).items()},
    }
    # An adjustment may name documents of any vendor and currency it likes: what it says is checked.
    assert result.exit_code == 3
    assert kept.keys() == cases.keys() | {f"S {name}" for name in BY_SAGE}
    for name, (_, field, words) in cases.items():
        assert f"entry {name!r}" in kept[name]
        assert re.search(rf"field {field!r}(, value '|:).*{re.escape(words)}", kept[name]), (
            name,
            kept[name],
        )
    for name, (_, words) in BY_SAGE.items():
        assert words in kept[f"S {name}"]


def test_causes_of_all_kinds_are_more_than_eighty() -> None:
    from tests.target_sage300 import test_gate  # noqa: PLC0415 - the list of the journals

    journals = {("gl", name) for name in test_gate.CASES}
    documents = {("in", name) for name in (*BOTH, *BOTH_ONE_LINE, *INVOICES, *BY_SAGE)}
    adjustments = {("ad", name) for name in ADJUSTMENTS}

    assert len(journals | documents | adjustments) >= 80


def test_a_reason_names_record_field_value_and_remedy(
    refused: tuple[dict[str, str], Result],
) -> None:
    kept, _ = refused

    assert kept["D unknown vendor"].splitlines()[0] == (
        "entry 'D unknown vendor', record D0-1, field 'Vendor', value 'NOBODY': Sage 300 has no"
        " such vendor. Correct it, or add the vendor in Accounts Payable."
    )
    assert kept["A paid document"] == (
        "entry 'A paid document', record A30-1, field 'Applies To Document', value '2410-00019':"
        " the document is fully paid. Take the adjustment back, or name a document of which"
        " something is open."
    )


def test_one_id_with_two_contents_refuses_both_entries(books: Books) -> None:
    books.settings["postings"] = POSTINGS
    twice = make_document("APE-2")
    twice[0]["Transaction ID"] = "ape-1-1"

    result = books.run(export_payables(make_document("APE-1"), twice, make_document("APE-3")))

    assert result.exit_code == 3
    kept = books.find_in(EntryState.REFUSED, kind="ap_invoice")
    assert {entry.name for entry in kept} == {"APE-1", "APE-2"}
    payables.assert_stands_once(books, "APE-3-1", "APE-3-2")


def test_lines_of_a_kind_that_no_posting_takes_are_refused(books: Books) -> None:
    books.settings["postings"] = POSTINGS[:1]

    result = books.run(export_payables(make_document("APE-1"), make_adjustment("ADJ-1")))

    assert result.exit_code == 3
    (kept,) = books.find_in(EntryState.REFUSED, kind="ap_invoice")
    assert (kept.name, "no posting of the stream takes" in str(kept.reason)) == ("ADJ-1", True)
    payables.assert_stands_once(books, "APE-1-1", "APE-1-2")


@pytest.mark.parametrize(
    ("postings", "words"),
    [
        ([*POSTINGS, POSTINGS[0]], "names a stream twice"),
        ([POSTINGS[0], {"stream": "ap_adjustments"}], "names a stream twice"),
        ([{"stream": "x", "kind": "ap_payment"}], "is not one of"),
        ([{"stream": "x", "kind": "ap_invoice", "fields": {"debit": "D"}}], "is not a field"),
        ([{"stream": "x", "kind": "ap_invoice", "mark": ""}], "is not a text of 1 to 22"),
        ([{"stream": "x", "kind": "ap_invoice", "mark": "x" * 23}], "is not a text of 1 to 22"),
        ([{"stream": "x", "adjustment_sign": "up"}], "postings"),
    ],
    ids=["kind twice", "journal and payables", "kind", "field", "no mark", "long mark", "sign"],
)
def test_settings_that_cannot_work_are_refused(
    books: Books, postings: list[dict[str, Any]], words: str
) -> None:
    result = books.run(export_payables(), postings=postings)

    assert result.exit_code == 2
    assert words in result.log
