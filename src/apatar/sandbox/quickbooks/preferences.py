"""The PreferencesRet of a company that was made here: its features, and what a new QuickBooks is set to."""

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.features import Features, features
from apatar.sandbox.quickbooks.markup import element, group, leaf, printed
from apatar.sandbox.quickbooks.references import point

# Elements of a PreferencesRet in order (QBXML_OBJECTS, Preferences); the values are those of a captured HCP.
_FIXED = {
    "FinanceChargePreferences": "AnnualInterestRate=0.00 MinFinanceCharge=0.00 GracePeriod=0 "
    "IsAssessingForOverdueCharges=false CalculateChargesFrom=DueDate IsMarkedToBePrinted=false",
    "JobsAndEstimatesPreferences": "IsUsingEstimates=true IsUsingProgressInvoicing=false "
    "IsPrintingItemsWithZeroAmounts=false",
    "MultiCurrencyPreferences": "",
    "MultiLocationInventoryPreferences": "IsMultiLocationInventoryAvailable=false "
    "IsMultiLocationInventoryEnabled=false",
    "PurchasesAndVendorsPreferences": "IsUsingInventory=true DaysBillsAreDue=10 IsAutomaticallyUsingDiscounts=false",
    "ReportsPreferences": "AgingReportBasis=AgeFromDueDate SummaryReportBasis=Accrual",
    "SalesAndCustomersPreferences": "IsTrackingReimbursedExpensesAsIncome=false IsAutoApplyingPayments=true",
    "SalesTaxPreferences": "",
    "TimeTrackingPreferences": "FirstDayOfWeek=Monday",
    "CurrentAppAccessRights": "IsAutomaticLoginAllowed=false IsPersonalDataAccessAllowed=false",
    "ItemsAndInventoryPreferences": "EnhancedInventoryReceivingEnabled=false IsTrackingSerialOrLotNumber=None "
    "FIFOEnabled=false IsRSBEnabled=false IsBarcodeEnabled=false",
}


def own_preferences(books: Books) -> str:
    """Return the inside of the PreferencesRet."""
    known = features(books.store)
    own = {
        "MultiCurrencyPreferences": _currencies(books, known),
        "SalesTaxPreferences": _sales_tax(books, known) if known.sales_tax else "",
    }
    groups = {name: own.get(name) or _plain(entries) for name, entries in _FIXED.items()}
    return _accounting(known) + "".join(group(name, inside) for name, inside in groups.items() if inside)


def _plain(entries: str) -> str:
    return "".join(leaf(*entry.split("=", 1)) for entry in entries.split())


def _accounting(known: Features) -> str:
    tracking = str(known.classes).lower()
    inside = _plain(
        f"IsUsingAccountNumbers=true IsRequiringAccounts=true IsUsingClassTracking={tracking} "
        "IsUsingAuditTrail=true IsAssigningJournalEntryNumbers=true"
    )
    closed = leaf("ClosingDate", known.closing_date.isoformat()) if known.closing_date else ""
    return group("AccountingPreferences", inside + closed)


def _currencies(books: Books, known: Features) -> str:
    inside = leaf("IsMultiCurrencyOn", str(known.multicurrency).lower())
    if not known.multicurrency:
        return inside
    return inside + _ref(books, "HomeCurrencyRef", "Currency", known.home_currency)


def _sales_tax(books: Books, known: Features) -> str:
    return (
        _ref(books, "DefaultItemSalesTaxRef", "ItemSalesTax", known.tax_item)
        + leaf("PaySalesTax", "Monthly")
        + _ref(books, "DefaultTaxableSalesTaxCodeRef", "SalesTaxCode", "Tax")
        + _ref(books, "DefaultNonTaxableSalesTaxCodeRef", "SalesTaxCode", "Non")
        + leaf("IsUsingVendorTaxCode", "false")
        + leaf("IsUsingCustomerTaxCode", "true")
    )


def _ref(books: Books, name: str, kind: str, full_name: str) -> str:
    """Print a reference to a record; one that was renamed or deleted since is named without its ID."""
    row = books.store.by_full_name((kind,), full_name)
    if row is None:
        return group(name, leaf("FullName", full_name))
    ref = element(name)
    point(ref, row)
    return printed(ref)
