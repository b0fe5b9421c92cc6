"""Rules of accounts, account groups, segment codes and source codes (Sage sheet §4.2, §5.6)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300._values import details_of, plain_number
from ml_connector_sandbox.sage300.catalog.gl import (
    ACCOUNT_GROUPS,
    ACCOUNTS,
    SEGMENT_CODES,
    SOURCE_CODES,
)
from ml_connector_sandbox.sage300.writing._checks import (
    check_account,
    check_references,
    check_required,
    check_unused,
    field_invalid,
    record_invalid,
)
from ml_connector_sandbox.sage300.writing._rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._rules import Driver
    from ml_connector_sandbox.sage300.writing._session import Session

_SEPARATOR = "-"
_SEGMENTS_MAX = 10
_CURRENCIES = ("CS", "CSCurrencyCodes")


def _take_sort_code(session: Session, account: JsonObject) -> None:
    """An account is sorted where its group is."""
    group = session.find(*ACCOUNT_GROUPS.path, account["AccountGroupCode"])
    if group is not None:
        account["AccountGroupSortCode"] = group["AccountGroupSortCode"]


_DRIVERS: Mapping[str, Driver] = {"AccountGroupCode": _take_sort_code}


class AccountRules(Rules):
    """An account: its structure, group, currencies and allocations must make sense."""

    drivers = _DRIVERS
    kept = frozenset({"DateCreated", "YearLastClosed", "AllocationPercentTotal"})

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Format the number by the account's structure and date the record."""
        del given
        check_required(
            record, {"UnformattedAccount": "Account number", "StructureCode": "Structure code"}
        )
        number = str(record["UnformattedAccount"])
        if not re.fullmatch(r"[A-Z0-9]+", number):
            raise field_invalid(f"Account number '{number}' is not valid.")
        record["DateCreated"] = record["DateCreated"] or session.day
        segments = _segments_of(session, number, str(record["StructureCode"]))
        record["AccountNumber"] = record["AccountNumber"] or _SEPARATOR.join(segments)
        for position, segment in enumerate(segments, start=1):
            record[f"AccountSegmentCode{position}"] = segment

    @override
    def check(self, session: Session, record: JsonObject) -> None:
        """Check references, currencies and allocations."""
        check_references(
            session,
            record,
            {
                "AccountGroupCode": (ACCOUNT_GROUPS.path, "Account group"),
                "DefaultCurrencyCode": (_CURRENCIES, "Currency"),
            },
        )
        _check_segments(session, record)
        _check_currencies(session, record)
        if record["ControlAccountSubledgers"] and record["ControlAccount"] == "No":
            raise field_invalid("Subledgers can only be given for a control account.")
        _check_allocations(session, record)

    @override
    def settle(self, session: Session, record: JsonObject) -> None:
        """Total the allocations."""
        del session
        record["AllocationPercentTotal"] = plain_number(_allocated(record))

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """An account with history, or in an open batch, stays."""
        number = record["UnformattedAccount"]
        check_unused(
            session,
            number,
            label="Account",
            uses={
                "GL/GLPostedTransactions": "AccountNumber",
                "GL/GLAccountFiscalSets": "AccountNumber",
                "AP/APVendors": "GLAccount",
            },
        )
        if number in _accounts_in_open_batches(session):
            raise record_invalid(f"Account '{number}' is used in an open batch.")


class AccountGroupRules(Rules):
    """A group of accounts."""

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Sort a group by its code when nothing else is said."""
        del session, given
        check_required(record, {"AccountGroupCode": "Account group code"})
        record["AccountGroupSortCode"] = (
            record["AccountGroupSortCode"] or record["AccountGroupCode"]
        )

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """A group with accounts stays."""
        uses = {"GL/GLAccounts": "AccountGroupCode"}
        check_unused(session, record["AccountGroupCode"], label="Account group", uses=uses)


class SegmentCodeRules(Rules):
    """A code of one segment of account numbers."""

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Both parts of the key are needed, and the segment must be one the company has."""
        del given
        check_required(record, {"SegmentNumber": "Segment number", "SegmentCode": "Segment code"})
        numbers = _segment_numbers(session)
        if numbers and record["SegmentNumber"] not in numbers:
            raise field_invalid(f"Segment number '{record['SegmentNumber']}' does not exist.")

    @override
    def check(self, session: Session, record: JsonObject) -> None:
        """The closing account must exist."""
        check_account(session, record["ClosingAccount"], label="Closing account")

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """A code that accounts are made of stays."""
        position = str(record["SegmentNumber"]).lstrip("0")
        uses = {"GL/GLAccounts": f"AccountSegmentCode{position}"}
        check_unused(session, record["SegmentCode"], label="Segment code", uses=uses)


