"""Which requests this QuickBooks understands, and the shape of each.

Facts: the element order, lengths and versions of qbXML 16.0, US edition (QBXML_OBJECTS, QBWC sections 4.2 to 4.8).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from apatar.sandbox.quickbooks.entities import ENTITY_REQUESTS
from apatar.sandbox.quickbooks.fragments import FRAGMENTS
from apatar.sandbox.quickbooks.item_shapes import ITEM_REQUESTS, ITEMS_SINCE
from apatar.sandbox.quickbooks.lists import LIST_REQUESTS
from apatar.sandbox.quickbooks.notation import FIRST, Particle, Version, read, version_of
from apatar.sandbox.quickbooks.sales import DOCUMENTS, SALES_FRAGMENTS, SALES_REQUESTS, SALES_SINCE

VERSIONS = ("1.0", "1.1", "2.0", "2.1", "3.0", "4.0", "4.1", *(f"{major}.0" for major in range(5, 17)))

REQUESTS = {
    "HostQuery": "IncludeListMetaData@6{ IncludeMaxCapacity:bool! } &trim",
    "CompanyQuery": "&trim &owners",
    "PreferencesQuery": "&trim",
    **ENTITY_REQUESTS,
    **LIST_REQUESTS,
    **ITEM_REQUESTS,
    **SALES_REQUESTS,
}

SINCE = {
    **ITEMS_SINCE,
    **SALES_SINCE,
    "TemplateQuery": "3",
    "CurrencyAdd": "8",
    "CurrencyMod": "8",
    "SpecialAccountAdd": "6",
    "DataExtDefMod": "2",
    "DataExtDefDel": "2",
    "PreferencesQuery": "1.1",
    "AccountMod": "6",
    "SalesRepMod": "3",
    "SalesTaxCodeMod": "8",
    "PriceLevelQuery": "4",
    "PriceLevelAdd": "4",
    "PriceLevelMod": "4",
    "ClassMod": "8",
    "CurrencyQuery": "8",
    "ListDeletedQuery": "2",
    "TxnDeletedQuery": "2",
    "ListDel": "1.1",
    "TxnDel": "1.1",
    "ListMerge": "7",
    "DataExtAdd": "2",
    "DataExtMod": "2",
    "DataExtDel": "2",
    "DataExtDefAdd": "2",
    "DataExtDefQuery": "2",
}

# QBWC section 4.5: these, every kind of item and (unlisted here) most transactions; other lists refuse the attribute.
_ITERATED = {"CustomerQuery", "VendorQuery", "EntityQuery", "TransactionQuery", *(f"{kind}Query" for kind in DOCUMENTS)}
_WITHOUT_METADATA = {"HostQuery", "CompanyQuery", "PreferencesQuery"}

# Messages of qbXML 16.0 that this company file knows by name only: their content is not looked at, the answer is 1030.
_ONLY_NAMED = {
    "Add": "Lead ToDo SpecialItem PayrollItemWage BillingRate Vehicle UnitOfMeasureSet WorkersCompCode "
    "InventorySite Charge PurchaseOrder Bill ItemReceipt VendorCredit BillPaymentCheck "
    "BillPaymentCreditCard SalesTaxPaymentCheck InventoryAdjustment TimeTracking Check CreditCardCharge "
    "CreditCardCredit JournalEntry Deposit ListDisplay TxnDisplay BuildAssembly ARRefundCreditCard "
    "VehicleMileage TransferInventory Transfer",
    "Mod": "Lead ToDo Vehicle WorkersCompCode InventorySite Charge PurchaseOrder Bill ItemReceipt VendorCredit "
    "BillPaymentCheck SalesTaxPaymentCheck InventoryAdjustment TimeTracking Check CreditCardCharge "
    "CreditCardCredit JournalEntry Deposit ClearedStatus ListDisplay TxnDisplay BuildAssembly "
    "TransferInventory Transfer Form1099CategoryAccountMapping",
    "Query": "CompanyActivity AccountTaxLineInfo Lead ToDo PayrollItemWage PayrollItemNonWage BillingRate Vehicle "
    "UnitOfMeasureSet WorkersCompCode Form1099CategoryAccountMapping SalesTaxReturn SalesTaxReturnLine "
    "PayrollLastPeriod InventorySite ReceivePaymentToDeposit Charge PurchaseOrder Bill ItemReceipt "
    "VendorCredit BillPaymentCheck BillPaymentCreditCard BillToPay SalesTaxPaymentCheck SalesTaxPayable "
    "InventoryAdjustment TimeTracking Check CreditCardCharge CreditCardCredit JournalEntry Deposit "
    "DataEventRecoveryInfo BuildAssembly ItemAssembliesCanBuild ARRefundCreditCard "
    "VehicleMileage TransferInventory ItemSites BarCode Transfer GeneralSummaryReport JobReport "
    "TimeReport AgingReport BudgetSummaryReport GeneralDetailReport CustomDetailReport "
    "CustomSummaryReport PayrollDetailReport PayrollSummaryReport",
    "Del": "DataEventRecoveryInfo",
}
ONLY_NAMED = frozenset(f"{name}{verb}" for verb, names in _ONLY_NAMED.items() for name in names.split())


@dataclass(frozen=True, slots=True)
class Message:
    """One kind of request: `name` is without its "Rq"."""

    name: str
    since: Version
    attributes: frozenset[str]
    content: tuple[Particle, ...]


@cache
def message(name: str) -> Message | None:
    """Return the shape of one request ("CustomerAdd"), or None where it has none here."""
    if name not in REQUESTS:
        return None
    since = version_of(SINCE[name]) if name in SINCE else FIRST
    return Message(name, since, frozenset(_attributes(name)), read(REQUESTS[name], FRAGMENTS | SALES_FRAGMENTS))


def _attributes(name: str) -> Iterator[str]:
    yield "requestID"
    if name.endswith("Query") and name not in _WITHOUT_METADATA:
        yield "metaData"
    if name in _ITERATED or (name.startswith("Item") and name.endswith("Query")):
        yield "iterator"
        yield "iteratorID"
