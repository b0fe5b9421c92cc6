"""`GLPostJournal`: posting of journal batches (Sage sheet §4.2 M, §5.1).

Its switch for all batches stands at *all* when nobody sets it: an empty body posts every batch
that is ready. The answer says nothing; what came of it has to be read back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from ml_connector_sandbox.sage300._errors import WebApiError
from ml_connector_sandbox.sage300.catalog._variants import variant_of
from ml_connector_sandbox.sage300.catalog.gl import JOURNAL_BATCHES, POST_JOURNAL
from ml_connector_sandbox.sage300.gl._batch_posting import BatchPosting
from ml_connector_sandbox.sage300.gl._readiness import check_lock, is_open, is_ready
from ml_connector_sandbox.sage300.writing._rules import Process
from ml_connector_sandbox.sage300.writing._session import blank_record

if TYPE_CHECKING:
    from ml_connector_sandbox._wire import JsonObject
    from ml_connector_sandbox.sage300.writing._session import Session

_NUMBER_LENGTH = 6
_LAST = "Z" * _NUMBER_LENGTH


class PostJournal(Process):
    """The process view GL0030."""

    @override
    def template(self, session: Session) -> JsonObject:
        shape = variant_of(self.resource, session.switches)
        fields = blank_record(shape.properties)
        fields[shape.properties[self.resource.index["ToBatchNumber"]].name] = _LAST
        return fields

    @override
    def run(self, session: Session, given: JsonObject) -> None:
        fields = self._read({**self.template(session), **given}, session)
        is_range = fields["PostAllBatchesSwitch"] == "PostbyBatchRange"
        is_provisional = fields["ProvisionalPostSwitch"] == "ProvisionalPost"
        first, last = _number(fields["FromBatchNumber"]), _number(fields["ToBatchNumber"])
        if is_range and first > last:
            raise WebApiError("FieldInvalid", f"From batch {first} is after to batch {last}.")
        numbers = self._select(session, first, last) if is_range else self._select(session)
        posting = BatchPosting(session)
        for number in numbers:
            if is_provisional:
                posting.post_provisionally(number)
            else:
                posting.post(number)

    def _read(self, given: JsonObject, session: Session) -> JsonObject:
        """Return the fields by documented name and member, however this site spells them."""
        fields: JsonObject = {}
        shape = variant_of(self.resource, session.switches)
        for item, shown in zip(self.resource.properties, shape.properties, strict=True):
            value = given[shown.name]
            if item.members and isinstance(value, int):
                if value not in range(len(item.members)):
                    raise WebApiError("FieldInvalid", f"{shown.name} cannot be {value}.")
                value = item.members[value]
            fields[item.name] = value
        return fields

    def _select(self, session: Session, first: str = "", last: str = _LAST) -> list[str]:
        """Return the batches to post.

        Raises:
            WebApiError: `RecordInvalid`, none is ready; `General`, somebody has one open.
        """
        position = session.switches.text("unready_batches")
        table = session.table(*JOURNAL_BATCHES.path)
        shown = ("BatchNumber", "Status", "ReadyToPost")
        chosen: list[str] = []
        for row in table.rows_between(from_=first, to=last):
            batch = {name: row[table.resource.index[name]] for name in shown}
            if is_ready(batch) or (position == "posted" and is_open(batch)):
                chosen.append(str(batch["BatchNumber"]))
        if not chosen and position == "refused":
            message = "There is no batch in the range that is set Ready To Post."
            raise WebApiError("RecordInvalid", message)
        for number in chosen:
            check_lock(session, number)
        return chosen


def _number(value: object) -> str:
    text = str(value)
    return text.zfill(_NUMBER_LENGTH) if text.isdigit() else text


PROCESSES = {POST_JOURNAL.path: PostJournal(POST_JOURNAL)}
