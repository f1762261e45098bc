"""The shapes of requests about items, and the order of their Rets (QBXML_OBJECTS, ItemService to Item)."""

_QUERY = "( &chosen | &page &class ) &trim &owners"
_QUERY_WITHOUT_CLASS = "( &chosen | &page ) &trim &owners"

_START = "Name:31! &barcode IsActive:bool"
_AGAIN = "&identity Name:31 &barcode IsActive:bool"
_CLASS = "ClassRef>159@12"
_TAX = "SalesTaxCodeRef>3"
_GUID = "ExternalGUID:guid@8"
_PART = "ManufacturerPartNumber:31@7"
_MEMBER = "ItemGroupLine{often}{{ ItemRef> Quantity:quan UnitOfMeasure:31@7 }}"
_COMPONENT = "ItemInventoryAssemblyLine{often}{{ ItemInventoryRef>159! Quantity:quan }}"

_ADDS = {
    "Service": f"{_START} {_CLASS} ParentRef> &measure {_TAX} &sold {_GUID}",
    "NonInventory": f"{_START} ParentRef> {_CLASS} {_PART} &measure {_TAX} &sold {_GUID}",
    "OtherCharge": f"{_START} {_CLASS} ParentRef> {_TAX} &sold {_GUID}",
    "Inventory": f"{_START} {_CLASS} ParentRef> {_PART} &measure {_TAX} &stocked ReorderPoint:quan Max:quan@13 "
    f"&opening {_GUID}",
    "InventoryAssembly": f"{_START} {_CLASS} ParentRef> ManufacturerPartNumber:31@12 &measure {_TAX} &stocked "
    f"BuildPoint:quan Max:quan@13 &opening {_GUID} {_COMPONENT.format(often='*')}",
    "FixedAsset": f"{_START} {_CLASS} AcquiredAs:[New|Old]! PurchaseDesc:50! PurchaseDate:date! &asset "
    f"FixedAssetSalesInfo{{ &disposal }} &assetrest {_GUID}",
    "Subtotal": f"{_START} ItemDesc:4095 {_GUID}",
    "Discount": f"{_START} {_CLASS} ParentRef> ItemDesc:4095 {_TAX} &discount AccountRef>159 {_GUID}",
    "Payment": f"{_START} {_CLASS} ItemDesc:4095 DepositToAccountRef>159 PaymentMethodRef>31 {_GUID}",
    "SalesTax": f"{_START} {_CLASS} ItemDesc:4095 TaxRate:pct TaxVendorRef>41 {_GUID}",
    "SalesTaxGroup": f"{_START} ItemDesc:4095 {_GUID} ItemSalesTaxRef>31+",
    "Group": f"{_START} ItemDesc:4095 &measure IsPrintItemsInGroup:bool {_GUID} {_MEMBER.format(often='*')}",
}
_MODS = {
    "Service": f"{_AGAIN} {_CLASS} ParentRef> &measured {_TAX} &resold",
    "NonInventory": f"{_AGAIN} {_CLASS} ParentRef> {_PART} &measured {_TAX} &resold",
    "OtherCharge": f"{_AGAIN} {_CLASS} ParentRef> {_TAX} &resold",
    "Inventory": f"{_AGAIN} {_CLASS} ParentRef> {_PART} &measured {_TAX} &restocked "
    "ApplyCOGSAccountRefToExistingTxns:bool@8 PrefVendorRef>41 AssetAccountRef>159 ReorderPoint:quan Max:quan@13",
    "InventoryAssembly": f"{_AGAIN} {_CLASS} ParentRef> ManufacturerPartNumber:31@12 &measured {_TAX} &restocked "
    "PrefVendorRef>41 AssetAccountRef>159 BuildPoint:quan Max:quan@13 "
    f"( ClearItemsInGroup:bool! | {_COMPONENT.format(often='+')} )",
    "FixedAsset": f"{_AGAIN} {_CLASS} AcquiredAs:[New|Old] PurchaseDesc:50 PurchaseDate:date &asset "
    "FixedAssetSalesInfoMod{ SalesDesc:50 SalesDate:date SalesPrice:price SalesExpense:price } &assetrest",
    "Subtotal": f"{_AGAIN} ItemDesc:4095",
    "Discount": f"{_AGAIN} {_CLASS} ParentRef> ItemDesc:4095 {_TAX} &discount AccountRef>159@7 "
    "ApplyAccountRefToExistingTxns:bool@7",
    "Payment": f"{_AGAIN} {_CLASS} ItemDesc:4095 DepositToAccountRef>159 PaymentMethodRef>31",
    "SalesTax": f"{_AGAIN} {_CLASS} ItemDesc:4095 TaxRate:pct TaxVendorRef>41",
    "SalesTaxGroup": f"{_AGAIN} ItemDesc:4095 ItemSalesTaxRef>31*",
    "Group": f"{_AGAIN} ItemDesc:4095 &measured IsPrintItemsInGroup:bool "
    f"( ClearItemsInGroup:bool! | {_MEMBER.format(often='+')} )",
}
_CLASSLESS = ("Subtotal", "SalesTaxGroup", "Group")

