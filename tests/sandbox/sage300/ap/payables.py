"""A small company for payables, and what its tests say about it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.sandbox.web import Answer, Sage, call

if TYPE_CHECKING:
    from pathlib import Path

Record = dict[str, Any]

BATCHES = "AP/APInvoiceBatches"
PAYMENTS = "AP/APPaymentAndAdjustmentBatches"
DOCUMENTS = "AP/APPostedDocuments"
DAY = "2026-06-15"
"""The session date; the fiscal year is named by the year it ends in, and begins in April."""
STAMP = f"{DAY}T00:00:00Z"

PAYABLES, PREPAID, TAX = "2000", "1300", "1260"
BANK, DOLLAR_BANK = "1020", "1030"
RENT, GOODS = "6100", "5000"
DISCOUNTS, GAIN, LOSS, ROUNDING = "7000", "7100", "7110", "7190"
INACTIVE, PROHIBITED, FOREIGN_CONTROL, HOME_ONLY = "6800", "6810", "1100", "6900"

LOCAL, DOLLAR, EURO, HELD, GONE = "1200", "USCO", "EUCO", "HELD", "GONE"
STRICT, WARNED = "STRICT", "WARNED"
ACCOUNT_SETS = {"CAD": "TRADE", "USD": "TRADUS", "EUR": "TRADEU"}
"""One for each currency; here all of them have the same accounts."""


def _account(number: str, **fields: object) -> Record:
    return {
        "UnformattedAccount": number,
        "AccountNumber": number,
        "Description": f"Account {number}",
        "Multicurrency": "Yes",
        **fields,
    }


def _control(number: str, ledger: str) -> Record:
    subledger = {"AccountNumber": number, "SubledgerCode": ledger}
    return _account(number, ControlAccount="Yes", ControlAccountSubledgers=[subledger])


ACCOUNTS = [
    *(
        _account(number)
        for number in (PREPAID, TAX, BANK, DOLLAR_BANK, DISCOUNTS, GAIN, LOSS, ROUNDING)
    ),
    _account(RENT, AccountType="IncomeStatement"),
    _account(GOODS, AccountType="IncomeStatement"),
    _account("6100100") | {"AccountNumber": "6100-100"},
    _account("3900", AccountType="RetainedEarnings"),
    _control(PAYABLES, "AP"),
    _control(FOREIGN_CONTROL, "AR"),
    _account(INACTIVE, Status="Inactive"),
    _account(PROHIBITED, PostToAccount="Prohibited"),
    _account(HOME_ONLY, Multicurrency="No"),
]


def _vendor(number: str, currency: str = "CAD", **fields: object) -> Record:
    return {
        "VendorNumber": number,
        "VendorName": f"Vendor {number}",
        "GroupCode": "RAW",
        "AccountSet": ACCOUNT_SETS[currency],
        "CurrencyCode": currency,
        "RateType": {"USD": "SP", "EUR": "SD"}.get(currency, ""),
        "Terms": "N30",
        "TaxGroup": "EXEMPT",
        "DateLastMaintained": "2020-01-01",
        **fields,
    }


VENDORS = [
    _vendor(LOCAL, TaxGroup="STATE"),
    _vendor(DOLLAR, "USD"),
    _vendor(EURO, "EUR"),
    _vendor("NOTAX", Terms="2N10"),
    _vendor("INSTAL", Terms="3PAY"),
    _vendor("VATTED", TaxGroup="TWO"),
    _vendor("RENTER", DistributionType="GLAccount", GLAccount=RENT),
    _vendor("CODED", DistributionType="DistributionCode", DistributionCode="INV"),
    _vendor(HELD, OnHold="OnHold"),
    _vendor(GONE, Status="Inactive"),
    _vendor(STRICT, DuplicateAmountCode="Error", DuplicateDateCode="Error"),
    _vendor(WARNED, DuplicateAmountCode="Warning", DuplicateDateCode="Warning"),
]


def _terms(code: str, *lines: Record, **fields: object) -> Record:
    return {
        "TermsCode": code,
        "TermsPaymentSchedule": [
            {"TermsCode": code, "PaymentNumber": number * 20, **line}
            for number, line in enumerate(lines, start=1)
        ],
        **fields,
    }


def _instalment(percent: float, days: int) -> Record:
    return {"PercentageDue": percent, "DueNumberOfDays": days}


TERMS = [
    _terms("N30", _instalment(100, 30)),
    _terms("2N10", {**_instalment(100, 30), "DiscountPercent": 2, "DiscountNumberOfDays": 10}),
    _terms("3PAY", _instalment(33.33, 30), _instalment(33.33, 60), _instalment(33.34, 90)),
    _terms("EOM", _instalment(100, 0), MethodOfCalcForDueDate="EndOfNextMonth"),
    _terms(
        "DAY15",
        {"PercentageDue": 100, "DueDayOfMonth": 15},
        MethodOfCalcForDueDate="DayOfNextMonth",
    ),
]


def _year(year: int) -> Record:
    months = [divmod((year - 1) * 12 + 3 + month, 12) for month in range(13)]
    starts = [f"{y:04}-{m + 1:02}-01" for y, m in months]
    record: Record = {"FiscalYear": str(year), "NumberOfFiscalPeriods": 12, "Active": "Yes"}
    for number in range(1, 13):
        record[f"FiscalPeriod{number}StartDate"] = starts[number - 1]
        # Periods end on the 28th, so that the calendar has holes to fall into.
        record[f"FiscalPeriod{number}EndDate"] = f"{starts[number - 1][:8]}28"
    return record


def _rate(currency: str, day: str, rate: float) -> Record:
    return {"FromCurrency": currency, "RateDate": day, "Rate": rate}


RATES = [
    {
        "ToCurrency": "CAD",
        "RateType": "SP",
        "DateMatching": "Earlier",
        "RateOperation": "Multiply",
        "CurrencyRateDetail": [
            _rate("USD", "2026-01-01", 1.31),
            _rate("USD", "2026-06-01", 1.35),
            _rate("USD", "2026-07-01", 1.2987654),
        ],
    },
    {
        "ToCurrency": "CAD",
        "RateType": "SD",
        "DateMatching": "Earlier",
        "RateOperation": "Divide",
        "CurrencyRateDetail": [
            _rate("EUR", "2026-01-01", 0.68),
            _rate("EUR", "2026-07-01", 0.7031234),
        ],
    },
]

BANKS = {
    "CCB": {"account": BANK, "currency": "CAD"},
    "SEATAC": {"account": DOLLAR_BANK, "currency": "USD"},
}
TAX_GROUPS = {
    "STATE": [{"authority": "STATE", "percent": "8.25", "account": TAX}],
    "TWO": [
        {"authority": "FED", "percent": "5", "account": TAX},
        {"authority": "PROV", "percent": "7"},
    ],
    "EXEMPT": [],
}


EMPTY = (
    "GL.GLSegmentCodes",
    "GL.GLJournalBatches",
    "GL.GLPostedTransactions",
    "GL.GLPostingJournalDetails",
    "GL.GLAccountFiscalSets",
    "GL.GLPostJournal",
    "AP.APInvoiceBatches",
    "AP.APPaymentAndAdjustmentBatches",
    "AP.APPostedDocuments",
    "AP.APPostedPayments",
    "AP.APPostingErrorMessages",
    "AP.APVendorStatistics",
    "AP.APPostInvoices",
    "AP.APPostPaymentsAndAdjustments",
    "AP.APCreateGLBatch",
)
"""Resources that are installed and hold nothing yet."""


def write_company(folder: Path, **profile: object) -> Path:
    """Write the company's files; `profile` changes its profile."""
    files: dict[str, list[Record]] = {
        "CS.CSCompanyProfile": [
            {
                "DatabaseID": "APTEST",
                "FunctionalCurrency": "CAD",
                "Multicurrency": "Yes",
                "DefaultRateType": "SP",
                "LockedFiscalPeriod": "Error",
                "InactiveGLAccount": "Error",
                "NonexistentGLAccount": "Error",
                **profile,
            }
        ],
        "CS.CSCurrencyCodes": [
            {"CurrencyCodeKey": code, "DecimalPlaces": "Num2"} for code in ("CAD", "USD", "EUR")
        ],
        "CS.CSCurrencyRates": RATES,
        "CS.CSFiscalCalendars": [_year(year) for year in (2026, 2027, 2028)],
        "GL.GLAccounts": ACCOUNTS,
        "GL.GLSourceCodes": [
            {"SourceLedger": "AP", "SourceType": source_type}
            for source_type in ("IN", "DB", "CR", "IT", "PY", "PI", "AD", "MC")
        ],
        "AP.APVendors": VENDORS,
        "AP.APTerms": TERMS,
        "AP.APAccountSets": [
            {
                "AccountSetCode": code,
                "PayablesControlAccount": PAYABLES,
                "DiscountsAccount": DISCOUNTS,
                "PrepaymentAccount": PREPAID,
                "CurrencyCodeForAccount": currency,
                "ExchangeGainAccount": GAIN,
                "ExchangeLossAccount": LOSS,
                "ExchangeRoundingAccount": ROUNDING,
            }
            for currency, code in ACCOUNT_SETS.items()
        ],
        "AP.APDistributionCodes": [
            {
                "DistributionCodeKey": "INV",
                "Description": "Purchase of inventory",
                "GLAccount": GOODS,
                "Discountable": "Yes",
            }
        ],
        **{name: [] for name in EMPTY},
    }
    for name, records in files.items():
        lines = "".join(f"{json.dumps(record)}\n" for record in records)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def line(account: str, amount: float, **fields: object) -> Record:
    return {"GLAccount": account, "DistributedAmount": amount, **fields}


