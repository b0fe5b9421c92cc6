"""A document's item is found in the item master, whichever way the document writes it."""

from __future__ import annotations

from tap_sage300.item_codes import ItemCodes

MASTER = [
    {"UnformattedItemNumber": "A11030", "ItemNumber": "A1-103/0"},
    {"UnformattedItemNumber": "B7", "ItemNumber": "B7"},
    {"UnformattedItemNumber": "C12", "ItemNumber": "C-12"},
    {"UnformattedItemNumber": "C-12", "ItemNumber": "C--12"},
]


def test_both_spellings_lead_to_the_code() -> None:
    codes = ItemCodes(lambda: MASTER)

    found = [codes.find(number) for number in ("A1-103/0", "A11030", " a1-103/0 ", "B7")]

    assert found == ["A11030", "A11030", "A11030", "B7"]


def test_a_number_that_two_items_could_mean_is_taken_as_it_is_written_on_documents() -> None:
    codes = ItemCodes(lambda: MASTER)

    found = codes.find("C-12")

    assert found == "C12"


def test_an_item_outside_the_master_has_no_code() -> None:
    codes = ItemCodes(lambda: MASTER)

    found = [codes.find(number) for number in ("", "   ", "REPAIR")]

    assert found == [None, None, None]


def test_the_master_is_read_once_and_only_when_an_item_is_looked_for() -> None:
    reads: list[int] = []

    def fetch() -> list[dict[str, str]]:
        reads.append(1)
        return MASTER

    codes = ItemCodes(fetch)
    codes.find("")
    before = len(reads)

    codes.find("A11030")
    codes.find("REPAIR")

    assert (before, len(reads)) == (0, 1)
