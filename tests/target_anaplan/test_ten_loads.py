"""All ten loads of the blueprint: lists before modules, parents first, sums per load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.target_anaplan.ten_loads import LISTS, MODULES, headers_of, ten_streams

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model

PROCESS = {"process": "Load Sage 300"}


@pytest.fixture
def whole(model: Model) -> Model:
    """A model whose builder has made everything."""
    model.switch(process_imports="all")
    return model


@pytest.mark.parametrize("settings", [PROCESS, {}], ids=["process", "imports"])
def test_the_ten_loads_arrive_in_one_run_whatever_the_order_of_the_streams(
    whole: Model, settings: dict[str, str]
) -> None:
    result = whole.load(ten_streams(headers=headers_of(whole)), **settings)

    assert {name: len(whole.codes(name)) for name in LISTS.values()} == dict.fromkeys(
        LISTS.values(), 1
    )
    assert "rows." not in result.log
    [line] = whole.cells("DAT AP Invoice Lines").values()
    assert (line["Vendor"], line["GL Account"], line["Cost Center"]) == ("1200", "6100210", "210")
    assert (line["Posted"], line["Deleted"]) == ("true", "false")
    [posting] = whole.cells("DAT GL Actuals").values()
    assert (posting["GL Account"], posting["Cost Center"]) == ("6100210", "210")
    assert posting["From Planning"] == "false"


def test_the_control_compares_each_load_of_documents_by_its_own_amount(whole: Model) -> None:
    whole.load(ten_streams(headers=headers_of(whole)), **PROCESS)

    for name, module in MODULES.items():
        before = whole.cells(module)
        whole.control("PATCH", f"cells/{module}", {next(iter(before)): {"Functional Amount": "99"}})
        result = whole.load([], **PROCESS)
        assert f"load {name}: the model's amounts sum to 99" in result.log
        assert whole.cells(module) == before


def test_nothing_new_in_ten_loads_uploads_nothing(whole: Model) -> None:
    messages = ten_streams(headers=headers_of(whole))
    whole.load(messages, **PROCESS)
    uploads = whole.counters()["uploads"]

    whole.load(messages, **PROCESS)

    assert whole.counters()["uploads"] == uploads


def test_company_prefix_reaches_every_code_of_the_ten_loads(whole: Model) -> None:
    whole.load(ten_streams(headers=headers_of(whole)), key_prefix="company", **PROCESS)

    for name in LISTS.values():
        [code] = whole.codes(name)
        assert code.startswith("SAMLTD:"), name
        assert not code.startswith("SAMLTD:SAMLTD:"), name
    assert {item["parent"] for item in whole.control("GET", "lists/GL Accounts")} == {"SAMLTD:EXP"}
    [line] = whole.cells("DAT AP Invoice Lines").values()
    assert line["GL Account"] == "SAMLTD:6100210"
    assert line["Cost Center"] == "SAMLTD:210"
    assert whole.cells("SYS GL Accounts")["SAMLTD:6100210"]["Account Number"] == "6100-210"
    assert [line["Item"] for line in whole.cells("DAT PO Invoice Lines").values()] == [
        "SAMLTD:A1103"
    ]
