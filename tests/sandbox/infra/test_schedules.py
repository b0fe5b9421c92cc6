"""Goal: a schedule strews its faults reproducibly, within what it was told, and counts them.

Method: the same requests are sent under schedules of equal and of different seeds.
"""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.web import Sage, call

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATH = "AP/APVendorGroups"
_CUT = (ConnectionError, http.client.RemoteDisconnected)
_KINDS = [{"kind": "error", "status": 503}, {"kind": "error", "status": 429}, "cut_before"]


def _put(sage: Sage, **schedule: object) -> None:
    sage.control.send("DELETE", "faults")
    sage.control.post("faults/schedule", schedule)


def _outcomes(sage: Sage, count: int) -> list[int]:
    """Statuses of so many reads; 0 where the connection was cut."""
    outcomes = []
    for _ in range(count):
        try:
            outcomes.append(sage.get(_PATH, top=1).status)
        except _CUT:
            outcomes.append(0)
    return outcomes


def _shown(sage: Sage) -> dict[str, Any]:
    (shown,) = sage.control.get("faults")
    return dict(shown)


def test_the_same_seed_and_requests_meet_the_same_faults(sage: Sage) -> None:
    runs = []
    for seed in (7, 7, 8):
        _put(sage, seed=seed, rate=0.3, kinds=_KINDS)
        runs.append(_outcomes(sage, 60))

    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    assert set(runs[0]) == {200, 503, 429, 0}


def test_strikes_are_shown_and_counted_by_kind(sage: Sage) -> None:
    _put(sage, seed=7, rate=0.3, kinds=_KINDS)
    before = sage.control.get("counters")["faults"]
    outcomes = _outcomes(sage, 60)

    shown = _shown(sage)
    counted = sage.control.get("counters")["faults"]

    by_kind = {"error": outcomes.count(503) + outcomes.count(429), "cut_before": outcomes.count(0)}
    assert (shown["kind"], shown["seed"], shown["seen"]) == ("schedule", 7, 60)
    assert shown["fired_by_kind"] == by_kind
    assert {kind: counted[kind] - before.get(kind, 0) for kind in by_kind} == by_kind
    struck = [number for number, status in enumerate(outcomes, start=1) if status != 200]
    assert [strike["request"] for strike in shown["did"]] == struck
    seen_last = sage.control.get("requests")[-60:]
    assert sum(call.get("fault") is not None for call in seen_last) == len(struck)


def test_requests_that_do_not_match_change_nothing(sage: Sage) -> None:
    _put(sage, seed=7, rate=0.3, kinds=_KINDS, path="APVendorGroups")
    alone = _outcomes(sage, 30)
    _put(sage, seed=7, rate=0.3, kinds=_KINDS, path="APVendorGroups")

    mixed = []
    for _ in range(30):
        assert sage.get("AP/APVendors", top=1).status == 200
        mixed += _outcomes(sage, 1)

    assert mixed == alone


@pytest.mark.parametrize("seed", range(5))
def test_a_schedule_strikes_about_as_often_as_told(sage: Sage, seed: int) -> None:
    _put(sage, seed=seed, rate=0.25, kinds=[{"kind": "error", "status": 503}])

    struck = _outcomes(sage, 120).count(503)

    assert 12 <= struck <= 50


def test_a_schedule_starts_late_and_ends_early_when_told(sage: Sage) -> None:
    _put(sage, rate=1, kinds=[{"kind": "error", "status": 503}], after=2, times=3)

    assert _outcomes(sage, 7) == [200, 200, 503, 503, 503, 200, 200]


def test_a_schedule_without_kinds_strews_what_clients_must_bear_with(sage: Sage) -> None:
    sage.control.post("faults/schedule", {})

    assert set(_shown(sage)["kinds"]) == {"error", "cut_before", "cut_after", "truncate", "stall"}


def test_a_kind_that_cannot_strike_a_request_lets_it_pass(sage: Sage) -> None:
    _put(sage, rate=1, kinds=["shuffle"])

    sage.get(f"{_PATH}('X')")
    sage.get(_PATH)

    assert (_shown(sage)["seen"], _shown(sage)["fired_by_kind"]) == (2, {"shuffle": 1})


def test_a_single_fault_comes_before_a_schedule_of_later_date(sage: Sage) -> None:
    sage.control.arm(kind="error", status=404)
    sage.control.post("faults/schedule", {"rate": 1, "kinds": [{"kind": "error", "status": 503}]})

    assert _outcomes(sage, 2) == [404, 503]


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({"rate": 0}, "> 0"),
        ({"rate": 1.5}, "<= 1"),
        ({"kinds": []}, "length >= 1"),
        ({"kinds": ["earthquake"]}, "no fault of kind 'earthquake'"),
        ({"kinds": [{"kind": "error", "path": "x"}]}, "path belong to the schedule"),
        ({"kinds": [3]}, "kinds"),
        ({"kinds": "error"}, "kinds"),
        ({"path": "("}, "unterminated"),
        ({"chance": 1}, "chance"),
        ([], "a JSON object was expected"),
    ],
)
def test_a_schedule_that_means_nothing_is_refused_with_reasons(
    sage: Sage, schedule: dict[str, object] | Sequence[object], words: str
) -> None:
    answer = call("POST", f"{sage.control.origin}/_sandbox/faults/schedule", body=schedule)

    assert answer.status == 400
    assert words in answer.json["error"]
    assert sage.control.get("faults") == []
