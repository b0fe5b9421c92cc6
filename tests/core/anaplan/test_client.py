"""The thin half over HTTP: against bytes of our choosing, and against the sandbox."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.anaplan import (
    AnaplanClient,
    AnaplanSettings,
    PollPolicy,
    TaskKind,
    open_anaplan,
)
from ml_connector.clock import SystemClock
from ml_connector.errors import (
    AccessError,
    OutcomeUnknownError,
    RefusedError,
    TransientError,
    UnexpectedReplyError,
)

from tests.core.anaplan.conftest import OpenClient, envelope, paths
from tests.core.fakes import FakeClock, Recorder
from tests.core.raw_server import CUT, RawServer, reply
from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

LOGIN = reply(201, {"tokenInfo": {"tokenValue": "T1", "expiresAt": 0}})
TASK = "1B1D84DDD53847BAA621810B593C3FC1"


def files(*ids: str, size: int | None = None, total: int, offset: int = 0) -> bytes:
    paging = {"currentPageSize": len(ids) if size is None else size, "totalSize": total}
    meta = {"paging": {**paging, "offset": offset, "next": "http://x/?limit=20&offset=20"}}
    body = envelope(files=[{"id": one, "name": one} for one in ids]) if ids else envelope()
    return reply(200, {**body, "meta": meta})


def task(state: str, **more: Any) -> bytes:
    return reply(200, envelope(task={"taskId": TASK, "taskState": state, **more}))


def test_paging_goes_by_offset_and_total_and_never_by_next(open_client: OpenClient) -> None:
    pages = [LOGIN, files("1", "2", total=3), files("3", total=3, offset=2)]
    with RawServer(pages) as server:
        found = [one.id for one in open_client(server).fetch_files()]

        assert found == ["1", "2", "3"]
        assert paths(server)[1:] == [
            "GET /files?limit=5000&offset=0",
            "GET /files?limit=5000&offset=2",
        ]


def test_one_page_costs_one_request(open_client: OpenClient) -> None:
    with RawServer([LOGIN, files("1", total=1)]) as server:
        open_client(server).fetch_files()

        assert len(server.received) == 2


def test_an_empty_page_ends_the_paging_whatever_the_total_says(open_client: OpenClient) -> None:
    with RawServer([LOGIN, files("1", total=9), files(total=9, offset=1)]) as server:
        assert len(open_client(server).fetch_files()) == 1

        assert len(server.received) == 3


def test_a_collection_without_its_key_is_empty(open_client: OpenClient) -> None:
    with RawServer([LOGIN, reply(200, envelope())]) as server:
        assert open_client(server).fetch_imports() == []


def test_an_entry_without_an_id_is_an_unexpected_reply(open_client: OpenClient) -> None:
    with (
        RawServer([LOGIN, reply(200, envelope(lists=[{"name": "x"}]))]) as server,
        pytest.raises(UnexpectedReplyError, match="no id"),
    ):
        open_client(server).fetch_lists()


def test_a_task_list_of_another_shape_is_an_unexpected_reply(open_client: OpenClient) -> None:
    with (
        RawServer([LOGIN, reply(200, envelope(tasks="none"))]) as server,
        pytest.raises(UnexpectedReplyError, match="not a list"),
    ):
        open_client(server).fetch_tasks(TaskKind.IMPORT, "112")


def test_a_collection_without_end_is_an_error(open_client: OpenClient) -> None:
    with (
        RawServer([LOGIN, *[files("1", total=10**9)] * 300]) as server,
        pytest.raises(UnexpectedReplyError, match="no end"),
    ):
        open_client(server).fetch_files()


def test_a_view_is_read_for_chosen_pages(open_client: OpenClient) -> None:
    with RawServer([LOGIN, reply(200, envelope())]) as server:
        open_client(server).read_view("102", pages={"101": "205", "103": "206"})

        assert paths(server)[1] == "GET /views/102/data?format=v1&pages=101%3A205%2C103%3A206"


def test_a_failure_to_read_a_dump_is_not_an_empty_one(open_client: OpenClient) -> None:
    with RawServer([LOGIN, reply(403)]) as server, pytest.raises(AccessError):
        list(open_client(server).fetch_dump("112", TASK))


def test_an_upload_announces_the_true_count_and_sends_each_chunk_compressed(
    open_client: OpenClient,
) -> None:
    with RawServer([LOGIN, reply(200, envelope(file={})), reply(204)]) as server:
        client = open_client(server)
        client.upload_file("113", chunks=iter([b"Code\nA", b"B\n"]), chunk_count=2)

        assert paths(server)[1:] == [
            "POST /files/113",
            "PUT /files/113/chunks/0",
            "PUT /files/113/chunks/1",
        ]
        _, announcement, *chunks = server.received
    assert announcement.body == b'{"chunkCount":2}'
    assert {one.headers["content-type"] for one in chunks} == {"application/x-gzip"}
    assert b"".join(gzip.decompress(one.body) for one in chunks) == b"Code\nAB\n"


def test_a_chunk_is_sent_again_until_it_arrives(open_client: OpenClient) -> None:
    answers = [LOGIN, reply(200, envelope(file={})), CUT, reply(502), reply(204)]
    with RawServer(answers) as server:
        open_client(server).upload_file("113", chunks=[b"x"], chunk_count=1)

        assert paths(server)[2:] == ["PUT /files/113/chunks/0"] * 3


def test_a_web_page_in_place_of_an_answer_is_no_upload(open_client: OpenClient) -> None:
    page = reply(200, b"<html>Sign in</html>", content_type="text/html")
    announced = reply(200, envelope(file={}))
    with RawServer([LOGIN, page, announced, page, reply(204)]) as server:
        open_client(server).upload_file("113", chunks=[b"x"], chunk_count=1)

        assert paths(server)[1:] == ["POST /files/113"] * 2 + ["PUT /files/113/chunks/0"] * 2


@pytest.mark.parametrize("chunks", [[], [b"a"], [b"a", b"b", b"c"]])
def test_other_chunks_than_announced_are_an_error(
    open_client: OpenClient, chunks: list[bytes]
) -> None:
    with RawServer([LOGIN, reply(200, envelope())]) as server, pytest.raises(ValueError, match="2"):
        open_client(server).upload_file("113", chunks=chunks, chunk_count=2)


def test_an_id_cannot_lead_elsewhere(open_client: OpenClient) -> None:
    with RawServer([LOGIN, reply(200, envelope(metadata={"id": "1"}))]) as server:
        open_client(server).fetch_list("../../../x?y")

        assert paths(server)[1] == "GET /lists/..%2F..%2F..%2Fx%3Fy"


def test_a_task_is_started_with_its_locale(open_client: OpenClient) -> None:
    with RawServer([LOGIN, task("NOT_STARTED")]) as server:
        assert open_client(server).start_task(TaskKind.IMPORT, "112") == TASK

        assert paths(server)[1] == "POST /imports/112/tasks"
        assert server.received[1].body == b'{"localeName":"en_US"}'


@pytest.mark.parametrize(
    "answer",
    [CUT, reply(500), reply(502), reply(503), reply(504), reply(200, b"{"), reply(200, envelope())],
    ids=["cut", "500", "502", "503", "504", "cut JSON", "no id"],
)
def test_a_start_without_a_clear_answer_is_unknown_and_never_repeated(
    open_client: OpenClient, answer: bytes
) -> None:
    with RawServer([LOGIN, answer]) as server:
        with pytest.raises(OutcomeUnknownError):
            open_client(server).start_task(TaskKind.PROCESS, "118")

        assert len(server.received) == 2


@pytest.mark.parametrize("status", [409, 424, 429])
def test_a_start_that_was_turned_away_is_tried_again(open_client: OpenClient, status: int) -> None:
    with RawServer([LOGIN, reply(status), task("NOT_STARTED")]) as server:
        assert open_client(server).start_task(TaskKind.PROCESS, "118") == TASK


@pytest.mark.parametrize("status", [400, 403, 404, 422, 423, 425])
def test_a_start_that_was_refused_is_not(open_client: OpenClient, status: int) -> None:
    with RawServer([LOGIN, reply(status)]) as server:
        with pytest.raises((AccessError, RefusedError)):
            open_client(server).start_task(TaskKind.PROCESS, "118")

        assert len(server.received) == 2


def test_waiting_asks_soon_at_first_and_then_more_slowly(open_client: OpenClient) -> None:
    clock = FakeClock()
    running = task("IN_PROGRESS")
    with RawServer([LOGIN, *[running] * 6, task("COMPLETE")]) as server:
        done = open_client(server, clock=clock).wait_for_task(
            TaskKind.IMPORT, "112", TASK, deadline_s=600
        )

    assert done.is_complete
    assert clock.sleeps == pytest.approx([1, 1.5, 2.25, 3.375, 5, 5])


def test_waiting_tells_progress(open_client: OpenClient) -> None:
    seen: list[str] = []
    with RawServer([LOGIN, task("NOT_STARTED"), task("IN_PROGRESS"), task("COMPLETE")]) as server:
        open_client(server).wait_for_task(
            TaskKind.IMPORT,
            "112",
            TASK,
            deadline_s=60,
            on_progress=lambda running: seen.append(running.state),
        )

    assert seen == ["NOT_STARTED", "IN_PROGRESS"]


def test_waiting_ends_at_its_deadline_and_names_the_task(open_client: OpenClient) -> None:
    clock = FakeClock()
    with (
        RawServer([LOGIN, task("SOMETHING_NEW", currentStep="Thinking")]) as server,
        pytest.raises(OutcomeUnknownError, match="SOMETHING_NEW, Thinking") as caught,
    ):
        open_client(server, clock=clock).wait_for_task(
            TaskKind.PROCESS, "118", TASK, deadline_s=30, poll=PollPolicy(first_s=4)
        )

    assert caught.value.token == TASK
    assert clock.elapsed_s <= 30


def test_a_task_just_created_may_be_unseen_for_a_moment(open_client: OpenClient) -> None:
    with RawServer([LOGIN, reply(404), reply(404), task("COMPLETE")]) as server:
        done = open_client(server).wait_for_task(TaskKind.IMPORT, "112", TASK, deadline_s=60)

    assert done.is_complete


def test_a_task_that_stays_unseen_is_an_error(open_client: OpenClient) -> None:
    with RawServer([LOGIN, reply(404)]) as server, pytest.raises(AccessError):
        open_client(server).wait_for_task(TaskKind.IMPORT, "112", TASK, deadline_s=600)


def test_tasks_come_newest_first_whatever_anaplan_does(open_client: OpenClient) -> None:
    listed = [{"taskId": "A", "creationTime": 1}, {"taskId": "B", "creationTime": 5}]
    with RawServer([LOGIN, reply(200, envelope(tasks=listed))]) as server:
        found = open_client(server).fetch_tasks(TaskKind.IMPORT, "112")

        assert [one.task_id for one in found] == ["B", "A"]
        assert "sort=-creationTime" in paths(server)[1]


@pytest.mark.parametrize("answer", [reply(404), reply(400), reply(200, envelope())])
def test_a_dump_that_is_gone_is_empty(open_client: OpenClient, answer: bytes) -> None:
    with RawServer([LOGIN, answer]) as server:
        assert list(open_client(server).fetch_dump("112", TASK)) == []


def test_a_dump_is_joined_from_chunks_that_end_anywhere(open_client: OpenClient) -> None:
    raw = (
        '"_Status_","Name","_Line_","_Error_1_"\r\n"E","Söhne ""&"" Co","2","Invalid"\r\n'.encode()
    )
    cut = raw.index("ö".encode()) + 1
    chunks = reply(200, envelope(chunks=[{"id": "0"}, {"id": "1"}]))
    text = {"content_type": "text/plain"}
    answers = [LOGIN, chunks, reply(200, raw[:cut], **text), reply(200, raw[cut:], **text)]
    with RawServer(answers) as server:
        rows = list(open_client(server).fetch_process_dump("118", TASK, "112"))

        assert [row.values["Name"] for row in rows] == ['Söhne "&" Co']
        assert paths(server)[1] == f"GET /processes/118/tasks/{TASK}/dumps/112/chunks"


def test_a_dump_with_strange_bytes_still_tells_its_reasons(open_client: OpenClient) -> None:
    raw = b'"_Status_","Name","_Error_1_"\n"E","\xff\xfe\x00","Invalid name"\n'
    answers = [LOGIN, reply(200, envelope(chunks=[{"id": "0"}])), reply(200, raw)]
    with RawServer(answers) as server:
        rows = list(open_client(server).fetch_dump("112", TASK))

    assert rows[0].errors == ("Invalid name",)


def test_a_dump_that_is_no_dump_is_an_unexpected_reply(open_client: OpenClient) -> None:
    answers = [LOGIN, reply(200, envelope(chunks=[{"id": "0"}])), reply(200, b"<html>")]
    with RawServer(answers) as server, pytest.raises(UnexpectedReplyError, match="_Status_"):
        list(open_client(server).fetch_dump("112", TASK))


def test_a_proxys_page_in_place_of_json_is_an_error_naming_the_address(
    open_client: OpenClient,
) -> None:
    page = reply(200, b"<html>Please sign in</html>", content_type="text/html")
    with RawServer([LOGIN, page]) as server, pytest.raises(UnexpectedReplyError, match="api_url"):
        open_client(server).fetch_files()


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    sandbox = Sandbox.start("--orders", "10")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    """The module's sandbox, as fresh as new."""
    served.anaplan("POST", "reset", {})
    return served


