"""Time passes: the company lives on by the program's own rules, and its books still agree."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector_sandbox._part import ServeOptions
from ml_connector_sandbox._server import serving

from tests.sandbox.sage300.books.accounting import Auditor
from tests.sandbox.web import Sage, call

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONDAY = "2026-11-23"


def start(sage: Sage, day: str = _MONDAY) -> None:
    sage.control.post("clock", {"set": f"{day}T12:00:00Z"})
    sage.control.post("reset", {})


@pytest.fixture
def sage() -> Iterator[Sage]:
    """A company of eighty orders, on a Monday."""
    with serving(ServeOptions(orders=80)) as ready:
        sage = Sage(ready["sage300"])
        start(sage)
        yield sage


def advance(sage: Sage, days: int) -> dict[str, int]:
    done: dict[str, int] = sage.control.post("business/advance", {"days": days})
    return done


def audit(sage: Sage) -> Auditor:
    def read(name: str) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = sage.control.get(sage.record(f"{name[:2]}/{name}"))
        return records

    return Auditor(read)


def count(sage: Sage, path: str) -> int:
    found: int = sage.get(path, count="true", top=1).json["@odata.count"]
    return found


def test_a_month_of_business_leaves_the_books_in_agreement(sage: Sage) -> None:
    paths = ("PO/POPurchaseOrders", "PO/POGetReceipts", "PO/POInvoices", "AP/APPostedPayments")
    before = [count(sage, path) for path in paths]

    done = advance(sage, 35)

    after = [count(sage, path) for path in paths]
    names = ("orders", "receipts", "invoices", "payments")
    assert [new - old for old, new in zip(before, after, strict=True)] == [
        done[name] for name in names
    ]
    assert min(done[name] for name in names) > 0
    assert audit(sage).problems() == []


def test_the_clock_moves_and_stamps_follow(sage: Sage) -> None:
    advance(sage, 2)

    now = dt.datetime.fromisoformat(sage.control.get("clock")["now"])
    stamps = [one["LastPostingDate"][:10] for one in sage.follow("PO/POPurchaseOrders")]
    assert now.date().isoformat() == "2026-11-25"
    assert {"2026-11-24", "2026-11-25"} <= set(stamps)


def test_nobody_works_at_weekends(sage: Sage) -> None:
    start(sage, "2026-11-20")

    assert advance(sage, 2) == {}


def test_the_same_days_are_lived_the_same_way(sage: Sage) -> None:
    first = advance(sage, 10), audit(sage).records("POPurchaseOrders")

    start(sage)

    assert (advance(sage, 10), audit(sage).records("POPurchaseOrders")) == first


def test_what_the_program_refuses_is_left_undone(sage: Sage) -> None:
    sage.control.turn(locked_periods=["2027-08"])

    done = advance(sage, 3)

    assert done["refused"] > 0
    assert audit(sage).problems() == []


@pytest.mark.parametrize("days", [0, 367, "two", 1.5, None])
def test_days_that_are_none_are_refused(sage: Sage, days: object) -> None:
    url = f"{sage.control.origin}/_sandbox/business/advance"

    answer = call("POST", url, body={"days": days})

    assert answer.status == 400
    assert "days" in answer.json["error"]
