"""The books agree with each other, whatever is posted (design §5.6; Sage sheet §4.2).

Random batches with good and bad entries, several periods, two currencies, consolidated accounts
and reversals are entered, changed, posted and left; after each round the ledger, the posting
journals, the fiscal sets and the batches are held against each other.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox._server import serving

from tests.sandbox.sage300.gl.journals import (
    CASH,
    CONSOLIDATED,
    EQUITY,
    EURO_BANK,
    RENT,
    SALES,
    UNKNOWN,
    WAGES,
    Journals,
    Record,
    entry,
    line,
    total,
    write_company,
)
from tests.sandbox.web import Sage

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from tests.sandbox.conftest import ServeSage

PERIODS = [f"Period{number:02}NetAmount" for number in range(1, 16)]
DATES = ["2025-05-10", "2026-03-20", "2026-06-15", "2026-12-01", "2027-03-03", "2027-05-05"]
INCOME = {SALES, RENT, WAGES, CONSOLIDATED}

Sums = dict[tuple[str, ...], Decimal]


def _random_entry(dice: random.Random) -> Record:
    accounts = [CASH, SALES, RENT, WAGES, CONSOLIDATED, EQUITY]
    cents = [dice.randrange(-99_999, 99_999) for _ in range(dice.randrange(1, 6))]
    lines = [line(dice.choice(accounts), amount / 100) for amount in cents]
    balance = sum(cents)
    if dice.random() < 0.3:
        # Euros as even cents at a rate of 1.5 are whole Canadian cents.
        euros = 2 * dice.randrange(1, 5000)
        rate = {"AccountNumber": EURO_BANK, "CurrencyRate": 1.5}
        lines.append({**rate, "SourceCurrencyAmount": euros / 100})
        balance += euros * 3 // 2
    lines.append(line(CASH, -balance / 100))
    if dice.random() < 0.15:
        lines[0]["AccountNumber"] = UNKNOWN
    return entry(
        *lines,
        PostingDate=dice.choice(DATES),
        AutoReversal="NextPeriod" if dice.random() < 0.2 else "AutoReversalOff",
    )


def _play(books: Journals, dice: random.Random) -> None:
    """Enter a few batches, change one, post some."""
    numbers = []
    for _ in range(4):
        made = [_random_entry(dice) for _ in range(dice.randrange(1, 5))]
        numbers.append(books.create(*made)["BatchNumber"])
    books.patch(numbers[0], JournalHeaders=[_random_entry(dice)])
    for number in numbers[:3]:
        assert books.patch(number, ReadyToPost="Yes").status == 204
    if dice.random() < 0.5:
        books.process(ProvisionalPostSwitch="ProvisionalPost")
    assert books.post_range(numbers[0]).status == 204
    assert books.process().status == 204
    if dice.random() < 0.4:
        books.control.post("gl/begin_year", {})


def _check_books(books: Journals) -> None:
    transactions, journals, sets = books.posted(), books.journals(), books.sets()

    _check_trial_balance(transactions, sets)
    _check_sets(transactions, sets)
    _check_openings(sets)
    _check_journals(transactions, journals)
    _check_batches(books, journals)


def _check_trial_balance(transactions: list[Record], sets: list[Record]) -> None:
    assert total([row["JournalTransactionAmount"] for row in transactions]) == 0
    for year in {record["FiscalSetYear"] for record in sets}:
        home = [
            record
            for record in sets
            if (record["FiscalSetYear"], record["FiscalSetDesignator"], record["CurrencyType"])
            == (year, "A", "F")
        ]
        for name in ("BeginningBalance", *PERIODS):
            assert total([record[name] for record in home]) == 0, (year, name)


def _check_sets(transactions: list[Record], sets: list[Record]) -> None:
    posted: Sums = defaultdict(Decimal)
    for row in transactions:
        where = (row["AccountNumber"], row["FiscalYear"], row["FiscalPeriod"])
        currency = row["SourceCurrencyCode"]
        posted[*where, "CAD", "F"] += row["JournalTransactionAmount"]
        if currency != "CAD":
            posted[*where, currency, "S"] += row["SourceCurrencyAmount"]
            posted[*where, currency, "E"] += row["JournalTransactionAmount"]
    kept: Sums = {}
    for record in sets:
        if record["FiscalSetDesignator"] == "A":
            for number, name in enumerate(PERIODS, start=1):
                where = (record["AccountNumber"], record["FiscalSetYear"], f"{number:02}")
                kept[*where, record["CurrencyCode"], record["CurrencyType"]] = record[name]
    assert {key: amount for key, amount in posted.items() if amount} == {
        key: amount for key, amount in kept.items() if amount
    }


def _check_openings(
    sets: list[Record], *, income: AbstractSet[str] = INCOME, equity: str = EQUITY
) -> None:
    """An opening is what the year before left; income goes to retained earnings."""
    closings: Sums = defaultdict(Decimal)
    openings: Sums = defaultdict(Decimal)
    home = [
        record
        for record in sets
        if (record["FiscalSetDesignator"], record["CurrencyType"]) == ("A", "F")
    ]
    carried = {record["FiscalSetYear"] for record in home if record["BeginningBalance"]}
    for record in home:
        following = str(int(record["FiscalSetYear"]) + 1)
        account = record["AccountNumber"]
        if account in income:
            account = equity
        balance = total([record["BeginningBalance"], *(record[name] for name in PERIODS)])
        closings[account, following] += balance
        openings[record["AccountNumber"], record["FiscalSetYear"]] += record["BeginningBalance"]
    for (account, year), amount in closings.items():
        if year in carried:
            assert openings[account, year] == amount, (account, year)


def _check_journals(transactions: list[Record], journals: list[Record]) -> None:
    ledger: Sums = defaultdict(Decimal)
    journal: Sums = defaultdict(Decimal)
    for row in transactions:
        key = (str(row["PostingSequenceNumber"]), row["AccountNumber"], row["FiscalPeriod"])
        ledger[key] += row["JournalTransactionAmount"]
    for row in journals:
        key = (str(row["Postingsequencenumber"]), row["AccountNumber"], row["Fiscalperiod"])
        journal[key] += row["Journaltransactionamount"]
    assert ledger == journal


def _check_batches(books: Journals, journals: list[Record]) -> None:
    posted = {
        (row["BatchNumber"], row["Journalentrynumber"], row["Journaltransactionnumber"])
        for row in journals
    }
    due = {
        (batch["BatchNumber"], header["EntryNumber"], detail["TransactionNumber"])
        for batch in books.sage.follow("GL/GLJournalBatches")
        if batch["Status"] == "Posted"
        for header in batch["JournalHeaders"]
        if not header["ErrorBatch"]
        for detail in header["JournalDetails"]
    }
    assert posted == due


@pytest.mark.parametrize("seed", range(12))
def test_books_agree_after_everything_that_happens_to_them(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  # books, not secrets
    with serving(ServeOptions(data=write_company(tmp_path))) as ready:
        books = Journals(Sage(ready["sage300"]))
        books.control.post("clock", {"set": "2026-06-15T12:00:00Z"})
        books.control.turn(journal_checks="post")

        for _ in range(3):
            _play(books, dice)
            _check_books(books)

        assert books.posted()


def test_ten_times_the_lines_take_no_more_than_their_share_of_work(books: Journals) -> None:
    def work_s(lines: int) -> float:
        pairs = [(line(RENT, 1, Reference=f"{n}"), line(CASH, -1)) for n in range(lines // 2)]
        # The server runs in this process: its own seconds, however busy the machine is.
        started = time.process_time()
        batch = books.post(entry(*[one for pair in pairs for one in pair]))
        assert batch["JournalHeaders"][0]["NumberOfDetails"] == lines
        return time.process_time() - started

    few, many = work_s(100), work_s(1000)

    assert len(books.posted()) == 1100
    assert many < 30 * few


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_generated_companys_books_still_agree_after_a_posting(
    serve_sage: ServeSage, seed: int
) -> None:
    books = Journals(serve_sage(seed=seed))
    books.control.turn(unbalanced_entries="refused")
    plain = books.sage.follow(
        "GL/GLAccounts",
        filter="Status eq 'Active' and PostToAccount eq 'Detail' and ControlAccount eq 'No'",
    )
    income = next(one for one in plain if one["AccountType"] == "IncomeStatement")
    balance = next(
        one for one in plain if (one["AccountType"], one["Multicurrency"]) == ("BalanceSheet", "No")
    )
    accounts = books.sage.follow("GL/GLAccounts")
    (equity,) = [one for one in accounts if one["AccountType"] == "RetainedEarnings"]
    expenses = {
        one["UnformattedAccount"] for one in accounts if one["AccountType"] == "IncomeStatement"
    }
    before = books.sets()
    lines = [
        line(income["UnformattedAccount"], 12.34, Reference="T-1"),
        line(balance["UnformattedAccount"], -12.34, Reference="T-2"),
    ]
    today = books.control.get("clock")["now"][:10]

    batch = books.post(entry(*lines, PostingDate=today))

    after = books.sets()
    found = books.posted(filter="JournalDetailReference eq 'T-1'")
    header = batch["JournalHeaders"][0]
    period = f"Period{header['FiscalPeriod']}NetAmount"
    for sets in (before, after):
        _check_trial_balance([], sets)
        _check_openings(sets, income=expenses, equity=equity["UnformattedAccount"])
    moved = [
        sum(
            record[period]
            for record in sets
            if (record["AccountNumber"], record["FiscalSetYear"])
            == (income["UnformattedAccount"], header["FiscalYear"])
            and (record["FiscalSetDesignator"], record["CurrencyType"]) == ("A", "F")
        )
        for sets in (before, after)
    ]
    assert [row["JournalTransactionAmount"] for row in found] == [Decimal("12.34")]
    assert found[0]["PostingSequenceNumber"] == batch["PostingSequence"]
    assert moved[1] - moved[0] == Decimal("12.34")
