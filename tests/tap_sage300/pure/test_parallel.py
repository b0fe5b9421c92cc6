"""The gate that every call of a run passes, and readers of parts, without HTTP."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, cast

from ml_connector.clock import SystemClock
from tap_sage300.parallel import Pace, _Crew

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_connector.sage300 import Sage300Client

LOG = logging.getLogger("tests")


def count_inside(pace: Pace, *, callers: int) -> int:
    """Let callers pass that stay inside until all had the chance; return the most at once."""
    go, lock, entered = threading.Event(), threading.Lock(), threading.Semaphore(0)
    inside, peak = 0, 0

    def pass_once() -> None:
        nonlocal inside, peak
        with pace.passing():
            with lock:
                inside += 1
                peak = max(peak, inside)
            entered.release()
            go.wait(10)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=pass_once) for _ in range(callers)]
    for thread in threads:
        thread.start()
    entered.acquire(timeout=10)
    go.wait(0.2)
    go.set()
    for thread in threads:
        thread.join(10)
    return peak


def test_no_more_calls_pass_at_once_than_the_setting_allows() -> None:
    assert count_inside(Pace(2, clock=SystemClock(), log=LOG), callers=6) == 2


def test_one_fewer_passes_after_each_time_that_there_were_too_many_but_always_one() -> None:
    pace = Pace(3, clock=SystemClock(), log=LOG)

    pace.pause(0)
    assert count_inside(pace, callers=6) == 2
    pace.pause(0)
    pace.pause(0)
    assert count_inside(pace, callers=3) == 1


def test_a_reader_that_fails_is_raised_once_and_the_others_stop() -> None:
    begun: list[int] = []

    def part(number: int, _client: Sage300Client) -> Iterator[dict[str, Any]]:
        begun.append(number)
        if number == 1:
            raise ValueError("broken")
        yield from ({"n": row} for row in range(10_000))

    def at(number: int) -> Any:
        return lambda client: part(number, client)

    crew = _Crew([at(number) for number in range(100)], readers=2)
    clients = cast("list[Sage300Client]", [None, None])
    raised = []
    try:
        for _ in crew.run(clients):
            pass
    except ValueError as error:
        raised.append(str(error))
    finally:
        crew.stop()

    assert raised == ["broken"]
    assert len(begun) < 100
