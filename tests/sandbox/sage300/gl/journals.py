"""A small company for journals, and what its tests say about it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.sandbox.web import Answer, Sage, call

if TYPE_CHECKING:
    from pathlib import Path

Record = dict[str, Any]

BATCHES = "GL/GLJournalBatches"
DAY = "2026-06-15"
"""The session date; the fiscal year is named by the year it ends in, and begins in April."""
PERIOD = ("2027", "03")

CASH, SALES, RENT, WAGES = "1000", "4000", "6100", "6200"
EQUITY, EURO_BANK, CONSOLIDATED = "3900", "1020", "6900"
INACTIVE, PROHIBITED, CONTROL, UNKNOWN = "6800", "6810", "2000", "9999"


def _account(number: str, kind: str, **fields: object) -> Record:
    return {
        "UnformattedAccount": number,
        "AccountNumber": number,
        "Description": f"Account {number}",
        "AccountType": kind,
        **fields,
    }


ACCOUNTS = [
    _account(CASH, "BalanceSheet"),
    _account(
        EURO_BANK,
        "BalanceSheet",
        Multicurrency="Yes",
        SpecificCurrency="SpecificCurrencies",
        DefaultCurrencyCode="EUR",
        AccountValidCurrencies=[{"AccountNumber": EURO_BANK, "CurrencyCode": "EUR"}],
    ),
    _account(
        CONTROL,
        "BalanceSheet",
        ControlAccount="Yes",
        ControlAccountSubledgers=[{"AccountNumber": CONTROL, "SubledgerCode": "AP"}],
    ),
    _account(EQUITY, "RetainedEarnings"),
    _account(SALES, "IncomeStatement"),
    _account(RENT, "IncomeStatement"),
    _account(
        WAGES,
        "IncomeStatement",
        QuantitiesAllowed="Yes",
        AccountTransactionOptionalFields=[
            {"AccountNumber": WAGES, "OptionalField": "TRANSID", "ValueSet": "No"},
            {"AccountNumber": WAGES, "OptionalField": "SITE", "Value": "HQ", "ValueSet": "Yes"},
        ],
    ),
    _account("4100-10", "IncomeStatement") | {"UnformattedAccount": "410010"},
    _account(CONSOLIDATED, "IncomeStatement", PostToAccount="Consolidated"),
    _account(INACTIVE, "IncomeStatement", Status="Inactive"),
    _account(PROHIBITED, "IncomeStatement", PostToAccount="Prohibited"),
]


def fiscal_year(year: int, periods: int) -> Record:
    months = [divmod((year - 1) * 12 + 3 + month, 12) for month in range(periods + 1)]
    starts = [f"{y:04}-{m + 1:02}-01" for y, m in months]
    record: Record = {"FiscalYear": str(year), "NumberOfFiscalPeriods": periods, "Active": "Yes"}
    for number in range(1, periods + 1):
        record[f"FiscalPeriod{number}StartDate"] = starts[number - 1]
        # Periods end on the 28th, so that the calendar has holes to fall into.
        record[f"FiscalPeriod{number}EndDate"] = f"{starts[number - 1][:8]}28"
    return record


def write_company(folder: Path, **profile: object) -> Path:
    """Write the company's files; `profile` changes its profile."""
    files: dict[str, list[Record]] = {
        "CS.CSCompanyProfile": [
            {
                "DatabaseID": "GLTEST",
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
            {"CurrencyCodeKey": "CAD", "DecimalPlaces": "Num2"},
            {"CurrencyCodeKey": "EUR", "DecimalPlaces": "Num2"},
            {"CurrencyCodeKey": "JPY", "DecimalPlaces": "Num0"},
        ],
        "CS.CSCurrencyRates": [
            {
                "ToCurrency": "CAD",
                "RateType": "SP",
                "DateMatching": "Earlier",
                "CurrencyRateDetail": [
                    {"FromCurrency": "EUR", "RateDate": "2026-01-01", "Rate": 1.4},
                    {"FromCurrency": "EUR", "RateDate": "2026-06-01", "Rate": 1.5},
                    {"FromCurrency": "EUR", "RateDate": "2026-07-01", "Rate": 1.6},
                ],
            }
        ],
        "CS.CSFiscalCalendars": [fiscal_year(year, 12) for year in (2026, 2027, 2028)],
        "GL.GLAccounts": ACCOUNTS,
        "GL.GLSourceCodes": [
            {"SourceLedger": "GL", "SourceType": "JE", "Description": "Journal entry"},
            {"SourceLedger": "GL", "SourceType": "PL", "Description": "Planning"},
        ],
        "GL.GLSegmentCodes": [],
        "GL.GLJournalBatches": [],
        "GL.GLPostedTransactions": [],
        "GL.GLPostingJournalDetails": [],
        "GL.GLAccountFiscalSets": [],
        "GL.GLPostJournal": [],
    }
    for name, records in files.items():
        lines = "".join(f"{json.dumps(record)}\n" for record in records)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def line(account: str, amount: float, **fields: object) -> Record:
    return {"AccountNumber": account, "SourceCurrencyAmount": amount, **fields}


def entry(*lines: Record, **fields: object) -> Record:
    """An entry in the minimal shape of the Sage sheet §5.1."""
    return {
        "SourceLedger": "GL",
        "SourceType": "JE",
        "PostingDate": DAY,
        **fields,
        "JournalDetails": list(lines),
    }


def rent(amount: float = 125.5, **fields: object) -> Record:
    """Rent paid in cash: a good entry."""
    return entry(line(RENT, amount), line(CASH, -amount), **fields)


class Journals:
    """The company's General Ledger as a Web API user sees it."""

    def __init__(self, sage: Sage) -> None:
        self.sage = sage
        self.control = sage.control

    def send(self, method: str, path: str, body: object) -> Answer:
        return call(method, self.sage.url(path), body=body, headers=self.sage.headers)

    def insert(self, *entries: Record, **fields: object) -> Answer:
        return self.send("POST", BATCHES, {**fields, "JournalHeaders": list(entries)})

    def create(self, *entries: Record, **fields: object) -> Record:
        answer = self.insert(*entries, **fields)
        assert answer.status == 201, answer.raw
        batch: Record = answer.json
        return batch

    def patch(self, number: str, **fields: object) -> Answer:
        return self.send("PATCH", f"{BATCHES}('{number}')", fields)

    def read(self, number: str) -> Record:
        batch: Record = self.sage.get(f"{BATCHES}('{number}')").json
        return batch

    def batches(self) -> list[Record]:
        return self.sage.values(BATCHES)

    def process(self, **fields: object) -> Answer:
        return self.send("POST", "GL/GLPostJournal('$process')", fields)

    def post_range(self, first: str, last: str | None = None, **fields: object) -> Answer:
        """Post a range of batches, by the names of the screens."""
        return self.process(
            PostAllBatchesSwitch="PostbyBatchRange",
            FromBatchNumber=first,
            ToBatchNumber=last or first,
            **fields,
        )

    def post(self, *entries: Record, **fields: object) -> Record:
        """Create, make ready and post a batch; return it as it is then."""
        number = self.create(*entries, **fields)["BatchNumber"]
        assert self.patch(number, ReadyToPost="Yes").status == 204
        answer = self.post_range(number)
        assert answer.status == 204, answer.raw
        return self.read(number)

    def desk(self, number: str, deed: str, **fields: object) -> Record:
        batch: Record = self.control.post(f"gl/batches/{number}/{deed}", fields)
        return batch

    def posted(self, **options: object) -> list[Record]:
        return self.sage.follow("GL/GLPostedTransactions", **options)

    def journals(self) -> list[Record]:
        return self.sage.follow("GL/GLPostingJournalDetails")

    def sets(self, **options: object) -> list[Record]:
        return self.sage.follow("GL/GLAccountFiscalSets", **options)

    def fiscal_set(
        self, account: str, year: str = "2027", designator: str = "A", kind: str = "F"
    ) -> Record:
        found = [
            record
            for record in self.sets(filter=f"AccountNumber eq '{account}'")
            if (record["FiscalSetYear"], record["FiscalSetDesignator"], record["CurrencyType"])
            == (year, designator, kind)
        ]
        return found[0] if found else {}


def total(amounts: list[Any]) -> Decimal:
    return sum((Decimal(amount) for amount in amounts), Decimal(0))
