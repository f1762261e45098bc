"""A visitor whose org has custom objects for invoices, credit memos and payments, as the product makes them."""

from typing import Any

from tests.sandbox.salesforce.customizer import assign, custom_object, customizer, field, key, permission_set
from tests.sandbox.salesforce.visitor import Visitor

_AUTO = {"displayFormat": "L-{00000}", "label": "Line", "type": "AutoNumber"}
_STATUS = ("Open", "Paid", "Overdue", "Pending", "Void", "Deleted", "Posted")
_AMOUNTS = {
    "Invoice": ("Total", "Applied", "Balance"),
    "Credit_Memo": ("Total", "Remaining"),
    "Payment": ("Total", "Unapplied"),
}


def keep_books(visitor: Visitor) -> None:
    """Make the objects and let the integration user work with them."""
    admin = customizer(visitor)
    granted: list[str] = []
    objects: list[str] = []
    for kind, amounts in _AMOUNTS.items():
        owner, line = f"QuickBooks_{kind}__c", f"QuickBooks_{kind}_Line__c"
        admin.make("CustomObject", custom_object(owner), custom_object(line, nameField=_AUTO))
        fields = [*_head(owner, kind), *[_money(f"{owner}.{name}__c") for name in amounts], *_line(line, owner, kind)]
        for start in range(0, len(fields), 10):
            admin.make("CustomField", *fields[start : start + 10])
        named = ("QuickBooks_TxnID", "Account", "Date", "Status", "Currency", "Customer", "Memo", *amounts)
        granted += [f"{owner}.{one}__c" for one in named]
        granted += [f"{line}.{one}__c" for one in ("QuickBooks_TxnLineID", "Item", "Quantity", "Rate", "Amount")]
        objects += [owner, line]
    admin.make("PermissionSet", permission_set("QuickBooks_Sync", fields=granted, objects=objects))
    assign(visitor, "QuickBooks_Sync")


def a_document(visitor: Visitor, kind: str, number: str, account: str, **values: Any) -> str:
    """Create a document in US dollars and return its id; the values go without `__c`."""
    custom = {f"{name}__c": value for name, value in {"Currency": "US Dollar", **values}.items()}
    named = {"Name": number, "QuickBooks_TxnID__c": f"{kind}-{number}", "Account__c": account}
    return visitor.create(f"QuickBooks_{kind}__c", **named, **custom)


def _head(owner: str, kind: str) -> list[str]:
    picks = [{"fullName": one, "default": "false", "label": one} for one in _STATUS]
    values = {"restricted": "true", "valueSetDefinition": {"sorted": "false", "value": picks}}
    return [
        key(f"{owner}.QuickBooks_TxnID__c"),
        field(f"{owner}.Account__c", "Lookup", referenceTo="Account", relationshipName=f"QuickBooks_{kind}s"),
        field(f"{owner}.Date__c", "Date"),
        field(f"{owner}.Status__c", "Picklist", valueSet=values),
        field(f"{owner}.Currency__c", "Text", length=64),
        field(f"{owner}.Customer__c", "Text", length=209),
        field(f"{owner}.Memo__c", "LongTextArea", length=4095, visibleLines=3),
    ]


def _line(line: str, owner: str, kind: str) -> list[str]:
    master = {"referenceTo": owner, "relationshipName": "Lines", "reparentableMasterDetail": "true"}
    return [
        field(f"{line}.{kind}__c", "MasterDetail", **master),
        key(f"{line}.QuickBooks_TxnLineID__c"),
        field(f"{line}.Item__c", "Text", length=159),
        field(f"{line}.Quantity__c", "Number", precision=18, scale=5),
        field(f"{line}.Rate__c", "Number", precision=18, scale=5),
        _money(f"{line}.Amount__c"),
    ]


def _money(name: str) -> str:
    return field(name, "Currency", precision=18, scale=2)
