"""A company that people change, and pipelines that follow it: no HTTP, but the real read.

`Books` answers what the Web API would; `Pipeline` runs the tap's own `DocumentRead` against it
with a ledger file, and holds what a perfect target would. Either can be interrupted at any row.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, cast

import msgspec
from tap_sage300.bookmarks import parse_document_bookmark
from tap_sage300.changes import DocumentNames, Horizon, plan_documents
from tap_sage300.discovery import Resource, ScalarType
from tap_sage300.filters import Comparison
from tap_sage300.orders import FAMILY
from tap_sage300.reading import DocumentRead
from tap_sage300.resources import PURCHASE_ORDERS

from tests.tap_sage300.orders import make_line, make_order, make_splitter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ml_connector.ledger import Ledger
    from tap_sage300.client import CompanySession
    from tap_sage300.documents import Archive, DocumentFamily, DocumentSplitter
    from tap_sage300.filters import Clause
    from tap_sage300.memory import Memory
    from tap_sage300.streams.base import Sage300Stream

TODAY = "2026-11-23"
NAMES = DocumentNames(
    key="Key", stamp="Stamp", date="Date", open=(Comparison("Completed", "eq", value=False),)
)
YEARS = [("2026-01-01", "2027-12-31")]
RESOURCE = Resource(
    spec=PURCHASE_ORDERS,
    name="POPurchaseOrders",
    type=ScalarType(kinds={}, server_names={"PurchaseOrderSequenceKey": "Key"}),
)
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ge": lambda a, b: a >= b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ne": lambda a, b: a != b,
}


class KilledError(Exception):
    """The tap was killed."""


@dataclass
class Books:
    """The orders of one company, by key, and how often they were asked for."""

    family: ClassVar[DocumentFamily] = FAMILY
    resource: ClassVar[Resource] = RESOURCE
    names: ClassVar[DocumentNames] = NAMES
    header_keys: ClassVar[tuple[str, ...]] = ()
    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    requests: int = 0
    during_read: Callable[[], None] | None = None
    """Called once, after the first order of the next read has been handed out."""

    def add(self, *lines: int, key: int, **changes: Any) -> dict[str, Any]:
        """Enter an order with these lines."""
        self.orders[key] = make_order(*(make_line(line) for line in lines), key=key, **changes)
        return self.orders[key]

    def set_lines(self, key: int, *lines: int) -> None:
        """Give an order these lines; its stamp does not move."""
        self.orders[key]["PurchaseOrderLines"] = [make_line(line) for line in lines]

    def read(self, clauses: Sequence[Clause]) -> Iterator[dict[str, Any]]:
        """Answer a query, in the order of the keys."""
        self.requests += 1
        found = [one for _, one in sorted(self.orders.items()) if self._meets(one, clauses)]
        for one in found:
            yield dict(one)
            happens, self.during_read = self.during_read, None
            if happens:
                happens()

    def list_standing(self) -> dict[str, str]:
        """Return what is outstanding, by transaction id."""
        split = self.make_splitter().split
        return {
            str(line["TransactionId"]): self.measure(line)
            for raw in self.orders.values()
            for document in split(raw)
            for line in document.lines
        }

    def make_splitter(self) -> DocumentSplitter:
        """Build what splits the units."""
        return make_splitter()

    def make_archive(self) -> Archive | None:
        """Build what knows documents whose unit is gone."""
        return None

    def measure(self, line: Mapping[str, object]) -> str:
        """Return what counts of a line."""
        return str(line["OutstandingAmount"])

    def find_values(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Return what a query can compare."""
        return {
            "Key": raw["PurchaseOrderSequenceKey"],
            "Stamp": dt.date.fromisoformat(raw["LastPostingDate"][:10]),
            "Date": dt.date.fromisoformat(raw["OrderDate"][:10]),
            "Completed": raw["Completed"],
        }

    def _meets(self, raw: dict[str, Any], clauses: Sequence[Clause]) -> bool:
        values = self.find_values(raw)
        return not clauses or any(
            all(COMPARE[part.operator](values[part.property], part.value) for part in clause)
            for clause in clauses
        )


