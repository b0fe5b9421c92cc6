"""Discovery, selection and trial runs through the installed command."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from singer_sdk.helpers._typing import conform_record_data_types
from singer_sdk.helpers.conform import TypeConformanceLevel
from tap_sage300.tap import STREAM_TYPES

from tests.tap_sage300.runs import Sandbox, Tap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def tap(company: Sandbox, tmp_path: Path) -> Tap:
    return Tap(company, tmp_path)


def test_catalog_offers_every_stream_and_selects_what_the_blueprint_loads(tap: Tap) -> None:
    catalog = tap.discover()

    selected = {
        stream["stream"]: next(
            m["metadata"]["selected-by-default"] for m in stream["metadata"] if not m["breadcrumb"]
        )
        for stream in catalog["streams"]
    }
    assert selected == {name: stream.by_default for name, stream in STREAM_TYPES.items()}


def test_trial_run_writes_a_record_per_stream_and_claims_nothing(tap: Tap) -> None:
    run = tap.run("--test")

    assert run.exit_code == 0
    assert all(
        len(run.records(name)) == 1
        for name in ("vendors", "purchase_order_lines", "purchase_orders", "fiscal_periods")
    )
    assert all(not one.get("complete") for one in run.state["bookmarks"].values())


def test_only_selected_properties_are_asked_for_and_only_needed_modules(tap: Tap) -> None:
    seen_before = len(tap.sandbox.sage("GET", "requests"))

    run = tap.run(select=("vendors",))

    targets = [one["target"] for one in tap.sandbox.sage("GET", "requests")]
    ours = [unquote(target) for target in targets[seen_before:]]
    pages = [target for target in ours if "APVendors?" in target]
    assert run.exit_code == 0
    assert pages
    assert all("$select=" in target and "AddressLine1" not in target for target in pages)
    assert not [target for target in ours if "/PO/" in target]


def test_values_are_already_what_the_sdk_would_make_of_them(tap: Tap) -> None:
    run = tap.run(select=("vendors", "purchase_orders", "purchase_order_lines", "fiscal_periods"))

    schemas = {m["stream"]: m["schema"] for m in run.messages if m["type"] == "SCHEMA"}
    for message in run.messages:
        if message["type"] != "RECORD":
            continue
        conformed = conform_record_data_types(
            stream_name=message["stream"],
            record=dict(message["record"]),
            schema=schemas[message["stream"]],
            level=TypeConformanceLevel.RECURSIVE,
            logger=logging.getLogger(__name__),
        )
        assert conformed == message["record"]


def test_ledger_keeps_every_call_and_no_secret(
    tap: Tap, connector_home: Path, company: Sandbox
) -> None:
    before = len(company.sage("GET", "requests"))
    run = tap.run()

    assert run.exit_code == 0
    path = connector_home / "sage300-127.0.0.1-SAMLTD" / "ledger.sqlite3"
    with sqlite3.connect(path) as ledger:
        calls = ledger.execute("select path from api_calls").fetchall()
        outcome = ledger.execute("select outcome, exit_code from runs").fetchall()
    ledger.close()
    assert len(calls) == len(company.sage("GET", "requests")) - before
    assert outcome == [("ok", 0)]
    assert b"WEBAPI-300" not in path.read_bytes()


@pytest.mark.parametrize("option", ["--discover", "--test", "--test=schema"])
def test_a_look_at_the_company_leaves_no_file_behind(
    tap: Tap, connector_home: Path, option: str
) -> None:
    process = tap.start(option)
    process.communicate(timeout=120)

    assert process.returncode == 0
    assert not connector_home.exists()


def test_no_secret_and_no_row_is_in_the_logs_even_at_debug(tap: Tap) -> None:
    run = tap.run(environment={"TAP_SAGE300_LOGLEVEL": "DEBUG", "LOGLEVEL": "DEBUG"})

    assert run.exit_code == 0
    assert tap.settings["password"] not in run.errors


def test_records_can_be_renamed_by_a_stream_map(tap: Tap) -> None:
    run = tap.run(stream_maps={"vendors": {"VendorName": "record['VendorNumber']"}})

    assert run.exit_code == 0
    assert all(one["VendorName"] == one["VendorNumber"] for one in run.records("vendors"))


def test_adventure_works_lands_to_the_last_digit(
    start_sandbox: Callable[..., Sandbox], tmp_path: Path, adventure_works: Path
) -> None:
    totals = json.loads((adventure_works / "totals.json").read_text())  # noqa: TID251
    tap = Tap(start_sandbox("--data", str(adventure_works)), tmp_path)

    run = tap.run()

    lines = run.lines().values()
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    outstanding: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        amounts[f"{line['Vendor']}|{line['OrderDate'][:7]}"] += line["FunctionalExtendedCost"]
        if line["FunctionalOutstandingAmount"]:
            month = line["ExpectedArrivalDate"][:7]
            outstanding[f"{line['Vendor']}|{month}"] += line["FunctionalOutstandingAmount"]
    assert len(lines) == totals["lines"]
    assert amounts == {key: Decimal(value) for key, value in totals["by_vendor_month"].items()}
    assert outstanding == {
        key: Decimal(value) for key, value in totals["outstanding_by_vendor_month"].items()
    }
