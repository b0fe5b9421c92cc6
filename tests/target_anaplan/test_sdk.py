"""The SDK's standard target tests, against the sandbox; and what Meltano's connection test does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import target_anaplan
from ml_connector.errors import MismatchError
from singer_sdk.testing import TargetTestRunner, get_target_test_class
from target_anaplan import TargetAnaplan
from target_anaplan._connection import check
from typing_extensions import override

from tests.target_anaplan.singer import company

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk import Target

    from tests.target_anaplan.conftest import Model

Standard: Any = get_target_test_class(TargetAnaplan, config={})


class ClosingRunner(TargetTestRunner):
    """The SDK's runner, which never ends the targets it makes."""

    targets: list[Target]

    @override
    def new_target(self) -> Target:
        target = super().new_target()
        self.targets = [*getattr(self, "targets", []), target]
        return target


class TestStandard(Standard):  # type: ignore[misc]
    """All 16 standard tests."""

    @pytest.fixture
    def runner(self, model: Model) -> Iterator[TargetTestRunner]:
        config = {**model.sandbox.info["anaplan"], "unmapped_streams": "ignore"}
        runner = ClosingRunner(TargetAnaplan, config=config)
        yield runner
        for target in getattr(runner, "targets", []):
            target.close(outcome="ok", exit_code=0)


MELTANO_TEST = [
    {
        "type": "SCHEMA",
        "stream": "meltano_test_stream",
        "schema": {"properties": {"id": {"type": "integer"}, "name": {"type": "string"}}},
        "key_properties": ["id"],
    },
    {
        "type": "RECORD",
        "stream": "meltano_test_stream",
        "record": {"id": 1, "name": "Meltano Test Record"},
    },
]


def test_meltanos_connection_test_reads_and_writes_nothing(model: Model) -> None:
    result = model.load(MELTANO_TEST)

    counters = model.counters()
    assert (counters["uploads"], counters["tasks"]) == (0, 0)
    assert result.states == []
    assert "error" not in result.log.lower()
    assert "exception" not in result.log.lower()


def test_meltanos_connection_test_fails_with_a_wrong_password(model: Model) -> None:
    result = model.run(MELTANO_TEST, password="wrong")

    assert result.exit_code == 1
    assert "password" in result.log


def test_check_tells_what_a_run_would_find(model: Model) -> None:
    model.load(company())

    lines = check({**model.sandbox.info["anaplan"], "process": "Load Sage 300"})

    text = "\n".join(lines)
    assert "stream vendors fills vendors.csv" in text
    assert "CTL Loads: purchase_order_lines holds 1 rows, amount 10.5" in text
    assert "left to other processes: gl_account_groups, gl_accounts" in text


def test_check_wants_every_file_read_where_there_is_no_process(model: Model) -> None:
    lines = check(dict(model.sandbox.info["anaplan"]))

    readers = "Items from items.csv, SYS Items from items.csv"
    assert f"stream items fills items.csv, read by {readers}" in lines


def test_check_raises_what_would_stop_a_run(model: Model) -> None:
    with pytest.raises(MismatchError, match="Load Sage 200"):
        check({**model.sandbox.info["anaplan"], "process": "Load Sage 200"})


def test_the_public_names_are_these() -> None:
    assert target_anaplan.__all__ == [
        *("AP_INVOICE_LINES", "GL_ACTUAL_LINES", "PO_LINES", "RESULTS", "Format"),
        *("FreshModel", "LoadBlueprint", "TargetAnaplan", "check"),
    ]
