"""What nobody outside knows of Sage 300's Web API: the tap reads the same whichever way it is.

Goal: for each open question of the Sage sheet (§7) that touches reading, and each position of the
sandbox's switches for it, every stream brings the records it brings with the defaults. Method: the
tap's own first read in this process, over HTTP, of a company small enough to be read often, in
pages small enough that paging matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pendulum
import pytest
from tap_sage300.fresh import read_afresh
from tap_sage300.tap import STREAM_TYPES

from tests.support.sandbox import Sandbox
from tests.tap_sage300.runs import switch

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

Records = dict[str, dict[tuple[str, ...], dict[str, Any]]]

POSITIONS: dict[str, dict[str, Any]] = {
    "1 spelling in lower case": {"property_casing": "lowered"},
    "1 other names": {
        "renamed_properties": {
            "DateLastMaintained": "LastMaintainedDate",
            "DateLastEdited": "LastEdited",
            "LastActivityDate": "LastActivity",
        }
    },
    "2 other statuses": {
        "statuses": {"RecordNotFound": 400, "InvalidParameters": 500, "ResourceNotFound": 400}
    },
    "2 statuses while ordering is refused": {
        "statuses": {"InvalidParameters": 409},
        "orderby": False,
    },
    "2 errors as plain text": {"error_media_type": "text/plain", "orderby": False},
    "7 no ordering": {"orderby": False},
    "7 the smallest grammar": {
        "parentheses": False,
        "contains": False,
        "null_literals": False,
        "substringof": True,
    },
    "8 no link behind $top": {"next_link_with_top": "absent"},
    "9 shuffled": {"order": "shuffled"},
    "9 shuffled and no ordering": {"order": "shuffled", "orderby": False, "page_size": 400},
    "10 stamps that stay": {
        "stamps_move": False,
        "posting_moves_stamps": False,
        "ap_payments_move_activity": False,
    },
    "11 one request at a time": {"concurrent_requests_max": 1, "retry_after_s": 1},
    "12 decimals with zeros": {"decimals": "scaled"},
    "12 decimals with exponents": {"decimals": "exponent"},
    "13 dates without zone": {"dates": "zoneless"},
    "14 receipt lines": {"receipt_lines_name": "ReceiptLine2s"},
    "14 other names of collections": {
        "renamed_properties": {
            "PurchaseOrderLines": "OrderLines",
            "InvoiceLines": "PurchaseInvoiceLines",
        }
    },
    "15 words for Booleans": {"booleans": "words"},
    "16 codes as typed": {"upper_case_keys": False, "upper_case_codes": False},
    "20 no challenge": {"challenge": False, "unauthorized_body": "html"},
    "21 warnings on success": {"warnings": True},
    "23 companies listed": {"companies": "listed"},
    "everything at once": {
        "property_casing": "lowered",
        "next_link_with_top": "absent",
        "decimals": "exponent",
        "dates": "zoneless",
        "booleans": "words",
        "warnings": True,
        "null_literals": False,
        "parentheses": False,
        "contains": False,
        "error_media_type": "text/plain",
    },
}


@pytest.fixture(scope="module")
def running_company() -> Iterator[Sandbox]:
    """A company of 30 orders, 40 records to a page."""
    sandbox = Sandbox.start("--orders", "30", "--seed", "9", "--page-size", "40")
    yield sandbox
    sandbox.stop()


@pytest.fixture(scope="module")
def usual(running_company: Sandbox) -> Records:
    """What is read with every switch at its default."""
    running_company.sage("POST", "reset", {})
    return read_all(running_company)


def read_all(company: Sandbox) -> Records:
    """Read every stream; no key comes twice."""
    found: dict[str, list[dict[str, Any]]] = {
        name: [] for name, stream in STREAM_TYPES.items() if stream.asks_sage
    }
    today = pendulum.parse(company.sage("GET", "clock")["now"][:10], exact=True)
    assert isinstance(today, pendulum.Date)
    config = {
        **company.info["sage300"],
        "start_date": today.subtract(months=5).isoformat(),
        "cost_center_segment": "2",
        "page_size": 30,
    }
    read_afresh(config, {name: found[name].append for name in found})
    records: Records = {}
    for name, rows in found.items():
        keys = STREAM_TYPES[name].key_names
        records[name] = {tuple(str(row[key]) for key in keys): row for row in rows}
        assert len(records[name]) == len(rows), name
    return records


@pytest.mark.parametrize("position", list(POSITIONS))
def test_every_stream_brings_the_same_records_whichever_way_the_server_is(
    company: Sandbox, usual: Records, position: str
) -> None:
    switch(company, **POSITIONS[position])

    read = read_all(company)

    assert all(usual.values())
    for name, records in usual.items():
        assert read[name].keys() == records.keys(), name
        assert read[name] == records, name


def test_optional_properties_a_version_lacks_are_left_out_and_nothing_else_changes(
    company: Sandbox, usual: Records
) -> None:
    lacking = {"vendors": "ShortName", "items": "CostingMethod", "gl_accounts": "PostToAccount"}
    switch(company, omitted_properties=list(lacking.values()))

    read = read_all(company)

    for name, records in usual.items():
        without = {
            key: {field: value for field, value in row.items() if field != lacking.get(name)}
            for key, row in records.items()
        }
        assert read[name] == without, name
