"""Documents are followed to the cent whichever way the real server behaves.

Goal: in both positions of every switch that touches their reading, two runs with a day's work in
between leave a target with what stands in Sage. Where no stamp moves, the second run is a sweep:
nothing else finds an edit of what is final. Method: the installed command, work at the sandbox's
desks, expectations straight from the sandbox's records.
"""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.tap_sage300.runs import Output, Sandbox, Tap, switch
from tests.tap_sage300.test_payables_over_http import add_up, count

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

STREAMS = ("po_invoice_lines", "ap_invoices", "ap_invoice_lines")
BATCHES = "AP/APInvoiceBatches"
INVOICES = "PO/POInvoices"
POSITIONS: dict[str, dict[str, object]] = {
    "as documented": {},
    "names in lower case": {"property_casing": "lowered"},
    "collections called otherwise": {"renamed_properties": {"InvoiceLines": "InvoiceDetailLines"}},
    "no order by": {"orderby": False, "page_size": 9},
    "neither parentheses nor null": {"parentheses": False, "null_literals": False},
    "no next link with top": {"next_link_with_top": "absent", "page_size": 9},
    "shuffled": {"order": "shuffled", "orderby": False, "page_size": 60},
    "stamps do not move": {"stamps_move": False, "posting_moves_stamps": False},
    "decimals scaled, dates without zone": {"decimals": "scaled", "dates": "zoneless"},
    "decimals with exponent, flags in words": {"decimals": "exponent", "booleans": "words"},
    "keys as they are, warnings": {"upper_case_keys": False, "warnings": True},
    "no calendar": {"not_installed": ["CSFiscalCalendars"]},
    "no posted documents": {"not_installed": ["APPostedDocuments"]},
    "no stamps": {"omitted_properties": ["LastPostingDate", "DateLastEdited"]},
    "no error batches": {"omitted_properties": ["ErrorBatch", "ErrorEntry"]},
    "no state of invoices": {"omitted_properties": ["Completed", "PostingDate"]},
    "no days": {"omitted_properties": ["BatchDate", "InvoiceDate", "FiscalPeriod"]},
}


def hold(*runs: Output) -> dict[str, dict[str, dict[str, Any]]]:
    """Return what a target holds after these runs: by stream, then by transaction id."""
    held: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in STREAMS if "line" in name}
    for run in runs:
        for name, lines in held.items():
            for line in run.records(name):
                if line["_sdc_deleted_at"]:
                    lines.pop(line["TransactionId"], None)
                else:
                    lines[line["TransactionId"]] = line
    return held


def list_purchases(sandbox: Sandbox) -> dict[str, Decimal]:
    """Return the cost of each line of each purchase invoice."""
    return {
        f"SAMLTD:PI:{one['InvoiceSequenceKey']}:{line['LineNumber']}": Decimal(
            str(line["ExtendedCost"])
        )
        for one in sandbox.sage("GET", f"records/{INVOICES}")
        for line in one["InvoiceLines"]
    }


def work(sandbox: Sandbox) -> None:
    """Do a day's work: post, delete, take out, edit; and clear a posted batch."""
    batches = sandbox.sage("GET", f"records/{BATCHES}")
    named = {status: [one for one in batches if one["BatchStatus"] == status] for status in STATES}
    sandbox.sage("POST", f"ap/IN/{named['ReadyToPost'][0]['BatchNumber']}/post", {})
    sandbox.sage("POST", f"ap/IN/{named['Open'][0]['BatchNumber']}/delete", {})
    entries = named["Open"][1]["Invoices"]
    cut = {"EntryNumber": entries[0]["EntryNumber"], "UpdateOperation": "Delete"}
    batch = named["Open"][1]["BatchNumber"]
    sandbox.sage("PATCH", f"ap/IN/{batch}", {"Invoices": [cut]})
    invoices = sandbox.sage("GET", f"records/{INVOICES}")
    last = invoices[-1]
    lines = [{"LineNumber": last["InvoiceLines"][0]["LineNumber"], "ExtendedCost": 7}]
    edit = {"InvoiceLines": lines}
    sandbox.sage("PATCH", f"records/{INVOICES}/{last['InvoiceSequenceKey']}", edit)


STATES = ("Open", "ReadyToPost")


@pytest.fixture
def tap(company: Sandbox, tmp_path: Path) -> Tap:
    return Tap(company, tmp_path)


@pytest.mark.parametrize("positions", POSITIONS.values(), ids=POSITIONS.keys())
def test_target_holds_what_stands_after_a_days_work(tap: Tap, positions: dict[str, object]) -> None:
    switch(tap.sandbox, **positions)

    first = tap.run(select=STREAMS)
    work(tap.sandbox)
    state = copy.deepcopy(first.state)
    if not positions.get("stamps_move", True):
        for bookmark in state["bookmarks"].values():
            bookmark["swept_on"] = "2020-01-01"
    second = tap.run(state=state, select=STREAMS)

    assert (first.exit_code, second.exit_code) == (0, 0), first.errors + second.errors
    held = hold(first, second)
    costs = {key: line["ExtendedCost"] for key, line in held["po_invoice_lines"].items()}
    assert costs == list_purchases(tap.sandbox)
    payables = [
        {"type": "RECORD", "stream": "ap_invoice_lines", "record": one}
        for one in held["ap_invoice_lines"].values()
    ]
    assert add_up(Output(exit_code=0, errors="", messages=payables)) == count(tap.sandbox)
