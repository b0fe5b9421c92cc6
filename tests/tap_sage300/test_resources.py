"""Resources by name: everything the sandbox's catalogue serves, whatever its key and spelling."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
from ml_connector.errors import SettingError
from ml_connector_sandbox.sage300.catalog import RESOURCES
from tap_sage300.named import check_is_new, name_stream, parse_resource_name
from tap_sage300.tap import STREAM_TYPES

from tests.tap_sage300.runs import Output, Sandbox, Tap, switch

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

TYPED = {name.replace("_", "") for name in STREAM_TYPES}
READABLE = {
    f"{one.module}/{one.name}": name_stream(one.module, one.name)
    for one in RESOURCES.values()
    if "G" in one.verbs
}
OTHERS = {path: stream for path, stream in READABLE.items() if stream.replace("_", "") not in TYPED}


def choose(tap: Tap, *streams: str) -> Path:
    """Write a catalog, of this tap's settings, that selects `streams`."""
    catalog = tap.discover()
    for stream in catalog["streams"]:
        root = next(m for m in stream["metadata"] if not m["breadcrumb"])
        root["metadata"]["selected"] = stream["stream"] in streams
    path = tap.folder / "chosen.json"
    path.write_text(json.dumps(catalog))
    return path


def check_schema(run: Output, stream: str) -> None:
    schema = next(
        m["schema"] for m in run.messages if m["type"] == "SCHEMA" and m["stream"] == stream
    )
    validator = jsonschema_rs.validator_for(schema)
    for record in run.records(stream):
        validator.validate(json.loads(json.dumps(record, default=float)))  # noqa: TID251


def fold(value: Any) -> Any:
    """Forget how the server spells names, and the times of its dates."""
    if isinstance(value, dict):
        return {name.lower(): fold(one) for name, one in value.items() if name != "UpdateOperation"}
    if isinstance(value, list):
        return [fold(one) for one in value]
    if isinstance(value, str) and value.endswith("T00:00:00Z"):
        return value[:10]
    return value


def in_order(records: list[Any]) -> list[Any]:
    return sorted(records, key=lambda one: json.dumps(one, default=str, sort_keys=True))


@pytest.mark.parametrize("casing", ["documented", "lowered"])
def test_every_resource_of_the_catalogue_is_read_whole_with_its_collections(
    company: Sandbox, tmp_path: Path, casing: str
) -> None:
    switch(company, property_casing=casing)
    tap = Tap(company, tmp_path, resources=[path.split("/")[1].lower() for path in OTHERS])
    path = choose(tap, *OTHERS.values())

    run = tap.run("--catalog", str(path))

    assert run.exit_code == 0, run.errors
    assert len(OTHERS) > 15
    for resource, stream in OTHERS.items():
        held = fold(company.sage("GET", f"records/{resource}"))
        read = fold([{k: v for k, v in r.items() if k != "Company"} for r in run.records(stream)])
        assert in_order(read) == in_order(held), stream
        assert run.bookmark(stream)["complete"] is True
        check_schema(run, stream)


def test_properties_keep_the_names_of_the_catalog_when_the_server_spells_them_otherwise(
    company: Sandbox, tmp_path: Path
) -> None:
    tap = Tap(company, tmp_path, resources=["IC/ICItems"])
    path = choose(tap, "ic_items")
    before = tap.run("--catalog", str(path))
    switch(company, property_casing="lowered")

    after = tap.run("--catalog", str(path))

    assert after.exit_code == 0
    assert after.records("ic_items") == before.records("ic_items")
    assert before.records("ic_items")[0]["ItemUnitsOfMeasure"][0]["UnitOfMeasure"]


