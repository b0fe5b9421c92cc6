"""Goal: every way a plugin ends has its exit code, one line for a person, and everything closed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from ml_connector.errors import SettingError
from ml_connector.singer.edge import name_outcome
from ml_connector.singer.settings import read_catalog, read_state

from tests.core.singer.processes import HERE, record, schema, state

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.singer.processes import Plugin, Starter

NAN = '{"type":"RECORD","stream":"s","record":{"id":NaN}}'


def errors(plugin: Plugin) -> list[str]:
    return [line for line in plugin.log.splitlines() if "| ERROR" in line]


@pytest.mark.parametrize(
    ("fail_with", "exit_code", "closed", "words"),
    [
        (None, 0, "ok 0", None),
        ("rejects", 3, "rejects kept 3", None),
        ("interrupted", 1, "failed 1", None),
        ("setup", 2, "failed 2", "file 's.csv': expected id, found nothing. Add it."),
        ("setting", 2, "failed 2", "Setting model_id = 'X': is unknown. Correct it."),
        ("defect", 1, "failed 1", "Unexpected KeyError at small_target.py:"),
    ],
)
def test_exit_code_says_how_the_load_ended(
    starter: Starter, fail_with: str | None, exit_code: int, closed: str, words: str | None
) -> None:
    settings = {"fail_with": fail_with} if fail_with else {}
    target = starter.start("small_target.py", "at-end", **settings)
    target.feed(schema(), record(1), state(1))

    assert target.finish() == exit_code
    assert (starter.folder / "output.closed").read_text() == closed
    assert target.states == ([1] if exit_code in {0, 3} or fail_with == "interrupted" else [])
    assert "Traceback" not in target.log
    assert len(errors(target)) == (1 if words else 0)
    assert words is None or words in errors(target)[0]


@pytest.mark.parametrize(
    ("exit_code", "outcome"),
    [
        (0, "ok"),
        (1, "failed"),
        (2, "failed"),
        (3, "rejects kept"),
        (130, "stopped"),
        (143, "stopped"),
    ],
)
def test_the_recorded_outcome_follows_from_the_exit_code(exit_code: int, outcome: str) -> None:
    assert name_outcome(exit_code) == outcome


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["this is no JSON"], "line 1 of the input is not valid JSON"),
        (["[1, 2]"], "line 1 of the input is not a JSON object"),
        (['{"no": "type"}'], "line 1 of the input has the unknown message type None"),
        (['{"type": "HELLO"}'], "unknown message type 'HELLO'"),
        (['{"type": "RECORD", "record": {}}'], "line 1 of the input is a RECORD message without"),
        (['{"type": "RECORD", "stream": "s"}'], "Stream 's': a RECORD message has no record"),
        (['{"type": "STATE", "value": 5}'], "a STATE message has no value that is an object"),
        (['{"type": "BATCH", "stream": "s"}'], "Stream 's': BATCH messages are not read"),
        (['{"a":' * 100_000 + "1" + "}" * 100_000], "line 1 of the input is JSON nested too deep"),
        ([schema(), record(1, a=json.loads("[" * 150 + "]" * 150))], "line 2 of the input is JSON"),  # noqa: TID251
        ([record(1)], "Stream 's': a record came before the stream's SCHEMA message"),
        (['{"type": "SCHEMA", "stream": "s", "schema": {}}'], "it describes no properties"),
        (
            ['{"type":"SCHEMA","stream":"s","schema":{"properties":{}},"key_properties":"id"}'],
            "key_properties is not a list",
        ),
        ([schema(a={"type": "nonsense"})], "Stream 's': its SCHEMA message cannot be used"),
        (
            [schema(), '{"type":"RECORD","stream":"s","record":{"name":"x"}}'],
            "Stream 's', record number 1, field 'id': the key is missing or null",
        ),
        ([schema(), record(None)], "field 'id', value 'null': is not of type"),
        (
            [schema(), record(None), record(1)],
            "record id=None",
        ),
        ([schema(), NAN], "line 2 of the input is not valid JSON"),
        ([schema(), NAN.replace("NaN", "Infinity")], "line 2 of the input is not valid JSON"),
        (
            [schema(a={"type": "number"}), NAN.replace("NaN", '1,"a":1e999999')],
            "record id=1, field 'a', value '1E+999999': is a number beyond",
        ),
        (
            [schema(a={"type": "object"}), record(7, a={"b": 1}), record(8, a="text")],
            "record id=8, field 'a', value 'text': is not of type \"object\"",
        ),
        (
            [schema(a={"items": {"type": "integer"}}), record(7, a=[1, "two"])],
            "record id=7, field 'a.1', value 'two'",
        ),
    ],
)
def test_input_that_cannot_be_used_is_named_in_one_line(
    starter: Starter, lines: list[str], words: str
) -> None:
    target = starter.start("small_target.py", "small")
    target.feed(*lines)

    assert target.finish() == 1
    assert len(errors(target)) == 1, target.log
    assert words in errors(target)[0]
    assert "Traceback" not in target.log
    assert (starter.folder / "output.closed").read_text() == "failed 1"


def test_input_cut_within_a_message_is_told_from_a_bad_one(starter: Starter) -> None:
    target = starter.start("small_target.py", "at-end")
    target.feed(schema(), record(1), state(1))
    assert target.process.stdin is not None
    target.process.stdin.write('{"type":"RECORD","stream":"s","rec')

    assert target.finish() == 1
    assert "line 4 of the input ends within a message" in errors(target)[0]
    assert target.said == ""


def test_bytes_that_are_no_utf8_are_named_by_their_line(starter: Starter) -> None:
    target = starter.start("small_target.py", "small")
    target.feed(schema())
    assert target.process.stdin is not None
    target.process.stdin.buffer.write(b'{"type":"RECORD","x":"\xff"}\n')

    assert target.finish() == 1
    assert "line 2 of the input is not valid JSON" in errors(target)[0]


def test_blank_lines_and_windows_line_ends_are_fine(starter: Starter) -> None:
    target = starter.start("small_target.py", "small")
    target.feed("", schema() + "\r", "   ", record(1) + "\r", state(1) + "\r")

    assert target.finish() == 0
    assert (target.states, target.rows) == ([1], [1])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"password": 12345}, "Setting password: is not of type"),
        ({"batch_rows": "many"}, "Setting batch_rows = 'many': is not of type"),
        ({"output": None}, "Setting output: is not of type"),
    ],
)
def test_settings_are_refused_without_showing_secrets(
    starter: Starter, settings: dict[str, Any], words: str
) -> None:
    target = starter.start("small_target.py", "small", **settings)

    assert target.finish() == 2
    assert words in errors(target)[0]
    assert "12345" not in target.log


def test_every_missing_setting_is_named(starter: Starter) -> None:
    (starter.folder / "config.json").write_text('{"password": 1}')
    target = starter.start_with("small_target.py", "small", "--config", "config.json")

    assert target.finish() == 2
    assert "output" in errors(target)[0]
    assert "password" in errors(target)[0]


def test_a_missing_setting_is_named_with_its_environment_variable(starter: Starter) -> None:
    target = starter.start_with("small_target.py", "small")

    assert target.finish() == 2
    assert len(errors(target)) == 1
    assert (
        "Setting output: is required. Set output (environment: SMALL_TARGET_OUTPUT)."
        in errors(target)[0]
    )


@pytest.mark.parametrize("content", ["{broken", "[1]", None])
def test_settings_file_that_cannot_be_read_is_named(starter: Starter, content: str | None) -> None:
    if content is not None:
        (starter.folder / "config.json").write_text(content)
    target = starter.start_with("small_target.py", "small", "--config", "config.json")

    assert target.finish() == 2
    assert "--config = 'config.json': cannot be read" in errors(target)[0]


def test_settings_typed_in_place_of_a_file_are_not_shown(starter: Starter) -> None:
    target = starter.start_with("small_target.py", "small", "--config", '{"password": "hunter2"}')
    target.finish()

    assert "--config: cannot be read" in errors(target)[0]
    assert "hunter2" not in target.log


def test_meltano_config_test_checks_the_connection_and_writes_nothing(starter: Starter) -> None:
    target = starter.start("small_target.py", "at-end")
    target.feed(
        schema("meltano_test_stream", name={"type": "string"}),
        record(1, "meltano_test_stream", name="Meltano Test Record"),
        '{"type": "STATE", "value": {"bookmarks": {"meltano_test_stream": {"last_record": 1}}}}',
    )

    assert target.finish() == 0
    assert (starter.folder / "output.checked").exists()
    assert not (starter.folder / "output.loading").exists()
    assert (target.said, target.rows) == ("", [])
    # Meltano takes any line with one of these words for a failure.
    assert "error" not in target.log.lower()
    assert "exception" not in target.log.lower()


def test_about_promises_only_what_is_kept(starter: Starter) -> None:
    target = starter.start_with("small_target.py", "small", "--about", "--format", "json")

    assert target.finish() == 0
    about = json.loads(target.said)  # noqa: TID251 - independent of the product
    assert about["capabilities"] == [
        "about",
        "stream-maps",
        "schema-flattening",
        "structured-logging",
    ]
    assert set(about["settings"]["properties"]).isdisjoint(
        {"load_method", "batch_size_rows", "add_record_metadata", "validate_records"}
    )


def test_stream_maps_still_work(starter: Starter) -> None:
    target = starter.start(
        "small_target.py", "small", stream_maps={"s": {"name": "str(id)", "__filter__": "id > 1"}}
    )
    target.feed(schema(), record(1), record(2), state(2))

    assert target.finish() == 0
    assert target.output.read_text() == '{"stream":"s","id":2,"name":"2"}\n'


def test_broken_stream_map_is_a_setting_refused(starter: Starter) -> None:
    target = starter.start("small_target.py", "small", stream_maps={"s": {"x": "no such("}})
    target.feed(schema(), record(1))

    assert target.finish() == 2
    assert "Setting stream_maps" in errors(target)[0]


def tap_settings(starter: Starter, **settings: Any) -> dict[str, Any]:
    return {"closed": str(starter.folder / "closed"), **settings}


def test_tap_writes_every_digit_and_closes_once(starter: Starter) -> None:
    tap = starter.start("small_tap.py", **tap_settings(starter))

    assert tap.finish() == 0
    assert '"id":2,"amount":12345678901234567890.10}' in tap.said
    assert (starter.folder / "closed").read_text() == "ok 0\n"


def test_tap_that_fails_has_written_what_it_read(starter: Starter) -> None:
    tap = starter.start("small_tap.py", **tap_settings(starter, fail_at="2"))

    assert tap.finish() == 1
    assert tap.said.count('"type":"RECORD"') == 2
    assert len(errors(tap)) == 1, tap.log
    assert "Sage 300: GET /x: the password is wrong. Set it." in errors(tap)[0]
    assert "Traceback" not in tap.log
    assert (starter.folder / "closed").read_text() == "failed 1\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_interrupted_tap_says_so_and_writes_whole_lines(starter: Starter, number: int) -> None:
    tap = starter.start("small_tap.py", **tap_settings(starter, count=1000, slow_s="0.01"))
    assert tap.process.stdout is not None
    tap.said += tap.process.stdout.readline()

    tap.signal(number)

    assert tap.finish() == 128 + number
    assert all(json.loads(line) for line in tap.said.splitlines())  # noqa: TID251 - independent
    assert '"type":"STATE"' not in tap.said
    assert (starter.folder / "closed").read_text() == f"stopped {128 + number}\n"


def test_tap_whose_reader_has_gone_ends_quietly(starter: Starter) -> None:
    tap = starter.start("small_tap.py", **tap_settings(starter, count=100_000))
    assert tap.process.stdout is not None
    tap.process.stdout.readline()

    tap.process.stdout.close()

    assert tap.process.stderr is not None
    tap.log = tap.process.stderr.read()
    assert tap.process.wait(60) == 1
    assert "The program reading the output has ended" in errors(tap)[-1]
    assert "Exception ignored" not in tap.log


@pytest.mark.parametrize("option", ["--discover", "--test", "--test=schema"])
def test_tap_closes_after_every_kind_of_use(starter: Starter, option: str) -> None:
    config = starter.folder / "config.json"
    config.write_text(json.dumps(tap_settings(starter)))
    tap = starter.start_with("small_tap.py", "--config", str(config), option)

    assert tap.finish() == 0
    assert "numbers" in tap.said
    assert (starter.folder / "closed").read_text() == "ok 0\n"


@pytest.mark.parametrize("option", [(), ("--discover",), ("--test",)])
def test_tap_that_fails_while_looking_for_its_streams_is_closed_once(
    starter: Starter, option: tuple[str, ...]
) -> None:
    config = starter.folder / "config.json"
    config.write_text(json.dumps(tap_settings(starter, fail_at="discovery")))
    tap = starter.start_with("small_tap.py", "--config", str(config), *option)

    assert tap.finish() == 1
    assert (starter.folder / "closed").read_text() == "failed 1\n"
    assert [line for line in errors(tap) if "not permitted. Ask." in line] == errors(tap)


@pytest.mark.parametrize(
    ("option", "content"),
    [
        ("--state", "{"),
        ("--state", "[]"),
        ("--state", '{"bookmarks": 5}'),
        ("--state", '{"bookmarks": {"s": "2024"}}'),
        ("--state", '{"a":' * 100_000),
        ("--catalog", "{"),
        ("--catalog", "{}"),
        ("--catalog", '{"streams": 5}'),
        ("--catalog", '{"streams": [5]}'),
        ("--catalog", '{"streams": [{"tap_stream_id": "s"}]}'),
        ("--catalog", '{"streams": [{"tap_stream_id": "s", "schema": 5}]}'),
        ("--catalog", '{"streams": [{"tap_stream_id": "s", "schema": {}, "metadata": 5}]}'),
    ],
)
def test_broken_state_or_catalog_is_a_setting_refused(
    tmp_path: Path, option: str, content: str
) -> None:
    path = tmp_path / "file.json"
    path.write_text(content)
    read = {"--state": read_state, "--catalog": read_catalog}[option]

    with path.open() as file, pytest.raises(SettingError, match=f"Setting {option} = .*file.json"):
        read(file)


def test_broken_state_file_is_one_line(starter: Starter) -> None:
    config = starter.folder / "config.json"
    config.write_text(json.dumps(tap_settings(starter)))
    (starter.folder / "state.json").write_text('{"bookmarks": 5}')
    tap = starter.start_with("small_tap.py", "--config", str(config), "--state", "state.json")

    assert tap.finish() == 2
    assert len(errors(tap)) == 1
    assert "Setting --state = 'state.json'" in errors(tap)[0]


def test_tap_and_target_speak_to_each_other(starter: Starter) -> None:
    (starter.folder / "tap.json").write_text(json.dumps(tap_settings(starter, count=5_000)))
    with subprocess.Popen(
        [sys.executable, HERE / "small_tap.py", "--config", starter.folder / "tap.json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as tap:
        (starter.folder / "target.json").write_text(
            json.dumps({"output": str(starter.folder / "output"), "batch_rows": 1000})
        )
        target = subprocess.run(
            [sys.executable, HERE / "small_target.py", "small", "--config", "target.json"],
            stdin=tap.stdout,
            capture_output=True,
            cwd=starter.folder,
            check=True,
        )

    assert tap.returncode == 0
    assert len((starter.folder / "output").read_text().splitlines()) == 5_000
    assert target.stdout.splitlines()