ITEM_REQUESTS = {
    "ItemQuery": _QUERY_WITHOUT_CLASS,
    **{f"Item{kind}Query": _QUERY_WITHOUT_CLASS if kind in _CLASSLESS else _QUERY for kind in _ADDS},
    **{f"Item{kind}Add": f"Item{kind}Add!{{ {content} }} &trim" for kind, content in _ADDS.items()},
    **{f"Item{kind}Mod": f"Item{kind}Mod!{{ {content} }} &trim" for kind, content in _MODS.items()},
}

_CHANGED_FROM_THE_START = ("Service", "NonInventory", "Inventory")
ITEMS_SINCE = {
    "ItemFixedAssetQuery": "3",
    "ItemFixedAssetAdd": "3",
    "ItemInventoryAssemblyQuery": "2",
    "ItemInventoryAssemblyAdd": "2",
    **{f"Item{kind}Mod": "3" for kind in _MODS if kind not in _CHANGED_FROM_THE_START},
}

_HEAD = "ListID TimeCreated TimeModified EditSequence Name"
_TREE = f"{_HEAD} FullName BarCodeValue@12 IsActive ClassRef@12 ParentRef Sublevel"
_FLAT = f"{_HEAD} BarCodeValue@12 IsActive"
_STOCK = "SalesDesc SalesPrice IncomeAccountRef PurchaseDesc PurchaseCost COGSAccountRef PrefVendorRef AssetAccountRef"
_COUNTS = "QuantityOnHand AverageCost QuantityOnOrder QuantityOnSalesOrder@2 ExternalGUID@8"

ITEM_RETS = {
    "ItemService": f"{_TREE} UnitOfMeasureSetRef@7 SalesTaxCodeRef SalesOrPurchase SalesAndPurchase ExternalGUID@8 "
    "DataExtRet@2",
    "ItemNonInventory": f"{_TREE} ManufacturerPartNumber@7 UnitOfMeasureSetRef@7 SalesTaxCodeRef SalesOrPurchase "
    "SalesAndPurchase ExternalGUID@8 DataExtRet@2",
    "ItemOtherCharge": f"{_TREE} SalesTaxCodeRef SalesOrPurchase SalesAndPurchase SpecialItemType@6 ExternalGUID@8 "
    "DataExtRet@2",
    "ItemInventory": f"{_TREE} ManufacturerPartNumber@7 UnitOfMeasureSetRef@7 SalesTaxCodeRef {_STOCK} ReorderPoint "
    f"Max@13 {_COUNTS} DataExtRet@2",
    "ItemInventoryAssembly": f"{_TREE} ManufacturerPartNumber@12 UnitOfMeasureSetRef@7 SalesTaxCodeRef {_STOCK} "
    f"BuildPoint Max@13 {_COUNTS} ItemInventoryAssemblyLine DataExtRet@2",
    "ItemFixedAsset": f"{_FLAT} ClassRef@12 AcquiredAs PurchaseDesc PurchaseDate PurchaseCost VendorOrPayeeName "
    "AssetAccountRef FixedAssetSalesInfo AssetDesc Location PONumber SerialNumber WarrantyExpDate Notes AssetNumber "
    "CostBasis YearEndAccumulatedDepreciation YearEndBookValue ExternalGUID@8 DataExtRet@2",
    "ItemSubtotal": f"{_FLAT} ItemDesc SpecialItemType@6 ExternalGUID@8 DataExtRet@2",
    "ItemDiscount": f"{_TREE} ItemDesc SalesTaxCodeRef DiscountRate DiscountRatePercent AccountRef ExternalGUID@8 "
    "DataExtRet@2",
    "ItemPayment": f"{_FLAT} ClassRef@12 ItemDesc DepositToAccountRef PaymentMethodRef ExternalGUID@8 DataExtRet@2",
    "ItemSalesTax": f"{_FLAT} ClassRef@12 ItemDesc TaxRate TaxVendorRef ExternalGUID@8 DataExtRet@2",
    "ItemSalesTaxGroup": f"{_FLAT} ItemDesc ExternalGUID@8 ItemSalesTaxRef DataExtRet@2",
    "ItemGroup": f"{_FLAT} ItemDesc UnitOfMeasureSetRef@7 IsPrintItemsInGroup SpecialItemType@6 ExternalGUID@8 "
    "ItemGroupLine DataExtRet@2",
}
ITEM_TREES = frozenset(kind for kind, order in ITEM_RETS.items() if "ParentRef" in order)
