"""Loads into a list without file and import: written item by item, each judged for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from target_anaplan import _list_sending

from tests.target_anaplan.singer import company, make_group, make_vendor, stream

if TYPE_CHECKING:
    from tests.target_anaplan.conftest import Model, Result

GROUPS = {"stream": "vendor_groups", "list": "Vendor Groups", "columns": {"Code": "GroupCode"}}
VENDORS = {
    "stream": "vendors",
    "list": "Partners",
    "columns": {"Code": "VendorNumber", "Parent": "GroupCode", "Town": "City", "Terms": "Terms"},
}
# CTL Loads counts the blueprint's lists, and Partners is none of them.
OFF: dict[str, Any] = {"control": {"module": ""}}
LOADS: dict[str, Any] = {"loads": [GROUPS, VENDORS], **OFF}
WHOLE: dict[str, Any] = {"loads": [one | {"mode": "replace"} for one in (GROUPS, VENDORS)], **OFF}


@pytest.fixture
def partners(model: Model) -> Model:
    """A model with the list Partners, whose items have two properties and belong to a group."""
    properties = [{"name": "Town", "format": "TEXT"}, {"name": "Terms", "format": "NUMBER"}]
    new = {"name": "Partners", "parent": "Vendor Groups", "properties": properties}
    model.control("POST", "objects", {"lists": [new]})
    return model


def both(*vendors: dict[str, Any], before: object = None) -> list[dict[str, Any]]:
    groups = [make_group("GRP"), make_group("OTHER")]
    return [
        *stream("vendors", vendors, before=before),
        *stream("vendor_groups", groups, before=before),
    ]


def vendor(code: str = "1200", **fields: Any) -> dict[str, Any]:
    return make_vendor(code, **{"City": "Bern", "Terms": "30", **fields})


def items(model: Model) -> dict[str, dict[str, Any]]:
    return {item["code"]: item for item in model.control("GET", "lists/Partners")}


def writes(model: Model) -> int:
    """How many list writes Anaplan has seen."""
    requests = model.control("GET", "requests")
    return sum("/items" in one["target"] and one["method"] != "GET" for one in requests)


def finished(result: Result, load: str = "vendors") -> str:
    lines = result.log.splitlines()
    return next(line for line in lines if "load.finished" in line and f"load={load} " in line)


def test_items_are_added_with_parent_and_properties_lists_in_order(partners: Model) -> None:
    result = partners.load(both(vendor(), vendor("1300", GroupCode="OTHER")), **LOADS)

    assert partners.codes("Vendor Groups") == {"GRP", "OTHER"}
    assert items(partners)["1200"] == {
        "code": "1200",
        "name": "1200",
        "parent": "GRP",
        "properties": {"Town": "Bern", "Terms": "30.0"},
    }
    assert items(partners)["1300"]["parent"] == "OTHER"
    assert partners.counters()["uploads"] == 0
    assert "accepted=2" in finished(result)


def test_what_changed_is_updated_and_the_rest_is_not_sent(partners: Model) -> None:
    partners.load(both(vendor(), vendor("1300")), **LOADS)
    before = writes(partners)

    result = partners.load(both(vendor(), vendor("1300", City="Biel")), **LOADS)

    assert items(partners)["1300"]["properties"]["Town"] == "Biel"
    assert "sent=1" in finished(result)
    assert writes(partners) == before + 2
    partners.load(both(vendor(), vendor("1300", City="Biel")), **LOADS)
    assert writes(partners) == before + 2


def test_an_item_that_was_there_before_is_taken_over(partners: Model) -> None:
    partners.control("POST", "lists/Partners", {"items": [{"code": "1200"}]})

    partners.load(both(vendor()), **LOADS)

    assert items(partners)["1200"]["parent"] == "GRP"
    assert items(partners)["1200"]["properties"]["Town"] == "Bern"


def test_what_becomes_blank_is_emptied(partners: Model) -> None:
    partners.load(both(vendor()), **LOADS)

    partners.load(both(vendor(City=None, GroupCode="")), **LOADS)

    assert items(partners)["1200"] == {
        "code": "1200",
        "name": "1200",
        "parent": None,
        "properties": {"Terms": "30.0"},
    }


@pytest.mark.parametrize("failures", ["emit", "omit"])
def test_refused_items_are_kept_with_the_reason_and_sent_again_until_accepted(
    partners: Model, failures: str
) -> None:
    partners.switch(update_failures=failures)
    first = partners.run(both(vendor(), vendor("1300", Terms="net")), **LOADS)

    assert first.exit_code == 3
    assert first.bookmarks["vendor_groups"]["complete"] is True
    assert set(items(partners)) == {"1200"}
    [said] = [line for line in first.log.splitlines() if "rows.rejected" in line]
    assert "examples=1300" in said
    assert "net" not in said

    again = partners.run([], **LOADS)
    assert again.exit_code == 3
    assert "rejects_again=1" in again.log
    partners.load(both(vendor("1300", Terms="45"), before=1), **LOADS)
    assert set(items(partners)) == {"1200", "1300"}


@pytest.mark.parametrize("failures", ["emit", "omit"])
def test_a_refused_update_leaves_the_item_and_is_kept(partners: Model, failures: str) -> None:
    partners.switch(update_failures=failures)
    partners.load(both(vendor(), vendor("1300")), **LOADS)

    changed = both(vendor(City="Biel"), vendor("1300", Terms="net"))
    result = partners.run(changed, **LOADS)

    assert result.exit_code == 3
    assert items(partners)["1200"]["properties"]["Town"] == "Biel"
    assert items(partners)["1300"]["properties"]["Terms"] == "30.0"
    assert "accepted=1 warned=0 rejected=1" in finished(result)


def test_a_parent_that_is_missing_is_a_reject_that_heals_itself(partners: Model) -> None:
    first = partners.run(both(vendor(GroupCode="LATER")), **LOADS)
    assert first.exit_code == 3

    partners.load(stream("vendor_groups", [make_group("LATER")], before=1), **LOADS)

    assert items(partners)["1200"]["parent"] == "LATER"


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "late", "truncate"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_lost_answer_doubles_nothing_and_loses_nothing(
    partners: Model, kind: str, method: str
) -> None:
    partners.load(both(vendor()), **LOADS)
    fields = {"seconds": 1} if kind == "late" else {}
    partners.fault(kind, "/items", method=method, **fields)

    partners.load(both(vendor(City="Biel"), vendor("1300")), **LOADS)

    assert partners.counters()["faults"] == {kind: 1}
    assert {code: item["properties"]["Town"] for code, item in items(partners).items()} == {
        "1200": "Biel",
        "1300": "Bern",
    }


def test_a_write_that_fails_as_a_whole_holds_the_state_and_is_sent_again(partners: Model) -> None:
    partners.fault("error", "/items", method="POST", status=403, times=0)

    failed = partners.run(both(vendor()), **LOADS)

    assert failed.exit_code == 1
    assert failed.states == []
    partners.control("DELETE", "faults")
    partners.load([], **LOADS)
    assert partners.codes("Vendor Groups") == {"GRP", "OTHER"}


def test_a_deployed_model_says_that_the_list_is_no_production_list(partners: Model) -> None:
    partners.switch(activeState="PRODUCTION")

    result = partners.run(both(vendor()), **LOADS)

    assert result.exit_code == 1
    assert "425" in result.log
    assert result.states == []


def test_what_left_a_whole_is_deleted_and_nothing_made_by_hand_is(partners: Model) -> None:
    partners.load(both(vendor(), vendor("1300")), **WHOLE)
    partners.control("POST", "lists/Partners", {"items": [{"code": "BYHAND"}]})

    result = partners.load(both(vendor()), **WHOLE)

    assert set(items(partners)) == {"1200", "BYHAND"}
    assert "rows_in_model=1" in finished(result)
    assert "rows_in_model=1" in finished(partners.load(both(vendor()), **WHOLE))


def test_an_item_that_somebody_has_deleted_already_is_simply_gone(partners: Model) -> None:
    partners.load(both(vendor(), vendor("1300")), **WHOLE)
    partners.control("DELETE", "lists/Partners", {"codes": ["1300"]})

    result = partners.load(both(vendor()), **WHOLE)

    assert "rows_in_model=1" in finished(result)


def test_an_empty_whole_deletes_nothing(partners: Model) -> None:
    partners.load(both(vendor()), **WHOLE)

    result = partners.run(both(), **WHOLE)

    assert result.exit_code == 3
    assert "load.came_empty" in result.log
    assert set(items(partners)) == {"1200"}


def test_records_marked_as_deleted_alone_are_no_whole(partners: Model) -> None:
    partners.load(both(vendor()), **WHOLE)
    gone = stream("vendors", [vendor(_sdc_deleted_at="2026-01-01T00:00:00Z")])

    assert partners.run(gone, **WHOLE).exit_code == 3

    assert set(items(partners)) == {"1200"}


def test_a_record_marked_as_deleted_is_marked_and_not_deleted(model: Model) -> None:
    new = {"name": "Partners", "properties": [{"name": "Deleted", "format": "BOOLEAN"}]}
    model.control("POST", "objects", {"lists": [new]})
    columns = {"Code": "VendorNumber", "Deleted": "Deleted"}
    loads = {"loads": [{"stream": "vendors", "list": "Partners", "columns": columns}], **OFF}
    model.load(stream("vendors", [vendor()]), **loads)

    gone = stream("vendors", [vendor(_sdc_deleted_at="2026-01-01T00:00:00Z")], before=1)
    model.load(gone, **loads)

    assert items(model)["1200"]["properties"]["Deleted"] == "true"


def test_a_numbered_list_makes_its_names_and_is_known_by_code(model: Model) -> None:
    new = {"name": "Partners", "numbered": True, "properties": [{"name": "Town"}]}
    model.control("POST", "objects", {"lists": [new]})
    columns = {"Code": "VendorNumber", "Town": "City"}
    loads = {"loads": [{"stream": "vendors", "list": "Partners", "columns": columns}], **OFF}

    for town in ("Bern", "Biel"):
        model.load(stream("vendors", [vendor(City=town)]), **loads)

    assert items(model)["1200"]["properties"] == {"Town": "Biel"}


def test_two_companies_share_a_list_that_is_written_item_by_item(partners: Model) -> None:
    settings = {**WHOLE, "key_prefix": "company"}
    for name in ("SAMLTD", "SAMINC"):
        groups = stream("vendor_groups", [make_group(Company=name)])
        vendors = stream("vendors", [vendor(code, Company=name) for code in ("1200", "1300")])
        partners.load([*groups, *vendors], **settings)

    partners.load(stream("vendors", [vendor(Company="SAMLTD")]), **settings)

    assert set(items(partners)) == {"SAMLTD:1200", "SAMINC:1200", "SAMINC:1300"}
    assert items(partners)["SAMINC:1200"]["parent"] == "SAMINC:GRP"


def test_the_control_counts_the_items_of_a_list(model: Model) -> None:
    model.load(stream("vendor_groups", [make_group("A"), make_group("B")]), loads=[GROUPS])
    model.control("DELETE", "lists/Vendor Groups", {"codes": ["A"]})

    result = model.load([], loads=[GROUPS])

    assert "load vendor_groups: the model holds 1 rows, the ledger says 2" in result.log
    assert model.codes("Vendor Groups") == {"A", "B"}


def test_a_shrunken_list_is_noticed_without_a_control_module(partners: Model) -> None:
    partners.load(both(vendor(), vendor("1300")), **LOADS)
    partners.control("DELETE", "lists/Partners", {"codes": ["1300"]})

    result = partners.load([], **LOADS)

    assert "shrank" in result.log
    assert set(items(partners)) == {"1200", "1300"}


def test_a_list_made_anew_under_its_name_is_filled_again_once(partners: Model) -> None:
    partners.load(both(vendor(), vendor("1300")), **LOADS)
    made = {"name": "Partners", "parent": "Vendor Groups"} | {
        "properties": [{"name": "Town", "format": "TEXT"}, {"name": "Terms", "format": "NUMBER"}]
    }
    # Whatever is made in between has taken the next id: Partners gets another one.
    partners.control("POST", "objects", {"lists": [{"name": "Between"}]})
    partners.control("DELETE", "objects/Partners")
    partners.control("POST", "objects", {"lists": [made]})

    result = partners.load([], **LOADS)

    assert "is not in the model any more" in result.log
    assert set(items(partners)) == {"1200", "1300"}
    assert "model.changed" not in partners.load([], **LOADS).log
    partners.control("DELETE", "lists/Partners", {"codes": ["1300"]})
    assert "shrank" in partners.load([], **LOADS).log


def test_a_list_of_a_load_that_was_removed_is_counted_no_more(partners: Model) -> None:
    partners.load(both(vendor()), **LOADS)
    partners.control("DELETE", "objects/Partners")

    result = partners.load([], loads=[GROUPS], **OFF)

    assert "model.changed" not in result.log


def test_lists_are_written_before_files_are_loaded(model: Model) -> None:
    loads = [{"stream": "purchase_order_lines"}, {"stream": "vendors"}, GROUPS]

    model.load(company(), loads=loads)

    assert [item["parent"] for item in model.control("GET", "lists/Vendors")] == ["GRP"]


def test_more_items_than_fit_into_a_call_go_in_several(
    partners: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_list_sending, "ITEMS_MAX", 3)
    vendors = [vendor(str(1000 + number)) for number in range(7)]
    vendors[4]["Terms"] = "net"

    result = partners.run(both(*vendors), **LOADS)

    assert set(items(partners)) == {one["VendorNumber"] for one in vendors} - {"1004"}
    assert "accepted=6 warned=0 rejected=1" in finished(result)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"list": "Partner"}, "nearest: 'Partners'"),
        ({"columns": {"Code": "VendorNumber", "Towns": "City"}}, "nearest: 'Town'"),
        ({"columns": {"Parent": "GroupCode"}}, "names no Code"),
        ({"file": "vendors.csv"}, "means nothing beside list"),
        ({"imports": ["Vendors from vendors.csv"]}, "means nothing beside list"),
    ],
)
def test_a_list_load_that_cannot_be_is_refused_before_anything_is_written(
    partners: Model, change: dict[str, Any], said: str
) -> None:
    result = partners.run(both(vendor()), loads=[GROUPS, {**VENDORS, **change}])

    assert result.exit_code == 2
    assert said in result.log
    assert writes(partners) == 0
