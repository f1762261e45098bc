"""The kinds of record a company file keeps, and how their Rets are built up."""

from dataclasses import dataclass

from apatar.sandbox.quickbooks.item_shapes import ITEM_RETS, ITEM_TREES
from apatar.sandbox.quickbooks.notation import FIRST, Version, version_of

_HEAD = "ListID TimeCreated TimeModified EditSequence"
_TREE = f"{_HEAD} Name FullName IsActive ParentRef Sublevel"
_PERSON = "CompanyName Salutation FirstName MiddleName LastName"
_REACH = "Phone AltPhone Fax Email Cc@12 Contact AltContact AdditionalContactRef@12 ContactsRet@12"

# The order of a Ret, and since which version of qbXML it shows an element (QBXML_OBJECTS).
_RETS = {
    "Customer": f"{_HEAD} Name FullName IsActive ClassRef@12 ParentRef Sublevel {_PERSON} JobTitle@12 BillAddress "
    f"BillAddressBlock@6 ShipAddress ShipAddressBlock@6 ShipToAddress@12 {_REACH} CustomerTypeRef TermsRef SalesRepRef "
    "Balance TotalBalance SalesTaxCodeRef ItemSalesTaxRef ResaleNumber AccountNumber CreditLimit "
    "PreferredPaymentMethodRef@3 CreditCardInfo@3 JobStatus JobStartDate JobProjectedEndDate JobEndDate JobDesc "
    "JobTypeRef Notes AdditionalNotesRet@12 PreferredDeliveryMethod@12 PriceLevelRef@4 ExternalGUID@8 CurrencyRef@8 "
    "DataExtRet@2",
    "Vendor": f"{_HEAD} Name IsActive ClassRef@12 {_PERSON} JobTitle@12 VendorAddress VendorAddressBlock@6 "
    f"ShipAddress@11 "
    f"{_REACH} NameOnCheck AccountNumber Notes AdditionalNotesRet@12 VendorTypeRef TermsRef CreditLimit VendorTaxIdent "
    "IsVendorEligibleFor1099 Balance BillingRateRef@6 ExternalGUID@8 PrefillAccountRef@8 CurrencyRef@8 DataExtRet@2",
    "Employee": f"{_HEAD} Name IsActive Salutation FirstName MiddleName LastName JobTitle@12 SupervisorRef@13 "
    "Department@13 Description@13 TargetBonus@13 EmployeeAddress PrintAs Phone Mobile@2.1 Pager@2.1 PagerPIN@2.1 "
    "AltPhone "
    "Fax@2.1 SSN@2 Email AdditionalContactRef@12 EmergencyContacts@13 EmployeeType PartOrFullTime@13 Exempt@13 "
    "KeyEmployee@13 Gender HiredDate OriginalHireDate@13 AdjustedServiceDate@13 ReleasedDate BirthDate@2 USCitizen@13 "
    "Ethnicity@13 Disabled@13 DisabilityDesc@13 OnFile@13 WorkAuthExpireDate@13 USVeteran@13 MilitaryStatus@13 "
    "AccountNumber Notes@2.1 AdditionalNotesRet@12 BillingRateRef@6 EmployeePayrollInfo@2 ExternalGUID@8 DataExtRet@2",
    "OtherName": f"{_HEAD} Name IsActive {_PERSON} OtherNameAddress OtherNameAddressBlock@6 Phone AltPhone Fax Email "
    "Contact AltContact AccountNumber Notes@3 ExternalGUID@8 DataExtRet@2",
    "Account": f"{_TREE} AccountType SpecialAccountType@2.1 AccountNumber BankNumber@2 Desc Balance TotalBalance "
    "TaxLineInfoRet@2.1 CashFlowClassification@2.1 CurrencyRef@8 DataExtRet@2",
    "StandardTerms": f"{_HEAD} Name IsActive StdDueDays StdDiscountDays DiscountPct",
    "DateDrivenTerms": f"{_HEAD} Name IsActive DayOfMonthDue DueNextMonthDays DiscountDayOfMonth DiscountPct",
    "CustomerType": _TREE,
    "JobType": _TREE,
    "VendorType": _TREE,
    "Class": _TREE,
    "SalesRep": f"{_HEAD} Initial IsActive SalesRepEntityRef",
    "SalesTaxCode": f"{_HEAD} Name IsActive IsTaxable Desc",
    "PriceLevel": f"{_HEAD} Name IsActive PriceLevelType PriceLevelFixedPercentage PriceLevelPerItemRet CurrencyRef@8",
    "PaymentMethod": f"{_HEAD} Name IsActive PaymentMethodType@7",
    "ShipMethod": f"{_HEAD} Name IsActive",
    "CustomerMsg": f"{_HEAD} Name IsActive",
    "Currency": f"{_HEAD} Name IsActive CurrencyCode CurrencyFormat IsUserDefinedCurrency ExchangeRate AsOfDate",
    "Template": f"{_HEAD} Name IsActive TemplateType",
    **ITEM_RETS,
}

