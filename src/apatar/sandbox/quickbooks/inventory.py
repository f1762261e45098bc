"""Moving stock: what a document does to the counts of an inventory item."""

from dataclasses import replace
from decimal import Decimal

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.items import STOCKED
from apatar.sandbox.quickbooks.markup import element, parsed, printed, text_of
from apatar.sandbox.quickbooks.values import price_text, quantity_text

NOTHING = Decimal(0)


def move_stock(
    books: Books,
    list_id: str,
    *,
    on_hand: Decimal = NOTHING,
    on_sales_order: Decimal = NOTHING,
    on_order: Decimal = NOTHING,
    unit_cost: Decimal | None = None,
) -> bool:
    """Add to the counts of an item (negative: take away); return whether it keeps any.

    A `unit_cost` with goods that come in changes the average cost. Stock may fall below nothing (captured: -281). The
    item's TimeModified and EditSequence stay as they are: that a sale does not count as a change of the item is
    unverified.
    """
    row = books.store.by_id(STOCKED, list_id)
    if row is None:
        return False
    ret = parsed(row.body)
    before = Decimal(text_of(ret, "QuantityOnHand") or "0")
    texts = {"QuantityOnHand": quantity_text(before + on_hand)}
    for name, moved in (("QuantityOnOrder", on_order), ("QuantityOnSalesOrder", on_sales_order)):
        texts[name] = quantity_text(Decimal(text_of(ret, name) or "0") + moved)
    if unit_cost is not None and on_hand > 0:
        average = Decimal(text_of(ret, "AverageCost") or "0")
        texts["AverageCost"] = price_text(_average(before, average, on_hand, unit_cost))
    for name, text in texts.items():
        found = ret.find(name)
        (element(name) if found is None else found).text = text
    books.store.update(replace(row, body="".join(printed(child) for child in ret)))
    return True


def _average(held: Decimal, average: Decimal, added: Decimal, cost: Decimal) -> Decimal:
    """Weigh old stock and new; what was short before counts for nothing."""
    kept = max(held, NOTHING)
    return (kept * average + added * cost) / (kept + added)