def invoice(number: str, *lines: Record, vendor: str = "NOTAX", **fields: object) -> Record:
    """An entry in the minimal shape of the Sage sheet §5.2; one line of 100 if none is given."""
    details = list(lines) or [line(RENT, 100)]
    total = sum(detail["DistributedAmount"] for detail in details)
    return {
        "VendorNumber": vendor,
        "DocumentNumber": number,
        "DocumentType": "Invoice",
        "DocumentDate": DAY,
        "DocumentTotalIncludingTax": total,
        **fields,
        "InvoiceDetails": details,
    }


def payment(*applied: Record, vendor: str = "NOTAX", **fields: object) -> Record:
    return {
        "VendorNumber": vendor,
        "PaymentDateAdjustmentDate": DAY,
        "PaymentTransactionType": "Payment",
        "CheckNumber": "000017",
        **fields,
        "AppliedPayments": list(applied),
    }


def applied(number: str, amount: float, **fields: object) -> Record:
    return {"DocumentNumber": number, "PaymentAmount": amount, **fields}


def adjustment(number: str, *lines: Record, vendor: str = "NOTAX", **fields: object) -> Record:
    """An adjustment of one document in the shape of the official sample (§5.3)."""
    return {
        "VendorNumber": vendor,
        "PaymentDateAdjustmentDate": DAY,
        **fields,
        "AppliedPayments": [
            {
                "DocumentNumber": number,
                "PaymentType": "Adjustment",
                "AdjustmentGLDistributions": list(lines),
            }
        ],
    }


