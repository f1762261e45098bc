"""From a deal to a document: opportunities, quotes and orders become estimates, orders, invoices or receipts.

Salesforce's side travels once where the document posts, and goes on travelling where it does not; number, totals and
state come back. Elements: facts, QBXML_OBJECTS (EstimateAdd, SalesOrderAdd, InvoiceAdd, SalesReceiptAdd).
"""

from dataclasses import replace

from apatar.sync.mapping import Direction, Field, LineMapping, Mode, ObjectMapping, Source, Trigger
from apatar.sync.pairs.building import given, matched, shown
from apatar.sync.pairs.documents import status, total
from apatar.sync.record import Side
from apatar.sync.values import Kind

CHOICE = "QuickBooks_Generate__c"
DOCUMENT_ID = "QuickBooks_TxnID__c"
ESTIMATE, SALES_ORDER, INVOICE, SALES_RECEIPT = DOCUMENTS = ("Estimate", "Sales Order", "Invoice", "Sales Receipt")
_OBJECTS = {ESTIMATE: "Estimate", SALES_ORDER: "SalesOrder", INVOICE: "Invoice", SALES_RECEIPT: "SalesReceipt"}
_POSTING = frozenset({INVOICE, SALES_RECEIPT})
_LINES = {
    "Opportunity": ("OpportunityLineItem", "OpportunityLineItems", "OpportunityId"),
    "Quote": ("QuoteLineItem", "QuoteLineItems", "QuoteId"),
    "Order": ("OrderItem", "OrderItems", "OrderId"),
}
_WON = {
    "Opportunity": (("IsWon", ("true",)),),
    "Quote": (("Status", ("Accepted",)),),
    "Order": (("Status", ("Activated",)),),
}
_DATES = {"Opportunity": "CloseDate", "Quote": "CreatedDate", "Order": "EffectiveDate"}


def _customer(deal: str, mode: Mode) -> Field:
    """The job of the deal, where it is one, else the customer of its account."""
    job = "Id" if deal == "Opportunity" else "OpportunityId"
    return Field(
        name="customer",
        label="Customer",
        kind=Kind.REFERENCE,
        salesforce=(job, "AccountId"),
        quickbooks=("CustomerRef.ListID",),
        refers_to=("opportunities_jobs", "accounts_customers"),
        direction=Direction.TO_QUICKBOOKS,
        mode=mode,
        required=True,
    )


def _lines(deal: str, document: str) -> LineMapping:
    salesforce_object, children, parent = _LINES[deal]
    line = f"{_OBJECTS[document]}Line"
    mode = Mode.OVERWRITE
    item = Field(
        name="item",
        label="Product",
        kind=Kind.REFERENCE,
        salesforce=("Product2Id",),
        quickbooks=("ItemRef.ListID|ItemGroupRef.ListID",),
        refers_to=("products_items",),
        direction=Direction.TO_QUICKBOOKS,
        required=True,
    )
    return LineMapping(
        salesforce_object=salesforce_object,
        children=children,
        parent=parent,
        quickbooks_line=line,
        quickbooks_group=f"{line}Group",
        fields=(
            item,
            replace(given("description", "Description", Kind.LONG_TEXT, "Description", "Desc", mode=mode),
                    quickbooks_length=4095),
            replace(given("quantity", "Quantity", Kind.NUMBER, "Quantity", "Quantity", mode=mode), places=5),
            # The amount, not the price: a discount of the line is in it, and QuickBooks works out the rate.
            given("amount", "Amount", Kind.MONEY, "TotalPrice", "Amount", mode=mode),
        ),
    )  # fmt: skip


def _written_back(document: str) -> tuple[Field, ...]:
    back = (
        shown("number", "QuickBooks number", Kind.TEXT, "QuickBooks_Number__c", "RefNumber"),
        shown("document_date", "QuickBooks date", Kind.DATE, "QuickBooks_Date__c", "TxnDate"),
        replace(shown("total", "Total", Kind.MONEY, "QuickBooks_Total__c", "TotalAmount"), computes=total),
        shown("tax", "Sales tax", Kind.MONEY, "QuickBooks_Tax__c", "SalesTaxTotal"),
        replace(shown("status", "Status", Kind.TEXT, "QuickBooks_Status__c", "IsPaid"), computes=status),
    )
    if document != INVOICE:
        return back
    return (
        *back,
        shown("due", "Due date", Kind.DATE, "QuickBooks_Due_Date__c", "DueDate"),
        shown("balance", "Open balance", Kind.MONEY, "QuickBooks_Balance__c", "BalanceRemaining"),
        replace(
            shown("invoice", "QuickBooks Invoice", Kind.REFERENCE, "QuickBooks_Invoice__c", "TxnID"),
            refers_to=("invoices",),
        ),
    )


def _deal(deal: str, document: str) -> ObjectMapping:
    mode = Mode.ONLY_CREATE if document in _POSTING else Mode.OVERWRITE
    extra = (given("po_number", "Purchase order", Kind.TEXT, "PoNumber", "PONumber", mode=mode),)
    return ObjectMapping(
        name=f"{deal.lower()}_{_OBJECTS[document].lower()}",
        label=f"{_PLURAL[deal]} to {document.lower()}s",
        salesforce_object=deal,
        quickbooks_object=_OBJECTS[document],
        source=Source.TRANSACTION,
        external_id_field=DOCUMENT_ID,
        direction=Direction.BOTH,
        creates_in=(Side.QUICKBOOKS,),
        matches_by_name=False,
        family=deal,
        trigger=Trigger(document=document, choice_field=CHOICE, fires_on=_WON[deal]),
        date_field="date",
        gone=(("QuickBooks_Status__c", "Deleted"),),
        fields=(
            matched("name", "Name", ("Name",) if deal != "Order" else ("OrderNumber",), ("RefNumber",)),
            _customer(deal, mode),
            given("date", "Date", Kind.DATE, _DATES[deal], "TxnDate", mode=Mode.ONLY_CREATE),
            replace(
                given("memo", "Memo", Kind.TEXT, "Name", "Memo", mode=Mode.ONLY_CREATE),
                quickbooks_length=4095,
                quiet=True,
            ),
            *(extra if deal == "Order" else ()),
            Field(
                name="lines",
                label="Products",
                kind=Kind.LINES,
                salesforce=(),
                quickbooks=(),
                direction=Direction.TO_QUICKBOOKS,
                mode=mode,
                required=True,
                lines=_lines(deal, document),
            ),
            *_written_back(document),
        ),
    )


_PLURAL = {"Opportunity": "Opportunities", "Quote": "Quotes", "Order": "Orders"}

OPPORTUNITIES = tuple(_deal("Opportunity", document) for document in DOCUMENTS)
QUOTES = (_deal("Quote", ESTIMATE),)
ORDERS = (_deal("Order", SALES_ORDER), _deal("Order", INVOICE))
DEALS = (*OPPORTUNITIES, *QUOTES, *ORDERS)
