"""Resources of Accounts Payable, with types and lengths of the Sage sheet §4.3."""

from __future__ import annotations

from ml_connector_sandbox.sage300._types import parse_properties
from ml_connector_sandbox.sage300.catalog._define import define

VENDORS = define(
    "AP/APVendors",
    "Vendor",
    parse_properties("""
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
"""),
    stamp="DateLastMaintained",
)

VENDOR_GROUPS = define(
    "AP/APVendorGroups",
    "VendorGroup",
    parse_properties("""
GroupCode str6, Description str60, Status Status(Active Inactive), DateLastMaintained date
AccountSet str6, CurrencyCode str3, RateType str2, BankCode str8
PrintSeparateChecks PrintSeparateChecksSwitch(No Yes), DistributionSet str6
DistributionCode str6, GeneralLedgerAccountNumber str45, Terms str6
DuplicateAmountCode DuplicateAmountCode(None Warning Error)
DuplicateDateCode DuplicateDateCode(None Warning Error), TaxGroup str12, TaxClass1-5 int
PaymentCode str12
"""),
    stamp="DateLastMaintained",
)

RESOURCES = (VENDORS, VENDOR_GROUPS)
