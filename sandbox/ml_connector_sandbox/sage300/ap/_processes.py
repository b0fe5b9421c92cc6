"""Processes of A/P: `APPostInvoices`, `APPostPaymentsAndAdjustments`, `APCreateGLBatch`.

A/P posts nothing unless it is told which batches: the default of the switch that posts all is
`Donotpostallbatches` (Sage sheet §4.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300.ap._book import ADJUSTMENTS, INVOICES, PAYMENTS
from ml_connector_sandbox.sage300.ap._gl_batches import make_waiting_batch
from ml_connector_sandbox.sage300.ap._invoice_posting import InvoicePoster
from ml_connector_sandbox.sage300.ap._payment_posting import PaymentPoster
from ml_connector_sandbox.sage300.writing._checks import field_invalid
from ml_connector_sandbox.sage300.writing._rules import Process

if TYPE_CHECKING:
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.ap._posting import BatchPoster
    from ml_connector_sandbox.sage300.writing._session import Session

_ALL = "Postallbatches"


class PostInvoices(Process):
    """`APPostInvoices`."""

    @override
    def run(self, session: Session, given: JsonObject) -> None:
        fields = {**self.template(session), **given}
        poster = InvoicePoster(session, INVOICES)
        _post(
            poster,
            is_all=fields["ProcessAllBatches"],
            bounds=(fields["FromBatch"], fields["ToBatch"]),
        )


class PostPayments(Process):
    """`APPostPaymentsAndAdjustments`."""

    @override
    def run(self, session: Session, given: JsonObject) -> None:
        fields = {**self.template(session), **given}
        selector = fields["BatchType"]
        if selector not in {PAYMENTS, ADJUSTMENTS}:
            raise field_invalid(f"Batch type '{selector}' is neither PY nor AD.")
        _post(
            PaymentPoster(session, selector),
            is_all=fields["PostAllBatches"],
            bounds=(fields["PostBatchFrom"], fields["PostBatchTo"]),
        )


class CreateGLBatch(Process):
    """`APCreateGLBatch`: G/L batches of what was posted since the last time."""

    @override
    def run(self, session: Session, given: JsonObject) -> None:
        make_waiting_batch(session)


def _post(poster: BatchPoster, *, is_all: object, bounds: tuple[object, object]) -> None:
    if is_all == _ALL:
        poster.post_all()
        return
    first, last = (int(str(bound)) for bound in bounds)
    if first > last:
        raise field_invalid(f"The first batch {first} is after the last one {last}.")
    poster.post_range(first, last)
