"""Master records: required fields, references, defaults, stamps, deletion (Sage sheet §5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.sage300.masters import (
    ITEM,
    VENDOR,
    plant_account,
    plant_group,
    plant_item,
    plant_location,
    plant_vendor,
)

if TYPE_CHECKING:
    from tests.sandbox.web import Answer, Sage

Record = dict[str, Any]
TODAY = "2026-11-20T00:00:00Z"

ACCOUNT = {
    "UnformattedAccount": "Q9991",
    "Description": "9991",
    "AccountType": "BalanceSheet",
    "NormalBalanceDRCR": "Credit",
    "Status": "Active",
    "StructureCode": "TST",
    "AccountGroupCode": "T22",
}
GROUP = {
    "GroupCode": "INVX",
    "Description": "Inventory Purchases",
    "AccountSet": "TSTS",
    "CurrencyCode": "CAD",
    "RateType": "SP",
    "PrintSeparateChecks": "No",
    "GeneralLedgerAccountNumber": "Q1300",
    "Terms": "TSTT",
    "DuplicateAmountCode": "Warning",
    "TaxGroup": "EXEMPT",
    "DistributionType": "GLAccount",
}
VENDOR_BODY = {
    "VendorNumber": "q1401",
    "ShortName": "1401",
    "GroupCode": "TSTG",
    "OnHold": "NotOnHold",
    "VendorName": "1401 Name",
}
UNITS = [
    {"ItemNumber": "ITEM51", "UnitOfMeasure": unit, "ConversionFactor": factor, "FACTOR": factor}
    for unit, factor in (("Box", 10), ("Ea", 1))
]
ITEM_BODY = {
    "UnformattedItemNumber": "ITEM51",
    "Description": "ITEM51",
    "StructureCode": "LONG",
    "Category": "TA1",
    "AccountSetCode": "AVG",
    "StockItem": True,
    "StockingUnitOfMeasure": "Ea",
    "UnitWeight": 0,
    "KittingItem": False,
    "WeightUnitOfMeasure": "lbs.",
    "ItemUnitsOfMeasure": UNITS,
}
CATEGORY = {
    "CategoryCode": "QZ1",
    "Description": "Accessories",
    "CostOfGoodsSoldAccount": "Q-1300",
    "SalesAccount": "Q1300",
    "CommissionPaid": True,
    "CommissionRate": 10,
}
ACCOUNT_SET = {
    "AccountSetCode": "ACCTX",
    "Description": "Accounts Payable",
    "PayablesControlAccount": "Q1300",
    "CurrencyCodeForAccount": "CAD",
}
TERMS = {
    "TermsCode": "Q2N31",
    "NumberOfPayments": 1,
    "TotalPercentageDue": 100,
    "TermsPaymentSchedule": [
        {
            "TermsCode": "Q2N31",
            "PaymentNumber": 20,
            "PercentageDue": 100,
            "DiscountPercent": 2,
            "DiscountNumberOfDays": 10,
            "DueNumberOfDays": 31,
        }
    ],
}
CURRENCY = {
    "CurrencyCodeKey": "QS2",
    "Description": "Dollars",
    "Symbol": "$",
    "DecimalPlaces": "Num2",
    "SymbolPosition": "Beforewithspace",
    "ThousandsSeparator": "Comma",
    "DecimalSeparator": "Period",
    "NegativeDisplay": "Brackets",
}
RATES = {
    "ToCurrency": "CAD",
    "RateType": "Q1",
    "TableDescription": "Currency rate table",
    "DateMatching": "Earlier",
    "RateOperation": "Multiply",
    "SourceOfRates": "Paper",
    "CurrencyRateDetail": [
        {
            "ToCurrency": "CAD",
            "RateType": "Q1",
            "FromCurrency": "USD",
            "RateDate": "2026-01-05",
            "Rate": 1.31,
        }
    ],
}
BODIES: dict[str, Record] = {
    "GL/GLAccounts": ACCOUNT,
    "GL/GLAccountGroups": {"AccountGroupCode": "Q1", "GroupCategory": "Revenue"},
    "GL/GLSourceCodes": {"SourceLedger": "QL", "SourceType": "01", "Description": "G/L 01"},
    "GL/GLSegmentCodes": {"SegmentNumber": "000002", "SegmentCode": "Q77"},
    "AP/APVendors": VENDOR_BODY,
    "AP/APVendorGroups": GROUP,
    "AP/APAccountSets": ACCOUNT_SET,
    "AP/APDistributionCodes": {"DistributionCodeKey": "QINV", "GLAccount": "Q1300"},
    "AP/APTerms": TERMS,
    "IC/ICItems": ITEM_BODY,
    "IC/ICCategories": CATEGORY,
    "IC/ICLocations": {"LocationKey": "LOCA1", "Name": "A1", "LocationType": "Physical"},
    "CS/CSCurrencyCodes": CURRENCY,
    "CS/CSCurrencyRates": RATES,
}


@pytest.fixture
def books(sage: Sage) -> Sage:
    """A company with one of everything that others refer to, in November 2026."""
    sage.control.post("clock", {"set": "2026-11-20T12:00:00Z"})
    sage.plant("GL/GLAccountGroups", AccountGroupCode="T22", AccountGroupSortCode="T22S")
    if not sage.values("GL/GLSegmentCodes", filter="SegmentNumber eq '000002'"):
        sage.plant("GL/GLSegmentCodes", SegmentNumber="000002", SegmentCode="T00")
    plant_account(sage, "Q1300")
    plant_group(sage, BankCode="CCB", GeneralLedgerAccountNumber="Q1300")
    plant_vendor(sage)
    sage.plant("IC/ICCategories", CategoryCode="TA1", DefaultPriceListCode="RTL")
    plant_item(sage, Category="TA1", StructureCode="LONG", AccountSetCode="AVG")
    plant_location(sage)
    return sage


def _post(books: Sage, path: str, **fields: object) -> Answer:
    return books.send("POST", path, {**BODIES[path], **fields})


@pytest.mark.parametrize("path", BODIES)
def test_the_published_shape_is_accepted(books: Sage, path: str) -> None:
    answer = _post(books, path)

    assert answer.status == 201, answer.raw
    stored = books.follow(path)
    record = {name: value for name, value in answer.json.items() if not name.startswith("@")}
    assert record in stored


@pytest.mark.parametrize("path", BODIES)
def test_the_same_record_twice_is_a_duplicate(books: Sage, path: str) -> None:
    _post(books, path)

    answer = _post(books, path)

    assert (answer.status, answer.error_code) == (409, "RecordDuplicate")


@pytest.mark.parametrize(
    ("path", "fields", "code", "gist"),
    [
        ("GL/GLAccounts", {"UnformattedAccount": ""}, "FieldInvalid", "cannot be blank"),
        ("GL/GLAccounts", {"UnformattedAccount": "Q-9991"}, "FieldInvalid", "not valid"),
        ("GL/GLAccounts", {"StructureCode": ""}, "FieldInvalid", "cannot be blank"),
        ("GL/GLAccounts", {"StructureCode": "NOSUCH"}, "FieldInvalid", "'NOSUCH' does not"),
        ("GL/GLAccounts", {"AccountGroupCode": "NOSUCH"}, "FieldInvalid", "'NOSUCH' does not"),
        ("GL/GLAccounts", {"DefaultCurrencyCode": "XXX"}, "FieldInvalid", "'XXX' does not"),
        (
            "GL/GLAccounts",
            {"SpecificCurrency": "SpecificCurrencies"},
            "FieldInvalid",
            "multicurrency account",
        ),
        (
            "GL/GLAccounts",
            {"Multicurrency": "Yes", "AccountValidCurrencies": [{"CurrencyCode": "XXX"}]},
            "FieldInvalid",
            "'XXX' does not exist",
        ),
        (
            "GL/GLAccounts",
            {"ControlAccountSubledgers": [{"SubledgerCode": "AP"}]},
            "FieldInvalid",
            "control account",
        ),
        (
            "GL/GLAccounts",
            {
                "AllocationsAllowed": "AllocatedbyAccountBalance",
                "AccountAllocationInstructions": [{"AllocationAccount": "Q1300", "Percentage": 99}],
            },
            "RecordInvalid",
            "must total 100",
        ),
        ("GL/GLAccountGroups", {"AccountGroupCode": ""}, "FieldInvalid", "cannot be blank"),
        ("GL/GLSegmentCodes", {"SegmentNumber": "000009"}, "FieldInvalid", "does not exist"),
        ("GL/GLSegmentCodes", {"ClosingAccount": "NOSUCH"}, "FieldInvalid", "not defined"),
        ("GL/GLSourceCodes", {"SourceType": ""}, "FieldInvalid", "cannot be blank"),
        ("AP/APVendors", {"VendorNumber": ""}, "FieldInvalid", "cannot be blank"),
        ("AP/APVendors", {"GroupCode": ""}, "FieldInvalid", "cannot be blank"),
        ("AP/APVendors", {"GroupCode": "NOSUCH"}, "FieldInvalid", "'NOSUCH' does not exist"),
        ("AP/APVendors", {"Terms": "NOSUCH"}, "FieldInvalid", "'NOSUCH' does not exist"),
        ("AP/APVendors", {"AccountSet": "NOSUCH"}, "FieldInvalid", "'NOSUCH' does not exist"),
        ("AP/APVendors", {"TaxGroup": "NOSUCH"}, "FieldInvalid", "'NOSUCH' does not exist"),
        ("AP/APVendors", {"BankCode": "NOSUCH"}, "FieldInvalid", "'NOSUCH' does not exist"),
        ("AP/APVendors", {"CurrencyCode": "XXX"}, "FieldInvalid", "'XXX' does not exist"),
        ("AP/APVendors", {"CurrencyCode": "USD"}, "FieldInvalid", "is for CAD, not USD"),
        ("AP/APVendors", {"GLAccount": "NOSUCH"}, "FieldInvalid", "not defined"),
        ("AP/APVendors", {"DistributionCode": "NO"}, "FieldInvalid", "'NO' does not exist"),
        ("AP/APVendorGroups", {"AccountSet": ""}, "FieldInvalid", "cannot be blank"),
        ("AP/APVendorGroups", {"Terms": "NOSUCH"}, "FieldInvalid", "'NOSUCH' does not exist"),
        ("AP/APAccountSets", {"PayablesControlAccount": ""}, "FieldInvalid", "be blank"),
        ("AP/APAccountSets", {"DiscountsAccount": "NOSUCH"}, "FieldInvalid", "not defined"),
        ("AP/APDistributionCodes", {"GLAccount": "NOSUCH"}, "FieldInvalid", "not defined"),
        (
            "AP/APTerms",
            {"TermsPaymentSchedule": [{"PercentageDue": 50}]},
            "RecordInvalid",
            "must total 100, not 50",
        ),
        ("IC/ICItems", {"UnformattedItemNumber": ""}, "FieldInvalid", "cannot be blank"),
        ("IC/ICItems", {"Category": "NOSUCH"}, "FieldInvalid", "'NOSUCH' does not exist"),
        ("IC/ICItems", {"AccountSetCode": ""}, "FieldInvalid", "cannot be blank"),
        ("IC/ICItems", {"StockingUnitOfMeasure": "Ton"}, "FieldInvalid", "'Ton' does not"),
        ("IC/ICItems", {"StockingUnitOfMeasure": "Box"}, "FieldInvalid", "must be 1"),
        ("IC/ICCategories", {"CategoryCode": ""}, "FieldInvalid", "cannot be blank"),
        ("IC/ICCategories", {"SalesAccount": "NOSUCH"}, "FieldInvalid", "not defined"),
        ("IC/ICCategories", {"CommissionPaid": False}, "FieldInvalid", "Commission rate"),
        ("IC/ICLocations", {"LocationKey": ""}, "FieldInvalid", "cannot be blank"),
        ("CS/CSCurrencyCodes", {"CurrencyCodeKey": "X"}, "FieldInvalid", "not valid"),
        ("CS/CSCurrencyRates", {"ToCurrency": "XXX"}, "FieldInvalid", "'XXX' does not exist"),
        (
            "CS/CSCurrencyRates",
            {"CurrencyRateDetail": [{"FromCurrency": "USD", "RateDate": "2026-01-05"}]},
            "FieldInvalid",
            "greater than zero",
        ),
    ],
)
def test_a_record_that_cannot_be_is_refused(
    books: Sage, path: str, fields: Record, code: str, gist: str
) -> None:
    count = len(books.follow(path))

    answer = _post(books, path, **fields)

    assert (answer.status, answer.error_code) == (409, code), answer.raw
    assert gist in answer.error_text
    assert len(books.follow(path)) == count


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("GL/GLAccountGroups", "('T22')"),
        ("AP/APVendorGroups", "('TSTG')"),
        ("AP/APAccountSets", "('TSTS')"),
        ("AP/APTerms", "('TSTT')"),
        ("IC/ICCategories", "('TA1')"),
        ("CS/CSCurrencyCodes", "('CAD')"),
        ("CS/CSCurrencyCodes", "('USD')"),
        ("CS/CSCompanyProfile", "('SAMLTD')"),
    ],
)
def test_what_is_used_cannot_be_deleted(books: Sage, path: str, key: str) -> None:
    _post(books, "GL/GLAccounts")
    _post(books, "AP/APVendors")

    answer = books.send("DELETE", f"{path}{key}")

    assert (answer.status, answer.error_code) == (409, "RecordInvalid")
    assert books.get(f"{path}{key}").status == 200


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("GL/GLAccounts", "('Q9991')"),
        ("GL/GLAccountGroups", "('Q1')"),
        ("GL/GLSourceCodes", "('QL','01')"),
        ("GL/GLSegmentCodes", "('000002','Q77')"),
        ("AP/APVendors", "('Q1401')"),
        ("AP/APVendorGroups", "('INVX')"),
        ("AP/APAccountSets", "('ACCTX')"),
        ("AP/APDistributionCodes", "('QINV')"),
        ("AP/APTerms", "('Q2N31')"),
        ("IC/ICItems", "('ITEM51')"),
        ("IC/ICCategories", "('QZ1')"),
        ("IC/ICLocations", "('LOCA1')"),
        ("CS/CSCurrencyCodes", "('QS2')"),
        ("CS/CSCurrencyRates", "('CAD','Q1')"),
    ],
)
def test_what_nothing_refers_to_can_be_deleted(books: Sage, path: str, key: str) -> None:
    _post(books, path)

    answer = books.send("DELETE", f"{path}{key}")

    assert (answer.status, answer.raw) == (204, b"")
    assert books.get(f"{path}{key}").error_code == "RecordNotFound"


def test_a_vendor_with_orders_and_an_item_in_stock_stay(books: Sage) -> None:
    line = {"ItemNumber": ITEM, "QuantityReceived": 2, "UnitCost": 1, "Location": "T1"}
    body = {"Vendor": VENDOR, "ReceiptDate": "2026-11-10", "ReceiptLine2s": [line]}
    assert books.send("POST", "PO/POReceipts", body).status == 201

    answers = [
        books.send("DELETE", f"AP/APVendors('{VENDOR}')"),
        books.send("DELETE", f"IC/ICItems('{ITEM}')"),
        books.send("DELETE", "IC/ICLocations('T1')"),
    ]

    assert [answer.error_code for answer in answers] == ["RecordInvalid"] * 3


def test_an_account_in_an_open_batch_stays(books: Sage) -> None:
    detail = {"AccountNumber": "Q-1300"}
    header = {"EntryNumber": "00001", "JournalDetails": [detail]}
    books.plant("GL/GLJournalBatches", BatchNumber="900000", JournalHeaders=[header])

    answer = books.send("DELETE", "GL/GLAccounts('Q1300')")

    assert (answer.error_code, "open batch" in answer.error_text) == ("RecordInvalid", True)


def test_an_account_is_formatted_as_its_structure_is(books: Sage) -> None:
    plant_account(books, "Q1000500", AccountNumber="Q1000-500", StructureCode="TSEG")
    books.plant("GL/GLSegmentCodes", SegmentNumber="000002", SegmentCode="600")

    made = _post(books, "GL/GLAccounts", UnformattedAccount="q2000600", StructureCode="TSEG")
    refused = _post(books, "GL/GLAccounts", UnformattedAccount="Q2000601", StructureCode="TSEG")

    account = made.json
    assert account["AccountNumber"] == "Q2000-600"
    assert (account["AccountSegmentCode1"], account["AccountSegmentCode2"]) == ("Q2000", "600")
    assert "Segment code '601' does not exist" in refused.error_text


def test_a_replaced_account_keeps_its_number_and_its_day(books: Sage) -> None:
    plant_account(books, "Q1000500", AccountNumber="Q1000-500", StructureCode="TSEG")
    path = "GL/GLAccounts('Q1000600')"
    books.plant("GL/GLSegmentCodes", SegmentNumber="000002", SegmentCode="600")
    _post(books, "GL/GLAccounts", UnformattedAccount="Q1000600", StructureCode="TSEG")
    books.control.post("clock", {"advance_s": 86_400 * 2})

    answer = books.send("PUT", path, {"StructureCode": "TSEG", "Description": "New"})

    account = books.get(path).json
    assert answer.status == 204
    assert (account["AccountNumber"], account["DateCreated"]) == ("Q1000-600", TODAY)
    assert (account["Description"], account["AccountGroupCode"]) == ("New", "")


def test_an_account_takes_its_groups_sort_code_and_the_day(books: Sage) -> None:
    account = _post(books, "GL/GLAccounts", DateCreated="2001-01-01").json

    assert (account["AccountGroupSortCode"], account["DateCreated"]) == ("T22S", TODAY)


def test_a_multicurrency_account_is_accepted(books: Sage) -> None:
    answer = _post(
        books,
        "GL/GLAccounts",
        Multicurrency="Yes",
        SpecificCurrency="SpecificCurrencies",
        DefaultCurrencyCode="CAD",
        AccountValidCurrencies=[
            {"AccountNumber": "Q9991", "CurrencyCode": code, "RevaluationSwitch": "Donotrevalue"}
            for code in ("CAD", "USD")
        ],
        ControlAccountSubledgers=[],
    )

    currencies = [item["CurrencyCode"] for item in answer.json["AccountValidCurrencies"]]
    assert (answer.status, currencies) == (201, ["CAD", "USD"])


def test_a_vendor_takes_over_from_its_group(books: Sage) -> None:
    vendor = _post(books, "AP/APVendors").json

    assert vendor["VendorNumber"] == "Q1401"
    names = ("AccountSet", "Terms", "TaxGroup", "BankCode", "GLAccount", "PrintSeparateChecks")
    assert [vendor[name] for name in names] == [
        "TSTS",
        "TSTT",
        "EXEMPT",
        "CCB",
        "Q1300",
        "DoNotPrintSeparateChecks",
    ]
    assert (vendor["DateLastMaintained"], vendor["StartDate"]) == (TODAY, TODAY)


def test_a_group_given_late_overwrites_what_was_given_before(books: Sage) -> None:
    early = {"VendorNumber": "Q1", "BankCode": "SEATAC", "GroupCode": "TSTG"}
    late = {"VendorNumber": "Q2", "GroupCode": "TSTG", "BankCode": "SEATAC"}

    vendors = [books.send("POST", "AP/APVendors", body).json for body in (early, late)]

    assert [vendor["BankCode"] for vendor in vendors] == ["CCB", "SEATAC"]


def test_statistics_of_a_vendor_are_not_typed(books: Sage) -> None:
    vendor = _post(books, "AP/APVendors", BalanceDueInVendorCurrency=5, NumberOfOpenInvoices=1)

    assert vendor.json["BalanceDueInVendorCurrency"] == 0
    assert vendor.json["NumberOfOpenInvoices"] == 0


def test_a_vendor_becomes_inactive_on_a_day(books: Sage) -> None:
    _post(books, "AP/APVendors")

    answer = books.send("PATCH", "AP/APVendors('Q1401')", {"Status": "Inactive"})

    vendor = books.get("AP/APVendors('Q1401')").json
    assert (answer.status, answer.raw) == (204, b"")
    assert (vendor["InactiveDate"], vendor["VendorName"]) == (TODAY, "1401 Name")


def test_a_vendor_with_documents_keeps_its_currency(books: Sage) -> None:
    plant_vendor(books, "ODD", GroupCode="TSTG", AccountSet="TSTS")
    books.plant("AP/APPostedDocuments", VendorNumber="ODD", DocumentNumber="I1")

    answer = books.send("PATCH", "AP/APVendors('ODD')", {"CurrencyCode": "USD"})

    assert (answer.error_code, "cannot be changed" in answer.error_text) == ("FieldInvalid", True)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("AP/APVendors", "('Q1401')"),
        ("AP/APVendorGroups", "('INVX')"),
        ("AP/APTerms", "('Q2N31')"),
        ("IC/ICItems", "('ITEM51')"),
        ("IC/ICCategories", "('QZ1')"),
        ("IC/ICLocations", "('LOCA1')"),
    ],
)
@pytest.mark.switch("stamps_move")
def test_maintenance_moves_the_stamp_unless_stamps_stand(books: Sage, path: str, key: str) -> None:
    _post(books, path)
    books.control.post("clock", {"set": "2026-11-22T12:00:00Z"})

    books.control.turn(stamps_move=False)
    books.send("PATCH", f"{path}{key}", {})
    stood = books.get(f"{path}{key}").json["DateLastMaintained"]
    books.control.turn(stamps_move=True)
    books.send("PATCH", f"{path}{key}", {})
    moved = books.get(f"{path}{key}").json["DateLastMaintained"]

    assert (stood, moved) == (TODAY, "2026-11-22T00:00:00Z")


def test_an_item_without_units_has_its_stocking_unit(books: Sage) -> None:
    item = _post(books, "IC/ICItems", ItemUnitsOfMeasure=[]).json

    units = [(unit["UnitOfMeasure"], unit["FACTOR"]) for unit in item["ItemUnitsOfMeasure"]]
    assert units == [("Ea", 1)]
    assert (item["ItemNumber"], item["DefaultPriceListCode"]) == ("ITEM51", "RTL")


def test_terms_without_a_schedule_are_due_at_once(books: Sage) -> None:
    terms = books.send("POST", "AP/APTerms", {"TermsCode": "QCOD"}).json

    payment = terms["TermsPaymentSchedule"][0]
    assert (payment["PaymentNumber"], payment["PercentageDue"]) == (20, 100)


def test_the_companys_own_record_can_be_edited_in_part(books: Sage) -> None:
    path = "CS/CSCompanyProfile('SAMLTD')"

    changed = books.send("PATCH", path, {"ContactName": "A. Clerk"})
    refused = books.send("PATCH", path, {"FunctionalCurrency": "USD"})

    assert (changed.status, refused.error_code) == (204, "FieldInvalid")
    assert books.get(path).json["ContactName"] == "A. Clerk"


def test_how_strict_accounts_are_checked_is_the_companys_choice(books: Sage) -> None:
    books.send("PATCH", "CS/CSCompanyProfile('SAMLTD')", {"NonexistentGLAccount": "Warning"})

    answer = _post(books, "IC/ICCategories", SalesAccount="NOSUCH")

    assert answer.status == 201


_OWN_RECORDS = [
    ("GL/GLAccounts", ["UnformattedAccount"]),
    ("GL/GLAccountGroups", ["AccountGroupCode"]),
    ("GL/GLSegmentCodes", ["SegmentNumber", "SegmentCode"]),
    ("GL/GLSourceCodes", ["SourceLedger", "SourceType"]),
    ("AP/APVendors", ["VendorNumber"]),
    ("AP/APVendorGroups", ["GroupCode"]),
    ("AP/APAccountSets", ["AccountSetCode"]),
    ("AP/APDistributionCodes", ["DistributionCodeKey"]),
    ("AP/APTerms", ["TermsCode"]),
    ("IC/ICItems", ["UnformattedItemNumber"]),
    ("IC/ICCategories", ["CategoryCode"]),
    ("IC/ICLocations", ["LocationKey"]),
    ("CS/CSCurrencyCodes", ["CurrencyCodeKey"]),
    ("CS/CSCurrencyRates", ["ToCurrency", "RateType"]),
]


@pytest.mark.parametrize(("path", "names"), _OWN_RECORDS)
def test_the_generated_companys_own_records_can_be_maintained(
    sage: Sage, path: str, names: list[str]
) -> None:
    records = sage.follow(path)

    answers = [
        sage.send("PATCH", f"{path}({_key(record, names)})", {}).status
        for record in records[:: max(1, len(records) // 25)]
    ]

    assert answers
    assert set(answers) == {204}


@pytest.mark.parametrize(("path", "names"), _OWN_RECORDS)
def test_a_record_read_can_be_put_back_whole(sage: Sage, path: str, names: list[str]) -> None:
    records = sage.follow(path)

    answers = [
        sage.send("PUT", f"{path}({_key(record, names)})", record)
        for record in records[:: max(1, len(records) // 5)]
    ]

    assert answers
    assert {answer.status for answer in answers} == {204}, [answer.raw for answer in answers]


def _key(record: Record, names: list[str]) -> str:
    parts = (str(record[name]).replace("'", "''") for name in names)
    return ",".join(f"'{part}'" for part in parts)
