"""What became of the lines that target-sage300 was given: read from its ledger, not from Sage."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from singer_sdk import typing as th
from typing_extensions import override

from tap_sage300 import fields
from tap_sage300.discovery import Resource, ScalarType
from tap_sage300.resources import ResourceSpec
from tap_sage300.streams.base import Sage300Stream, build_object_schema
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk import Tap

    from tap_sage300.client import CompanySession

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
    not_done_count: int = 0
    """How many lines were refused or held back."""

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

    @override
    def read_and_write(self) -> None:
        """Write every result: what changed is for the target to find."""
        selected = self.list_selected()
        for result in self.session.read_results():
            self.not_done_count += result.status in NOT_DONE
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
