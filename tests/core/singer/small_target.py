"""A target for the tests, run as a process: writes its records to a file, slowly when asked to.

Settings: `output` (a file), `slow_s` (each write pauses in its middle, and says so by a file
`<output>.writing`), `batch_rows`, `at_end` (drain at the end of input only).
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import singer_sdk.typing as th
from ml_connector.errors import ExitCode, MismatchError, SettingError
from ml_connector.singer import DurableSink, DurableTarget
from ml_connector.wire import encode_json
from typing_extensions import override

if TYPE_CHECKING:
    from singer_sdk.sinks import Sink


class SmallSink(DurableSink):
    """Appends each batch to the file, in one go."""

    @override
    def setup(self) -> None:
        if self.config.get("fail_with") == "setup":
            raise MismatchError("file", "s.csv", expected="id", found="nothing", remedy="Add it.")

    @property
    @override
    def max_size(self) -> int:
        return int(self.config["batch_rows"])

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        output = Path(self.config["output"])
        records = context.get("records", [])
        Path(f"{output}.writing").touch()
        time.sleep(float(self.config["slow_s"]))  # noqa: TID251 - a slow destination
        with output.open("ab") as file:
            for record in records:
                file.write(encode_json({"stream": self.stream_name, **record}) + b"\n")


class SmallTarget(DurableTarget):
    """The durable base with the least around it."""

    name = "small-target"
    default_sink_class: type[Sink] = SmallSink
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("output", th.StringType, required=True),
        th.Property("slow_s", th.StringType, default="0"),
        th.Property("batch_rows", th.IntegerType, default=3),
        th.Property("password", th.StringType, secret=True),
        th.Property("fail_with", th.StringType),
    ).to_dict()

    @override
    def check_connection(self) -> None:
        Path(f"{self.config['output']}.checked").touch()

    @override
    def close(self, *, outcome: str, exit_code: int) -> None:
        Path(f"{self.config['output']}.closed").write_text(f"{outcome} {exit_code}")


class AtEndTarget(SmallTarget):
    """Loads once, when the input has ended."""

    name = "at-end-target"
    drain_at_end_only = True

    @override
    def load_all(self) -> None:
        print("a library prints to stdout")  # noqa: T201 - what must not be taken for STATE
        output = Path(self.config["output"])
        Path(f"{output}.loading").touch()
        time.sleep(float(self.config["slow_s"]))  # noqa: TID251 - a slow destination
        if self.config.get("fail_with") == "setting":
            raise SettingError("model_id", "X", "is unknown", remedy="Correct it.")
        if self.config.get("fail_with") == "defect":
            raise KeyError("surprise")
        if self.config.get("fail_with") == "interrupted":
            self.exit_code = ExitCode.FAILED
        if self.config.get("fail_with") == "rejects":
            self.exit_code = ExitCode.REJECTS_KEPT
        Path(f"{output}.loaded").touch()


if __name__ == "__main__":
    import sys

    (AtEndTarget if sys.argv.pop(1) == "at-end" else SmallTarget).cli()
