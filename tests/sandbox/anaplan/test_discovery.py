"""Discovery: envelope, paging, sorting, masking and what the model shows (Anaplan sheet §2, §3)."""

from __future__ import annotations

import pytest

from tests.sandbox.anaplan.service import Anaplan, make_groups

OUTSIDER = ("outsider@example.com", "Outsider-4-Sandbox!")
STANDARD = ("standard@example.com", "Standard-4-Sandbox!")


def test_a_collection_has_meta_status_and_paging(anaplan: Anaplan) -> None:
    body = anaplan.get("./imports").json

    assert body["status"] == {"code": 200, "message": "Success"}
    assert body["meta"]["schema"].endswith(f"/models/{anaplan.model}/objects/import")
    assert body["meta"]["paging"]["totalSize"] == 22


def test_without_a_limit_everything_comes_and_next_is_wrong(anaplan: Anaplan) -> None:
    for number in range(25):
        anaplan.send("POST", f"./files/new{number}", body={"chunkCount": 0})

    body = anaplan.get("./files").json

    assert len(body["files"]) == 45
    assert "limit=20&offset=20" in body["meta"]["paging"]["next"]
    assert "previous" not in body["meta"]["paging"]


def test_limit_and_offset_are_honoured(anaplan: Anaplan) -> None:
    body = anaplan.get("./imports?limit=2&offset=4").json

    assert [row["id"] for row in body["imports"]] == ["112000000005", "112000000006"]
    assert body["meta"]["paging"]["currentPageSize"] == 2
    assert "limit=2&offset=2" in body["meta"]["paging"]["previous"]
    assert "limit=2&offset=6" in body["meta"]["paging"]["next"]


def test_an_empty_collection_drops_its_key(anaplan: Anaplan) -> None:
    body = anaplan.get("./imports/112000000001/tasks").json

    assert "tasks" not in body
    assert body["meta"]["paging"]["totalSize"] == 0


@pytest.mark.parametrize(
    ("sort", "status"), [("%2Bname", 200), ("-name", 200), ("name", 400), ("%2Bnonsense", 400)]
)
def test_sorting_models_needs_a_sign_and_a_known_field(
    anaplan: Anaplan, sort: str, status: int
) -> None:
    assert anaplan.get(f"/2/0/models?sort={sort}").status == status


def test_sorting_model_objects_is_never_refused(anaplan: Anaplan) -> None:
    backwards = anaplan.get("./imports?sort=-id").json["imports"]

    assert backwards[0]["id"] == "112000000022"
    assert anaplan.get("./imports?sort=nonsense").json["imports"][0]["id"] == "112000000001"


def test_both_forms_of_a_path_give_the_same_answer(anaplan: Anaplan) -> None:
    short = anaplan.get(f"/2/0/models/{anaplan.model}/processes").json["processes"]

    assert short == anaplan.get("./processes").json["processes"]
    assert short == anaplan.get("./processes/").json["processes"]


def test_errors_come_in_the_api_s_envelope(anaplan: Anaplan) -> None:
    body = anaplan.get("./nonsense").json

    assert body["status"] == {"code": 404, "message": "Resource not found"}
    assert body["path"].endswith("/nonsense")
    assert body["timestamp"].endswith("Z")


def test_ids_are_case_sensitive(anaplan: Anaplan) -> None:
    lower = anaplan.model.lower()

    assert anaplan.get(f"/2/0/models/{lower}/lists").status == 404
    assert anaplan.get(f"/2/0/workspaces/{anaplan.workspace.upper()}/models").status == 404


def test_a_model_below_its_workspace_is_405(anaplan: Anaplan) -> None:
    assert anaplan.get(f"/2/0/workspaces/{anaplan.workspace}/models/{anaplan.model}").status == 405


def test_a_wrong_verb_is_405_and_allow_names_the_right_ones(anaplan: Anaplan) -> None:
    answer = anaplan.send("PATCH", "./files/113000000001")

    allowed = {one.strip() for one in str(answer.headers["Allow"]).split(",")}
    assert answer.status == 405
    assert allowed >= {"GET", "PUT", "POST", "DELETE"}


