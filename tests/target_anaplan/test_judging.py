"""A task's result is believed only when every row is accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from target_anaplan._judging import (
    Counts,
    DumpIndex,
    ImportKind,
    ImportOutcome,
    Landed,
    find_unaccounted,
    number_lines,
    parse_counts,
)


@dataclass
class Line:
    status: str
    values: dict[str, str]
    line: int | None = None
    errors: list[str] = field(default_factory=list)


OFFICIAL = [
    "hierarchyName",
    "Vendors",
    "successRowCount",
    "13",
    "successCreateCount",
    "5",
    "successUpdateCount",
    "8",
    "warningsRowCount",
    "0",
    "warningsCreateCount",
    "0",
    "warningsUpdateCount",
    "0",
    "failedCount",
    "2",
    "ignoredCount",
    "0",
    "totalRowCount",
    "15",
    "totalCreateCount",
    "5",
    "totalUpdateCount",
    "8",
    "invalidCount",
    "0",
    "updatedCount",
    "8",
]


def make_counts(*, failed: int = 0, warned: int = 0, ignored: int = 0, total: int = 10) -> Counts:
    return Counts(
        succeeded=total - failed - warned - ignored,
        warned=warned,
        failed=failed,
        ignored=ignored,
        total=total,
    )


def make_outcome(
    *,
    successful: bool = True,
    dump: bool = False,
    counts: Counts | None = None,
    kind: ImportKind = ImportKind.LIST,
    messages: tuple[str, ...] = (),
) -> ImportOutcome:
    return ImportOutcome(
        import_id="112",
        name="Vendors from vendors.csv",
        kind=kind,
        successful=successful,
        dump_available=dump,
        counts=make_counts() if counts is None else counts,
        messages=messages,
    )


def test_the_official_sample_is_read_by_name() -> None:
    values = dict(zip(OFFICIAL[::2], OFFICIAL[1::2], strict=True))

    counts = parse_counts([values])

    assert counts == Counts(succeeded=13, warned=0, failed=2, ignored=0, total=15)
    assert counts.accounted == 15


def test_cell_counts_are_not_row_counts() -> None:
    assert not parse_counts([{"successCellCount": "30", "moduleName": "DAT"}]).known


def test_a_clean_import_is_accounted_for() -> None:
    assert find_unaccounted(make_outcome(), None, rows_sent=10) is None


def test_a_green_task_may_hide_rejected_rows() -> None:
    outcome = make_outcome(counts=make_counts(failed=1), dump=True)

    assert find_unaccounted(outcome, [Line("E", {})], rows_sent=10) is None
    assert "dump" in str(find_unaccounted(outcome, None, rows_sent=10))


def test_a_red_task_may_have_loaded_everything_it_could() -> None:
    outcome = make_outcome(successful=False, counts=make_counts(ignored=10))

    assert find_unaccounted(outcome, None, rows_sent=10) is None


def test_a_red_task_without_counts_failed_as_a_whole() -> None:
    outcome = make_outcome(successful=False, counts=Counts(), messages=("Failed.", "no access"))

    assert find_unaccounted(outcome, None, rows_sent=10) == "it failed: Failed.; no access"


@pytest.mark.parametrize("total", [9, 11])
def test_a_total_other_than_what_was_sent_is_not_believed(total: int) -> None:
    outcome = make_outcome(counts=make_counts(total=total))

    assert str(total) in str(find_unaccounted(outcome, None, rows_sent=10))


def test_a_dump_that_names_too_few_is_not_believed() -> None:
    outcome = make_outcome(counts=make_counts(failed=2, warned=1), dump=True)

    problem = find_unaccounted(outcome, [Line("E", {}), Line("W", {})], rows_sent=10)

    assert problem is not None
    assert "names only 1 and 1" in problem


def test_a_missing_dump_without_counted_failures_is_nothing() -> None:
    assert find_unaccounted(make_outcome(dump=True), None, rows_sent=10) is None


def test_no_details_and_success_is_success() -> None:
    outcome = make_outcome(counts=Counts())

    assert find_unaccounted(outcome, None, rows_sent=10) is None


def make_index(**dumps: Line) -> DumpIndex:
    index = DumpIndex(headers=("Code", "", "Name"), join_columns=(0,), first_data_row=2)
    for line in dumps.values():
        index.add(make_outcome(), [line], item=ImportKind.LIST)
    return index


def test_a_dump_row_is_joined_by_key_columns() -> None:
    index = make_index(a=Line("W", {"Code": "V1", "Name": "x"}, 9, ["Invalid parent"]))

    assert index.find(("V2", "", "x")) == []
    [verdict] = index.find(("V1", "", "other"))
    assert (verdict.status, verdict.reason, verdict.landed) == ("W", "Invalid parent", Landed.ALL)


def test_a_column_without_header_is_found_by_number() -> None:
    index = DumpIndex(headers=("", "Name"), join_columns=(0,), first_data_row=2)
    index.add(make_outcome(), [Line("E", {"Column 1": "V1"})], item=ImportKind.LIST)

    assert index.find(("V1", "x"))[0].landed is Landed.NONE


def test_a_row_the_list_took_and_the_module_refused_stands_as_an_item() -> None:
    index = DumpIndex(headers=("Code",), join_columns=(0,), first_data_row=2)
    module = make_outcome(kind=ImportKind.OTHER)
    index.add(module, [Line("E", {"Code": "V1"})], item=ImportKind.LIST)

    assert index.find(("V1",))[0].landed is Landed.ITEM


def test_rows_no_key_claims_are_left_for_their_line() -> None:
    index = make_index(a=Line("E", {"Code": "?"}, 7), b=Line("E", {"Code": "V1"}, 8))
    index.find(("V1", "", ""))

    assert list(index.unmatched_lines()) == [7]


def test_lines_count_line_ends_inside_values() -> None:
    rows = [("a",), ("b\nc",), ("d",)]

    assert [line for line, _ in number_lines(rows, first_data_row=2)] == [2, 3, 5]
