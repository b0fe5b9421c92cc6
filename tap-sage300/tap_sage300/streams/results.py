"""What became of the lines that target-sage300 was given: read from its ledger, not from Sage."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, ClassVar, Final

from ml_connector.events import event
from singer_sdk import typing as th
from typing_extensions import override

from tap_sage300 import fields
from tap_sage300.discovery import Resource, ScalarType
from tap_sage300.resources import ResourceSpec
from tap_sage300.streams.base import Sage300Stream, build_object_schema
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ml_connector.ledger import PostingResult
    from singer_sdk import Tap

    from tap_sage300.client import CompanySession

log = logging.getLogger(__name__)

RESULT_SETTINGS: Final = (
    th.Property(
        "origin",
        th.StringType,
        title="Origin",
        description="Model whose posting_results are read, where several post into one company:"
        " as the setting origin of target-sage300.",
    ),
    th.Property(
        "fail_on_refused",
        th.BooleanType,
        default=False,
        title="Fail on refused entries",
        description="End with exit code 3 when posting_results holds refused entries or such that"
        " were held back, after all results were written.",
    ),
)
NAMED_MAX: Final = 5
NOT_DONE: Final = frozenset({"refused", "held"})
_KINDS: Final[Mapping[str, Kind]] = {
    fields.COMPANY: Kind.TEXT,
    "TransactionId": Kind.TEXT,
    "Revision": Kind.INTEGER,
    "Status": Kind.TEXT,
    "Batch": Kind.TEXT,
    "Entry": Kind.TEXT,
    "Reason": Kind.TEXT,
    "PostedDate": Kind.DATE,
}


class PostingResults(Sage300Stream):
    """What became of each line that target-sage300 was given, from the ledger they share."""

    name = "posting_results"
    key_names: ClassVar[tuple[str, ...]] = ("TransactionId",)
    by_default = False
    asks_sage = False
    not_done: list[str]
    """The first lines that were refused or held back."""
    not_done_count: int = 0

    @property
    def has_failed(self) -> bool:
        """Whether the run is to end with an error because of what it has read."""
        return self.session.settings.fail_on_refused and self.not_done_count > 0

    @classmethod
    @override
    def discover(cls, tap: Tap, *, session: CompanySession) -> PostingResults:
        names = ScalarType(kinds=_KINDS, server_names={one: one for one in _KINDS})
        spec = ResourceSpec(module="", name=cls.name, key=cls.key_names, wanted=tuple(_KINDS))
        resource = Resource(spec=spec, name=cls.name, type=names)
        schema = build_object_schema(_KINDS, keys=cls.key_names)
        return cls(tap, session=session, resource=resource, schema=schema)

    def tell_not_done(self) -> None:
        """Say why the run ends with an error; the last line that a job shows."""
        event(
            log,
            "results.not_entered",
            level=logging.ERROR,
            lines=self.not_done_count,
            such_as=", ".join(self.not_done),
            remedy="Their reasons are in the model (SYS Posting Status), and shown by"
            " `ml-connector postings list --state refused`. Correct them in the model.",
        )

    def _count(self, result: PostingResult) -> None:
        if result.status in NOT_DONE:
            self.not_done_count += 1
            if len(self.not_done) < NAMED_MAX:
                self.not_done.append(result.transaction_id)

    @override
    def read_and_write(self) -> None:
        """Write every result: what changed is for the target to find."""
        selected = self.list_selected()
        self.not_done = []
        for result in self.session.read_results():
            self._count(result)
            record: dict[str, object] = {
                fields.COMPANY: self.session.company,
                "TransactionId": result.transaction_id,
                "Revision": result.revision,
                "Status": result.status,
                "Batch": result.batch,
                "Entry": result.entry,
                "Reason": result.reason,
                "PostedDate": result.posted_date.isoformat() if result.posted_date else None,
            }
            self.write_row({name: record[name] for name in selected})
        if self.ABORT_AT_RECORD_COUNT is None:
            self.set_bookmark({"complete": True})
