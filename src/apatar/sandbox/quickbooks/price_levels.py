"""Price levels: one percentage for everything, or a price for each of some items."""

from decimal import ROUND_HALF_UP, Decimal

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.derived import Fields, put
from apatar.sandbox.quickbooks.kinds import ITEMS
from apatar.sandbox.quickbooks.markup import Node, element, parsed, text_of
from apatar.sandbox.quickbooks.values import price_text

_STANDARD = ("SalesOrPurchase/Price", "SalesAndPurchase/SalesPrice", "SalesPrice")
_COST = ("SalesAndPurchase/PurchaseCost", "PurchaseCost")
_CENT = Decimal("0.01")


def keep_level(books: Books, given: Fields, fields: Fields) -> None:
    """Write what an Add or a Mod says of the prices into the Ret; a new list of items replaces the old one."""
    if "PriceLevelFixedPercentage" in given:
        put(fields, "PriceLevelPerItemRet", [])
        fields["PriceLevelType"] = [element("PriceLevelType", "FixedPercentage")]
    elif "PriceLevelPerItem" in given:
        put(fields, "PriceLevelFixedPercentage", [])
        known = {text_of(node, "ItemRef/ListID"): node for node in fields.get("PriceLevelPerItemRet", [])}
        priced = [_priced(books, node, known) for node in given["PriceLevelPerItem"]]
        put(fields, "PriceLevelPerItemRet", priced)
        fields["PriceLevelType"] = [element("PriceLevelType", "PerItem")]


def _priced(books: Books, given: Node, known: dict[str, Node]) -> Node:
    """A Ret knows only prices and percentages: an adjustment becomes the price that it comes to (inferred)."""
    base = _base(books, given, known)
    made = element("PriceLevelPerItemRet")
    for child in list(given):
        if child.tag == "AdjustPercentage":
            factor = 1 + Decimal(child.text or "0") / 100
            price = (base * factor).quantize(_CENT, ROUND_HALF_UP)
            made.append(element("CustomPrice", price_text(price)))
        elif child.tag != "AdjustRelativeTo":
            made.append(child)
    return made


def _base(books: Books, given: Node, known: dict[str, Node]) -> Decimal:
    """Return the price that is adjusted; the standard price where the item has no custom price yet."""
    list_id, relative = text_of(given, "ItemRef/ListID"), text_of(given, "AdjustRelativeTo")
    custom = text_of(known[list_id], "CustomPrice") if list_id in known else ""
    if relative == "CurrentCustomPrice" and custom:
        return Decimal(custom)
    row = books.store.by_id(ITEMS, list_id)
    ret = parsed(row.body if row else "")
    paths = _COST if relative == "Cost" else _STANDARD
    return Decimal(next((text for path in paths if (text := text_of(ret, path))), "0"))
