"""The installed target loads a model: everything once, then only what changed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.target_anaplan.singer import (
    company,
    make_group,
    make_line,
    make_vendor,
    state,
    stream,
)

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model

PROCESS = {"process": "Load Sage 300"}


def test_a_first_load_fills_lists_modules_and_control(model: Model) -> None:
    lines = [make_line(1000), make_line(2000, amount="0.123456")]

    result = model.load(company(lines=lines))

    assert model.codes("Vendors") == {"1200"}
    assert model.amounts() == {
        "SAMLTD:PO:PO1:1000": Decimal("10.50"),
        "SAMLTD:PO:PO1:2000": Decimal("0.123456"),
    }
    cells = model.cells("DAT PO Lines")["SAMLTD:PO:PO1:1000"]
    assert cells["Vendor"] == "1200"
    assert cells["Deleted"] == "false"
    assert cells["Expected Arrival Date"] == "2026-02-20"
    assert result.bookmarks == {"purchase_order_lines": {"complete": True, "at": 1}}


def test_a_process_runs_once_in_place_of_the_imports(model: Model) -> None:
    model.load(company(), **PROCESS)

    assert model.counters()["tasks_by_object"] == {"Load Sage 300": 1}
    assert model.amounts() == {"SAMLTD:PO:PO1:1000": Decimal("10.50")}


def test_a_run_without_news_uploads_nothing_and_costs_few_requests(model: Model) -> None:
    model.load(company(), **PROCESS)
    before = model.counters()

    result = model.load(company(), **PROCESS)

    after = model.counters()
    assert (after["uploads"], after["tasks"]) == (before["uploads"], before["tasks"])
    requests = sum(after["requests"].values()) - sum(before["requests"].values())
    assert requests <= 18
    assert result.bookmarks["purchase_order_lines"]["complete"] is True


def test_only_changed_rows_are_sent(model: Model) -> None:
    lines = [make_line(number) for number in (1000, 2000, 3000)]
    model.load(company(lines=lines))

    lines[1] = make_line(2000, amount="99.00")
    model.load(company(lines=lines))

    uploaded = model.uploaded("purchase_order_lines.csv")
    assert len(uploaded) == 2
    assert uploaded[1].startswith("SAMLTD:PO:PO1:2000,")
    assert model.amounts()["SAMLTD:PO:PO1:2000"] == 99


def test_files_without_news_carry_one_confirmed_row_when_a_process_runs(model: Model) -> None:
    model.load(company(vendors=[make_vendor("1200"), make_vendor("1300")]), **PROCESS)

    model.load(company(lines=[make_line(amount="11.00")]), **PROCESS)

    assert len(model.uploaded("vendor_groups.csv")) == 2
    assert len(model.uploaded("vendors.csv")) == 2
    assert model.amounts() == {"SAMLTD:PO:PO1:1000": Decimal("11.00")}


def test_streams_that_do_not_appear_are_filled_too(model: Model) -> None:
    model.load(company(), **PROCESS)

    model.load(stream("purchase_order_lines", [make_line(2000)]), **PROCESS)

    assert len(model.uploaded("vendors.csv")) == 2
    assert model.codes("PO Lines") == {"SAMLTD:PO:PO1:1000", "SAMLTD:PO:PO1:2000"}


def test_a_deleted_line_arrives_as_deleted_with_zero(model: Model) -> None:
    model.load(company(lines=[make_line(1000), make_line(2000)]))

    gone = make_line(1000, amount="0", _sdc_deleted_at="2026-03-01T00:00:00Z")
    model.load(stream("purchase_order_lines", [gone]))

    cells = model.cells("DAT PO Lines")["SAMLTD:PO:PO1:1000"]
    assert (cells["Deleted"], Decimal(cells["Functional Amount"])) == ("true", 0)


def test_the_deletion_of_a_line_never_loaded_is_not_sent(model: Model) -> None:
    model.load(company())

    gone = make_line(9000, amount="0", _sdc_deleted_at="2026-03-01T00:00:00Z")
    model.load(stream("purchase_order_lines", [gone]))

    assert model.codes("PO Lines") == {"SAMLTD:PO:PO1:1000"}


def test_of_several_versions_of_a_row_the_last_one_is_sent(model: Model) -> None:
    versions = [make_line(amount=amount) for amount in ("1", "2", "3")]

    model.load(company(lines=versions))

    assert len(model.uploaded("purchase_order_lines.csv")) == 2
    assert model.amounts() == {"SAMLTD:PO:PO1:1000": Decimal(3)}


def test_a_row_that_goes_back_to_what_is_confirmed_is_not_sent(model: Model) -> None:
    model.load(company())
    tasks = model.counters()["tasks"]

    model.load(company(lines=[make_line(amount="99"), make_line()]))

    assert model.counters()["tasks"] == tasks


def test_send_all_sends_everything_again(model: Model) -> None:
    model.load(company(lines=[make_line(1000), make_line(2000)]))

    model.load(stream("purchase_order_lines", [make_line(1000)]), send="all")

    assert len(model.uploaded("purchase_order_lines.csv")) == 3


def test_text_survives_quotes_commas_newlines_and_scripts(model: Model) -> None:
    name = 'Łódź "Foods", Ltd.\nΑθήνα 東京'  # noqa: RUF001 - Greek is the point

    model.load(company(vendors=[make_vendor(VendorName=name)]))

    assert model.cells("SYS Vendors")["1200"]["Vendor Name"] == name


def test_many_chunks_join_to_one_file(model: Model) -> None:
    text = "x" * 400_000
    vendors = [make_vendor(str(1200 + n), VendorName=text) for n in range(6)]

    model.load(company(vendors=vendors), chunk_mb=1)

    puts = [call for call in model.control("GET", "requests") if "/chunks/" in call["target"]]
    assert len(puts) >= 5
    assert model.cells("SYS Vendors")["1205"]["Vendor Name"] == text


def test_empty_input_is_no_error(model: Model) -> None:
    result = model.load([])

    assert result.states == []
    assert model.counters()["tasks"] == 0


def test_an_empty_stream_advances_its_state(model: Model) -> None:
    result = model.load(stream("purchase_order_lines", []))

    assert result.bookmarks["purchase_order_lines"]["complete"] is True
    assert model.counters()["uploads"] == 0


def test_an_empty_state_is_not_written(model: Model) -> None:
    result = model.load([{"type": "STATE", "value": {}}])

    assert result.states == []


def test_a_foreign_stream_fills_a_file_by_configured_columns(model: Model) -> None:
    foreign = [
        {
            "type": "SCHEMA",
            "stream": "test:Customers!",
            "schema": {"properties": {"id": {"type": "integer"}, "title": {"type": "string"}}},
            "key_properties": ["id"],
        },
        {"type": "RECORD", "stream": "test:Customers!", "record": {"id": 7, "title": "Seven"}},
        state(customers=1),
    ]
    columns = {
        "GroupCode": "id",
        "Description": "title",
        "Status": "title",
        "CurrencyCode": "title",
        "Terms": "title",
    }
    load = {"stream": "test:Customers!", "file": "vendor_groups.csv", "columns": columns}

    model.load(foreign, loads=[load])

    assert model.cells("SYS Vendor Groups")["7"]["Description"] == "Seven"


def test_streams_without_a_load_can_be_ignored(model: Model) -> None:
    other = [
        {"type": "SCHEMA", "stream": "other", "schema": {"properties": {}}, "key_properties": []},
        {"type": "RECORD", "stream": "other", "record": {}},
    ]

    result = model.load([*other, *company()], unmapped_streams="ignore")

    assert "stream.ignored" in result.log
    assert model.codes("Vendors") == {"1200"}


def test_company_prefix_goes_before_codes_and_references(model: Model) -> None:
    model.load(company(), key_prefix="company")

    assert model.codes("Vendors") == {"SAMLTD:1200"}
    assert model.control("GET", "lists/Vendors")[0]["parent"] == "SAMLTD:GRP"
    assert model.cells("DAT PO Lines")["SAMLTD:PO:PO1:1000"]["Vendor"] == "SAMLTD:1200"


def test_company_prefix_cannot_be_changed_after_the_first_load(model: Model) -> None:
    model.load(company())

    result = model.run(company(), key_prefix="company")

    assert result.exit_code == 2
    assert "key_prefix" in result.log


def test_a_replace_load_needs_a_complete_stream(model: Model) -> None:
    load = {"stream": "vendor_groups", "mode": "replace"}
    cut = stream("vendor_groups", [make_group()])[:-1]
    unmarked = [message for message in cut if message["type"] != "STATE"]

    result = model.run(cut, loads=[load])

    assert result.exit_code == 1
    assert "complete" in result.log
    assert model.counters()["uploads"] == 0
    assert model.load(unmarked, loads=[load], trust_end_of_input=True)


def test_a_replace_load_without_a_writable_row_fails_and_forgets_nothing(model: Model) -> None:
    load = {"stream": "vendor_groups", "mode": "replace"}
    model.load(stream("vendor_groups", [make_group("A"), make_group("B")]), loads=[load])
    uploads = model.counters()["uploads"]
    groups = [make_group("A", Description="a\0b")]

    result = model.run(stream("vendor_groups", groups), loads=[load])

    assert result.exit_code == 1
    assert "the model holds 2" in result.log
    assert result.states == []
    assert model.counters()["uploads"] == uploads
    assert model.run(stream("vendor_groups", groups), loads=[load]).exit_code == 1


def test_a_silent_replace_load_is_left_alone(model: Model) -> None:
    load = {"stream": "vendor_groups", "mode": "replace"}
    model.load(stream("vendor_groups", [make_group("A")]), loads=[load])

    model.load([], loads=[load])

    assert model.codes("Vendor Groups") == {"A"}


def test_a_replace_load_sends_the_whole_stream_every_time(model: Model) -> None:
    load = {"stream": "vendor_groups", "mode": "replace"}
    groups = [make_group("A"), make_group("B")]
    model.load(stream("vendor_groups", groups), loads=[load])

    model.load(stream("vendor_groups", groups), loads=[load])

    assert len(model.uploaded("vendor_groups.csv")) == 3


@pytest.mark.parametrize("settings", [{}, PROCESS], ids=["imports", "process"])
def test_nothing_of_an_interrupted_stream_is_loaded_and_the_others_are(
    model: Model, settings: dict[str, str]
) -> None:
    model.load(company(), **settings)
    lines = [make_line(1000, amount="99"), make_line(2000)]
    cut = stream("purchase_order_lines", lines)[:-1]

    result = model.run([*stream("vendors", [make_vendor("1300")]), *cut], **settings)

    assert result.exit_code == 1
    [said] = [line for line in result.log.splitlines() if "streams.interrupted" in line]
    assert "purchase_order_lines" in said
    assert "run again" in said
    assert model.codes("Vendors") == {"1200", "1300"}
    assert model.amounts() == {"SAMLTD:PO:PO1:1000": Decimal("10.50")}
    assert result.bookmarks["purchase_order_lines"] == {"complete": False}
    assert model.load(stream("purchase_order_lines", lines), **settings)
    assert sum(model.amounts().values()) == Decimal("109.50")


def test_a_bookmark_that_moved_while_its_stream_was_read_stays_where_it_was(model: Model) -> None:
    model.load(company())
    lines = stream("purchase_order_lines", [make_line(2000)], before=5)[:-1]
    moved = {"complete": False, "at": 9}
    newest = state(purchase_order_lines=moved, vendors={"complete": True, "at": 6})

    again = model.run([*stream("vendors", [make_vendor()], bookmark=6), *lines, newest])
    from_new = model.run([*company()[:-1], state(purchase_order_lines=moved)])

    assert (again.exit_code, from_new.exit_code) == (1, 1)
    assert again.bookmarks["purchase_order_lines"] == {"complete": False, "at": 5}
    assert again.bookmarks["vendors"] == {"complete": True, "at": 6}
    assert from_new.bookmarks["purchase_order_lines"] == {"complete": False}


def test_a_first_run_cut_short_says_so_where_the_process_needs_every_file(model: Model) -> None:
    result = model.run(company()[:-1], **PROCESS)

    assert result.exit_code == 1
    [said] = [line for line in result.log.splitlines() if "| ERROR " in line]
    assert "Stream 'purchase_order_lines'" in said
    assert "run again" in said
    assert not result.states
    model.load(company(), **PROCESS)


def test_a_stream_that_was_interrupted_alone_uploads_nothing(model: Model) -> None:
    result = model.run(stream("vendors", [make_vendor()])[:-1])

    assert result.exit_code == 1
    assert model.counters()["uploads"] == 0


def test_a_foreign_tap_without_marks_is_loaded(model: Model) -> None:
    unmarked = [one for one in stream("vendor_groups", [make_group()]) if one["type"] != "STATE"]

    model.load([*unmarked, state(vendor_groups={"complete": True, "at": 1})])

    assert model.codes("Vendor Groups") == {"GRP"}
