"""What Sage says of amounts beside the lines: totals of orders, posted documents, fiscal sets.

Read by themselves, from other records or other requests than the lines, so that a line that did not
come, or came twice, cannot be missing or doubled in both.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from tap_sage300 import fields, orders, payables
from tap_sage300.ap_resources import AP_INVOICE_BATCHES, AP_POSTED_DOCUMENTS
from tap_sage300.batch_entries import KINDS, read_status
from tap_sage300.fresh import FreshTap
from tap_sage300.reader import RecordReader
from tap_sage300.resources import PURCHASE_ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_sage300.client import CompanySession

_POSTED: Final = "ap_posted_documents"
_BALANCES: Final = "gl_account_balances"
_PERIOD: Final = re.compile(r"Period(\d\d)NetAmount", re.IGNORECASE)


class ThirdFigure(NamedTuple):
    """A document, or an account's period, by its parts; its amount; the batch it came in."""

    document: tuple[str, ...]
    amount: Decimal
    batch: int | None = None


class ThirdFigures:
    """Reads them of one company; `close` ends the connection."""

    def __init__(self, config: Mapping[str, object]) -> None:
        """Read the settings; nothing is called yet."""
        self._tap = FreshTap(config, streams=frozenset())

    @property
    def _session(self) -> CompanySession:
        return self._tap.session

    def close(self) -> None:
        """Close the connection."""
        self._tap.close(outcome="", exit_code=0)

    def read_orders(self) -> Iterator[ThirdFigure]:
        """Yield each order's own cost, in its currency.

        Orders that a first run leaves out, by `start_date`, are left out.
        """
        resource = self._session.locate(PURCHASE_ORDERS)
        names = (orders.KEY, orders.NUMBER, orders.STAMP, orders.COMPLETED, "ExtendedCost")
        start = self._session.settings.start_date or ""
        for raw in self._session.read(resource, select=names, clauses=()):
            record = RecordReader(
                raw=raw, stream=orders.HEADERS, record=str(raw.get(orders.NUMBER))
            )
            is_old = (record.date(orders.STAMP) or start) < start and record.flag(orders.COMPLETED)
            if not is_old:
                yield ThirdFigure((record.text(orders.NUMBER),), record.amount("ExtendedCost"))

    def read_posted(self) -> Iterator[ThirdFigure]:
        """Yield each posted invoice or note without its tax, in functional currency.

        Documents of batches that a first run leaves out, by `start_date`, are left out.
        """
        left_out = self._find_left_out()
        resource = self._session.locate(AP_POSTED_DOCUMENTS)
        amounts = ("FunctionalCurrencyInvoiceAmount", "FunctionalCurrencyTaxAmount")
        names = (*AP_POSTED_DOCUMENTS.keys, "DocumentType", "BatchNumber", *amounts)
        for raw in self._session.read(resource, select=names, clauses=()):
            record = RecordReader(raw=raw, stream=_POSTED, record=str(raw.get("DocumentNumber")))
            if record.text("DocumentType") not in KINDS:
                continue
            batch = record.whole_key("BatchNumber")
            if batch not in left_out:
                total, tax = (record.amount(name) for name in amounts)
                document = (record.text("VendorNumber"), record.text("DocumentNumber"))
                yield ThirdFigure(document, total - tax, batch)

    def _find_left_out(self) -> set[int]:
        """Return the batches that are final and stamped before `start_date`."""
        start = self._session.settings.start_date
        if start is None:
            return set()
        resource = self._session.locate(AP_INVOICE_BATCHES)
        names = (payables.KEY, payables.STATUS, payables.STAMP)
        return {
            batch.number
            for raw in self._session.read(resource, select=names, clauses=())
            if not (batch := read_status(raw)).is_open
            and (batch.reader.date(payables.STAMP) or start) < start
        }

    def read_balances(self) -> Iterator[ThirdFigure]:
        """Yield each account's net amount per fiscal year and period, in functional currency.

        Periods that are not read whole, by `start_date`, are left out.
        """
        from tap_sage300.balances import DESIGNATOR, YEAR, find_designator  # noqa: PLC0415
        from tap_sage300.resources_gl import GL_ACCOUNT_FISCAL_SETS  # noqa: PLC0415

        resource = self._session.locate(GL_ACCOUNT_FISCAL_SETS)
        for raw in self._session.read(resource, select=(), clauses=()):
            is_actual = find_designator(raw.get(DESIGNATOR)) == "A"
            if not is_actual or not str(raw.get("CurrencyType")).upper().startswith("F"):
                continue
            account, year = str(raw["AccountNumber"]), str(raw[YEAR])
            record = RecordReader(raw=raw, stream=_BALANCES, record=f"{account} {year}")
            for name in raw:
                period = _PERIOD.fullmatch(name)
                amount = record.amount(name) if period else Decimal(0)
                if period and amount and self.is_whole(year, period[1]):
                    yield ThirdFigure((account, year, str(int(period[1]))), amount)

    def is_whole(self, year: str, period: str) -> bool:
        """Tell whether a fiscal period is read whole: it does not begin before `start_date`.

        A period without days of its own, for adjustments or closing, begins with its year.
        """
        start = self._session.settings.start_date
        if start is None:
            return True
        begins = self._first_days.get((year, period.zfill(2))) or self._first_days.get((year, ""))
        # A fiscal year that the calendar lacks may begin as early as a year before its name.
        return (begins or f"{int(year) - 1:04}") >= start

    @cached_property
    def _first_days(self) -> dict[tuple[str, str], str]:
        """The first day of each fiscal period, and of each fiscal year."""
        first: dict[tuple[str, str], str] = {}
        for one in self._session.fetch_fiscal_calendar().periods:
            year, day = str(one["FiscalYear"]), str(one[fields.PERIOD_START])
            first[year, str(one[fields.FISCAL_PERIOD])] = day
            first[year, ""] = min(day, first.get((year, ""), day))
        return first

    def find_smallest_unit(self) -> Decimal:
        """Return the smallest unit of the company's own currency."""
        return Decimal(1).scaleb(-self._session.find_functional_currency().find_decimals())

    def has_batch(self, number: int) -> bool:
        """Tell whether an invoice batch stands still; cleared history has none."""
        resource = self._session.locate(AP_INVOICE_BATCHES)
        return self._session.fetch_record(resource, number) is not None
