"""Switches of Accounts Payable: what the Sage sheet §7 leaves open, and site settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox._switches import NOT_NEGATIVE, Switch
from ml_connector_sandbox.sage300.ap._journal import TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

_YES_NO = (True, False)

SWITCHES: Mapping[str, Switch] = {
    "ap_duplicates": Switch(
        default="posted_and_open",
        positions=("posted_and_open", "posted"),
        about="unknown 18: a document number is looked for in open batches too, or among"
        " posted documents only (a second one then fails at posting)",
    ),
    "ap_ready_in_post": Switch(
        default="honoured",
        positions=("honoured", "ignored"),
        about="unknown 19: BatchStatus ReadyToPost inside a POST makes the batch ready (2021"
        " and later), or the batch stays open",
    ),
    "ap_tax_calculation": Switch(
        default="summary",
        positions=("summary", "detail"),
        about="site setting: tax is computed on the sum of a document's lines, or line by line",
    ),
    "ap_undistributed": Switch(
        default="refused",
        positions=("refused", "fails_at_posting"),
        about="§5.2: a document whose total is not what is distributed plus tax is refused at"
        " once (409), or goes to an error batch when posted",
    ),
    "ap_vendor_on_hold": Switch(
        default="refused",
        positions=("refused", "accepted"),
        about="§5.6: documents of a vendor on hold are refused, or taken as on hold",
    ),
    "ap_functional_accounts": Switch(
        default="converted",
        positions=("converted", "refused"),
        about="§5.6: foreign amounts charged to an account that is not multicurrency reach G/L in"
        " functional currency, or are refused",
    ),
    "ap_posting_date": Switch(
        default="document_date",
        positions=("document_date", "batch_date", "session_date"),
        about="site setting: what an entry's posting date is when the body gives none",
    ),
    "ap_posting_seconds": Switch(
        default=0,
        shape=NOT_NEGATIVE,
        about="how long posting takes by the sandbox's clock: meanwhile the batch is"
        " PostInProgress, though the process has answered",
    ),
    "ap_payments_move_activity": Switch(
        default=True,
        positions=_YES_NO,
        about="unknown 10: payments and adjustments move a document's LastActivityDate",
    ),
    "ap_adjustment_sign": Switch(
        default="debit",
        positions=("debit", "credit"),
        about="§5.3: a positive DistributionAmount debits the distribution account (the"
        " payable grows), or credits it",
    ),
    "ap_gl_batches": Switch(
        default="during_posting",
        positions=("during_posting", "on_request"),
        about="§5.2: G/L batches are made while posting, or by APCreateGLBatch",
    ),
    "ap_gl_transactions": Switch(
        default="posted",
        positions=("posted", "new_batch", "existing_batch"),
        about="§5.2: G/L batches made are posted at once, or left open, or added to the open"
        " one that A/P made last",
    ),
    "ap_gl_consolidated": Switch(
        default=False,
        positions=_YES_NO,
        about="§5.2: amounts on one account, period and currency become one G/L detail, its"
        " texts lost",
    ),
    "ap_gl_reference": Switch(
        default="document_number",
        positions=TEXTS,
        about="§5.2: what the site's G/L integration puts into the reference of G/L details",
    ),
    "ap_gl_description": Switch(
        default="vendor_name",
        positions=TEXTS,
        about="§5.2: what the site's G/L integration puts into the description of G/L details",
    ),
    "ap_banks": Switch(
        default={
            "CCB": {"account": "1020", "currency": "CAD"},
            "SEATAC": {"account": "1030", "currency": "USD"},
            "EURO": {"account": "1040", "currency": "EUR"},
        },
        shape=dict[str, dict[str, str]],
        about="site setting: banks with their G/L account and currency",
    ),
    "ap_tax_groups": Switch(
        default={
            "GST": [{"authority": "GST", "percent": "5", "account": "1260"}],
            "EXEMPT": [],
        },
        shape=dict[str, list[dict[str, str]]],
        about="site setting: tax groups with their authorities, rates in percent and the"
        " account of recoverable tax (none: the tax is part of the expense)",
    ),
}
