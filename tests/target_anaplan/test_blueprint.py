"""What the blueprint needs is demanded before anything is uploaded, unless `loads` says more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.target_anaplan.singer import company, make_vendor, stream

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model

PROCESS = {"process": "Load Sage 300"}
STEPS = [
    "Vendor Groups from vendor_groups.csv",
    "SYS Vendor Groups from vendor_groups.csv",
    "Vendors from vendors.csv",
    "SYS Vendors from vendors.csv",
    "PO Lines from purchase_order_lines.csv",
    "DAT PO Lines from purchase_order_lines.csv",
]


@pytest.mark.parametrize("control", [{}, {"control": {"module": ""}}], ids=["control", "without"])
@pytest.mark.parametrize("name", STEPS)
def test_a_missing_import_is_named_before_anything_is_uploaded(
    model: Model, name: str, control: dict[str, object]
) -> None:
    model.control("DELETE", f"objects/{name}")

    result = model.run(company(), **control)

    assert result.exit_code == 2
    assert f"expected to be read by import {name!r}" in result.log
    assert "name the imports in loads" in result.log
    assert model.counters()["uploads"] == 0


def test_an_import_that_is_deleted_later_is_missed(model: Model) -> None:
    model.load(company())
    uploads = model.counters()["uploads"]
    model.control("DELETE", "objects/SYS Vendors from vendors.csv")

    result = model.run([])

    assert result.exit_code == 2
    assert model.counters()["uploads"] == uploads


def test_a_process_without_one_of_the_imports_is_named(model: Model) -> None:
    steps = [step for step in STEPS if not step.startswith("SYS Vendors")]
    model.control("PATCH", "processes/Load Sage 300", {"actions": steps})

    result = model.run(company(), **PROCESS)

    assert result.exit_code == 2
    assert "expected to run SYS Vendors from vendors.csv (load vendors)" in result.log
    assert model.counters()["uploads"] == 0


def test_configured_loads_choose_their_imports(model: Model) -> None:
    model.control("DELETE", "objects/SYS Vendors from vendors.csv")

    model.load(stream("vendors", [make_vendor(group="")]), loads=[{"stream": "vendors"}])

    assert model.codes("Vendors") == {"1200"}
