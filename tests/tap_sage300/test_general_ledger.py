"""The general ledger arrives complete, once, and what is posted arrives with the next run.

Goal: every posting once whatever the server does, also when somebody posts while it is read.
Method: the installed command against the sandbox; expectations from its records, not from the tap.
"""

from __future__ import annotations

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.tap_sage300.ledger import (
    TRANSACTIONS,
    identify,
    post_journal,
    read_records,
    sum_by_period,
    web_api,
)
from tests.tap_sage300.runs import (
    Output,
    Sandbox,
    Tap,
    add,
    count_requests,
    read_output,
    switch,
)

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path
    from subprocess import Popen

pytestmark = pytest.mark.slow

POSTINGS = "gl_posted_transactions"
STREAMS = (POSTINGS,)
LATELY = "2026-02-01"
"""Start date of tests that need many postings, not all."""
CHART = ("gl_accounts", "gl_account_groups", "gl_segment_codes")


@pytest.fixture
def tap(company: Sandbox, tmp_path: Path) -> Tap:
    switch(company, page_size=500)
    return Tap(company, tmp_path, cost_center_segment="2")


def read_postings(run: Output) -> dict[str, dict[str, Any]]:
    """Return postings by transaction id; each came once."""
    assert run.exit_code == 0, run.errors
    found = run.records(POSTINGS)
    by_id = {one["TransactionId"]: one for one in found}
    assert len(by_id) == len(found)
    return by_id


def test_every_posting_comes_once_with_account_cost_centre_and_amount(tap: Tap) -> None:
    came = read_postings(tap.run(select=STREAMS))

    centers = {
        one["UnformattedAccount"]: one["AccountSegmentCode2"] or "NONE"
        for one in read_records(tap.sandbox, "GL/GLAccounts")
    }
    rows = read_records(tap.sandbox, TRANSACTIONS)
    assert {identify(row) for row in rows} == set(came)
    for row in rows:
        one = came[identify(row)]
        assert one["JournalTransactionAmount"] == row["JournalTransactionAmount"]
        assert one["SourceCurrencyAmount"] == row["SourceCurrencyAmount"]
        assert one["CostCenter"] == centers[row["AccountNumber"]]
    assert len({one["SourceCurrencyCode"] for one in came.values()}) == 3
    assert max(map(len, came)) <= 60


def test_postings_tie_to_the_balances(tap: Tap) -> None:
    run = tap.run(select=(POSTINGS, "gl_account_balances"))

    sums = sum_by_period(run.records(POSTINGS))
    first = min(year for _, year, _ in sums)
    balances = {
        (one["AccountNumber"], one["FiscalSetYear"], f"{period:02}"): amount
        for one in run.records("gl_account_balances")
        if (one["FiscalSetDesignator"], one["CurrencyType"]) == ("A", "F")
        and one["FiscalSetYear"] >= first
        for period in range(1, 16)
        if (amount := one[f"Period{period:02}NetAmount"])
    }
    assert sums
    assert sums == balances


@pytest.mark.parametrize(
    "positions",
    [
        {"property_casing": "lowered"},
        {"order": "shuffled"},
        {"orderby": False, "order": "shuffled"},
        {"decimals": "exponent", "dates": "zoneless"},
        {"decimals": "scaled", "next_link_with_top": "absent"},
        {"consolidated_journals": "merged", "warnings": True},
    ],
    ids=str,
)
def test_the_ledger_is_the_same_in_every_position_of_a_switch(
    tap: Tap, positions: dict[str, object]
) -> None:
    expected = tap.run(select=STREAMS, start_date=LATELY)
    switch(tap.sandbox, **positions)

    came = read_postings(tap.run(select=STREAMS, start_date=LATELY))

    numbers = ("JournalTransactionAmount", "PostingSequenceNumber", "CostCenter", "JournalDate")
    assert {
        key: [one[name] for name in numbers] for key, one in read_postings(expected).items()
    } == {key: [one[name] for name in numbers] for key, one in came.items()}


