"""A/P invoices that clerks type: rent, electricity, supplies; charged to cost centres."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from ml_connector_sandbox.sage300._rates import multiplier_of, multiply
from ml_connector_sandbox.sage300.books import _chart
from ml_connector_sandbox.sage300.books._documents import Charge, Payable
from ml_connector_sandbox.sage300.books._generate_lines import tax_in_cents
from ml_connector_sandbox.sage300.books._terms import due_dates

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from ml_connector_sandbox.sage300._rates import RateTable
    from ml_connector_sandbox.sage300.books._generate_orders import VendorFacts


class DistributionCode(NamedTuple):
    """A shortcut for an account (`APDistributionCodes`)."""

    code: str
    description: str
    account: str
    center: str
    least: int
    """Cents of an ordinary invoice, from and to."""
    most: int


DISTRIBUTION_CODES = (
    DistributionCode("ELEC", "Electricity, production", _chart.UTILITIES, "300", 40_000, 900_000),
    DistributionCode("GAS", "Heating, office", _chart.UTILITIES, "100", 9_000, 90_000),
    DistributionCode("LEGAL", "Legal fees", _chart.FEES, "100", 50_000, 700_000),
    DistributionCode("OFFICE", "Office supplies", _chart.SUPPLIES, "100", 1_500, 60_000),
    DistributionCode("RENT", "Rent, warehouse", _chart.RENT, "400", 400_000, 400_001),
    DistributionCode("SAMPLE", "Samples & trials", _chart.SUPPLIES, "500", 3_000, 80_000),
    DistributionCode("TRAVE", "Travel, sales east", _chart.TRAVEL, "210", 8_000, 250_000),
    DistributionCode("TRAVW", "Travel, sales west", _chart.TRAVEL, "220", 8_000, 250_000),
)
_RENT = next(code for code in DISTRIBUTION_CODES if code.code == "RENT")
_TEXTS = ("", "Services rendered", 'As agreed; see "SOW 4"', "Frais de déplacement", "March, April")


class Expenses:
    """Makes typed invoices of one company."""

    def __init__(
        self, vendors: Sequence[VendorFacts], dice: random.Random, *, rates: RateTable
    ) -> None:
        """Buy from `vendors`."""
        self._vendors = vendors
        self._dice = dice
        self._rates = rates
        self._count = 0

    def between(self, first: dt.date, last: dt.date, *, count: int) -> Iterator[Payable]:
        """Yield rent at every start of a month, and `count` other invoices over the time."""
        day = first.replace(day=1)
        while day <= last:
            if day >= first:
                yield self._make(day, codes=[_RENT], vendor=self._vendors[0])
            day = (day + dt.timedelta(days=32)).replace(day=1)
        span = (last - first).days + 1
        for _ in range(count):
            yield self.make(first + dt.timedelta(days=self._dice.randrange(span)))

    def make(self, day: dt.date) -> Payable:
        """Make one invoice of any kind and of one to three lines."""
        dice = self._dice
        codes = [code for code in DISTRIBUTION_CODES if code is not _RENT]
        chosen = dice.sample(codes, dice.choice((1, 1, 2, 3)))
        return self._make(day, codes=chosen, vendor=dice.choice(self._vendors))

    def _make(
        self, day: dt.date, *, codes: Sequence[DistributionCode], vendor: VendorFacts
    ) -> Payable:
        dice = self._dice
        self._count += 1
        rate = multiplier_of(vendor.currency, self._rates.find(vendor.currency, day))
        charges = [self._charge(code, vendor, rate) for code in codes]
        tax = sum(charge.tax for charge in charges)
        kind = dice.choices(("Invoice", "CreditNote", "DebitNote", "Interest"), (92, 4, 3, 1))[0]
        due, discount_until = due_dates(vendor.terms, day)
        is_invoice = kind == "Invoice"
        return Payable(
            kind=kind,
            vendor=vendor,
            number=f"{_PREFIXES[kind]}{day:%y%m}-{self._count:05d}",
            date=day,
            due=due if is_invoice else day,
            discount_until=discount_until if is_invoice else None,
            rate=rate,
            charges=charges,
            tax=tax,
            functional_tax=multiply(tax, rate),
            description=dice.choice(_TEXTS),
        )

    def _charge(self, code: DistributionCode, vendor: VendorFacts, rate: int) -> Charge:
        cents = self._dice.randrange(code.least, code.most)
        return Charge(
            f"{code.account}{code.center}",
            cents,
            multiply(cents, rate),
            description=code.description,
            code=code.code if self._dice.random() < 0.6 else "",  # noqa: PLR2004
            comment="" if self._dice.random() < 0.8 else "see attachment\nsecond page",  # noqa: PLR2004
            tax=tax_in_cents(cents, vendor.tax_percent),
        )


_PREFIXES = {"Invoice": "", "CreditNote": "CR", "DebitNote": "DN", "Interest": "IT"}
