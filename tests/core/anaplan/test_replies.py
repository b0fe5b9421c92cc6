"""Answers of every documented shape, and the shapes in which sources disagree."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ml_connector.anaplan import RowCounts, _replies, _results
from ml_connector.anaplan.types import Detail
from ml_connector.transport import BrokenReplyError
from ml_connector.wire import WireError

from tests.core.fakes import make_reply, make_request

LIST_VALUES = [
    *("hierarchyName", "Vendors", "successRowCount", "13", "successCreateCount", "5"),
    *("warningsRowCount", "1", "failedCount", "2", "ignoredCount", "3", "totalRowCount", "19"),
]
LIST_TEXT = "Vendors: 13 (5/8) rows successful, 1 (0/1) rows has warnings, 2 failed, 3 ignored"


def make_detail(text: str = "", values: dict[str, str] | None = None) -> Detail:
    return Detail(type="x", text=text, occurrences=0, values=values or {})


def make_task(**changes: Any) -> dict[str, Any]:
    return {
        "taskId": "1B1D84DDD53847BAA621810B593C3FC1",
        "taskState": "COMPLETE",
        "currentStep": "Complete.",
        "progress": 1.0,
        "creationTime": 1767225600000,
        "result": {
            "successful": True,
            "failureDumpAvailable": True,
            "objectId": "112000000032",
            "details": [{"type": "t", "localMessageText": LIST_TEXT, "values": LIST_VALUES}],
        },
        **changes,
    }


def test_a_body_that_is_no_json_is_broken() -> None:
    with pytest.raises(BrokenReplyError, match="cannot be read"):
        _replies.parse_body(make_request("https://x/"), make_reply(200, b'{"files"'), parse=dict)


def test_a_body_cut_short_is_told_by_its_length_and_not_by_its_data() -> None:
    body = b'{"items": [{"name": "Acme Ltd", "code": "1200"}, {'

    with pytest.raises(BrokenReplyError, match=f"{len(body)} bytes") as caught:
        _replies.parse_body(make_request("https://x/"), make_reply(200, body), parse=dict)

    assert "Acme" not in str(caught.value)


@pytest.mark.parametrize("body", [{"task": {"taskId": "AB"}}, {"taskId": "AB"}])
def test_a_started_task_is_named_in_either_shape(body: dict[str, object]) -> None:
    assert _results.parse_task_id(body) == "AB"


@pytest.mark.parametrize("body", [{}, {"task": {}}, {"task": {"taskId": ""}}, {"taskId": None}])
def test_a_start_without_an_id_is_not_taken_for_one(body: dict[str, object]) -> None:
    with pytest.raises(WireError):
        _results.parse_task_id(body)


def test_a_finished_task_tells_result_counts_and_dump() -> None:
    task = _results.parse_task(make_task())

    assert task.is_finished
    assert task.is_complete
    assert task.result is not None
    assert task.result.dump_available
    assert task.results == (task.result,)
    assert task.result.counts == RowCounts(succeeded=13, warned=1, failed=2, ignored=3, total=19)
    assert task.result.explanation == LIST_TEXT


def test_a_process_tells_each_step_even_without_details() -> None:
    nested = [
        {"objectId": "112000000001", "successful": True, "failureDumpAvailable": False},
        {"objectId": 112000000002, "objectName": "SYS", "successful": False},
    ]

    task = _results.parse_task(make_task(result={"successful": False, "nestedResults": nested}))

    assert [(one.object_id, one.object_name, one.successful) for one in task.results] == [
        ("112000000001", "", True),
        ("112000000002", "SYS", False),
    ]
    assert task.results[0].counts == RowCounts()


@pytest.mark.parametrize(
    ("state", "finished"),
    [
        ("NOT_STARTED", False),
        ("IN_PROGRESS", False),
        ("COMPLETE", True),
        ("CANCELLING", False),
        ("CANCELLED", True),
        ("FAILED", True),
        ("ERROR", True),
        ("SOMETHING_NEW", False),
        ("complete", True),
    ],
)
def test_only_last_states_end_the_waiting(state: str, finished: bool) -> None:  # noqa: FBT001
    assert _results.parse_task(make_task(taskState=state)).is_finished is finished


def test_a_task_of_another_id_is_not_taken_for_ours() -> None:
    with pytest.raises(WireError):
        _results.parse_one_task({"task": make_task()}, "OTHER")


def test_a_polled_answer_without_a_state_is_no_task() -> None:
    with pytest.raises(WireError):
        _results.parse_one_task({"task": {"taskId": "A"}}, "A")


@pytest.mark.parametrize("key", ["task", "tasks"])
def test_a_list_of_tasks_is_read_in_either_shape(key: str) -> None:
    body = {"task": make_task()} if key == "task" else {"tasks": [make_task()]}

    assert [task.task_id for task in _results.parse_tasks(body)] == [make_task()["taskId"]]


def test_counts_are_read_by_key_whatever_the_order() -> None:
    values = {"failedCount": "2", "totalRowCount": "5", "successRowCount": "3"}

    assert _results.parse_counts((make_detail(values=values),)) == RowCounts(
        succeeded=3, failed=2, total=5
    )


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (LIST_TEXT, RowCounts(succeeded=13, warned=1, failed=2, ignored=3)),
        ("X: 1,234 rows successful, 5 ignored", RowCounts(succeeded=1234, ignored=5)),
        ("Nothing to say", RowCounts()),
    ],
)
def test_counts_come_from_the_text_when_there_are_no_values(text: str, counts: RowCounts) -> None:
    assert _results.parse_counts((make_detail(text),)) == counts


def test_an_odd_list_of_values_loses_only_its_last_key() -> None:
    result = {"details": [{"values": ["failedCount", "2", "ignoredCount"]}]}

    task = _results.parse_task(make_task(result=result))

    assert task.result is not None
    assert task.result.counts.failed == 2


def test_collections_without_their_key_are_empty() -> None:
    assert _replies.items({}, "files") == []
    assert _replies.parse_chunk_ids({}) == []
    assert _results.parse_tasks({}) == []
    assert _replies.parse_grid({}).rows == ()


def test_chunks_are_ordered_by_number_not_by_text() -> None:
    body: dict[str, object] = {"chunks": [{"id": "10"}, {"id": "2"}, {"id": 1}]}

    assert _replies.parse_chunk_ids(body) == ["1", "2", "10"]


def test_an_import_from_a_model_has_no_source() -> None:
    assert _replies.parse_import_source({"importMetadata": {"type": "MODEL"}}) is None


def test_an_import_from_a_file_tells_its_headers() -> None:
    source = {
        "headerNames": ["Code", None, "Name"],
        "columnSeparator": "\t",
        "textDelimiter": '"',
        "textEncoding": "UTF-8",
        "headerRow": 1,
        "firstDataRow": "2",
        "decimalSeparator": ".",
    }

    found = _replies.parse_import_source({"importMetadata": {"source": source}})

    assert found is not None
    assert found.headers == ("Code", "", "Name")
    assert (found.separator, found.first_data_row) == ("\t", 2)


@pytest.mark.parametrize("spelling", ["nextItemIndex", "nextitemIndex"])
def test_a_list_tells_its_index_in_either_spelling(spelling: str) -> None:
    body = {"metadata": {"id": "101", "name": "V", "itemCount": 7, spelling: 9}}

    found = _replies.parse_list(body)

    assert (found.item_count, found.next_item_index, found.parent_id) == (7, 9, "")


def test_ids_are_text_even_when_they_come_as_numbers() -> None:
    assert _replies.parse_named({"id": 113000000001, "name": "x"}).id == "113000000001"


def test_an_object_without_an_id_is_no_object() -> None:
    with pytest.raises(WireError):
        _replies.parse_named({"name": "x"})


@pytest.mark.parametrize("told", ["many", True, None, [1]])
def test_a_number_that_is_none_is_left_out(told: object) -> None:
    body: dict[str, object] = {"model": {"id": "M", "lastSavedSerialNumber": told}}

    assert _replies.parse_model(body).last_saved_serial_number is None


def test_a_grid_keeps_cells_as_the_text_they_are() -> None:
    body = json.loads(  # noqa: TID251 - a literal
        '{"pages": ["Actual"], "columnCoordinates": [["Rows"], ["Amount"]],'
        ' "rows": [{"rowCoordinates": ["vendors"], "cells": ["12", "62.25000000000001"]},'
        ' {"rowCoordinates": ["x"], "cells": [null, ""]}]}'
    )

    grid = _replies.parse_grid(body)

    assert grid.pages == ("Actual",)
    assert grid.columns == (("Rows",), ("Amount",))
    assert [row.cells for row in grid.rows] == [("12", "62.25000000000001"), ("", "")]


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ({"paging": {"currentPageSize": 2, "totalSize": 7, "offset": 0}}, (2, 7)),
        ({"paging": {"currentPageSize": 0, "totalSize": 0}}, (0, 0)),
        ({}, (1, 1)),
        (None, (1, 1)),
    ],
)
def test_paging_is_read_from_the_envelope_or_taken_as_one_page(
    meta: object, expected: tuple[int, int]
) -> None:
    assert _replies.parse_paging({"meta": meta, "files": [{}]}, "files") == expected


def test_a_list_write_tells_what_was_done_and_which_items_failed() -> None:
    failure = {"requestIndex": 1, "failureType": "DUPLICATE", "failureMessageDetails": "there"}

    written = _replies.parse_list_write({"added": 1, "ignored": 1, "failures": [failure]})

    assert written.done == 1
    assert [(one.position, one.kind, one.details) for one in written.failures] == [
        (1, "DUPLICATE", "there")
    ]


@pytest.mark.parametrize("name", ["added", "updated", "deleted"])
def test_a_list_write_without_failures_lacks_the_key(name: str) -> None:
    assert _replies.parse_list_write({name: 3}).failures == ()
    assert _replies.parse_list_write({name: 3}).done == 3