def test_second_run_reads_the_last_postings_only(tap: Tap) -> None:
    first = tap.run(select=STREAMS)
    last = first.bookmark(POSTINGS)["last_sequence"]
    before = count_requests(tap.sandbox)

    second = tap.run(select=STREAMS, state=first.state)

    sequences = {one["PostingSequenceNumber"] for one in second.records(POSTINGS)}
    assert sequences
    assert min(sequences) > last - 11
    assert count_requests(tap.sandbox) - before <= 6
    assert second.bookmark(POSTINGS) == first.bookmark(POSTINGS)


def test_a_journal_is_found_whatever_its_date(tap: Tap) -> None:
    first = tap.run(select=STREAMS)
    backdated = post_journal(tap.sandbox, {"6100-210": 10.5, "1020": -10.5}, date="2024-02-11")
    planned = post_journal(
        tap.sandbox, {"6100-210": 7, "1020": -7}, date="2026-11-20", source_type="PL"
    )

    second = tap.run(select=STREAMS, state=first.state)

    came = [one for one in second.records(POSTINGS) if one["BatchNumber"] in (backdated, planned)]
    assert {
        (one["BatchNumber"], one["AccountNumber"], one["FiscalYear"], one["FiscalPeriod"]): (
            one["JournalTransactionAmount"],
            one["FromPlanning"],
        )
        for one in came
    } == {
        (backdated, "6100210", "2024", "11"): (Decimal("10.5"), False),
        (backdated, "1020", "2024", "11"): (Decimal("-10.5"), False),
        (planned, "6100210", "2027", "08"): (7, True),
        (planned, "1020", "2027", "08"): (-7, True),
    }
    assert second.bookmark(POSTINGS)["last_sequence"] > first.bookmark(POSTINGS)["last_sequence"]


def test_a_posting_in_progress_while_we_read_is_completed_by_the_next_run(tap: Tap) -> None:
    first = tap.run(select=STREAMS)
    last = first.bookmark(POSTINGS)["last_sequence"]
    row = next(
        row
        for row in read_records(tap.sandbox, TRANSACTIONS)
        if row["PostingSequenceNumber"] == last
    )
    late = [{**row, "DetailCount": 900 + number} for number in range(3)]
    for record in late:
        add(tap.sandbox, record, resource=TRANSACTIONS)

    second = read_postings(tap.run(select=STREAMS, state=first.state))

    assert {identify(record) for record in late} <= set(second)


def start_and_hold(
    tap: Tap, pool: ThreadPoolExecutor, *, after: int, effect: str
) -> tuple[Popen[bytes], Future[tuple[bytes, bytes]]]:
    """Start a run whose request for postings behind `after` others gets no answer yet."""
    fault = {"kind": "hang", "path": "GLPostedTransactions", "after": after, "effect": effect}
    tap.sandbox.sage("POST", "faults", fault)
    process = tap.start(select=STREAMS)
    # A pipe that nobody reads would hold the run before the fault does.
    finished = pool.submit(process.communicate, timeout=240)
    tap.sandbox.wait_for_held_request(tap.sandbox.sage)
    return process, finished


def test_what_is_posted_during_the_read_is_not_taken_for_settled(tap: Tap) -> None:
    # What comes while the pages are read may be half of a posting: its rest is for the next run.
    switch(tap.sandbox, page_size=100)
    highest = max(row["PostingSequenceNumber"] for row in read_records(tap.sandbox, TRANSACTIONS))
    with ThreadPoolExecutor(1) as pool:
        process, finished = start_and_hold(tap, pool, after=40, effect="done")
        for _ in range(12):
            post_journal(tap.sandbox, {"6100-210": 1, "1020": -1}, date="2026-11-20")
        tap.sandbox.sage("POST", "faults/release")
        out, errors = finished.result()

    first = read_output(process.returncode, out, errors)

    assert first.bookmark(POSTINGS)["last_sequence"] == highest
    second = tap.run(select=STREAMS, state=first.state)
    both = {**read_postings(first), **read_postings(second)}
    assert {identify(row) for row in read_records(tap.sandbox, TRANSACTIONS)} == set(both)
    assert len(read_postings(second)) >= 24


