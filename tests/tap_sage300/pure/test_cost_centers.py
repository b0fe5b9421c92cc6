"""The cost centre of an account, whichever way the account is written."""

from __future__ import annotations

from typing import Any

import pytest
from ml_connector.errors import SettingError
from tap_sage300.cost_centers import CostCenterRule, CostCenters, parse_rule

RULE = CostCenterRule(segment=2)
ACCOUNTS = (
    {"UnformattedAccount": "1020", "AccountNumber": "1020", "AccountSegmentCode2": ""},
    {"UnformattedAccount": "6100100", "AccountNumber": "6100-100", "AccountSegmentCode2": "100"},
)


def make_centers(
    rule: CostCenterRule = RULE, added: dict[str, dict[str, Any]] | None = None
) -> tuple[CostCenters, list[str]]:
    """Return cost centres, and the list of accounts they ask for."""
    asked: list[str] = []

    def look_up(number: str) -> dict[str, Any] | None:
        asked.append(number)
        return (added or {}).get(number)

    return CostCenters(ACCOUNTS, rule=rule, look_up=look_up), asked


@pytest.mark.parametrize("account", ["6100-100", "6100100", " 6100-100 "])
def test_an_account_is_found_formatted_or_not(account: str) -> None:
    centers, asked = make_centers()

    assert (centers.find(account), centers.find_unformatted(account)) == ("100", "6100100")
    assert asked == []


def test_an_account_without_code_belongs_to_none() -> None:
    centers, _ = make_centers()

    assert centers.find("1020") == "NONE"


def test_none_is_what_the_setting_says_and_nothing_when_it_is_blank() -> None:
    assert make_centers(parse_rule("2", "ohne"))[0].find("1020") == "OHNE"
    assert make_centers(parse_rule("2", ""))[0].find("1020") is None


def test_without_a_segment_every_account_belongs_to_none() -> None:
    centers, _ = make_centers(parse_rule(None, None))

    assert centers.find("6100-100") == "NONE"


def test_an_account_added_meanwhile_is_asked_for_once() -> None:
    added = {"UnformattedAccount": "6200100", "AccountNumber": "6200-100"}
    centers, asked = make_centers(added={"6200100": added | {"AccountSegmentCode2": "100"}})

    found = [centers.find(account) for account in ("6200-100", "6200100", "6200-100")]

    assert found == ["100", "100", "100"]
    assert asked == ["6200100"]


def test_an_account_that_is_not_there_belongs_to_none_and_is_asked_for_once() -> None:
    centers, asked = make_centers()

    found = [centers.find_unformatted("9-99"), centers.find("9-99"), centers.find("9-99")]

    assert found == ["999", "NONE", "NONE"]
    assert asked == ["999"]


@pytest.mark.parametrize("segment", ["2", "000002", "AccountSegmentCode2", "accountsegmentcode02"])
def test_a_segment_is_known_by_number_and_by_property(segment: str) -> None:
    assert parse_rule(segment, None).property == "AccountSegmentCode2"


@pytest.mark.parametrize("segment", ["0", "11", "Cost center", "-2"])
def test_what_is_no_segment_is_refused(segment: str) -> None:
    with pytest.raises(SettingError, match="not a segment of account numbers"):
        parse_rule(segment, None)


def test_a_code_for_none_is_no_longer_than_segment_codes() -> None:
    with pytest.raises(SettingError, match="longer than 15"):
        parse_rule("2", "NO COST CENTER AT ALL")


@pytest.mark.parametrize("number", ["000002", "2", 2])
def test_codes_of_the_segment_are_cost_centres(number: object) -> None:
    assert RULE.covers(number)
    assert not RULE.covers("000001")
    assert CostCenterRule().covers("000001")