@dataclass
class Session:
    """The part of a company's session that a read of orders uses."""

    books: Books
    ledger: Ledger
    subject: str
    clock: Callable[[], dt.datetime]
    company: str = "SAMLTD"
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("tests"))

    def open_memory(self, kind: str) -> Memory:
        return self.ledger.documents(subject=self.subject, kind=kind)

    def now(self) -> dt.datetime:
        return self.clock()

    def read(
        self,
        _resource: Resource,
        *,
        select: object,  # noqa: ARG002 - as a session's
        clauses: Sequence[Clause],
    ) -> Iterator[dict[str, Any]]:
        return self.books.read(clauses)

    def fetch_record(self, _resource: Resource, key: int) -> dict[str, Any] | None:
        self.books.requests += 1
        return self.books.orders.get(key)


@dataclass
class Written:
    """A stream that keeps what is written to it; after `rows_max` rows the tap is killed."""

    rows_max: int | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, Any]] = field(default_factory=list)
    state: dict[str, Any] | None = None
    is_full: bool = False
    ABORT_AT_RECORD_COUNT: int | None = None

    def write_row(self, row: dict[str, Any]) -> None:
        if self.rows_max is not None and len(self.rows) >= self.rows_max:
            raise KilledError
        self.rows.append(row)

    def set_bookmark(self, state: dict[str, Any]) -> None:
        self.state = msgspec.json.decode(msgspec.json.encode(state))  # noqa: TID251

    @property
    def deleted(self) -> set[str]:
        """The transaction ids told as deleted."""
        return {one["TransactionId"] for one in self.rows if one["_sdc_deleted_at"]}

    @property
    def standing(self) -> list[str]:
        """The transaction ids told as standing, in the order they came."""
        return [one["TransactionId"] for one in self.rows if not one["_sdc_deleted_at"]]


class Ticks:
    """A clock that moves a second whenever somebody looks."""

    def __init__(self) -> None:
        """Start on the company's day."""
        self.at = dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        """Return the time."""
        self.at += dt.timedelta(seconds=1)
        return self.at


@dataclass
class Pipeline:
    """A tap, a perfect target and the state between them."""

    books: Books
    ledger: Ledger
    clock: Callable[[], dt.datetime] = field(default_factory=Ticks)
    subject: str = "sage300-erp.example.com-SAMLTD"
    state: dict[str, Any] | None = None
    held: dict[str, str] = field(default_factory=dict)
    headers: dict[tuple[object, ...], str] = field(default_factory=dict)
    """What is held of headers, of a kind whose headers count."""
    today: str = TODAY
    start_date: str | None = None
    lookback_days: int = 35

    def read(self, *, rows_max: int | None = None) -> Written:
        """Read once; what a kill lets through is in what is returned."""
        written = Written(rows_max=rows_max)
        horizon = Horizon(
            today=self.today,
            lookback_days=self.lookback_days,
            sweep_days=30,
            start_date=self.start_date,
        )
        books = self.books
        bookmark = parse_document_bookmark(self.state or {}, stream=books.family.lines)
        plan = plan_documents(bookmark, names=books.names, horizon=horizon, open_years=YEARS)
        session = Session(books, self.ledger, self.subject, self.clock)
        read = DocumentRead(
            cast("CompanySession", session),
            books.resource,
            {
                books.family.headers: cast("Sage300Stream", Written(rows=written.headers)),
                books.family.lines: cast("Sage300Stream", written),
            },
            family=books.family,
            splitter=books.make_splitter(),
            select=(),
            archive=books.make_archive(),
        )
        try:
            read.run(bookmark, plan, horizon)
        except KilledError:
            assert written.state is None
        return written

    def land(self, written: Written) -> None:
        """Take the rows into the model."""
        for row in written.rows:
            if row["_sdc_deleted_at"]:
                self.held.pop(row["TransactionId"], None)
            else:
                self.held[row["TransactionId"]] = self.books.measure(row)
        for row in written.headers if self.books.family.header_amounts else ():
            key = tuple(row[name] for name in self.books.header_keys)
            self.headers.pop(key, None)
            if not row["_sdc_deleted_at"]:
                self.headers[key] = self.books.measure(row)

    def run(self) -> Written:
        """Read, land and confirm."""
        written = self.read()
        self.land(written)
        assert written.state is not None
        self.state = written.state
        return written