@pytest.mark.parametrize("seed", range(2))
def test_rows_that_come_and_go_while_we_read_lose_and_double_nothing(tap: Tap, seed: int) -> None:
    switch(tap.sandbox, page_size=100)
    before = {identify(row) for row in read_records(tap.sandbox, TRANSACTIONS)}
    fault = {"kind": "changing_records", "path": "GLPostedTransactions", "times": 25}
    tap.sandbox.sage("POST", "faults", {**fault, "seed": seed, "inserts": 2, "deletes": 2})

    came = set(read_postings(tap.run(select=STREAMS)))

    after = {identify(row) for row in read_records(tap.sandbox, TRANSACTIONS)}
    (struck,) = tap.sandbox.sage("GET", "faults")
    # What was added may be read, and deleted again before we look.
    added = {
        ":".join(("SAMLTD", "GL", *map(str, one["inserted"])))
        for one in struck["did"]
        if "inserted" in one
    }
    assert added
    assert before & after <= came <= before | after | added


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_a_killed_first_read_is_incomplete_and_goes_on_where_it_was(tap: Tap) -> None:
    switch(tap.sandbox, page_size=100)
    with ThreadPoolExecutor(1) as pool:
        process, finished = start_and_hold(tap, pool, after=45, effect="none")

        process.send_signal(signal.SIGKILL)
        out, errors = finished.result()

    killed = read_output(process.returncode, out, errors)
    tap.sandbox.sage("DELETE", "faults")
    reached = killed.bookmark(POSTINGS)
    assert reached["complete"] is False
    assert (
        0
        < reached["last_sequence"]
        <= max(one["PostingSequenceNumber"] for one in killed.records(POSTINGS))
    )
    again = tap.run(select=STREAMS, state=killed.state)
    came = read_postings(again)
    rows = read_records(tap.sandbox, TRANSACTIONS)
    confirmed = {
        one["TransactionId"]
        for one in killed.records(POSTINGS)
        if one["PostingSequenceNumber"] <= reached["last_sequence"]
    }
    assert 0 < len(came) < len(rows)
    assert {identify(row) for row in rows} == confirmed | set(came)
    assert again.bookmark(POSTINGS)["complete"] is True


@pytest.mark.parametrize(
    "change",
    [{"cost_center_segment": "1"}, {"no_cost_center": "-"}, {"planning_source": "GL-JE"}],
    ids=str,
)
def test_another_rule_reads_the_ledger_again(tap: Tap, change: dict[str, object]) -> None:
    first = tap.run(select=STREAMS, start_date=LATELY)

    second = tap.run(select=STREAMS, start_date=LATELY, state=first.state, **change)

    came = read_postings(second)
    before = read_postings(first)
    assert set(came) == set(before)
    told = ("CostCenter", "FromPlanning")
    assert any(came[key][name] != before[key][name] for key in came for name in told)


def test_journals_dated_before_the_start_date_are_left_out(tap: Tap) -> None:
    came = read_postings(tap.run(select=STREAMS, start_date="2026-01-01"))

    rows = read_records(tap.sandbox, TRANSACTIONS)
    late = {identify(row) for row in rows if row["JournalDate"][:10] >= "2026-01-01"}
    assert 0 < len(late) < len(rows)
    assert set(came) == late


def test_a_restored_company_is_warned_of_and_followed_from_where_it_is(tap: Tap) -> None:
    first = tap.run(select=STREAMS)
    ahead = {**first.state}
    ahead["bookmarks"][POSTINGS]["last_sequence"] += 500

    run = tap.run(select=STREAMS, state=ahead)

    assert run.exit_code == 0
    assert "gl_posted_transactions.went_back" in run.errors
    highest = max(row["PostingSequenceNumber"] for row in read_records(tap.sandbox, TRANSACTIONS))
    assert run.bookmark(POSTINGS)["last_sequence"] == highest


