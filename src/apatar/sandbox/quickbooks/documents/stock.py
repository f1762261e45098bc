"""What documents do to the stock of inventory items."""

from collections import Counter
from decimal import Decimal

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.documents.records import Txn, text
from apatar.sandbox.quickbooks.inventory import move_stock
from apatar.sandbox.quickbooks.markup import parsed, text_of

_OUT = {"Invoice": -1, "SalesReceipt": -1, "CreditMemo": 1}


def move(books: Books, before: Txn | None, after: Txn | None) -> None:
    """Move stock by what a document now takes and did not take before, or the other way round."""
    one = after or before
    if one is None or one.kind not in {*_OUT, "SalesOrder"}:
        return
    was, now = _counts(before), _counts(after)
    for item in dict.fromkeys([*was, *now]):
        moved = now.get(item, Decimal(0)) - was.get(item, Decimal(0))
        if moved and one.kind == "SalesOrder":
            move_stock(books, item, on_sales_order=moved)
        elif moved:
            move_stock(books, item, on_hand=moved * _OUT[one.kind])


def _counts(txn: Txn | None) -> dict[str, Decimal]:
    """Return how many of each item a document takes; nothing while it is pending or closed."""
    counts: Counter[str] = Counter()
    if txn is None or txn.pending or text(txn.fields(), "IsManuallyClosed") == "true":
        return {}
    for line in parsed(txn.lines).iter(f"{txn.kind}LineRet"):
        quantity = Decimal(text_of(line, "Quantity") or "0") - Decimal(text_of(line, "Invoiced") or "0")
        if text_of(line, "IsManuallyClosed") != "true":
            counts[text_of(line, "ItemRef/ListID")] += quantity  # type: ignore[assignment]
    return {item: Decimal(count) for item, count in counts.items() if item}
