"""Names under which a record's children are asked for: `SELECT (SELECT Id FROM OpportunityLineItems) FROM …`."""

from apatar.sandbox.salesforce.schema import Field, Schema, SObject

# By child object and field. Contact's Opportunities stand in a recorded answer; the others are the platform's own.
_STANDARD = {
    "Account": {"ParentId": "ChildAccounts"},
    "Contact": {"AccountId": "Contacts"},
    "Opportunity": {"AccountId": "Opportunities", "Pricebook2Id": "Opportunities", "ContactId": "Opportunities"},
    "OpportunityLineItem": dict.fromkeys(("OpportunityId", "PricebookEntryId", "Product2Id"), "OpportunityLineItems"),
    "PricebookEntry": {"Product2Id": "PricebookEntries", "Pricebook2Id": "PricebookEntries"},
    "Order": {"AccountId": "Orders", "OpportunityId": "Orders", "QuoteId": "Orders"},
    "OrderItem": dict.fromkeys(("OrderId", "PricebookEntryId", "Product2Id"), "OrderItems"),
    "Quote": {"OpportunityId": "Quotes", "AccountId": "Quotes", "ContactId": "Quotes", "Pricebook2Id": "Quotes"},
    "QuoteLineItem": dict.fromkeys(("QuoteId", "PricebookEntryId"), "QuoteLineItems"),
}


def child_relationship(child: SObject, link: Field) -> str | None:
    """Return the name of a parent's children that point at it with this field, if they have one."""
    if link.children:
        return f"{link.children}__r"
    return _STANDARD.get(child.name, {}).get(link.name)


def children_of(schema: Schema, parent: SObject, name: str) -> tuple[SObject, Field] | None:
    """Return the object and the reference that a child relationship of an object stands for."""
    for child in schema.values():
        for link in child.fields.values():
            if parent.name in link.references and (child_relationship(child, link) or "").lower() == name.lower():
                return child, link
    return None
