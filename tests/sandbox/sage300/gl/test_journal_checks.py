"""What a journal entry is refused for, and with which code (Sage sheet §5.6, §1.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.sage300.gl.journals import (
    CASH,
    CONTROL,
    EURO_BANK,
    INACTIVE,
    PROHIBITED,
    RENT,
    UNKNOWN,
    Journals,
    Record,
    entry,
    line,
    rent,
    write_company,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.conftest import ServeSage


def _on(account: str, **fields: object) -> Record:
    return entry(line(account, 10, **fields), line(CASH, -10))


BAD_ENTRIES = {
    "unknown account": (_on(UNKNOWN), "FieldInvalid", UNKNOWN),
    "no account at all": (entry({"SourceCurrencyAmount": 0}), "FieldInvalid", "(blank)"),
    "inactive account": (_on(INACTIVE), "FieldInvalid", INACTIVE),
    "prohibited account": (_on(PROHIBITED), "FieldInvalid", PROHIBITED),
    "control account": (_on(CONTROL), "FieldInvalid", "control account"),
    "currency not allowed": (
        _on(RENT, SourceCurrency="EUR", CurrencyRate=1),
        "FieldInvalid",
        "EUR is not allowed",
    ),
    "currency the account does not list": (
        _on(EURO_BANK, SourceCurrency="JPY", CurrencyRate=1),
        "FieldInvalid",
        "JPY is not allowed",
    ),
    "currency nobody knows": (
        _on(EURO_BANK, SourceCurrency="XXX", CurrencyRate=1),
        "FieldInvalid",
        "XXX was not found",
    ),
    "quantity on an account without": (_on(RENT, Quantity=2), "FieldInvalid", "quantities"),
    "unknown source code": (rent(SourceType="ZZ"), "FieldInvalid", "GL-ZZ"),
    "date in no period": (rent(PostingDate="2026-06-30"), "FieldInvalid", "fiscal period"),
    "date in no year": (rent(PostingDate="2031-01-01"), "FieldInvalid", "fiscal period"),
    "period the year does not have": (rent(FiscalPeriod="13"), "FieldInvalid", "2027-13"),
    "year without a calendar": (rent(FiscalYear="1999"), "FieldInvalid", "1999-03"),
    "too many decimals": (
        entry(line(RENT, 1.005), line(CASH, -1.005)),
        "FieldInvalid",
        "2 decimals",
    ),
    "more than any field holds": (
        entry(line(RENT, 10**16), line(CASH, -(10**16))),
        "FieldInvalid",
        "does not fit",
    ),
    "out of balance": (entry(line(RENT, 10), line(CASH, -9)), "RecordInvalid", "by 1. "),
    "text too long": (_on(RENT, Reference="x" * 61), "FieldInvalid", "60"),
    "unknown property": (rent(Descripton="typo"), "InvalidPayload", "Descripton"),
    "text for a number": (_on(RENT, Quantity="two"), "InvalidPayload", "Quantity"),
    "no date": (rent(PostingDate="30.06.2026"), "InvalidPayload", "PostingDate"),
}


@pytest.mark.parametrize("name", BAD_ENTRIES)
def test_a_bad_entry_is_refused_and_leaves_nothing(books: Journals, name: str) -> None:
    bad, code, fragment = BAD_ENTRIES[name]

    answer = books.insert(rent(), bad)

    expected = 400 if code == "InvalidPayload" else 409
    assert (answer.status, answer.error_code) == (expected, code)
    assert fragment in answer.error_text
    assert books.batches() == []


@pytest.mark.switch("locked_periods")
@pytest.mark.parametrize("lock", ["2027-03", "GL:2027-03"])
def test_a_locked_period_takes_no_entries(books: Journals, lock: str) -> None:
    before = books.insert(rent())
    books.control.turn(locked_periods=[lock])

    answer = books.insert(rent())

    assert (before.status, answer.status) == (201, 409)
    assert "2027-03 is locked" in answer.error_text


@pytest.mark.parametrize("lock", ["2027-04", "AP:2027-03"])
def test_locks_of_other_periods_and_applications_do_not_matter(books: Journals, lock: str) -> None:
    books.control.turn(locked_periods=[lock])

    assert books.insert(rent()).status == 201


@pytest.mark.switch("locked_period_code")
@pytest.mark.parametrize("code", ["FieldInvalid", "RecordInvalid"])
def test_the_code_of_a_locked_period_is_either(books: Journals, code: str) -> None:
    books.control.turn(locked_periods=["2027-03"], locked_period_code=code)

    assert books.insert(rent()).error_code == code


@pytest.mark.switch("unbalanced_entries")
def test_an_unbalanced_entry_is_refused_or_stored_with_its_difference(books: Journals) -> None:
    unbalanced = entry(line(RENT, 10), line(CASH, -7))
    refused = books.insert(unbalanced)
    books.control.turn(unbalanced_entries="accepted")

    header = books.create(unbalanced)["JournalHeaders"][0]

    assert (refused.status, refused.error_code) == (409, "RecordInvalid")
    assert (header["Debits"], header["Credits"], header["OutOfBalanceBy"]) == (10, 7, 3)


@pytest.mark.switch("journal_checks")
@pytest.mark.parametrize("account", [UNKNOWN, INACTIVE, PROHIBITED, CONTROL])
def test_accounts_are_checked_at_insertion_or_at_posting_only(
    books: Journals, account: str
) -> None:
    refused = books.insert(_on(account))
    books.control.turn(journal_checks="post")

    batch = books.post(_on(account))

    assert refused.status == 409
    assert (batch["Status"], batch["NumberOfErrors"]) == ("Posted", 1)
    assert books.posted() == []


POLICIES = {
    "NonexistentGLAccount": _on(UNKNOWN),
    "InactiveGLAccount": _on(INACTIVE),
    "LockedFiscalPeriod": rent(),
}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("weight", ["None", "Warning"])
def test_what_the_profile_lets_in_fails_at_posting(
    serve_sage: ServeSage, tmp_path: Path, policy: str, weight: str
) -> None:
    sage = serve_sage(data=write_company(tmp_path, **{policy: weight}))
    books = Journals(sage)
    if policy == "LockedFiscalPeriod":
        sage.control.turn(locked_periods=["2027-03"])

    batch = books.post(POLICIES[policy])

    assert batch["NumberOfErrors"] == 1
    assert batch["JournalHeaders"][0]["ErrorBatch"] == 2


def test_a_subledgers_batch_may_use_its_control_account(books: Journals) -> None:
    subledger = _on(CONTROL) | {"SourceLedger": "GL"}
    books.control.turn(journal_checks="post")
    number = books.create(subledger)["BatchNumber"]
    # A batch of Accounts Payable, as that module would have made it.
    headers = books.read(number)["JournalHeaders"]
    headers[0]["SourceLedger"] = "AP"
    books.control.send(
        "PATCH",
        f"records/GL/GLJournalBatches/{number}",
        {"JournalBatchType": "Subledger", "JournalHeaders": headers},
    )
    books.control.post(
        "records/GL/GLSourceCodes", {"SourceLedger": "AP", "SourceType": headers[0]["SourceType"]}
    )

    batch = books.desk(number, "post")

    assert (batch["Status"], batch["NumberOfErrors"]) == ("Posted", 0)
