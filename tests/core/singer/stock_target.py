"""The SDK's own target with the same small sink, to show what the durable base is for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, ClassVar

import singer_sdk.typing as th
from ml_connector.wire import encode_json
from singer_sdk import Target
from singer_sdk.sinks import BatchSink, Sink
from typing_extensions import override


class StockSink(BatchSink):
    """Appends each batch to the file, in one go."""

    @property
    @override
    def max_size(self) -> int:
        return int(self.config["batch_rows"])

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        output = Path(self.config["output"])
        Path(f"{output}.writing").touch()
        time.sleep(float(self.config["slow_s"]))  # noqa: TID251 - a slow destination
        with output.open("ab") as file:
            for record in context.get("records", []):
                file.write(encode_json(record) + b"\n")


class StockTarget(Target):
    """Nothing but the SDK."""

    name = "stock-target"
    default_sink_class: type[Sink] = StockSink
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("output", th.StringType, required=True),
        th.Property("slow_s", th.StringType, default="0"),
        th.Property("batch_rows", th.IntegerType, default=3),
    ).to_dict()


if __name__ == "__main__":
    StockTarget.cli()
