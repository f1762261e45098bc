"""Product ↔ Item of every sold type, and the standard price of each.

Facts: QBXML_OBJECTS (Item…), SALESFORCE section 6.

QuickBooks names a child item "Parent:Child"; a product carries that whole name. What cannot stand below another item,
a group, has only its own.
"""

from dataclasses import replace

from apatar.sync.known import Known
from apatar.sync.mapping import VARIANT, Direction, Field, Mode, ObjectMapping, Owner, Variant
from apatar.sync.pairs.building import matched, shown
from apatar.sync.record import Record, Side
from apatar.sync.values import Kind, Value

SOLD = (
    "ItemService", "ItemNonInventory", "ItemInventory", "ItemInventoryAssembly", "ItemOtherCharge", "ItemDiscount",
    "ItemGroup",
)  # fmt: skip
_SALE = frozenset({"SalesOrPurchase"})
_STOCK = frozenset({"SalesDesc", "SalesPrice", "PurchaseCost", "IncomeAccountRef", "COGSAccountRef", "AssetAccountRef"})
_VARIANTS = (
    Variant(name="ItemService", heads=_SALE),
    Variant(name="ItemNonInventory", heads=_SALE),
    Variant(name="ItemInventory", heads=_STOCK),
    Variant(name="ItemInventoryAssembly", heads=_STOCK),
    Variant(name="ItemOtherCharge", heads=_SALE),
    Variant(name="ItemDiscount", heads=frozenset({"ItemDesc", "AccountRef"})),
    Variant(name="ItemGroup", heads=frozenset({"ItemDesc"})),
)
NAME_LENGTH = 31
PRICE = "SalesOrPurchase.Price|SalesAndPurchase.SalesPrice|SalesPrice"


def is_not_sold(record: Record) -> bool:
    """Tell whether an item is of a kind that no product stands for: subtotals, payments, taxes, fixed assets."""
    return record.side is Side.QUICKBOOKS and record.fields.get(VARIANT) not in SOLD


def _own_name(record: Record, known: Known) -> Value:  # noqa: ARG001 - the shape of Field.computes
    return str(record.fields.get("Name") or "").rpartition(":")[2].strip() or None


def _parent_name(record: Record, known: Known) -> Value:  # noqa: ARG001
    return str(record.fields.get("Name") or "").rpartition(":")[0].strip() or None


def _kind(record: Record, known: Known) -> Value:  # noqa: ARG001
    return str(record.fields.get(VARIANT) or "").removeprefix("Item") or None


def _members(record: Record, known: Known) -> Value:  # noqa: ARG001
    """Say what a group or an assembly is made of, a line each."""
    listed = (
        f"{line.fields.get('Quantity') or 1} of "
        f"{line.fields.get('ItemRef.FullName') or line.fields.get('ItemInventoryRef.FullName')}"
        for line in record.lines
    )
    return "\n".join(listed) or None