def test_only_what_changed_comes_again_where_the_resource_has_a_watermark(
    company: Sandbox, tmp_path: Path
) -> None:
    tap = Tap(company, tmp_path, resources=["ICItems", "APTerms"], lookback_days=0)
    path = choose(tap, "ic_items", "ap_terms")
    first = tap.run("--catalog", str(path))
    number = first.records("ic_items")[0]["UnformattedItemNumber"]
    company.sage("PATCH", f"records/IC/ICItems/{number}", {"Description": "Changed"})

    second = tap.run("--catalog", str(path), state=first.state)

    again = [one["UnformattedItemNumber"] for one in second.records("ic_items")]
    assert number in again
    assert len(again) < len(first.records("ic_items"))
    assert len(second.records("ap_terms")) == len(first.records("ap_terms"))


def test_scalars_alone_are_asked_for_by_name(company: Sandbox, tmp_path: Path) -> None:
    tap = Tap(company, tmp_path, resources=["ICItems"])
    path = choose(tap, "ic_items")
    catalog = json.loads(path.read_text())  # noqa: TID251
    stream = next(one for one in catalog["streams"] if one["stream"] == "ic_items")
    for entry in stream["metadata"]:
        if entry["breadcrumb"] and entry["breadcrumb"][-1] != "Description":
            entry["metadata"]["selected"] = False
    path.write_text(json.dumps(catalog))

    run = tap.run("--catalog", str(path))

    assert set(run.records("ic_items")[0]) == {"UnformattedItemNumber", "Description"}
    target = next(one for one in company.sage("GET", "requests") if "ICItems?" in one["target"])
    assert "ItemUnitsOfMeasure" not in target["target"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("APTerm", "Did you mean APTerms"),
        ("GL/GLPostJournal", "is a process or has no key"),
        ("APVendors?x", "is not the name of a resource"),
    ],
)
def test_a_name_that_cannot_be_read_is_refused_with_what_to_do(
    company: Sandbox, tmp_path: Path, name: str, told: str
) -> None:
    run = Tap(company, tmp_path, resources=[name]).run(select=None)

    assert run.exit_code == 2
    assert not run.messages
    assert "resources" in run.error
    assert told in run.error


def test_a_resource_with_a_typed_stream_is_refused_and_the_stream_named() -> None:
    with pytest.raises(SettingError, match="is read by the stream fiscal_periods already"):
        check_is_new(parse_resource_name("FI/FIscalPeriods"), STREAM_TYPES)


def test_a_module_that_is_not_licensed_costs_its_stream_and_the_run_says_so(
    company: Sandbox, tmp_path: Path
) -> None:
    switch(company, not_installed=["IC"])

    run = Tap(company, tmp_path, resources=["ICCategories"]).run(select=None)

    assert run.exit_code == 1
    assert "ic_categories" in run.error
    assert run.records("vendors")


def test_a_stream_of_the_catalog_whose_resource_is_no_longer_named_is_missed(
    company: Sandbox, tmp_path: Path
) -> None:
    tap = Tap(company, tmp_path, resources=["APTerms"])
    path = choose(tap, "ap_terms", "vendor_groups")

    run = tap.run("--catalog", str(path), resources=None)

    assert run.exit_code == 1
    assert "ap_terms" in run.error
    assert run.records("vendor_groups")


def test_a_resource_that_cannot_be_read_ends_the_run_with_one_line(
    company: Sandbox, tmp_path: Path
) -> None:
    tap = Tap(company, tmp_path, resources=["POReceipts"])

    run = tap.run("--catalog", str(choose(tap, "po_receipts")))

    assert run.exit_code == 1
    assert "POReceipts" in run.error


def test_the_module_of_a_resource_that_nobody_selects_is_not_asked_for(
    company: Sandbox, tmp_path: Path
) -> None:
    tap = Tap(company, tmp_path, resources=["ICCategories"])
    path = choose(tap, "vendor_groups")
    before = len(company.sage("GET", "requests"))

    run = tap.run("--catalog", str(path))

    asked = [one["target"] for one in company.sage("GET", "requests")[before:]]
    assert run.exit_code == 0
    assert asked
    assert not [target for target in asked if "/IC/" in target]
