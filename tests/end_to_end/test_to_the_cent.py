"""What planners approved stands in the posted ledger to the cent, once a person has posted it.

Both sides are read over plain HTTP: the model through Anaplan's API, the books through Sage's.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.end_to_end.test_meltano import meltano, variables
from tests.support.pipeline import AnaplanReader
from tests.support.sandbox import Sandbox, call

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("meltano_project", "plugins")]

Record = dict[str, Any]
# The company's year begins in April: the day of a posting, its fiscal year and its period.
PERIODS = {"2026-10-31": ("2027", "07"), "2026-11-01": ("2027", "08")}
NEXT_PERIOD = {"2026-10-31": "2026-11-01"}


class Sage:
    """Reads the books as any other program would."""

    def __init__(self, sandbox: Sandbox) -> None:
        info = sandbox.info["sage300"]
        pair = b64encode(f"{info['username']}:{info['password']}".encode()).decode()
        self.headers = {"Authorization": f"Basic {pair}"}
        self.company = f"{info['base_url']}/{info['company']}"

    def read(self, resource: str, chosen: str) -> list[Record]:
        """All records of a resource that a filter chooses."""
        records: list[Record] = []
        while True:
            query = f"$filter={chosen}&$skip={len(records)}".replace(" ", "%20")
            url = f"{self.company}/{resource}?{query}"
            page = call("GET", url, headers=self.headers)["value"]
            records += page
            if not page:
                return records

    def batches(self) -> dict[str, Record]:
        """Batches of journals that are not posted or deleted, by number."""
        found = self.read("GL/GLJournalBatches", "Status eq 'Open'")
        return {one["BatchNumber"]: one for one in found}

    def postings(self) -> Counter[tuple[object, ...]]:
        """What is posted under the source code of planning."""
        return Counter(
            (
                one["JournalDetailReference"],
                one["AccountNumber"],
                one["SourceCurrencyCode"],
                Decimal(str(one["SourceCurrencyAmount"])),
                one["JournalDate"][:10],
                (one["FiscalYear"], one["FiscalPeriod"]),
            )
            for one in self.read("GL/GLPostedTransactions", "SourceTypeCode eq 'PL'")
        )


def test_the_posted_ledger_equals_the_approved_export(
    tmp_path: Path, start_sandbox: Callable[..., Sandbox]
) -> None:
    sandbox = start_sandbox("--orders", "1")
    sandbox.anaplan("POST", "adjustments/items")
    environment = variables(sandbox, tmp_path)
    sage, model = Sage(sandbox), AnaplanReader(sandbox)
    good, named = sort_out(model.cells("GL Adjustments"))
    others = sage.batches()

    # Some entries cannot be posted: each run says so at its end.
    first = meltano("run", "anaplan-to-sage300", environment=environment)
    assert first.returncode == 1, first.stderr
    assert "posted=10 standing=0 refused=4 left_out=1" in first.stdout + first.stderr
    post_what_is_new(sandbox, sage, others)
    posted = sage.postings()
    again = meltano("run", "anaplan-to-sage300", environment=environment)

    assert posted == Counter(row for line in good for row in postings_of(line))
    assert sum((row[3] for row in posted), Decimal(0)) == 0
    assert again.returncode == 1
    assert "posted=0 standing=10 refused=4 left_out=1" in again.stdout + again.stderr
    assert sage.postings() == posted
    assert sage.batches() == others
    results = model.cells("SYS Posting Status")
    assert set(results) == {line["Transaction ID"] for line in good} | set(named)
    for line in good:
        result = results[line["Transaction ID"]]
        assert (result["Status"], result["Reason"]) == ("posted", "")
        assert result["Posted Date"][:10] == line["Posting Date"]
    assert {name: results[name]["Status"] for name in named} == named
    assert all(results[name]["Reason"] for name in named)


def sort_out(cells: dict[str, Record]) -> tuple[list[Record], dict[str, str]]:
    """The approved lines that can be posted, and what becomes of the other approved ones."""
    entries: dict[str, list[Record]] = defaultdict(list)
    for name, line in cells.items():
        entries[line["Entry"]].append({**line, "Transaction ID": name})
    good: list[Record] = []
    named: dict[str, str] = {}
    whys = set()
    for lines in entries.values():
        approved = [line for line in lines if line["Approved"] == "true"]
        if why := why_not(lines, approved):
            whys.add(why)
            status = "left_out" if why == "foreign company" else "refused"
            named |= {line["Transaction ID"]: status for line in approved}
        else:
            good += approved
    assert whys == {"foreign company", "incomplete", "unapproved", "no rate", "wrong account"}
    assert {line["Reversal"] for line in good} == {"true", "false"}
    return good, named


def why_not(lines: list[Record], approved: list[Record]) -> str:
    """Why an entry cannot be posted."""
    if any(line["Company"] != "SAMLTD" for line in lines):
        return "foreign company"
    if len(approved) < len(lines):
        return "unapproved"
    if any(int(line["Lines In Entry"]) != len(lines) for line in lines):
        return "incomplete"
    if any(line["Currency"] == "JPY" for line in lines):
        return "no rate"
    return "wrong account" if lines[0]["Description"] == "Refund in dollars" else ""


def postings_of(line: Record) -> list[tuple[object, ...]]:
    """What a line makes in the posted ledger: itself, and its reversal where it asks for one."""
    amount = Decimal(line["Debit"]) - Decimal(line["Credit"])
    name, day = line["Transaction ID"], line["Posting Date"]
    parts = [(amount, day)]
    if line["Reversal"] == "true":
        parts.append((-amount, NEXT_PERIOD[day]))
    return [
        (name, line["Account"], line["Currency"], part, date, PERIODS[date]) for part, date in parts
    ]


def post_what_is_new(sandbox: Sandbox, sage: Sage, others: dict[str, Record]) -> None:
    """Post the new batches at a desk, and then those of the reversals that they made."""
    assert sage.batches().keys() > others.keys()
    while new := sage.batches().keys() - others.keys():
        for number in sorted(new):
            sandbox.sage("POST", f"gl/batches/{number}/post", {})
    assert sage.batches() == others
