"""The org kit: every field and object that this service can use in Salesforce beside what an org is born with.

Names are a contract: the map, the documents and the sandbox rely on them. All of it is optional; what an org lacks
stays off. Lengths follow QuickBooks' own limits.
"""

from dataclasses import dataclass
from enum import StrEnum

PERMISSION_SET = "QuickBooks_Sync"
PERMISSION_SET_LABEL = "QuickBooks Sync"


class Kind(StrEnum):
    """The type of a field, as the Metadata API spells it."""

    TEXT = "Text"
    TEXT_AREA = "TextArea"
    LONG_TEXT = "LongTextArea"
    CURRENCY = "Currency"
    NUMBER = "Number"
    DATE = "Date"
    DATE_TIME = "DateTime"
    PICKLIST = "Picklist"
    LOOKUP = "Lookup"
    MASTER_DETAIL = "MasterDetail"


class Group(StrEnum):
    """What a field is good for: by it, the page says what stays off without the field."""

    KEY = "key"
    SHOWN = "shown"
    STATUS = "status"
    TRIGGER = "trigger"


@dataclass(frozen=True, slots=True)
class KitField:
    """One field; `length` counts characters, `whole` digits before the point, `scale` those behind it.

    A key is an external id: unique, case-sensitive. `children` names the way from a parent to those that refer to it.
    """

    name: str
    kind: Kind
    group: Group = Group.SHOWN
    length: int = 0
    whole: int = 0
    scale: int = 0
    choices: tuple[str, ...] = ()
    parent: str = ""
    children: str = ""

    @property
    def label(self) -> str:
        return self.name.removesuffix("__c").replace("_", " ")

    @property
    def is_key(self) -> bool:
        return self.group is Group.KEY


@dataclass(frozen=True, slots=True)
class KitObject:
    """An object and the fields that it gets; a custom one is made where it is not there.

    `name_label` is the label of a custom object's Name; an empty one means that Salesforce numbers the records.
    `off` says what stays off where the object is not there.
    """

    name: str
    plural: str
    fields: tuple[KitField, ...]
    off: str = ""
    name_label: str = ""

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")

    @property
    def label(self) -> str:
        return self.name.removesuffix("__c").replace("_", " ")

    @property
    def master(self) -> KitField | None:
        """The field by which a line belongs to its document; it is made with the object itself."""
        return next((one for one in self.fields if one.kind is Kind.MASTER_DETAIL), None)


def _text(length: int, *names: str) -> tuple[KitField, ...]:
    return tuple(KitField(name, Kind.TEXT, length=length) for name in names)


def _key(name: str, length: int = 40) -> KitField:
    return KitField(name, Kind.TEXT, Group.KEY, length=length)


def _money(*names: str) -> tuple[KitField, ...]:
    return tuple(KitField(name, Kind.CURRENCY, whole=16, scale=2) for name in names)


def _number(name: str, whole: int = 13, scale: int = 5) -> KitField:
    return KitField(name, Kind.NUMBER, whole=whole, scale=scale)


def _dates(*names: str) -> tuple[KitField, ...]:
    return tuple(KitField(name, Kind.DATE) for name in names)


def _long(name: str, length: int = 4095) -> KitField:
    return KitField(name, Kind.LONG_TEXT, length=length)


def _choice(name: str, *choices: str, group: Group = Group.SHOWN) -> KitField:
    return KitField(name, Kind.PICKLIST, group, choices=choices)


def _lookup(name: str, parent: str, children: str) -> KitField:
    return KitField(name, Kind.LOOKUP, parent=parent, children=children)


def _master(name: str, parent: str) -> KitField:
    return KitField(name, Kind.MASTER_DETAIL, parent=parent, children="Lines")


