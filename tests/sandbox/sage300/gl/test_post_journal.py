"""GLPostJournal: what it posts, and what follows in the books (Sage sheet §4.2, §5.1)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sandbox.sage300.gl.journals import (
    CASH,
    CONSOLIDATED,
    DAY,
    EURO_BANK,
    RENT,
    WAGES,
    Journals,
    entry,
    line,
    rent,
)

STAMP = f"{DAY}T00:00:00Z"
NEXT_DAY = "2026-06-16T09:00:00Z"


def _ready(books: Journals, *amounts: float) -> list[str]:
    numbers = [str(books.create(rent(amount))["BatchNumber"]) for amount in amounts]
    for number in numbers:
        books.patch(number, ReadyToPost="Yes")
    return numbers


def _statuses(books: Journals) -> list[str]:
    return [batch["Status"] for batch in books.batches()]


def test_an_empty_body_posts_every_ready_batch(books: Journals) -> None:
    _ready(books, 1, 2)
    books.create(rent(3))

    answer = books.process()

    assert (answer.status, answer.raw) == (204, b"")
    assert _statuses(books) == ["Posted", "Posted", "Open"]


def test_a_range_posts_its_batches_only(books: Journals) -> None:
    _ready(books, 1, 2, 3, 4)

    books.post_range("2", "000003")

    assert _statuses(books) == ["ReadyToPost", "Posted", "Posted", "ReadyToPost"]


def test_a_range_without_an_end_goes_to_the_last_batch(books: Journals) -> None:
    _ready(books, 1, 2, 3)

    books.process(PostAllBatchesSwitch="PostbyBatchRange", FromBatchNumber="000002")

    assert _statuses(books) == ["ReadyToPost", "Posted", "Posted"]


def test_bounds_without_the_range_switch_do_not_bound(books: Journals) -> None:
    _ready(books, 1, 2, 3)

    books.process(FromBatchNumber="000002", ToBatchNumber="000002")

    assert _statuses(books) == ["Posted", "Posted", "Posted"]


def test_a_range_backwards_is_refused(books: Journals) -> None:
    _ready(books, 1, 2)

    answer = books.post_range("000002", "000001")

    assert (answer.status, answer.error_code) == (409, "FieldInvalid")
    assert _statuses(books) == ["ReadyToPost", "ReadyToPost"]


@pytest.mark.switch("unready_batches")
@pytest.mark.parametrize(
    ("position", "status", "left"),
    [("refused", 409, "Open"), ("skipped", 204, "Open"), ("posted", 204, "Posted")],
)
def test_a_batch_that_is_not_ready_is_refused_skipped_or_posted(
    books: Journals, position: str, status: int, left: str
) -> None:
    books.control.turn(unready_batches=position)
    number = books.create(rent())["BatchNumber"]

    answer = books.post_range(number)

    assert answer.status == status
    assert books.read(number)["Status"] == left


def test_a_posted_batch_is_not_posted_again(books: Journals) -> None:
    number = books.post(rent())["BatchNumber"]

    answer = books.post_range(number)

    assert (answer.status, answer.error_code) == (409, "RecordInvalid")
    assert len(books.posted()) == 2


def test_the_template_shows_the_dangerous_default(books: Journals) -> None:
    template = books.send("POST", "GL/GLPostJournal('$template')", {}).json

    assert template["PostAllBatchesSwitch"] == "PostallBatches"
    assert template["ProvisionalPostSwitch"] == "ActualPost"
    assert (template["FromBatchNumber"], template["ToBatchNumber"]) == ("", "ZZZZZZ")


SPELLINGS = {
    "screens": {
        "PostAllBatchesSwitch": "PostbyBatchRange",
        "ProvisionalPostSwitch": "ActualPost",
        "FromBatchNumber": "000002",
        "ToBatchNumber": "000002",
    },
    "abbreviated": {
        "PostAllBatches": "PostbyBatchRange",
        "ProvisionalPost": "ActualPost",
        "FromBatch": "000002",
        "ToBatch": "000002",
    },
    "numbers": {
        "PostAllBatchesSwitch": 1,
        "ProvisionalPostSwitch": 0,
        "FromBatchNumber": "000002",
        "ToBatchNumber": "000002",
    },
}


@pytest.mark.switch("process_spelling")
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_processes_fields_are_spelled_as_the_site_spells_them(
    books: Journals, spelling: str
) -> None:
    _ready(books, 1, 2)
    books.control.turn(process_spelling=spelling)
    fields = SPELLINGS[spelling]

    template = books.send("POST", "GL/GLPostJournal('$template')", {}).json
    metadata = books.sage.get("GL/$metadata").raw.decode()
    answer = books.process(**fields)
    foreign = [books.process(**other) for name, other in SPELLINGS.items() if other is not fields]

    assert fields.keys() <= template.keys()
    assert type(template[next(iter(fields))]) is type(next(iter(fields.values())))
    assert all(f'Name="{name}"' in metadata for name in fields)
    assert answer.status == 204
    assert {refused.error_code for refused in foreign} == {"InvalidPayload"}
    assert _statuses(books) == ["ReadyToPost", "Posted"]


def test_a_switch_number_that_does_not_exist_is_refused(books: Journals) -> None:
    _ready(books, 1)
    books.control.turn(process_spelling="numbers")

    answer = books.process(PostAllBatchesSwitch=7)

    assert (answer.status, answer.error_code) == (409, "FieldInvalid")


def test_posted_lines_stand_in_the_ledger_under_one_sequence(books: Journals) -> None:
    lines = (
        line(RENT, 125.5, Reference="41/1", Description="rent", Comment="kept nowhere"),
        line(CASH, -125.5, Reference="41/2"),
    )

    batch = books.post(entry(*lines, Description="June", DocumentDate="2026-06-10"))

    cash, rented = books.posted()
    assert batch["PostingSequence"] == 1
    assert rented == rented | {
        "AccountNumber": RENT,
        "FiscalYear": "2027",
        "FiscalPeriod": "03",
        "SourceCurrencyCode": "CAD",
        "SourceLedgerCode": "GL",
        "SourceTypeCode": "JE",
        "PostingSequenceNumber": 1,
        "DetailCount": 1,
        "BatchNumber": batch["BatchNumber"],
        "JournalEntryNumber": "00001",
        "JournalTransactionNumber": "0000000020",
        "JournalDetailDescription": "rent",
        "JournalDetailReference": "41/1",
        "JournalTransactionAmount": Decimal("125.5"),
        "SourceCurrencyAmount": Decimal("125.5"),
        "JournalDate": "2026-06-10T00:00:00Z",
        "DocumentDate": "2026-06-10T00:00:00Z",
        "ConsolidationOccurredOnPost": "No",
        "NbrOfSourceCurrencyDecimals": "2",
    }
    assert (cash["JournalDetailDescription"], cash["DetailCount"]) == ("June", 2)


def test_the_posting_journal_has_the_same_lines(books: Journals) -> None:
    batch = books.post(rent(), rent(7))

    shown = [
        (
            row["Postingsequencenumber"],
            row["BatchNumber"],
            row["Journalentrynumber"],
            row["Journaltransactionnumber"],
            row["AccountNumber"],
            row["Journaltransactionamount"],
        )
        for row in books.journals()
    ]
    number = batch["BatchNumber"]
    assert shown == [
        (1, number, "00001", "0000000020", RENT, Decimal("125.5")),
        (1, number, "00001", "0000000040", CASH, Decimal("-125.5")),
        (1, number, "00002", "0000000020", RENT, 7),
        (1, number, "00002", "0000000040", CASH, -7),
    ]


def test_sequences_grow_batch_by_batch_and_can_be_followed(books: Journals) -> None:
    for amount in (1, 2, 3):
        books.post(rent(amount))

    later = books.posted(filter="PostingSequenceNumber gt 1")

    assert {row["PostingSequenceNumber"] for row in later} == {2, 3}


def test_posted_lines_are_found_by_reference(books: Journals) -> None:
    books.post(entry(line(RENT, 5, Reference="A-1"), line(CASH, -5, Reference="A-2")))
    books.post(entry(line(RENT, 6, Reference="B-1"), line(CASH, -6)))

    found = books.posted(filter="JournalDetailReference eq 'A-1'")

    assert [row["JournalTransactionAmount"] for row in found] == [5]


def test_amounts_fall_into_the_period_of_the_fiscal_set(books: Journals) -> None:
    books.post(rent(10), rent(5, PostingDate="2026-04-01"), rent(1, PostingDate="2027-03-01"))

    found = books.fiscal_set(RENT)
    assert (found["Period01NetAmount"], found["Period03NetAmount"]) == (5, 10)
    assert (found["Period12NetAmount"], found["ActivitySwitch"]) == (1, "PeriodsActive")
    assert books.fiscal_set(CASH)["Period03NetAmount"] == -10


def test_another_currency_has_sets_of_its_own(books: Journals) -> None:
    books.post(entry(line(EURO_BANK, 100), line(CASH, -150)))

    amounts = {kind: books.fiscal_set(EURO_BANK, kind=kind)["Period03NetAmount"] for kind in "FSE"}
    (posted,) = books.posted(filter=f"AccountNumber eq '{EURO_BANK}'")
    assert amounts == {"F": 150, "S": 100, "E": 150}
    assert books.fiscal_set(EURO_BANK, kind="S")["CurrencyCode"] == "EUR"
    assert (posted["CurrencyRateForConversion"], posted["SourceCurrencyAmount"]) == (
        Decimal("1.5"),
        100,
    )


def test_quantities_have_a_set_of_their_own(books: Journals) -> None:
    books.post(entry(line(WAGES, 80, Quantity=8), line(CASH, -80)))

    assert books.fiscal_set(WAGES, designator="Q")["Period03NetAmount"] == 8


def test_consolidated_accounts_lose_their_lines(books: Journals) -> None:
    lines = [line(CONSOLIDATED, amount, Reference=f"ref {amount}") for amount in (1, 2, 3)]

    books.post(entry(*lines, line(CASH, -6, Reference="kept")))

    (merged,) = books.posted(filter=f"AccountNumber eq '{CONSOLIDATED}'")
    (detail,) = books.posted(filter=f"AccountNumber eq '{CASH}'")
    assert (merged["JournalTransactionAmount"], merged["SourceCurrencyAmount"]) == (6, 6)
    assert merged["JournalDetailReference"] == merged["JournalDetailDescription"] == ""
    assert merged["ConsolidationOccurredOnPost"] == "Yes"
    assert (detail["JournalDetailReference"], detail["ConsolidationOccurredOnPost"]) == (
        "kept",
        "No",
    )


@pytest.mark.switch("consolidated_journals")
@pytest.mark.parametrize(("position", "count"), [("detail", 3), ("merged", 1)])
def test_posting_journals_keep_consolidated_lines_or_merge_them(
    books: Journals, position: str, count: int
) -> None:
    books.control.turn(consolidated_journals=position)

    books.post(entry(*[line(CONSOLIDATED, 1) for _ in range(3)], line(CASH, -3)))

    rows = [row for row in books.journals() if row["AccountNumber"] == CONSOLIDATED]
    assert (len(rows), sum(row["Journaltransactionamount"] for row in rows)) == (count, 3)


@pytest.mark.switch("posting_moves_stamps")
@pytest.mark.parametrize(("position", "day"), [(1, "2026-06-16"), (0, DAY)])
def test_posting_moves_the_batchs_stamp_or_leaves_it(
    books: Journals, position: int, day: str
) -> None:
    books.control.turn(posting_moves_stamps=bool(position))
    (number,) = _ready(books, 1)
    books.control.post("clock", {"set": NEXT_DAY})

    books.post_range(number)

    assert books.read(number)["DateLastEdited"] == f"{day}T00:00:00Z"


def test_provisional_posting_moves_provisional_sets_only(books: Journals) -> None:
    (number,) = _ready(books, 10)

    answer = books.post_range(number, ProvisionalPostSwitch="ProvisionalPost")

    assert answer.status == 204
    assert books.read(number)["Status"] == "ProvPosted"
    assert books.fiscal_set(RENT, designator="P")["Period03NetAmount"] == 10
    assert books.fiscal_set(RENT) == {}
    assert books.posted() == books.journals() == []


def test_provisional_figures_go_when_the_batch_is_posted_or_opened(books: Journals) -> None:
    posted, opened = _ready(books, 10, 20)
    books.process(ProvisionalPostSwitch="ProvisionalPost")
    before = books.fiscal_set(RENT, designator="P")["Period03NetAmount"]

    books.post_range(posted)
    between = books.fiscal_set(RENT, designator="P")["Period03NetAmount"]
    books.patch(opened, ReadyToPost="No")

    assert (before, between) == (30, 20)
    assert books.fiscal_set(RENT, designator="P")["Period03NetAmount"] == 0
    assert books.fiscal_set(RENT)["Period03NetAmount"] == 10


def test_a_period_locked_since_insertion_puts_the_entry_in_error(books: Journals) -> None:
    (number,) = _ready(books, 10)
    books.control.turn(locked_periods=["2027-03"])

    books.post_range(number)

    assert books.read(number)["NumberOfErrors"] == 1
    assert books.posted() == []
