"""The Singer SDK's own tests, against a sandbox, with every stream and property."""

from __future__ import annotations

import atexit
import os
import tempfile
from pathlib import Path

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_sage300.tap import TapSage300

from tests.support.sandbox import Sandbox

# The SDK makes the tap, and so asks the company for its streams, while tests are collected.
os.environ.setdefault("ML_CONNECTOR_HOME", tempfile.mkdtemp(prefix="ml-connector-home-"))
_sandbox = Sandbox.start("--orders", "60", "--seed", "3")
atexit.register(_sandbox.stop)

# The SDK's in-process runs never close a tap; its database connection closes with the process.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

TestTapSage300 = get_tap_test_class(
    TapSage300,
    config=dict(_sandbox.info["sage300"]),
    suite_config=SuiteConfig(max_records_limit=60),
)


def test_sandbox_of_the_contract_tests_is_a_home_of_its_own() -> None:
    assert Path(os.environ["ML_CONNECTOR_HOME"]).is_absolute()
