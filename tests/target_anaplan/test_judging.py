"""A task's result is believed only when every row is accounted for."""

from __future__ import annotations

import pytest
from ml_connector.anaplan import ActionResult, Detail, DumpRow, RowCounts
from ml_connector.ledger import Landed
from target_anaplan._judging import (
    DumpCounts,
    DumpIndex,
    ImportKind,
    PlannedImport,
    count_accounted,
    find_unaccounted,
    judge_dump_row,
)


def make_counts(
    *, failed: int = 0, warned: int = 0, ignored: int = 0, total: int = 10
) -> RowCounts:
    succeeded = total - failed - warned - ignored
    return RowCounts(
        succeeded=succeeded, warned=warned, failed=failed, ignored=ignored, total=total
    )


def make_result(
    *,
    successful: bool = True,
    dump: bool = False,
    counts: RowCounts | None = None,
    text: str = "",
) -> ActionResult:
    return ActionResult(
        object_id="112",
        object_name="Vendors from vendors.csv",
        successful=successful,
        dump_available=dump,
        details=(Detail(type="x", text=text, occurrences=0, values={}),),
        counts=make_counts() if counts is None else counts,
    )


def make_row(status: str = "E", *, line: int = 0, error: str = "", **values: str) -> DumpRow:
    return DumpRow(status=status, values=values, line=line, errors=(error,) if error else ())


def make_import(kind: ImportKind = ImportKind.LIST) -> PlannedImport:
    return PlannedImport(id="112", name="Vendors from vendors.csv", kind=kind)


def make_index(*headers: str) -> DumpIndex:
    return DumpIndex(headers=headers or ("Code", "Name"), join_columns=(0,))


def add(
    index: DumpIndex,
    rows: list[DumpRow],
    action: PlannedImport | None = None,
    *,
    fills_both: bool = False,
) -> None:
    for row in rows:
        verdict = judge_dump_row(row, action or make_import(), fills_both=fills_both)
        index.add(index.key_of(row), row.line, verdict)


def test_a_clean_import_is_accounted_for() -> None:
    assert find_unaccounted(make_result(), None, rows_sent=10) is None


def test_a_green_task_may_hide_rejected_rows() -> None:
    result = make_result(counts=make_counts(failed=1), dump=True)

    assert find_unaccounted(result, DumpCounts(rejected=1), rows_sent=10) is None
    assert "dump" in str(find_unaccounted(result, None, rows_sent=10))


def test_a_red_task_may_have_loaded_everything_it_could() -> None:
    result = make_result(successful=False, counts=make_counts(ignored=10))

    assert find_unaccounted(result, None, rows_sent=10) is None


def test_a_red_task_without_counts_failed_as_a_whole() -> None:
    result = make_result(successful=False, counts=RowCounts(), text="no write access")

    assert find_unaccounted(result, None, rows_sent=10) == "it failed: no write access"


@pytest.mark.parametrize("total", [9, 11])
def test_a_total_other_than_what_was_sent_is_not_believed(total: int) -> None:
    result = make_result(counts=make_counts(total=total))

    assert str(total) in str(find_unaccounted(result, None, rows_sent=10))


def test_a_total_alone_is_enough_to_count() -> None:
    assert count_accounted(RowCounts(total=7)) == 7
    assert count_accounted(RowCounts(failed=7)) is None


def test_a_dump_that_names_too_few_is_not_believed() -> None:
    result = make_result(counts=make_counts(failed=2, warned=1), dump=True)

    problem = find_unaccounted(result, DumpCounts(rejected=1, partly=1), rows_sent=10)

    assert problem is not None
    assert "names only 1 and 1" in problem


def test_a_missing_dump_without_counted_failures_is_nothing() -> None:
    assert find_unaccounted(make_result(dump=True), None, rows_sent=10) is None


def test_a_missing_dump_without_any_counts_is_not_believed() -> None:
    result = make_result(dump=True, counts=RowCounts())

    assert find_unaccounted(result, None, rows_sent=10) is not None


def test_no_details_and_success_is_success() -> None:
    assert find_unaccounted(make_result(counts=RowCounts()), None, rows_sent=10) is None


def test_a_dump_row_is_joined_by_key_columns() -> None:
    index = make_index()
    add(index, [make_row("W", error="Invalid parent", Code="V1", Name="x")])

    assert index.find(("V2", "x")) == []
    [verdict] = index.find(("V1", "other"))
    assert (verdict.status, verdict.reason, verdict.landed) == ("W", "Invalid parent", Landed.ALL)


def test_a_column_without_header_is_found_by_number() -> None:
    index = make_index("", "Name")
    add(index, [make_row("E", **{"Column 1": "V1"})])

    assert index.find(("V1", "x"))[0].landed is Landed.NONE


def test_a_row_the_list_took_and_the_module_refused_stands_as_an_item() -> None:
    index = make_index()
    add(index, [make_row(Code="V1")], make_import(ImportKind.OTHER), fills_both=True)

    assert index.find(("V1", ""))[0].landed is Landed.ITEM


def test_a_row_the_list_refused_may_have_got_its_cells() -> None:
    index = make_index()
    add(index, [make_row(Code="V1")], make_import(ImportKind.LIST), fills_both=True)

    assert index.find(("V1", ""))[0].landed is Landed.ALL


def test_a_row_refused_without_a_list_import_left_nothing() -> None:
    index = make_index()
    add(index, [make_row(Code="V1")], make_import(ImportKind.OTHER))

    assert index.find(("V1", ""))[0].landed is Landed.NONE


def test_rows_no_key_claims_are_left_for_their_line() -> None:
    index = make_index()
    add(index, [make_row(line=7, Code="?"), make_row(line=8, Code="V1")])

    index.find(("V1", ""))

    assert list(index.unmatched_lines()) == [7]
