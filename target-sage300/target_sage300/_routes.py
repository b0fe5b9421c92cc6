"""Where batches of each kind are found, set ready and posted (Sage sheet §5.1 to §5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec
from ml_connector.errors import MismatchError
from ml_connector.sage300 import quote_literal

from target_sage300._fields import AP_ADJUSTMENT, AP_INVOICE, GL_JOURNAL
from target_sage300._rows import read_number, read_text

if TYPE_CHECKING:
    from decimal import Decimal

    from ml_connector.sage300 import Spelling

BATCH: Final = "{batch}"
"""Stands for the batch's number in the setting `post_call`."""
BATCH_DIGITS: Final = 6
"""Of numbers that are texts."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """How batches of one kind are found, set ready and posted."""

    module: str
    batches: str
    process: str
    ready_changes: tuple[Mapping[str, str], ...]
    """What may set a batch ready, the likelier first."""
    one_batch: str
    """The word in the switch's value that keeps the process to the batches named."""
    posts_all_by_default: bool = False
    """Whether the switch stands for every batch when nobody sets it (Sage sheet §4.3)."""
    selector: str = ""
    """What tells its batches from others with the same numbers; blank where nothing has to."""
    has_text_numbers: bool = False
    """Whether numbers of batches are texts, with zeros in front."""

    def build_key(
        self, number: str, spelling: Spelling
    ) -> str | int | Mapping[str, str | int | Decimal]:
        """Return the key of a batch."""
        if not self.selector:
            return number if self.has_text_numbers else int(number)
        name = spelling.name
        return {name("BatchSelector"): self.selector, name("BatchNumber"): int(number)}

    def build_filter(self, after: int, spelling: Spelling) -> str:
        """Return what is met by its batches with a number above `after`."""
        last = f"{after:0{BATCH_DIGITS}}" if self.has_text_numbers else after
        is_behind = f"{spelling.name('BatchNumber')} gt {quote_literal(last)}"
        if not self.selector:
            return is_behind
        return f"{spelling.name('BatchSelector')} eq {quote_literal(self.selector)} and {is_behind}"

    def read_number(self, batch: Mapping[str, object]) -> str:
        """Return the number of a batch; blank for none."""
        read = read_text if self.has_text_numbers else read_number
        return read(batch, "BatchNumber")

    def refuse(self, expected: str, found: str) -> MismatchError:
        """Return the error for a process that cannot be kept to one batch."""
        return MismatchError(
            "process",
            self.process,
            expected=expected,
            found=found,
            remedy="Nothing was posted. Say in postings, under post_call, what the process is to be"
            f" sent, with {BATCH} for the batch's number, as {self.process} of the Web API takes"
            " it; or leave batches ready (post: ready) and post them in Sage 300.",
        )


ROUTES: Final[Mapping[str, Route]] = {
    GL_JOURNAL: Route(
        module="GL",
        batches="GLJournalBatches",
        process="GLPostJournal",
        ready_changes=({"ReadyToPost": "Yes"}, {"Status": "ReadyToPost"}),
        one_batch="range",
        posts_all_by_default=True,
        has_text_numbers=True,
    ),
    AP_INVOICE: Route(
        module="AP",
        batches="APInvoiceBatches",
        process="APPostInvoices",
        ready_changes=({"BatchStatus": "ReadyToPost"},),
        one_batch="not",
    ),
    AP_ADJUSTMENT: Route(
        module="AP",
        batches="APPaymentAndAdjustmentBatches",
        process="APPostPaymentsAndAdjustments",
        ready_changes=({"BatchStatus": "ReadyToPost"},),
        one_batch="not",
        selector="AD",
    ),
}
