"""Memory does not grow with the number of rows Anaplan refuses."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

from ml_connector.anaplan import ActionResult, DumpRow, RowCounts
from ml_connector.ledger import ScopeKey, StagedRow, open_ledger, row_digest
from ml_connector.wire import encode_json
from target_anaplan._judging import ImportKind, PlannedImport
from target_anaplan._rendering import FileFormat
from target_anaplan._verdicts import StoredPlan, decode_plan, record_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ml_connector.ledger import Load

ROWS = 30_000
LIMIT_BYTES = 6_000_000
ACTION = PlannedImport(id="112", name="Vendors from vendors.csv", kind=ImportKind.LIST)


def test_30_000_refused_rows_are_recorded_in_little_memory(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger.sqlite3") as ledger:
        run = ledger.start_run(plugin="test", version="1", subject="test")
        scope = ledger.open_scope(
            ScopeKey(workspace="W", model="M", load="vendors", mapping_digest="d")
        )
        load = scope.begin_load(run, plan=make_plan())
        stage(load)
        counts = RowCounts(succeeded=0, warned=0, failed=ROWS, ignored=0, total=ROWS)
        result = ActionResult(
            object_id=ACTION.id,
            object_name=ACTION.name,
            successful=False,
            dump_available=True,
            details=(),
            counts=counts,
        )

        tracemalloc.start()
        verdict = record_verdicts(
            load, decode_plan(load), {ACTION.id: result}, lambda _id: dump(), rows_sent=ROWS
        )
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

        assert verdict.failure is None
        assert load.settle().rejected == ROWS
        assert peak < LIMIT_BYTES, peak


def make_plan() -> str:
    plan = StoredPlan(
        file_name="vendors.csv",
        format=FileFormat(headers=("Code", "Name")),
        join_columns=(0,),
        imports=(ACTION,),
    )
    return encode_json(plan).decode()


def content_of(number: int) -> tuple[str, str]:
    return f"V{number}", f"Vendor {number} " + "x" * 200


def stage(load: Load) -> None:
    for start in range(0, ROWS, 1000):
        contents = [content_of(number) for number in range(start, start + 1000)]
        load.stage(
            [
                StagedRow(row_key=content[0], content=content, digest=row_digest(content))
                for content in contents
            ]
        )


def dump() -> Iterator[DumpRow]:
    for number in range(ROWS):
        code, name = content_of(number)
        yield DumpRow(
            status="E",
            values={"Code": code, "Name": name},
            line=number + 2,
            errors=(f"Invalid parent: G{number}",),
        )
