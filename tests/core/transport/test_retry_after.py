from __future__ import annotations

import pendulum
import pytest
from ml_connector.transport import parse_http_date, parse_retry_after

NOW = pendulum.datetime(2026, 1, 5, 8, 0, 0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": " 0 "}, 0.0),
        ({"Retry-After": "Mon, 05 Jan 2026 08:01:30 GMT"}, 90.0),
        ({"Retry-After": "Mon, 05 Jan 2026 07:00:00 GMT"}, 0.0),
        ({}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "٣"}, None),
    ],
)
def test_seconds_and_dates_are_understood_and_nonsense_is_ignored(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert parse_retry_after(headers, now=NOW) == seconds


def test_a_date_is_compared_with_the_servers_own_clock() -> None:
    headers = {
        "Retry-After": "Mon, 05 Jan 2026 12:00:20 GMT",
        "Date": "Mon, 05 Jan 2026 12:00:00 GMT",
    }

    assert parse_retry_after(headers, now=NOW) == 20.0


@pytest.mark.parametrize("text", ["", "yesterday", "2026-01-05", "Mon, 99 Jan 2026 08:00:00 GMT"])
def test_what_is_no_http_date_is_none(text: str) -> None:
    assert parse_http_date(text) is None
