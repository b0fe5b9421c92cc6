"""The resources this sandbox knows by heart, with types and lengths of the Sage sheet §4."""

from __future__ import annotations

from ml_connector_sandbox.sage300._types import Property, Resource, collection, parse_properties

_UPDATE_OPERATION = "UpdateOperation UpdateOperation(Unspecified Insert Update Delete)"

_PURCHASE_ORDER_LINE = parse_properties(f"""
LineNumber dec0, PurchaseOrderLineSequence dec0, ItemNumber str24, Location str6
ItemDescription str60, VendorItemNumber str24, ManufacturersItemNumber str24
UnitOfMeasure str10, QuantityOrdered dec4, QuantityReceived dec4, QuantityCanceled dec4
QuantityOutstanding dec4, UnitCost dec6, ExtendedCost dec3
DiscountPercentage dec5, DiscountAmount dec3, NetOfTax dec3, TaxIncluded dec3
TaxExcluded dec3, TotalTax dec3, ExpectedArrivalDate date
CompletionStatus CompletionStatus(No Yes Yes1), DateCompleted date, OrderNumber str22
ExpenseAccount str45, NonStockClearingAccount str45, StockItem bool, DropShip bool
NumberOfOptionalFields int, DetailNumber int
{_UPDATE_OPERATION}
""")

_PURCHASE_ORDER = parse_properties(f"""
PurchaseOrderSequenceKey dec0, PurchaseOrderNumber str22, PurchaseOrderDate date
OrderDate date, ExpectedArrivalDate date, Vendor str12, Name str60, Address1-4 str60
City str30, StateProvince str30, ZipPostalCode str20, Country str30, PhoneNumber str30
Contact str60, Email str50
PurchaseOrderType PurchaseOrderType(Active Standing Future Blanket)
OnHold bool, Completed bool, Printed bool, DateCompleted date, LastPostingDate date
TemplateCode str6, FOBPoint str60, TermsCode str6, Description str60, Reference str60
Comment str250, ShipVia str6, ShipToLocation str6, BillToLocation str6
LastReceiptNumber str22, ReceiptDate date, NumberOfPostedReceipts int
Currency str3, ExchangeRate dec7, RateType str2, RateDate date
RateOperation RateOperation(Multiply Divide), RateOverridden bool
ExtendedCost dec3, Total dec3, ExtendedReceivedAmount dec3, ExtendedCanceledAmount dec3
AmountReceivedToDate dec3, QuantityOrdered dec4, ExtendedWeight dec4
TaxGroup str12, TaxAuthority1-5 str12, TaxBase1-5 dec3, IncludedTaxAmount1-5 dec3
ExcludedTaxAmount1-5 dec3, TaxAmount1-5 dec3, TotalTax dec3
DiscountPercentage dec5, DiscountAmount dec3, RequisitionNumber str22
DocumentSource DocumentSource(Entered Internet), VendorAccountSet str6, EnteredBy str8
NumberOfOptionalFields int
{_UPDATE_OPERATION}
""")

_VENDOR = parse_properties(f"""
VendorNumber str12, ShortName str10, GroupCode str6, Status Status(Active Inactive)
InactiveDate date, DateLastMaintained date, OnHold OnHold(NotOnHold OnHold), StartDate date
VendorName str60, AddressLine1-4 str60, City str30, StateProvince str30, ZipPostalCode str20
Country str30, ContactName str60, PhoneNumber str30, FaxNumber str30, Email str50
ContactsEmail str50, ContactsPhone str30, WebSite str100, PrimaryRemitToLocation str6
AccountSet str6, CurrencyCode str3, RateType str2, BankCode str8, Terms str6, TaxGroup str12
PaymentCode str12
PrintSeparateChecks PrintSeparateChecks(DoNotPrintSeparateChecks PrintSeparateChecks)
DistributionType DistributionType(DistributionSet DistributionCode GLAccount None)
DistributionSet str6, DistributionCode str6, GLAccount str45
DuplicateAmountCode DuplicateAmountCode(None Warning Error)
DuplicateDateCode DuplicateDateCode(None Warning Error)
TaxClassCode1-5 int, TaxRegistrationCode1-5 str20, CreditLimit dec3
BalanceDueInVendorCurrency dec3, BalanceDueInFunctionalCurrency dec3
NumberOfOpenInvoices dec0, DateOfLastActivity date, DateOfLastInvoice date
DateOfLastPayment date, NumberOfOptionalFields int, LegalName str60
BusinessRegistrationNumber str30
{_UPDATE_OPERATION}
""")