def open_model(sandbox: Sandbox, *, audit: Recorder | None = None, **changes: str) -> AnaplanClient:
    settings = AnaplanSettings(**{**sandbox.info["anaplan"], **changes})  # type: ignore[arg-type]
    return open_anaplan(settings, clock=SystemClock(), audit=audit or Recorder())


GROUPS = b"GroupCode,Description,Status,CurrencyCode,Terms\nA,Alpha,Active,CAD,N30\n"
QUICK = PollPolicy(first_s=0.05, longest_s=0.2)


def find(objects: Any, name: str) -> Any:
    return next(one for one in objects if one.name == name)


def load_groups(client: AnaplanClient, content: bytes) -> Any:
    file = find(client.fetch_files(), "vendor_groups.csv")
    groups = find(client.fetch_imports(), "Vendor Groups from vendor_groups.csv")
    client.upload_file(file.id, chunks=[content], chunk_count=1)
    started = client.start_task(TaskKind.IMPORT, groups.id)
    task = client.wait_for_task(TaskKind.IMPORT, groups.id, started, deadline_s=60, poll=QUICK)
    return groups, task


def test_the_model_of_the_sandbox_is_discovered(sandbox: Sandbox) -> None:
    client = open_model(sandbox)

    assert client.fetch_me() == sandbox.info["anaplan"]["username"]
    assert client.fetch_model().last_saved_serial_number is not None
    process = find(client.fetch_processes(), "Load Sage 300")
    steps = client.fetch_process(process.id)
    assert {step.action_type for step in steps} == {"IMPORT"}
    source = client.fetch_import_source(steps[0].id)
    assert source is not None
    assert source.headers[0] == "GroupCode"
    assert find(client.fetch_lists(), "Vendors")
    assert find(client.fetch_views(), "CTL Loads")


