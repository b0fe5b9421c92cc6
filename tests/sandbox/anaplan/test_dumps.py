"""Dumps: one per user and import, of the last failing run, for 48 hours (Anaplan sheet §5.4)."""

from __future__ import annotations

import pytest

from tests.sandbox.anaplan.service import Anaplan, make_groups, make_vendors

VENDORS = "Vendors from vendors.csv"
HOUR = 3600
SECOND = ("second@example.com", "Second-4-Sandbox!")


def _dump_path(anaplan: Anaplan, task_id: str) -> str:
    return f"./imports/{anaplan.id_of('imports', VENDORS)}/tasks/{task_id}/dump"


def _fail(anaplan: Anaplan) -> str:
    return str(anaplan.load(VENDORS, make_vendors("V1,NOPE"))["taskId"])


def test_all_fields_of_a_dump_are_quoted(anaplan: Anaplan) -> None:
    path = _dump_path(anaplan, _fail(anaplan))

    answer = anaplan.get(path)

    header, row = answer.raw.decode().splitlines()
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert header.startswith('"_Status_","VendorNumber"')
    assert header.endswith('"_Line_","_Error_1_"')
    assert row == (
        '"W","V1","Name","Short","NOPE","Active","","USD","N30","","","11","2","Invalid parent"'
    )


def test_a_dump_comes_in_chunks_too(anaplan: Anaplan) -> None:
    path = _dump_path(anaplan, _fail(anaplan))

    listed = anaplan.get(f"{path}/chunks").json["chunks"]

    assert [chunk["id"] for chunk in listed] == ["0"]
    assert anaplan.get(f"{path}/chunks/0").raw == anaplan.get(path).raw
    assert anaplan.get(f"{path}/chunks/1").status == 404


def test_the_next_failing_run_takes_the_dump_s_place(anaplan: Anaplan) -> None:
    first = _fail(anaplan)

    second = _fail(anaplan)

    assert anaplan.get(_dump_path(anaplan, first)).status == 404
    assert anaplan.get(_dump_path(anaplan, second)).status == 200


def test_a_clean_run_deletes_the_dump_and_the_flag_stays(anaplan: Anaplan) -> None:
    task_id = _fail(anaplan)
    anaplan.load("Vendor Groups from vendor_groups.csv", make_groups("NOPE"))

    anaplan.load(VENDORS, make_vendors("V1,NOPE"))

    task = anaplan.wait("imports", VENDORS, task_id)
    assert task["result"]["failureDumpAvailable"] is True
    assert anaplan.get(_dump_path(anaplan, task_id)).status == 404


def test_a_dump_is_only_for_who_ran_the_import(anaplan: Anaplan) -> None:
    task_id = _fail(anaplan)

    second = anaplan.as_user(*SECOND)

    assert second.get(_dump_path(anaplan, task_id)).status == 404


def test_a_dump_is_gone_48_hours_after_its_last_access(anaplan: Anaplan) -> None:
    path = _dump_path(anaplan, _fail(anaplan))

    anaplan.control.post("clock", {"advance_s": 49 * HOUR})
    anaplan.login()

    assert anaplan.get(path).status == 404
    assert anaplan.get(f"{path}/chunks").status == 404


@pytest.mark.switch("dump_shelf")
def test_a_dump_can_vanish_at_once(anaplan: Anaplan) -> None:
    kept = anaplan.get(_dump_path(anaplan, _fail(anaplan))).status
    anaplan.control.turn(dump_shelf="loses")
    anaplan.upload("vendors.csv", make_vendors("V1,NOPE"))
    task_id = anaplan.start("imports", VENDORS)

    task = anaplan.wait("imports", VENDORS, task_id)

    assert kept == 200
    assert task["result"]["failureDumpAvailable"] is True
    assert anaplan.get(_dump_path(anaplan, task_id)).status == 404
