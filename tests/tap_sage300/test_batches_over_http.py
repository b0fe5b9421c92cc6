"""What people do to invoice batches between two runs arrives with the second one, and nothing else.

Goal: entries and batches edited, deleted, posted, refused, purged; copies renumbered; duplicates.
Method: the installed command against the sandbox, at whose desks people work.
"""

from __future__ import annotations

import copy
from base64 import b64encode
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.tap_sage300.runs import Output, Sandbox, Tap, call, switch
from tests.tap_sage300.test_payables_over_http import add_up, count, list_standing

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

BOTH = ("ap_invoices", "ap_invoice_lines")
BATCHES = "AP/APInvoiceBatches"


@pytest.fixture
def tap(company: Sandbox, tmp_path: Path) -> Tap:
    return Tap(company, tmp_path)


def enter(tap: Tap, *documents: dict[str, Any], **changes: Any) -> int:
    """Enter a batch through the Web API and return its number."""
    sage = tap.sandbox.info["sage300"]
    words = f"{sage['username']}:{sage['password']}".encode()
    url = f"{sage['base_url']}/{sage['company']}/{BATCHES}"
    body = {"Description": "October", **changes, "Invoices": list(documents)}
    basic = {"Authorization": f"Basic {b64encode(words).decode()}"}
    return int(call("POST", url, body, basic)["BatchNumber"])


def make_document(number: str, amount: int = 100, **changes: Any) -> dict[str, Any]:
    """Build a document of one line of vendor 1000."""
    return {
        "VendorNumber": "1000",
        "DocumentNumber": number,
        "DocumentTotalIncludingTax": amount * 1.05,
        "InvoiceDetails": [{"GLAccount": "6100-210", "DistributedAmount": amount}],
        **changes,
    }


def act(tap: Tap, batch: int, deed: str) -> Any:
    """Do something to a batch at a desk."""
    return tap.sandbox.sage("POST", f"ap/IN/{batch}/{deed}", {})


def find_batch(tap: Tap, status: str, *, entries: int = 1) -> dict[str, Any]:
    """Return a batch of the company that has `status`."""
    found: list[dict[str, Any]] = tap.sandbox.sage("GET", f"records/{BATCHES}")
    return next(
        one for one in found if one["BatchStatus"] == status and len(one["Invoices"]) >= entries
    )


def list_ids(batch: dict[str, Any], *entries: int) -> set[str]:
    """Return the transaction ids of the lines of a batch, or of some of its entries."""
    return {
        f"SAMLTD:AP:{one['VendorNumber']}:{one['DocumentNumber']}:{line['LineNumber']}"
        for one in batch["Invoices"]
        if not entries or one["EntryNumber"] in entries
        for line in one["InvoiceDetails"]
    }


def list_deleted(run: Output) -> set[str]:
    """Return the transaction ids told as deleted."""
    assert run.exit_code == 0, run.errors
    deleted = [one for one in run.records("ap_invoice_lines") if one["_sdc_deleted_at"]]
    assert all(one["FunctionalAmount"] == one["SignedAmount"] == 0 for one in deleted)
    return {one["TransactionId"] for one in deleted}


def hold(*runs: Output) -> dict[str, Any]:
    """Return what a target holds after these runs, by transaction id."""
    held: dict[str, Any] = {}
    for run in runs:
        for line in run.records("ap_invoice_lines"):
            if line["_sdc_deleted_at"]:
                held.pop(line["TransactionId"], None)
            else:
                held[line["TransactionId"]] = line
    return held


def test_second_run_reads_what_is_open_and_recent_only(tap: Tap) -> None:
    first = tap.run(select=BOTH, lookback_days=1)

    second = tap.run(state=first.state, select=BOTH, lookback_days=1)

    known = {one["TransactionId"]: one for one in first.records("ap_invoice_lines")}
    again = second.records("ap_invoice_lines")
    assert 0 < len(again) < len(known) / 4
    assert all(known[one["TransactionId"]] == one for one in again)
    assert second.bookmark("ap_invoices") == second.bookmark("ap_invoice_lines")
    assert second.bookmark("ap_invoices")["complete"] is True


def test_deleted_batch_is_told_with_headers_and_lines(tap: Tap) -> None:
    first = tap.run(select=BOTH)
    batch = find_batch(tap, "Open", entries=2)
    act(tap, batch["BatchNumber"], "delete")

    second = tap.run(state=first.state, select=BOTH)
    third = tap.run(state=second.state, select=BOTH)

    assert list_deleted(second) == list_ids(batch)
    headers = [one for one in second.records("ap_invoices") if one["_sdc_deleted_at"]]
    assert {(one["BatchNumber"], one["EntryNumber"]) for one in headers} == {
        (batch["BatchNumber"], one["EntryNumber"]) for one in batch["Invoices"]
    }
    assert list_deleted(third) == set()


