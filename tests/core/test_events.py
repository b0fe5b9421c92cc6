from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ml_connector.events import event

if TYPE_CHECKING:
    import pytest

log = logging.getLogger("tests.events")


def test_an_event_is_one_line_of_name_and_fields(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    event(log, "import_task.finished", task_id="AB", rejected_rows=2, elapsed_s=3.1, note="a b")

    assert caplog.messages == [
        'import_task.finished task_id=AB rejected_rows=2 elapsed_s=3.1 note="a b"'
    ]


def test_urls_lose_what_may_be_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    event(log, "x", reason="asked https://u:geheim@h/p?token=geheim in vain")

    assert "geheim" not in caplog.text


def test_fields_that_clash_with_a_log_record_are_kept_apart(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    event(log, "x", module="PO", process="Load", filename="v.csv", message="hello")

    record = caplog.records[0]
    assert record.__dict__["fields"]["module"] == "PO"
    assert record.module == "test_events"


def test_a_name_from_outside_cannot_forge_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    event(log, "x", name_of_it="a\nERROR forged=1", other='say "hi"', empty="")

    assert "\n" not in caplog.messages[0]
    assert caplog.messages[0].count(" ") >= 3


def test_an_event_below_the_level_is_not_built(caplog: pytest.LogCaptureFixture) -> None:
    class Loud:
        def __str__(self) -> str:
            raise AssertionError("built all the same")

    caplog.set_level(logging.WARNING)

    event(log, "x", field=Loud())

    assert caplog.messages == []