def test_an_unknown_import_is_500_and_an_unknown_process_404(anaplan: Anaplan) -> None:
    assert anaplan.get("./imports/112000000999").status == 500
    assert anaplan.get("./processes/118000000999").status == 404


def test_an_unsupported_accept_is_406(anaplan: Anaplan) -> None:
    assert anaplan.get("./lists", Accept="application/xml").status == 406


def test_without_a_role_the_model_is_masked_by_404(anaplan: Anaplan) -> None:
    outsider = anaplan.as_user(*OUTSIDER)

    assert outsider.get("./lists").status == 404
    assert outsider.get("./files").status == 404
    assert outsider.get(f"/2/0/models/{anaplan.model}").status == 200
    tasks = outsider.get("./imports/112000000999/tasks")
    assert tasks.status == 200
    assert "tasks" not in tasks.json


def test_a_workspace_shows_itself_to_administrators_only(anaplan: Anaplan) -> None:
    standard = anaplan.as_user(*STANDARD)

    assert standard.get(f"/2/0/workspaces/{anaplan.workspace}").status == 404
    assert anaplan.get(f"/2/0/workspaces/{anaplan.workspace}").status == 200


@pytest.mark.switch("role")
def test_the_planner_can_lose_the_role(anaplan: Anaplan) -> None:
    anaplan.control.turn(role="none")

    assert anaplan.get("./lists").status == 404


@pytest.mark.switch("activeState")
@pytest.mark.parametrize(
    ("state", "status"), [("LOCKED", 423), ("ARCHIVED", 422), ("MAINTENANCE", 424)]
)
def test_a_model_that_is_not_open_refuses(anaplan: Anaplan, state: str, status: int) -> None:
    anaplan.control.turn(activeState=state)

    assert anaplan.get("./lists").status == status
    model = anaplan.get(f"/2/0/models/{anaplan.model}").json["model"]
    assert model["activeState"] == state


def test_model_details_show_a_serial_number_that_grows_with_changes_only(
    anaplan: Anaplan,
) -> None:
    path = f"/2/0/models/{anaplan.model}?modelDetails=true"
    before = int(anaplan.get(path).json["model"]["lastSavedSerialNumber"])
    anaplan.load("Vendor Groups from vendor_groups.csv", make_groups("G1"))
    after = int(anaplan.get(path).json["model"]["lastSavedSerialNumber"])

    anaplan.load("Vendor Groups from vendor_groups.csv", make_groups("G1"))

    assert after == before + 1
    assert int(anaplan.get(path).json["model"]["lastSavedSerialNumber"]) == after
    assert "lastSavedSerialNumber" not in anaplan.get("/2/0/models").json["models"][0]


def test_the_workspace_s_size_only_comes_with_tenant_details(anaplan: Anaplan) -> None:
    plain = anaplan.get("/2/0/workspaces").json["workspaces"][0]
    detailed = anaplan.get("/2/0/workspaces?tenantDetails=true").json["workspaces"][0]

    assert "currentSize" not in plain
    assert "currentSize" in detailed


def test_the_status_of_a_model_is_bare(anaplan: Anaplan) -> None:
    body = anaplan.get("./status").json

    assert set(body) == {"requestStatus"}
    assert body["requestStatus"]["progress"] == -1


def test_an_import_tells_what_it_expects_of_its_file(anaplan: Anaplan) -> None:
    import_id = anaplan.id_of("imports", "Vendors from vendors.csv")
    row = next(one for one in anaplan.get("./imports").json["imports"] if one["id"] == import_id)

    source = anaplan.get(f"./imports/{import_id}").json["importMetadata"]["source"]

    assert row["importDataSourceId"] == anaplan.id_of("files", "vendors.csv")
    assert source["headerNames"][:2] == ["VendorNumber", "VendorName"]
    assert (source["columnSeparator"], source["textDelimiter"]) == (",", '"')
    assert source["columnCount"] == len(source["headerNames"])