_STATUS = (
    KitField("QuickBooks_Sync_Status__c", Kind.TEXT, Group.STATUS, length=40),
    KitField("QuickBooks_Synced_At__c", Kind.DATE_TIME, Group.STATUS),
    KitField("QuickBooks_Sync_Error__c", Kind.TEXT, Group.STATUS, length=255),
)
_AREAS = (KitField("Bill_To__c", Kind.TEXT_AREA), KitField("Ship_To__c", Kind.TEXT_AREA))
_MONEY_OF_ELSEWHERE = (*_text(64, "Currency__c"), _number("Exchange_Rate__c", 12, 6))
_LINE = (
    _number("Line_Number__c", 6, 0),
    *_text(159, "Item__c"),
    _long("Description__c"),
    _number("Quantity__c"),
    _number("Rate__c"),
    *_money("Amount__c"),
    *_text(3, "Sales_Tax_Code__c"),
    *_text(159, "Class__c", "Group__c"),
)


def _deal(plural: str, *more: KitField) -> tuple[KitField, ...]:
    documents = ("Estimate", "Sales Order", "Invoice", "Sales Receipt")
    return (
        _key("QuickBooks_TxnID__c"),
        *more,
        _choice("QuickBooks_Generate__c", *documents, group=Group.TRIGGER),
        *_text(11, "QuickBooks_Number__c"),
        *_dates("QuickBooks_Date__c", "QuickBooks_Due_Date__c"),
        *_money("QuickBooks_Total__c", "QuickBooks_Tax__c", "QuickBooks_Balance__c"),
        *_text(20, "QuickBooks_Status__c"),
        _lookup("QuickBooks_Invoice__c", INVOICE, plural),
        *_STATUS,
    )


INVOICE, INVOICE_LINE = "QuickBooks_Invoice__c", "QuickBooks_Invoice_Line__c"
CREDIT_MEMO, CREDIT_MEMO_LINE = "QuickBooks_Credit_Memo__c", "QuickBooks_Credit_Memo_Line__c"
PAYMENT, PAYMENT_LINE = "QuickBooks_Payment__c", "QuickBooks_Payment_Line__c"

