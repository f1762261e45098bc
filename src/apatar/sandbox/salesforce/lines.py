"""Lines of opportunities, quotes and orders: where their prices come from, and what they add up to."""

from decimal import Decimal

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.prices import is_standard, prices_of
from apatar.sandbox.salesforce.state import Row, State

PARENTS = {
    "OpportunityLineItem": ("Opportunity", "OpportunityId"),
    "QuoteLineItem": ("Quote", "QuoteId"),
    "OrderItem": ("Order", "OrderId"),
}
_ELSEWHERE = (
    "field integrity exception: PricebookEntryId (pricebook entry is in a different pricebook than the one assigned"
)
_OTHER_BOOK = {
    # The texts for opportunities and orders are recorded in public issues; the one for quotes is like the first.
    "Opportunity": f"{_ELSEWHERE} to the opportunity)",
    "Quote": f"{_ELSEWHERE} to the quote)",
    "Order": "Order Products must have a Price Book Entry that belongs to the Price Book related to the parent Order.: "
    "Price Book Entry ID",
}


def complete_line(state: State, name: str, row: Row, given: frozenset[str], new: bool) -> None:
    parent_name, key = PARENTS[name]
    parent = state.row(state.object(parent_name), str(row[key]))
    if parent is None:
        raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=())
    if new:
        refuse_activated(parent_name, parent)
        _choose_price(state, parent_name, parent, row)
    if {"UnitPrice", "TotalPrice"} <= given and row["UnitPrice"] is not None and row["TotalPrice"] is not None:
        message = "specify either a unit price or a total price, not both"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=("UnitPrice",))  # facts 6; the text is unverified
    _compute(row, given)


def refuse_activated(parent_name: str, parent: Row) -> None:
    """Refuse to add or remove items of an activated order, or the order itself; the words stand in public issues."""
    if parent_name == "Order" and parent["StatusCode"] == "Activated":
        message = (
            "Unable to modify activated or superseded Order:  cannot delete Order, or add or remove Order Products"
        )
        raise Refused("ENTITY_IS_LOCKED", message, fields=())


def sums(state: State, name: str, row: Row) -> tuple[str, Row]:
    """Return the object of a line's parent, and its id with its new sums."""
    parent_name, key = PARENTS[name]
    lines = state.rows(state.object(name), f'"{key}" = ? AND "IsDeleted" = 0', (row[key],))
    total = sum(int(line["TotalPrice"] or 0) for line in lines)
    if parent_name == "Opportunity":
        return parent_name, {"Id": row[key], **_of_opportunity(lines, total)}
    if parent_name == "Order":
        return parent_name, {"Id": row[key], "TotalAmount": total}
    gross = sum(int(line["Subtotal"] or 0) for line in lines)
    return parent_name, {"Id": row[key], "Subtotal": gross, "TotalPrice": total, "LineItemCount": len(lines)}


def _of_opportunity(lines: list[Row], total: int) -> Row:
    """Return an opportunity's sums; with its last line gone, the amount stays what it was."""
    if not lines:
        return {"HasOpportunityLineItem": 0}
    quantity = sum(int(line["Quantity"] or 0) for line in lines)
    return {"Amount": total, "HasOpportunityLineItem": 1, "TotalOpportunityQuantity": quantity}


def _choose_price(state: State, parent_name: str, parent: Row, row: Row) -> None:
    price = _price_of(state, parent, row)
    if price.get("CurrencyIsoCode") != parent.get("CurrencyIsoCode"):
        message = f"The currency of the price book entry is not that of the {parent_name.lower()}"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=("PricebookEntryId",))  # unverified text
    if parent["Pricebook2Id"] is None and parent_name != "Order":
        _take_book(state, parent_name, parent, price)
    elif parent["Pricebook2Id"] != price["Pricebook2Id"]:
        raise Refused("FIELD_INTEGRITY_EXCEPTION", _OTHER_BOOK[parent_name], fields=("PricebookEntryId",))
    product = state.row(state.object("Product2"), str(price["Product2Id"]))
    row["PricebookEntryId"], row["Product2Id"], row["ListPrice"] = price["Id"], price["Product2Id"], price["UnitPrice"]
    if "CurrencyIsoCode" in parent:
        row["CurrencyIsoCode"] = parent["CurrencyIsoCode"]
    if "ProductCode" in row and product is not None:
        row["ProductCode"], row["Name"] = product["ProductCode"], f"{parent['Name']} {product['Name']}"[:376]


def _take_book(state: State, parent_name: str, parent: Row, price: Row) -> None:
    """Give a parent without a price book that of its first line, if the book is an active one."""
    book = state.row(state.object("Pricebook2"), str(price["Pricebook2Id"]))
    if book is None or not book["IsActive"]:
        raise Refused("FIELD_INTEGRITY_EXCEPTION", "pricebook is inactive", fields=("PricebookEntryId",))
    parent["Pricebook2Id"] = price["Pricebook2Id"]
    state.write_row(state.object(parent_name), parent)


def _price_of(state: State, parent: Row, row: Row) -> Row:
    if row["PricebookEntryId"] is not None:
        price = _usable(state.row(state.object("PricebookEntry"), str(row["PricebookEntryId"])))
        if row["Product2Id"] not in (None, price["Product2Id"]):
            message = "The product is not that of the price book entry"
            raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=("Product2Id",))  # unverified text
        return price
    if row["Product2Id"] is None:
        message = "Required fields are missing: [PricebookEntryId]"
        raise Refused("REQUIRED_FIELD_MISSING", message, fields=("PricebookEntryId",))
    return _usable(_offered(state, parent, row))


def _offered(state: State, parent: Row, row: Row) -> Row | None:
    """Return the price of a line that names only its product: that of the parent's book, or else the standard one."""
    book = parent["Pricebook2Id"]
    return next(
        (
            one
            for one in prices_of(state, row["Product2Id"])
            if one.get("CurrencyIsoCode") == parent.get("CurrencyIsoCode")
            and (one["Pricebook2Id"] == book if book else is_standard(state, one["Pricebook2Id"]))
        ),
        None,
    )


def _usable(price: Row | None) -> Row:
    if price is None or price["IsDeleted"] or not price["IsActive"]:
        message = "field integrity exception: PricebookEntryId (pricebook entry is inactive)"  # unverified text
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=("PricebookEntryId",))
    return price


def _compute(row: Row, given: frozenset[str]) -> None:
    quantity = Decimal(row["Quantity"] or 0) / 100
    discount = Decimal(row.get("Discount") or 0) / 10_000
    if "TotalPrice" in given and row["TotalPrice"] is not None and quantity:
        row["UnitPrice"] = round(Decimal(row["TotalPrice"]) / quantity / (1 - discount or Decimal(1)))
        row["TotalPrice"] = int(row["TotalPrice"])
    else:
        row["UnitPrice"] = row["ListPrice"] if row["UnitPrice"] is None else row["UnitPrice"]
        row["TotalPrice"] = round(Decimal(row["UnitPrice"] or 0) * quantity * (1 - discount))
    if "Subtotal" in row:
        row["Subtotal"] = round(Decimal(row["UnitPrice"] or 0) * quantity)
