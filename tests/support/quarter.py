"""A quarter in the life of a company, step by step: what people do in Sage 300 between two runs.

Every step is one thing somebody does at a desk, through the sandbox's control endpoints or the Web
API.
"""

from __future__ import annotations

from base64 import b64encode
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from tests.support.counted import CENT, read
from tests.support.sandbox import call

if TYPE_CHECKING:
    from tests.support.sandbox import Sandbox

Json = dict[str, Any]
ORDERS: Final = "PO/POPurchaseOrders"
BATCHES: Final = "AP/APInvoiceBatches"
EXPENSES: Final = ("6100210", "6200300", "6300100")


class Life:
    """The desks of one company, and what its people have at hand."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Sit down."""
        self.sandbox = sandbox
        self.company = sandbox.info["sage300"]
        self.at_hand: dict[str, Any] = {}
        pair = f"{self.company['username']}:{self.company['password']}"
        self._login = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

    def web(self, method: str, path: str, body: object = None) -> Any:
        """Call the Web API."""
        url = f"{self.company['base_url']}/{self.company['company']}/{path}"
        return call(method, url, body, headers=self._login)

    def sage(self, method: str, path: str, body: object = None) -> Any:
        """Sit at a desk."""
        return self.sandbox.sage(method, path, body)

    def today(self) -> str:
        """Return the sandbox's day."""
        return str(self.sage("GET", "clock")["now"])[:10]

    def pass_days(self, days: int) -> None:
        """Let days pass in which nobody works."""
        self.sage("POST", "clock", {"advance_s": days * 86_400})

    # Orders

    def raise_order(self, name: str, *, currency: str = "CAD", lines: int = 2, **more: Any) -> None:
        """Raise an order like others of that currency."""
        like = next(
            order
            for order in read(self.sandbox, ORDERS)
            if order["Currency"] == currency and order["PurchaseOrderLines"]
        )
        line = like["PurchaseOrderLines"][0]
        item = {key: line[key] for key in ("ItemNumber", "Location", "UnitOfMeasure")}
        costs = ("12.5", "7.333333", "104.01")[:lines]
        body = {
            "Vendor": like["Vendor"],
            **more,
            "PurchaseOrderLines": [
                {**item, "QuantityOrdered": 10 + at, "UnitCost": Decimal(cost)}
                for at, cost in enumerate(costs)
            ],
        }
        made = self.web("POST", ORDERS, body)
        self.at_hand[name] = int(made["PurchaseOrderSequenceKey"])

    def order(self, name: str) -> Json:
        """Return an order at hand."""
        found: Json = self.sage("GET", f"records/{ORDERS}/{self.at_hand[name]}")
        return found

    def edit_order(self, name: str, **changes: Any) -> None:
        """Edit an order at hand."""
        self.sage("PATCH", f"records/{ORDERS}/{self.at_hand[name]}", changes)

    def edit_line(self, name: str, number: int, **changes: Any) -> None:
        """Edit a line of an order at hand."""
        self.edit_order(name, PurchaseOrderLines=[{"LineNumber": number, **changes}])

    def add_line(self, name: str, number: int, **values: Any) -> None:
        """Add a line with the item of the first one."""
        like = self.order(name)["PurchaseOrderLines"][0]
        item = {key: like[key] for key in ("ItemNumber", "Location", "UnitOfMeasure")}
        self.edit_line(name, number, **item, **values)

    def delete_order(self, name: str) -> None:
        """Delete an order at hand."""
        self.sage("DELETE", f"records/{ORDERS}/{self.at_hand[name]}")

    def receive(self, name: str, **quantities: float) -> None:
        """Receive an order, or so much of its lines: `L1000=4`."""
        order = self.order(name)
        wanted = {
            line["LineNumber"]: quantities.get(
                f"L{line['LineNumber']}", 0 if quantities else line["QuantityOutstanding"]
            )
            for line in order["PurchaseOrderLines"]
        }
        body = {
            "PurchaseOrderNumber": order["PurchaseOrderNumber"],
            "ReceiptDate": self.today(),
            "ReceiptLine2s": [
                {
                    "LineNumber": (at + 1) * 10,
                    "ItemNumber": line["ItemNumber"],
                    "Location": line["Location"],
                    "UnitOfMeasure": line["UnitOfMeasure"],
                    "QuantityReceived": wanted[line["LineNumber"]],
                    "UnitCost": line["UnitCost"],
                }
                for at, line in enumerate(order["PurchaseOrderLines"])
                if wanted[line["LineNumber"]]
            ],
        }
        self.web("POST", "PO/POReceipts", body)

    # Payables

    def vendor(self, currency: str) -> Json:
        """Return an active vendor of a currency."""
        wanted = (currency, "Active", "NotOnHold")
        return next(
            one
            for one in read(self.sandbox, "AP/APVendors")
            if (one["CurrencyCode"], one["Status"], one["OnHold"]) == wanted
        )

    def invoice(self, number: str, *amounts: str, currency: str = "CAD", **more: Any) -> Json:
        """Return the body of an invoice of so many lines, with tax where the vendor is taxed."""
        vendor = self.vendor(currency)
        net = sum(map(Decimal, amounts), Decimal(0))
        tax = net * 5 / 100 if vendor["TaxGroup"] == "GST" else Decimal(0)
        return {
            "VendorNumber": vendor["VendorNumber"],
            "DocumentNumber": number,
            "DocumentTotalIncludingTax": net + tax.quantize(CENT, rounding=ROUND_HALF_UP),
            **more,
            "InvoiceDetails": [
                {"GLAccount": account, "DistributedAmount": Decimal(amount)}
                for account, amount in zip(EXPENSES, amounts, strict=False)
            ],
        }

    def enter(self, name: str, *invoices: Json) -> None:
        """Enter a batch of invoices."""
        made = self.web("POST", BATCHES, {"Invoices": list(invoices)})
        self.at_hand[name] = int(made["BatchNumber"])

    def batch(self, name: str) -> Json:
        """Return a batch at hand."""
        found: Json = self.sage("GET", f"records/{BATCHES}/{self.at_hand[name]}")
        return found

    def edit_batch(self, name: str, *entries: Json) -> None:
        """Edit entries of a batch at hand."""
        self.sage("PATCH", f"ap/IN/{self.at_hand[name]}", {"Invoices": list(entries)})

    def do(self, name: str, deed: str) -> None:
        """Do something to a batch at hand: ready, open, post, delete, purge."""
        self.sage("POST", f"ap/IN/{self.at_hand[name]}/{deed}", {})

    def open_error_batch(self, name: str, *, of: str) -> None:
        """Take the error batch of a batch at hand."""
        self.at_hand[name] = next(
            int(entry["ErrorBatch"]) for entry in self.batch(of)["Invoices"] if entry["ErrorBatch"]
        )

    # Ledger

    def journal(self, name: str, *lines: tuple[str, float], **more: Any) -> None:
        """Enter a journal batch of one entry."""
        entry = {
            "SourceLedger": "GL",
            "SourceType": "JE",
            "Description": name,
            **more,
            "JournalDetails": [
                {"AccountNumber": account, "Amount": amount, "SourceCurrencyAmount": amount}
                for account, amount in lines
            ],
        }
        made = self.web("POST", "GL/GLJournalBatches", {"JournalHeaders": [entry]})
        self.at_hand[name] = made["BatchNumber"]

    def post_journal(self, name: str) -> None:
        """Post a journal batch at hand."""
        self.sage("POST", f"gl/batches/{self.at_hand[name]}/post", {})

    # Masters

    def edit_vendor(self, code: str, **changes: Any) -> None:
        """Edit a vendor."""
        self.sage("PATCH", f"records/AP/APVendors/{code}", changes)

    def edit_account(self, code: str, **changes: Any) -> None:
        """Edit an account."""
        self.sage("PATCH", f"records/GL/GLAccounts/{code}", changes)
