"""What Anaplan must show of a company, counted from Sage's own records; no product code.

`Counted` looks at the records after every step and keeps what the design promises of things that
are gone: an open document that was deleted counts nothing and is marked, a finished one that was
cleared or purged stays as it was, postings stay for good.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.support.sandbox import Sandbox

Json = dict[str, Any]
CENT = Decimal("0.01")
COMPANY = "SAMLTD"
FUNCTIONAL = "CAD"
POSTING_KEY = (
    *("AccountNumber", "FiscalYear", "FiscalPeriod", "SourceCurrencyCode"),
    *("SourceLedgerCode", "SourceTypeCode", "PostingSequenceNumber", "DetailCount"),
)


@dataclass
class Line:
    """A document line as the model must show it."""

    document: str
    is_final: bool
    cells: Mapping[str, str]
    """Texts that must be equal."""
    amounts: Mapping[str, Decimal]
    """Numbers in the document's own currency, equal to the last digit."""
    twins: Mapping[str, Decimal]
    """Numbers in functional currency: lines may differ by a cent, documents not at all."""

    def is_deleted(self) -> bool:
        """Say whether the line counts nothing any more."""
        return self.cells.get("Deleted") == "true"


@dataclass
class Counted:
    """What the model must show."""

    orders: dict[str, Line] = field(default_factory=dict)
    payables: dict[str, Line] = field(default_factory=dict)
    invoices: dict[str, Line] = field(default_factory=dict)
    postings: dict[tuple[object, ...], tuple[object, ...]] = field(default_factory=dict)
    masters: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    def look(self, sandbox: Sandbox) -> None:
        """Count again, as the books stand now."""
        centers = {
            one["UnformattedAccount"]: one["AccountSegmentCode2"] or "NONE"
            for one in read(sandbox, "GL/GLAccounts")
        }
        _renew(self.orders, count_orders(read(sandbox, "PO/POPurchaseOrders")))
        _renew(self.payables, count_payables(read(sandbox, "AP/APInvoiceBatches"), centers))
        _renew(self.invoices, count_invoices(read(sandbox, "PO/POInvoices")))
        for posting in read(sandbox, "GL/GLPostedTransactions"):
            account = posting["AccountNumber"]
            self.postings[tuple(posting[name] for name in POSTING_KEY)] = (
                account,
                centers[account],
                int(posting["FiscalYear"]),
                int(posting["FiscalPeriod"]),
                Decimal(str(posting["JournalTransactionAmount"])),
            )
        self.masters = {
            "SYS Vendors": {
                one["VendorNumber"]: {
                    "parent": one["GroupCode"],
                    "Vendor Name": one["VendorName"],
                    "Status": one["Status"],
                    "On Hold": one["OnHold"],
                    "Currency": one["CurrencyCode"],
                }
                for one in read(sandbox, "AP/APVendors")
            },
            "SYS GL Accounts": {
                one["UnformattedAccount"]: {
                    "parent": one["AccountGroupCode"],
                    "Description": one["Description"],
                    "Status": one["Status"],
                }
                for one in read(sandbox, "GL/GLAccounts")
            },
        }

    def compare(self, sandbox: Sandbox) -> list[str]:
        """Return what the model shows otherwise, a sentence each."""
        return [
            *_compare_lines(self.orders, cells(sandbox, "DAT PO Lines")),
            *_compare_lines(self.payables, cells(sandbox, "DAT AP Invoice Lines")),
            *_compare_lines(self.invoices, cells(sandbox, "DAT PO Invoice Lines")),
            *_compare_postings(self.postings.values(), cells(sandbox, "DAT GL Actuals")),
            *self._compare_masters(sandbox, "SYS Vendors", "Vendors"),
            *self._compare_masters(sandbox, "SYS GL Accounts", "GL Accounts"),
        ]

    def sum_payables(self, *, posted: str) -> Decimal:
        """Add up what is posted (`true`), or is not."""
        found = [one for one in self.payables.values() if one.cells.get("Posted") == posted]
        return sum((one.twins["Functional Amount"] for one in found), Decimal(0))

    def _compare_masters(self, sandbox: Sandbox, module: str, name: str) -> list[str]:
        items = sandbox.anaplan("GET", f"lists/{name.replace(' ', '%20')}")
        shown = cells(sandbox, module)
        found = {
            one["code"]: {"parent": one["parent"], **shown.get(one["code"], {})} for one in items
        }
        return [
            f"{name} {code}: {key} is {found.get(code, {}).get(key)!r}, not {value!r}"
            for code, expected in self.masters[module].items()
            for key, value in expected.items()
            if (found.get(code, {}).get(key) or "") != value
        ]


