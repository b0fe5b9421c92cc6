"""Goal: when the file's columns change, or a ledger is older, nothing is lost or sent for ever.

Method: a builder changes the file's header between two runs; a ledger is taken back to the schema
before checksums.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from ml_connector.ledger import OldRow, row_digest
from ml_connector.places import ledger_path
from target_anaplan._figures import compute_checksum
from target_anaplan._mapping import build_mapping
from target_anaplan._older_columns import rendering_anew
from target_anaplan._settings import KeyPrefix, LoadSettings

from tests.target_anaplan.singer import company, make_line, make_vendor, stream

if TYPE_CHECKING:
    from pathlib import Path

    from target_anaplan._mapping import RowMapping

    from tests.target_anaplan.conftest import Model

VENDORS = [make_vendor("1200", City="Oslo"), make_vendor("1300", City="Rome")]
FILE = "files/vendors.csv"
SYS_IMPORT = "imports/SYS Vendors from vendors.csv"


def leave_out(model: Model, header: str) -> None:
    """A builder takes a column out of the file and the import."""
    headers = model.control("PATCH", FILE, {})["headers"]
    columns = model.control("PATCH", SYS_IMPORT, {})
    columns.pop(header)
    model.control("PATCH", FILE, {"headers": [name for name in headers if name != header]})
    model.control("PATCH", SYS_IMPORT, {"columns": columns})


def put_in(model: Model, header: str, line_item: str) -> None:
    """A builder puts a column before the others of the file, and maps it."""
    headers = model.control("PATCH", FILE, {})["headers"]
    columns = model.control("PATCH", SYS_IMPORT, {})
    model.control("PATCH", FILE, {"headers": [*headers, header]})
    model.control("PATCH", SYS_IMPORT, {"columns": {**columns, header: line_item}})


def mapping(*headers: str, **load: Any) -> RowMapping:
    settings = LoadSettings(**{"stream": "vendors", **load})
    return build_mapping(settings, headers, prefix=KeyPrefix.NONE)


def old_row(content: tuple[str, ...], *columns: str, deleted: bool = False) -> OldRow:
    return OldRow(row_key="V1", columns=columns, plan="", content=content, deleted=deleted)


def test_rows_come_again_under_the_columns_that_are_left(model: Model) -> None:
    model.load(company(vendors=VENDORS))
    leave_out(model, "City")

    first, second = model.load([]), model.load([])

    assert "rendered_with_new_columns=2" in first.log
    assert "load.columns_changed" not in first.log
    assert "rendered_with_new_columns=2" not in second.log
    assert "model.changed" not in second.log
    assert len(model.uploaded("vendors.csv")) == 3


def test_a_checksum_that_a_builder_adds_is_loaded_for_every_row(model: Model) -> None:
    headers = model.control("PATCH", FILE, {})["headers"]
    columns = model.control("PATCH", SYS_IMPORT, {})
    model.sandbox.leave_out_checksums()
    model.load(company(vendors=VENDORS))
    assert model.cells("SYS Vendors")["1200"]["Checksum"] == "0"
    model.control("PATCH", FILE, {"headers": headers})
    model.control("PATCH", SYS_IMPORT, {"columns": columns})

    model.load([])

    cells = model.cells("SYS Vendors")
    assert all(0 < int(cells[code]["Checksum"]) < 1_000_000 for code in ("1200", "1300"))


def test_a_new_column_waits_for_a_full_refresh_and_nothing_is_sent_for_ever(
    model: Model,
) -> None:
    leave_out(model, "City")
    model.load(company(vendors=VENDORS))
    put_in(model, "City", "City")
    model.control("PATCH", "cells/DAT PO Lines", {"SAMLTD:PO:PO1:1000": {"Functional Amount": "9"}})

    waiting = model.load([])
    uploads = model.counters()["uploads"]
    still = model.load([])
    assert model.counters()["uploads"] == uploads
    full = model.load(company(vendors=VENDORS))

    for result in (waiting, still):
        [said] = [line for line in result.log.splitlines() if "load.columns_changed" in line]
        assert "load=vendors rows_with_old_columns=2" in said
    assert "load.columns_changed" not in full.log
    assert model.cells("SYS Vendors")["1300"]["City"] == "Rome"


def test_a_row_that_no_full_refresh_brings_is_sent_as_it_was_and_repaired_later(
    model: Model,
) -> None:
    leave_out(model, "City")
    model.load(company(vendors=VENDORS))
    put_in(model, "City", "City")

    full = model.load(company(vendors=VENDORS[:1]))

    assert "load.columns_changed" not in full.log
    model.control("DELETE", "lists/Vendors", {"codes": ["1300"]})
    assert "model.changed" in model.load([]).log
    cells = model.cells("SYS Vendors")
    assert (cells["1300"]["Vendor Name"], cells["1200"]["City"]) == ("Vendor 1300", "Oslo")
    assert "model.changed" not in model.load([]).log


def test_a_refused_row_of_old_columns_is_sent_again_or_named(model: Model) -> None:
    leave_out(model, "City")
    refused = [make_vendor("1200", group="NEW")]
    assert model.run(company(vendors=refused)).exit_code == 3

    leave_out(model, "Country")
    again = model.run([])
    put_in(model, "City", "City")
    named = model.run([])

    assert again.exit_code == named.exit_code == 3
    assert "rejects_again=1" in again.log
    assert "Invalid parent" in named.log
    model.control("POST", "lists/Vendor Groups", {"items": [{"code": "NEW"}]})
    assert model.load(stream("vendors", [make_vendor("1200", group="NEW", City="Oslo")]))


def test_a_row_is_rendered_by_header_and_gets_its_checksum() -> None:
    new = mapping("Name", "VendorNumber", "Deleted", "Checksum")
    render = rendering_anew(new, key_properties=["VendorNumber"])

    row = render(old_row(("V1", "x", "Acme"), "VendorNumber", "City", "Name", deleted=True))

    assert row is not None
    values = ("Acme", "V1", "true", "")
    assert row.content == (*values[:3], str(compute_checksum(values, position=3)))
    assert row.checksum == int(row.content[3]) == 1 + int(row_digest(values[:3]), 16) % 999_999
    assert row.deleted


def test_a_row_is_not_rendered_when_a_column_or_its_meaning_is_new() -> None:
    row = old_row(("V1", "Acme"), "VendorNumber", "Name")
    keys = ["VendorNumber"]
    renamed = {"VendorNumber": "VendorNumber", "Name": "ShortName"}

    new_column = rendering_anew(mapping("VendorNumber", "Name", "City"), key_properties=keys)
    new_meaning = mapping("VendorNumber", "Name", columns=renamed)
    new_key = rendering_anew(mapping("Name", "VendorNumber"), key_properties=[])

    assert new_column(row) is None
    assert rendering_anew(new_meaning, key_properties=keys)(row) is None
    assert new_key(row) is None
    assert rendering_anew(mapping("Name", "VendorNumber"), key_properties=keys)(row) is not None


def test_a_row_a_full_read_did_not_bring_keeps_what_is_known_and_its_amount() -> None:
    row = old_row(("V1", "Acme", "7"), "VendorNumber", "Name", "Amount")
    keys = ["VendorNumber"]

    def render(new: RowMapping) -> tuple[str, ...] | None:
        rendered = rendering_anew(new, key_properties=keys, was_read_fully=lambda _key: True)(row)
        return None if rendered is None else rendered.content

    renamed = {"VendorNumber": "VendorNumber", "Title": "Name", "Amount": "Amount", "City": "City"}
    other_amount = {"VendorNumber": "VendorNumber", "Amount": "Other"}

    assert render(mapping(*renamed, columns=renamed, amount="Amount")) == ("V1", "Acme", "7", "")
    assert render(mapping(*other_amount, columns=other_amount, amount="Amount")) is None
    assert render(mapping("Code", "Name")) is None


def take_back(place: Path) -> None:
    """Make the ledger one of revision 0001, as the version before checksums left it."""
    with sqlite3.connect(place) as connection:
        for table in ("loaded_rows", "row_states", "rejects"):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN checksum")
        connection.execute("ALTER TABLE scopes DROP COLUMN extra_checksum")
        for table in (
            "documents",
            "posting_inputs",
            "posting_marks",
            "posting_steps",
            "posting_lines",
            "posting_entries",
            "posting_batches",
        ):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()


def test_a_ledger_of_the_version_before_checksums_agrees_with_its_model(model: Model) -> None:
    model.sandbox.leave_out_checksums()
    messages = company(lines=[make_line(1000), make_line(2000, vendor="9999")])
    assert model.run(messages).exit_code == 3
    settings = model.sandbox.info["anaplan"]
    take_back(ledger_path(f"anaplan-{settings['workspace_id']}-{settings['model_id']}"))

    result = model.run([])

    assert result.exit_code == 3
    assert "model.changed" not in result.log
    assert "rejects_again=1" in result.log
    assert len(model.uploaded("purchase_order_lines.csv")) == 2
