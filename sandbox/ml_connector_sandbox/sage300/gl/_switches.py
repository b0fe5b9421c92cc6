"""Switches of General Ledger: what the Sage sheet leaves open about journals and posting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_connector_sandbox._switches import Switch

if TYPE_CHECKING:
    from collections.abc import Mapping

_YES_NO = (True, False)

SWITCHES: Mapping[str, Switch] = {
    "locked_periods": Switch(
        default=[],
        shape=list[str],
        about=(
            "unknown 17: fiscal periods locked for posting, `2027-03` for every application or "
            "`GL:2027-03` for one"
        ),
    ),
    "locked_period_code": Switch(
        default="FieldInvalid",
        positions=("FieldInvalid", "RecordInvalid"),
        about="unknown 17: error code of an entry that falls into a locked period",
    ),
    "unbalanced_entries": Switch(
        default="refused",
        positions=("refused", "accepted"),
        about=(
            "unknown 4: a journal entry that does not balance is refused (409), or stored with "
            "OutOfBalanceBy and found in error at posting"
        ),
    ),
    "journal_checks": Switch(
        default="insert_and_post",
        positions=("insert_and_post", "post"),
        about=(
            "§5.6: accounts, source codes and periods of a journal entry are checked when it is "
            "inserted and again at posting, or at posting only"
        ),
    ),
    "journal_line_descriptions": Switch(
        default="from_entry",
        positions=("from_entry", "blank"),
        about="§5.1 (U): a journal line without a description takes the entry's, or stays blank",
    ),
    "both_amounts_given": Switch(
        default="later_wins",
        positions=("later_wins", "both_kept"),
        about=(
            "§1.4, §5.1: a line's SourceCurrencyAmount put after Amount computes Amount anew "
            "(and the other way in functional currency), or both stay as given"
        ),
    ),
    "omitted_rates": Switch(
        default="looked_up",
        positions=("looked_up", "refused"),
        about=(
            "unknown 22: a line in another currency without a rate takes that of "
            "CSCurrencyRates, or is refused"
        ),
    ),
    "ready_field": Switch(
        default="ReadyToPost",
        positions=("ReadyToPost", "Status", "either"),
        about=(
            "unknown 6: which field of GLJournalBatches makes a batch ready to post when "
            "patched; the other one is refused"
        ),
    ),
    "ready_shows_in_status": Switch(
        default=True,
        positions=_YES_NO,
        about="unknown 6: Status of a ready journal batch is ReadyToPost, or still Open",
    ),
    "ready_in_journal_post": Switch(
        default="honoured",
        positions=("honoured", "ignored"),
        about=(
            "unknowns 6, 19: a POST that already contains `ReadyToPost: Yes` makes the journal "
            "batch ready, or leaves it open"
        ),
    ),
    "unready_batches": Switch(
        default="refused",
        positions=("refused", "skipped", "posted"),
        about=(
            "§5.1 (I): GLPostJournal over a range without any ready batch is refused, does "
            "nothing, or posts open batches as well"
        ),
    ),
    "process_spelling": Switch(
        default="screens",
        positions=("screens", "abbreviated", "numbers"),
        about=(
            "unknown 6: fields of GLPostJournal are named as on the web screens, or shorter "
            "(PostAllBatches, FromBatch, ToBatch, …), or its switches are the numbers 0 and 1"
        ),
    ),
    "error_batch_description": Switch(
        default="kept",
        positions=("kept", "replaced"),
        about="§5.1 (M): an error batch keeps the batch's description, or says where it is from",
    ),
    "posting_moves_stamps": Switch(
        default=True,
        positions=_YES_NO,
        about="unknown 10: posting moves DateLastEdited of the batch",
    ),
    "consolidated_journals": Switch(
        default="detail",
        positions=("detail", "merged"),
        about=(
            "§4.2 (I): posting journals keep the lines of consolidated accounts, or merge them "
            "as GLPostedTransactions does"
        ),
    ),
    "auto_reversals": Switch(
        default="posted",
        positions=("posted", "left_open"),
        about=(
            "§5.1 (I): the generated batch with the reversals of a posted batch is posted at "
            "once, or left open"
        ),
    ),
    "deleted_journal_batches": Switch(
        default="emptied",
        positions=("emptied", "kept"),
        about="§4.2 (I): a batch that was deleted loses its entries, or keeps them",
    ),
}
