"""Journal batches as they are created: numbers, defaults, sums (Sage sheet §4.2, §5.1)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sandbox.sage300.gl.journals import (
    CASH,
    DAY,
    EURO_BANK,
    RENT,
    SALES,
    WAGES,
    Journals,
    entry,
    line,
    rent,
)

STAMP = f"{DAY}T00:00:00Z"


def test_the_published_sample_makes_a_whole_batch(books: Journals) -> None:
    body = {
        "BatchNumber": "000777",
        "Description": "ALLOC 2026-06 run 41",
        "JournalHeaders": [
            {
                "BatchNumber": "000777",
                "EntryNumber": "00009",
                "SourceLedger": "GL",
                "SourceType": "JE",
                "Description": "41/7c9e",
                "DocumentDate": "2026-06-14",
                "PostingDate": DAY,
                "JournalDetails": [
                    {
                        "TransactionNumber": "0000000500",
                        "AccountNumber": RENT,
                        "Amount": 125.5,
                        "SourceCurrencyAmount": 125.5,
                        "Description": "rent",
                        "Reference": "41/7c9e/1",
                    },
                    {
                        "AccountNumber": CASH,
                        "Amount": -125.5,
                        "SourceCurrencyAmount": -125.5,
                        "Reference": "41/7c9e/2",
                    },
                ],
            }
        ],
    }

    answer = books.send("POST", "GL/GLJournalBatches", body)

    batch = answer.json
    (header,) = batch["JournalHeaders"]
    first, second = header["JournalDetails"]
    assert answer.status == 201
    assert batch["BatchNumber"] == header["BatchNumber"] == first["BatchNumber"] == "000001"
    assert (header["EntryNumber"], second["EntryNumber"]) == ("00001", "00001")
    assert first["TransactionNumber"] == "0000000020"
    assert second["TransactionNumber"] == "0000000040"
    assert (first["Amount"], second["Amount"]) == (Decimal("125.5"), Decimal("-125.5"))
    read = books.read("000001")
    assert read | {"@odata.context": ""} == batch | {"@odata.context": ""}


def test_a_batch_gets_the_defaults_of_its_day(books: Journals) -> None:
    batch = books.create(rent())

    header = batch["JournalHeaders"][0]
    detail = header["JournalDetails"][0]
    assert (batch["Status"], batch["ReadyToPost"], batch["JournalBatchType"]) == (
        "Open",
        "No",
        "Entered",
    )
    assert batch["DateCreated"] == batch["DateLastEdited"] == STAMP
    assert batch["PostingSequence"] == 0
    assert batch["EligibleForEditSwitch"] == "Yes"
    assert (header["FiscalYear"], header["FiscalPeriod"]) == ("2027", "03")
    assert (header["EnteredBy"], header["DocumentDate"]) == ("WEBAPI", STAMP)
    assert header["SourceCodeDescription"] == "Journal entry"
    assert detail["HomeCurrency"] == detail["SourceCurrency"] == "CAD"
    assert (detail["CurrencyRate"], detail["CurrencyRateTable"]) == (1, "SP")
    assert (detail["SourceLedger"], detail["SourceType"]) == ("GL", "JE")
    assert detail["AcctDescription"] == "Account 6100"


def test_headers_carry_the_sums_of_what_is_below_them(books: Journals) -> None:
    three = entry(line(RENT, 10), line(WAGES, 5.25, Quantity=8), line(CASH, -15.25))

    batch = books.create(three, rent(1))

    first = batch["JournalHeaders"][0]
    assert (first["Debits"], first["Credits"]) == (Decimal("15.25"), Decimal("15.25"))
    assert (first["NumberOfDetails"], first["Quantity"], first["OutOfBalanceBy"]) == (3, 8, 0)
    assert (batch["Debits"], batch["Credits"]) == (Decimal("16.25"), Decimal("16.25"))
    assert (batch["NumberOfEntries"], batch["NextEntryNumber"]) == (2, 3)


def test_every_post_makes_a_new_batch(books: Journals) -> None:
    first = books.create(rent(), Description="the same")

    second = books.create(rent(), Description="the same")

    assert (first["BatchNumber"], second["BatchNumber"]) == ("000001", "000002")


def test_a_number_once_taken_is_not_given_again(books: Journals) -> None:
    books.insert(rent(), entry(line("9999", 1), line(CASH, -1)))

    batch = books.create(rent())

    assert batch["BatchNumber"] == "000002"


def test_a_formatted_account_is_stored_without_separators(books: Journals) -> None:
    batch = books.create(entry(line("4100-10", -3), line(CASH, 3)))

    detail = batch["JournalHeaders"][0]["JournalDetails"][0]
    assert (detail["AccountNumber"], detail["AcctFormatted"]) == ("410010", "4100-10")


def test_the_posting_date_alone_decides_the_period(books: Journals) -> None:
    batch = books.create(rent(PostingDate="2027-03-10", DocumentDate="2026-04-02"))

    header = batch["JournalHeaders"][0]
    assert (header["FiscalYear"], header["FiscalPeriod"]) == ("2027", "12")


def test_a_period_put_after_the_posting_date_stays(books: Journals) -> None:
    after = books.create(rent(FiscalPeriod="04"))
    before = books.create({"FiscalPeriod": "04", **rent()})

    assert after["JournalHeaders"][0]["FiscalPeriod"] == "04"
    assert before["JournalHeaders"][0]["FiscalPeriod"] == "03"


def _amounts(books: Journals, **fields: object) -> tuple[object, object]:
    """Amount and SourceCurrencyAmount of a line on the euro account, balanced by cash."""
    books.control.turn(unbalanced_entries="accepted")
    batch = books.create(entry({"AccountNumber": EURO_BANK, **fields}))
    detail = batch["JournalHeaders"][0]["JournalDetails"][0]
    return detail["Amount"], detail["SourceCurrencyAmount"]


def test_the_accounts_currency_and_rate_make_the_functional_amount(books: Journals) -> None:
    assert _amounts(books, SourceCurrencyAmount=10.01) == (Decimal("15.02"), Decimal("10.01"))


def test_the_rate_of_the_posting_date_is_used(books: Journals) -> None:
    books.control.turn(unbalanced_entries="accepted")

    batch = books.create(entry(line(EURO_BANK, 100), PostingDate="2026-07-02"))

    assert batch["JournalHeaders"][0]["JournalDetails"][0]["Amount"] == 160


def test_a_rate_given_recomputes_the_functional_amount(books: Journals) -> None:
    assert _amounts(books, SourceCurrencyAmount=10, CurrencyRate=2) == (20, 10)


def test_a_functional_amount_put_last_stands_beside_the_source_amount(books: Journals) -> None:
    assert _amounts(books, SourceCurrencyAmount=10, Amount=15.01) == (Decimal("15.01"), 10)


def test_an_account_put_after_a_currency_undoes_it(books: Journals) -> None:
    late = {"SourceCurrency": "EUR", "AccountNumber": RENT, "SourceCurrencyAmount": 5}

    batch = books.create(entry(late, line(CASH, -5)))

    detail = batch["JournalHeaders"][0]["JournalDetails"][0]
    assert (detail["SourceCurrency"], detail["Amount"]) == ("CAD", 5)


@pytest.mark.switch("both_amounts_given")
def test_of_two_amounts_the_later_wins_or_both_are_kept(books: Journals) -> None:
    computed = _amounts(books, Amount=14, SourceCurrencyAmount=10)
    books.control.turn(both_amounts_given="both_kept")
    kept = _amounts(books, Amount=14, SourceCurrencyAmount=10)

    assert (computed, kept) == ((15, 10), (14, 10))


@pytest.mark.switch("omitted_rates")
def test_a_rate_left_out_is_looked_up_or_refused(books: Journals) -> None:
    found = _amounts(books, SourceCurrencyAmount=10)
    books.control.turn(omitted_rates="refused")
    refused = books.insert(entry(line(EURO_BANK, 10)))
    given = _amounts(books, CurrencyRate=2, SourceCurrencyAmount=10)

    assert (found, given) == ((15, 10), (20, 10))
    assert (refused.status, refused.error_code) == (409, "FieldInvalid")
    assert "EUR" in refused.error_text


@pytest.mark.switch("journal_line_descriptions")
def test_a_line_without_a_description_takes_the_entrys_or_stays_blank(books: Journals) -> None:
    taken = books.create(rent(Description="June"))
    books.control.turn(journal_line_descriptions="blank")
    blank = books.create(rent(Description="June"))

    texts = [
        batch["JournalHeaders"][0]["JournalDetails"][0]["Description"] for batch in (taken, blank)
    ]
    assert texts == ["June", ""]


def test_an_optional_field_the_account_is_set_up_for_is_taken(books: Journals) -> None:
    fields = [{"OptionalField": "TRANSID", "Value": "7c9e"}]

    batch = books.create(entry(line(WAGES, 1, JournalDetailOptionalFields=fields), line(CASH, -1)))

    detail = batch["JournalHeaders"][0]["JournalDetails"][0]
    stored = {
        field["OptionalField"]: field["Value"] for field in detail["JournalDetailOptionalFields"]
    }
    assert stored == {"TRANSID": "7c9e", "SITE": "HQ"}
    assert detail["NumberOfOptionalFields"] == 2


def test_an_optional_field_nobody_set_up_is_refused(books: Journals) -> None:
    fields = [{"OptionalField": "TRANSID", "Value": "7c9e"}]

    answer = books.insert(entry(line(SALES, 1, JournalDetailOptionalFields=fields)))

    assert (answer.status, answer.error_code) == (409, "FieldInvalid")
    assert "TRANSID" in answer.error_text


def test_a_template_shows_an_open_batch(books: Journals) -> None:
    template = books.send("POST", "GL/GLJournalBatches('$template')", {}).json

    assert (template["Status"], template["SourceLedger"]) == ("Open", "GL")
    assert template["DateCreated"] == STAMP


@pytest.mark.switch("ready_in_journal_post")
def test_a_post_that_says_ready_makes_the_batch_ready_or_leaves_it_open(books: Journals) -> None:
    ready = books.create(rent(), ReadyToPost="Yes")
    books.control.turn(ready_in_journal_post="ignored")
    ignored = books.create(rent(), ReadyToPost="Yes")

    assert (ready["ReadyToPost"], ready["Status"]) == ("Yes", "ReadyToPost")
    assert (ignored["ReadyToPost"], ignored["Status"]) == ("No", "Open")


@pytest.mark.parametrize("entries", [0, 1], ids=["orphan_header", "first_entries"])
def test_a_refused_entry_may_leave_an_open_batch_behind(books: Journals, entries: int) -> None:
    left = {0: "orphan_header", 1: "first_entries"}[entries]
    books.control.turn(nested_creation=left)

    answer = books.insert(rent(), entry(line("9999", 1)), ReadyToPost="Yes")

    (batch,) = books.batches()
    assert answer.status == 409
    assert (batch["Status"], batch["ReadyToPost"]) == ("Open", "No")
    assert (batch["NumberOfEntries"], len(batch["JournalHeaders"])) == (entries, entries)
