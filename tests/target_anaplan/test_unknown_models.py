"""What nobody outside knows of Anaplan, where a model or a moment of its own has to be made for it.

Goal and method as in `test_unknowns`: in each position a first load, a second one with a change
and a row that is refused, and what stands in the model compared with the records.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from ml_connector.anaplan import AnaplanSettings, open_anaplan
from ml_connector.clock import SystemClock
from ml_connector.transport import NoAudit
from ml_connector_sandbox.anaplan._task_switches import FAILURE_CODES

from tests.target_anaplan.two_loads import (
    MISFITS,
    NEVER,
    PROCESS,
    Books,
    find_error,
    kept_rejects,
    load_first,
    load_second,
    messages_of,
    second_rows,
)

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model

pytestmark = pytest.mark.slow

HOUR_S = 3600


def check_all_but_misfits(model: Model, books: Books) -> None:
    """The model holds what the records say, and the ledger keeps the misfits."""
    assert kept_rejects(model).keys() == MISFITS | NEVER
    assert books.find_differences(model, partly=MISFITS | NEVER) == []


# --- a load that fails as a whole ---------------------------------------------------------------


def test_whatever_code_an_action_fails_with_nothing_is_believed_and_all_comes_later(
    clocked: Model,
) -> None:
    books = load_first(clocked)
    for code in FAILURE_CODES:
        clocked.switch(action_fails_with=code)
        if code == "deleteFromSelectionFailed":
            continue  # no step of the process deletes

        failed = clocked.run(messages_of(second_rows(), at=2), **PROCESS)

        assert failed.exit_code == 1, code
        assert "failed as a whole" in find_error(failed)
        assert code in find_error(failed)
        assert failed.states == []

    clocked.switch(action_fails_with="deleteFromSelectionFailed")
    assert load_second(clocked, books).exit_code == 3
    check_all_but_misfits(clocked, books)


@pytest.mark.parametrize(
    "switches",
    [
        {"clear_target": "mapped_items"},
        {"clear_target": "all_items", "clear_time": "from_current_period"},
    ],
    ids=str,
)
def test_an_import_that_clears_more_than_is_sent_is_named_and_made_good(
    clocked: Model, switches: dict[str, str]
) -> None:
    clocked.switch(**switches)
    books = load_first(clocked)

    cleared = load_second(clocked, books)

    assert cleared.exit_code == 1, cleared.log
    assert "clears its target before it loads" in find_error(cleared)
    assert cleared.states == []
    again = load_second(clocked, books)
    assert again.exit_code == 3, again.log
    check_all_but_misfits(clocked, books)


@pytest.mark.parametrize("switches", [{"cancel": "roll_back"}, {"cancel": "keep"}], ids=str)
def test_a_task_that_somebody_cancels_is_told_and_its_load_comes_whole_later(
    clocked: Model, switches: dict[str, str]
) -> None:
    clocked.switch(**switches, task_ms=5000)
    books = load_first(clocked)
    clocked.fault("cancelled_task", "/tasks$", method="POST")

    cancelled = clocked.run(messages_of(second_rows(), at=2), **PROCESS)

    assert cancelled.exit_code == 1, cancelled.log
    assert "CANCELLED" in find_error(cancelled)
    assert cancelled.states == []
    assert load_second(clocked, books).exit_code == 3
    check_all_but_misfits(clocked, books)


# --- what the user and the model allow ----------------------------------------------------------


@pytest.mark.parametrize(
    "switches", [{"list_access": "no_update"}, {"list_access": "no_move"}], ids=str
)
def test_items_that_may_not_be_changed_are_kept_until_they_may(
    clocked: Model, switches: dict[str, str]
) -> None:
    books = load_first(clocked)
    clocked.switch(**switches)

    second = load_second(clocked, books)

    assert second.exit_code == 3, second.log
    assert kept_rejects(clocked)[("vendors", "1200")] != ()
    found = books.find_differences(clocked, partly=MISFITS | NEVER)
    assert found == ["Vendors: 1200 is in 'GRP', expected 'OTHER'"]
    clocked.switch(list_access="full")
    assert clocked.run([], **PROCESS).exit_code == 3
    check_all_but_misfits(clocked, books)


@pytest.mark.parametrize("switches", [{"activeState": "PRODUCTION"}], ids=str)
def test_a_deployed_model_with_production_lists_is_loaded_like_any_other(
    clocked: Model, switches: dict[str, str]
) -> None:
    clocked.switch(**switches)
    names = ["Vendor Groups", "Vendors", "PO Lines"]
    clocked.control("PUT", "production", {"lists": names})
    books = load_first(clocked)

    assert load_second(clocked, books).exit_code == 3
    check_all_but_misfits(clocked, books)


@pytest.mark.parametrize("switches", [{"load_ms": 300}], ids=str)
def test_a_model_that_sleeps_is_waited_for(clocked: Model, switches: dict[str, int]) -> None:
    clocked.switch(**switches)
    clocked.control("POST", "unload")
    books = load_first(clocked)
    clocked.control("POST", "unload")

    assert load_second(clocked, books).exit_code == 3
    check_all_but_misfits(clocked, books)


@pytest.mark.parametrize(
    "switches",
    [{"default_file_for_others": "not_found"}, {"default_file_for_others": "empty"}],
    ids=str,
)
def test_a_default_file_is_never_loaded_in_place_of_ours(
    clocked: Model, switches: dict[str, str]
) -> None:
    clocked.switch(**switches, role="standard")
    for name in ("vendors", "purchase_order_lines"):
        headers = clocked.control("PATCH", f"files/{name}.csv", {})["headers"]
        old = ",".join(headers) + "\nOLD" + "," * (len(headers) - 1) + "\n"
        default = {"content": old, "audience": "admins"}
        clocked.control("POST", f"files/{name}.csv/default", default)
    books = load_first(clocked)
    clocked.control("POST", "clock", {"advance_s": 49 * HOUR_S})

    assert load_second(clocked, books).exit_code == 3
    check_all_but_misfits(clocked, books)


# --- somebody else at the same time -------------------------------------------------------------


@pytest.mark.parametrize(
    "switches",
    [
        {"upload_during_import": "mixed"},
        {"upload_during_import": "new"},
        {"upload_during_import": "error"},
    ],
    ids=str,
)
def test_a_file_that_somebody_replaces_under_our_import_is_noticed_and_made_good(
    clocked: Model, switches: dict[str, str]
) -> None:
    books = load_first(clocked)
    clocked.switch(**switches, task_ms=3000)
    ours = clocked.uploaded("purchase_order_lines.csv")
    theirs = "\n".join([*ours[:1], *(line.replace("10.5", "99") for line in ours[1:])]) + "\n"
    other = hold_and_replace(
        clocked, "DAT PO Lines from purchase_order_lines.csv", "purchase_order_lines.csv", theirs
    )

    disturbed = clocked.run(messages_of(second_rows(), at=2))
    other.join()

    assert disturbed.exit_code == 1, disturbed.log
    assert "purchase_order_lines" in find_error(disturbed)
    assert disturbed.states == []
    assert load_second(clocked, books).exit_code == 3
    check_all_but_misfits(clocked, books)


def hold_and_replace(model: Model, action: str, file: str, text: str) -> threading.Thread:
    """Hold the first look at a running import, replace its file as the same user, let it go."""
    with_client = open_anaplan(
        AnaplanSettings(**model.sandbox.info["anaplan"]), clock=SystemClock(), audit=NoAudit()
    )
    import_id = next(one.id for one in with_client.fetch_imports() if one.name == action)
    file_id = next(one.id for one in with_client.fetch_files() if one.name == file)
    path = f"/imports/{import_id}/tasks/[0-9A-F]+$"
    model.fault("hang", path, method="GET", effect="done", times=1)

    def replace() -> None:
        model.sandbox.wait_for_held_request(model.control)
        with_client.upload_file(file_id, chunks=[text.encode()], chunk_count=1)
        with_client.close()
        model.control("POST", "faults/release", {})

    other = threading.Thread(target=replace)
    other.start()
    return other
