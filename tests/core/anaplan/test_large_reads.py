"""Views of any size: pages put together, whichever way Anaplan writes them; over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from ml_connector.anaplan import AnaplanSettings, open_anaplan
from ml_connector.errors import AccessError, UnexpectedReplyError

from tests.core.anaplan.conftest import OpenClient, envelope, paths
from tests.core.fakes import FakeClock, Recorder
from tests.core.raw_server import RawServer, reply
from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector.anaplan import AnaplanClient

LOGIN = reply(201, {"tokenInfo": {"tokenValue": "T1", "expiresAt": 0}})
CODES = [f"V{number:02d}" for number in range(11)]


def state(name: str, *, pages: int = 0, successful: bool = False) -> bytes:
    found = {"requestId": "R1", "requestState": name, "availablePages": pages}
    return reply(200, envelope(viewReadRequest={**found, "successful": successful}))


def page(text: str) -> bytes:
    return reply(200, text.encode(), content_type="text/csv")


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    sandbox = Sandbox.start("--orders", "3")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def model(running: Sandbox) -> Iterator[tuple[Sandbox, AnaplanClient]]:
    """A model with eleven vendors, and a client of it."""
    running.anaplan("POST", "reset", {})
    running.anaplan("POST", "switches", {"task_ms": 10})
    items = [{"code": code, "name": code} for code in CODES]
    running.anaplan("POST", "lists/Vendors", {"items": items})
    names = {code: {"Vendor Name": f'{code}, the "first"\nof its name'} for code in CODES}
    running.anaplan("PATCH", f"cells/{quote('SYS Vendors')}", names)
    info = running.info["anaplan"]
    client = open_anaplan(AnaplanSettings(**info), clock=FakeClock(), audit=Recorder())
    yield running, client
    client.close()


def find_module(client: AnaplanClient, name: str) -> str:
    return next(one.id for one in client.fetch_modules() if one.name == name)


@pytest.mark.parametrize("header", ["first", "every"])
@pytest.mark.parametrize("rows", [1, 4, 11, 10000])
def test_pages_become_one_table_whether_or_not_each_repeats_the_header(
    model: tuple[Sandbox, AnaplanClient], rows: int, header: str
) -> None:
    sandbox, client = model
    sandbox.anaplan("POST", "switches", {"read_page_rows": rows, "read_page_header": header})

    found = list(client.read_large_view(find_module(client, "SYS Vendors")))

    assert [row["Vendors"] for row in found] == CODES
    assert found[3]["Vendor Name"] == 'V03, the "first"\nof its name'


def test_a_read_without_success_is_started_again_and_then_given_up(
    model: tuple[Sandbox, AnaplanClient],
) -> None:
    sandbox, client = model
    sandbox.anaplan("POST", "switches", {"large_read": "unsuccessful"})

    with pytest.raises(UnexpectedReplyError, match="3 times"):
        list(client.read_large_view(find_module(client, "SYS Vendors")))


def test_a_read_that_succeeds_at_the_second_time_is_used(open_client: OpenClient) -> None:
    answers = [
        *(LOGIN, state("COMPLETE"), state("COMPLETE"), state("IN_PROGRESS")),
        state("COMPLETE", pages=1, successful=True),
        *(page("A,B\n1,2\n"), state("COMPLETE")),
    ]
    with RawServer(answers) as server:
        assert list(open_client(server).read_large_view("V")) == [{"A": "1", "B": "2"}]
        assert [path.split(" ")[0] for path in paths(server)[1:]] == [
            *("POST", "DELETE", "POST", "GET", "GET", "DELETE"),
        ]


def test_a_row_that_is_cut_is_no_row(open_client: OpenClient) -> None:
    done = state("COMPLETE", pages=1, successful=True)
    with RawServer([LOGIN, done, page("A,B\n1\n"), state("COMPLETE")]) as server:
        with pytest.raises(UnexpectedReplyError, match="page 0 has a row of 1 cells"):
            list(open_client(server).read_large_view("V"))
        assert paths(server)[-1].startswith("DELETE ")


def test_a_read_nobody_finishes_is_dropped(model: tuple[Sandbox, AnaplanClient]) -> None:
    sandbox, client = model
    rows = client.read_large_view(find_module(client, "SYS Vendors"))

    assert next(iter(rows))["Vendors"] == "V00"
    assert sandbox.anaplan("GET", "model")["read_requests"] == 1
    rows.close()  # type: ignore[attr-defined]
    assert sandbox.anaplan("GET", "model")["read_requests"] == 0


def test_a_client_that_closes_drops_what_it_still_reads(
    model: tuple[Sandbox, AnaplanClient],
) -> None:
    sandbox, client = model
    rows = client.read_large_view(find_module(client, "SYS Vendors"))

    assert next(iter(rows))["Vendors"] == "V00"
    client.close()

    assert sandbox.anaplan("GET", "model")["read_requests"] == 0


def test_a_page_in_another_encoding_is_no_table(open_client: OpenClient) -> None:
    done = state("COMPLETE", pages=1, successful=True)
    strange = reply(200, "A,B\nZürich,2\n".encode("latin-1"), content_type="text/csv")
    with RawServer([LOGIN, done, strange, state("COMPLETE")]) as server:
        with pytest.raises(UnexpectedReplyError, match="page 0 is not in UTF-8"):
            list(open_client(server).read_large_view("V"))
        assert paths(server)[-1].startswith("DELETE ")


@pytest.mark.parametrize("header", ["first", "every"])
def test_items_of_a_list_are_the_same_in_one_answer_and_in_pages(
    model: tuple[Sandbox, AnaplanClient], header: str
) -> None:
    sandbox, client = model
    properties = [{"name": "Town"}, {"name": "Days", "format": "NUMBER"}]
    new = {"name": "Partners", "parent": "Vendors", "properties": properties}
    sandbox.anaplan("POST", "objects", {"lists": [new]})
    items = [
        {"code": "P1", "parent": "V01", "properties": {"Town": 'Zürich, "Old Town"', "Days": "30"}},
        *({"code": f"P{number}"} for number in range(2, 6)),
    ]
    sandbox.anaplan("POST", "lists/Partners", {"items": items})
    [partners] = [one.id for one in client.fetch_lists() if one.name == "Partners"]
    in_one = list(client.read_list_items(partners))

    switches = {"list_read_max": 3, "read_page_rows": 2, "read_page_header": header}
    sandbox.anaplan("POST", "switches", switches)

    assert list(client.read_list_items(partners)) == in_one
    assert in_one[0].properties == {"Town": 'Zürich, "Old Town"', "Days": "30.0"}
    assert in_one[0].parent == "V01"


def test_a_list_that_is_not_there_is_no_large_one(
    model: tuple[Sandbox, AnaplanClient],
) -> None:
    _, client = model

    with pytest.raises(AccessError, match="not found"):
        list(client.read_list_items("101999999999"))
