"""Singer plugins that keep their promises: STATE after durability, exact numbers, exit codes."""

from ml_connector.singer.input_errors import (
    MessageError,
    MissingKeyError,
    RecordBeforeSchemaError,
    SchemaError,
)
from ml_connector.singer.sink import DurableSink
from ml_connector.singer.stopping import Stopped
from ml_connector.singer.tap import DurableTap, Purpose
from ml_connector.singer.target import CONNECTION_TEST_STREAM, DurableTarget
from ml_connector.singer.writer import BufferedWriter

__all__ = [
    "CONNECTION_TEST_STREAM",
    "BufferedWriter",
    "DurableSink",
    "DurableTap",
    "DurableTarget",
    "MessageError",
    "MissingKeyError",
    "Purpose",
    "RecordBeforeSchemaError",
    "SchemaError",
    "Stopped",
]