KIT: tuple[KitObject, ...] = (
    KitObject(
        "Account",
        "accounts",
        (
            _key("QuickBooks_ListID__c"),
            *_money("QuickBooks_Balance__c", "QuickBooks_Total_Balance__c", "QuickBooks_Credit_Limit__c"),
            *_money("QuickBooks_Overdue__c"),
            *_text(31, "QuickBooks_Terms__c"),
            *_text(159, "QuickBooks_Customer_Type__c"),
            *_text(5, "QuickBooks_Sales_Rep__c"),
            _lookup("QuickBooks_Sales_Rep_User__c", "User", "QuickBooks_Accounts"),
            *_text(3, "QuickBooks_Tax_Code__c"),
            *_text(31, "QuickBooks_Price_Level__c", "QuickBooks_Payment_Method__c"),
            *_text(159, "QuickBooks_Class__c"),
            *_STATUS,
        ),
    ),
    KitObject("Contact", "contacts", (_key("QuickBooks_ListID__c"), *_STATUS)),
    KitObject(
        "Product2",
        "products",
        (
            _key("QuickBooks_ListID__c"),
            _choice(
                "QuickBooks_Item_Type__c",
                *("Service", "NonInventory", "Inventory", "InventoryAssembly", "OtherCharge", "Discount", "Group"),
            ),
            *_text(159, "QuickBooks_Income_Account__c", "QuickBooks_Expense_Account__c", "QuickBooks_Asset_Account__c"),
            _number("QuickBooks_Cost__c"),
            _number("QuickBooks_On_Hand__c"),
            *_text(3, "QuickBooks_Tax_Code__c"),
            _long("QuickBooks_Members__c", 32_000),
            *_STATUS,
        ),
        off="Products and items are not kept in step.",
    ),
    KitObject(
        "PricebookEntry",
        "prices",
        (_key("QuickBooks_ListID__c", 80),),
        off="Prices are not kept in step.",
    ),
    KitObject(
        "Opportunity",
        "opportunities",
        _deal("Opportunities", _key("QuickBooks_Job_ListID__c")),
        off="No QuickBooks document is made from an opportunity, and jobs are not kept in step.",
    ),
    KitObject("Quote", "quotes", _deal("Quotes"), off="No QuickBooks document is made from a quote."),
    KitObject("Order", "orders", _deal("Orders"), off="No QuickBooks document is made from an order."),
    KitObject(
        INVOICE,
        "invoices",
        (
            _key("QuickBooks_TxnID__c"),
            _lookup("Account__c", "Account", "QuickBooks_Invoices"),
            _lookup("Opportunity__c", "Opportunity", "QuickBooks_Invoices"),
            *_dates("Date__c", "Due_Date__c", "Ship_Date__c"),
            *_money("Subtotal__c", "Sales_Tax__c", "Total__c", "Applied__c", "Balance__c"),
            _choice("Status__c", "Open", "Paid", "Overdue", "Pending", "Void", "Deleted"),
            *_text(25, "PO_Number__c"),
            *_text(31, "Terms__c"),
            *_text(5, "Sales_Rep__c"),
            *_text(159, "Class__c"),
            *_text(209, "Customer__c"),
            *_text(15, "Ship_Method__c"),
            *_text(101, "Customer_Message__c"),
            _long("Memo__c"),
            *_AREAS,
            *_MONEY_OF_ELSEWHERE,
        ),
        off="Invoices stay in QuickBooks: nobody sees them, their balance or their status in Salesforce.",
        name_label="Number",
    ),
    KitObject(
        INVOICE_LINE,
        "invoice lines",
        (
            _master("Invoice__c", INVOICE),
            _key("QuickBooks_TxnLineID__c", 80),
            _lookup("Product__c", "Product2", "QuickBooks_Invoice_Lines"),
            *_LINE,
        ),
        off="Invoices come without their lines.",
    ),
    KitObject(
        CREDIT_MEMO,
        "credit memos",
        (
            _key("QuickBooks_TxnID__c"),
            _lookup("Account__c", "Account", "QuickBooks_Credit_Memos"),
            *_dates("Date__c", "Ship_Date__c"),
            *_money("Subtotal__c", "Sales_Tax__c", "Total__c", "Remaining__c"),
            _choice("Status__c", "Open", "Paid", "Overdue", "Pending", "Void", "Deleted"),
            *_text(25, "PO_Number__c"),
            *_text(31, "Terms__c"),
            *_text(5, "Sales_Rep__c"),
            *_text(159, "Class__c"),
            *_text(209, "Customer__c"),
            *_text(15, "Ship_Method__c"),
            *_text(101, "Customer_Message__c"),
            _long("Memo__c"),
            *_AREAS,
            *_MONEY_OF_ELSEWHERE,
        ),
        off="Credit memos stay in QuickBooks.",
        name_label="Number",
    ),
    KitObject(
        CREDIT_MEMO_LINE,
        "credit memo lines",
        (
            _master("Credit_Memo__c", CREDIT_MEMO),
            _key("QuickBooks_TxnLineID__c", 80),
            _lookup("Product__c", "Product2", "QuickBooks_Credit_Memo_Lines"),
            *_LINE,
        ),
        off="Credit memos come without their lines.",
    ),
    KitObject(
        PAYMENT,
        "payments",
        (
            _key("QuickBooks_TxnID__c"),
            _lookup("Account__c", "Account", "QuickBooks_Payments"),
            *_dates("Date__c"),
            *_text(31, "Method__c"),
            *_money("Total__c", "Unapplied__c"),
            _long("Memo__c"),
            *_text(209, "Customer__c"),
            *_MONEY_OF_ELSEWHERE,
            _choice("Status__c", "Posted", "Deleted"),
        ),
        off="Payments stay in QuickBooks.",
        name_label="Reference",
    ),
    KitObject(
        PAYMENT_LINE,
        "payment lines",
        (
            _master("Payment__c", PAYMENT),
            _key("QuickBooks_TxnLineID__c", 80),
            _lookup("Invoice__c", INVOICE, "QuickBooks_Payment_Lines"),
            *_text(20, "Document_Type__c"),
            *_text(11, "Document_Number__c"),
            *_money("Amount__c", "Discount__c"),
        ),
        off="Payments come without what they were applied to.",
    ),
)
"""Parents before children."""


def kit_object(name: str) -> KitObject:
    return next(one for one in KIT if one.name == name)
