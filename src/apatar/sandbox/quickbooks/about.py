"""What a company says of itself: the running QuickBooks, the company, its preferences."""

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.grammar import VERSIONS
from apatar.sandbox.quickbooks.markup import group, leaf, parsed, printed
from apatar.sandbox.quickbooks.notation import version_of
from apatar.sandbox.quickbooks.preferences import own_preferences
from apatar.sandbox.quickbooks.querying import View, extensions

# The year of the first QuickBooks that spoke a version (QBWC section 4.1; sources differ above 14.0).
_YEARS = {"10.0": 2011, "11.0": 2012, "12.0": 2013, "13.0": 2014, "14.0": 2018, "15.0": 2022, "16.0": 2024}

_PREFERENCES_SINCE = {
    "MultiCurrencyPreferences": "8",
    "MultiLocationInventoryPreferences": "10",
    "ItemsAndInventoryPreferences": "11",
}
_COMPANY_SINCE = {
    "IsSampleCompany": "3",
    "AddressBlock": "6",
    "CompanyAddressBlockForCustomer": "6",
    "EIN": "2",
    "SSN": "2.1",
    "TaxForm": "2.1",
    "SubscribedServices": "7",
    "AccountantCopy": "8",
    "DataExtRet": "2",
}
_HOST_SINCE = {"Country": "3", "IsAutomaticLogin": "3", "QBFileMode": "3"}


_PRODUCTS = {
    "pro": "QuickBooks Pro 20{year}",
    "premier": "QuickBooks Premier 20{year}",
    "enterprise": "QuickBooks Enterprise Solutions: Manufacturing and Wholesale {year}.0",
}


def product(newest: str, edition: str) -> tuple[str, int]:
    """Return the name and the major version (year - 1990) of the QuickBooks that speaks up to this version.

    The name of Pro is captured ("QuickBooks Pro 2014"); Premier's follows it.
    """
    year = _YEARS.get(newest, 2010)
    return _PRODUCTS[edition].format(year=year % 100), year - 1990


def host(books: Books, view: View) -> str:
    newest = books.store.setting("qbxml")
    name, major = product(newest, books.store.setting("edition", "enterprise"))
    head = (
        leaf("ProductName", name) + leaf("MajorVersion", str(major)) + leaf("MinorVersion", "0") + leaf("Country", "US")
    )
    versions = "".join(
        leaf("SupportedQBXMLVersion", version) for version in VERSIONS if version_of(version) <= version_of(newest)
    )
    body = head + versions + leaf("IsAutomaticLogin", "false") + leaf("QBFileMode", "SingleUser")
    return group("HostRet", _shown(body, view, _HOST_SINCE))


def company(books: Books, view: View) -> str:
    body = books.store.setting("company_ret")
    if view.owners:
        body += extensions(books, "Company", "", view.owners)
    return group("CompanyRet", _shown(body, view, _COMPANY_SINCE))


def preferences(books: Books, view: View) -> str:
    body = books.store.setting("preferences_ret") or own_preferences(books)
    return group("PreferencesRet", _shown(body, view, _PREFERENCES_SINCE))


def _shown(body: str, view: View, since: dict[str, str]) -> str:
    """Leave out what is newer than the request, and what it did not ask for."""
    return "".join(
        printed(child)
        for child in parsed(body)
        if version_of(since.get(child.tag, "1")) <= view.version and (not view.only or child.tag in view.only)
    )


def new_company(name: str) -> str:
    """Print the inside of the CompanyRet of a new sample company."""
    address = leaf("Addr1", "450 Market St") + leaf("City", "Bayshore") + leaf("State", "CA")
    address += leaf("PostalCode", "94326") + leaf("Country", "US")
    block = leaf("Addr1", "450 Market St") + leaf("Addr2", "Bayshore, CA 94326") + leaf("Addr3", "US")
    return (
        leaf("IsSampleCompany", "true")
        + leaf("CompanyName", name)
        + leaf("LegalCompanyName", name)
        + group("Address", address)
        + group("AddressBlock", block)
        + group("LegalAddress", address)
        + leaf("Phone", "(415) 555-0100")
        + leaf("FirstMonthFiscalYear", "January")
        + leaf("FirstMonthIncomeTaxYear", "January")
        + leaf("CompanyType", "Corporation")
        + leaf("TaxForm", "Form1120")
    )
