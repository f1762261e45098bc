"""What stands in a company file before anybody has written to it: templates, currencies, the sales tax set-up."""

from collections.abc import Sequence

from apatar.sandbox.quickbooks.adding import add
from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.features import Features
from apatar.sandbox.quickbooks.kinds import KINDS
from apatar.sandbox.quickbooks.markup import element
from apatar.sandbox.quickbooks.special_accounts import special_account
from apatar.sandbox.quickbooks.store import Row

_TEMPLATES = {
    "Intuit Product Invoice": "Invoice",
    "Intuit Service Invoice": "Invoice",
    "Custom Sales Receipt": "SalesReceipt",
    "Custom Credit Memo": "CreditMemo",
    "Custom Estimate": "Estimate",
    "Custom Sales Order": "SalesOrder",
}
# A real file lists over a hundred currencies, most of them inactive; these are enough to trade in.
_CURRENCIES = {
    "US Dollar": "USD",
    "Euro": "EUR",
    "Canadian Dollar": "CAD",
    "British Pound Sterling": "GBP",
    "Australian Dollar": "AUD",
    "Japanese Yen": "JPY",
}
TAX_VENDOR = "State Tax Agency"


def begin(books: Books, known: Features) -> None:
    """Write what a new company with these features holds."""
    for name, template_type in _TEMPLATES.items():
        put_record(books, "Template", (("Name", name), ("TemplateType", template_type)))
    if known.multicurrency:
        _open_currencies(books, known.home_currency)
    if known.sales_tax:
        _charge_sales_tax(books, known)


def put_record(books: Books, kind: str, fields: Sequence[tuple[str, str]]) -> Row:
    """Add a record of plain fields, also of a kind that no message can add; "…Ref" takes a full name."""
    made = element(f"{kind}Add")
    for name, value in fields:
        child = element(name, "" if name.endswith("Ref") else value)
        if name.endswith("Ref"):
            child.append(element("FullName", value))
        made.append(child)
    return add(books, KINDS[kind], made)


def _open_currencies(books: Books, home: str) -> None:
    known = _CURRENCIES if home in _CURRENCIES else {home: home[:3].upper(), **_CURRENCIES}
    for name, code in known.items():
        rate = (("ExchangeRate", "1"), ("AsOfDate", books.clock.today())) if name == home else ()
        fields = (("Name", name), ("CurrencyCode", code), ("IsUserDefinedCurrency", "false"), *rate)
        put_record(books, "Currency", fields)


def _charge_sales_tax(books: Books, known: Features) -> None:
    """The two codes that QuickBooks makes when sales tax is switched on, the usual tax item and its agency."""
    taxable = (("Name", "Tax"), ("IsTaxable", "true"), ("Desc", "Taxable Sales"))
    put_record(books, "SalesTaxCode", taxable)
    put_record(books, "SalesTaxCode", (("Name", "Non"), ("IsTaxable", "false"), ("Desc", "Non-Taxable Sales")))
    put_record(books, "Vendor", (("Name", TAX_VENDOR), ("CompanyName", TAX_VENDOR)))
    special_account(books, "SalesTaxPayable")
    rate = f"{known.tax_rate:f}"
    fields = (("Name", known.tax_item), ("ItemDesc", "Sales Tax"), ("TaxRate", rate), ("TaxVendorRef", TAX_VENDOR))
    put_record(books, "ItemSalesTax", fields)
