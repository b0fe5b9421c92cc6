"""The Singer SDK's own tests, against a sandbox, with every stream and property."""

from __future__ import annotations

import atexit
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_sage300.tap import TapSage300

from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

# The SDK makes the tap, and so asks the company for its streams, while tests are collected.
os.environ.setdefault("ML_CONNECTOR_HOME", tempfile.mkdtemp(prefix="ml-connector-home-"))
_sandbox = Sandbox.start("--orders", "60", "--seed", "3")
atexit.register(_sandbox.stop)


class ContractTap(TapSage300):
    """The tap, with a list of those that were made: the SDK's in-process runs close none."""

    made: ClassVar[list[TapSage300]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make a tap and list it."""
        super().__init__(*args, **kwargs)
        self.made.append(self)


@pytest.fixture(autouse=True)
def close_taps() -> Iterator[None]:
    """Close what a test made, and with the first one what collecting the tests made."""
    yield
    while ContractTap.made:
        ContractTap.made.pop().close(outcome="ok", exit_code=0)


TestTapSage300 = get_tap_test_class(
    ContractTap,
    config=dict(_sandbox.info["sage300"]),
    suite_config=SuiteConfig(
        max_records_limit=60,
        # Results are in a ledger that target-sage300 writes: here nothing was posted.
        ignore_no_records_for_streams=["posting_results"],
    ),
)


def test_sandbox_of_the_contract_tests_is_a_home_of_its_own() -> None:
    assert Path(os.environ["ML_CONNECTOR_HOME"]).is_absolute()
