"""Long reads in parts: the same records and bookmarks, never more requests at once than set."""

from __future__ import annotations

import signal
import sqlite3
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tap_sage300.fresh import read_afresh

from tests.support.sandbox import Sandbox
from tests.tap_sage300.runs import ORDERS, Output, Tap, read_output, switch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

LONG = ("purchase_orders", "purchase_order_lines", "po_invoice_lines", "ap_invoice_lines")
POSTINGS = ("gl_posted_transactions",)
BUSY_MS = 15


@pytest.fixture(scope="module")
def running_company() -> Iterator[Sandbox]:
    """A company with enough pages to part: 130 orders, ten to a page."""
    sandbox = Sandbox.start("--orders", "130", "--seed", "11", "--page-size", "10")
    yield sandbox
    sandbox.stop()


def content(run: Output, streams: tuple[str, ...]) -> dict[str, list[str]]:
    return {name: sorted(map(repr, run.records(name))) for name in streams}


def settled(bookmark: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in bookmark.items() if name != "read_at"}


@pytest.mark.parametrize(("streams", "page_size"), [(LONG, 10), (POSTINGS, 200)])
def test_parts_bring_what_one_page_after_the_other_brings_and_overlap(
    company: Sandbox, tmp_path: Path, streams: tuple[str, ...], page_size: int
) -> None:
    tap = Tap(company, tmp_path)

    runs, peaks = {}, {}
    for readers in (1, 2, 4):
        company.sage("POST", "reset", {})
        switch(company, response_delay_ms=BUSY_MS, page_size=page_size)
        runs[readers] = tap.run(
            select=streams,
            parallel_reads=readers,
            environment={"ML_CONNECTOR_HOME": str(tmp_path / str(readers))},
        )
        peaks[readers] = company.sage("GET", "counters")["requests_at_once"]

    alone = runs.pop(1)
    assert alone.exit_code == 0
    assert all(content(alone, streams).values())
    for run in runs.values():
        assert run.exit_code == 0, run.errors
        assert content(run, streams) == content(alone, streams)
        for name in streams:
            assert settled(run.bookmark(name)) == settled(alone.bookmark(name))
    assert peaks[1] == 1
    assert peaks[2] == 2
    assert 2 < peaks[4] <= 4


def test_a_server_that_takes_one_request_at_a_time_gets_one_at_a_time(
    company: Sandbox, tmp_path: Path
) -> None:
    tap = Tap(company, tmp_path)
    alone = tap.run(select=LONG, parallel_reads=1)
    switch(company, response_delay_ms=BUSY_MS, concurrent_requests_max=1, retry_after_s=1)

    run = tap.run(select=LONG, parallel_reads=2, environment=apart(tmp_path))

    assert run.exit_code == 0, run.errors
    assert content(run, LONG) == content(alone, LONG)
    assert run.errors.count("sage300.fewer_at_once") == 1
    assert company.sage("GET", "counters")["statuses"]["429"] == 1


def test_an_error_in_one_part_ends_the_run_with_that_one_error(
    company: Sandbox, tmp_path: Path
) -> None:
    tap = Tap(company, tmp_path)
    company.sage("POST", "faults", failing(after=5))

    run = tap.run(select=LONG, parallel_reads=4)

    errors = [line for line in run.errors.splitlines() if "| ERROR" in line]
    assert run.exit_code == 1
    assert len(errors) == 1
    assert "Broken record" in errors[0]
    assert run.bookmark("purchase_order_lines") == {"complete": False}


def test_every_call_of_every_connection_is_in_the_ledger(company: Sandbox, tmp_path: Path) -> None:
    tap = Tap(company, tmp_path)
    before = len(company.sage("GET", "requests"))

    run = tap.run(select=LONG, parallel_reads=4, environment=apart(tmp_path))

    assert run.exit_code == 0
    (path,) = tmp_path.glob("apart/*/ledger.sqlite3")
    with sqlite3.connect(path) as ledger:
        (calls,) = ledger.execute("select count(*) from api_calls").fetchone()
    ledger.close()
    assert calls == len(company.sage("GET", "requests")) - before


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_a_signal_ends_the_tap_though_every_connection_waits_for_an_answer(
    company: Sandbox, tmp_path: Path
) -> None:
    hang = {"kind": "hang", "method": "GET", "path": "POPurchaseOrders", "after": 3, "times": 9}
    tap = Tap(company, tmp_path)
    company.sage("POST", "faults", hang)
    process = tap.start(select=("purchase_orders",), parallel_reads=2)
    company.wait_for_held_request(company.sage)

    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=60)

    run = read_output(process.returncode, out, errors)
    assert run.exit_code == 128 + signal.SIGTERM
    assert not any(one.get("complete") for one in run.state["bookmarks"].values())


def test_orders_deleted_and_added_while_parts_are_read_lose_nothing_and_double_nothing(
    company: Sandbox, tmp_path: Path
) -> None:
    standing = {one["PurchaseOrderSequenceKey"] for one in company.sage("GET", f"records/{ORDERS}")}
    fault = {"kind": "changing_records", "method": "GET", "path": "POPurchaseOrders", "times": 20}
    fault |= {"inserts": 1, "changes": 1, "deletes": 1}
    company.sage("POST", "faults", fault)

    run = Tap(company, tmp_path).run(select=("purchase_orders",), parallel_reads=4)

    left = {one["PurchaseOrderSequenceKey"] for one in company.sage("GET", f"records/{ORDERS}")}
    keys = [one["PurchaseOrderSequenceKey"] for one in run.records("purchase_orders")]
    assert run.exit_code == 0, run.errors
    assert left != standing
    assert standing & left <= set(keys)
    assert len(keys) == len(set(keys))


def apart(folder: Path) -> dict[str, str]:
    return {"ML_CONNECTOR_HOME": str(folder / "apart")}


def failing(*, after: int) -> dict[str, Any]:
    return {
        "kind": "error",
        "method": "GET",
        "path": "POPurchaseOrders",
        "after": after,
        "times": 99,
        "status": 409,
        "code": "RecordInvalid",
        "message": "Broken record",
    }


def test_a_read_that_is_given_up_leaves_no_thread_behind(company: Sandbox) -> None:
    switch(company, page_size=100)
    others = set(threading.enumerate())
    readers: set[threading.Thread] = set()
    taken: list[int] = []

    def give_up_when_parted(_record: dict[str, Any]) -> None:
        # The first windows are so small that their readers have ended by now.
        taken.append(1)
        readers.update(set(threading.enumerate()) - others)
        if len(taken) > 1500 and any(reader.is_alive() for reader in readers):
            raise KeyError("enough")

    with pytest.raises(KeyError):
        read_afresh(
            {**company.info["sage300"], "parallel_reads": 2},
            {"gl_posted_transactions": give_up_when_parted},
        )

    for reader in readers:
        reader.join(30)
    assert not any(reader.is_alive() for reader in readers)
