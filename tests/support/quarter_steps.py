"""The steps of a quarter, in their order; what is done, and whether only a sweep finds it.

A day or two pass now and then, so that files and tokens of Anaplan grow old as they do in life.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.support.counted import read
from tests.support.quarter import EXPENSES, ORDERS, Life

if TYPE_CHECKING:
    from collections.abc import Callable

INACTIVE: Final = "6100500"
DOLLAR_BANK, EXCHANGE_LOSS = "1030", "7110"


@dataclass(frozen=True)
class Step:
    """One thing somebody does between two runs."""

    name: str
    act: Callable[[Life], Any]
    by_sweep: bool = False
    """Nothing but a sweep can find it: no stamp moves, nothing of it is open."""


def _reject_at_posting(life: Life) -> None:
    """Post a batch of three; the account of the second one was closed after it was entered."""
    life.enter(
        "refused",
        life.invoice("R-1", "10.10"),
        life.invoice("R-2", "20.20", "5"),
        life.invoice("R-3", "30.30"),
    )
    entry = life.batch("refused")["Invoices"][1]
    line = {"LineNumber": int(entry["InvoiceDetails"][0]["LineNumber"]), "GLAccount": INACTIVE}
    life.edit_batch("refused", {"EntryNumber": 2, "InvoiceDetails": [line]})
    life.edit_account(INACTIVE, Status="Inactive")
    life.do("refused", "post")
    life.open_error_batch("errors", of="refused")


def _correct_the_copy(life: Life) -> None:
    line = life.batch("errors")["Invoices"][0]["InvoiceDetails"][0]
    change = {"LineNumber": int(line["LineNumber"]), "GLAccount": EXPENSES[2]}
    life.edit_batch("errors", {"EntryNumber": 1, "InvoiceDetails": [change]})


def _reject_another(life: Life) -> None:
    life.edit_account(INACTIVE, Status="Active")
    life.enter("again", life.invoice("R-4", "44.40"), life.invoice("R-5", "55.50"))
    line = {"LineNumber": 20, "GLAccount": INACTIVE}
    life.edit_batch("again", {"EntryNumber": 1, "InvoiceDetails": [line]})
    life.edit_account(INACTIVE, Status="Inactive")
    life.do("again", "post")
    life.open_error_batch("more errors", of="again")


def _renumber_the_copy(life: Life) -> None:
    line = {"LineNumber": 20, "GLAccount": EXPENSES[0]}
    change = {"EntryNumber": 1, "DocumentNumber": "R-4B", "InvoiceDetails": [line]}
    life.edit_batch("more errors", change)


def _begin_posting(life: Life) -> None:
    life.sage("POST", "switches", {"ap_posting_seconds": 3600})
    life.enter("slow", life.invoice("SLOW-1", "71.71"), life.invoice("SLOW-2", "72.72"))
    life.do("slow", "post")


def _end_posting(life: Life) -> None:
    life.sage("POST", "clock", {"advance_s": 7200})
    life.sage("POST", "switches", {"ap_posting_seconds": 0})


def _add_account(life: Life) -> None:
    like = next(
        a for a in read(life.sandbox, "GL/GLAccounts") if a["UnformattedAccount"] == "6100210"
    )
    segment = {"SegmentNumber": "000002", "SegmentCode": "230", "SegmentCodeDescription": "Lab"}
    life.web("POST", "GL/GLSegmentCodes", segment)
    names = (
        "AccountType",
        "NormalBalanceDRCR",
        "StructureCode",
        "AccountGroupCode",
        "Multicurrency",
    )
    body = {name: like[name] for name in names}
    account = {
        "UnformattedAccount": "6100230",
        "AccountNumber": "6100-230",
        "Description": "Lab rent",
    }
    life.web("POST", "GL/GLAccounts", account | body)


def _add_group_and_vendor(life: Life) -> None:
    """Make a group and a vendor like others; the program stamps both with its own day."""
    like = life.vendor("CAD")
    groups = read(life.sandbox, "AP/APVendorGroups")
    group = next(one for one in groups if one["GroupCode"] == like["GroupCode"])
    for resource, record, changes in (
        ("APVendorGroups", group, {"GroupCode": "LAB", "Description": "Laboratories"}),
        ("APVendors", like, {"VendorNumber": "NEWCO", "GroupCode": "LAB", "VendorName": "New"}),
    ):
        unstamped = {key: value for key, value in record.items() if key != "DateLastMaintained"}
        life.sage("POST", f"records/AP/{resource}", unstamped | changes)


def _change_old_order(life: Life) -> None:
    """Correct an order finished long ago, in a session of long ago."""
    old = next(o for o in read(life.sandbox, ORDERS) if o["Completed"] and o["Currency"] == "USD")
    line = old["PurchaseOrderLines"][0]
    edit = {"LineNumber": line["LineNumber"], "ExtendedCost": float(line["ExtendedCost"]) + 1}
    key = old["PurchaseOrderSequenceKey"]
    edits = {"PurchaseOrderLines": [edit], "stamp": None}
    life.sage("PATCH", f"records/{ORDERS}/{key}", edits)


def _swap_numbers(life: Life) -> None:
    """A third order takes the number that another one gave up."""
    life.edit_order("third", PurchaseOrderNumber=life.at_hand["freed"])


def _free_number(life: Life) -> None:
    life.at_hand["freed"] = life.order("second")["PurchaseOrderNumber"]
    life.edit_order("second", PurchaseOrderNumber="PO-RENAMED")


def _revalue(life: Life) -> None:
    """Revalue the dollar account: functional currency moves, dollars do not."""
    life.sage("POST", "switches", {"both_amounts_given": "both_kept"})
    foreign = {"SourceCurrency": "USD", "SourceCurrencyAmount": 0}
    details = [
        {"AccountNumber": DOLLAR_BANK, **foreign, "Amount": -12.34},
        {"AccountNumber": EXCHANGE_LOSS, **foreign, "Amount": 12.34},
    ]
    entry = {"SourceLedger": "GL", "SourceType": "RV", "Description": "Revaluation"}
    body = {"JournalHeaders": [{**entry, "JournalDetails": details}]}
    life.at_hand["revaluation"] = life.web("POST", "GL/GLJournalBatches", body)["BatchNumber"]
    life.post_journal("revaluation")


def _delete_entry(life: Life) -> None:
    life.edit_batch("draft", {"EntryNumber": 2, "UpdateOperation": "Delete"})


def _pay_and_clear(life: Life) -> None:
    life.sage("POST", "ap/clear", {"documents_through": life.today()})


def _delete_fresh_vendor_order(life: Life) -> None:
    life.edit_order("euro", Completed=True)
    life.delete_order("euro")


STEPS: Final = (
    Step("nobody does anything", lambda life: life.today()),
    # Orders
    Step("an order is raised", lambda life: life.raise_order("first")),
    Step("a quantity is edited", lambda life: life.edit_line("first", 1000, QuantityOrdered=17)),
    Step("a price is edited", lambda life: life.edit_line("first", 2000, UnitCost=8.123456)),
    Step("it is put on hold", lambda life: life.edit_order("first", OnHold=True)),
    Step("it is released", lambda life: life.edit_order("first", OnHold=False)),
    Step(
        "a line is added", lambda life: life.add_line("first", 3000, QuantityOrdered=5, UnitCost=9)
    ),
    Step("a line is deleted", lambda life: life.edit_line("first", 2000, UpdateOperation="Delete")),
    Step(
        "the arrival moves to the next quarter",
        lambda life: life.edit_line("first", 1000, ExpectedArrivalDate="2027-03-15"),
    ),
    Step("a part is received", lambda life: life.receive("first", L1000=6)),
    Step(
        "a dollar order is raised", lambda life: life.raise_order("second", currency="USD", lines=3)
    ),
    Step("its rate is corrected", lambda life: life.edit_order("second", ExchangeRate=1.4012345)),
    Step(
        "a line of it is cancelled",
        lambda life: life.edit_line("second", 2000, QuantityCanceled=11),
    ),
    Step("a euro order is raised", lambda life: life.raise_order("euro", currency="EUR")),
    Step(
        "its rate divides from now on",
        lambda life: life.edit_order("euro", ExchangeRate=0.6789123, RateOperation="Divide"),
    ),
    Step("the first order is received in full", lambda life: life.receive("first")),
    Step("an order is raised and forgotten", lambda life: life.raise_order("third", lines=1)),
    Step("a number is edited", _free_number),
    Step("another order takes the number given up", _swap_numbers),
    Step("two days pass", lambda life: life.pass_days(2)),
    Step(
        "an order is completed without a trace",
        lambda life: life.edit_order("third", Completed=True, stamp=None),
    ),
    Step("an open order is deleted", lambda life: life.delete_order("second")),
    Step(
        "an order is raised for next year",
        lambda life: life.raise_order("future", PurchaseOrderDate="2027-06-30"),
    ),
    Step(
        "an order is dated back to last year",
        lambda life: (
            life.raise_order("late"),
            life.edit_order("late", OrderDate="2025-09-30", stamp="2025-09-30"),
        ),
    ),
    Step("an order is completed, then deleted, within a day", _delete_fresh_vendor_order),
    # Payables
    Step(
        "an invoice is entered",
        lambda life: life.enter("draft", life.invoice("Q-1", "100.10", "33.33")),
    ),
    Step(
        "a second one is put into the batch",
        lambda life: life.edit_batch(
            "draft", {**life.invoice("Q-2", "50", "25.25"), "UpdateOperation": "Insert"}
        ),
    ),
    Step(
        "an account is corrected",
        lambda life: life.edit_batch(
            "draft",
            {"EntryNumber": 1, "InvoiceDetails": [{"LineNumber": 20, "GLAccount": "6200210"}]},
        ),
    ),
    Step("the second one is deleted", _delete_entry),
    Step("the batch is set ready", lambda life: life.do("draft", "ready")),
    Step("it is opened again", lambda life: life.do("draft", "open")),
    Step("it is posted", lambda life: life.do("draft", "post")),
    Step(
        "a credit note is entered",
        lambda life: life.enter("credit", life.invoice("C-1", "40", DocumentType="CreditNote")),
    ),
    Step("it is posted as well", lambda life: life.do("credit", "post")),
    Step(
        "a debit note in dollars is entered",
        lambda life: life.enter(
            "debit", life.invoice("D-1", "19.99", "0.01", currency="USD", DocumentType="DebitNote")
        ),
    ),
    Step("posting refuses one of three invoices", _reject_at_posting),
    Step("its copy is corrected", _correct_the_copy),
    Step("the error batch is posted", lambda life: life.do("errors", "post")),
    Step("posting refuses another one", _reject_another),
    Step("its copy gets another number", _renumber_the_copy),
    Step("the copy is posted", lambda life: life.do("more errors", "post")),
    Step("the debit note's batch is deleted", lambda life: life.do("debit", "delete")),
    Step(
        "a dollar invoice is posted back into last quarter",
        lambda life: (
            life.enter(
                "back",
                life.invoice(
                    "B-1",
                    "812.34",
                    "0.05",
                    currency="USD",
                    DocumentDate="2026-09-14",
                    PostingDate="2026-08-31",
                ),
            ),
            life.do("back", "post"),
        ),
    ),
    Step(
        "a euro invoice is dated into the next quarter",
        lambda life: life.enter(
            "ahead",
            life.invoice(
                "A-1", "77.77", currency="EUR", DocumentDate="2027-02-01", PostingDate="2027-02-01"
            ),
        ),
    ),
    Step("a posting takes its time", _begin_posting),
    Step("it comes to its end", _end_posting),
    Step("paid documents are cleared", _pay_and_clear),
    Step(
        "posted and deleted batches are purged",
        lambda life: life.sage("POST", "ap/clear", {"batches": True}),
    ),
    # Masters
    Step(
        "a vendor is renamed",
        lambda life: life.edit_vendor(
            life.vendor("USD")["VendorNumber"], VendorName="Renamed, Inc."
        ),
    ),
    Step(
        "a vendor moves to another group",
        lambda life: life.edit_vendor(life.vendor("CAD")["VendorNumber"], GroupCode="OFFICE"),
    ),
    Step("a vendor of a new group comes", _add_group_and_vendor),
    Step("a vendor is put on hold", lambda life: life.edit_vendor("NEWCO", OnHold="OnHold")),
    Step("an account of a new cost center comes", _add_account),
    Step(
        "an account is renamed", lambda life: life.edit_account("6100230", Description="Laboratory")
    ),
    Step(
        "an account moves to another group",
        lambda life: life.edit_account("6100230", AccountGroupCode="COS"),
    ),
    # Ledger
    Step(
        "a journal is drafted",
        lambda life: life.journal("draft journal", ("6100230", 60), ("6100100", -60)),
    ),
    Step("it is posted", lambda life: life.post_journal("draft journal")),
    Step(
        "a journal is posted back into last quarter",
        lambda life: (
            life.journal(
                "old journal",
                ("6100210", 7.77),
                ("6100220", -7.77),
                PostingDate="2026-07-31",
                DocumentDate="2026-07-31",
            ),
            life.post_journal("old journal"),
        ),
    ),
    Step("dollars are revalued", _revalue),
    Step(
        "a week of business passes", lambda life: life.sage("POST", "business/advance", {"days": 7})
    ),
    Step("another week passes", lambda life: life.sage("POST", "business/advance", {"days": 7})),
    Step(
        "history is cleared",
        lambda life: life.sage(
            "POST", "gl/clear", {"transactions_before": "2026", "journals": True, "batches": True}
        ),
    ),
    # What only a sweep finds
    Step(
        "a vendor is renamed without a trace",
        lambda life: life.edit_vendor("NEWCO", VendorName="Quiet", stamp=None),
        by_sweep=True,
    ),
    Step(
        "an order finished long ago is corrected without a trace", _change_old_order, by_sweep=True
    ),
    Step("a month passes", lambda life: life.pass_days(31)),
    Step("the quarter ends", lambda life: life.sage("POST", "business/advance", {"days": 3})),
)
