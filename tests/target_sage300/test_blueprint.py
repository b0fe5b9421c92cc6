"""The blueprint's own adjustments, as planners entered them, end in Sage to the cent."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ml_connector.ledger import EntryState

from tests.target_sage300.singer import COLUMNS, export

if TYPE_CHECKING:
    from tests.target_sage300.conftest import Books

MODULE = "cells/GL%20Adjustments"


def read_adjustments(books: Books) -> list[dict[str, Any]]:
    """The lines of the module, once its lists have the items that planners chose from."""
    books.sandbox.anaplan("POST", "reset")
    books.sandbox.anaplan("POST", "adjustments/items")
    cells = books.sandbox.anaplan("GET", MODULE)
    return [
        {name: line.get(name) for name in COLUMNS} | {"Transaction ID": code}
        for code, line in cells.items()
    ]


def test_what_planners_approved_stands_in_sage_and_the_rest_is_named(books: Books) -> None:
    lines = read_adjustments(books)

    result = books.run(export(lines))

    created = books.find_in(EntryState.CREATED)
    kept = {entry.name: str(entry.reason) for entry in books.find_in(EntryState.REFUSED)}
    by_reference = {line["Transaction ID"]: line for line in lines}
    standing = books.standing()
    assert result.exit_code == 3
    assert set(standing) == {name for entry in created for name in entry.references}
    assert set(standing.values()) == {1}
    approved_whole = {
        name
        for name, own in group(lines).items()
        if all(line["Company"] == "SAMLTD" and is_yes(line["Approved"]) for line in own)
        and all(int(line["Lines In Entry"]) == len(own) for line in own)
    }
    # One is on accounts that take the company's own currency only; for yen Sage has no rate.
    misplaced = find(lines, "Description", "Refund in dollars")
    in_yen = find(lines, "Currency", "JPY")
    assert {entry.name for entry in created} == approved_whole - misplaced - in_yen
    assert misplaced
    assert in_yen
    assert all("does not take it" in kept[name] for name in misplaced)
    assert all("No rate" in kept[name] for name in in_yen)
    for name in group(lines).keys() - approved_whole:
        assert name in kept or f"entry.left_out entry={name}" in result.log
    for batch in books.batches():
        for entry in batch["JournalHeaders"]:
            for line in entry["JournalDetails"]:
                said = by_reference[line["Reference"]]
                amount = Decimal(said["Debit"] or 0) - Decimal(said["Credit"] or 0)
                assert line["SourceCurrencyAmount"] == amount
                assert line["AccountNumber"] == said["Account"]
                assert entry["PostingDate"][:10] == said["Posting Date"]
                assert (entry["AutoReversal"] == "NextPeriod") == is_yes(said["Reversal"])


def group(lines: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        groups[line["Entry"]].append(line)
    return groups


def find(lines: list[dict[str, Any]], column: str, value: str) -> set[str]:
    """The entries with a line that has `value` in `column`."""
    return {line["Entry"] for line in lines if line[column] == value}


def is_yes(value: object) -> bool:
    return str(value).lower() == "true"
