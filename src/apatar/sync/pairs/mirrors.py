"""What QuickBooks posts, as Salesforce shows it: invoices, credit memos and payments, with their lines.

QuickBooks owns all of it. Elements: facts, QBXML_OBJECTS (Invoice, CreditMemo, ReceivePayment).
"""

from dataclasses import replace
from decimal import Decimal

from apatar.sync.known import Known
from apatar.sync.mapping import Direction, Field, LineMapping, ObjectMapping, Owner, Source
from apatar.sync.pairs.building import shown, text
from apatar.sync.pairs.documents import is_void, status, total
from apatar.sync.reading import GROUP_NAME
from apatar.sync.record import Record
from apatar.sync.values import Kind, Value

TXN_ID = "QuickBooks_TxnID__c"
LINE_ID = "QuickBooks_TxnLineID__c"
NOTHING_LEFT = Decimal(0)


def _reference(name: str, label: str, salesforce: str, quickbooks: str, pair: str, *, required: bool = False) -> Field:
    return replace(
        shown(name, label, Kind.REFERENCE, salesforce, quickbooks), refers_to=(pair,), required=required, quiet=False
    )


def _number(record: Record, known: Known) -> Value:  # noqa: ARG001 - the shape of Field.computes
    """Salesforce wants a name: the document's number, else the one that QuickBooks counts by itself."""
    return text(record, "RefNumber") or text(record, "TxnNumber") or record.remote_id


def _address(name: str, label: str, salesforce: str, group: str) -> Field:
    parts = ("Addr1", "Addr2", "Addr3", "Addr4", "Addr5")
    return Field(
        name=name,
        label=label,
        kind=Kind.STREET,
        salesforce=(salesforce,),
        quickbooks=tuple(f"{group}Block.{part}" for part in parts),
        direction=Direction.TO_SALESFORCE,
        owner=Owner.QUICKBOOKS,
        salesforce_length=255,
        quiet=True,
    )


def _lines(salesforce_object: str, parent: str, quickbooks_line: str) -> LineMapping:
    return LineMapping(
        salesforce_object=salesforce_object,
        children="Lines__r",
        parent=parent,
        quickbooks_line=quickbooks_line,
        quickbooks_group=f"{quickbooks_line}Group",
        external_id_field=LINE_ID,
        read_back=False,
        expands_groups=True,
        fields=(
            shown("number", "Line", Kind.NUMBER, "Line_Number__c", "@number", places=0),
            _reference("product", "Product", "Product__c", "ItemRef.ListID", "products_items"),
            replace(shown("item", "Item", Kind.TEXT, "Item__c", "ItemRef.FullName"), salesforce_length=159),
            replace(
                shown("description", "Description", Kind.LONG_TEXT, "Description__c", "Desc"), salesforce_length=4095
            ),
            shown("quantity", "Quantity", Kind.NUMBER, "Quantity__c", "Quantity", places=5),
            shown("rate", "Rate", Kind.NUMBER, "Rate__c", "Rate", places=5),
            shown("amount", "Amount", Kind.MONEY, "Amount__c", "Amount"),
            shown("tax_code", "Tax code", Kind.TEXT, "Sales_Tax_Code__c", "SalesTaxCodeRef.FullName"),
            shown("class", "Class", Kind.TEXT, "Class__c", "ClassRef.FullName"),
            shown("group", "Group", Kind.TEXT, "Group__c", GROUP_NAME),
        ),
    )


def _with_lines(lines: LineMapping) -> Field:
    return Field(
        name="lines",
        label="Lines",
        kind=Kind.LINES,
        salesforce=(),
        quickbooks=(),
        direction=Direction.TO_SALESFORCE,
        owner=Owner.QUICKBOOKS,
        lines=lines,
    )


_HEAD = (
    replace(
        shown("name", "Number", Kind.TEXT, "Name", "RefNumber"),
        computes=_number,
        salesforce_length=80,
        required=True,
        quiet=False,
    ),
    _reference("account", "Account", "Account__c", "CustomerRef.ListID", "accounts_customers"),
    replace(shown("customer", "Customer", Kind.TEXT, "Customer__c", "CustomerRef.FullName"), salesforce_length=209),
    shown("date", "Date", Kind.DATE, "Date__c", "TxnDate"),
    shown("currency", "Currency", Kind.TEXT, "Currency__c", "CurrencyRef.FullName"),
    shown("exchange_rate", "Exchange rate", Kind.NUMBER, "Exchange_Rate__c", "ExchangeRate", places=6),
    replace(shown("memo", "Memo", Kind.LONG_TEXT, "Memo__c", "Memo"), salesforce_length=4095),
    replace(
        shown("iso_currency", "Currency code", Kind.TEXT, "CurrencyIsoCode", ""),
        quickbooks=(),
        formula="lookup('currency_codes', record['CurrencyRef.FullName'], '')",
    ),
)
_SALE = (
    shown("ship_date", "Ship date", Kind.DATE, "Ship_Date__c", "ShipDate"),
    shown("subtotal", "Subtotal", Kind.MONEY, "Subtotal__c", "Subtotal"),
    shown("tax", "Sales tax", Kind.MONEY, "Sales_Tax__c", "SalesTaxTotal"),
    replace(shown("total", "Total", Kind.MONEY, "Total__c", "TotalAmount"), computes=total),
    replace(shown("status", "Status", Kind.TEXT, "Status__c", "IsPaid"), computes=status, quiet=False),
    shown("po_number", "Purchase order", Kind.TEXT, "PO_Number__c", "PONumber"),
    shown("terms", "Terms", Kind.TEXT, "Terms__c", "TermsRef.FullName"),
    shown("sales_rep", "Sales rep", Kind.TEXT, "Sales_Rep__c", "SalesRepRef.FullName"),
    shown("class", "Class", Kind.TEXT, "Class__c", "ClassRef.FullName"),
    shown("ship_method", "Ship method", Kind.TEXT, "Ship_Method__c", "ShipMethodRef.FullName"),
    shown("message", "Message", Kind.TEXT, "Customer_Message__c", "CustomerMsgRef.FullName"),
    _address("bill_to", "Bill to", "Bill_To__c", "BillAddress"),
    _address("ship_to", "Ship to", "Ship_To__c", "ShipAddress"),
)


