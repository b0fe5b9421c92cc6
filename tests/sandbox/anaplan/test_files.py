"""Files and their contents (Anaplan sheet §4)."""

from __future__ import annotations

import pytest

from tests.sandbox.anaplan.service import GROUP_HEADERS, Anaplan, make_groups

FILE = "vendor_groups.csv"
IMPORT = "Vendor Groups from vendor_groups.csv"
HOUR = 3600
SECOND = ("second@example.com", "Second-4-Sandbox!")
STANDARD = ("standard@example.com", "Standard-4-Sandbox!")


def test_an_upload_in_chunks_joins_them_byte_by_byte(anaplan: Anaplan) -> None:
    text = make_groups("Å1", "G2", "G3")

    anaplan.upload(FILE, text, chunks=7)

    file_id = anaplan.id_of("files", FILE)
    answer = anaplan.get(f"./files/{file_id}")
    assert answer.raw.decode() == text
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert anaplan.control.get("counters")["uploads"] == 7


def test_a_chunk_is_answered_204_and_empty(anaplan: Anaplan) -> None:
    file_id = anaplan.id_of("files", FILE)
    anaplan.send("POST", f"./files/{file_id}", body={"chunkCount": 1})

    answer = anaplan.put_chunk(file_id, 0, b"x")

    assert (answer.status, answer.raw) == (204, b"")


def test_a_chunk_said_to_be_gzipped_must_be(anaplan: Anaplan) -> None:
    file_id = anaplan.id_of("files", FILE)
    anaplan.send("POST", f"./files/{file_id}", body={"chunkCount": 1})
    path = f"./files/{file_id}/chunks/0"

    wrong = anaplan.send("PUT", path, raw=b"x", headers={"Content-Type": "application/x-gzip"})
    other = anaplan.send("PUT", path, raw=b"x", headers={"Content-Type": "text/csv"})
    plain = anaplan.send(
        "PUT", path, raw=b"x", headers={"Content-Type": "application/octet-stream"}
    )

    assert [wrong.status, other.status, plain.status] == [400, 415, 204]


def test_a_chunk_beyond_the_announced_count_is_refused(anaplan: Anaplan) -> None:
    file_id = anaplan.id_of("files", FILE)
    anaplan.send("POST", f"./files/{file_id}", body={"chunkCount": 1})

    assert anaplan.put_chunk(file_id, 1, b"x").status == 400


def test_chunks_may_come_in_any_order_and_again(anaplan: Anaplan) -> None:
    file_id = anaplan.id_of("files", FILE)
    anaplan.send("POST", f"./files/{file_id}", body={"chunkCount": 2})

    for number, data in ((1, b"B"), (0, b"x"), (0, b"A")):
        anaplan.put_chunk(file_id, number, data)

    assert anaplan.get(f"./files/{file_id}").raw == b"AB"


def test_an_unknown_length_needs_complete(anaplan: Anaplan) -> None:
    file_id = anaplan.id_of("files", FILE)
    anaplan.send("POST", f"./files/{file_id}", body={"chunkCount": -1})
    anaplan.put_chunk(file_id, 0, make_groups("G1").encode())
    unfinished = anaplan.run("imports", IMPORT)

    answer = anaplan.send("POST", f"./files/{file_id}/complete", body={"id": file_id})

    assert unfinished["result"]["successful"] is False
    assert answer.json["file"]["chunkCount"] == 1
    assert anaplan.run("imports", IMPORT)["result"]["successful"] is True


@pytest.mark.switch("complete")
def test_complete_can_fail_as_it_did_once(anaplan: Anaplan) -> None:
    file_id = anaplan.id_of("files", FILE)
    anaplan.send("POST", f"./files/{file_id}", body={"chunkCount": -1})
    anaplan.control.turn(complete="fails")
    failed = anaplan.send("POST", f"./files/{file_id}/complete", body={}).status
    anaplan.control.turn(complete="works")

    assert failed == 500
    assert anaplan.send("POST", f"./files/{file_id}/complete", body={}).status == 200


def test_an_upload_cut_off_half_way_leaves_mixed_data(anaplan: Anaplan) -> None:
    anaplan.upload(FILE, b"AAAABBBB", chunks=2)
    file_id = anaplan.id_of("files", FILE)

    anaplan.send("POST", f"./files/{file_id}", body={"chunkCount": 2})
    anaplan.put_chunk(file_id, 0, b"CCCC")

    assert anaplan.get(f"./files/{file_id}").raw == b"CCCCBBBB"


def test_announcing_fewer_chunks_drops_the_tail(anaplan: Anaplan) -> None:
    anaplan.upload(FILE, b"AAAABBBB", chunks=2)

    anaplan.upload(FILE, b"CC", chunks=1)

    assert anaplan.get(f"./files/{anaplan.id_of('files', FILE)}").raw == b"CC"


@pytest.mark.switch("chunk_gaps")
def test_an_import_over_missing_chunks_joins_the_rest_or_refuses(anaplan: Anaplan) -> None:
    file_id = anaplan.id_of("files", FILE)
    anaplan.send("POST", f"./files/{file_id}", body={"chunkCount": 2})
    anaplan.put_chunk(file_id, 0, make_groups("G1").encode())
    joined = anaplan.run("imports", IMPORT)

    anaplan.control.turn(chunk_gaps="refuse")

    assert joined["result"]["successful"] is True
    refused = anaplan.run("imports", IMPORT)["result"]
    assert refused["details"][0]["type"] == "importFailedGeneralError"


