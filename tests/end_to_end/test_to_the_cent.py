"""What planners approved stands in the books to the cent, once a person has posted it.

Goal: the job posts each approved entry once, as approved, and names every other. Method: both sides
are read over plain HTTP, the model through Anaplan's API, the books through Sage's; what ought to
stand in the books is computed here from the model alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.auditor import Record, Rows, Sage
from tests.end_to_end.test_meltano import meltano, variables
from tests.support.pipeline import AnaplanReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tests.support.sandbox import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("meltano_project", "plugins")]

GL, AP = "GL Adjustments", "AP Adjustments"
# The company's year begins in April: the day of a posting, its fiscal year and its period.
PERIODS = {"2026-10-30": "07", "2026-10-31": "07", "2026-11-01": "08"}
NEXT_PERIOD = {"2026-10-31": "2026-11-01"}
SIGNS = {"Invoice": 1, "DebitNote": 1, "CreditNote": -1}


def test_the_books_equal_what_was_approved_and_a_second_run_enters_nothing(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "1")
    open_books(sandbox)
    sage, model = Sage(sandbox), AnaplanReader(sandbox)
    before = sage.open_amounts()
    enter_adjustments(sandbox, before)
    environment = variables(sandbox, tmp_path)
    journals, journals_named = sort_out(model.cells(GL))
    documents, documents_named = sort_out(model.cells(AP))
    named = journals_named | documents_named
    good = [line for lines in (*journals, *documents) for line in lines]
    others = sage.open_batches()

    review = meltano("run", "anaplan-to-sage300-review", environment=environment)
    assert review.returncode == 0, review.stderr
    assert "What a run would do" in review.stdout + review.stderr
    assert count_posts(sandbox) == 0

    # Some entries cannot be posted: each run says so at its end.
    first = meltano("run", "anaplan-to-sage300", environment=environment)
    check_log(first.stdout + first.stderr, entered=16, standing=0)
    check_results(model, good, named, status="created")
    posts = count_posts(sandbox)
    sage.post_all_but(others)
    again = meltano("run", "anaplan-to-sage300", environment=environment)
    check_log(again.stdout + again.stderr, entered=0, standing=16)
    check_results(model, good, named, status="posted")

    assert (first.returncode, again.returncode) == (1, 1)
    # Only the entry that Sage itself refuses is tried again.
    assert count_posts(sandbox) == posts + 1
    assert sage.open_batches() == others
    check_journals(sage, journals)
    invoices = [lines for lines in documents if lines[0]["Kind"] == "ap_invoice"]
    adjustments = [lines for lines in documents if lines[0]["Kind"] == "ap_adjustment"]
    check_documents(sage, invoices)
    check_adjustments(sage, adjustments)
    check_open_amounts(before, sage.open_amounts(), (*invoices, *adjustments))


# What ought to be


def open_books(sandbox: Sandbox) -> None:
    """Have company and model be those of one day, for each day has other ones."""
    sandbox.sage("POST", "clock", {"set": "2026-11-26T12:00:00Z"})
    sandbox.sage("POST", "reset")
    sandbox.anaplan("POST", "reset")


def enter_adjustments(sandbox: Sandbox, open_amounts: dict[tuple[str, str], Decimal]) -> None:
    """Have a planner adjust two more documents: less is owed of one, more of the other."""
    smallest = sorted(open_amounts, key=lambda document: open_amounts[document])
    adjusted = {"LESS": ("12.50", "-100.25"), "MORE": ("0.07",)}
    for (entry, amounts), (vendor, document) in zip(adjusted.items(), smallest, strict=False):
        same = {
            "Company": "SAMLTD",
            "Kind": "ap_adjustment",
            "Entry": entry,
            "Vendor": vendor,
            "Applies To Document": document,
            "Document Date": "2026-10-30",
            "Account": "6100100",
            "Lines In Entry": len(amounts),
            "Approved": True,
        }
        lines = [{**same, "Amount": amount} for amount in amounts]
        sandbox.anaplan("POST", "adjustments/AP%20Adjustments", {"lines": lines})
    sandbox.anaplan("POST", "adjustments/items")


def sort_out(cells: dict[str, Record]) -> tuple[list[list[Record]], dict[str, str]]:
    """The entries that can be posted, and what becomes of the lines of all others."""
    entries: dict[str, list[Record]] = defaultdict(list)
    for name, line in cells.items():
        entries[line["Entry"]].append({**line, "Transaction ID": name})
    whys = {name: why_not(lines) for name, lines in entries.items()}
    assert {"foreign company", "not approved", "incomplete"} < set(whys.values())
    left_out = ("foreign company", "not approved")
    named = {
        line["Transaction ID"]: "left_out" if whys[name] in left_out else "refused"
        for name, lines in entries.items()
        for line in lines
        if whys[name]
    }
    return [lines for name, lines in entries.items() if not whys[name]], named


def why_not(lines: Sequence[Record]) -> str:
    """Why an entry cannot be posted."""
    approvals = {line["Approved"] for line in lines}
    if any(line["Company"] != "SAMLTD" for line in lines):
        return "foreign company"
    if approvals == {"false"}:
        return "not approved"
    if approvals == {"true", "false"}:
        return "approved in part"
    if any(int(line["Lines In Entry"]) != len(lines) for line in lines):
        return "incomplete"
    if any(line.get("Currency") == "JPY" for line in lines):
        return "no rate"
    # An adjustment of more than is open of its document.
    known = {"Refund in dollars": "wrong account"}
    if lines[0].get("Kind") == "ap_adjustment":
        known["Services of last month"] = "too much"
    return known.get(lines[0]["Description"], "")


def journal_rows(line: Record) -> Iterable[tuple[Decimal, str]]:
    """What a line makes in the posted ledger: itself, and its reversal where it asks for one."""
    amount, day = Decimal(line["Debit"]) - Decimal(line["Credit"]), line["Posting Date"]
    yield amount, day
    if line["Reversal"] == "true":
        yield -amount, NEXT_PERIOD[day]


def signed_amount(line: Record) -> Decimal:
    """A line's amount, positive where more is owed to the vendor."""
    return SIGNS.get(line["Document Type"], 1) * Decimal(line["Amount"])