# The order in which ItemQuery's answer names them; the records themselves stand in list order.
ITEMS = tuple(ITEM_RETS)
ENTITIES = ("Customer", "Employee", "OtherName", "Vendor")
TERMS = ("StandardTerms", "DateDrivenTerms")
TREES = ITEM_TREES | {"Customer", "Account", "CustomerType", "JobType", "VendorType", "Class"}
LIST_KINDS = tuple(_RETS)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record: `namespace` is where its names and IDs are unique, `order` its Ret's elements in order."""

    name: str
    namespace: str
    order: tuple[str, ...]
    since: dict[str, Version]

    @property
    def is_tree(self) -> bool:
        return self.name in TREES

    @property
    def name_element(self) -> str:
        return "Initial" if self.name == "SalesRep" else "Name"


def _kind(name: str) -> Kind:
    words = [word.partition("@") for word in _RETS.get(name, "").split()]
    since = {word: version_of(version) if version else FIRST for word, _, version in words}
    return Kind(name, _namespace(name), tuple(since), since)


def _namespace(name: str) -> str:
    """Customers, vendors, employees and other names share one list of names (QBWC section 5, unverified)."""
    if name in ENTITIES:
        return "Entity"
    if name in ITEMS:
        return "Item"
    return "Terms" if name in TERMS else name


KINDS = {name: _kind(name) for name in LIST_KINDS}

# Which kinds a query returns, where its name does not say it.
QUERIED = {"Entity": ENTITIES, "Item": ITEMS, "Terms": TERMS}

# What a reference may point to, where its name without "Ref" does not say it; None is the record's own kind.
_STOCKED = ("ItemInventory", "ItemInventoryAssembly")
_ACCOUNT_REFS = (
    "AccountRef IncomeAccountRef ExpenseAccountRef COGSAccountRef AssetAccountRef DepositToAccountRef ARAccountRef "
    "APAccountRef DiscountAccountRef PrefillAccountRef OverrideItemAccountRef RefundFromAccountRef"
)
REFERRED = {
    **dict.fromkeys(_ACCOUNT_REFS.split(), ("Account",)),
    "TermsRef": TERMS,
    "SalesRepEntityRef": ("Employee", "Vendor", "OtherName"),
    "ItemSalesTaxRef": ("ItemSalesTax", "ItemSalesTaxGroup"),
    "PreferredPaymentMethodRef": ("PaymentMethod",),
    "CustomerSalesTaxCodeRef": ("SalesTaxCode",),
    "HomeCurrencyRef": ("Currency",),
    "PrefVendorRef": ("Vendor",),
    "TaxVendorRef": ("Vendor",),
    "SupervisorRef": ("Employee",),
    "ItemRef": ITEMS,
    "ItemInventoryRef": _STOCKED,
}


def referred_kinds(ref: str, own: str) -> tuple[str, ...]:
    """Return the kinds that the element `ref` of a record of kind `own` may point to."""
    if ref == "ParentRef":
        return (own,)
    if own == "ItemSalesTaxGroup" and ref == "ItemSalesTaxRef":
        return ("ItemSalesTax",)
    return REFERRED.get(ref, (ref.removesuffix("Ref"),))