def test_a_process_names_its_imports_lists_first(anaplan: Anaplan) -> None:
    process = anaplan.id_of("processes", "Load Sage 300")

    body = anaplan.get(f"./processes/{process}?showImportDataSource=true").json
    bare = anaplan.get(f"./processes/{process}").json

    actions = body["processMetadata"]["actions"]
    kinds = [action["importType"] for action in actions]
    assert kinds == ["HIERARCHY_DATA"] * 10 + ["MODULE_DATA"] * 10
    assert all(action["importDataSourceId"].startswith("113") for action in actions)
    assert "importDataSourceId" not in bare["processMetadata"]["actions"][0]


def test_a_list_s_metadata_counts_its_items(anaplan: Anaplan) -> None:
    anaplan.fill()

    metadata = anaplan.get(f"./lists/{anaplan.id_of('lists', 'Vendors')}").json["metadata"]

    assert metadata["itemCount"] == 1
    assert metadata["parent"]["name"] == "Vendor Groups"
    assert metadata["numberedList"] is False


@pytest.mark.switch("line_item_key")
@pytest.mark.parametrize("position", ["id", "code"])
@pytest.mark.parametrize("query", ["", "?includeAll=true"])
def test_line_items_have_an_id_or_are_keyed_by_code(
    anaplan: Anaplan, position: str, query: str
) -> None:
    anaplan.control.turn(line_item_key=position)

    item = anaplan.get(f"./lineItems{query}").json["items"][0]

    assert ("id" in item, item.get("code", "")) == (
        (True, "") if position == "id" else (False, item["name"])
    )


def test_line_items_tell_their_formats_and_formulas(anaplan: Anaplan) -> None:
    module = anaplan.id_of("modules", "DAT PO Lines")
    items = anaplan.get(f"./modules/{module}/lineItems?includeAll=true").json["items"]
    formats = {item["name"]: item["formatMetadata"]["dataType"] for item in items}

    assert formats["Vendor"] == "ENTITY"
    assert formats["Order Date"] == "DATE"
    assert formats["On Hold"] == "BOOLEAN"
    assert formats["Functional Outstanding"] == "NUMBER"
    calculated = anaplan.id_of("modules", "CTL Loads")
    items = anaplan.get(f"./modules/{calculated}/lineItems?includeAll=true").json["items"]
    assert [bool(item["formula"]) for item in items] == [True] * 3


def test_time_is_not_available_at_model_level(anaplan: Anaplan) -> None:
    view = anaplan.id_of("views", "Commitments")

    assert anaplan.get("./dimensions/20000000003/items").status == 400
    items = anaplan.get(f"./views/{view}/dimensions/20000000003/items").json["items"]
    assert {"Jan 24", "FY24"} <= {item["name"] for item in items}


def test_dimension_items_are_looked_up_in_any_case(anaplan: Anaplan) -> None:
    anaplan.fill()
    path = f"./dimensions/{anaplan.id_of('lists', 'Vendors')}/items"

    found = anaplan.send("POST", path, body={"codes": ["v1"], "names": []}).json

    assert found["items"][0]["code"] == "V1"
    assert anaplan.send("POST", path, body={}).status == 400
    assert "items" not in anaplan.send("POST", path, body={"codes": ["V9"]}).json


def test_users_versions_and_calendar_are_there(anaplan: Anaplan) -> None:
    assert anaplan.get("/2/0/users").json["meta"]["paging"]["totalSize"] == 6
    assert anaplan.get("./versions").json["versionMetadata"][0]["isActual"] is True
    assert anaplan.get("./currentPeriod").json["currentPeriod"]["calendarType"]
    calendar = anaplan.get("./modelCalendar").json["modelCalendar"]
    assert calendar["fiscalYear"]["startDate"].endswith("-04-01")