@pytest.mark.parametrize(
    "body",
    [{"chunkCount": True}, {"chunkCount": "1"}, {"chunkCount": 1, "encoding": "KLINGON"}],
)
def test_an_announcement_that_makes_no_sense_is_refused(
    anaplan: Anaplan, body: dict[str, object]
) -> None:
    path = f"./files/{anaplan.id_of('files', 'vendors.csv')}"

    assert anaplan.send("POST", path, body=body).status == 400


def test_media_types_are_read_in_any_case(anaplan: Anaplan) -> None:
    path = f"./files/{anaplan.id_of('files', 'vendors.csv')}"
    spelt = {"Content-Type": "Application/JSON; charset=UTF-8"}

    assert anaplan.send("POST", path, raw=b'{"chunkCount": 1}', headers=spelt).status == 200


def test_a_post_to_an_unknown_file_creates_one(anaplan: Anaplan) -> None:
    answer = anaplan.send("POST", "./files/vendor_gruops.csv", body={"chunkCount": 1})

    created = answer.json["file"]
    assert answer.status == 200
    assert created["id"].startswith("113")
    assert created["headerRow"] == -1
    assert created["separator"] == "\t"
    assert anaplan.id_of("files", "vendor_gruops.csv") == created["id"]


def test_a_small_file_goes_up_in_one_piece(anaplan: Anaplan) -> None:
    file_id = anaplan.id_of("files", FILE)

    answer = anaplan.send(
        "PUT",
        f"./files/{file_id}",
        raw=make_groups("G1").encode(),
        headers={"Content-Type": "application/octet-stream"},
    )

    assert answer.status == 204
    assert anaplan.run("imports", IMPORT)["result"]["successful"] is True


def test_the_chunk_list_loses_its_key_when_empty(anaplan: Anaplan) -> None:
    file_id = anaplan.id_of("files", FILE)
    empty = anaplan.get(f"./files/{file_id}/chunks").json
    anaplan.upload(FILE, b"AB", chunks=2)

    full = anaplan.get(f"./files/{file_id}/chunks").json

    assert "chunks" not in empty
    assert full["chunks"] == [{"id": "0", "name": "Chunk 0"}, {"id": "1", "name": "Chunk 1"}]
    assert anaplan.get(f"./files/{file_id}/chunks/1").raw == b"B"
    assert anaplan.get(f"./files/{file_id}/chunks/2").status == 404


def test_content_is_private_to_who_uploaded_it(anaplan: Anaplan) -> None:
    second = anaplan.as_user(*SECOND)
    anaplan.upload(FILE, make_groups("G1"))

    task = second.run("imports", IMPORT)

    detail = task["result"]["details"][0]
    assert second.get(f"./files/{anaplan.id_of('files', FILE)}").status == 404
    assert detail["type"] == "uploadedFileNoLongerAvailable"
    assert anaplan.items("Vendor Groups") == {}


def test_content_is_gone_48_hours_after_its_last_access(anaplan: Anaplan) -> None:
    file_id = anaplan.id_of("files", FILE)
    anaplan.upload(FILE, make_groups("G1"))
    anaplan.control.post("clock", {"advance_s": 47 * HOUR})
    anaplan.login()
    still = anaplan.get(f"./files/{file_id}").status
    anaplan.control.post("clock", {"advance_s": 47 * HOUR})
    anaplan.login()
    again = anaplan.get(f"./files/{file_id}").status

    anaplan.control.post("clock", {"advance_s": 49 * HOUR})
    anaplan.login()

    assert (still, again) == (200, 200)
    assert anaplan.get(f"./files/{file_id}").status == 404


def test_a_look_at_the_list_of_files_keeps_no_content_alive(anaplan: Anaplan) -> None:
    anaplan.upload(FILE, make_groups("G1"))
    for _ in range(2):
        anaplan.control.post("clock", {"advance_s": 25 * HOUR})
        anaplan.login()
        anaplan.get("./files")

    assert anaplan.get("./files").json["files"][0]["chunkCount"] == 0


def test_a_default_file_is_loaded_in_silence_when_private_content_is_gone(
    anaplan: Anaplan,
) -> None:
    anaplan.control.post(f"files/{FILE}/default", {"content": make_groups("OLD")})

    task = anaplan.run("imports", IMPORT)

    assert task["result"]["successful"] is True
    assert list(anaplan.items("Vendor Groups")) == ["OLD"]


@pytest.mark.switch("default_file_for_others")
@pytest.mark.parametrize(("position", "status"), [("not_found", 404), ("empty", 200)])
def test_an_admin_only_default_file_hides_from_others(
    anaplan: Anaplan, position: str, status: int
) -> None:
    content = {"content": make_groups("OLD"), "audience": "admins"}
    anaplan.control.post(f"files/{FILE}/default", content)
    anaplan.control.turn(default_file_for_others=position)
    standard = anaplan.as_user(*STANDARD)

    answer = standard.get(f"./files/{anaplan.id_of('files', FILE)}")

    assert answer.status == status
    assert GROUP_HEADERS not in answer.raw.decode()
    assert anaplan.get(f"./files/{anaplan.id_of('files', FILE)}").status == 200


@pytest.mark.switch("stale_chunk_count")
def test_a_deleted_content_may_leave_a_stale_chunk_count(anaplan: Anaplan) -> None:
    file_id = anaplan.id_of("files", FILE)
    anaplan.upload(FILE, b"AB", chunks=2)
    assert anaplan.send("DELETE", f"./files/{file_id}").status == 204
    fresh = anaplan.get("./files").json["files"][0]["chunkCount"]

    anaplan.control.turn(stale_chunk_count="on")

    assert fresh == 0
    assert anaplan.get("./files").json["files"][0]["chunkCount"] == 2
    assert anaplan.get(f"./files/{file_id}").status == 404
