from __future__ import annotations

from typing import Any

import pytest
from ml_connector.errors import SettingError
from ml_connector.sage300 import Sage300Client, Sage300Settings, open_sage300

from tests.core.fakes import FakeClock, Recorder

GOOD: dict[str, Any] = {
    "base_url": "https://erp.example.com/Sage300WebApi/v1.0/-",
    "company": "SAMLTD",
    "username": "WEBAPI",
    "password": "HUNTER-2",
}


def open_with(**changes: Any) -> Sage300Client:
    return open_sage300(Sage300Settings(**{**GOOD, **changes}), clock=FakeClock(), audit=Recorder())


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("base_url", ""),
        ("base_url", "erp.example.com"),
        ("base_url", "https://"),
        ("base_url", "https://erp.example.com/x?y=HUNTER-2"),
        ("base_url", "https://HUNTER-2@erp.example.com/x"),
        ("base_url", "https://WEBAPI:HUNTER-2@erp.example.com:port/x"),
        ("base_url", "WEBAPI:HUNTER-2@erp.example.com"),
        ("base_url", "https://erp:notaport/x"),
        ("base_url", "https://user:HUNTER-2@erp.example.com/x"),
        ("base_url", "http://[::1/x"),
        ("base_url", "https://erp.example.com/Sage300WebApi/v1.0/-/samltd/"),
        ("company", ""),
        ("company", "samltd"),
        ("company", "SAMLTD/../X"),
        ("company", "TOOLONG"),
        ("username", ""),
        ("username", "a:b"),
        ("page_size", -1),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_called(setting: str, value: object) -> None:
    with pytest.raises(SettingError) as caught:
        open_with(**{setting: value})

    assert caught.value.setting == setting
    assert caught.value.remedy
    assert "HUNTER-2" not in str(caught.value)


def test_a_slash_at_the_end_of_the_address_does_no_harm() -> None:
    settings = Sage300Settings(**{**GOOD, "base_url": f"{GOOD['base_url']}/ "})

    assert settings.company_url == f"{GOOD['base_url']}/SAMLTD"


SPELLINGS = [
    "https://ERP.example.com/Sage300WebApi/v1.0/-",
    "https://erp.example.com:443/Sage300WebApi/v1.0/-",
    "http://erp.example.com:80/Sage300WebApi/v1.0/-",
    "https://erp.example.com./Sage300WebApi/v1.0/-",
    "https://erp.example.com/sage300webapi/v1.0/-",
    " https://erp.example.com//Sage300WebApi/v1.0/-/ ",
]
OTHERS = [
    "https://erp.example.com:8443/Sage300WebApi/v1.0/-",
    "https://erp.example.com/Sage300WebApiTest/v1.0/-",
    "https://erp.example.com/Sage300WebApi/v1.0/tenant",
]


def subject_of(address: str) -> str:
    return Sage300Settings(**{**GOOD, "base_url": address}).subject


@pytest.mark.parametrize("address", SPELLINGS)
def test_a_company_is_the_same_however_its_address_is_spelled(address: str) -> None:
    assert subject_of(address) == "sage300-erp.example.com/Sage300WebApi/v1.0/--SAMLTD"


def test_another_port_site_or_tenant_is_another_company() -> None:
    assert len({subject_of(address) for address in [GOOD["base_url"], *OTHERS]}) == 4


def test_the_password_is_not_in_the_settings_text() -> None:
    assert "HUNTER-2" not in repr(Sage300Settings(**GOOD))
    assert "HUNTER-2" not in f"{Sage300Settings(**GOOD)}"


def test_an_empty_password_is_for_companies_without_security() -> None:
    assert open_with(password="")


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({"username": "webapi"}, "username"),
        ({"password": "Hunter-2"}, "password"),
    ],
)
def test_lower_case_credentials_are_warned_of_without_showing_them(
    changes: dict[str, str], warned: str, caplog: pytest.LogCaptureFixture
) -> None:
    open_with(**changes)

    assert f"setting={warned}" in caplog.text
    assert "Hunter" not in caplog.text


def test_upper_case_credentials_are_not_remarked_on(caplog: pytest.LogCaptureFixture) -> None:
    open_with()

    assert caplog.text == ""
