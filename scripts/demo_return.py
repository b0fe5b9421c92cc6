"""The way back: what planners approved is entered in Sage 300, posted by a person, and checked.

What ought to stand in the books is computed here, from the model; what stands there is read from
the Web API. Whatever differs ends the demo.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

from demo_eyes import AnaplanEyes, Sage300Eyes
from demo_job import console, fail, run_job
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from demo_eyes import Servers

JOB = "anaplan-to-sage300"
REFUSED = 1
"""How `meltano run` ends when entries were refused."""
MODULES = ("GL Adjustments", "AP Adjustments")
OPEN = {
    "GL": ("GL/GLJournalBatches", "Status eq 'Open'"),
    "IN": ("AP/APInvoiceBatches", "BatchStatus eq 'Open'"),
    "AD": (
        "AP/APPaymentAndAdjustmentBatches",
        "BatchSelector eq 'AD' and BatchStatus eq 'Open'",
    ),
}
"""Kinds of batches, and which of them are open."""
WORDS = {"GL": "GL journals", "IN": "IN invoices and notes", "AD": "AD adjustments"}
LEDGERS = {"GL": "General ledger", "AP": "Payables"}

Line = dict[str, str]
Batch = tuple[str, str]
Row = tuple[str, str, str, str, Decimal]
"""A posting: ledger, what it refers to, account, currency, amount (a debit when positive)."""


def show_return(servers: Servers, environment: dict[str, str]) -> None:
    """Run the job, have somebody post the batches, run it again, and compare the books."""
    sage, model = Sage300Eyes(servers), AnaplanEyes(servers)
    others = find_open(sage)
    printed = run_job(JOB, environment, codes=(0, REFUSED))
    entries, results = read_entries(model), read_results(model)
    for line in (line for lines in entries.values() for line in lines):
        if line["id"] not in results:
            fail(printed, f"The model was told nothing of {line['id']}.")
    entered = print_entries(entries, results)
    batches = sorted(find_open(sage) - others)
    names = ", ".join(" ".join(batch) for batch in batches)
    console.print(f"\n{len(batches)} batches are open in Sage 300: {names}.")
    console.print(f"({', '.join(WORDS.values())}; refused attempts leave gaps in the numbers.)")
    while batches:
        for batch in batches:
            post(sage, batch)
        batches = sorted(find_open(sage) - others)  # a reversal may have a batch of its own
    console.print("Somebody in accounting reviews and posts them.\n")
    run_job(JOB, environment, codes=(0, REFUSED))
    again = find_open(sage) - others
    console.print(f"Second run: {len(again)} batches entered.")
    insist(not again, "The second run entered what stands in Sage 300 already.")
    statuses = read_results(model)
    posted = [line for line in entered if statuses[line["id"]]["Status"] == "posted"]
    console.print(f"{len(posted)} lines are posted, says SYS Posting Status of the model.\n")
    insist(posted == entered, "A line that was posted is not known as posted in the model.")
    compare(sage, entered)


def insist(condition: bool, message: str) -> None:  # noqa: FBT001  (an assertion that stays)
    """End the demo unless a condition holds."""
    if not condition:
        sys.exit(message)


def find_open(sage: Sage300Eyes) -> set[Batch]:
    """Return the batches of every kind that are neither posted nor deleted."""
    return {
        (kind, str(one["BatchNumber"]))
        for kind, (resource, chosen) in OPEN.items()
        for one in sage.read(resource, chosen)
    }


def post(sage: Sage300Eyes, batch: Batch) -> None:
    """Post one batch at the desk."""
    kind, number = batch
    path = f"gl/batches/{number}" if kind == "GL" else f"ap/{kind}/{number}"
    sage.act("POST", f"{path}/post", {})


# What planners entered


def read_entries(model: AnaplanEyes) -> dict[str, list[Line]]:
    """Read the lines of both modules, by the entries they belong to."""
    entries: dict[str, list[Line]] = defaultdict(list)
    for module in MODULES:
        for name, line in model.cells(module).items():
            entries[line["Entry"]].append({**line, "id": name, "ledger": module[:2]})
    return dict(entries)


def read_results(model: AnaplanEyes) -> dict[str, Line]:
    """Read what the model was told of each line; Anaplan answers 500 for a view without rows."""
    try:
        return model.cells("SYS Posting Status")
    except HTTPError:
        return {}


def may_be_entered(lines: list[Line]) -> bool:
    """Say whether an entry is of this company, complete, and approved by all of its lines."""
    return all(
        line["Company"] == "SAMLTD"
        and line["Approved"] == "true"
        and int(line["Lines In Entry"]) == len(lines)
        for line in lines
    )


def print_entries(entries: dict[str, list[Line]], results: dict[str, Line]) -> list[Line]:
    """Print what became of each entry, and return the lines of those that were entered."""
    table = Table(title=f"First run: meltano run {JOB}", title_justify="left")
    for head in ("entry", "lines", "what it is", "status", "batch", "reason"):
        table.add_column(head, justify="right" if head == "lines" else "left")
    entered: list[Line] = []
    for name, lines in entries.items():
        result = results[lines[0]["id"]]
        is_entered = result["Status"] == "created"
        insist(may_be_entered(lines) or not is_entered, f"{name} was not to be entered.")
        insist(is_entered or result["Reason"] != "-", f"{name} was not entered, no reason said.")
        entered += lines if is_entered else []
        journal_or_adjustment = "Adjustment" if "Kind" in lines[0] else "Journal"
        what = lines[0].get("Document Type") or journal_or_adjustment
        where = (result["Batch"], result["Reason"])
        table.add_row(name, str(len(lines)), what, result["Status"], *where)
    console.print(table)
    counts = Counter(results[lines[0]["id"]]["Status"] for lines in entries.values())
    console.print(
        f"{len(entries)} entries: {counts['created']} entered (created: in an open batch),"
        f" {counts['refused']} refused, {counts['left_out']} left out."
    )
    return entered


# What stands in the books


def compare(sage: Sage300Eyes, lines: list[Line]) -> None:
    """Compare the postings with the lines that were entered, row by row, and print the totals."""
    numbers = find_numbers(sage, lines)
    expected = Counter(rows_of(lines, numbers, sage))
    found = read_ledger(sage, numbers)
    insist(sum(row[-1] for row in found.elements()) == 0, "Debits and credits differ in Sage 300.")
    charged = {(row[1], row[2]) for row in expected}
    # The other side of a document is the account of payables, which no line names.
    booked = Counter({row: n for row, n in found.items() if (row[1], row[2]) in charged})
    print_totals(expected, booked)
    postings = expected.total()
    console.print(
        f"{len(lines)} lines make {postings} postings: {postings - len(lines)} of them are"
        " reversals, which Sage 300 made in the next period, as planners asked."
    )
    insist(
        booked == expected, f"These postings differ: {(booked - expected) + (expected - booked)}"
    )


def find_numbers(sage: Sage300Eyes, lines: list[Line]) -> dict[str, str]:
    """Return the number by which the ledger refers to the document of each line of payables."""
    documents: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        if line["ledger"] == "AP":
            documents[line["Entry"]].append(line["id"])
    first = {name: min(ids) for ids in documents.values() for name in ids}
    adjusted = {
        entry["EntryReference"]: entry["DocumentNumber"]
        for batch in sage.read(OPEN["AD"][0], "BatchSelector eq 'AD' and BatchStatus eq 'Posted'")
        for entry in batch["PaymentsAdjustments"]
    }
    return {name: adjusted.get(number, number) for name, number in first.items()}


def rows_of(lines: list[Line], numbers: dict[str, str], sage: Sage300Eyes) -> Iterator[Row]:
    """Yield the postings that lines ought to make: reversals come back in the next period."""
    currencies = {one["VendorNumber"]: one["CurrencyCode"] for one in sage.read("AP/APVendors")}
    for line in lines:
        if line["ledger"] == "GL":
            amount = Decimal(line["Debit"]) - Decimal(line["Credit"])
            what = ("GL", line["id"], line["Account"], line["Currency"])
            yield (*what, amount)
            if line["Reversal"] == "true":
                yield (*what, -amount)
        else:
            sign = -1 if line["Document Type"] == "CreditNote" else 1
            currency = currencies[line["Vendor"]]
            what = ("AP", numbers[line["id"]], line["Account"], currency)
            yield (*what, sign * Decimal(line["Amount"]))


def read_ledger(sage: Sage300Eyes, numbers: dict[str, str]) -> Counter[Row]:
    """Read what planning's journals and documents have made in the general ledger."""
    found = Counter(map(row_of, sage.read("GL/GLPostedTransactions", "SourceTypeCode eq 'PL'")))
    for number in set(numbers.values()):
        chosen = f"SourceLedgerCode eq 'AP' and JournalDetailReference eq '{number}'"
        found.update(map(row_of, sage.read("GL/GLPostedTransactions", chosen)))
    return found


