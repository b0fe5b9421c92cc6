"""Several companies in one model: each run brings one of them, and harms none of the others."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from target_anaplan._companies import begin_keys, is_of, put_company

from tests.target_anaplan.singer import (
    Message,
    company,
    make_group,
    make_line,
    make_vendor,
    schema,
    stream,
)

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model

PREFIX: dict[str, Any] = {"key_prefix": "company"}
REPLACED: dict[str, Any] = {
    **PREFIX,
    "loads": [
        {"stream": "vendor_groups", "mode": "replace"},
        {"stream": "vendors", "mode": "replace"},
        {"stream": "purchase_order_lines", "mode": "replace"},
    ],
}
ONE, TWO = "SAMLTD", "SAMINC"
BOTH = {f"{ONE}:1200", f"{TWO}:1200"}


def company_of(name: str, *, amount: str = "10.50", lines: int = 1) -> list[Message]:
    """The three streams of a company; both have a group GRP, a vendor 1200 and an order PO1."""
    return company(
        groups=[make_group(Company=name)],
        vendors=[make_vendor(Company=name)],
        lines=[line_of(name, 1000 * number, amount=amount) for number in range(1, lines + 1)],
    )


def line_of(name: str, number: int = 1000, **fields: Any) -> dict[str, Any]:
    return make_line(number, Company=name, TransactionId=f"{name}:PO:PO1:{number}", **fields)


@pytest.mark.parametrize("settings", [PREFIX, REPLACED], ids=["upsert", "replace"])
def test_two_companies_loaded_in_turn_stand_beside_each_other(
    model: Model, settings: dict[str, Any]
) -> None:
    if settings is REPLACED:
        model.switch(clear_target="all_items")
    for amount in ("10.50", "7.25"):
        for name in (ONE, TWO):
            model.load(company_of(name, amount=amount), **settings)

    assert model.codes("Vendors") == BOTH
    assert model.amounts() == {f"{name}:PO:PO1:1000": Decimal("7.25") for name in (ONE, TWO)}
    assert {cells["Vendor"] for cells in model.cells("DAT PO Lines").values()} == BOTH
    assert "model.changed" not in model.load([], **settings).log


def test_the_whole_of_one_company_replaces_nothing_of_the_other(model: Model) -> None:
    model.switch(clear_target="all_items")
    for name in (ONE, TWO):
        model.load(company_of(name, lines=2), **REPLACED)
    gone = f"{ONE}:PO:PO1:2000"
    model.control("DELETE", "lists/PO Lines", {"codes": list(model.codes("PO Lines"))})

    result = model.load(company_of(ONE, lines=1), **REPLACED)

    assert model.codes("PO Lines") == {
        f"{ONE}:PO:PO1:1000",
        f"{TWO}:PO:PO1:1000",
        f"{TWO}:PO:PO1:2000",
    }
    assert gone not in model.amounts()
    assert set(model.amounts().values()) == {Decimal("10.50")}
    assert "rows_in_model=3" in result.log


def test_a_model_that_lost_rows_gets_those_of_both_companies_back(model: Model) -> None:
    for name in (ONE, TWO):
        model.load(company_of(name), **PREFIX)
    model.control("DELETE", "lists/PO Lines", {"codes": list(model.codes("PO Lines"))})

    model.load(company_of(ONE), **PREFIX)

    assert set(model.amounts()) == {f"{name}:PO:PO1:1000" for name in (ONE, TWO)}


def test_a_deletion_in_one_company_touches_nothing_of_the_other(model: Model) -> None:
    for name in (ONE, TWO):
        model.load(company_of(name), **PREFIX)
    gone = line_of(ONE, amount="0", _sdc_deleted_at="2026-02-01T00:00:00Z")

    model.load(stream("purchase_order_lines", [gone], before=1), **PREFIX)

    assert model.amounts() == {
        f"{ONE}:PO:PO1:1000": Decimal(0),
        f"{TWO}:PO:PO1:1000": Decimal("10.50"),
    }


def test_a_reject_of_one_company_waits_through_runs_of_the_other(model: Model) -> None:
    model.load(company_of(TWO), **REPLACED)
    misfit = make_vendor("1300", group="NOGROUP", Company=ONE)
    first = stream("vendor_groups", [make_group(Company=ONE)])
    assert model.run([*first, *stream("vendors", [misfit])], **REPLACED).exit_code == 3

    other = model.run(stream("vendors", [make_vendor(Company=TWO)]), **REPLACED)

    assert other.exit_code == 3
    assert "SAMLTD:1300" in other.log
    groups = [make_group(Company=ONE), make_group("NOGROUP", Company=ONE)]
    model.load(stream("vendor_groups", groups), **REPLACED)
    assert model.codes("Vendors") == {f"{ONE}:1300", f"{TWO}:1200"}


def test_a_full_read_of_one_company_fills_no_new_column_of_the_other_with_blanks(
    model: Model,
) -> None:
    file, cells = "files/vendor_groups.csv", "imports/SYS Vendor Groups from vendor_groups.csv"
    headers = model.control("PATCH", file, {})["headers"]
    columns = model.control("PATCH", cells, {})
    fewer = {name: item for name, item in columns.items() if name != "Terms"}
    model.control("PATCH", cells, {"columns": fewer})
    model.control("PATCH", file, {"headers": [name for name in headers if name != "Terms"]})
    for name in (ONE, TWO):
        model.load(stream("vendor_groups", [make_group(Company=name, Terms="N30")]), **PREFIX)
    model.control("PATCH", file, {"headers": headers})
    model.control("PATCH", cells, {"columns": columns})

    group = make_group(Company=ONE, Terms="N30")
    result = model.load(stream("vendor_groups", [group]), **PREFIX, send="all")

    assert "rows_with_old_columns=1" in result.log
    assert [line.split(",")[0] for line in model.uploaded("vendor_groups.csv")[1:]] == [
        f"{ONE}:GRP"
    ]


@pytest.mark.parametrize("name", [None, "", "A:B", "A|B", " "])
def test_a_record_whose_company_cannot_stand_before_a_code_is_refused(
    model: Model, name: str | None
) -> None:
    result = model.run(stream("vendor_groups", [make_group(Company=name)]), **PREFIX)

    assert result.exit_code == 1
    assert "GroupCode=GRP" in result.log
    assert "'Company'" in result.log
    assert model.counters()["uploads"] == 0


def test_a_key_without_a_code_is_refused_because_companies_would_share_it(model: Model) -> None:
    load = {"stream": "vendors", "codes": ["GroupCode"]}

    result = model.run(stream("vendors", [make_vendor()]), **PREFIX, loads=[load])

    assert result.exit_code == 2
    assert "loads.vendors.codes" in result.log
    assert model.counters()["uploads"] == 0


def test_a_prefix_taken_away_later_is_refused(model: Model) -> None:
    model.load(company_of(ONE), **PREFIX)

    result = model.run(company_of(ONE))

    assert result.exit_code == 2
    assert "key_prefix" in result.log


def test_the_company_stands_before_the_first_column_of_a_key_of_several(model: Model) -> None:
    names = ("Company", "SegmentNumber", "SegmentCode", "SegmentCodeDescription")
    properties = {name: {"type": ["string", "null"]} for name in names}
    keys = ["SegmentNumber", "SegmentCode"]
    record = dict(zip(names, (ONE, "2", "210", "Office"), strict=True))
    loads = {"loads": [{"stream": "gl_segment_codes", "mode": "replace"}]}

    for name in (ONE, TWO):
        row = {"type": "RECORD", "stream": "gl_segment_codes", "record": record | {"Company": name}}
        head = schema("gl_segment_codes", properties=properties, keys=keys)
        model.load([head, row], **PREFIX, **loads, trust_end_of_input=True)

    assert model.codes("Cost Centers") == {f"{ONE}:210", f"{TWO}:210"}


@given(st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=80))
def test_prefixed_codes_fit_stay_apart_and_tell_their_company(code: str, other: str) -> None:
    prefixed = put_company(code, ONE)

    assert len(prefixed) <= 60
    assert is_of(prefixed, [ONE])
    assert not is_of(prefixed, ["SAM", TWO])
    assert any(prefixed.startswith(start) for start in begin_keys([ONE]))
    assert (prefixed == put_company(other, ONE)) == (code == other)


def test_a_code_that_gets_too_long_keeps_a_readable_head() -> None:
    long = put_company("X" * 60, ONE)

    assert long.startswith("SAMLTD:XXXXXXXX")
    assert long != put_company("X" * 61, ONE)
    assert len(long) == 60
