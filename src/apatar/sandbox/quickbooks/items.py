"""What is particular to items: bar codes, the accounts they post to, prices, member lines and stock."""

from decimal import Decimal
from typing import Final

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.derived import Fields, put
from apatar.sandbox.quickbooks.kinds import Kind
from apatar.sandbox.quickbooks.markup import Node, element, text_of
from apatar.sandbox.quickbooks.references import is_blank, is_reference
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.taxes import tax_item
from apatar.sandbox.quickbooks.values import price_text, quantity_text

STOCKED: Final = ("ItemInventory", "ItemInventoryAssembly")

# The parts of an item's aggregates in the order of its Ret (QBXML_OBJECTS).
_PARTS = {
    "SalesOrPurchase": ("Desc", "Price", "PricePercent", "AccountRef"),
    "SalesAndPurchase": (
        "SalesDesc",
        "SalesPrice",
        "IncomeAccountRef",
        "PurchaseDesc",
        "PurchaseCost",
        "ExpenseAccountRef",
        "PrefVendorRef",
    ),
    "FixedAssetSalesInfo": ("SalesDesc", "SalesDate", "SalesPrice", "SalesExpense"),
}
# Of each pair an item has one: giving it takes the other away.
_EITHER = {
    "Price": "PricePercent",
    "PricePercent": "Price",
    "DiscountRate": "DiscountRatePercent",
    "DiscountRatePercent": "DiscountRate",
    "SalesOrPurchase": "SalesAndPurchase",
    "SalesAndPurchase": "SalesOrPurchase",
}
# Accounts without which nothing can be posted. Which of them QuickBooks demands is well known, not captured.
_POSTING = {
    "SalesOrPurchase": ("AccountRef",),
    "SalesAndPurchase": ("IncomeAccountRef", "ExpenseAccountRef"),
    "ItemInventory": ("IncomeAccountRef", "COGSAccountRef", "AssetAccountRef"),
    "ItemInventoryAssembly": ("IncomeAccountRef", "COGSAccountRef", "AssetAccountRef"),
    "ItemDiscount": ("AccountRef",),
    "ItemFixedAsset": ("AssetAccountRef",),
}
_TAXABLE = frozenset(f"Item{kind}" for kind in ("Service", "NonInventory", "OtherCharge", "Discount")) | {*STOCKED}


def complete_new(books: Books, kind: Kind, given: Fields, fields: Fields) -> None:
    """Finish a new item's Ret; raises Refused 3270 where it has no account to post to."""
    _keep_bar_code(given, fields)
    if kind.name in STOCKED:
        _open_stock(given, fields)
    if kind.name in _TAXABLE:
        tax_item(books, fields)
    if kind.name == "ItemGroup":
        fields.setdefault("IsPrintItemsInGroup", [element("IsPrintItemsInGroup", "false")])
    require_accounts(kind, fields)


def complete_changed(kind: Kind, given: Fields, fields: Fields) -> None:
    """Carry what a Mod names differently into the item's Ret; raises Refused 3190, 3270."""
    _keep_bar_code(given, fields)
    for name in _PARTS:
        for node in given.get(f"{name}Mod", []):
            put(fields, name, [_merged(name, fields.get(name, []), node)])
            fields.pop(_EITHER.get(name, ""), None)
    for name in ("DiscountRate", "DiscountRatePercent"):
        if name in given and name in fields:
            fields.pop(_EITHER[name], None)
    if [node.text for node in given.get("ClearItemsInGroup", [])] == ["true"]:
        fields.pop("ItemGroupLine", None)
        fields.pop("ItemInventoryAssemblyLine", None)
    require_accounts(kind, fields)


def require_accounts(kind: Kind, fields: Fields) -> None:
    for name in _POSTING.get(kind.name, ()):
        if name not in fields:
            raise Refused(3270, field=name)
    for aggregate in ("SalesOrPurchase", "SalesAndPurchase"):
        for node in fields.get(aggregate, []):
            for name in _POSTING[aggregate]:
                if node.find(name) is None:
                    raise Refused(3270, field=name)


def _keep_bar_code(given: Fields, fields: Fields) -> None:
    """AssignEvenIfUsed and AllowOverride steer QuickBooks' own bar code list, which is not kept here."""
    for node in given.get("BarCode", []):
        value = text_of(node, "BarCodeValue")
        put(fields, "BarCodeValue", [element("BarCodeValue", value)] if value else [])


def _open_stock(given: Fields, fields: Fields) -> None:
    """Start the counts; the average cost is that of the opening value, or else the purchase cost (captures: 0.00)."""
    for name in ("SalesPrice", "PurchaseCost"):
        fields.setdefault(name, [element(name, "0.00")])
    opening = given.get("QuantityOnHand", [])
    quantity = Decimal((opening[0].text if opening else "") or "0")
    value = given.get("TotalValue", [])
    worth = Decimal((value[0].text if value else "") or "0")
    average = (
        worth / quantity if worth and quantity else Decimal(fields["PurchaseCost"][0].text or "0") * bool(quantity)
    )
    counts = {"QuantityOnHand": quantity_text(quantity), "AverageCost": price_text(average)}
    for name in ("QuantityOnHand", "AverageCost", "QuantityOnOrder", "QuantityOnSalesOrder"):
        fields[name] = [element(name, counts.get(name, "0"))]


def _merged(name: str, old: list[Node], new: Node) -> Node:
    """Write a Mod's aggregate over the item's own, part by part; an account cannot be cleared (QBWC section 4.7)."""
    known = {child.tag: child for child in (old[0] if old else ())}
    given = {child.tag: child for child in new if child.tag in _PARTS[name]}
    for part, node in given.items():
        blank = is_blank(node) if is_reference(node) else not (node.text or "").strip()
        if blank and part.endswith("AccountRef"):
            raise Refused(3190, field=part)
        known.pop(_EITHER.get(part, ""), None)
        known.pop(part, None)
        if not blank:
            known[part] = node
    made = element(name)
    made.extend([known[part] for part in _PARTS[name] if part in known])
    return made
