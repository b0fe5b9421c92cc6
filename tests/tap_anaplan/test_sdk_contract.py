"""The Singer SDK's own tests, against a sandbox, with streams of every kind."""

from __future__ import annotations

import atexit
import os
import tempfile
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_anaplan.streams import METADATA
from tap_anaplan.tap import TapAnaplan

from tests.support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

# The SDK makes the tap, and so asks the model for its streams, while tests are collected.
os.environ.setdefault("ML_CONNECTOR_HOME", tempfile.mkdtemp(prefix="ml-connector-home-"))
_sandbox = Sandbox.start("--orders", "5", "--seed", "3")
_sandbox.anaplan("POST", "adjustments/items")
atexit.register(_sandbox.stop)


class ContractTap(TapAnaplan):
    """The tap, with a list of those that were made: the SDK's in-process runs close none."""

    made: ClassVar[list[TapAnaplan]] = []

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


TestTapAnaplan = get_tap_test_class(
    ContractTap,
    config={
        **_sandbox.info["anaplan"],
        "exports": [{"export": "GL Adjustments"}, {"export": "AP Adjustments"}],
        "views": [{"view": "GL Adjustments.Approved"}],
        "lists": [{"list": "GL Accounts"}],
        "metadata": list(METADATA),
    },
    suite_config=SuiteConfig(max_records_limit=20, ignore_no_records=False),
)