class SourceCodeRules(Rules):
    """Where journals come from: ledger and type."""

    @override
    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Both parts of the key are needed."""
        del session, given
        check_required(record, {"SourceLedger": "Source ledger", "SourceType": "Source type"})

    @override
    def check_delete(self, session: Session, record: JsonObject) -> None:
        """A source code of posted journals stays."""
        code = (record["SourceLedger"], record["SourceType"])
        table = session.company.find_table("GL", "GLPostedTransactions")
        if table is None:
            return
        index = table.resource.index
        ledger, kind = index["SourceLedgerCode"], index["SourceTypeCode"]
        if any((row[ledger], row[kind]) == code for row in table.rows_between()):
            message = f"Source code '{code[0]}-{code[1]}' is used in posted transactions."
            raise record_invalid(message)


def _segments_of(session: Session, number: str, structure: str) -> list[str]:
    """Part a number as other accounts of the structure are parted; structures are not served.

    Raises:
        WebApiError: No account has the structure, though there are accounts.
    """
    table = session.table(*ACCOUNTS.path)
    index = table.resource.index
    lengths: set[tuple[int, ...]] = set()
    for row in table.rows_between():
        if row[index["StructureCode"]] == structure:
            parts = str(row[index["AccountNumber"]]).split(_SEPARATOR)
            lengths.add(tuple(len(part) for part in parts))
    if not lengths and len(table):
        raise field_invalid(f"Structure code '{structure}' does not exist.")
    fitting = next((item for item in sorted(lengths) if sum(item) == len(number)), None)
    if fitting is None:
        return [number]
    starts = [sum(fitting[:position]) for position in range(len(fitting))]
    return [number[start : start + length] for start, length in zip(starts, fitting, strict=True)]


def _check_segments(session: Session, record: JsonObject) -> None:
    """Segments after the first must be codes that the company has, where it has any."""
    table = session.company.find_table(*SEGMENT_CODES.path)
    numbers = _segment_numbers(session)
    for position in range(1, _SEGMENTS_MAX + 1):
        number, code = f"{position:06d}", record[f"AccountSegmentCode{position}"]
        if table is None or not code or number not in numbers:
            continue
        if table.find((number, code)) is None:
            raise field_invalid(f"Segment code '{code}' does not exist in segment {position}.")


def _segment_numbers(session: Session) -> set[object]:
    table = session.company.find_table(*SEGMENT_CODES.path)
    return set() if table is None else {row[0] for row in table.rows_between()}


def _check_currencies(session: Session, record: JsonObject) -> None:
    valid = [item["CurrencyCode"] for item in record["AccountValidCurrencies"]]
    for currency in valid:
        if session.lacks(*_CURRENCIES, currency):
            raise field_invalid(f"Currency '{currency}' does not exist.")
    is_specific = record["SpecificCurrency"] == "SpecificCurrencies"
    if record["Multicurrency"] == "No" and (valid or is_specific):
        raise field_invalid("Currencies can only be given for a multicurrency account.")
    default = record["DefaultCurrencyCode"]
    if is_specific and default and default not in valid:
        raise field_invalid(f"Currency '{default}' is not valid for the account.")


def _check_allocations(session: Session, record: JsonObject) -> None:
    for instruction in record["AccountAllocationInstructions"]:
        check_account(session, instruction["AllocationAccount"], label="Allocation account")
    check_account(session, record["AllocOffsetAccount"], label="Allocation offset account")
    total = _allocated(record)
    if record["AllocationsAllowed"] != "NoAllocation" and total != Decimal(100):
        raise record_invalid(f"Allocation percentages must total 100, not {total:f}.")


def _allocated(record: JsonObject) -> Decimal:
    instructions = record["AccountAllocationInstructions"]
    return sum((Decimal(str(item["Percentage"])) for item in instructions), Decimal(0))


def _accounts_in_open_batches(session: Session) -> set[object]:
    return set(_used_accounts(session)) if session.is_installed("GL", "GLJournalBatches") else set()


def _used_accounts(session: Session) -> Iterator[object]:
    for batch in session.records("GL", "GLJournalBatches"):
        if batch["Status"] in {"Posted", "Deleted"}:
            continue
        for header in batch["JournalHeaders"]:
            for detail in details_of(header["JournalDetails"]):
                yield str(detail["AccountNumber"]).replace(_SEPARATOR, "")


RULES = {
    ACCOUNTS.path: AccountRules(ACCOUNTS),
    ACCOUNT_GROUPS.path: AccountGroupRules(ACCOUNT_GROUPS),
    SEGMENT_CODES.path: SegmentCodeRules(SEGMENT_CODES),
    SOURCE_CODES.path: SourceCodeRules(SOURCE_CODES),
}