@pytest.mark.parametrize("moves", [True, False], ids=["stamp-moves", "stamp-stays"])
def test_posting_arrives_whether_it_moves_the_stamp_or_not(tap: Tap, *, moves: bool) -> None:
    switch(tap.sandbox, posting_moves_stamps=moves, stamps_move=moves)
    batch = enter(tap, make_document("P-1"), BatchDate="2026-01-05")
    tap.sandbox.sage("PATCH", f"records/{BATCHES}/{batch}", {"stamp": "2026-01-05"})
    first = tap.run(select=BOTH)
    act(tap, batch, "post")

    second = tap.run(state=first.state, select=BOTH)

    assert second.exit_code == 0, second.errors
    held = hold(first, second)
    assert hold(first)["SAMLTD:AP:1000:P-1:20"]["Posted"] is False
    assert held["SAMLTD:AP:1000:P-1:20"]["Posted"] is True
    assert add_up_lines(held) == count(tap.sandbox)


def add_up_lines(held: dict[str, Any]) -> Any:
    """Add up what is held as `add_up` adds up a run."""
    messages = [
        {"type": "RECORD", "stream": "ap_invoice_lines", "record": one} for one in held.values()
    ]
    return add_up(Output(exit_code=0, errors="", messages=messages))


def add_up_stream(run: Output, stream: str) -> dict[bool, Decimal]:
    """Add up the functional amounts of a stream, posted and not."""
    found = run.records(stream)
    return {
        posted: sum(
            (one["FunctionalAmount"] for one in found if one["Posted"] is posted), Decimal()
        )
        for posted in (True, False)
    }


def enter_with_an_error(tap: Tap) -> int:
    """Enter a batch of two documents, of which posting will refuse the second one."""
    switch(tap.sandbox, ap_undistributed="fails_at_posting")
    return enter(tap, make_document("E-1"), make_document("E-2", DocumentTotalIncludingTax=7))


def find_error_batch(tap: Tap, batch: int) -> int:
    """Return the batch that took the entries that posting refused."""
    posted = tap.sandbox.sage("GET", f"records/{BATCHES}/{batch}")
    return next(int(one["ErrorBatch"]) for one in posted["Invoices"] if one["ErrorBatch"])


def test_copy_in_an_error_batch_supersedes_its_original(tap: Tap) -> None:
    batch = enter_with_an_error(tap)
    first = tap.run(select=BOTH)
    act(tap, batch, "post")

    second = tap.run(state=first.state, select=BOTH)

    assert list_deleted(second) == set()
    held = hold(first, second)
    original, refused = held["SAMLTD:AP:1000:E-1:20"], held["SAMLTD:AP:1000:E-2:20"]
    assert (original["Posted"], refused["Posted"]) == (True, False)
    assert refused["BatchNumber"] == find_error_batch(tap, batch)
    assert add_up_lines(held) == count(tap.sandbox)
    gone = [one for one in second.records("ap_invoices") if one["_sdc_deleted_at"]]
    assert [(one["BatchNumber"], one["EntryNumber"]) for one in gone] == [(batch, 2)]


@pytest.mark.parametrize("deed", ["renumber", "delete"])
def test_lines_of_a_copy_that_changed_its_number_or_went_are_told(tap: Tap, deed: str) -> None:
    batch = enter_with_an_error(tap)
    first = tap.run(select=BOTH)
    act(tap, batch, "post")
    error_batch = find_error_batch(tap, batch)
    if deed == "delete":
        act(tap, error_batch, "delete")
    else:
        entry = {"EntryNumber": 1, "DocumentNumber": "E-2B", "UpdateOperation": "Update"}
        tap.sandbox.sage("PATCH", f"ap/IN/{error_batch}", {"Invoices": [entry]})

    second = tap.run(state=first.state, select=BOTH)

    assert list_deleted(second) == {"SAMLTD:AP:1000:E-2:20"}
    held = hold(first, second)
    assert ("SAMLTD:AP:1000:E-2B:20" in held) is (deed == "renumber")
    assert add_up_lines(held) == count(tap.sandbox)


def test_purged_batches_change_nothing(tap: Tap) -> None:
    first = tap.run(select=BOTH)
    tap.sandbox.sage("POST", "ap/clear", {"batches": True})
    state = copy.deepcopy(first.state)
    for bookmark in state["bookmarks"].values():
        bookmark["swept_on"] = "2020-01-01"

    second = tap.run(state=state, select=BOTH)

    assert list_deleted(second) == set()
    assert all(not one["Posted"] for one in second.records("ap_invoice_lines"))