def row_of(posting: dict[str, Any]) -> Row:
    """Read one posting."""
    names = ("SourceLedgerCode", "JournalDetailReference", "AccountNumber", "SourceCurrencyCode")
    ledger, reference, account, currency = (str(posting[name]) for name in names)
    return ledger, reference, account, currency, Decimal(str(posting["SourceCurrencyAmount"]))


def print_totals(expected: Counter[Row], booked: Counter[Row]) -> None:
    """Print debits and credits of both sides, by ledger and currency."""
    table = Table(title="What was approved and entered, and what is posted", title_justify="left")
    for head in (
        "",
        "currency",
        "postings",
        *("debits", "in Sage 300"),
        *("credits", "in Sage 300"),
        "difference",
    ):
        table.add_column(head, justify="left" if head in ("", "currency") else "right")
    groups = {(row[0], row[3]) for row in expected | booked}
    for ledger, currency in sorted(groups, key=lambda group: (group[0] == "AP", group[1])):
        approved, posted = (
            [row[-1] for row in rows.elements() if (row[0], row[3]) == (ledger, currency)]
            for rows in (expected, booked)
        )
        money = [side(approved, 1), side(posted, 1), side(approved, -1), side(posted, -1)]
        difference = abs(money[0] - money[1]) + abs(money[2] - money[3])
        cells = (f"{amount:,.2f}" for amount in (*money, difference))
        table.add_row(LEDGERS[ledger], currency, str(len(posted)), *cells)
    console.print(table)


def side(amounts: Iterable[Decimal], sign: int) -> Decimal:
    """Add up the debits (`sign` 1) or the credits (-1)."""
    return sum((abs(one) for one in amounts if one * sign > 0), Decimal(0))