def _new(name: str, label: str, quickbooks: str, **more: object) -> Field:
    plain = Field(
        name=name,
        label=label,
        kind=Kind.TEXT,
        salesforce=("Name",),
        quickbooks=(quickbooks,),
        direction=Direction.TO_QUICKBOOKS,
        mode=Mode.ONLY_CREATE,
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # the fields of Field, by name


def _account(name: str, label: str, salesforce: str, quickbooks: str) -> Field:
    return replace(
        shown(name, label, Kind.TEXT, salesforce, quickbooks),
        direction=Direction.BOTH,
        default=f"lookup('item_defaults', '{name}', '')",
    )


PRODUCTS = ObjectMapping(
    name="products_items",
    label="Products and items",
    salesforce_object="Product2",
    quickbooks_object="Item",
    direction=Direction.TO_SALESFORCE,
    ignores=is_not_sold,
    variants=_VARIANTS,
    fields=(
        replace(
            shown("name", "Name", Kind.TEXT, "Name", "FullName|Name"), salesforce_length=255, required=True, quiet=False
        ),
        _new("own_name", "Item name", "Name", quickbooks_length=NAME_LENGTH, computes=_own_name),
        _new("parent", "Parent item", "ParentRef.FullName", computes=_parent_name),
        _new(
            "new_type",
            "Type of a new item",
            VARIANT,
            salesforce=("QuickBooks_Item_Type__c",),
            formula="'Item' + coalesce(record.QuickBooks_Item_Type__c, lookup('item_defaults', 'type', 'Service'))",
            quiet=True,
        ),
        replace(shown("item_type", "Item type", Kind.TEXT, "QuickBooks_Item_Type__c", VARIANT), computes=_kind),
        replace(shown("code", "Product code", Kind.TEXT, "ProductCode", "Name"), salesforce_length=255),
        Field(
            name="description",
            label="Description",
            kind=Kind.LONG_TEXT,
            salesforce=("Description",),
            quickbooks=("SalesOrPurchase.Desc|SalesAndPurchase.SalesDesc|SalesDesc|ItemDesc",),
            owner=Owner.QUICKBOOKS,
            salesforce_length=4000,
            quickbooks_length=4095,
        ),
        replace(shown("active", "Active", Kind.BOOLEAN, "IsActive", "IsActive"), quiet=False),
        shown("tax_code", "Tax code", Kind.TEXT, "QuickBooks_Tax_Code__c", "SalesTaxCodeRef.FullName"),
        replace(
            _account(
                "income_account",
                "Income account",
                "QuickBooks_Income_Account__c",
                "SalesOrPurchase.AccountRef.FullName|SalesAndPurchase.IncomeAccountRef.FullName"
                "|IncomeAccountRef.FullName|AccountRef.FullName",
            ),
            needed_in=(Side.QUICKBOOKS,),
        ),
        _account(
            "expense_account",
            "Expense account",
            "QuickBooks_Expense_Account__c",
            "SalesAndPurchase.ExpenseAccountRef.FullName|COGSAccountRef.FullName",
        ),
        _account("asset_account", "Asset account", "QuickBooks_Asset_Account__c", "AssetAccountRef.FullName"),
        shown(
            "cost", "Cost", Kind.NUMBER, "QuickBooks_Cost__c", "SalesAndPurchase.PurchaseCost|PurchaseCost", places=5
        ),
        shown("on_hand", "On hand", Kind.NUMBER, "QuickBooks_On_Hand__c", "QuantityOnHand", places=5),
        replace(
            shown("members", "Members", Kind.LONG_TEXT, "QuickBooks_Members__c", ""), quickbooks=(), computes=_members
        ),
    ),
)

PRICES = ObjectMapping(
    name="prices_items",
    label="Standard prices",
    salesforce_object="PricebookEntry",
    quickbooks_object="Item",
    direction=Direction.TO_SALESFORCE,
    ignores=is_not_sold,
    scope="product",
    salesforce_filter="record['Pricebook2.IsStandard'] == true",
    fields=(
        matched("name", "Name", ("Name",), ("FullName|Name",)),
        Field(
            name="product",
            label="Product",
            kind=Kind.REFERENCE,
            salesforce=("Product2Id",),
            quickbooks=("ListID",),
            refers_to=("products_items",),
            direction=Direction.TO_SALESFORCE,
            mode=Mode.ONLY_CREATE,
            required=True,
        ),
        replace(
            shown("price_book", "Price book", Kind.TEXT, "Pricebook2Id", ""),
            quickbooks=(),
            mode=Mode.ONLY_CREATE,
            formula="lookup('org', 'standard_price_book', '')",
        ),
        # An item that was made for a document may have no price of its own: the standard price is left as it is.
        replace(shown("price", "Price", Kind.NUMBER, "UnitPrice", PRICE), default="0", required=True, quiet=False),
        replace(shown("active", "Active", Kind.BOOLEAN, "IsActive", "IsActive"), quiet=False),
    ),
)
