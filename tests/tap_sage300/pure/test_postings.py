"""Records of postings, and the windows in which they are read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ml_connector.errors import InputError, SettingError
from tap_sage300 import postings
from tap_sage300.cost_centers import CostCenterRule, CostCenters
from tap_sage300.postings import PostingBuilder, SourceCode, Window, Windows, parse_source
from tap_sage300.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = {
    "UnformattedAccount": "6100100",
    "AccountNumber": "6100-100",
    "AccountSegmentCode2": "100",
}


def make_raw(**changes: object) -> dict[str, object]:
    raw: dict[str, object] = {
        "AccountNumber": "6100100",
        "FiscalYear": "2026",
        "FiscalPeriod": "04",
        "SourceCurrencyCode": "USD",
        "SourceLedgerCode": "AP",
        "SourceTypeCode": "IN",
        "PostingSequenceNumber": 1012,
        "DetailCount": 7,
        "JournalDate": "2026-07-11T00:00:00Z",
        "JournalTransactionAmount": Decimal("136.20"),
        "SourceCurrencyAmount": 100,
    }
    return raw | changes


def build(**changes: object) -> dict[str, object]:
    builder = PostingBuilder(
        company="SAMLTD",
        copied={"JournalDate": Kind.DATE, "SourceCurrencyAmount": Kind.NUMBER},
        cost_centers=CostCenters([ACCOUNT], rule=CostCenterRule(segment=2), look_up=lambda _: None),
        planning=SourceCode("GL", "PL"),
    )
    return builder.build(make_raw(**changes))


def test_a_posting_keeps_its_amounts_and_is_known_by_sages_own_key() -> None:
    assert build() == {
        "TransactionId": "SAMLTD:GL:6100100:2026:04:USD:AP:IN:1012:7",
        "Company": "SAMLTD",
        "AccountNumber": "6100100",
        "PostingSequenceNumber": 1012,
        "JournalDate": "2026-07-11",
        "JournalTransactionAmount": Decimal("136.20"),
        "SourceCurrencyAmount": 100,
        "CostCenter": "100",
        "FromPlanning": False,
    }


def test_numbers_of_the_key_are_the_same_however_they_are_written() -> None:
    scaled = build(PostingSequenceNumber=Decimal("1012.000"), DetailCount=Decimal("7.0"))

    assert scaled["TransactionId"] == build()["TransactionId"]


def test_a_formatted_account_is_the_same_account() -> None:
    assert build(AccountNumber="6100-100")["AccountNumber"] == "6100100"


def test_what_was_posted_with_plannings_source_code_is_from_planning() -> None:
    assert build(SourceLedgerCode="GL", SourceTypeCode="PL")["FromPlanning"] is True
    assert build(SourceLedgerCode="GL", SourceTypeCode="JE")["FromPlanning"] is False
    assert build(SourceLedgerCode="AP", SourceTypeCode="PL")["FromPlanning"] is False


def test_a_blank_part_of_the_key_keeps_its_place() -> None:
    assert build(SourceTypeCode="")["TransactionId"] == ("SAMLTD:GL:6100100:2026:04:USD:AP::1012:7")


def test_a_wrong_amount_names_the_posting() -> None:
    with pytest.raises(InputError, match="account 6100100, posting sequence 1012, detail 7"):
        build(JournalTransactionAmount="a lot")


@pytest.mark.parametrize(("text", "source"), [("gl-pl", SourceCode("GL", "PL")), ("", None)])
def test_a_source_code_is_ledger_and_type(text: str, source: SourceCode | None) -> None:
    assert parse_source(text) == source


@pytest.mark.parametrize("text", ["GLPL", "GL-", "GL-PLAN", "G?-PL"])
def test_what_is_no_source_code_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="not a source code"):
        parse_source(text)


def read(rows: list[int], after: int, happens: Callable[[int], Any] = id) -> list[int]:
    """Read sequences in windows as the stream does; return those that came."""

    def count_behind(sequence: int) -> int:
        return sum(row > sequence for row in rows)

    came: list[int] = []
    windows = Windows(after, count_behind)
    for number, window in enumerate(windows):
        happens(number)
        for row in [row for row in rows if _is_in(window, row)]:
            windows.note(row)
            came.append(row)
        assert number < 10_000
    return came


def _is_in(window: Window, row: int) -> bool:
    return row > window.after and (window.to is None or row <= window.to)


sequences = st.lists(
    st.one_of(st.integers(1, 400), st.integers(10**6, 10**6 + 50)), min_size=0, max_size=300
)


@given(sequences, st.integers(0, 500))
def test_each_posting_behind_the_bookmark_comes_once(rows: list[int], after: int) -> None:
    small = pytest.MonkeyPatch()
    small.setattr(postings, "WINDOW_ROWS", 10)

    came = read(rows, after)

    small.undo()
    assert sorted(came) == sorted(row for row in rows if row > after)


@given(sequences, st.lists(st.tuples(st.integers(0, 20), st.integers(1, 30)), max_size=5))
@example(rows=[2] * 3 + [6] + [1_000_000] * 12, posted=[(0, 4), (11, 1)])
def test_what_is_posted_meanwhile_comes_as_well(
    rows: list[int], posted: list[tuple[int, int]]
) -> None:
    small = pytest.MonkeyPatch()
    small.setattr(postings, "WINDOW_ROWS", 10)
    before = list(rows)

    def post(window: int) -> None:
        for at, count in posted:
            if at == window:
                rows.extend([max(rows, default=0) + 1] * count)

    came = read(rows, 0, post)

    small.undo()
    assert sorted(came) == sorted(rows)
    assert len(came) >= len(before)


def test_windows_of_a_long_ledger_are_few_and_none_is_large() -> None:
    rows = [sequence for sequence in range(1, 10_001) for _ in range(12)]
    sizes: list[int] = []
    counted: list[int] = []

    def count_behind(sequence: int) -> int:
        counted.append(sequence)
        return 12 * (10_000 - sequence)

    windows = Windows(0, count_behind)
    for window in windows:
        last = 10_000 if window.to is None else window.to
        for sequence in range(window.after + 1, last + 1):
            for _ in range(12):
                windows.note(sequence)
        sizes.append(12 * (last - window.after))

    assert sum(sizes) == len(rows) == 120_000
    assert max(sizes) <= postings.WINDOW_ROWS
    assert len(sizes) <= 66
    assert counted == [0]


def test_a_read_goes_on_a_little_before_the_last_sequence() -> None:
    assert postings.find_start(1012) == 1002
    assert postings.find_start(4) == 0
