"""What may not go into the books: each bad input is refused by name, and kept, with its reason.

All of them come in one run beside a good entry: one bad entry must not hold the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.ledger import EntryState

from tests.target_sage300.singer import export, make_entry

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books, Result

LONG = "x" * 251
FIRST = "{name}-1"

# What is changed in every line: the field that is named, the value, and words of the reason.
EVERY_LINE: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown account": ({"Account": "9999"}, "Account", "no such account"),
    "blank account": ({"Account": ""}, "Account", "it is blank"),
    "inactive account": ({"Account": "6100900"}, "Account", "inactive"),
    "control account": ({"Account": "1100"}, "Account", "control account"),
    "text for a date": ({"Posting Date": "next month"}, "Posting Date", "not a day"),
    "impossible date": ({"Posting Date": "2026-02-30"}, "Posting Date", "not a day"),
    "blank date": ({"Posting Date": None}, "Posting Date", "not a day"),
    "moment for a date": ({"Posting Date": "2026-10-31T08:15:00"}, "Posting Date", "not a day"),
    "day without a period": ({"Posting Date": "1999-01-01"}, "Posting Date", "no fiscal period"),
    "unknown currency": ({"Currency": "XXX"}, "Currency", "no such currency"),
    "currency not taken": ({"Currency": "USD", "Account": "2100"}, "Currency", "does not take it"),
    "long description": ({"Description": LONG}, "Description", "251 characters"),
    "long comment": ({"Comment": LONG}, "Comment", "251 characters"),
    "neither yes nor no": ({"Reversal": "perhaps"}, "Reversal", "neither true nor false"),
    "approval nobody understands": ({"Approved": "by Anne"}, "Approved", "neither true nor false"),
    "more lines said": ({"Lines In Entry": 3}, "Lines In Entry", "2 lines came"),
    "fewer lines said": ({"Lines In Entry": 1}, "Lines In Entry", "2 lines came"),
    "text for a number of lines": ({"Lines In Entry": "two"}, "Lines In Entry", "not a number"),
    "a comma in it": ({"Lines In Entry": "2,0"}, "Lines In Entry", "'2,0': it is not a number"),
    "no number of lines": ({"Lines In Entry": None}, "Lines In Entry", "2 lines came"),
    "blank company": ({"Company": ""}, "Company", "it is blank"),
    "both sides": ({"Debit": "5", "Credit": "5"}, "Credit", "has a debit as well"),
    "no amount": ({"Debit": None, "Credit": None}, "Debit", "has no amount"),
    "zero": ({"Debit": "0", "Credit": "0.00"}, "Debit", "has no amount"),
    "negative debit": ({"Debit": "-5", "Credit": None}, "Debit", "negative"),
    "text for an amount": ({"Debit": "1,000.00"}, "Debit", "not a number"),
    "not a number": ({"Debit": "NaN"}, "Debit", "not a number"),
    "huge": ({"Debit": "1e30"}, "Debit", "too large"),
    "many digits": ({"Credit": None, "Debit": "9" * 29}, "Debit", "too large"),
    "underscores": ({"Debit": "1_000"}, "Debit", "not a number"),
    "digits of another script": ({"Debit": "٣"}, "Debit", "not a number"),
    "a reversal behind the last period": (
        {"Posting Date": "2028-03-31", "Reversal": True},
        "Reversal",
        "no fiscal period follows",
    ),
    "infinity": ({"Credit": "Infinity"}, "Credit", "not a number"),
}
# What is changed in one line only.
ONE_LINE: dict[str, tuple[dict[str, Any], str, str]] = {
    "unbalanced": ({"Debit": "125.51"}, "currency", "debits exceed credits by 0.01"),
    "too many decimals": ({"Debit": "125.505"}, "Debit", "CAD has 2 decimals"),
    "two dates": ({"Posting Date": "2026-10-30"}, "Posting Date", "its lines differ"),
    "two ways to reverse": ({"Reversal": True}, "Reversal", "its lines differ"),
    "one line not approved": ({"Approved": False}, "Approved", "not approved"),
    "a line of another company": ({"Company": "EURLTD"}, "Company", "lines of SAMLTD as well"),
    "two currencies": ({"Currency": "USD"}, "currency", "debits exceed credits by 125.50"),
    "long id": ({"Transaction ID": "x" * 61}, "Transaction ID", "61 characters"),
    "blank id": ({"Transaction ID": " "}, "Transaction ID", "it is blank"),
    "id with an accent": ({"Transaction ID": "Büro-1"}, "Transaction ID", "store it otherwise"),
    "id in kanji": ({"Transaction ID": "東京-1"}, "Transaction ID", "store it otherwise"),
    "id with a dash": ({"Transaction ID": "A\u20131"}, "Transaction ID", "store it otherwise"),
    "id with a tab": ({"Transaction ID": "A\t1"}, "Transaction ID", "store it otherwise"),
    "blank before an id": ({"Transaction ID": " A-1"}, "Transaction ID", "store it otherwise"),
    "blank behind an id": ({"Transaction ID": "A-1 "}, "Transaction ID", "store it otherwise"),
}
CASES = {**EVERY_LINE, **ONE_LINE}


@pytest.fixture
def refused(books: Books) -> tuple[Books, Result]:
    """A run of all bad entries and a good one."""
    entries = [make_entry(name, **change) for name, (change, _, _) in EVERY_LINE.items()]
    for name, (change, _, _) in ONE_LINE.items():
        first, second = make_entry(name)
        entries.append([{**first, **change}, second])
    big = make_entry("too large", "10000000000000.00", "-10000000000000.00")
    return books, books.run(export(make_entry("good"), *entries, big))


def test_every_bad_entry_is_refused_by_name_and_kept(refused: tuple[Books, Result]) -> None:
    books, result = refused

    kept = {entry.name: str(entry.reason) for entry in books.find_in(EntryState.REFUSED)}
    assert result.exit_code == 3
    assert kept.keys() == {*CASES, "too large"}
    for name, (_, field, words) in CASES.items():
        assert f"entry {name!r}" in kept[name]
        assert f"field {field!r}" in kept[name], name
        assert words in kept[name], name
    assert "too large for Sage 300" in kept["too large"]
    books.assert_stands_once("good-1", "good-2")


def test_reasons_name_record_and_value(refused: tuple[Books, Result]) -> None:
    books, _ = refused

    kept = {entry.name: str(entry.reason) for entry in books.find_in(EntryState.REFUSED)}
    assert kept["unknown account"].splitlines()[0] == (
        "entry 'unknown account', record unknown account-1, field 'Account', value '9999':"
        " Sage 300 has no such account. Correct it, or add the account in General Ledger."
    )


def test_a_corrected_entry_is_posted_and_no_longer_kept(books: Books) -> None:
    books.run(export(make_entry("GLE-1", Account="9999"), make_entry("GLE-2", Account="9999")))

    result = books.run(export(make_entry("GLE-1"), make_entry("GLE-2", Account="8888")))

    assert result.exit_code == 3
    books.assert_stands_once("GLE-1-1", "GLE-1-2")
    (kept,) = books.find_in(EntryState.REFUSED)
    assert (kept.name, kept.lines[0].content["account"]) == ("GLE-2", "8888")


def test_what_left_the_export_is_kept_no_longer(books: Books) -> None:
    books.run(export(make_entry("GLE-1", Account="9999")))

    books.post(export(make_entry("GLE-2")))

    assert books.find_in(EntryState.REFUSED) == []


def test_what_comes_again_as_it_was_is_kept_once(books: Books) -> None:
    messages = export(make_entry("GLE-1", Account="9999"))
    books.run(messages)
    (first,) = books.find_in(EntryState.REFUSED)

    books.run(messages)

    assert books.find_in(EntryState.REFUSED) == [first]


def test_entries_of_others_and_unapproved_ones_are_named_and_left_out(books: Books) -> None:
    result = books.post(
        export(
            make_entry("theirs", Company="EURLTD"),
            make_entry("waiting", Approved=False),
            make_entry("ours"),
        )
    )

    books.assert_stands_once("ours-1", "ours-2")
    assert "entry.left_out entry=theirs" in result.log
    assert "entry.left_out entry=waiting" in result.log


def test_one_id_with_two_contents_refuses_all_entries_that_have_it(books: Books) -> None:
    twice = make_entry("GLE-2")
    twice[0]["Transaction ID"] = "GLE-1-1"

    result = books.run(export(make_entry("GLE-1"), twice, make_entry("GLE-3")))

    assert result.exit_code == 3
    assert {entry.name for entry in books.find_in(EntryState.REFUSED)} == {"GLE-1", "GLE-2"}
    books.assert_stands_once("GLE-3-1", "GLE-3-2")


def test_a_line_that_comes_twice_as_it_is_counts_once(books: Books) -> None:
    books.post(export(make_entry("GLE-1"), make_entry("GLE-1")))

    books.assert_stands_once("GLE-1-1", "GLE-1-2")


def test_a_source_code_that_sage_lacks_refuses_everything(books: Books) -> None:
    posting = {"stream": "gl_adjustments", "source_type": "ZZ"}

    result = books.run(export(make_entry("GLE-1")), postings=[posting])

    assert result.exit_code == 3
    (kept,) = books.find_in(EntryState.REFUSED)
    assert "value 'GL-ZZ'" in str(kept.reason)
    assert books.new_batches() == []


def test_an_id_may_have_every_character_that_sage_keeps_as_it_is(books: Books) -> None:
    first, second = make_entry("GLE-1")
    odd = ("!\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}", "a  b ~ c %27 ' or 1 eq 1")
    lines = [{**first, "Transaction ID": odd[0]}, {**second, "Transaction ID": odd[1]}]

    books.post(export(lines))
    books.post(export(lines))

    books.assert_stands_once(*odd)


def test_a_number_of_lines_counts_however_it_is_formatted(books: Books) -> None:
    first, second = make_entry("GLE-1")

    books.post(export([{**first, "Lines In Entry": "2.00"}, {**second, "Lines In Entry": 2.0}]))

    books.assert_stands_once("GLE-1-1", "GLE-1-2")


def test_an_interrupted_tap_posts_nothing(books: Books) -> None:
    result = books.run(export(make_entry("GLE-1"), complete=False))

    assert (result.exit_code, result.states) == (1, [])
    assert "did not come marked as complete" in result.log
    assert books.new_batches() == []


def test_other_columns_can_be_named(books: Books) -> None:
    named: dict[str, Any] = {"Approved By": "6200100"}
    messages = export(make_entry("GLE-1", **named))
    posting = {"stream": "gl_adjustments", "fields": {"account": "Approved By"}}

    books.run(messages, postings=[posting])

    (batch,) = books.batches()
    lines = batch["JournalHeaders"][0]["JournalDetails"]
    assert {line["AccountNumber"] for line in lines} == {"6200100"}


def test_what_is_kept_of_another_model_stays(books: Books) -> None:
    books.run(export(make_entry("BAD-1", Account="9999")), origin="FY27")

    books.post(export(make_entry("GLE-1")), origin="HR")
    books.post(export(make_entry("GLE-2")))
    books.run(export(make_entry("BAD-1", Account="9999")), origin="FY27")

    (kept,) = books.find_in(EntryState.REFUSED)
    assert kept.name == "BAD-1"
    assert books.find_in(EntryState.ABSENT) == []


def test_what_is_kept_of_another_stream_of_the_kind_stays(books: Books) -> None:
    postings = [{"stream": "gl_adjustments"}, {"stream": "more"}]
    messages = export(make_entry("BAD-1", Account="9999")) + export(
        make_entry("BAD-2", Account="9999"), stream="more"
    )

    results = [books.run(messages, postings=postings) for _ in range(2)]
    books.post(export(), postings=postings)

    assert [one.exit_code for one in results] == [3, 3], results[-1].log
    assert {one.name for one in books.find_in(EntryState.REFUSED)} == {"BAD-1", "BAD-2"}
    assert books.find_in(EntryState.ABSENT) == []


def test_an_id_that_comes_twice_is_kept_once_however_often_it_comes(books: Books) -> None:
    first, second = make_entry("BAD-1")
    messages = export([first, {**second, "Transaction ID": first["Transaction ID"]}])

    results = [books.run(messages) for _ in range(2)]

    assert [one.exit_code for one in results] == [3, 3]
    assert len(books.find_in(EntryState.REFUSED)) == 1
    assert books.find_in(EntryState.ABSENT) == []
