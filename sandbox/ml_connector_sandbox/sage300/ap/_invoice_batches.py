"""`APInvoiceBatches`: batches of invoices, debit notes, credit notes and interest (§4.3, §5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300.ap._batch_rules import PayablesBatchRules
from ml_connector_sandbox.sage300.ap._batch_states import check_open
from ml_connector_sandbox.sage300.ap._book import INVOICES
from ml_connector_sandbox.sage300.ap._invoice_entry import ENTRIES, InvoiceEntry

if TYPE_CHECKING:
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session


class InvoiceBatches(PayablesBatchRules):
    """Rules of the resource."""

    entries = ENTRIES

    @override
    def open(self, session: Session, given: JsonObject) -> JsonObject:
        batch = self.template(session)
        batch["SourceApplication"] = "AP"
        self.put_header(session, batch, given)
        batch["BatchNumber"] = self.take_number(session, INVOICES)
        return batch

    @override
    def add_entry(self, session: Session, batch: JsonObject, entry: JsonObject) -> JsonObject:
        check_open(batch)
        rules = InvoiceEntry(self.resource, batch=batch)
        return self.number_entry(batch, rules.build(session, entry))

    @override
    def change_entry(
        self, session: Session, batch: JsonObject, entry: JsonObject, given: JsonObject
    ) -> JsonObject:
        check_open(batch)
        return InvoiceEntry(self.resource, batch=batch).change(session, entry, given)

    @override
    def selector_of(self, batch: JsonObject) -> str:
        del batch
        return INVOICES

    @override
    def total_of(self, entry: JsonObject) -> object:
        return entry["DocumentTotalIncludingTax"]
