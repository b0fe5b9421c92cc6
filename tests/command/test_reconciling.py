"""The rules of reconciliation, by plain values: kinds, who moved, third figures, sums."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ml_connector_command.reconciling._areas import AREAS, LEDGER, ORDERS, PAYABLES, Area, spell
from ml_connector_command.reconciling._formulas import FORMULAS, check_formula
from ml_connector_command.reconciling._judging import Judgement, judge
from ml_connector_command.reconciling._report import build_group_rows, describe, summarise
from ml_connector_command.reconciling._spool import Side, Spool
from target_anaplan import Format

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ml_connector_command.reconciling._kinds import Difference
    from tap_sage300 import ThirdFigures
    from target_anaplan import FreshModel

CENT = Decimal("0.01")


def make_order(number: str = "PO1", line: int = 1000, **changes: Any) -> dict[str, Any]:
    """A record of the tap: an open order line in dollars at 1.25."""
    return {
        "TransactionId": f"SAMLTD:PO:{number}:{line}",
        "PurchaseOrderNumber": number,
        "Vendor": "1200",
        "OrderDate": "2026-01-12",
        "ExpectedArrivalDate": "2026-02-20",
        "PurchaseOrderType": "Active",
        "OnHold": False,
        "Completed": False,
        "ExtendedCost": Decimal(100),
        "Currency": "USD",
        "FunctionalExtendedCost": Decimal("125.00"),
        "FunctionalOutstandingAmount": Decimal("62.50"),
        **changes,
    }


def make_invoice(number: str = "INV1", line: int = 20, **changes: Any) -> dict[str, Any]:
    """A record of the tap: a posted invoice line in Canadian dollars."""
    return {
        "TransactionId": f"SAMLTD:AP:1200:{number}:{line}",
        "VendorNumber": "1200",
        "DocumentNumber": number,
        "GLAccount": "6100100",
        "CostCenter": "100",
        "FiscalYear": "2026",
        "FiscalPeriod": "07",
        "Posted": True,
        "SignedAmount": Decimal("10.5"),
        "FunctionalAmount": Decimal("10.5"),
        **changes,
    }


def make_posting(sequence: int = 1, **changes: Any) -> dict[str, Any]:
    """A record of the tap: a posting."""
    return {
        "TransactionId": f"SAMLTD:GL:{sequence}:1",
        "AccountNumber": "6100100",
        "CostCenter": "100",
        "FiscalYear": "2026",
        "FiscalPeriod": "07",
        "JournalTransactionAmount": Decimal("10.5"),
        "FromPlanning": False,
        **changes,
    }


@dataclass
class Link:
    """What the ledger knows, in place of the model."""

    confirmed: dict[str, str] = field(default_factory=dict)
    rejects: dict[str, str] = field(default_factory=dict)
    has_ledger: bool = True

    def find_confirmed(self, _stream: str, keys: Sequence[str]) -> dict[str, str]:
        return {key: self.confirmed[key] for key in keys if key in self.confirmed}

    def find_rejects(self, _stream: str) -> dict[str, str]:
        return self.rejects

    def knows(self, _stream: str) -> bool:
        return self.has_ledger


@dataclass
class Sage:
    """What else Sage would be asked: which batches stand still, and how small money gets."""

    batches: set[int] = field(default_factory=set)

    def has_batch(self, number: int) -> bool:
        return number in self.batches

    def find_smallest_unit(self) -> Decimal:
        return CENT


@dataclass
class Bench:
    """Both sides of one area."""

    area: Area
    spool: Spool
    link: Link = field(default_factory=Link)
    sage: Sage = field(default_factory=Sage)
    found: list[Difference] = field(default_factory=list)

    def add(self, record: dict[str, Any], *, digest: str = "now") -> None:
        """Add a line of Sage."""
        self.spool.add(Side.SAGE, self.area.read_record(record, digest=digest))

    def load(self, record: dict[str, Any], *, company: str | None = None, **cells: str) -> None:
        """Add the line of Anaplan that a record became, `cells` changed since."""
        row = {self.area.load.list_name: str(record["TransactionId"])}
        for column in self.area.load.columns:
            if column.line_item:
                value = record.get(column.name)
                text = str(value).lower() if isinstance(value, bool) else str(value or "")
                row[column.line_item.name] = text
        changed = {name.replace("_", " "): text for name, text in cells.items()}
        line = self.area.read_row({**row, **changed}, company=company)
        self.spool.add(Side.ANAPLAN, line)

    def judge(self) -> Judgement:
        return judge(
            self.area,
            self.spool,
            cast("FreshModel", self.link),
            sage=cast("ThirdFigures", self.sage),
            take=self.found.append,
        )

    def find(self) -> Difference:
        """Judge, and return the one line that differs."""
        self.judge()
        [difference] = self.found
        return difference


@pytest.fixture
def benches() -> Iterator[dict[str, Bench]]:
    spools = {name: Spool() for name in AREAS}
    yield {name: Bench(area, spools[name]) for name, area in AREAS.items()}
    for spool in spools.values():
        with spool:
            pass


@pytest.fixture
def orders(benches: dict[str, Bench]) -> Bench:
    return benches[ORDERS.name]


@pytest.fixture
def payables(benches: dict[str, Bench]) -> Bench:
    return benches[PAYABLES.name]


@pytest.fixture
def ledger(benches: dict[str, Bench]) -> Bench:
    return benches[LEDGER.name]


@pytest.mark.parametrize(
    ("changes", "cells", "kinds"),
    [
        ({}, {"Functional_Amount": "-125"}, ("sign",)),
        ({}, {"Functional_Amount": "130"}, ("rate",)),
        ({}, {"Functional_Amount": "125.01"}, ("amount",)),
        ({}, {"Functional_Amount": "130", "Amount": "104"}, ("amount",)),
        ({"ExtendedCost": Decimal(125)}, {"Functional_Amount": "130"}, ("amount",)),
        ({}, {"On_Hold": "true"}, ("committed",)),
        ({}, {"Order_Type": "Future"}, ("committed",)),
        ({}, {"Functional_Outstanding": "62.49"}, ("committed",)),
        ({}, {"Vendor": ""}, ("vendor",)),
        ({}, {"Expected_Arrival_Date": "2026-03-01"}, ("period",)),
        ({}, {"Vendor": "9", "Functional_Amount": "-125"}, ("sign", "vendor")),
        ({}, {"Deleted": "true"}, ("deleted on one side", "committed")),
    ],
)
def test_a_line_on_both_sides_has_these_kinds(
    orders: Bench, changes: dict[str, Any], cells: dict[str, str], kinds: tuple[str, ...]
) -> None:
    record = make_order(**changes)
    orders.add(record)
    orders.load(record, **cells)

    assert orders.find().kinds == kinds


@pytest.mark.parametrize(
    "cells",
    [
        {"Functional_Amount": "125.00000000000001"},
        {"Expected_Arrival_Date": "2026-02-01"},
        {"Item": "another", "Order_Date": "2020-01-01"},
    ],
)
def test_residue_and_what_is_not_compared_is_no_difference(
    orders: Bench, cells: dict[str, str]
) -> None:
    orders.add(make_order())
    orders.load(make_order(), **cells)

    assert orders.judge().groups == []
    assert orders.found == []


def test_a_line_marked_as_deleted_counts_as_none(orders: Bench) -> None:
    orders.load(
        make_order(),
        Deleted="true",
        Functional_Amount="0",
        Functional_Outstanding="0",
    )

    assert orders.judge().is_equal


def test_a_deleted_line_that_kept_its_amount_is_told(orders: Bench) -> None:
    orders.load(make_order(), Deleted="true")

    assert orders.find().kinds == ("not in Sage 300",)


@pytest.mark.parametrize(
    ("confirmed", "has_ledger", "cause"),
    [
        ("now", True, "changed in Anaplan"),
        ("before", True, "not as the link last loaded it"),
        (None, True, "not as the link last loaded it"),
        ("now", False, ""),
    ],
)
def test_who_moved_is_told_by_the_row_that_was_confirmed(
    orders: Bench, *, confirmed: str | None, has_ledger: bool, cause: str
) -> None:
    record = make_order()
    if confirmed:
        orders.link.confirmed[record["TransactionId"]] = confirmed
    orders.link.has_ledger = has_ledger
    orders.add(record)
    orders.load(record, Functional_Amount="1")

    assert str(orders.find().cause).startswith(cause)
    assert bool(orders.found[0].cause) == bool(cause)


def test_a_line_that_anaplan_lost_or_refused_or_never_got(orders: Bench) -> None:
    for number in ("LOST", "REFUSED", "NEW"):
        orders.add(make_order(number))
    orders.link.confirmed["SAMLTD:PO:LOST:1000"] = "now"
    orders.link.rejects["SAMLTD:PO:REFUSED:1000"] = "no such vendor"

    orders.judge()

    told = {one.document: (one.kinds, one.details, str(one.cause)) for one in orders.found}
    assert told["LOST"][0] == ("missing in Anaplan",)
    assert told["LOST"][2].startswith("deleted in Anaplan")
    assert told["REFUSED"][:2] == (("rejected",), "no such vendor")
    assert told["NEW"][2].startswith("not as the link last loaded it")


def test_a_line_too_many_is_a_twin_or_not_read_or_gone(orders: Bench) -> None:
    orders.add(make_order("PO1"))
    orders.load(make_order("PO1"))
    orders.load({**make_order("PO1"), "TransactionId": "BY-HAND"})
    orders.load(make_order("PO2"))
    orders.load(make_order("PO3"))
    orders.spool.add_third("PO2", Decimal(100), batch=None)
    orders.link.confirmed["SAMLTD:PO:PO3:1000"] = "before"

    orders.judge()

    told = {one.id: (one.kinds, str(one.cause)[:8]) for one in orders.found}
    assert told["BY-HAND"] == (("doubled line",), "made in ")
    assert told["SAMLTD:PO:PO2:1000"][0] == ("line not read",)
    assert told["SAMLTD:PO:PO3:1000"] == (("not in Sage 300",), "not as t")


def test_a_line_without_an_amount_is_missed_as_well(orders: Bench) -> None:
    orders.add(make_order(FunctionalExtendedCost=Decimal(0), FunctionalOutstandingAmount=None))

    assert orders.find().kinds == ("missing in Anaplan",)


def test_lines_missing_in_a_row_are_one_sentence(orders: Bench) -> None:
    for number in range(100, 200):
        orders.add(make_order(f"PO{number}"))
        if not 120 <= number < 160:
            orders.load(make_order(f"PO{number}"))

    judgement = orders.judge()

    assert judgement.runs == [("SAMLTD:PO:PO120:1000", "SAMLTD:PO:PO159:1000", 40)]
    assert "40 lines in a row" in " ".join(summarise(judgement))


def test_a_period_that_moved_is_in_both_groups_with_its_reason(ledger: Bench) -> None:
    ledger.add(make_posting())
    ledger.load(make_posting(), Fiscal_Period="8")

    judgement = ledger.judge()

    rows = list(build_group_rows(judgement))
    assert {row["group"] for row in rows} == {
        "account 6100100, cost center 100, year 2026, period 7",
        "account 6100100, cost center 100, year 2026, period 8",
    }
    assert all("period: SAMLTD:GL:1:1" in str(row["why"]) for row in rows)


def test_the_largest_difference_comes_first(ledger: Bench) -> None:
    for sequence, account in enumerate(("A", "B", "C")):
        record = make_posting(sequence, AccountNumber=account)
        ledger.add(record)
        ledger.load(record, Functional_Amount=str(Decimal("10.5") + 10**sequence))

    groups = [pair.group[0] for pair in ledger.judge().groups]

    assert groups == ["C", "B", "A"]


@pytest.mark.parametrize(
    ("total", "batches", "differs", "cleared"),
    [
        ("10.50", (), False, 0),
        ("10.51", (), True, 0),
        (None, (), False, 1),
    ],
)
def test_posted_lines_are_tied_to_their_document(
    payables: Bench, *, total: str | None, batches: tuple[int, ...], differs: bool, cleared: int
) -> None:
    payables.sage.batches = set(batches)
    payables.add(make_invoice())
    payables.load(make_invoice())
    if total:
        payables.spool.add_third("1200:INV1", Decimal(total), batch=7)

    judgement = payables.judge()

    assert bool(judgement.thirds) is differs
    assert judgement.cleared == cleared


@pytest.mark.parametrize(
    ("total", "differs"), [("25.00", False), ("25.02", False), ("24.97", True), ("25.03", True)]
)
def test_a_foreign_document_may_be_off_by_the_rounding_of_its_lines(
    payables: Bench, *, total: str, differs: bool
) -> None:
    for line in (20, 40):
        record = make_invoice(line=line, SignedAmount=Decimal(10), FunctionalAmount=Decimal("12.5"))
        payables.add(record)
        payables.load(record)
    payables.spool.add_third("1200:INV1", Decimal(total), batch=7)

    assert bool(payables.judge().thirds) is differs


@pytest.mark.parametrize(("batches", "differs"), [((7,), True), ((), False)])
def test_a_document_without_lines_is_told_while_its_batch_stands(
    payables: Bench, *, batches: tuple[int, ...], differs: bool
) -> None:
    payables.sage.batches = set(batches)
    payables.spool.add_third("1200:INV9", Decimal(99), batch=7)

    judgement = payables.judge()

    assert bool(judgement.thirds) is differs
    assert judgement.cleared == (not differs)
    if not differs:
        assert "1 documents are not tied" in describe([judgement])


def test_unposted_lines_need_no_posted_document(payables: Bench) -> None:
    payables.add(make_invoice(Posted=False))
    payables.load(make_invoice(Posted=False))

    judgement = payables.judge()

    assert judgement.is_equal
    assert judgement.cleared == 0


def test_postings_are_tied_to_the_period_of_their_account(ledger: Bench) -> None:
    for sequence in (1, 2):
        ledger.add(make_posting(sequence))
        ledger.load(make_posting(sequence))
    ledger.spool.add_third("6100100:2026:7", Decimal("20.99"), batch=None)
    ledger.spool.add_third("6100100:2026:8", Decimal(5), batch=None)

    judgement = ledger.judge()

    assert not judgement.groups
    assert {one.document: one.size for one in judgement.thirds} == {
        "6100100:2026:7": CENT,
        "6100100:2026:8": Decimal(5),
    }
    assert ledger.spool.list_periods() == [("2026", "7")]


def test_postings_of_a_period_that_was_not_read_whole_are_tied_to_nothing(ledger: Bench) -> None:
    for sequence, period in enumerate(("07", "08", "17")):
        ledger.add(make_posting(sequence, FiscalPeriod=period))
        ledger.load(make_posting(sequence, FiscalPeriod=period))
    ledger.spool.add_third("6100100:2026:8", Decimal("10.5"), batch=None)

    ledger.spool.untie("2026", "7")

    assert [one.document for one in ledger.judge().thirds] == ["6100100:2026:17"]


def test_documents_of_one_number_are_named_with_who_they_are(payables: Bench) -> None:
    payables.spool.add_header("batch 4 entry 1", "1200:INV1", is_gone=False)
    payables.spool.add_header("batch 5 entry 1", "1200:INV1", is_gone=False)
    payables.spool.add_header("batch 6 entry 1", "1200:INV2", is_gone=False)
    payables.spool.add_header("batch 7 entry 1", "1200:INV2", is_gone=False)
    payables.spool.add_header("batch 6 entry 1", "1200:INV3", is_gone=False)
    payables.spool.add_header("batch 8 entry 1", "1200:INV3", is_gone=False)
    payables.spool.add_header("batch 8 entry 1", "1200:INV3", is_gone=True)

    judgement = payables.judge()

    assert judgement.shared == [("1200:INV1", "batch 4 entry 1 and batch 5 entry 1")]
    assert not judgement.is_equal
    assert "first 1200:INV1: batch 4 entry 1 and" in " ".join(summarise(judgement))


def test_two_documents_whose_lines_have_one_id_are_named(orders: Bench) -> None:
    both = {"TransactionId": "SAMLTD:PO:PO~1"}
    orders.add({**make_order("PO1"), **both})
    orders.add({**make_order("PO1", ExtendedCost=Decimal(7)), **both})
    orders.load({**make_order("PO1"), **both})
    assert orders.judge().shared == []

    orders.add({**make_order("PO2"), **both})

    judgement = orders.judge()
    assert judgement.shared == [("SAMLTD:PO:PO~1", "PO1 and PO2")]
    assert not judgement.is_equal


def test_of_several_companies_the_prefix_is_taken_off_lists_only(orders: Bench) -> None:
    orders.add(make_order())
    orders.load(make_order(), company="SAMLTD", Vendor="SAMLTD:1200", Currency="SAMLTD:X")

    assert orders.judge().groups == []


@dataclass
class Calculated:
    """A calculated module as its default view shows it, totals and parents included."""

    rows: list[dict[str, str]]

    def read_module(self, _name: str) -> Iterator[dict[str, str]]:
        yield from self.rows


def make_commitment(vendor: str, time: str, amount: str) -> dict[str, str]:
    return {"Vendors": vendor, "Time": time, "Functional Outstanding": amount}


@pytest.mark.parametrize(("shown", "differs"), [("62.5", False), ("60", True), ("0", True)])
def test_commitments_are_what_their_lines_add_up_to(
    orders: Bench, *, shown: str, differs: bool
) -> None:
    orders.load(make_order())
    orders.load(make_order("PO2", ExpectedArrivalDate="2031-01-01"))
    orders.load(make_order("PO3", Vendor="", ExpectedArrivalDate="2026-02-21"))
    rows = [
        make_commitment("1200", "Feb 26", shown),
        make_commitment("1200", "FY26", "999"),
        make_commitment("LOCAL", "Feb 26", "999"),
    ]

    found = check_formula(
        FORMULAS["orders"],
        orders.spool.compare_groups(),
        cast("FreshModel", Calculated(rows)),
        company=None,
    )

    assert [(one.key, one.lines) for one in found] == (
        [(("1200", "2026-02"), Decimal("62.5"))] if differs else []
    )


def test_actuals_are_what_their_lines_add_up_to_over_the_years_there_are(ledger: Bench) -> None:
    ledger.load(make_posting(1))
    ledger.load(make_posting(2, FiscalPeriod="13"))
    ledger.load(make_posting(3, FiscalYear="2031"))
    row = {"GL Accounts": "6100100", "Cost Centers": "100", "Functional Amount": "0"}
    rows = [
        row | {"Time": "Oct 25", "Functional Amount": "10.5"},
        row | {"Time": "Mar 26", "Functional Amount": "10.49"},
        row | {"Time": "FY26", "Functional Amount": "21"},
    ]

    [found] = check_formula(
        FORMULAS["ledger"],
        ledger.spool.compare_groups(),
        cast("FreshModel", Calculated(rows)),
        company=None,
    )

    assert (found.lines, found.found) == (Decimal(21), Decimal("20.99"))


@pytest.mark.parametrize(
    ("value", "form", "spelled"),
    [
        (Decimal("10.500"), Format.NUMBER, "10.5"),
        ("62.25000000000001", Format.NUMBER, "62.25"),
        ("", Format.NUMBER, "0"),
        ("07", Format.NUMBER, "7"),
        (Decimal("-0.0000001"), Format.NUMBER, "0"),
        ("ADJ", Format.NUMBER, "ADJ"),
        (True, Format.BOOLEAN, "true"),
        ("", Format.BOOLEAN, "false"),
        ("2026-01-31T00:00:00Z", Format.DATE, "2026-01-31"),
        (None, Format.TEXT, ""),
    ],
)
def test_both_sides_are_spelled_one_way(value: object, form: Format, spelled: str) -> None:
    assert spell(value, form) == spelled


@given(
    st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=2), min_size=1, max_size=40)
)
def test_sums_are_exact(amounts: list[Decimal]) -> None:
    with Spool() as spool:
        bench = Bench(LEDGER, spool)
        for sequence, amount in enumerate(amounts):
            bench.add(make_posting(sequence, JournalTransactionAmount=amount))

        [pair] = list(spool.compare_groups())

        assert pair.sage.amount == sum(amounts)
        assert pair.sage.lines == len(amounts)
