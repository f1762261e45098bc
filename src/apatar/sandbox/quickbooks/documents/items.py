"""What an item says of the line that sells it, and what a price level makes of its price."""

from dataclasses import dataclass
from decimal import Decimal

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.documents import money
from apatar.sandbox.quickbooks.kinds import ITEMS
from apatar.sandbox.quickbooks.markup import Node, parsed, text_of
from apatar.sandbox.quickbooks.references import resolve
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row

_DESCRIPTIONS = ("SalesOrPurchase/Desc", "SalesAndPurchase/SalesDesc", "SalesDesc", "ItemDesc")
_PRICES = ("SalesOrPurchase/Price", "SalesAndPurchase/SalesPrice", "SalesPrice", "DiscountRate")
_PERCENTS = ("SalesOrPurchase/PricePercent", "DiscountRatePercent")
# QuickBooks sells these by other means: a tax through the document's tax item, a group through a group line.
_NOT_ON_LINES = frozenset({"ItemSalesTax", "ItemSalesTaxGroup", "ItemGroup", "ItemPayment"})


@dataclass(frozen=True, slots=True)
class Item:
    """An item as a line sees it: `price` in home currency; `percent` where its price is a share of the line above."""

    row: Row
    description: str
    price: Decimal | None
    percent: Decimal | None
    tax_code: Node | None

    @property
    def is_discount(self) -> bool:
        return self.row.kind == "ItemDiscount"

    @property
    def is_subtotal(self) -> bool:
        return self.row.kind == "ItemSubtotal"


def item_of(books: Books, ref: Node, own: str) -> Item:
    """Return the item a line points to; raises Refused 3140, or 3280 for a kind that cannot stand on a line."""
    row = resolve(books, ref, own)
    if row.kind in _NOT_ON_LINES:
        raise Refused(3280, value=row.full_name, field=own)
    return read_item(row)


def read_item(row: Row) -> Item:
    ret = parsed(row.body)
    return Item(
        row=row,
        description=_first(ret, _DESCRIPTIONS),
        price=money.number(_first(ret, _PRICES)),
        percent=money.number(_first(ret, _PERCENTS)),
        tax_code=ret.find("SalesTaxCodeRef"),
    )


def _first(ret: Node, paths: tuple[str, ...]) -> str:
    return next((found for path in paths if (found := text_of(ret, path))), "")


def priced(item: Item, level: Row | None) -> Decimal | None:
    """Return the price of an item under a price level, in home currency; levels do not touch discounts."""
    if item.price is None or level is None or item.is_discount:
        return item.price
    ret = parsed(level.body)
    fixed = text_of(ret, "PriceLevelFixedPercentage")
    if fixed:
        return money.cents(money.marked(item.price, Decimal(fixed)))
    for entry in ret.iterfind("PriceLevelPerItemRet"):
        if text_of(entry, "ItemRef/ListID") == item.row.list_id:
            return _custom(entry, item.price)
    return item.price


def _custom(entry: Node, price: Decimal) -> Decimal:
    custom, percent = text_of(entry, "CustomPrice"), text_of(entry, "CustomPricePercent")
    if custom:
        return Decimal(custom)
    return money.cents(money.marked(price, Decimal(percent))) if percent else price


def members(books: Books, group: Row) -> list[tuple[Row, Decimal]]:
    """Return the items of a group and how many of each one group holds."""
    found: list[tuple[Row, Decimal]] = []
    for entry in parsed(group.body).iterfind("ItemGroupLine"):
        row = books.store.by_id(ITEMS, text_of(entry, "ItemRef/ListID"))
        if row is not None:
            found.append((row, Decimal(text_of(entry, "Quantity") or "1")))
    return found


def tax_percent(books: Books, tax: Row) -> Decimal:
    """Return the rate of a tax item, or the sum of the rates of a group of tax items."""
    ret = parsed(tax.body)
    if tax.kind == "ItemSalesTax":
        return Decimal(text_of(ret, "TaxRate") or "0")
    parts = [books.store.by_id(("ItemSalesTax",), text_of(ref, "ListID")) for ref in ret.iterfind("ItemSalesTaxRef")]
    return sum((tax_percent(books, row) for row in parts if row), Decimal(0))
