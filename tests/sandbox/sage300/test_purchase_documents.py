"""Orders, receipts, returns, requisitions: what posting them does (Sage sheet §4.4, §1.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.sage300.masters import (
    ITEM,
    VENDOR,
    plant_account,
    plant_item,
    plant_location,
    plant_vendor,
)

if TYPE_CHECKING:
    from tests.sandbox.web import Answer, Sage

Record = dict[str, Any]
DATE = "2026-11-10"


@pytest.fixture
def store(sage: Sage) -> Sage:
    """A company with a vendor, an item and a place for it, in November 2026."""
    sage.control.post("clock", {"set": "2026-11-20T12:00:00Z"})
    plant_vendor(sage)
    plant_item(sage)
    plant_location(sage)
    return sage


def _line(**fields: object) -> Record:
    return {"ItemNumber": ITEM, "Location": "T1", "UnitOfMeasure": "Ea.", "UnitCost": 5, **fields}


def _order_body(*lines: Record, **fields: object) -> Record:
    lines = lines or (_line(LineNumber=1000, QuantityOrdered=10),)
    header = {"PurchaseOrderDate": DATE, "Vendor": VENDOR, "Description": "PO description"}
    return {**header, **fields, "PurchaseOrderLines": fields.get("PurchaseOrderLines", [*lines])}


def _post_order(store: Sage, *lines: Record, **fields: object) -> Answer:
    return store.send("POST", "PO/POPurchaseOrders", _order_body(*lines, **fields))


def _post_receipt(store: Sage, *lines: Record, **fields: object) -> Answer:
    lines = lines or (_line(LineNumber=10, QuantityReceived=3),)
    body = {"ReceiptDate": DATE, **fields, "Vendor": fields.get("Vendor", VENDOR)}
    return store.send("POST", "PO/POReceipts", {**body, "ReceiptLine2s": [*lines]})


def _post_return(store: Sage, *lines: Record, **fields: object) -> Answer:
    body = {"ReturnDate": DATE, **fields, "Vendor": fields.get("Vendor", VENDOR)}
    lines = lines or (_line(LineNumber=1000, QuantityReturned=2),)
    return store.send("POST", "PO/POReturns", {**body, "ReturnLines": list(lines)})


def _order(store: Sage, answer: Answer) -> Record:
    key = answer.json["PurchaseOrderSequenceKey"]
    record: Record = store.get(f"PO/POPurchaseOrders({key})").json
    return record


def _item(store: Sage) -> Record:
    record: Record = store.get(f"IC/ICItems('{ITEM}')").json
    return record


def test_the_published_shape_of_an_order_is_accepted(store: Sage) -> None:
    answer = _post_order(
        store,
        _line(LineNumber=1000, QuantityOrdered=10, UnitCost=5),
        _line(LineNumber=2000, QuantityOrdered=20, UnitCost=15),
        Reference="reference",
        Comment="comment",
    )

    order = answer.json
    assert answer.status == 201
    assert (order["ExtendedCost"], order["Total"], order["QuantityOrdered"]) == (350, 350, 30)
    assert order["LastPostingDate"] == "2026-11-20T00:00:00Z"
    assert order == store.get(f"PO/POPurchaseOrders({order['PurchaseOrderSequenceKey']})").json


def test_keys_and_numbers_are_assigned(store: Sage) -> None:
    first = _post_order(store, PurchaseOrderSequenceKey=1).json
    second = _post_order(store).json

    assert first["PurchaseOrderSequenceKey"] > 10_000_000
    assert second["PurchaseOrderSequenceKey"] == first["PurchaseOrderSequenceKey"] + 1
    assert first["PurchaseOrderNumber"] != second["PurchaseOrderNumber"]


def test_a_number_of_the_clients_own_is_taken_once(store: Sage) -> None:
    first = _post_order(store, PurchaseOrderNumber="mine-1")
    second = _post_order(store, PurchaseOrderNumber="MINE-1")

    assert first.json["PurchaseOrderNumber"] == "MINE-1"
    assert (second.status, second.error_code) == (409, "RecordDuplicate")


def test_a_line_takes_over_from_its_item_and_numbers_itself(store: Sage) -> None:
    lines = [{"ItemNumber": ITEM, "QuantityOrdered": 1}, {"ItemNumber": ITEM, "QuantityOrdered": 2}]

    order = _post_order(store, *lines, ShipToLocation="T1").json

    shown = order["PurchaseOrderLines"]
    assert [line["LineNumber"] for line in shown] == [1000, 2000]
    assert (shown[0]["ItemDescription"], shown[0]["UnitOfMeasure"]) == ("A thing", "Ea.")
    assert (shown[0]["Location"], shown[0]["StockItem"]) == ("T1", True)
    assert shown[1]["QuantityOutstanding"] == 2


def test_the_vendor_defaults_what_stands_before_it_in_the_body(store: Sage) -> None:
    lines = [_line(QuantityOrdered=1)]
    before = {"TermsCode": "NET30", "Vendor": VENDOR, "PurchaseOrderLines": lines}
    after = {"Vendor": VENDOR, "TermsCode": "NET30", "PurchaseOrderLines": lines}

    orders = [store.send("POST", "PO/POPurchaseOrders", body).json for body in (before, after)]

    assert [order["TermsCode"] for order in orders] == ["TSTT", "NET30"]
    assert orders[0]["Name"] == "Test & Sons"


def test_the_item_defaults_what_stands_before_it_in_the_line(store: Sage) -> None:
    before = {"ItemDescription": "Mine", "ItemNumber": ITEM, "QuantityOrdered": 1}
    after = {"ItemNumber": ITEM, "ItemDescription": "Mine", "QuantityOrdered": 1}

    order = _post_order(store, before, after, ShipToLocation="T1").json

    texts = [line["ItemDescription"] for line in order["PurchaseOrderLines"]]
    assert texts == ["A thing", "Mine"]


def test_discounts_lower_the_total(store: Sage) -> None:
    order = _post_order(
        store, _line(QuantityOrdered=10, UnitCost=3, DiscountPercentage=10), DiscountPercentage=50
    ).json

    line = order["PurchaseOrderLines"][0]
    assert (line["ExtendedCost"], line["DiscountAmount"], line["NetOfTax"]) == (30, 3, 27)
    assert (order["DiscountAmount"], order["Total"]) == (Decimal("13.5"), Decimal("13.5"))


def test_an_order_without_a_date_is_of_the_session_date(store: Sage) -> None:
    body = {"Vendor": VENDOR, "PurchaseOrderLines": [_line(QuantityOrdered=1)]}

    order = store.send("POST", "PO/POPurchaseOrders", body).json

    assert order["PurchaseOrderDate"] == order["OrderDate"] == "2026-11-20T00:00:00Z"


@pytest.mark.parametrize(
    ("fields", "line", "code", "gist"),
    [
        ({"Vendor": "NOSUCH"}, {}, "FieldInvalid", "Vendor number 'NOSUCH' does not exist."),
        ({"Vendor": ""}, {}, "FieldInvalid", "cannot be blank"),
        ({"PurchaseOrderDate": "1999-01-01"}, {}, "FieldInvalid", "Cannot determine the fiscal"),
        ({"TermsCode": "NOSUCH"}, {}, "FieldInvalid", "Terms code 'NOSUCH' does not exist."),
        ({"TaxGroup": "NOSUCH"}, {}, "FieldInvalid", "Tax group 'NOSUCH' does not exist."),
        ({"Currency": "EUR"}, {}, "FieldInvalid", "Currency EUR is not that of vendor"),
        ({}, {"ExpenseAccount": "9999"}, "FieldInvalid", "9999"),
        ({}, {"NonStockClearingAccount": "9999"}, "FieldInvalid", "9999"),
        ({}, {"ItemNumber": "NOSUCH"}, "FieldInvalid", "Item number 'NOSUCH' does not exist."),
        ({}, {"ItemNumber": ""}, "FieldInvalid", "Item number cannot be blank."),
        ({}, {"Location": "ZZ"}, "FieldInvalid", "Location 'ZZ' does not exist."),
        ({}, {"UnitOfMeasure": "Ton"}, "FieldInvalid", "Unit of measure 'Ton'"),
        ({}, {"QuantityOrdered": 0}, "FieldInvalid", "greater than zero"),
        ({}, {"QuantityOrdered": -1}, "FieldInvalid", "greater than zero"),
        ({}, {"UnitCost": -1}, "FieldInvalid", "negative"),
        ({"PurchaseOrderLines": []}, {}, "RecordInvalid", "no detail lines"),
    ],
)
def test_an_order_that_cannot_be_is_refused(
    store: Sage, fields: Record, line: Record, code: str, gist: str
) -> None:
    count = store.get("PO/POPurchaseOrders", count="true", top=1).json["@odata.count"]

    answer = _post_order(store, _line(**{"QuantityOrdered": 1, **line}), **fields)

    assert (answer.status, answer.error_code) == (409, code)
    assert gist in answer.error_text
    assert store.get("PO/POPurchaseOrders", count="true", top=1).json["@odata.count"] == count


def test_an_unknown_item_comes_with_a_warning_about_something_else(store: Sage) -> None:
    answer = _post_order(store, _line(ItemNumber="NOSUCH", QuantityOrdered=1))

    assert "backorder" in answer.error_text.split("\n", 1)[1]


def test_inactive_vendors_and_items_are_refused(store: Sage) -> None:
    plant_vendor(store, "IDLE", Status="Inactive")
    plant_item(store, "OLD", Status=True)

    vendor = _post_order(store, Vendor="IDLE")
    item = _post_order(store, _line(ItemNumber="OLD", QuantityOrdered=1))

    assert (vendor.error_code, item.error_code) == ("FieldInvalid", "FieldInvalid")
    assert "inactive" in vendor.error_text
    assert "inactive" in item.error_text


def test_foreign_orders_take_the_rate_of_the_day(store: Sage) -> None:
    plant_vendor(store, "YANK", CurrencyCode="USD", RateType="TT")
    rates = [{"FromCurrency": "USD", "RateDate": "2026-11-01", "Rate": Decimal("1.375")}]

    without = _post_order(store, Vendor="YANK")
    store.plant(
        "CS/CSCurrencyRates",
        ToCurrency="CAD",
        RateType="TT",
        DateMatching="Earlier",
        CurrencyRateDetail=rates,
    )
    found = _post_order(store, Vendor="YANK").json
    given = _post_order(store, Vendor="YANK", ExchangeRate=2).json

    assert without.error_code == "FieldInvalid"
    assert (found["ExchangeRate"], found["RateOverridden"]) == (Decimal("1.375"), False)
    assert (given["ExchangeRate"], given["RateOverridden"]) == (2, True)


def test_items_are_on_order_from_now_on(store: Sage) -> None:
    _post_order(store, _line(QuantityOrdered=2, UnitOfMeasure="Box"))

    assert _item(store)["QuantityOnPurchaseOrder"] == 20


def test_the_published_shape_of_a_receipt_is_accepted_and_read_elsewhere(store: Sage) -> None:
    answer = _post_receipt(
        store,
        _line(LineNumber=10, QuantityReceived=3, UnitCost=Decimal("1.1")),
        _line(LineNumber=20, QuantityReceived=5, UnitCost=Decimal("2.1")),
        Description="PO Receipt desc",
    )

    receipt = answer.json
    read = store.get(f"PO/POGetReceipts({receipt['ReceiptSequenceKey']})").json
    assert (answer.status, receipt["Total"]) == (201, Decimal("13.8"))
    assert read["ReceiptNumber"] == receipt["ReceiptNumber"] != ""
    assert [line["LineNumber"] for line in read["ReceiptLines"]] == [10, 20]
    assert read["FiscalPeriod"].startswith("Num")


@pytest.mark.switch("receipt_lines_name")
@pytest.mark.parametrize("name", ["ReceiptLines", "ReceiptLine2s"])
def test_the_lines_of_receipts_read_may_have_either_name(store: Sage, name: str) -> None:
    _post_receipt(store)
    store.control.turn(receipt_lines_name=name)

    read = store.values("PO/POGetReceipts", filter=f"Vendor eq '{VENDOR}'")[0]

    assert read[name][0]["ItemNumber"] == ITEM
    assert _post_receipt(store).status == 201


def test_a_receipt_moves_its_order_and_the_stock(store: Sage) -> None:
    order = _post_order(store, _line(QuantityOrdered=10))
    number = order.json["PurchaseOrderNumber"]
    store.control.post("clock", {"advance_s": 86_400})

    receipt = _post_receipt(
        store, _line(QuantityReceived=4, UnitCost=0), PurchaseOrderNumber=number
    ).json

    after = _order(store, order)
    line = after["PurchaseOrderLines"][0]
    assert (line["QuantityReceived"], line["QuantityOutstanding"]) == (4, 6)
    assert (after["LastReceiptNumber"], after["NumberOfPostedReceipts"]) == (
        receipt["ReceiptNumber"],
        1,
    )
    assert (after["AmountReceivedToDate"], after["Completed"]) == (20, False)
    assert after["LastPostingDate"] == "2026-11-21T00:00:00Z"
    assert receipt["ReceiptLine2s"][0]["UnitCost"] == 5
    assert (_item(store)["QuantityOnHand"], _item(store)["QuantityOnPurchaseOrder"]) == (4, 6)


def test_the_last_receipt_completes_the_order(store: Sage) -> None:
    order = _post_order(store, _line(QuantityOrdered=10))
    number = order.json["PurchaseOrderNumber"]

    for quantity in (4, 6):
        _post_receipt(store, _line(QuantityReceived=quantity), PurchaseOrderNumber=number)
    refused = _post_receipt(store, _line(QuantityReceived=1), PurchaseOrderNumber=number)

    after = _order(store, order)
    assert (after["Completed"], after["NumberOfPostedReceipts"]) == (True, 2)
    assert after["PurchaseOrderLines"][0]["CompletionStatus"] == "Yes"
    assert "is completed" in refused.error_text


def test_what_is_not_on_the_order_can_be_received_with_it(store: Sage) -> None:
    plant_item(store, "EXTRA")
    order = _post_order(store, _line(QuantityOrdered=10))
    lines = [_line(QuantityReceived=1), _line(ItemNumber="EXTRA", QuantityReceived=1)]

    receipt = _post_receipt(
        store, *lines, PurchaseOrderNumber=order.json["PurchaseOrderNumber"]
    ).json

    sequences = [line["PurchaseOrderLineSequence"] for line in receipt["ReceiptLine2s"]]
    assert sequences == [1, 0]


@pytest.mark.switch("over_receipts")
def test_more_than_ordered_is_received_or_refused(store: Sage) -> None:
    first, second = (_post_order(store, _line(QuantityOrdered=2)) for _ in range(2))
    line = _line(QuantityReceived=3)

    taken = _post_receipt(store, line, PurchaseOrderNumber=first.json["PurchaseOrderNumber"])
    store.control.turn(over_receipts="refused")
    refused = _post_receipt(store, line, PurchaseOrderNumber=second.json["PurchaseOrderNumber"])

    assert taken.status == 201
    assert (refused.status, refused.error_code) == (409, "FieldInvalid")
    assert _order(store, first)["Completed"] is True
    assert _order(store, second)["Completed"] is False


@pytest.mark.parametrize(
    ("change", "gist"),
    [
        ({"OnHold": True}, "on hold"),
        ({"PurchaseOrderType": "Blanket"}, "blanket"),
        ({"PurchaseOrderType": "Future"}, "future"),
    ],
)
def test_orders_that_cannot_be_received_are_refused(store: Sage, change: Record, gist: str) -> None:
    order = _post_order(store).json
    key = order["PurchaseOrderSequenceKey"]
    store.control.send("PATCH", f"records/PO/POPurchaseOrders/{key}", change)

    answer = _post_receipt(store, PurchaseOrderNumber=order["PurchaseOrderNumber"])

    assert answer.error_code == "FieldInvalid"
    assert gist in answer.error_text


def test_the_vendor_of_a_receipt_is_the_orders(store: Sage) -> None:
    plant_vendor(store, "OTHER")
    number = _post_order(store).json["PurchaseOrderNumber"]
    line = _line(QuantityReceived=1)
    vendor_first = {"Vendor": "OTHER", "PurchaseOrderNumber": number, "ReceiptLine2s": [line]}

    overwritten = store.send("POST", "PO/POReceipts", vendor_first)
    refused = _post_receipt(store, PurchaseOrderNumber=number, Vendor="OTHER")

    assert overwritten.json["Vendor"] == VENDOR
    assert "not for vendor" in refused.error_text


@pytest.mark.parametrize(
    ("fields", "line", "gist"),
    [
        ({"PurchaseOrderNumber": "NOSUCH"}, {}, "'NOSUCH' does not exist"),
        ({"ReceiptDate": "1999-01-01"}, {}, "fiscal period"),
        ({}, {"QuantityReceived": 0}, "greater than zero"),
        ({}, {"ItemNumber": "NOSUCH"}, "does not exist"),
    ],
)
def test_receipts_that_cannot_be_are_refused(
    store: Sage, fields: Record, line: Record, gist: str
) -> None:
    answer = _post_receipt(store, _line(**{"QuantityReceived": 1, **line}), **fields)

    assert (answer.status, answer.error_code) == (409, "FieldInvalid")
    assert gist in answer.error_text


def test_a_receipt_number_is_used_once(store: Sage) -> None:
    _post_receipt(store, ReceiptNumber="R-1")

    assert _post_receipt(store, ReceiptNumber="R-1").error_code == "RecordDuplicate"


def test_the_published_shape_of_a_return_is_accepted(store: Sage) -> None:
    answer = _post_return(
        store,
        _line(ReturnSequenceKey=20988, LineNumber=1000, QuantityReturned=3, UnitCost=3.15),
        ReturnSequenceKey=20988,
        TemplateCode="",
        Comment="",
        ShipVia="",
    )

    record = answer.json
    assert (answer.status, record["Total"]) == (201, Decimal("9.45"))
    assert record["ReturnSequenceKey"] == record["ReturnLines"][0]["ReturnSequenceKey"] != 20988
    assert record == store.get(f"PO/POReturns({record['ReturnSequenceKey']})").json


def test_a_return_takes_back_what_a_receipt_brought(store: Sage) -> None:
    receipt = _post_receipt(store, _line(QuantityReceived=3)).json
    number = receipt["ReceiptNumber"]

    answer = _post_return(store, _line(QuantityReturned=2), ReceiptNumber=number)
    too_much = _post_return(store, _line(QuantityReturned=2), ReceiptNumber=number)

    read = store.get(f"PO/POGetReceipts({receipt['ReceiptSequenceKey']})").json
    assert answer.json["ReturnLines"][0]["ReceiptNumber"] == number
    assert read["ReceiptLines"][0]["QuantityReturned"] == 2
    assert "exceeds the 1" in too_much.error_text
    assert _item(store)["QuantityOnHand"] == 1


@pytest.mark.parametrize(
    ("fields", "gist"),
    [({"ReceiptNumber": "NOSUCH"}, "does not exist"), ({"Vendor": "OTHER"}, "not from vendor")],
)
def test_returns_of_other_receipts_are_refused(store: Sage, fields: Record, gist: str) -> None:
    plant_vendor(store, "OTHER")
    number = _post_receipt(store).json["ReceiptNumber"]

    answer = _post_return(store, **{"ReceiptNumber": number, **fields})

    assert answer.error_code == "FieldInvalid"
    assert gist in answer.error_text


def test_the_published_shape_of_a_requisition_is_accepted(store: Sage) -> None:
    body = {
        "RequisitionDate": DATE,
        "Vendor": VENDOR,
        "Description": "PO Requisition",
        "Location": "T1",
        "RequisitionLines": [{"ItemNumber": ITEM, "Location": "T1", "QuantityOrdered": 990}],
    }

    answer = store.send("POST", "PO/PORequisitions", body)

    record = answer.json
    assert (answer.status, record["Name"]) == (201, "Test & Sons")
    assert record["RequisitionLines"][0]["LineNumber"] == 1000
    assert record["RequisitionNumber"].startswith("RQ")
    assert record == store.get(f"PO/PORequisitions({record['RequisitionSequenceKey']})").json


def test_a_locked_period_takes_no_receipts(store: Sage) -> None:
    number = _post_receipt(store).json["FiscalPeriod"].removeprefix("Num")
    year = store.values("PO/POGetReceipts", filter=f"Vendor eq '{VENDOR}'")[0]["FiscalYear"]
    store.control.turn(locked_periods=[f"PO:{year}-{int(number):02}"])

    answer = _post_receipt(store)

    assert (answer.error_code, "locked" in answer.error_text) == ("FieldInvalid", True)


@pytest.mark.switch("day_end")
@pytest.mark.parametrize("post", [_post_order, _post_receipt, _post_return])
def test_day_end_locks_out_documents_as_if_they_were_duplicates(store: Sage, post: Any) -> None:
    store.control.turn(day_end="running")
    locked = post(store)
    store.control.turn(day_end="idle")
    free = post(store)

    assert (locked.status, locked.error_code) == (409, "RecordDuplicate")
    assert "Day End Processing" in locked.error_text
    assert free.status == 201


@pytest.mark.switch("day_end_window")
def test_day_end_runs_in_its_hours(store: Sage) -> None:
    store.control.turn(day_end_window="23:30-01:00")
    statuses = []
    for hour in ("23:29", "23:30", "00:59", "01:00"):
        store.control.post("clock", {"set": f"2026-11-20T{hour}:00Z"})
        statuses.append(_post_receipt(store).status)

    assert statuses == [201, 409, 409, 201]


@pytest.mark.switch("day_end_seconds")
@pytest.mark.parametrize(("seconds", "status"), [(0, 201), (600, 409)])
def test_a_day_end_that_was_started_goes_on_for_a_while(
    store: Sage, seconds: int, status: int
) -> None:
    store.control.turn(day_end_seconds=seconds)

    started = store.send("POST", "IC/ICDayEndProcessing('$process')", {})
    at_once = _post_receipt(store).status
    store.control.post("clock", {"advance_s": 601})
    later = _post_receipt(store).status

    assert (started.status, at_once, later) == (204, status, 201)


def test_an_item_may_be_named_with_or_without_separators(store: Sage) -> None:
    plant_item(store, "TA1105", ItemNumber="TA1-105")
    lines = [
        _line(ItemNumber=number, QuantityReceived=1, LineNumber=position)
        for position, number in enumerate(("TA1-105", "ta1105"), start=10)
    ]

    receipt = _post_receipt(store, *lines).json

    assert {line["ItemNumber"] for line in receipt["ReceiptLine2s"]} == {"TA1-105"}
    assert store.get("IC/ICItems('TA1105')").json["QuantityOnHand"] == 2
    assert store.get("IC/ICLocationDetails('TA1105','T1')").json["QuantityOnHand"] == 2


def _day_end(store: Sage) -> list[Record]:
    """Run day end; the lines it posted to the ledger."""
    last = store.values("GL/GLPostedTransactions", orderby="PostingSequenceNumber desc", top=1)
    sequence = last[0]["PostingSequenceNumber"] if last else 0
    assert store.send("POST", "IC/ICDayEndProcessing('$process')", {}).status == 204
    return store.follow("GL/GLPostedTransactions", filter=f"PostingSequenceNumber gt {sequence}")


def _accounts(store: Sage) -> dict[str, str]:
    accounts = {"inventory": "Q1200", "services": "Q6000", "clearing": "Q2050"}
    for number in accounts.values():
        plant_account(store, number)
    return accounts


@pytest.mark.switch("stock_accounts")
def test_what_was_received_waits_until_its_accounts_are_set_up(store: Sage) -> None:
    accounts = _accounts(store)
    store.control.turn(stock_accounts={**accounts, "clearing": "NOSUCH"})
    _post_receipt(store, _line(QuantityReceived=2))

    waiting = _day_end(store)
    store.control.turn(stock_accounts=accounts)
    posted = _day_end(store)
    again = _day_end(store)

    assert (waiting, again) == ([], [])
    assert {line["AccountNumber"] for line in posted} == {"Q1200", "Q2050"}


def test_day_end_takes_receipts_to_inventory_services_and_clearing(store: Sage) -> None:
    store.control.turn(stock_accounts=_accounts(store))
    plant_item(store, "WORK", StockItem=False)
    lines = [_line(QuantityReceived=3), _line(ItemNumber="WORK", QuantityReceived=1, UnitCost=7)]
    receipt = _post_receipt(store, *lines).json
    _post_return(store, _line(QuantityReturned=1), ReceiptNumber=receipt["ReceiptNumber"])

    posted = _day_end(store)

    amounts = sorted(
        (line["SourceTypeCode"], line["AccountNumber"], line["JournalTransactionAmount"])
        for line in posted
    )
    assert amounts == [
        ("CR", "Q1200", -5),
        ("CR", "Q2050", 5),
        ("RC", "Q1200", 15),
        ("RC", "Q2050", -22),
        ("RC", "Q6000", 7),
    ]
    batch = store.get(f"GL/GLJournalBatches('{posted[0]['BatchNumber']}')").json
    assert (batch["Status"], batch["SourceLedger"]) == ("Posted", "PO")
    assert batch["Debits"] == batch["Credits"]


def test_the_generated_company_receives_and_posts_by_default(store: Sage) -> None:
    item = store.values("IC/ICItems", filter="StockItem eq true", top=1)[0]
    line = {"ItemNumber": item["ItemNumber"], "Location": "1", "QuantityReceived": 2, "UnitCost": 5}

    answer = _post_receipt(store, line)
    posted = _day_end(store)

    assert answer.status == 201
    assert sorted(line["JournalTransactionAmount"] for line in posted) == [-10, 10]