def _mirror(
    name: str,
    label: str,
    salesforce: str,
    quickbooks: str,
    fields: tuple[Field, ...],
    *,
    open_amount: str,
) -> ObjectMapping:
    return ObjectMapping(
        name=name,
        label=label,
        salesforce_object=salesforce,
        quickbooks_object=quickbooks,
        source=Source.TRANSACTION,
        external_id_field=TXN_ID,
        direction=Direction.TO_SALESFORCE,
        matches_by_name=False,
        date_field="date",
        gone=(("Status__c", "Deleted"), (open_amount, NOTHING_LEFT)),
        needs=(TXN_ID,),
        fields=fields,
    )


INVOICES = _mirror(
    "invoices",
    "QuickBooks invoices",
    "QuickBooks_Invoice__c",
    "Invoice",
    (
        *_HEAD,
        *_SALE,
        shown("due", "Due date", Kind.DATE, "Due_Date__c", "DueDate"),
        shown("applied", "Applied", Kind.MONEY, "Applied__c", "AppliedAmount"),
        shown("balance", "Balance", Kind.MONEY, "Balance__c", "BalanceRemaining"),
        _with_lines(_lines("QuickBooks_Invoice_Line__c", "Invoice__c", "InvoiceLine")),
    ),
    open_amount="Balance__c",
)


def _credit_status(record: Record, known: Known) -> Value:  # noqa: ARG001 - the shape of Field.computes
    if is_void(record):
        return "Void"
    return "Open" if str(record.fields.get("CreditRemaining") or "0").strip("0.-") else "Paid"


CREDIT_MEMOS = _mirror(
    "credit_memos",
    "QuickBooks credit memos",
    "QuickBooks_Credit_Memo__c",
    "CreditMemo",
    (
        *_HEAD,
        *(replace(one, computes=_credit_status) if one.name == "status" else one for one in _SALE),
        shown("remaining", "Remaining", Kind.MONEY, "Remaining__c", "CreditRemaining"),
        _with_lines(_lines("QuickBooks_Credit_Memo_Line__c", "Credit_Memo__c", "CreditMemoLine")),
    ),
    open_amount="Remaining__c",
)

_APPLIED = LineMapping(
    salesforce_object="QuickBooks_Payment_Line__c",
    children="Lines__r",
    parent="Payment__c",
    quickbooks_line="AppliedToTxn",
    external_id_field=LINE_ID,
    read_back=False,
    fields=(
        _reference("invoice", "Invoice", "Invoice__c", "TxnID", "invoices"),
        shown("document_type", "Document", Kind.TEXT, "Document_Type__c", "TxnType"),
        shown("document_number", "Number", Kind.TEXT, "Document_Number__c", "RefNumber"),
        shown("amount", "Amount", Kind.MONEY, "Amount__c", "Amount"),
        shown("discount", "Discount", Kind.MONEY, "Discount__c", "DiscountAmount"),
    ),
)


def _posted(record: Record, known: Known) -> Value:  # noqa: ARG001 - the shape of Field.computes
    return "Posted"


PAYMENTS = _mirror(
    "payments",
    "QuickBooks payments",
    "QuickBooks_Payment__c",
    "ReceivePayment",
    (
        *_HEAD,
        shown("method", "Method", Kind.TEXT, "Method__c", "PaymentMethodRef.FullName"),
        shown("total", "Total", Kind.MONEY, "Total__c", "TotalAmount"),
        shown("unapplied", "Unapplied", Kind.MONEY, "Unapplied__c", "UnusedPayment"),
        replace(shown("status", "Status", Kind.TEXT, "Status__c", ""), quickbooks=(), computes=_posted, quiet=False),
        _with_lines(_APPLIED),
    ),
    open_amount="Unapplied__c",
)

MIRRORS = (INVOICES, CREDIT_MEMOS, PAYMENTS)
