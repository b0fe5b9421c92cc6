"""Two documents under one number: who stands, when the identity of both would be the same.

A number belongs to one document, for it is part of its lines' identity. Where a read finds it on a
second one, that one waits until everything has been read and both have been asked for again: most
often only the number moved, to another document, while we were reading.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from ml_connector.errors import InputError
from ml_connector.events import event

from tap_sage300 import money
from tap_sage300.documents import SharedNumbers
from tap_sage300.memory import stands

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ml_connector.ledger import Document

    from tap_sage300.documents import DocumentFamily, SourceDocument
    from tap_sage300.memory import Memory
    from tap_sage300.progress import DocumentProgress


class Contests:
    """The numbers of one read that more than one document has."""

    def __init__(
        self, memory: Memory, progress: DocumentProgress, *, family: DocumentFamily
    ) -> None:
        """Refer to what the read remembers and has seen."""
        self._memory = memory
        self._progress = progress
        self._family = family
        self._waiting: dict[str, set[int]] = {}

    def admit(self, batch: Sequence[SourceDocument]) -> list[SourceDocument]:
        """Return the documents that may be taken; those whose number another one has must wait."""
        owners = {one.number: set(self._waiting.get(one.number, ())) for one in batch}
        for known in self._find(owners):
            owners[known.number].add(int(known.key))
        admitted = []
        for one in batch:
            if owners[one.number] - {one.key}:
                self._waiting.setdefault(one.number, set()).add(one.key)
                self._progress.settled.add(one.key)
            else:
                owners[one.number].add(one.key)
                admitted.append(one)
        return admitted

    def take_all(self) -> dict[str, list[int]]:
        """Return the contested numbers, with all keys of this read that have or had them."""
        waiting, self._waiting = self._waiting, {}
        for known in self._find(waiting):
            if int(known.key) in self._progress.settled:
                waiting[known.number].add(int(known.key))
        return {number: sorted(keys) for number, keys in sorted(waiting.items())}

    def list_absent(self, number: str) -> list[Document]:
        """Return the documents that have `number` and were not read, which may stand with it."""
        found = self._find([number])
        return [one for one in found if int(one.key) not in self._progress.settled]

    def warn(self, number: str, keys: Sequence[int], *, log: logging.Logger) -> None:
        """Say that a number is looked at again."""
        if self._family.shared_numbers is SharedNumbers.REFUSED:
            event(
                log,
                f"{self._family.headers}.number_twice",
                level=logging.WARNING,
                number=number,
                keys=",".join(map(str, keys)),
                consequence="both are asked for again by key; the run fails if both still have it",
                remedy="give one of them another number in Sage 300",
            )

    def warn_left_out(
        self, documents: Iterable[SourceDocument], *, standing: int, log: logging.Logger
    ) -> None:
        """Name each document that is left out because another one stands under its number."""
        for one in documents:
            event(
                log,
                f"{self._family.headers}.number_twice",
                level=logging.WARNING,
                number=one.number,
                **self._family.name_key(one.key),
                stands=" ".join(f"{k}={v}" for k, v in self._family.name_key(standing).items()),
                consequence="it is left out, its header counts nothing: its lines would be taken"
                " for the other's",
                remedy="delete it, or give it another number in Sage 300",
            )

    def _find(self, numbers: Iterable[str]) -> list[Document]:
        """Return the documents that may have one of `numbers`, so far as we know."""
        found = self._memory.find_by_number(sorted(numbers))
        return [one for one in found if stands(one) and self._may_have(int(one.key))]

    def _may_have(self, key: int) -> bool:
        """Say whether a document may still have the number it was emitted with last.

        Where the run would fail, only what was read counts. A unit that was read without the
        document has it no more.
        """
        if key in self._progress.settled:
            return True
        if self._family.shared_numbers is SharedNumbers.REFUSED:
            return False
        return self._family.unit_of(key) not in self._progress.units


def choose_standing(
    family: DocumentFamily, claimants: Sequence[SourceDocument], absent: Sequence[Document]
) -> int | None:
    """Return the key of the document that stands: the posted one, else the older one.

    Of two posted ones the first is that which has not come: it was here before the other.

    None when that must not be chosen; zero when nobody claims the number.
    """
    ranks = [(one.is_open, True, one.key) for one in claimants]
    ranks += [(one.is_open, False, int(one.key)) for one in absent]
    if family.shared_numbers is SharedNumbers.REFUSED and len(claimants) > 1:
        return None
    return min(ranks, default=(False, False, 0))[-1]


def leave_out(family: DocumentFamily, document: SourceDocument) -> SourceDocument:
    """Return the document as one that counts nothing: without lines, its header with zeros.

    An amount the header does not have stays null.
    """
    counted = [name for name in family.header_amounts if document.header.get(name) is not None]
    return replace(document, header=document.header | dict.fromkeys(counted, money.ZERO), lines=[])


def build_number_error(family: DocumentFamily, number: str, keys: Sequence[int]) -> InputError:
    """Build the error for a number that two documents have."""
    named = " and ".join(map(str, keys))
    return InputError(
        family.headers,
        f"two documents have this number ({family.key} {named}): their lines would be taken for"
        " one another's",
        record=number,
        field=family.number,
        value=number,
        remedy="Give one of them another number in Sage 300 and run again; nothing was marked as"
        " complete.",
    )
