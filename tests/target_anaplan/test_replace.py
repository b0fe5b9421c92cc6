"""Loads of mode `replace`: the whole every time, and nothing less is ever taken for it.

What a builder makes of it are imports that clear their target, and an action that empties the list
first; here a switch clears, and `lists` is emptied by hand where a test needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.target_anaplan.singer import company, make_group, make_line, make_vendor, stream

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model, Result

GROUPS: dict[str, Any] = {"loads": [{"stream": "vendor_groups", "mode": "replace"}]}
ALL: dict[str, Any] = {
    "loads": [
        {"stream": "vendor_groups", "mode": "replace"},
        {"stream": "vendors"},
        {"stream": "purchase_order_lines"},
    ]
}
PROCESS = {"process": "Load Sage 300"}


def groups(*codes: str, **marks: Any) -> list[dict[str, Any]]:
    return stream("vendor_groups", [make_group(code) for code in codes], **marks)


def sent(model: Model) -> set[str]:
    """Codes in the file of vendor groups as last uploaded."""
    return {line.split(",")[0] for line in model.uploaded("vendor_groups.csv")[1:]}


def finished(result: Result, load: str = "vendor_groups") -> str:
    lines = result.log.splitlines()
    return next(line for line in lines if "load.finished" in line and f"load={load}" in line)


def test_a_row_that_is_not_in_the_whole_any_more_is_forgotten(model: Model) -> None:
    model.switch(clear_target="all_items")
    model.load(groups("A", "B"), **GROUPS)
    model.control("DELETE", "lists/Vendor Groups", {"codes": ["A", "B"]})

    result = model.load(groups("A"), **GROUPS)

    assert sent(model) == {"A"}
    assert "rows_in_model=1" in finished(result)
    assert "model.changed" not in model.load(groups("A"), **GROUPS).log


def test_changes_since_a_bookmark_are_not_taken_for_the_whole(model: Model) -> None:
    model.load(groups("A", "B"), **GROUPS)
    uploads = model.counters()["uploads"]

    result = model.run(groups("A", before=1), **GROUPS)

    assert result.exit_code == 1
    assert "went on from a bookmark" in result.log
    assert result.states == []
    assert model.counters()["uploads"] == uploads


def test_an_interrupted_whole_is_left_out_and_the_other_streams_are_loaded(model: Model) -> None:
    model.load(company(groups=[make_group("GRP"), make_group("B")]), **ALL)

    result = model.run([*groups("GRP")[:-1], *stream("vendors", [make_vendor("1300")])], **ALL)

    assert result.exit_code == 1
    assert model.codes("Vendors") == {"1200", "1300"}
    assert sent(model) == {"GRP", "B"}
    assert "rows_in_model=2" in finished(result)


def test_a_process_is_given_the_whole_of_a_replaced_file_that_nobody_brought(model: Model) -> None:
    model.load(company(groups=[make_group("GRP"), make_group("B")]), **ALL, **PROCESS)

    result = model.load(stream("vendors", [make_vendor("1300")]), **ALL, **PROCESS)

    assert sent(model) == {"GRP", "B"}
    assert "rows_in_model=2" in finished(result)


def test_an_empty_whole_is_told_and_the_other_streams_are_loaded(model: Model) -> None:
    model.load(company(), **ALL)

    result = model.run([*groups(), *stream("vendors", [make_vendor("1300")])], **ALL)

    assert result.exit_code == 3
    [said] = [line for line in result.log.splitlines() if "load.came_empty" in line]
    assert "vendor_groups" in said
    assert "clear the load's list" in said
    assert model.codes("Vendors") == {"1200", "1300"}
    assert model.codes("Vendor Groups") == {"GRP"}
    assert result.bookmarks["vendors"]["complete"] is True
    assert model.run(groups(), **ALL).exit_code == 3


def test_an_empty_whole_is_right_once_the_model_was_emptied(model: Model) -> None:
    model.load(groups("A", "B"), **GROUPS)
    assert model.run(groups(), **GROUPS).exit_code == 3
    model.control("DELETE", "lists/Vendor Groups", {"codes": ["A", "B"]})
    uploads = model.counters()["uploads"]

    result = model.load(groups(), **GROUPS)

    assert "load.emptied" in result.log
    assert model.counters()["uploads"] == uploads
    assert model.codes("Vendor Groups") == set()
    assert "rows_in_model=1" in finished(model.load(groups("C"), **GROUPS))


def test_an_empty_whole_of_a_load_that_never_had_a_row_is_nothing(model: Model) -> None:
    model.load(groups(), **GROUPS)

    assert model.counters()["uploads"] == 0


def test_what_is_marked_as_deleted_is_not_part_of_the_whole(model: Model) -> None:
    lines = [make_line(1000), make_line(2000)]
    loads = {"loads": [{"stream": "purchase_order_lines", "mode": "replace"}]}
    model.load(stream("vendor_groups", [make_group()]))
    model.load(stream("vendors", [make_vendor()]))
    model.load(stream("purchase_order_lines", lines), **loads)
    gone = make_line(2000, amount="0", _sdc_deleted_at="2026-02-01T00:00:00Z")

    model.control("DELETE", "lists/PO Lines", {"codes": [line["TransactionId"] for line in lines]})
    model.load(stream("purchase_order_lines", [lines[0], gone]), **loads)

    assert model.codes("PO Lines") == {lines[0]["TransactionId"]}


def test_a_reject_that_is_not_in_the_next_whole_is_superseded(model: Model) -> None:
    settings = {"loads": [{"stream": "vendors", "mode": "replace"}]}
    model.load(stream("vendor_groups", [make_group()]))
    misfit = make_vendor("X" * 61)
    first = model.run(stream("vendors", [make_vendor(), misfit]), **settings)
    assert first.exit_code == 3

    result = model.load(stream("vendors", [make_vendor()]), **settings)

    assert "rows.rejected" not in result.log
    assert model.load([], **settings)


@pytest.mark.parametrize("kind", ["cut_before", "error"])
def test_a_replace_load_that_failed_is_sent_whole_again_by_the_next_run(
    model: Model, kind: str
) -> None:
    model.switch(action_fails_with="hierarchyImportFailed")
    failed = model.run(groups("A", "B"), **GROUPS)
    assert failed.exit_code == 1
    model.switch(action_fails_with="none")
    extra = {} if kind == "cut_before" else {"status": 503}
    model.fault(kind, "/files/", method="PUT", **extra)

    result = model.load(groups("A"), **GROUPS)

    assert sent(model) == {"A"}
    assert model.codes("Vendor Groups") == {"A"}
    assert "rows_in_model=1" in finished(result)
