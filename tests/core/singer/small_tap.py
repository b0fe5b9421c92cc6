"""A tap for the tests, run as a process: `count` records, each after `slow_s` seconds."""

from __future__ import annotations

import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import singer_sdk.typing as th
from ml_connector.errors import AccessError
from ml_connector.singer import DurableTap
from singer_sdk import Stream
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable


class Numbers(Stream):
    """Counts."""

    name = "numbers"
    schema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("id", th.IntegerType), th.Property("amount", th.NumberType)
    ).to_dict()

    @override
    def get_records(self, context: Any) -> Iterable[dict[str, Any]]:
        for number in range(int(self.config["count"])):
            time.sleep(float(self.config["slow_s"]))  # noqa: TID251 - a slow source
            if str(number) == self.config.get("fail_at"):
                raise AccessError(
                    "the password is wrong", system="Sage 300", call="GET /x", remedy="Set it."
                )
            yield {"id": number, "amount": Decimal("12345678901234567890.10")}


class SmallTap(DurableTap):
    """The durable base with the least around it."""

    name = "small-tap"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("count", th.IntegerType, default=3),
        th.Property("slow_s", th.StringType, default="0"),
        th.Property("fail_at", th.StringType),
        th.Property("closed", th.StringType, required=True),
    ).to_dict()

    @override
    def discover_streams(self) -> list[Stream]:
        if self.config.get("fail_at") == "discovery":
            raise AccessError("not permitted", system="Sage 300", call="GET /x", remedy="Ask.")
        return [Numbers(self)]

    @override
    def close(self, *, outcome: str, exit_code: int) -> None:
        with Path(self.config["closed"]).open("a") as file:
            file.write(f"{outcome} {exit_code}\n")


if __name__ == "__main__":
    sys.exit(SmallTap.cli())
