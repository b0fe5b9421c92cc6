"""Rights by kind, security off, limits, delays, the proxy in front (Sage sheet §2, §7)."""

from __future__ import annotations

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.web import call

if TYPE_CHECKING:
    from tests.sandbox.web import Answer, Sage


def _call_as(sage: Sage, username: str, password: str) -> Answer:
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
    return call("GET", sage.url("IC/ICLocations"), headers=headers)


def _statuses(sage: Sage) -> tuple[int, int, int]:
    """Of reading, maintaining and posting in IC."""
    return (
        sage.get("IC/ICLocations").status,
        sage.send("POST", "IC/ICLocations", {"LocationKey": "Z1"}).status,
        sage.send("POST", "IC/ICDayEndProcessing('$process')", {}).status,
    )


@pytest.mark.switch("withheld_rights")
@pytest.mark.parametrize(
    ("withheld", "statuses"),
    [
        ([], (200, 201, 204)),
        (["read"], (403, 201, 204)),
        (["maintain"], (200, 403, 204)),
        (["post"], (200, 201, 403)),
        (["read", "maintain", "post"], (403, 403, 403)),
    ],
)
def test_rights_are_withheld_by_kind(
    sage: Sage, withheld: list[str], statuses: tuple[int, int, int]
) -> None:
    sage.control.turn(withheld_rights={"IC": withheld})

    assert _statuses(sage) == statuses


def test_rights_are_withheld_in_one_module_only(sage: Sage) -> None:
    sage.control.turn(withheld_rights={"AP": ["read", "maintain", "post"]})

    answer = sage.get("AP/APVendors")

    assert (answer.status, answer.error_code) == (403, "Forbidden")
    assert _statuses(sage) == (200, 201, 204)


def test_a_module_without_the_web_api_right_takes_no_writing(sage: Sage) -> None:
    sage.control.turn(modules_without_right=["IC"])

    assert _statuses(sage) == (403, 403, 403)


@pytest.mark.switch("security")
def test_with_security_off_the_password_is_empty_and_rights_do_not_matter(sage: Sage) -> None:
    sage.control.turn(modules_without_right=["IC"], withheld_rights={"IC": ["read"]})
    username, password = sage.ready["username"], sage.ready["password"]

    on = [_call_as(sage, username, word).status for word in ("", password)]
    sage.control.turn(security=False)
    off = [_call_as(sage, username, word).status for word in ("", password)]
    nobody = _call_as(sage, "NOBODY", "").status

    assert (on, off, nobody) == ([401, 403], [200, 401], 401)


def test_admin_is_refused_with_security_off_as_well(sage: Sage) -> None:
    sage.control.turn(security=False)

    assert _call_as(sage, "ADMIN", "").error_code == "Forbidden"


@pytest.mark.switch("challenge")
def test_a_401_may_come_without_a_challenge(sage: Sage) -> None:
    with_challenge = _call_as(sage, "NOBODY", "x").headers["WWW-Authenticate"]
    sage.control.turn(challenge=False)
    without = _call_as(sage, "NOBODY", "x").headers["WWW-Authenticate"]

    assert with_challenge.startswith("Basic")
    assert without is None


@pytest.mark.switch("unauthorized_body")
@pytest.mark.parametrize(
    ("position", "media_type", "gist"),
    [
        ("json", "application/json", b'"Unauthorized"'),
        ("html", "text/html", b"<h2>401"),
        ("empty", None, b""),
    ],
)
def test_the_body_of_a_401_is_the_apis_or_not(
    sage: Sage, position: str, media_type: str | None, gist: bytes
) -> None:
    sage.control.turn(unauthorized_body=position)

    answer = _call_as(sage, "NOBODY", "x")

    assert answer.status == 401
    assert (answer.headers["Content-Type"] or "").split(";")[0] == (media_type or "")
    assert gist in answer.raw
    assert bool(answer.raw) is bool(gist)


@pytest.mark.switch("companies")
def test_companies_are_listed_where_a_driver_says_so(sage: Sage) -> None:
    url = f"{sage.ready['base_url']}/Companies"

    absent = call("GET", url, headers=sage.headers)
    sage.control.turn(companies="listed")
    listed = call("GET", url, headers=sage.headers)
    stranger = call("GET", url, headers={"Content-Type": "application/json"})

    assert (absent.status, absent.headers["Content-Type"].split(";")[0]) == (404, "text/html")
    assert listed.json == {"value": [{"CompanyID": "SAMLTD"}]}
    assert stranger.status == 401


@pytest.mark.switch("requests_per_minute_max")
def test_too_many_requests_a_minute_are_429_until_the_minute_is_over(sage: Sage) -> None:
    unlimited = [sage.get("IC/ICLocations").status for _ in range(4)]
    sage.control.turn(requests_per_minute_max=2)

    limited = [sage.get("IC/ICLocations") for _ in range(3)]
    sage.control.post("clock", {"advance_s": 61})
    later = sage.get("IC/ICLocations")

    assert unlimited == [200] * 4
    assert [answer.status for answer in limited] == [200, 200, 429]
    assert limited[2].error_code == "TooManyRequests"
    assert later.status == 200


@pytest.mark.switch("retry_after_s")
@pytest.mark.parametrize(("seconds", "header"), [(0, None), (7, "7")])
def test_a_429_may_say_when_to_come_back(sage: Sage, seconds: int, header: str | None) -> None:
    sage.control.turn(requests_per_minute_max=1, retry_after_s=seconds)
    sage.get("IC/ICLocations")

    answer = sage.get("IC/ICLocations")

    assert (answer.status, answer.headers["Retry-After"]) == (429, header)


@pytest.mark.switch("concurrent_requests_max")
@pytest.mark.parametrize(("limit", "refused"), [(0, 0), (2, 2)])
def test_more_requests_at_a_time_than_allowed_are_429(sage: Sage, limit: int, refused: int) -> None:
    sage.control.turn(concurrent_requests_max=limit, response_delay_ms=400)

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: sage.get("IC/ICLocations").status, range(4)))

    assert sorted(statuses) == [200] * (4 - refused) + [429] * refused
    assert sage.get("IC/ICLocations").status == 200


@pytest.mark.switch("response_delay_ms")
def test_the_site_may_be_slow(sage: Sage) -> None:
    sage.control.turn(response_delay_ms=300)

    started = time.monotonic()
    answer = sage.get("IC/ICLocations")

    assert time.monotonic() - started >= 0.3
    assert answer.status == 200


@pytest.mark.switch("gateway_top_max")
def test_a_proxy_gives_up_on_large_pages(sage: Sage) -> None:
    unlimited = sage.get("AP/APVendors", top=1000).status
    sage.control.turn(gateway_top_max=500)

    large = sage.get("AP/APVendors", top=1000)
    small = sage.get("AP/APVendors", top=500)

    assert (unlimited, large.status, small.status) == (200, 502, 200)
    assert large.headers["Content-Type"].startswith("text/html")