def read(sandbox: Sandbox, resource: str) -> list[Json]:
    """Return every record of a resource, as stored."""
    found: list[Json] = sandbox.sage("GET", f"records/{resource}")
    return found


def cells(sandbox: Sandbox, module: str) -> dict[str, dict[str, str]]:
    """Return the cells of a module by one list."""
    found: dict[str, dict[str, str]] = sandbox.anaplan("GET", f"cells/{module.replace(' ', '%20')}")
    return found


def count_orders(orders: Iterable[Json]) -> dict[str, Line]:
    """Count the lines of purchase orders."""
    counted = {}
    for order in orders:
        for line in order["PurchaseOrderLines"]:
            is_done = order["Completed"] or line["CompletionStatus"] != "No"
            cost, discount = (_number(line[name]) for name in ("ExtendedCost", "DiscountAmount"))
            left = Decimal(0) if is_done else _number(line["QuantityOutstanding"])
            share = 1 - discount / cost if cost else Decimal(1)
            outstanding = (left * _number(line["UnitCost"]) * share).quantize(Decimal("0.000001"))
            key = f"{COMPANY}:PO:{order['PurchaseOrderNumber']}:{line['LineNumber']}"
            arrival = line["ExpectedArrivalDate"] or order["ExpectedArrivalDate"]
            counted[key] = Line(
                document=order["PurchaseOrderNumber"],
                is_final=bool(order["Completed"]),
                cells={
                    "Vendor": order["Vendor"],
                    "Order Date": _day(order["OrderDate"]),
                    "Expected Arrival Date": _day(arrival),
                    "Currency": order["Currency"],
                    "On Hold": _flag(order["OnHold"]),
                    "Completed": _flag(is_done),
                    "Deleted": "false",
                },
                amounts={
                    "Quantity Ordered": _number(line["QuantityOrdered"]),
                    "Amount": cost,
                    "Outstanding Amount": outstanding,
                },
                twins=_convert(
                    order,
                    order["Currency"],
                    {"Functional Amount": cost, "Functional Outstanding": outstanding},
                ),
            )
    return counted


def count_payables(batches: Iterable[Json], centers: Mapping[str, str]) -> dict[str, Line]:
    """Count the lines of invoices that stand in batches."""
    counted = {}
    for batch in batches:
        for entry in batch["Invoices"]:
            if batch["BatchStatus"] == "Deleted" or entry["ErrorBatch"]:
                continue
            is_posted = batch["BatchStatus"] == "Posted"
            sign = -1 if entry["DocumentType"] == "CreditNote" else 1
            for line in entry["InvoiceDetails"]:
                amount = sign * _number(line["DistributedAmountBeforeTaxes"])
                document = f"{entry['VendorNumber']}:{entry['DocumentNumber']}"
                counted[f"{COMPANY}:AP:{document}:{line['LineNumber']}"] = Line(
                    document=document,
                    is_final=is_posted,
                    cells={
                        "Vendor": entry["VendorNumber"],
                        "GL Account": line["GLAccount"],
                        "Cost Center": centers[line["GLAccount"]],
                        "Document Type": entry["DocumentType"],
                        "Document Date": _day(entry["DocumentDate"]),
                        "Posting Date": _day(entry["PostingDate"]),
                        "Fiscal Year": entry["FiscalYear"],
                        "Fiscal Period": str(int(entry["FiscalPeriod"])),
                        "Batch Status": batch["BatchStatus"],
                        "Posted": _flag(is_posted),
                        "Currency": entry["CurrencyCode"],
                        "Deleted": "false",
                    },
                    amounts={"Signed Amount": amount},
                    twins=_convert(entry, entry["CurrencyCode"], {"Functional Amount": amount}),
                )
    return counted


