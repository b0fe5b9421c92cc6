"""What a resource may lay down about its records: defaults, checks, totals, consequences.

The protocol (`writing/_protocol.py`) reads a body into stored values, then asks the rules:

=======  =====================================================================================
insert   `template`, then each field put in the order of the body (its driver runs at once),
         `prepare`, `check`, `settle`; then the record is stored, and `after_insert`
update   each field put into a copy, `check_update`, `check`, `settle`; stored; `after_update`
replace  as an update, on a template that keeps key and `kept`; then `prepare` as well
delete   `check_delete`; removed
=======  =====================================================================================

Details are dicts in lists below the record. All refusals are `WebApiError` with the codes of
the Sage sheet §1.5 and §1.6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ml_connector_sandbox._wire import JsonObject
from ml_connector_sandbox.sage300.writing._session import Session, blank_record

if TYPE_CHECKING:
    from ml_connector_sandbox.sage300._types import Property, Resource

Driver = Callable[[Session, JsonObject], None]
"""Called when its field was put: fills in what the field defaults (Sage sheet §1.4)."""
DetailDriver = Callable[[Session, JsonObject, JsonObject], None]
"""The same for a field of a detail: session, parent record, detail."""


class Rules:
    """The rules of one resource; these here allow whatever fits the fields."""

    drivers: Mapping[str, Driver] = {}
    """By property. A driver given after a field it defaults overwrites that field."""
    detail_drivers: Mapping[str, Mapping[str, DetailDriver]] = {}
    """By collection, then by property of its details."""
    kept: frozenset[str] = frozenset()
    """Properties the server holds: a body's value for them is passed over."""

    own_optional_fields: frozenset[str] = frozenset()
    """Collections of optional fields whose set-up these rules know better than the site."""

    def __init__(self, resource: Resource) -> None:
        """Rule over `resource`."""
        self.resource = resource

    def template(self, session: Session) -> JsonObject:
        """Return a record as the view initialises it."""
        # The company's own definition: a site may have added properties.
        table = session.table(self.resource.module, self.resource.name)
        return blank_record(table.resource.properties)

    def detail_template(
        self, session: Session, record: JsonObject, collection: Property
    ) -> JsonObject:
        """Return a detail of `collection` as the view initialises it."""
        del session, record
        return blank_record(collection.details)

    def prepare(self, session: Session, record: JsonObject, given: JsonObject) -> None:
        """Fill in what a new record still lacks: numbers, dates.

        Raises:
            WebApiError: The record cannot be.
        """

    def check(self, session: Session, record: JsonObject) -> None:
        """Check a whole record, new or changed.

        Raises:
            WebApiError: The record cannot be.
        """

    def check_update(self, session: Session, before: JsonObject, given: JsonObject) -> None:
        """Check whether `before` may be changed, and in this way.

        Raises:
            WebApiError: It may not.
        """

    def settle(self, session: Session, record: JsonObject) -> None:
        """Compute what follows from the other fields: totals, states, stamps."""

    def after_insert(self, session: Session, record: JsonObject) -> None:
        """Draw the consequences of a stored new record; `record` is answered."""

    def after_update(self, session: Session, record: JsonObject) -> None:
        """Draw the consequences of a stored change."""

    def check_delete(self, session: Session, record: JsonObject) -> None:
        """Check whether a record may go.

        Raises:
            WebApiError: It is in use.
        """


class BatchRules(Rules):
    """The rules of a batch: its entries enter one by one.

    The switch `nested_creation` (unknown 5) decides what stays of a new batch when an entry
    is refused, so the protocol drives: `open`, `add_entry` for each, `close`.
    """

    entries = ""
    """Name of the collection of entries."""

    def open(self, session: Session, given: JsonObject) -> JsonObject:
        """Return a new batch without entries, numbered by the server.

        Args:
            session: Who and when.
            given: What the body says of the header, in its order, without entries.

        Raises:
            WebApiError: The header cannot be.
        """
        raise NotImplementedError

    def add_entry(self, session: Session, batch: JsonObject, entry: JsonObject) -> JsonObject:
        """Return the whole entry that `entry`, as given, becomes; numbered, not yet added.

        Raises:
            WebApiError: The entry, or one of its details, cannot be.
        """
        raise NotImplementedError

    def change_entry(
        self, session: Session, batch: JsonObject, entry: JsonObject, given: JsonObject
    ) -> JsonObject:
        """Return what `given` makes of an existing entry.

        Raises:
            WebApiError: The change cannot be.
        """
        raise NotImplementedError

    def remove_entry(self, session: Session, batch: JsonObject, entry: JsonObject) -> None:
        """Check whether an entry may be taken out of an open batch; the protocol does it.

        Raises:
            WebApiError: It may not.
        """

    def close(self, session: Session, batch: JsonObject) -> None:
        """Total the batch after entries were added, changed or removed."""

    def after_entries(self, session: Session, batch: JsonObject, given: JsonObject) -> None:
        """Do what the body of a new batch asks for once its entries are in (unknown 19).

        Args:
            session: Who and when.
            batch: The whole batch, about to be stored.
            given: What the body says of the header.

        Raises:
            WebApiError: It cannot be; the batch counts as refused.
        """


class Process:
    """A process: something that is run, and stores nothing of its own."""

    def __init__(self, resource: Resource) -> None:
        """Be run through `resource`."""
        self.resource = resource

    def template(self, session: Session) -> JsonObject:
        """Return the process's fields in their initial position."""
        del session
        return blank_record(self.resource.properties)

    def run(self, session: Session, given: JsonObject) -> None:
        """Run with the fields given; others stand as in the template.

        Raises:
            WebApiError: It cannot run.
        """
        raise NotImplementedError