def test_the_chart_comes_with_cost_centres_and_one_more_for_none(tap: Tap) -> None:
    run = tap.run(select=CHART)

    accounts = {one["UnformattedAccount"]: one for one in run.records("gl_accounts")}
    stored = read_records(tap.sandbox, "GL/GLAccounts")
    assert set(accounts) == {one["UnformattedAccount"] for one in stored}
    assert accounts["6100210"]["CostCenter"] == "210"
    assert accounts["1020"]["CostCenter"] == "NONE"
    groups = read_records(tap.sandbox, "GL/GLAccountGroups")
    assert len(run.records("gl_account_groups")) == len(groups)
    codes = [one["SegmentCode"] for one in run.records("gl_segment_codes")]
    assert codes == ["100", "210", "220", "300", "400", "500", "900", "NONE"]
    used = {one["CostCenter"] for one in accounts.values()}
    assert used <= set(codes)


def test_nested_collections_of_accounts_are_not_sent(tap: Tap) -> None:
    tap.run(select=("gl_accounts",))

    asked = [one["target"] for one in tap.sandbox.sage("GET", "requests")]
    pages = [target for target in asked if "GLAccounts?" in target]
    assert pages
    assert all("select=" in target for target in pages)
    assert not [target for target in pages if "AccountValidCurrencies" in target]


def test_without_a_segment_all_codes_come_and_no_account_has_a_cost_centre(tap: Tap) -> None:
    web_api(
        tap.sandbox, "POST", "GL/GLSegmentCodes", {"SegmentNumber": "000002", "SegmentCode": "910"}
    )
    run = tap.run(select=CHART, cost_center_segment=None, no_cost_center="")

    assert {one["CostCenter"] for one in run.records("gl_accounts")} == {None}
    codes = [one["SegmentCode"] for one in run.records("gl_segment_codes")]
    assert codes == ["100", "210", "220", "300", "400", "500", "900", "910"]


def test_without_a_segment_every_account_is_at_the_code_for_none(tap: Tap) -> None:
    run = tap.run(select=CHART, cost_center_segment=None)

    assert {one["CostCenter"] for one in run.records("gl_accounts")} == {"NONE"}
    numbers = {one["SegmentCode"]: one["SegmentNumber"] for one in run.records("gl_segment_codes")}
    assert numbers["NONE"] == "000000"
    assert all(numbers.values())


def test_a_code_that_a_segment_has_cannot_stand_for_none(tap: Tap) -> None:
    run = tap.run(select=CHART, no_cost_center="210")

    assert run.exit_code == 2
    assert "no_cost_center" in run.error
    assert "Choose a code that no segment has" in run.error


def test_a_segment_that_accounts_lack_is_refused(tap: Tap) -> None:
    switch(tap.sandbox, omitted_properties=["AccountSegmentCode2"])

    run = tap.run(select=STREAMS)

    assert run.exit_code == 2
    assert "AccountSegmentCode2" in run.error


@pytest.mark.parametrize("name", ["SegmentCodeKey", "segmentcode"])
def test_segment_codes_come_under_their_name_whatever_the_server_calls_them(
    tap: Tap, name: str
) -> None:
    switch(tap.sandbox, renamed_properties={"SegmentCode": name})

    run = tap.run(select=("gl_segment_codes",))

    assert len(run.records("gl_segment_codes")) == 8
    assert run.records("gl_segment_codes")[0]["SegmentCode"] == "100"


@pytest.mark.parametrize("casing", ["documented", "lowered"])
def test_budgets_come_beside_actuals_and_can_be_left_out(tap: Tap, casing: str) -> None:
    switch(tap.sandbox, property_casing=casing)
    everything = tap.run(select=("gl_account_balances",))

    actuals = tap.run(select=("gl_account_balances",), balances=["A"])

    def count(run: Output) -> dict[str, int]:
        found = [one["FiscalSetDesignator"] for one in run.records("gl_account_balances")]
        return {designator: found.count(designator) for designator in sorted(set(found))}

    stored = [
        one["FiscalSetDesignator"] for one in read_records(tap.sandbox, "GL/GLAccountFiscalSets")
    ]
    assert count(everything) == {"1": stored.count("1"), "A": stored.count("A")}
    assert count(actuals) == {"A": stored.count("A")}