_VENDOR_GROUP = parse_properties(f"""
GroupCode str6, Description str60, Status Status(Active Inactive), DateLastMaintained date
AccountSet str6, CurrencyCode str3, RateType str2, BankCode str8
PrintSeparateChecks PrintSeparateChecksSwitch(No Yes), DistributionSet str6
DistributionCode str6, GeneralLedgerAccountNumber str45, Terms str6
DuplicateAmountCode DuplicateAmountCode(None Warning Error)
DuplicateDateCode DuplicateDateCode(None Warning Error), TaxGroup str12, TaxClass1-5 int
PaymentCode str12
{_UPDATE_OPERATION}
""")

_COMPANY_PROFILE = parse_properties(f"""
DatabaseID str6, Name str60, Address1-4 str60, City str30, StateProvince str30
ZipPostalCode str20, Country str30, PhoneNumber str30, ContactName str60
NumberOfFiscalPeriods NumberOfFiscalPeriods(Num12 Num13), FunctionalCurrency str3
Multicurrency Multicurrency(No Yes), DefaultRateType str2
LockedFiscalPeriod LockedFiscalPeriod(None Warning Error)
InactiveGLAccount InactiveGLAccount(None Warning Error)
NonexistentGLAccount NonexistentGLAccount(None Warning Error)
{_UPDATE_OPERATION}
""")

_FISCAL_CALENDAR = parse_properties(f"""
FiscalYear str4, NumberOfFiscalPeriods int, QuarterWith4Periods int, Active Active(No Yes)
FiscalPeriod1-13StartDate date, FiscalPeriod1-13EndDate date
AdjustmentPeriodStatus AdjustmentPeriodStatus(Unlocked Locked)
ClosingPeriodStatus ClosingPeriodStatus(Unlocked Locked)
{_UPDATE_OPERATION}
""")

_CURRENCY_CODE = parse_properties(f"""
CurrencyCodeKey str3, Description str60, Symbol str4
DecimalPlaces DecimalPlaces(Num0 Num1 Num2 Num3)
SymbolPosition SymbolPosition(BeforeAmount AfterAmount), ThousandsSeparator str1
DecimalSeparator str1, NegativeDisplay NegativeDisplay(LeadingMinusSign TrailingMinusSign)
{_UPDATE_OPERATION}
""")


def _resource(
    path: str,
    entity: str,
    properties: tuple[Property, ...],
    *,
    stamp: str | None = None,
) -> Resource:
    """Define a resource whose key is its first property."""
    module, name = path.split("/")
    return Resource(
        module=module,
        name=name,
        entity=entity,
        key=(properties[0].name,),
        properties=properties,
        stamp=stamp,
    )


PURCHASE_ORDERS = _resource(
    "PO/POPurchaseOrders",
    "PurchaseOrder",
    (
        *_PURCHASE_ORDER,
        collection("PurchaseOrderLines", item="PurchaseOrderLine", details=_PURCHASE_ORDER_LINE),
    ),
    stamp="LastPostingDate",
)
VENDORS = _resource("AP/APVendors", "Vendor", _VENDOR, stamp="DateLastMaintained")
VENDOR_GROUPS = _resource(
    "AP/APVendorGroups", "VendorGroup", _VENDOR_GROUP, stamp="DateLastMaintained"
)
COMPANY_PROFILE = _resource("CS/CSCompanyProfile", "CompanyProfile", _COMPANY_PROFILE)
FISCAL_CALENDARS = _resource("CS/CSFiscalCalendars", "FiscalCalendar", _FISCAL_CALENDAR)
CURRENCY_CODES = _resource("CS/CSCurrencyCodes", "CurrencyCode", _CURRENCY_CODE)

RESOURCES = {
    (resource.module, resource.name): resource
    for resource in (
        PURCHASE_ORDERS,
        VENDORS,
        VENDOR_GROUPS,
        COMPANY_PROFILE,
        FISCAL_CALENDARS,
        CURRENCY_CODES,
    )
}
