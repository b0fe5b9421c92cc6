"""Rules, processes and switches of Accounts Payable documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox.sage300.ap._invoice_batches import InvoiceBatches
from ml_connector_sandbox.sage300.ap._payment_batches import PaymentBatches
from ml_connector_sandbox.sage300.ap._processes import CreateGLBatch, PostInvoices, PostPayments
from ml_connector_sandbox.sage300.ap._switches import SWITCHES
from ml_connector_sandbox.sage300.catalog import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox.sage300.writing._rules import Process, Rules

__all__ = ["PROCESSES", "RULES", "SWITCHES"]

_RULES = (
    InvoiceBatches(RESOURCES["AP", "APInvoiceBatches"]),
    PaymentBatches(RESOURCES["AP", "APPaymentAndAdjustmentBatches"]),
)
_PROCESSES = (
    PostInvoices(RESOURCES["AP", "APPostInvoices"]),
    PostPayments(RESOURCES["AP", "APPostPaymentsAndAdjustments"]),
    CreateGLBatch(RESOURCES["AP", "APCreateGLBatch"]),
)

RULES: Mapping[tuple[str, str], Rules] = {rules.resource.path: rules for rules in _RULES}
PROCESSES: Mapping[tuple[str, str], Process] = {
    process.resource.path: process for process in _PROCESSES
}
