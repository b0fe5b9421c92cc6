"""A transaction id is Sage's own key, readable, and never longer than 60 characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_sage300.identity import DocumentKind, build_transaction_id, join_key


def identify(document: str, line: str = "2000") -> str:
    return build_transaction_id(
        company="SAMLTD", kind=DocumentKind.PURCHASE_ORDER, document=(document,), line=line
    )


def test_order_line_is_company_kind_number_and_line() -> None:
    assert identify("PO000123") == "SAMLTD:PO:PO000123:2000"


def test_exactly_sixty_characters_stay_as_they_are() -> None:
    longest = "X" * (60 - len("SAMLTD:PO::2000"))

    assert identify(longest) == f"SAMLTD:PO:{longest}:2000"


@given(st.text(min_size=60, max_size=100))
def test_longer_ids_keep_a_readable_head_and_differ_by_their_tail(document: str) -> None:
    first, second = identify(document, "1000"), identify(document, "2000")

    assert len(first) == len(second) == 60
    assert first.startswith("SAMLTD:PO:")
    assert first != second


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("12", "3:X"), ("12:3", "X")),
        (("12", ":X"), ("12:", "X")),
        (("12:3", "X"), ("12%3A3", "X")),
        (("12%", "3A:X"), ("12%:3A", "X")),
    ],
)
def test_colons_within_vendor_numbers_make_no_two_documents_one(
    first: tuple[str, str], second: tuple[str, str]
) -> None:
    assert join_key(*first) != join_key(*second)


def test_colon_within_a_vendor_number_stays_readable() -> None:
    found = build_transaction_id(
        company="SAMLTD", kind=DocumentKind.AP_INVOICE, document=("12:3", "X:1"), line="20"
    )

    assert found == "SAMLTD:AP:12%3A3:X:1:20"
