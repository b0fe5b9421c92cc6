"""Reads the books as an auditor would: over plain HTTP, with no code of ours."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.support.sandbox import call

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.support.sandbox import Sandbox

Record = dict[str, Any]
Batch = tuple[str, str]
"""What a batch is of, as the desktop program names it (GL, IN, AD), and its number."""
Rows = Counter[tuple[object, ...]]
"""What stands in the books, and how often."""

_OPEN = {
    "GL": ("GL/GLJournalBatches", "Status eq 'Open'"),
    "IN": ("AP/APInvoiceBatches", "BatchStatus eq 'Open'"),
    "AD": ("AP/APPaymentAndAdjustmentBatches", "BatchSelector eq 'AD' and BatchStatus eq 'Open'"),
}
_ADJUSTED = "BatchSelector eq 'AD' and BatchStatus eq 'Posted'"


class Sage:
    """Reads one company, and posts in it as somebody at a desk would."""

    def __init__(self, sandbox: Sandbox) -> None:
        info = sandbox.info["sage300"]
        pair = b64encode(f"{info['username']}:{info['password']}".encode()).decode()
        self.headers = {"Authorization": f"Basic {pair}"}
        self.company = f"{info['base_url']}/{info['company']}"
        self.desk = sandbox

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

    def open_batches(self) -> set[Batch]:
        """Batches of every kind that are not posted or deleted."""
        return {
            (kind, str(one["BatchNumber"]))
            for kind, (resource, chosen) in _OPEN.items()
            for one in self.read(resource, chosen)
        }

    def post(self, batch: Batch) -> None:
        """Post one batch, this one alone."""
        kind, number = batch
        path = f"gl/batches/{number}" if kind == "GL" else f"ap/{kind}/{number}"
        self.desk.sage("POST", f"{path}/post", {})

    def post_all_but(self, others: set[Batch]) -> None:
        """Post what is open, `others` apart, and then the reversals that posting made."""
        assert self.open_batches() > others
        while new := self.open_batches() - others:
            for batch in sorted(new):
                self.post(batch)
        assert self.open_batches() == others

    # The general ledger

    def journals(self) -> Rows:
        """Lines posted under the source code of planning."""
        return Counter(map(_ledger_row, self._ledger("SourceTypeCode eq 'PL'")))

    def posting_days(self) -> Rows:
        """The same lines in the posting journals, by the day they were posted under."""
        found = self.read("GL/GLPostingJournalDetails", "SourceTypeCode eq 'PL'")
        return Counter((one["Journaldetailreference"], one["PostingDate"][:10]) for one in found)

    def charges(self, documents: Collection[str]) -> Rows:
        """What documents of payables made in the ledger; each makes as many debits as credits."""
        rows = [
            _ledger_row(one)
            for number in documents
            for one in self._ledger(
                f"SourceLedgerCode eq 'AP' and JournalDetailReference eq '{number}'"
            )
        ]
        return Counter(rows)

    def _ledger(self, chosen: str) -> list[Record]:
        return self.read("GL/GLPostedTransactions", chosen)

    # Payables

    def documents(self) -> Rows:
        """Posted documents that planning has entered."""
        return Counter(
            (
                one["DocumentNumber"],
                one["VendorNumber"],
                one["DocumentType"],
                one["CurrencyCode"],
                Decimal(str(one["VendorCurrencyInvoiceAmount"])),
                *(one[name][:10] for name in ("DocumentDate", "PostingDate", "DueDate")),
                (one["FiscalYear"], one["FiscalPeriod"]),
            )
            for one in self.read("AP/APPostedDocuments", "OrderNumber eq 'PLANNING'")
        )

    def open_amounts(self) -> dict[tuple[str, str], Decimal]:
        """What is open of each posted document in the company's currency, vendors on hold apart."""
        chosen = "FullyPaid eq 'No' and CurrencyCode eq 'CAD' and DocumentType eq 'Invoice'"
        held = {one["VendorNumber"] for one in self.read("AP/APVendors", "OnHold eq 'OnHold'")}
        return {
            (one["VendorNumber"], one["DocumentNumber"]): Decimal(
                str(one["VendorCurrencyAmountDue"])
            )
            for one in self.read("AP/APPostedDocuments", chosen)
            if one["VendorNumber"] not in held
        }

    def adjustments(self) -> tuple[Rows, dict[str, str]]:
        """Posted lines of adjustments, and the number each entry has in the general ledger."""
        lines: Rows = Counter()
        numbers: dict[str, str] = {}
        for batch in self.read("AP/APPaymentAndAdjustmentBatches", _ADJUSTED):
            for entry in batch["PaymentsAdjustments"]:
                for applied in entry["AppliedPayments"]:
                    if applied["Reference"] == "PLANNING":
                        numbers[entry["EntryReference"]] = entry["DocumentNumber"]
                        lines.update(_adjustment_rows(entry, applied))
        return lines, numbers


def _ledger_row(one: Record) -> tuple[object, ...]:
    return (
        one["JournalDetailReference"],
        one["AccountNumber"],
        one["SourceCurrencyCode"],
        Decimal(str(one["SourceCurrencyAmount"])),
        one["JournalDate"][:10],
        (one["FiscalYear"], one["FiscalPeriod"]),
    )


def _adjustment_rows(entry: Record, applied: Record) -> list[tuple[object, ...]]:
    return [
        (
            entry["EntryReference"],
            below["Reference"],
            (applied["VendorNumber"], applied["DocumentNumber"]),
            below["DistributionGLAccount"],
            Decimal(str(below["DistributionAmount"])),
            *(entry[name][:10] for name in ("PaymentDateAdjustmentDate", "PostingDate")),
            (entry["FiscalYear"], entry["FiscalPeriod"]),
        )
        for below in applied["AdjustmentGLDistributions"]
    ]