def distribution(account: str, amount: float, **fields: object) -> Record:
    return {
        "TransactionType": 81,
        "DistributionAmount": amount,
        "DistributionGLAccount": account,
        **fields,
    }


class Payables:
    """The company's Accounts Payable as a Web API user sees it."""

    def __init__(self, sage: Sage) -> None:
        self.sage = sage
        self.control = sage.control

    def send(self, method: str, path: str, body: object) -> Answer:
        return call(method, self.sage.url(path), body=body, headers=self.sage.headers)

    def insert(self, *entries: Record, **fields: object) -> Answer:
        return self.send("POST", BATCHES, {**fields, "Invoices": list(entries)})

    def create(self, *entries: Record, **fields: object) -> Record:
        return _created(self.insert(*entries, **fields))

    def patch(self, number: int, **fields: object) -> Answer:
        return self.send("PATCH", f"{BATCHES}({number})", fields)

    def read(self, number: int) -> Record:
        batch: Record = self.sage.get(f"{BATCHES}({number})").json
        return batch

    def process(self, **fields: object) -> Answer:
        return self.send("POST", "AP/APPostInvoices('$process')", fields)

    def post_range(self, first: int, last: int | None = None) -> Answer:
        """Post in the way production does (§5.2, C)."""
        return self.process(
            ProcessAllBatches="Donotpostallbatches",
            FromBatch=first,
            ToBatch=first if last is None else last,
        )

    def post(self, *entries: Record, **fields: object) -> Record:
        """Create, make ready and post a batch; return it as it is then."""
        number = self.create(*entries, **fields)["BatchNumber"]
        assert self.patch(number, BatchStatus="ReadyToPost").status == 204
        answer = self.post_range(number)
        assert answer.status == 204, answer.raw
        return self.read(number)

    def insert_payments(self, selector: str, *entries: Record, **fields: object) -> Answer:
        body = {"BatchSelector": selector, **fields, "PaymentsAdjustments": list(entries)}
        return self.send("POST", PAYMENTS, body)

    def create_payments(self, selector: str, *entries: Record, **fields: object) -> Record:
        return _created(self.insert_payments(selector, *entries, **fields))

    def read_payments(self, selector: str, number: int) -> Record:
        key = f"BatchSelector='{selector}',BatchNumber={number}"
        batch: Record = self.sage.get(f"{PAYMENTS}({key})").json
        return batch

    def post_payment_range(self, selector: str, number: int) -> Answer:
        return self.send(
            "POST",
            "AP/APPostPaymentsAndAdjustments('$process')",
            {"BatchType": selector, "PostBatchFrom": number, "PostBatchTo": number},
        )

    def post_payments(self, selector: str, *entries: Record, **fields: object) -> Record:
        """Create ready, and post; return the batch as it is then."""
        fields = {"BatchStatus": "ReadyToPost", **fields}
        number = self.create_payments(selector, *entries, **fields)["BatchNumber"]
        answer = self.post_payment_range(selector, number)
        assert answer.status == 204, answer.raw
        return self.read_payments(selector, number)

    def document(self, number: str, vendor: str = "NOTAX") -> Record:
        record: Record = self.sage.get(f"{DOCUMENTS}('{vendor}','{number}')").json
        return record

    def documents(self) -> list[Record]:
        return self.sage.follow(DOCUMENTS)

    def vendor(self, number: str = "NOTAX") -> Record:
        record: Record = self.sage.get(f"AP/APVendors('{number}')").json
        return record

    def postings(self, **fields: str) -> list[Record]:
        """Posted G/L transactions with these values."""
        rows = self.sage.follow("GL/GLPostedTransactions")
        return [row for row in rows if all(row[name] == value for name, value in fields.items())]

    def balance(self, account: str) -> Decimal:
        """What was posted to an account, in functional currency."""
        rows = self.postings(AccountNumber=account)
        return sum((Decimal(row["JournalTransactionAmount"]) for row in rows), Decimal(0))

    def owed(self) -> Decimal:
        """What the sub-ledger says is owed, in functional currency, prepayments aside."""
        return self._due(lambda kind: kind != "Prepayment")

    def prepaid(self) -> Decimal:
        return self._due(lambda kind: kind == "Prepayment")

    def _due(self, is_counted: Any) -> Decimal:
        rows = [row for row in self.documents() if is_counted(row["DocumentType"])]
        return sum((Decimal(row["FunctionalCurrencyAmountDue"]) for row in rows), Decimal(0))


def _created(answer: Answer) -> Record:
    assert answer.status == 201, answer.raw
    batch: Record = answer.json
    return batch