def period_of(day: str) -> tuple[str, str]:
    return "2027", PERIODS[day]


# What is


def check_log(log: str, *, entered: int, standing: int) -> None:
    assert f"entered={entered} standing={standing} refused=6 left_out=4" in log
    assert "load.finished load=posting_results" in log


def check_results(
    model: AnaplanReader, good: Sequence[Record], named: dict[str, str], *, status: str
) -> None:
    """Every line of the model has its result beside it, and what was not posted its reason."""
    results = model.cells("SYS Posting Status")
    expected = dict.fromkeys((line["Transaction ID"] for line in good), status) | named
    assert {name: one["Status"] for name, one in results.items()} == expected
    for one in results.values():
        assert (one["Batch"] != "-", one["Reason"] == "-") == 2 * (one["Status"] == status,)
    for line in good if status == "posted" else ():
        day = line.get("Posting Date") or line["Document Date"]
        assert results[line["Transaction ID"]]["Posted Date"][:10] == day


def count_posts(sandbox: Sandbox) -> int:
    return int(sandbox.sage("GET", "counters")["requests"].get("POST", 0))


def check_journals(sage: Sage, entries: Sequence[Sequence[Record]]) -> None:
    """Each line stands in the ledger once, and each reversal, on their days."""
    expected: Rows = Counter()
    days: Rows = Counter()
    for line in (line for lines in entries for line in lines):
        name = line["Transaction ID"]
        for amount, day in journal_rows(line):
            row = (name, line["Account"], line["Currency"], amount, day, period_of(day))
            expected[row] += 1
            days[name, day] += 1

    assert sage.journals() == expected
    assert sage.posting_days() == days
    assert total(expected) == 0
    assert {line["Reversal"] for lines in entries for line in lines} == {"true", "false"}


def check_documents(sage: Sage, entries: Sequence[Sequence[Record]]) -> None:
    """Each document stands among the posted ones, and each of its lines in the ledger."""
    found = sage.documents()
    currencies = {row[0]: row[3] for row in found}
    expected: Rows = Counter()
    for lines in entries:
        first, day = lines[0], lines[0]["Document Date"]
        number = min(line["Transaction ID"] for line in lines)
        amount = sum(map(signed_amount, lines), Decimal(0))
        what = (number, first["Vendor"], first["Document Type"], currencies[number], amount)
        expected[(*what, day, day, first["Due Date"], period_of(day))] += 1
        check_charges(sage, lines, number=number, currency=currencies[number])

    assert found == expected
    assert {row[2] for row in found} == set(SIGNS)
    assert set(currencies.values()) == {"CAD", "USD"}


def check_adjustments(sage: Sage, entries: Sequence[Sequence[Record]]) -> None:
    """Each adjustment stands in a posted batch, and each of its lines in the ledger."""
    found, numbers = sage.adjustments()
    expected: Rows = Counter()
    for lines in entries:
        first, day = lines[0], lines[0]["Document Date"]
        reference = min(line["Transaction ID"] for line in lines)
        document = (first["Vendor"], first["Applies To Document"])
        for line in lines:
            what = (reference, line["Transaction ID"], document, line["Account"])
            expected[(*what, signed_amount(line), day, day, period_of(day))] += 1
        check_charges(sage, lines, number=numbers[reference], currency="CAD")

    assert found == expected
    assert len(numbers) == len(entries) == 2


def check_charges(sage: Sage, lines: Sequence[Record], *, number: str, currency: str) -> None:
    """Each line is charged to its account, and the payables account with all of them."""
    rows = sage.charges([number])
    charged = {line["Account"] for line in lines}
    on_accounts = Counter({row: n for row, n in rows.items() if row[1] in charged})
    assert on_accounts == Counter(
        (number, line["Account"], currency, signed_amount(line), day, period_of(day))
        for line in lines
        for day in [line["Document Date"]]
    )
    assert total(rows) == 0


def check_open_amounts(
    before: dict[tuple[str, str], Decimal],
    after: dict[tuple[str, str], Decimal],
    entries: Iterable[Sequence[Record]],
) -> None:
    """What was open of a document has moved by what applies to it, and by nothing else."""
    expected = Counter(before)
    new = set()
    for lines in entries:
        amount = sum(map(signed_amount, lines), Decimal(0))
        applied = (lines[0]["Vendor"], lines[0]["Applies To Document"])
        if applied[1]:
            expected[applied] += amount
        else:
            new.add(min(line["Transaction ID"] for line in lines))
    assert {one: due for one, due in after.items() if one[1] not in new} == expected


def total(rows: Rows) -> Decimal:
    return sum((row[3] * count for row, count in rows.items()), Decimal(0))
