"""`APPaymentAndAdjustmentBatches`: payments (`PY`) and adjustments (`AD`) (§4.3, §5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from typing_extensions import override

from ml_connector_sandbox.sage300._values import plain_number
from ml_connector_sandbox.sage300.ap._batch_rules import KEPT, PayablesBatchRules
from ml_connector_sandbox.sage300.ap._batch_states import check_open
from ml_connector_sandbox.sage300.ap._book import ADJUSTMENTS, PAYMENTS
from ml_connector_sandbox.sage300.ap._invoice_fields import setup_of
from ml_connector_sandbox.sage300.ap._money import ZERO, decimal_of
from ml_connector_sandbox.sage300.ap._payment_entry import APPLIED, ENTRIES, PaymentEntry
from ml_connector_sandbox.sage300.writing._checks import field_invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session


class PaymentBatches(PayablesBatchRules):
    """Rules of the resource."""

    entries = ENTRIES
    kept = KEPT | {"BankCurrencyCode"}

    @override
    def open(self, session: Session, given: JsonObject) -> JsonObject:
        batch = self.template(session)
        self.put_header(session, batch, given)
        selector = str(batch["BatchSelector"])
        if selector not in {PAYMENTS, ADJUSTMENTS}:
            raise field_invalid(f"Batch selector '{selector}' is neither PY nor AD.")
        if selector == PAYMENTS:
            _put_bank(session, batch)
        batch["BatchNumber"] = self.take_number(session, selector)
        return batch

    @override
    def add_entry(self, session: Session, batch: JsonObject, entry: JsonObject) -> JsonObject:
        check_open(batch)
        rules = PaymentEntry(self.resource, batch=batch)
        return self.number_entry(batch, rules.build(session, entry))

    @override
    def change_entry(
        self, session: Session, batch: JsonObject, entry: JsonObject, given: JsonObject
    ) -> JsonObject:
        check_open(batch)
        return PaymentEntry(self.resource, batch=batch).change(session, entry, given)

    @override
    def selector_of(self, batch: JsonObject) -> str:
        return str(batch["BatchSelector"])

    @override
    def total_of(self, entry: JsonObject) -> object:
        return total_of(entry)


def total_of(entry: JsonObject) -> object:
    """Return what an entry adds to its batch's total: the check, or what is adjusted."""
    if entry["PaymentTransactionType"] in {"Adjustment", "ApplyDocument"}:
        amounts = (decimal_of(line["PaymentAmount"]) for line in entry[APPLIED])
        return plain_number(sum(amounts, ZERO))
    return entry["CheckAmountInVendorCurrency"]


def _put_bank(session: Session, batch: JsonObject) -> None:
    """Take the bank's currency; a batch without a bank is of the site's first (I)."""
    banks = cast("Mapping[str, object]", session.switches["ap_banks"])
    batch["BankCode"] = batch["BankCode"] or next(iter(banks), "")
    bank = setup_of(session).bank(str(batch["BankCode"]))
    if bank is None:
        raise field_invalid(f"Bank '{batch['BankCode']}' does not exist.")
    batch["BankCurrencyCode"] = bank.currency.code
