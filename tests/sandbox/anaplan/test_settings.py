"""Calls that change the model as a whole, so that a client's accident shows (sheet §3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.anaplan.service import Anaplan

FORECAST, ACTUAL = "107000000002", "107000000001"


def serial(service: Anaplan) -> int:
    return int(service.control.get("model")["lastSavedSerialNumber"])


def calendar(service: Anaplan) -> dict[str, Any]:
    read: dict[str, Any] = service.get("./modelCalendar").json["modelCalendar"]
    return read


def labels(service: Anaplan) -> set[str]:
    view = service.id_of("views", "Commitments")
    items = service.get(f"./views/{view}/dimensions/20000000003/items").json["items"]
    return {one["name"] for one in items}


@pytest.mark.parametrize("how", ["query", "body"])
def test_the_current_period_is_set_by_query_or_body(anaplan: Anaplan, how: str) -> None:
    before = serial(anaplan)
    if how == "query":
        answer = anaplan.send("PUT", "./currentPeriod?date=2024-02-10")
    else:
        answer = anaplan.send("PUT", "./currentPeriod", body={"date": "2024-02-10"})

    period = anaplan.get("./currentPeriod").json["currentPeriod"]
    assert answer.json["currentPeriod"] == period
    assert (period["periodText"], period["lastDay"]) == ("Feb 24", "2024-02-29")
    assert calendar(anaplan)["currentPeriod"]["periodText"] == "Feb 24"
    assert serial(anaplan) == before + 1


def test_a_date_in_both_places_is_refused(anaplan: Anaplan) -> None:
    path = "./currentPeriod?date=2024-02-10"

    assert anaplan.send("PUT", path, body={"date": "2024-02-10"}).status == 400


@pytest.mark.parametrize("given", ["", None])
def test_a_blank_date_resets_the_current_period_and_no_date_is_refused(
    anaplan: Anaplan, given: str | None
) -> None:
    path = "./currentPeriod" if given is None else f"./currentPeriod?date={given}"

    answer = anaplan.send("PUT", path)

    assert answer.status == (400 if given is None else 200)
    text = anaplan.get("./currentPeriod").json["currentPeriod"]["periodText"]
    assert (text == "") is (given == "")


@pytest.mark.parametrize(
    ("date", "message"),
    [("10.02.2024", "Invalid ISO date format"), ("1999-01-01", "out of timescale range")],
)
def test_a_date_that_does_not_fit_is_named(anaplan: Anaplan, date: str, message: str) -> None:
    answer = anaplan.send("PUT", f"./currentPeriod?date={date}")

    assert answer.status == 400
    assert message in answer.json["status"]["message"]
    assert date in answer.json["status"]["message"]


def test_another_fiscal_year_moves_the_whole_timescale(anaplan: Anaplan) -> None:
    before, first = calendar(anaplan), labels(anaplan)

    answer = anaplan.send("PUT", "./modelCalendar/fiscalYear", body={"year": "FY25"})

    after = calendar(anaplan)
    assert answer.json["modelCalendar"]["fiscalYear"] == after["fiscalYear"]
    assert after["fiscalYear"] == {
        "year": "FY25",
        "startDate": "2024-04-01",
        "endDate": "2025-03-31",
    }
    assert after["pastYearsCount"] == before["pastYearsCount"]
    assert first - labels(anaplan)


@pytest.mark.parametrize("year", ["FY99", "2024", "FYxx", "FY²", ""])
def test_a_fiscal_year_outside_the_calendar_is_refused(anaplan: Anaplan, year: str) -> None:
    before = calendar(anaplan)

    answer = anaplan.send("PUT", "./modelCalendar/fiscalYear", body={"year": year})

    assert answer.status == 400
    assert calendar(anaplan) == before


def test_reading_the_fiscal_year_is_405_at_its_own_path(anaplan: Anaplan) -> None:
    assert anaplan.get("./modelCalendar/fiscalYear").status == 405


@pytest.mark.switch("totals_selection")
@pytest.mark.parametrize(
    ("position", "name"), [("plain", "quarterTotals"), ("prefixed", "isQuarterTotals")]
)
def test_how_the_totals_are_spelt_is_switched(anaplan: Anaplan, position: str, name: str) -> None:
    anaplan.control.turn(totals_selection=position)

    totals = calendar(anaplan)["totalsSelection"]

    assert totals[name] is False
    assert len(totals) == 5


def test_a_switchover_is_set_shown_moved_on_and_reset(anaplan: Anaplan) -> None:
    path = f"./versions/{FORECAST}/switchover"

    def statuses(*dates: str) -> list[int]:
        return [anaplan.send("PUT", path, body={"date": date}).status for date in dates]

    assert statuses("2024-03-10", "2024-03-10", "2024-01-01", "1999-01-01") == [200, 400, 400, 400]
    shown = anaplan.get("./versions").json["versionMetadata"][1]["switchover"]
    assert shown == {"periodText": "Mar 24", "date": "2024-03-01"}
    assert statuses("2024-05-01", "", "2024-01-01") == [200, 200, 200]


def test_only_forecast_versions_switch_over(anaplan: Anaplan) -> None:
    body = {"date": "2024-03-10"}

    assert anaplan.send("PUT", f"./versions/{ACTUAL}/switchover", body=body).status == 400
    assert anaplan.send("PUT", "./versions/107000000009/switchover", body=body).status == 404


def test_resetting_an_index_takes_an_empty_list_and_begins_anew(anaplan: Anaplan) -> None:
    anaplan.fill()
    path = f"./lists/{anaplan.id_of('lists', 'Vendors')}"
    refused = anaplan.send("POST", f"{path}/resetIndex")
    anaplan.send("POST", f"{path}/items?action=delete", body={"items": [{"code": "V1"}]})
    before = anaplan.get(path).json["metadata"]["nextItemIndex"]

    answer = anaplan.send("POST", f"{path}/resetIndex")

    assert (refused.status, answer.status, answer.raw) == (400, 200, b"")
    assert "contains data" in refused.json["status"]["message"]
    assert (before, anaplan.get(path).json["metadata"]["nextItemIndex"]) == (2, 1)
    anaplan.load("Vendors from vendors.csv", "VendorNumber,GroupCode\nV9,G1\n")


def test_an_unknown_list_has_no_index(anaplan: Anaplan) -> None:
    assert anaplan.send("POST", "./lists/101000000999/resetIndex").status == 404
