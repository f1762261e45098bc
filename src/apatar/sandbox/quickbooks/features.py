"""What a company's QuickBooks can do: its edition and the preferences that switch messages on and off."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from apatar.sandbox.quickbooks.errors import CompanyFileError
from apatar.sandbox.quickbooks.markup import parsed, text_of
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Store

EDITIONS: Final = ("pro", "premier", "enterprise")


@dataclass(frozen=True, slots=True)
class Features:
    """The edition and the preferences of one company.

    `home_currency` is a name ("US Dollar") and counts only with `multicurrency`; `tax_rate` is the percentage of the
    company's usual tax item, which exists only with `sales_tax`. Nothing may be changed on or before `closing_date`.
    """

    edition: str = "enterprise"
    multicurrency: bool = False
    home_currency: str = "US Dollar"
    sales_tax: bool = False
    tax_item: str = "State Tax"
    tax_rate: Decimal = Decimal("7.25")
    classes: bool = False
    closing_date: date | None = None

    def settings(self) -> Iterator[tuple[str, str]]:
        """Return the rows of the company file that keep this; raises CompanyFileError for an unknown edition."""
        if self.edition not in EDITIONS:
            raise CompanyFileError(f"There is no edition {self.edition!r}; choose one of {', '.join(EDITIONS)}.")
        yield "edition", self.edition
        yield "multicurrency", _said(self.multicurrency)
        yield "home_currency", self.home_currency
        yield "sales_tax", _said(self.sales_tax)
        yield "tax_item", self.tax_item
        yield "tax_rate", str(self.tax_rate)
        yield "classes", _said(self.classes)
        yield "closing_date", self.closing_date.isoformat() if self.closing_date else ""


def features(store: Store) -> Features:
    """Read what the company file says of itself."""
    closing_date = store.setting("closing_date")
    return Features(
        edition=store.setting("edition", "enterprise"),
        multicurrency=store.setting("multicurrency") == "true",
        home_currency=store.setting("home_currency", "US Dollar"),
        sales_tax=store.setting("sales_tax") == "true",
        tax_item=store.setting("tax_item", "State Tax"),
        tax_rate=Decimal(store.setting("tax_rate", "7.25")),
        classes=store.setting("classes") == "true",
        closing_date=date.fromisoformat(closing_date) if closing_date else None,
    )


def require(store: Store, message: str) -> None:
    """Refuse a message ("CurrencyQuery") whose feature is not there: 3250.

    QBWC section 5: no new sales orders in Pro; currencies only with multi-currency; classes only where they are
    tracked. That each is answered with 3250 is stated for the first alone, the others are inferred.
    """
    missing = (
        (message == "SalesOrderAdd" and store.setting("edition") == "pro")
        or (message.startswith("Currency") and store.setting("multicurrency") != "true")
        or (message in {"ClassQuery", "ClassAdd", "ClassMod"} and store.setting("classes") != "true")
    )
    if missing:
        raise Refused(3250)


def take_preferences(store: Store, preferences: str) -> None:
    """Follow a captured PreferencesRet (its inside)."""
    said = parsed(preferences)
    switches = {
        "multicurrency": "MultiCurrencyPreferences/IsMultiCurrencyOn",
        "classes": "AccountingPreferences/IsUsingClassTracking",
    }
    for name, path in switches.items():
        store.put_setting(name, _said(text_of(said, path) == "true"))
    store.put_setting("sales_tax", _said(said.find("SalesTaxPreferences") is not None))
    store.put_setting("closing_date", text_of(said, "AccountingPreferences/ClosingDate"))
    home = text_of(said, "MultiCurrencyPreferences/HomeCurrencyRef/FullName")
    if home:
        store.put_setting("home_currency", home)
    tax_item = text_of(said, "SalesTaxPreferences/DefaultItemSalesTaxRef/FullName")
    if tax_item:
        store.put_setting("tax_item", tax_item)


def take_product(store: Store, product: str) -> None:
    """Follow a captured ProductName ("QuickBooks Pro 2014")."""
    named = [edition for edition in EDITIONS if edition in product.casefold()]
    if named:
        store.put_setting("edition", named[0])


def _said(yes: bool) -> str:
    return "true" if yes else "false"
