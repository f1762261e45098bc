"""What a sample company trades with: accounts, taxes, classes, and items of every kind."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from random import Random
from typing import Final

from apatar.sandbox.quickbooks.features import Features
from apatar.sandbox.quickbooks.sample_requests import add, leaf, ref
from apatar.sandbox.quickbooks.seeding import TAX_VENDOR

TAX_GROUP: Final = "State and City Tax"

_CITY_TAX = "City Tax"
_SALES, _SERVICES, _DISCOUNTS, _PURCHASES = "Sales", "Service Income", "Sales Discounts", "Job Materials"
_STOCK, _COST = "Inventory Asset", "Cost of Goods Sold"
_ACCOUNTS = {
    _SERVICES: ("Income", "40200"),
    "Shipping Income": ("Income", "40300"),
    _DISCOUNTS: ("Income", "49000"),
    _PURCHASES: ("CostOfGoodsSold", "54300"),
    "Tools and Machinery": ("FixedAsset", "15000"),
}
_SPECIAL = ("InventoryAssets", "CostOfGoodsSold", "UndepositedFunds")
_CODES = {"Euro": "EUR", "US Dollar": "USD"}
_CLASSES = ("East", "West", "Remodel")

# A family is a parent item and the items below it.
_FAMILIES = (
    ("Lumber", "ItemInventory"),
    ("Labor", "ItemService"),
    ("Supplies", "ItemNonInventory"),
    ("Hardware", "ItemInventory"),
    ("Consulting", "ItemService"),
)
_CHILDREN = 5


def second_currency(known: Features) -> str:
    """Name the currency in which customers abroad trade."""
    return "US Dollar" if known.home_currency == "Euro" else "Euro"


def second_rate(known: Features) -> Decimal:
    """What one unit of it is worth at home; two figures that only look like rates."""
    return Decimal("0.92") if known.home_currency == "Euro" else Decimal("1.09")


def trade_lists(known: Features) -> Iterator[str]:
    """Everything that items and documents point to, beyond the small lists of every sample."""
    for name, (account_type, number) in _ACCOUNTS.items():
        yield add("Account", leaf("Name", name) + leaf("AccountType", account_type) + leaf("AccountNumber", number))
    for special in _SPECIAL:
        yield add("SpecialAccount", leaf("SpecialAccountType", special))
    for method in ("MasterCard", "AmericanExpress"):
        yield add("PaymentMethod", leaf("Name", method) + leaf("PaymentMethodType", method))
    yield add("CustomerMsg", leaf("Name", "It's been a pleasure working with you!"))
    yield add("StandardTerms", _terms("2% 10 Net 30", "30", discount=("10", "2.00")))
    if known.multicurrency:
        abroad = second_currency(known)
        receivable = leaf("Name", f"Accounts Receivable - {_CODES[abroad]}") + leaf("AccountType", "AccountsReceivable")
        yield add("Account", receivable + ref("CurrencyRef", abroad))
    if known.sales_tax:
        yield from _taxes(known)
    for name in _CLASSES if known.classes else ():
        yield add("Class", leaf("Name", name))


def _terms(name: str, due: str, *, discount: tuple[str, str]) -> str:
    days, percent = discount
    return leaf("Name", name) + leaf("StdDueDays", due) + leaf("StdDiscountDays", days) + leaf("DiscountPct", percent)


def _taxes(known: Features) -> Iterator[str]:
    inside = leaf("Name", _CITY_TAX) + leaf("ItemDesc", _CITY_TAX) + leaf("TaxRate", "1.5")
    yield add("ItemSalesTax", inside + ref("TaxVendorRef", TAX_VENDOR))
    both = ref("ItemSalesTaxRef", known.tax_item) + ref("ItemSalesTaxRef", _CITY_TAX)
    yield add("ItemSalesTaxGroup", leaf("Name", TAX_GROUP) + leaf("ItemDesc", "Sales Tax") + both)


def items(seed: int) -> Iterator[str]:
    """Yield items without end; the same seed gives the same prices."""
    chance = Random(seed)  # noqa: S311 - prices of a sample are no secret
    yield from _single_items()
    leaves: list[str] = []
    stock: list[str] = []
    for number in count():
        word, kind = _FAMILIES[number % len(_FAMILIES)]
        family = word if number < len(_FAMILIES) else f"{word} {number // len(_FAMILIES) + 1}"
        yield _traded(kind, family, "", chance)
        for child in range(1, _CHILDREN + 1):
            yield _traded(kind, f"{family[:20]} no. {child}", family, chance)
            (stock if kind == "ItemInventory" else leaves).append(f"{family}:{family[:20]} no. {child}")
        yield _group(f"{family} kit", (stock + leaves)[-3:], chance)
        if kind == "ItemInventory":
            yield _assembly(f"{family} frame", stock[-2:], chance)


def _single_items() -> Iterator[str]:
    charge = leaf("Desc", "Freight and handling") + leaf("Price", "15.00") + ref("AccountRef", "Shipping Income")
    yield add("ItemOtherCharge", _coded("Freight", "Non") + f"<SalesOrPurchase>{charge}</SalesOrPurchase>")
    yield add("ItemSubtotal", leaf("Name", "Subtotal") + leaf("ItemDesc", "Subtotal"))
    discount = leaf("Name", "Loyalty discount") + leaf("ItemDesc", "Discount for loyal customers")
    percent = leaf("DiscountRatePercent", "10.0") + ref("AccountRef", _DISCOUNTS)
    yield add("ItemDiscount", discount + ref("SalesTaxCodeRef", "Tax") + percent)
    payment = leaf("Name", "Deposit paid") + leaf("ItemDesc", "Paid in advance") + ref("PaymentMethodRef", "Check")
    yield add("ItemPayment", payment)
    machine = leaf("Name", "Table saw") + leaf("AcquiredAs", "New") + leaf("PurchaseDesc", "Table saw")
    bought = leaf("PurchaseDate", "2024-01-02") + ref("AssetAccountRef", "Tools and Machinery")
    yield add("ItemFixedAsset", machine + bought)


def _coded(name: str, code: str, parent: str = "") -> str:
    return leaf("Name", name) + (ref("ParentRef", parent) if parent else "") + ref("SalesTaxCodeRef", code)


def _traded(kind: str, name: str, parent: str, chance: Random) -> str:
    """Print one service, part or product."""
    price = Decimal(chance.randint(500, 50_000)) / 100
    cost = (price * Decimal("0.6")).quantize(Decimal("0.01"))
    head = _coded(name, "Non" if kind == "ItemService" else "Tax", parent)
    if kind == "ItemInventory":
        opening = leaf("QuantityOnHand", str(chance.randint(50, 500)))
        return add(kind, head + _stocked(name, price, cost) + leaf("ReorderPoint", "20") + opening)
    if kind == "ItemService":
        sold = leaf("Desc", name) + leaf("Price", f"{price}") + ref("AccountRef", _SERVICES)
        return add(kind, f"{head}<SalesOrPurchase>{sold}</SalesOrPurchase>")
    sold = leaf("SalesDesc", name) + leaf("SalesPrice", f"{price}") + ref("IncomeAccountRef", _SALES)
    bought = leaf("PurchaseDesc", name) + leaf("PurchaseCost", f"{cost}") + ref("ExpenseAccountRef", _PURCHASES)
    return add(kind, f"{head}<SalesAndPurchase>{sold}{bought}</SalesAndPurchase>")


def _stocked(name: str, price: Decimal, cost: Decimal) -> str:
    sold = leaf("SalesDesc", name) + leaf("SalesPrice", f"{price}") + ref("IncomeAccountRef", _SALES)
    bought = leaf("PurchaseDesc", name) + leaf("PurchaseCost", f"{cost}")
    return sold + bought + ref("COGSAccountRef", _COST) + ref("AssetAccountRef", _STOCK)


def _group(name: str, members: list[str], chance: Random) -> str:
    lines = "".join(
        f"<ItemGroupLine>{ref('ItemRef', member)}{leaf('Quantity', str(chance.randint(1, 4)))}</ItemGroupLine>"
        for member in members
    )
    return add("ItemGroup", leaf("Name", name) + leaf("ItemDesc", name) + leaf("IsPrintItemsInGroup", "true") + lines)


def _assembly(name: str, parts: list[str], chance: Random) -> str:
    price = Decimal(chance.randint(20_000, 90_000)) / 100
    lines = "".join(
        f"<ItemInventoryAssemblyLine>{ref('ItemInventoryRef', part)}{leaf('Quantity', '2')}</ItemInventoryAssemblyLine>"
        for part in parts
    )
    cost = (price * Decimal("0.6")).quantize(Decimal("0.01"))
    return add("ItemInventoryAssembly", _coded(name, "Tax") + _stocked(name, price, cost) + lines)


def price_levels(items_made: int) -> Iterator[str]:
    """A level with prices of its own, where there is an item to give one to."""
    if items_made > len(list(_single_items())):
        price = f"<PriceLevelPerItem>{ref('ItemRef', _FAMILIES[0][0])}{leaf('CustomPrice', '4.50')}</PriceLevelPerItem>"
        yield add("PriceLevel", leaf("Name", "Builders") + price)