@pytest.mark.switch("not_installed")
@pytest.mark.parametrize("is_found", [True, False], ids=["among-posted", "not-installed"])
def test_batch_posted_and_purged_between_two_runs_stays_where_sage_has_it_as_posted(
    tap: Tap, *, is_found: bool
) -> None:
    kept = enter(tap, make_document("U-1"), make_document("U-2", 70))
    gone = enter(tap, make_document("U-3"))
    first = tap.run(select=BOTH)
    for batch, deed in ((kept, "post"), (kept, "purge"), (gone, "delete"), (gone, "purge")):
        act(tap, batch, deed)
    if not is_found:
        switch(tap.sandbox, not_installed=["APPostedDocuments"])

    second = tap.run(state=first.state, select=BOTH)
    third = tap.run(state=second.state, select=BOTH)

    purged = {f"SAMLTD:AP:1000:{number}:20" for number in ("U-1", "U-2")}
    deleted = {"SAMLTD:AP:1000:U-3:20"}
    assert list_deleted(second) == (deleted if is_found else deleted | purged)
    assert ("posted_documents.unavailable" in second.errors) is not is_found
    held = hold(first, second, third)
    if is_found:
        assert [held[one]["Posted"] for one in sorted(purged)] == [True, True]
        assert [held[one]["SignedAmount"] for one in sorted(purged)] == [100, 70]
        assert "purged_unread" not in second.errors  # the sums are those of the posted documents
    told = {one["TransactionId"] for one in third.records("ap_invoice_lines")}
    assert not told & (purged | deleted)


def test_document_entered_twice_is_named_and_counted_once(tap: Tap) -> None:
    switch(tap.sandbox, ap_duplicates="posted")
    kept = enter(tap, make_document("D-1"))
    extra = enter(tap, make_document("D-0"), make_document("D-1", 70))

    first = tap.run(select=BOTH)
    act(tap, kept, "delete")
    second = tap.run(state=first.state, select=BOTH)

    assert first.exit_code == 0, first.errors
    warned = [one for one in first.errors.splitlines() if "ap_invoices.number_twice" in one]
    assert len(warned) == 1
    for named in ("1000:D-1", f"batch={extra}", "entry=2", f"batch={kept} entry=1"):
        assert named in warned[0]
    assert hold(first)["SAMLTD:AP:1000:D-1:20"]["SignedAmount"] == 100
    assert add_up_stream(first, BOTH[0]) == add_up_stream(first, BOTH[1])
    assert list_deleted(second) == set()
    assert hold(first, second)["SAMLTD:AP:1000:D-1:20"]["SignedAmount"] == 70
    assert add_up_lines(hold(first, second)) == count(tap.sandbox)


def test_colon_in_a_vendor_number_makes_no_two_documents_one(tap: Tap) -> None:
    vendor = tap.sandbox.sage("GET", "records/AP/APVendors/1000")
    for number in ("12", "12:3"):
        tap.sandbox.sage("POST", "records/AP/APVendors", {**vendor, "VendorNumber": number})
    enter(tap, make_document("3:X", 40, VendorNumber="12"))
    extra = enter(tap, make_document("X", 70, VendorNumber="12:3"))

    first = tap.run(select=BOTH)
    act(tap, extra, "delete")
    second = tap.run(state=first.state, select=BOTH)

    assert "number_twice" not in first.errors
    held = hold(first)
    assert held["SAMLTD:AP:12:3:X:20"]["SignedAmount"] == 40
    assert held["SAMLTD:AP:12%3A3:X:20"]["SignedAmount"] == 70
    assert list_deleted(second) == {"SAMLTD:AP:12%3A3:X:20"}
    [gone] = [one for one in second.records("ap_invoices") if one["_sdc_deleted_at"]]
    assert (gone["VendorNumber"], gone["DocumentNumber"]) == ("12:3", "X")


def test_backdated_batch_arrives_by_its_number(tap: Tap) -> None:
    first = tap.run(select=BOTH, lookback_days=0)
    old = "2026-02-03"
    batch = enter(tap, make_document("B-1", DocumentDate=old, PostingDate=old), BatchDate=old)
    act(tap, batch, "post")
    tap.sandbox.sage("PATCH", f"records/{BATCHES}/{batch}", {"stamp": "2020-01-01"})

    second = tap.run(state=first.state, select=BOTH, lookback_days=0)

    assert "SAMLTD:AP:1000:B-1:20" in hold(second)
    assert second.bookmark("ap_invoices")["last_sequence_key"] == batch


def test_streams_that_came_to_different_points_start_from_the_earlier_one(tap: Tap) -> None:
    first = tap.run(select=("ap_invoice_lines",))

    second = tap.run(state=first.state, select=BOTH)

    assert len(second.records("ap_invoices")) == len(list_standing(tap.sandbox))
    assert second.bookmark("ap_invoices") == second.bookmark("ap_invoice_lines")


def test_interrupted_read_is_not_marked_complete_and_the_next_one_is_right(tap: Tap) -> None:
    fault = {"kind": "status", "status": 401, "path": "APInvoiceBatches", "after": 3}
    tap.sandbox.sage("POST", "faults", fault)
    broken = tap.run(select=BOTH)
    tap.sandbox.sage("DELETE", "faults")

    whole = tap.run(state=broken.state, select=BOTH)

    assert broken.exit_code == 1
    assert broken.bookmark("ap_invoices")["complete"] is False
    assert add_up(whole) == count(tap.sandbox)
