"""The memory of emitted documents: rows by key and by number, changed one batch at a time."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from ml_connector.errors import LedgerError
from ml_connector.ledger import Document, DocumentMemory, Ledger, check_no_open_transaction
from ml_connector.ledger._database import BATCH_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EARLY = dt.datetime(2026, 1, 5, 8, tzinfo=dt.UTC)
LATE = EARLY + dt.timedelta(days=1)


@pytest.fixture
def memory(ledger: Ledger) -> DocumentMemory:
    return ledger.documents(subject="sage300-erp-SAMLTD", kind="purchase_orders")


def make_document(key: str, **changes: Any) -> Document:
    """An open order that was seen early."""
    made = Document(key=key, number=f"PO{key}", is_open=True, content="[]", seen_at=EARLY)
    return msgspec.structs.replace(made, **changes)


def remember(memory: DocumentMemory, *documents: Document) -> None:
    """Write documents, whatever was known of them."""
    memory.revise([one.key for one in documents], lambda _: {one.key: one for one in documents})


def recall(memory: DocumentMemory, *keys: str) -> dict[str, Document]:
    """Return what is known of these documents."""
    found: dict[str, Document] = {}

    def look(known: Mapping[str, Document]) -> Mapping[str, Document | None]:
        found.update(known)
        return {}

    memory.revise(keys, look)
    return found


def keys_of(batches: Iterable[list[Document]]) -> set[str]:
    return {one.key for batch in batches for one in batch}


def test_what_was_remembered_is_recalled_as_it_was(memory: DocumentMemory) -> None:
    first = make_document("1", closed_at=LATE, gone_at=EARLY, content='["Müller, \\"x\\""]')

    remember(memory, first, make_document("2"))

    assert recall(memory, "1", "3") == {"1": first}


def test_change_is_given_the_known_and_may_replace_forget_and_add(memory: DocumentMemory) -> None:
    remember(memory, make_document("1"), make_document("2"))
    renumbered = make_document("1", number="NEW", is_open=False, seen_at=LATE)

    memory.revise(["1", "2", "3"], lambda _: {"1": renumbered, "2": None, "3": make_document("3")})

    assert recall(memory, "1", "2", "3") == {"1": renumbered, "3": make_document("3")}


def test_change_that_fails_changes_nothing(memory: DocumentMemory) -> None:
    def fail(_known: Mapping[str, Document]) -> Mapping[str, Document | None]:
        raise KeyError("1")

    with pytest.raises(KeyError):
        memory.revise(["1"], fail)

    assert recall(memory, "1") == {}


def test_more_than_a_batch_at_once_is_refused(memory: DocumentMemory) -> None:
    with pytest.raises(ValueError, match=f"at most {BATCH_ROWS}"):
        memory.revise([str(n) for n in range(BATCH_ROWS + 1)], lambda _: {})


def test_documents_are_found_by_the_number_they_had_last(memory: DocumentMemory) -> None:
    remember(memory, make_document("1"), make_document("2", number="PO1"), make_document("3"))
    remember(memory, make_document("1", number="NEW"))

    assert [one.key for one in memory.find_by_number(["PO1"])] == ["2"]
    assert [one.key for one in memory.find_by_number(["NEW", "PO3"])] == ["1", "3"]
    assert memory.find_by_number([]) == []


def test_open_closed_and_gone_are_told_apart(memory: DocumentMemory) -> None:
    remember(
        memory,
        make_document("open"),
        make_document("seen", seen_at=LATE),
        make_document("closed", is_open=False, closed_at=LATE),
        make_document("old", is_open=False),
        make_document("gone", is_open=False, gone_at=EARLY),
    )

    assert keys_of(memory.iterate_open(not_seen_at=LATE)) == {"open"}
    assert keys_of(memory.iterate_closed(not_seen_at=LATE)) == {"closed"}
    assert keys_of(memory.iterate_closed(not_seen_at=EARLY)) == set()
    assert keys_of(memory.iterate_gone()) == {"gone"}
    assert keys_of(memory.iterate_news(before=LATE)) == {"gone"}
    assert keys_of(memory.iterate_news(before=LATE + dt.timedelta(days=1))) == {"gone", "closed"}


def test_rows_come_in_batches_and_may_be_changed_meanwhile(memory: DocumentMemory) -> None:
    count = BATCH_ROWS * 2 + 7
    for start in range(0, count, BATCH_ROWS):
        some = range(start, min(start + BATCH_ROWS, count))
        remember(memory, *(make_document(f"{n:05}") for n in some))

    sizes = []
    for batch in memory.iterate_open(not_seen_at=LATE):
        check_no_open_transaction()  # whoever has a batch may use the network
        remember(memory, *(msgspec.structs.replace(one, seen_at=LATE) for one in batch))
        sizes.append(len(batch))

    assert sizes == [BATCH_ROWS, BATCH_ROWS, 7]
    assert keys_of(memory.iterate_open(not_seen_at=LATE)) == set()


def test_companies_and_kinds_do_not_see_each_other(ledger: Ledger, memory: DocumentMemory) -> None:
    remember(memory, make_document("1", gone_at=EARLY))
    company = ledger.documents(subject="sage300-erp-OTHER", kind="purchase_orders")
    kind = ledger.documents(subject="sage300-erp-SAMLTD", kind="ap_invoices")

    for other in (company, kind):
        assert recall(other, "1") == {}
        assert other.find_by_number(["PO1"]) == []
        assert keys_of(other.iterate_gone()) == set()
        other.revise(["1"], lambda _: {"1": None})

    assert recall(memory, "1")


def test_two_runs_at_once_lose_nothing_of_each_other(ledger: Ledger) -> None:
    def note(mark: str) -> None:
        memory = ledger.documents(subject="S", kind="K")
        for _ in range(20):
            memory.revise(["1", "2", "new"], lambda known: add(known, mark))

    def add(known: Mapping[str, Document], mark: str) -> Mapping[str, Document | None]:
        found = {key: known.get(key, make_document(key)) for key in ("1", "2", "new")}
        threading.Event().wait(0.01)
        return {
            key: msgspec.structs.replace(one, content=one.content + mark)
            for key, one in found.items()
        }

    remember(ledger.documents(subject="S", kind="K"), make_document("1"), make_document("2"))
    threads = [threading.Thread(target=note, args=(mark,)) for mark in "ab"]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    noted = recall(ledger.documents(subject="S", kind="K"), "1", "2", "new")
    assert len(noted) == 3
    for one in noted.values():
        assert sorted(one.content) == sorted("[]" + "a" * 20 + "b" * 20)


def test_the_network_is_out_of_reach_inside_a_change(memory: DocumentMemory) -> None:
    def slow(_known: Mapping[str, Document]) -> Mapping[str, Document | None]:
        check_no_open_transaction()
        return {}

    with pytest.raises(LedgerError, match="a transaction is open"):
        memory.revise(["1"], slow)
