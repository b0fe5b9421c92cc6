"""Bad input of every kind gives correct data or one clear message, never a traceback.

Each case names what the message must say. Nothing is uploaded and no state is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.target_anaplan.singer import (
    company,
    make_group,
    make_line,
    make_vendor,
    schema,
    stream,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.target_anaplan.conftest import Model

LINE = "SAMLTD:PO:PO1:1000"


@dataclass(frozen=True)
class Case:
    """What is wrong, and what the one message must say."""

    name: str
    says: Sequence[str]
    messages: Sequence[Any] = field(default_factory=company)
    settings: dict[str, Any] = field(default_factory=dict)
    control: tuple[str, str, Any] | None = None
    switches: dict[str, Any] = field(default_factory=dict)
    exit_code: int = 1


def wrong_setting(name: str, *says: str, **settings: Any) -> Case:
    return Case(name=name, says=says, settings=settings, exit_code=2)


def wrong_model(name: str, *says: str, method: str, path: str, body: Any, **settings: Any) -> Case:
    control = (method, path, body)
    return Case(name=name, says=says, settings=settings, control=control, exit_code=2)


def wrong_input(name: str, *says: str, messages: Sequence[Any], **settings: Any) -> Case:
    return Case(name=name, says=says, messages=messages, settings=settings)


def lines(**fields: Any) -> list[Any]:
    return stream("purchase_order_lines", [make_line(**fields)])


PROCESS = {"process": "Load Sage 300"}
GROUP_COLUMNS = {"GroupCode": "GroupCode", "Descr": "Description"}

CASES = [
    wrong_setting("unknown setting", "procces", "process", procces="x"),
    wrong_setting("missing workspace", "workspace_id", workspace_id=None),
    wrong_setting(
        "workspace in the wrong case",
        "workspace_id",
        "case",
        workspace_id="8A81B09D5E8C6F27015ECE3402487D33",
    ),
    wrong_setting(
        "model in the wrong case", "model_id", "case", model_id="de2f1a7c3b9d4e8f9a0b1c2d3e4f5a6b"
    ),
    wrong_setting("no password", "password", password=None),
    wrong_setting(
        "password in a variable that is not set", "password", "NOWHERE", password="env:NOWHERE"
    ),
    wrong_setting(
        "password in a file that is not there",
        "password",
        "/nowhere",
        password="file:/nowhere/at/all",
    ),
    wrong_setting("plain http to another host", "api_url", api_url="http://anaplan.example.com"),
    wrong_setting("address without scheme", "api_url", api_url="api.anaplan.com"),
    wrong_setting("chunk too large", "chunk_mb", "50", chunk_mb=500),
    wrong_setting("text for a number", "poll_seconds", poll_seconds="often"),
    wrong_setting("unknown mode", "mode", loads=[{"stream": "vendors", "mode": "append"}]),
    wrong_setting(
        "two loads for one file",
        "vendors.csv",
        loads=[{"stream": "vendors"}, {"stream": "x", "file": "vendors.csv"}],
    ),
    wrong_setting("unknown process", "Load Sage 200", "Load Sage 300", process="Load Sage 200"),
    wrong_setting(
        "unknown control module", "CTL Nothing", "CTL Loads", control={"module": "CTL Nothing"}
    ),
    wrong_setting("unknown control line item", "Sum", "Amount", control={"amount": "Sum"}),
    wrong_setting(
        "unknown file to skip", "old.csv", process="Load Sage 300", process_may_skip=["old.csv"]
    ),
    wrong_setting(
        "unknown file",
        "vendor.csv",
        "vendors.csv",
        loads=[{"stream": "vendors", "file": "vendor.csv"}],
        unmapped_streams="ignore",
    ),
    wrong_setting(
        "unknown import",
        "Vendors from x",
        "Vendors from vendors.csv",
        loads=[{"stream": "vendors", "imports": ["Vendors from x"]}],
        unmapped_streams="ignore",
    ),
    wrong_setting(
        "import of another file",
        "another source",
        loads=[{"stream": "vendors", "imports": ["PO Lines from purchase_order_lines.csv"]}],
        unmapped_streams="ignore",
    ),
    wrong_setting(
        "columns that the file does not have",
        "Descr",
        "Description",
        loads=[{"stream": "vendor_groups", "columns": GROUP_COLUMNS}],
        unmapped_streams="ignore",
    ),
    wrong_setting(
        "amount column that the file does not have",
        "Amout",
        loads=[{"stream": "vendors", "amount": "Amout"}],
        unmapped_streams="ignore",
    ),
    wrong_setting(
        "key column that the file does not have",
        "Vendor",
        loads=[{"stream": "vendors", "key": ["Vendor"]}],
        unmapped_streams="ignore",
    ),
    Case(
        "stream without a load",
        ["'budget'", "unmapped_streams"],
        [schema("budget", properties={"a": {}}, keys=[])],
        exit_code=2,
    ),
    Case(
        "load for another stream only",
        ["'vendor_groups'"],
        settings={"loads": [{"stream": "vendors"}]},
        exit_code=2,
    ),
    Case("wrong password", ["password"], settings={"password": "wrong"}),
    Case("unknown user", ["user"], settings={"username": "nobody@example.com"}),
    Case("unknown model", ["not found"], settings={"model_id": "0" * 32}),
    Case("unknown workspace", ["workspace"], settings={"workspace_id": "0" * 32}, exit_code=2),
    Case("no role in the model", ["role"], switches={"role": "none"}),
    Case(
        "archived model",
        ["ARCHIVED", "administrator"],
        switches={"activeState": "ARCHIVED"},
        exit_code=2,
    ),
    Case("locked model", ["LOCKED"], switches={"activeState": "LOCKED"}, exit_code=2),
    wrong_model("deleted file", "vendors", method="DELETE", path="objects/vendors.csv", body=None),
    wrong_model(
        "deleted process",
        "Load Sage 300",
        method="DELETE",
        path="objects/Load Sage 300",
        body=None,
        **PROCESS,
    ),
    wrong_model(
        "file with another column",
        "'Town'",
        "City",
        method="PATCH",
        path="files/vendors.csv",
        body={"rename": {"City": "Town"}},
    ),
    wrong_model(
        "file with a column more",
        "'Fax'",
        method="PATCH",
        path="files/vendor_groups.csv",
        body={"headers": ["GroupCode", "Description", "Status", "CurrencyCode", "Terms", "Fax"]},
    ),
    wrong_model(
        "file with a column twice",
        "Terms",
        "more than once",
        method="PATCH",
        path="files/vendor_groups.csv",
        body={"headers": ["GroupCode", "Terms", "Terms", "Status", "CurrencyCode", "Description"]},
    ),
    wrong_model(
        "file in an unknown encoding",
        "EBCDIC-9",
        method="PATCH",
        path="files/vendor_groups.csv",
        body={"encoding": "EBCDIC-9"},
    ),
    wrong_model(
        "process without an import of the file",
        "Load Sage 300",
        "vendors",
        method="PATCH",
        path="processes/Load Sage 300",
        body={
            "actions": [
                "Vendor Groups from vendor_groups.csv",
                "SYS Vendor Groups from vendor_groups.csv",
            ]
        },
        **PROCESS,
    ),
    Case(
        "process that needs a file nobody brings",
        ["'purchase_order_lines.csv'", "process_may_skip"],
        [*stream("vendor_groups", [make_group()]), *stream("vendors", [make_vendor()])],
        PROCESS,
        exit_code=2,
    ),
    wrong_input("text that is no message", "line 1", messages=["hello"]),
    wrong_input(
        "half a message at the end",
        "ends within",
        messages=[*company(), b'{"type": "RECORD", "str'],
    ),
    wrong_input("message of an unknown type", "'RECRD'", messages=[{"type": "RECRD"}]),
    wrong_input(
        "bytes that are no UTF-8", "line 1", messages=[b'{"type": "STATE", "value": "\xff"}\n']
    ),
    wrong_input(
        "record before its schema",
        "SCHEMA",
        messages=[{"type": "RECORD", "stream": "vendors", "record": {}}],
    ),
    wrong_input(
        "schema without properties",
        "properties",
        messages=[{"type": "SCHEMA", "stream": "vendors", "schema": {}, "key_properties": []}],
    ),
    wrong_input(
        "record without its key",
        "'TransactionId'",
        messages=[
            schema("purchase_order_lines"),
            {"type": "RECORD", "stream": "purchase_order_lines", "record": {"Vendor": "1"}},
        ],
    ),
    wrong_input("null key", "TransactionId", messages=lines(TransactionId=None)),
    wrong_input("empty key", "TransactionId", "empty", messages=lines(TransactionId="")),
    wrong_input("text for a number", LINE, "UnitCost", messages=lines(UnitCost="ten")),
    wrong_input("number for a flag", LINE, "OnHold", messages=lines(OnHold=7)),
    wrong_input(
        "number beyond any amount", LINE, "UnitCost", messages=lines(UnitCost=Decimal("1E+5000"))
    ),
    wrong_input(
        "not a number",
        "line",
        messages=[
            schema("purchase_order_lines"),
            (
                '{"type": "RECORD", "stream": "purchase_order_lines",'
                ' "record": {"TransactionId": "x", "UnitCost": NaN}}'
            ),
        ],
    ),
    wrong_input(
        "no company for the prefix", "Company", messages=lines(Company=None), key_prefix="company"
    ),
    wrong_input(
        "key changed mid-stream",
        "key changed",
        messages=[
            *stream("vendors", [make_vendor()]),
            schema("vendors", keys=["VendorNumber", "City"]),
        ],
    ),
    wrong_input(
        "batch message",
        "BATCH",
        messages=[
            schema("vendors"),
            {"type": "BATCH", "stream": "vendors", "encoding": {"format": "jsonl"}, "manifest": []},
        ],
    ),
    wrong_input(
        "replace without marks",
        "complete",
        messages=[one for one in stream("vendors", [make_vendor()]) if one["type"] != "STATE"],
        loads=[{"stream": "vendors", "mode": "replace"}],
    ),
    wrong_input("state that is no object", "STATE", messages=[{"type": "STATE", "value": 5}]),
    Case(
        "property missing in the stream",
        ["'City'", "vendors"],
        [schema("vendors", properties={"VendorNumber": {"type": "string"}, "Citty": {}})],
        exit_code=2,
    ),
    Case(
        "property gone mid-stream",
        ["'City'"],
        [
            *stream("vendors", [make_vendor()]),
            schema("vendors", properties={"VendorNumber": {"type": "string"}}),
        ],
        exit_code=2,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_gives_one_clear_message(model: Model, case: Case) -> None:
    if case.control is not None:
        model.control(*case.control)
    if case.switches:
        model.switch(**case.switches)

    result = model.run(case.messages, **case.settings)

    assert result.exit_code == case.exit_code, result.log
    last = result.log.strip().splitlines()[-1]
    for said in case.says:
        assert said in last
    assert "Traceback" not in result.log
    assert "Unexpected" not in result.log
    assert result.states == []
    model.switch(role="administrator", activeState="UNLOCKED")
    assert model.counters()["uploads"] == 0


ODD_VALUES = [
    ("quotes and commas", 'a "b", c'),
    ("line ends", "a\nb"),
    ("carriage return", "a\r\nb"),
    ("only blanks", "   "),
    ("formula", "=1+1"),
    ("tab", "a\tb"),
    ("right to left", "\u202eabc"),
    ("emoji", "🚢 vessel"),
    ("100 kB", "x" * 100_000),
    ("backslashes", "\\n\\t\\"),
]


@pytest.mark.parametrize(("name", "value"), ODD_VALUES, ids=[name for name, _ in ODD_VALUES])
def test_odd_text_arrives_as_it_is(model: Model, name: str, value: str) -> None:
    model.load(company(vendors=[make_vendor(VendorName=value)]))

    found = model.cells("SYS Vendors")["1200"]["Vendor Name"]
    assert found.replace("\r\n", "\n") == value.replace("\r\n", "\n"), name


@pytest.mark.parametrize("date", ["1899-12-30", "9999-12-31"])
def test_dates_at_the_edges_arrive_or_are_named(model: Model, date: str) -> None:
    result = model.run(company(lines=[make_line(ExpectedArrivalDate=date)]))

    cells = model.cells("DAT PO Lines")[LINE]
    assert (result.exit_code == 0) == (cells["Expected Arrival Date"] == date)
    assert result.exit_code in {0, 3}
