"""Who gets in, and how refusals read (Sage sheet §1.5, §1.6, §2)."""

from __future__ import annotations

import base64

import pytest

from tests.sandbox.web import Sage, call


def _basic(username: str, password: str) -> dict[str, str]:
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}", "Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("username", "password"),
    [("WEBAPI", "webapi-300"), ("webapi", "WEBAPI-300"), ("WEBAPI", ""), ("NOBODY", "WEBAPI-300")],
)
def test_wrong_credentials_are_401_with_a_challenge(
    sage: Sage, username: str, password: str
) -> None:
    answer = call("GET", sage.url("AP/APVendors"), headers=_basic(username, password))

    assert (answer.status, answer.error_code) == (401, "Unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("value", [None, "Bearer abc", "Basic ???", "Basic"])
def test_a_request_without_basic_authentication_is_401(sage: Sage, value: str | None) -> None:
    headers = {"Content-Type": "application/json"} | ({"Authorization": value} if value else {})

    assert call("GET", sage.url("AP/APVendors"), headers=headers).status == 401


@pytest.mark.switch("admin_allowed")
def test_admin_is_refused_unless_the_site_allows_it(sage: Sage) -> None:
    headers = _basic("ADMIN", sage.ready["password"])

    refused = call("GET", sage.url("AP/APVendors"), headers=headers)
    sage.control.turn(admin_allowed=True)
    allowed = call("GET", sage.url("AP/APVendors"), headers=headers)

    assert (refused.status, refused.error_code, allowed.status) == (403, "Forbidden", 200)


@pytest.mark.switch("modules_without_right")
def test_a_missing_right_forbids_one_module_only(sage: Sage) -> None:
    sage.control.turn(modules_without_right=["PO"])

    answer = sage.get("PO/POPurchaseOrders")

    assert (answer.status, answer.error_code) == (403, "Forbidden")
    assert sage.get("PO/$metadata").status == 403
    assert sage.get("AP/APVendors").status == 200


@pytest.mark.switch("not_installed")
@pytest.mark.parametrize("path", ["PO/POPurchaseOrders", "PO/$metadata"])
def test_a_module_that_is_not_installed_is_not_found(sage: Sage, path: str) -> None:
    sage.control.turn(not_installed=["PO"])

    answer = sage.get(path)

    assert (answer.status, answer.error_code) == (404, "ResourceNotFound")


@pytest.mark.switch("not_installed")
def test_a_resource_that_is_not_installed_is_not_in_the_metadata(sage: Sage) -> None:
    sage.control.turn(not_installed=["CSCurrencyCodes"])

    assert sage.get("CS/CSCurrencyCodes").error_code == "ResourceNotFound"
    assert b"CSCurrencyCodes" not in sage.get("CS/$metadata").raw
    assert sage.get("CS/CSCompanyProfile").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "PO/PurchaseOrders",
        "PO/popurchaseorders",
        "XX/POPurchaseOrders",
        "PO/!!",
        "CS/CSCompanyProfiles",
    ],
)
def test_unknown_modules_and_resources_are_not_found(sage: Sage, path: str) -> None:
    answer = sage.get(path)

    assert (answer.status, answer.error_code) == (404, "ResourceNotFound")


@pytest.mark.parametrize("company", ["NOSUCH", "samltd"])
def test_another_company_is_not_found(sage: Sage, company: str) -> None:
    url = f"{sage.ready['base_url']}/{company}/AP/APVendors"

    assert call("GET", url, headers=sage.headers).error_code == "ResourceNotFound"


def test_a_url_outside_the_web_api_is_answered_by_iis(sage: Sage) -> None:
    answer = call("GET", f"{sage.control.origin}/Sage300WebApi/v2.0/-/SAMLTD/AP/APVendors")

    assert answer.status == 404
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_verbs_that_are_not_served_are_405(sage: Sage, method: str) -> None:
    answer = call(method, sage.url("CS/CSFiscalCalendars"), headers=sage.headers)

    assert (answer.status, answer.error_code) == (405, "MethodNotAllowed")


@pytest.mark.switch("missing_content_type")
def test_a_missing_content_type_is_500_or_ignored(sage: Sage) -> None:
    headers = {"Authorization": sage.headers["Authorization"]}

    refused = call("GET", sage.url("AP/APVendors"), headers=headers)
    sage.control.turn(missing_content_type="ignored")
    ignored = call("GET", sage.url("AP/APVendors"), headers=headers)

    assert (refused.status, refused.error_code) == (500, "InternalServerError")
    assert ignored.status == 200


def test_errors_have_the_documented_shape(sage: Sage) -> None:
    answer = sage.get("AP/APVendors('NOSUCH')")

    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json["error"].keys() == {"code", "message"}
    assert answer.json["error"]["message"].keys() == {"lang", "value"}


@pytest.mark.switch("error_media_type", "statuses")
def test_statuses_and_media_type_of_errors_can_be_switched(sage: Sage) -> None:
    sage.control.turn(statuses={"RecordNotFound": 409}, error_media_type="text/plain")

    answer = sage.get("AP/APVendors('NOSUCH')")

    assert (answer.status, answer.error_code) == (409, "RecordNotFound")
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.switch("query_length_max")
def test_a_query_too_long_for_iis_is_refused_by_iis(sage: Sage) -> None:
    condition = " or ".join(f"VendorNumber eq 'V{number:04d}'" for number in range(120))

    refused = sage.get("AP/APVendors", filter=condition)
    sage.control.turn(query_length_max=100_000)
    allowed = sage.get("AP/APVendors", filter=condition)

    assert refused.status == 404
    assert refused.headers["Content-Type"].startswith("text/html")
    assert allowed.status == 200
