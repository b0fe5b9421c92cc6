"""General ledger of a sandbox, posted to through its Web API and read behind the product's back."""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.support.sandbox import call

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.sandbox import Sandbox

TRANSACTIONS = "GL/GLPostedTransactions"


def read_records(sandbox: Sandbox, resource: str) -> list[dict[str, Any]]:
    """Return every record of a resource, as stored."""
    found = sandbox.sage("GET", f"records/{resource}")
    records: list[dict[str, Any]] = found["records"] if isinstance(found, dict) else found
    return records


def web_api(sandbox: Sandbox, method: str, path: str, body: object = None) -> Any:
    """Call the Web API as another client would."""
    info = sandbox.info["sage300"]
    pair = b64encode(f"{info['username']}:{info['password']}".encode()).decode()
    url = f"{info['base_url']}/{info['company']}/{path}"
    return call(method, url, body, {"Authorization": f"Basic {pair}"})


def post_journal(
    sandbox: Sandbox, lines: dict[str, float], *, date: str, source_type: str = "JE"
) -> str:
    """Enter, ready and post a journal; return the number of its batch."""
    entry = {
        "SourceLedger": "GL",
        "SourceType": source_type,
        "PostingDate": date,
        "DocumentDate": date,
        "JournalDetails": [
            {"AccountNumber": account, "Amount": amount, "SourceCurrencyAmount": amount}
            for account, amount in lines.items()
        ],
    }
    batch = web_api(sandbox, "POST", "GL/GLJournalBatches", {"JournalHeaders": [entry]})
    number = str(batch["BatchNumber"])
    web_api(sandbox, "PATCH", f"GL/GLJournalBatches('{number}')", {"ReadyToPost": "Yes"})
    chosen = {
        "PostAllBatchesSwitch": "PostbyBatchRange",
        "FromBatchNumber": number,
        "ToBatchNumber": number,
    }
    web_api(sandbox, "POST", "GL/GLPostJournal('$process')", chosen)
    return number


def identify(row: dict[str, Any]) -> str:
    """Return what a transaction id must be, spelled out once more."""
    names = (
        *("AccountNumber", "FiscalYear", "FiscalPeriod", "SourceCurrencyCode"),
        *("SourceLedgerCode", "SourceTypeCode", "PostingSequenceNumber", "DetailCount"),
    )
    return ":".join(["SAMLTD", "GL", *(str(row[name]) for name in names)])


def sum_by_period(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str, str], Decimal]:
    """Return functional sums by account, year and period; zero sums are left out."""
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        where = (row["AccountNumber"], row["FiscalYear"], row["FiscalPeriod"])
        sums[where] += Decimal(row["JournalTransactionAmount"])
    return {where: amount for where, amount in sums.items() if amount}
