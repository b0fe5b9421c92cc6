"""Goal: what the SDK's stock target does wrong (sheet "singer-meltano" §2.3, D1-D7) ours does not.

Method: real processes, pipes and signals. Where it is cheap the stock target shows its defect
beside ours, so that we notice when the SDK mends it.
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.core.singer.processes import record, schema, state

if TYPE_CHECKING:
    from tests.core.singer.processes import Starter

FIVE = [schema(), *(record(number) for number in range(1, 5)), state(4), record(5)]

posix_only = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows ends a process without asking it"
)


@posix_only
def test_d1_stock_target_acknowledges_rows_it_never_wrote(starter: Starter) -> None:
    target = starter.start("stock_target.py", batch_rows=5, slow_s="1")
    target.feed(*FIVE)
    target.wait_for("writing")

    target.signal()

    assert target.finish() == 0
    assert (target.states, target.rows) == ([4], [])


@posix_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_d1_signal_waits_for_the_write_under_way(starter: Starter, number: int) -> None:
    target = starter.start("small_target.py", "small", batch_rows=5, slow_s="1")
    target.feed(*FIVE)
    target.wait_for("writing")

    target.signal(number)

    assert target.finish() == 128 + number
    assert (target.states, target.rows) == ([4], [1, 2, 3, 4, 5])


@posix_only
def test_d1_signals_without_number_do_not_enter_the_write_again(starter: Starter) -> None:
    target = starter.start("small_target.py", "small", batch_rows=5, slow_s="1")
    target.feed(*FIVE)
    target.wait_for("writing")

    for _ in range(5):
        target.signal()

    assert target.finish() == 143
    assert target.rows == [1, 2, 3, 4, 5]


@posix_only
def test_d2_stopped_target_never_looks_successful_to_a_runner(starter: Starter) -> None:
    target = starter.start("small_target.py", "small", batch_rows=100)
    target.feed(schema(), record(1), state(1))
    target.wait_for_log("Skipping parse")

    target.signal()

    # Before it listens for signals the system itself ends it, which Python shows as -15.
    assert target.finish() in {143, -signal.SIGTERM}


@posix_only
def test_d2_signal_while_waiting_for_input_ends_the_target_at_once(starter: Starter) -> None:
    target = starter.start("small_target.py", "small", batch_rows=2)
    target.feed(schema(), record(1), record(2), state(2))
    target.wait_for("writing")
    assert target.process.stdout is not None
    target.said += target.process.stdout.readline()

    target.signal()

    assert target.process.wait(30) == 143
    target.finish()
    assert (target.states, target.rows) == ([2], [1, 2])


@posix_only
def test_d2_target_that_loads_at_the_end_loads_nothing_when_stopped_before(
    starter: Starter,
) -> None:
    target = starter.start("small_target.py", "at-end", batch_rows=2)
    target.feed(schema(), record(1), record(2), state(2))
    target.wait_for("writing")

    target.signal()

    assert target.finish() == 143
    assert target.said == ""
    assert not (starter.folder / "output.loading").exists()


@posix_only
def test_d2_target_stopped_while_loading_finishes_the_load_first(starter: Starter) -> None:
    target = starter.start("small_target.py", "at-end", batch_rows=100, slow_s="1")
    target.feed(schema(), record(1), state(1))
    assert target.process.stdin is not None
    target.process.stdin.close()
    target.process.stdin = None
    target.wait_for("loading")

    target.signal()

    assert target.finish() == 143
    assert target.states == [1]
    assert (starter.folder / "output.loaded").exists()


CHANGED = [
    schema(),
    record(1),
    record(2),
    schema(name={"type": "string"}),
    *(record(number, name="x") for number in (3, 4, 5)),
    state(5),
]


def test_d3_stock_target_writes_rows_before_a_schema_change_last(starter: Starter) -> None:
    target = starter.start("stock_target.py", batch_rows=3)
    target.feed(*CHANGED)

    assert target.finish() == 0
    assert target.rows == [3, 4, 5, 1, 2]


def test_d3_rows_keep_their_order_across_a_schema_change(starter: Starter) -> None:
    target = starter.start("small_target.py", "small", batch_rows=3)
    target.feed(*CHANGED)

    assert target.finish() == 0
    assert target.rows == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("program", "leaks"),
    [(("stock_target.py",), "row data"), (("small_target.py", "small"), "nothing")],
)
def test_d4_rows_stay_out_of_the_log_even_when_debugging(
    starter: Starter, program: tuple[str, ...], leaks: str
) -> None:
    config = starter.folder / "config.json"
    config.write_text(f'{{"output": "{(starter.folder / "output").as_posix()}"}}')
    target = starter.start_with(*program, "--config", str(config), env={"LOGLEVEL": "debug"})
    target.feed(schema(name={"type": "string"}), record(1, name="Confidential Ltd"))

    assert target.finish() == 0
    assert ("Confidential Ltd" in target.log) is (leaks == "row data")


def test_d5_record_that_does_not_fit_stops_the_target_and_goes_nowhere(
    starter: Starter,
) -> None:
    target = starter.start("small_target.py", "small", batch_rows=1)
    target.feed(schema(), record(1), state(1), record("2"), record(3), state(3))

    assert target.finish() == 1
    assert (target.states, target.rows) == ([1], [1])
    assert "Stream 's', record id=2, field 'id', value '2': is not of type" in target.log


def test_d6_stdout_carries_state_and_nothing_else(starter: Starter) -> None:
    target = starter.start("small_target.py", "at-end")
    target.feed(schema(), record(1), state(1))

    assert target.finish() == 0
    assert target.said == '{"bookmarks":{"s":{"at":1}}}\n'
    assert "a library prints to stdout" in target.log


def test_d6_empty_state_is_never_written(starter: Starter) -> None:
    target = starter.start("small_target.py", "small")
    target.feed('{"type": "STATE", "value": {}}', schema(), record(1))

    assert target.finish() == 0
    assert target.said == ""


@pytest.mark.parametrize(
    ("program", "exit_code"), [(("stock_target.py",), 1), (("small_target.py", "small"), 0)]
)
def test_d7_whole_number_with_a_point_is_an_integer(
    starter: Starter, program: tuple[str, ...], exit_code: int
) -> None:
    target = starter.start(*program)
    target.feed(schema(), '{"type":"RECORD","stream":"s","record":{"id":1.0}}')

    assert target.finish() == exit_code


def test_d7_numbers_beyond_any_float_pass_with_every_digit(starter: Starter) -> None:
    amount = "12345678901234567890.12345678901234567890"
    target = starter.start("small_target.py", "small")
    target.feed(
        schema(amount={"type": "number", "multipleOf": 1e-20}),
        f'{{"type":"RECORD","stream":"s","record":{{"id":1,"amount":{amount}}}}}',
    )

    assert target.finish() == 0
    assert f'"amount":{amount}}}' in target.output.read_text()


def test_state_is_written_as_soon_as_everything_before_it_is_durable(starter: Starter) -> None:
    target = starter.start("small_target.py", "small", batch_rows=2)
    target.feed(schema(), record(1), state(1), record(2), state(2), record(3), state(3))

    assert target.finish() == 0
    assert target.states == [1, 2, 3]


def test_state_waits_for_the_slowest_stream(starter: Starter) -> None:
    target = starter.start("small_target.py", "small", batch_rows=2)
    target.feed(schema(), schema("other"), record(1, "other"), state(0))
    target.feed(record(1), record(2), state(2), '{"type":"RECORD"}')

    assert target.finish() == 1
    assert target.states == []