def count_invoices(invoices: Iterable[Json]) -> dict[str, Line]:
    """Count the lines of purchase invoices."""
    counted = {}
    for invoice in invoices:
        key = str(invoice["InvoiceSequenceKey"])
        for line in invoice["InvoiceLines"]:
            cost = _number(line["ExtendedCost"])
            counted[f"{COMPANY}:PI:{key}:{line['LineNumber']}"] = Line(
                document=key,
                is_final=bool(invoice["Completed"]),
                cells={
                    "Vendor": invoice["Vendor"],
                    "Invoice Number": invoice["InvoiceNumber"],
                    "Fiscal Year": invoice["FiscalYear"],
                    "Deleted": "false",
                },
                amounts={"Amount": cost},
                twins=_convert(invoice, invoice["Currency"], {"Functional Amount": cost}),
            )
    return counted


def _renew(known: dict[str, Line], found: dict[str, Line]) -> None:
    for key in known.keys() - found.keys():
        gone = known[key]
        if not gone.is_final or gone.is_deleted():
            nothing = dict.fromkeys({**gone.amounts}, Decimal(0))
            known[key] = Line(
                document=f"gone {key}",
                is_final=False,
                cells={"Deleted": "true"},
                amounts=nothing,
                twins=dict.fromkeys(gone.twins, Decimal(0)),
            )
    known |= found


def _compare_lines(expected: Mapping[str, Line], shown: Mapping[str, Json]) -> list[str]:
    problems = [f"{key} is missing" for key in sorted(expected.keys() - shown.keys())]
    problems += [f"{key} is too much" for key in sorted(shown.keys() - expected.keys())]
    documents: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 2)
    for key in expected.keys() & shown.keys():
        line, row = expected[key], shown[key]
        problems += [
            f"{key}: {name} is {row[name]!r}, not {value!r}"
            for name, value in line.cells.items()
            if (row[name] or "") != value
        ]
        problems += [
            f"{key}: {name} is {row[name]!r}, not {value}"
            for name, value in line.amounts.items()
            if abs(_number(row[name] or 0) - value) >= Decimal("0.000001")
        ]
        for name, value in line.twins.items():
            found = _number(row[name] or 0)
            if abs(found - value) > CENT:
                problems.append(f"{key}: {name} is {found}, not {value}")
            sums = documents[line.document, name]
            documents[line.document, name] = [sums[0] + found, sums[1] + value]
    problems += [
        f"{document}: {name} adds up to {found}, not {value}"
        for (document, name), (found, value) in documents.items()
        if abs(found - _cents(value)) >= Decimal("0.0051")
    ]
    return problems


def _compare_postings(
    expected: Iterable[tuple[object, ...]], shown: Mapping[str, Json]
) -> list[str]:
    found = Counter(
        (
            row["GL Account"],
            row["Cost Center"],
            int(row["Fiscal Year"]),
            int(row["Fiscal Period"]),
            _number(row["Functional Amount"] or 0),
        )
        for row in shown.values()
    )
    wanted = Counter(expected)
    return [f"missing posting {one}" for one in wanted - found] + [
        f"posting too much {one}" for one in found - wanted
    ]


def _convert(document: Json, currency: str, amounts: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Convert exactly: what is rounded is the document's sum."""
    if currency == FUNCTIONAL:
        return dict(amounts)
    rate = _number(document["ExchangeRate"])
    if document["RateOperation"] == "Divide":
        return {name: amount / rate for name, amount in amounts.items()}
    return {name: amount * rate for name, amount in amounts.items()}


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def _number(value: object) -> Decimal:
    return Decimal(str(value))


def _day(value: str | None) -> str:
    return (value or "")[:10]


def _flag(value: object) -> str:
    return "true" if value else "false"