def test_rows_uploaded_to_the_sandbox_are_in_its_list(sandbox: Sandbox) -> None:
    client = open_model(sandbox)

    _, task = load_groups(client, GROUPS)

    assert task.is_complete
    assert task.results[0].counts.succeeded == 1
    groups = find(client.fetch_lists(), "Vendor Groups")
    assert [item.code for item in client.fetch_list_items(groups.id)] == ["A"]
    assert client.fetch_list(groups.id).item_count == 1
    control = find(client.fetch_modules(), "CTL Loads")
    assert {row.coordinates[0]: row.cells[0] for row in client.read_view(control.id).rows}[
        "vendor_groups"
    ] == "1"


def test_a_rejected_row_is_named_by_its_dump(sandbox: Sandbox) -> None:
    client = open_model(sandbox)
    code = "X" * 61

    groups, task = load_groups(client, GROUPS + f"{code},Long,Active,CAD,N30\n".encode())

    assert task.results[0].dump_available
    assert task.results[0].counts.failed == 1
    rows = list(client.fetch_dump(groups.id, task.task_id))
    assert [(row.status, row.values["GroupCode"], row.line) for row in rows] == [("E", code, 3)]


def test_a_start_cut_off_after_its_effect_is_found_by_the_task_list(sandbox: Sandbox) -> None:
    client = open_model(sandbox)
    groups = find(client.fetch_imports(), "Vendor Groups from vendor_groups.csv")
    file = find(client.fetch_files(), "vendor_groups.csv")
    client.upload_file(file.id, chunks=[GROUPS], chunk_count=1)
    known = {task.task_id for task in client.fetch_tasks(TaskKind.IMPORT, groups.id)}
    sandbox.anaplan(
        "POST", "faults", {"kind": "cut_after", "method": "POST", "path": "imports/.*/tasks"}
    )

    with pytest.raises(OutcomeUnknownError):
        client.start_task(TaskKind.IMPORT, groups.id)

    new = {task.task_id for task in client.fetch_tasks(TaskKind.IMPORT, groups.id)} - known
    assert len(new) == 1


