"""What planning must show of a company's books, computed from Sage 300's records alone.

Shares no code with the product, which makes the same figures its own way: its rules are said once
more here, in fractions. Amounts stay in cents of the company's own currency by the document, whose
sum is converted once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Record = dict[str, Any]
Sums = dict[tuple[str, ...], Decimal]

FISCAL_YEAR_BEGINS = 4
"""April, in the generated company."""
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
NOWHERE = "NONE"
_SIGNS = {"CreditNote": -1}


class Books:
    """Records of one company, read once; `read` returns all of a resource."""

    def __init__(self, read: Callable[[str], list[Record]], *, functional: str) -> None:
        """Read nothing yet."""
        self._read = read
        self._known: dict[str, list[Record]] = {}
        self._functional = functional

    def records(self, resource: str) -> list[Record]:
        """Return all records of a resource."""
        if resource not in self._known:
            self._known[resource] = self._read(resource)
        return self._known[resource]

    def cost_centers(self) -> dict[str, str]:
        """Return the cost centre of each account, by its number without separators."""
        return {
            one["UnformattedAccount"]: one["AccountSegmentCode2"] or NOWHERE
            for one in self.records("GL/GLAccounts")
        }

    def commitments(self) -> Sums:
        """Sum what is outstanding of active orders not held, by vendor and month of arrival."""
        sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
        for order in self.records("PO/POPurchaseOrders"):
            is_active = order["PurchaseOrderType"] == "Active" and not order["OnHold"]
            if not is_active or order["Completed"]:
                continue
            amounts = self._convert(order, _outstanding(order), currency=order["Currency"])
            for line, amount in zip(order["PurchaseOrderLines"], amounts, strict=True):
                arrival = line["ExpectedArrivalDate"] or order["ExpectedArrivalDate"]
                if arrival:
                    sums[order["Vendor"], show_month(arrival)] += amount
        return without_zeros(sums)

    def payables(self) -> dict[str, Sums]:
        """Sum payables lines by vendor, account, cost centre and period, posted and not."""
        centers = self.cost_centers()
        accounts = self._unformatted()
        sums: dict[str, dict[tuple[str, ...], Decimal]] = {
            "true": defaultdict(Decimal),
            "false": defaultdict(Decimal),
        }
        for batch in self.records("AP/APInvoiceBatches"):
            for entry in () if batch["BatchStatus"] == "Deleted" else batch["Invoices"]:
                if entry["ErrorBatch"]:
                    continue  # its copy in the error batch stands for it
                is_posted = "true" if batch["BatchStatus"] == "Posted" else "false"
                year, period = find_period(entry["PostingDate"])
                for line, amount in zip(entry["InvoiceDetails"], self._charges(entry), strict=True):
                    account = accounts[line["GLAccount"]]
                    where = (entry["VendorNumber"], account, centers[account], year, period)
                    sums[is_posted][where] += amount
        return {is_posted: without_zeros(found) for is_posted, found in sums.items()}

    def actuals(self) -> Sums:
        """Sum postings by account, cost centre and month of the fiscal period."""
        centers = self.cost_centers()
        sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
        for row in self.records("GL/GLPostedTransactions"):
            account = row["AccountNumber"]
            month = month_of_period(row["FiscalYear"], row["FiscalPeriod"])
            sums[account, centers[account], month] += Decimal(row["JournalTransactionAmount"])
        return without_zeros(sums)

    def balances(self) -> Sums:
        """Return net amounts by account and month, of the years whose postings are kept."""
        kept = {row["FiscalYear"] for row in self.records("GL/GLPostedTransactions")}
        sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
        for one in self.records("GL/GLAccountFiscalSets"):
            kind = (one["FiscalSetDesignator"], one["CurrencyType"])
            for period in range(1, 16) if kind == ("A", "F") else ():
                if one["FiscalSetYear"] in kept:
                    month = month_of_period(one["FiscalSetYear"], f"{period:02}")
                    amount = Decimal(one[f"Period{period:02}NetAmount"])
                    sums[one["AccountNumber"], month] += amount
        return without_zeros(sums)

    def posted_totals(self) -> Sums:
        """Return functional amounts net of tax of `APPostedDocuments`, by vendor and document."""
        return {
            (one["VendorNumber"], one["DocumentNumber"]): abs(
                Decimal(one["FunctionalCurrencyInvoiceAmount"])
                - Decimal(one["FunctionalCurrencyTaxAmount"])
            )
            for one in self.records("AP/APPostedDocuments")
            if one["DocumentType"] in ("Invoice", "DebitNote", "CreditNote", "Interest")
        }

    def _charges(self, entry: Record) -> list[Decimal]:
        """Return what an entry's lines charge to their accounts, credit notes negative."""
        sign = _SIGNS.get(entry["DocumentType"], 1)
        amounts = [
            sign * Fraction(line["DistributedAmountBeforeTaxes"])
            for line in entry["InvoiceDetails"]
        ]
        return self._convert(entry, amounts, currency=entry["CurrencyCode"])

    def _convert(
        self, document: Record, amounts: Sequence[Fraction], *, currency: str
    ) -> list[Decimal]:
        """Convert a document's sum once, and give each line its share in whole cents.

        In the company's own currency nothing is converted, nor rounded.
        """
        if currency == self._functional:
            return [to_decimal(amount) for amount in amounts]
        rate = Fraction(document["ExchangeRate"])
        divides = document["RateOperation"] == "Divide"
        exact = [amount / rate if divides else amount * rate for amount in amounts]
        total = sum(amounts, Fraction())
        cents = [round_cents(one) for one in exact]
        missing = round_cents(total / rate if divides else total * rate) - sum(cents)
        step = 1 if missing > 0 else -1
        # The lines whose rounding went furthest the other way take a cent each.
        order = sorted(
            (at for at, one in enumerate(exact) if one),
            key=lambda at: step * (cents[at] - exact[at] * 100),
        )
        for at in order[: abs(missing)]:
            cents[at] += step
        return [Decimal(one) / 100 for one in cents]

    def _unformatted(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for one in self.records("GL/GLAccounts"):
            for name in ("UnformattedAccount", "AccountNumber"):
                found[one[name]] = one["UnformattedAccount"]
        return found


def currencies(records: Iterable[Record], name: str) -> Counter[str]:
    """Count records by currency."""
    return Counter(one[name] for one in records)


def find_period(day: str) -> tuple[str, str]:
    """Return fiscal year and period of a day; years are named after their last month."""
    year, month = int(day[:4]), int(day[5:7])
    period = (month - FISCAL_YEAR_BEGINS) % 12 + 1
    return str(year + (month >= FISCAL_YEAR_BEGINS)), str(period)


def month_of_period(year: str, period: str) -> str:
    """Return the model's month of a fiscal period; periods beyond the twelfth are in the last."""
    at = FISCAL_YEAR_BEGINS - 1 + min(int(period), 12) - 1
    return f"{MONTHS[at % 12]} {(int(year) - 1 + at // 12) % 100:02}"


def show_month(day: str) -> str:
    """Return the model's name of a day's month."""
    return f"{MONTHS[int(day[5:7]) - 1]} {day[2:4]}"


def without_zeros(sums: dict[tuple[str, ...], Decimal]) -> Sums:
    """Leave out what comes to nothing."""
    return {key: amount for key, amount in sums.items() if amount}


def round_cents(amount: Fraction) -> int:
    """Return whole cents, halves away from zero."""
    doubled = abs(amount) * 200 + 1
    whole = doubled.numerator // doubled.denominator // 2
    return whole if amount >= 0 else -whole


def to_decimal(amount: Fraction) -> Decimal:
    """Return a fraction that has an end as a decimal."""
    return Decimal(amount.numerator) / Decimal(amount.denominator)


def _outstanding(order: Record) -> list[Fraction]:
    """Return what is outstanding of each line, net of its own and the header's discount."""
    lines = order["PurchaseOrderLines"]
    granted = sum((Fraction(line["DiscountAmount"]) for line in lines), Fraction())
    cost = sum((Fraction(line["ExtendedCost"]) for line in lines), Fraction())
    header = Fraction(order["DiscountAmount"])
    repeats = header and header == granted
    header_share = Fraction() if repeats else _share(order, header, cost - granted)
    found = []
    for line in lines:
        own = _share(line, Fraction(line["DiscountAmount"]), Fraction(line["ExtendedCost"]))
        quantity = Fraction(line["QuantityOutstanding"])
        is_over = line["CompletionStatus"] != "No" or quantity <= 0
        net = quantity * Fraction(line["UnitCost"]) * (1 - own) * (1 - header_share)
        found.append(Fraction() if is_over else _six_decimals(net))
    return found


def _share(record: Record, amount: Fraction, cost: Fraction) -> Fraction:
    share = amount / cost if amount and cost else Fraction(record["DiscountPercentage"]) / 100
    return min(max(share, Fraction()), Fraction(1))


def _six_decimals(amount: Fraction) -> Fraction:
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return Fraction(exact.quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP))
