"""The SDK's standard target tests, against the sandbox; and what Meltano's connection test does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import target_sage300
from ml_connector.wire import encode_json
from singer_sdk.testing import TargetTestRunner, get_target_test_class
from target_sage300 import TargetSage300, check
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from singer_sdk import Target

    from tests.target_sage300.conftest import Books

Standard: Any = get_target_test_class(TargetSage300, config={})


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
    def runner(self, books: Books) -> Iterator[TargetTestRunner]:
        config = {**books.sandbox.info["sage300"], "unmapped_streams": "ignore"}
        runner = ClosingRunner(TargetSage300, config=config)
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


def test_meltanos_connection_test_reads_and_writes_nothing(
    books: Books, connector_home: Path
) -> None:
    result = books.post(b"".join(encode_json(one) + b"\n" for one in MELTANO_TEST))

    assert books.new_batches() == []
    assert result.states == []
    assert "connection.checked" in result.log
    assert not connector_home.exists()


def test_check_names_a_source_code_that_is_missing(books: Books) -> None:
    config = {
        **books.sandbox.info["sage300"],
        "postings": [{"stream": "gl_adjustments", "source_type": "ZZ"}],
    }

    (problem,) = [one for one in check(config) if one.is_problem]

    assert "GL-ZZ" in problem.subject
    assert "G/L Source Codes" in problem.remedy


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"post": "posted"}, "post = 'posted'"),
        ({"postings": [{"stream": "x", "kind": "ap_payment"}]}, "ap_payment"),
        ({"postings": [{"stream": "x", "source_type": "plan"}]}, "source_type"),
        ({"postings": [{"stream": "x", "fields": {"acc": "A"}}]}, "account"),
        ({"postings": [{"stream": "x"}, {"stream": "x"}]}, "twice"),
        ({"origin": "two words"}, "origin"),
        ({"settle_minutes": -1}, "settle_minutes"),
        ({"dry_run": "yep"}, "dry_run = 'yep'"),
        ({"setle_minutes": 1}, "settle_minutes"),
        ({"company": "samltd"}, "SAMLTD"),
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused_before_anything_is_called(
    books: Books, change: dict[str, Any], words: str
) -> None:
    result = books.run(b"", **change)

    assert result.exit_code == 2
    assert words in result.log


def test_the_public_names_are_these() -> None:
    assert target_sage300.__all__ == [
        "Learned",
        "Retriable",
        "TargetSage300",
        "adopt",
        "check",
        "find_retriable",
        "retry",
    ]