def test_a_token_revoked_by_the_sandbox_is_replaced_in_passing(sandbox: Sandbox) -> None:
    client = open_model(sandbox)
    client.fetch_me()
    sandbox.anaplan("POST", "tokens/revoke", {})

    assert client.fetch_me()


def test_a_wrong_password_and_a_wrong_model_are_told_apart(sandbox: Sandbox) -> None:
    with pytest.raises(AccessError, match="does not accept this user"):
        open_model(sandbox, password="wrong").fetch_files()
    with pytest.raises(AccessError, match="not found"):
        open_model(sandbox, model_id="F" * 32).fetch_files()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 429, "retry_after": 1},
        {"kind": "status", "status": 500},
        {"kind": "cut_before"},
        {"kind": "cut_after"},
        {"kind": "truncate", "bytes": 40},
    ],
    ids=str,
)
def test_a_read_survives_each_fault_of_the_sandbox(
    sandbox: Sandbox, fault: dict[str, object]
) -> None:
    audit = Recorder()
    client = open_model(sandbox, audit=audit)
    sandbox.anaplan("POST", "faults", {**fault, "path": "/files"})

    assert "vendors.csv" in {file.name for file in client.fetch_files()}
    assert [call.attempt for call in audit.calls if "/files" in call.path] == [1, 2]


def test_everything_one_page_can_hold_costs_one_request_each(sandbox: Sandbox) -> None:
    audit = Recorder()
    client = open_model(sandbox, audit=audit)

    client.fetch_files()
    client.fetch_imports()
    client.fetch_processes()
    client.close()

    assert len(audit.calls) == 5


def test_a_busy_model_is_waited_for_and_named(open_client: OpenClient) -> None:
    clock = FakeClock()
    with (
        RawServer([LOGIN, reply(409, envelope())]) as server,
        pytest.raises(TransientError, match="busy"),
    ):
        open_client(server, clock=clock).fetch_files()

    assert clock.sleeps[0] >= 2.5
    assert len(clock.sleeps) == 7
