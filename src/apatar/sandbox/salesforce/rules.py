"""What the platform fills in or insists on when a record of a certain object is saved."""

from collections.abc import Callable
from decimal import Decimal

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.state import Row, State
from apatar.sandbox.salesforce.values import Stored

# Stage → probability, forecast category, closed, won: the values of a fresh org.
_STAGES: dict[str, tuple[int, str, bool, bool]] = {
    "Prospecting": (10, "Pipeline", False, False),
    "Qualification": (10, "Pipeline", False, False),
    "Needs Analysis": (20, "Pipeline", False, False),
    "Value Proposition": (50, "Pipeline", False, False),
    "Id. Decision Makers": (60, "Pipeline", False, False),
    "Perception Analysis": (70, "Pipeline", False, False),
    "Proposal/Price Quote": (75, "Pipeline", False, False),
    "Negotiation/Review": (90, "Pipeline", False, False),
    "Closed Won": (100, "Closed", True, True),
    "Closed Lost": (0, "Omitted", True, False),
}
_LINE_PARENTS = {
    "OpportunityLineItem": ("Opportunity", "OpportunityId"),
    "QuoteLineItem": ("Quote", "QuoteId"),
    "OrderItem": ("Order", "OrderId"),
}
_LINES_OF_PRODUCT = {"Product2": "Product2Id", "PricebookEntry": "PricebookEntryId"}


def complete(state: State, name: str, row: Row, given: frozenset[str], *, new: bool) -> None:
    """Check a record's own rules and fill in what the platform computes; `given` names the fields the caller wrote."""
    rule = _RULES.get(name)
    if rule is not None:
        rule(state, name, row, given, new)


def roll_up(state: State, name: str, row: Row) -> tuple[str, Row] | None:
    """Return the object and id of the parent, with its new sums, after a line was saved or deleted."""
    if name not in _LINE_PARENTS:
        return None
    parent_name, key = _LINE_PARENTS[name]
    lines = state.rows(state.object(name), f'"{key}" = ? AND "IsDeleted" = 0', (row[key],))
    total = sum(int(line["TotalPrice"] or 0) for line in lines)
    changes: dict[str, Row] = {
        "Opportunity": {"Amount": total, "HasOpportunityLineItem": int(bool(lines))}
        if lines
        else {"HasOpportunityLineItem": 0},
        "Order": {"TotalAmount": total},
        "Quote": {"Subtotal": total, "TotalPrice": total, "GrandTotal": total, "LineItemCount": len(lines)},
    }
    return parent_name, {"Id": row[key], **changes[parent_name]}


def is_archived_instead(state: State, name: str, row: Row) -> bool:
    """Whether a product or a price is used by lines, so that deleting it only archives it (facts 6)."""
    if name not in _LINES_OF_PRODUCT:
        return False
    key = _LINES_OF_PRODUCT[name]
    return any(
        state.rows(state.object(line), f'"{key}" = ? AND "IsDeleted" = 0', (row["Id"],)) for line in _LINE_PARENTS
    )


def _person(_state: State, _name: str, row: Row, _given: frozenset[str], _new: bool) -> None:
    row["Name"] = " ".join(str(row[part]) for part in ("FirstName", "LastName") if row.get(part))


def _opportunity(state: State, _name: str, row: Row, given: frozenset[str], new: bool) -> None:
    probability, category, closed, won = _STAGES.get(str(row["StageName"]), (10, "Pipeline", False, False))
    if (new or "StageName" in given) and "Probability" not in given:
        row["Probability"] = probability
    row["ForecastCategory"] = row["ForecastCategoryName"] = category
    row["IsClosed"], row["IsWon"] = int(closed), int(won)
    if row["HasOpportunityLineItem"] and "Amount" in given:
        # Facts 6: with lines, a written amount is without effect.
        row["Amount"] = (state.row(state.object("Opportunity"), str(row["Id"])) or row)["Amount"]
    amount = row.get("Amount")
    row["ExpectedRevenue"] = None if amount is None else int(amount) * int(row["Probability"] or 0) // 100


def _price(state: State, _name: str, row: Row, _given: frozenset[str], new: bool) -> None:
    product = state.row(state.object("Product2"), str(row["Product2Id"]))
    book = state.row(state.object("Pricebook2"), str(row["Pricebook2Id"]))
    if product is None or book is None:
        raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=())
    row["Name"], row["ProductCode"] = product["Name"], product["ProductCode"]
    if not new:
        return
    prices = state.rows(state.object("PricebookEntry"), '"Product2Id" = ? AND "IsDeleted" = 0', (row["Product2Id"],))
    if any(one["Pricebook2Id"] == row["Pricebook2Id"] for one in prices):
        message = "This price definition already exists in this price book"
        raise Refused("DUPLICATE_VALUE", message, fields=())  # the code is of the facts, the text is unverified
    if not book["IsStandard"] and not any(_is_standard(state, one["Pricebook2Id"]) for one in prices):
        raise Refused(
            "STANDARD_PRICE_NOT_DEFINED", "Before creating a custom price, create a standard price.", fields=()
        )


def _is_standard(state: State, book_id: Stored) -> bool:
    book = state.row(state.object("Pricebook2"), str(book_id))
    return book is not None and bool(book["IsStandard"])


def _pricebook(state: State, _name: str, row: Row, _given: frozenset[str], _new: bool) -> None:
    if row["IsStandard"] and not row["Name"]:
        row["Name"] = state.setting("standard_book", "Standard Price Book")


def _line(state: State, name: str, row: Row, given: frozenset[str], new: bool) -> None:
    parent_name, key = _LINE_PARENTS[name]
    parent = state.row(state.object(parent_name), str(row[key]))
    if parent is None:
        raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=())
    if new:
        _choose_price(state, parent_name, parent, row)
    if {"UnitPrice", "TotalPrice"} <= given:
        message = "specify either a unit price or a total price, not both"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=("UnitPrice",))  # facts 6; the text is unverified
    _compute_line(row, given)


def _choose_price(state: State, parent_name: str, parent: Row, row: Row) -> None:
    price = _price_of(state, parent, row)
    book = parent["Pricebook2Id"]
    if book is None and parent_name != "Order":
        parent["Pricebook2Id"] = price["Pricebook2Id"]
        state.write_row(state.object(parent_name), parent)
    elif book != price["Pricebook2Id"]:
        # An order needs its price book before its first item (facts 6); the text is unverified.
        message = "The pricebook entry is in a different pricebook than the one assigned to the parent"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=("PricebookEntryId",))
    product = state.row(state.object("Product2"), str(price["Product2Id"]))
    row["PricebookEntryId"], row["Product2Id"], row["ListPrice"] = price["Id"], price["Product2Id"], price["UnitPrice"]
    if "ProductCode" in row and product is not None:
        row["ProductCode"], row["Name"] = product["ProductCode"], f"{parent['Name']} {product['Name']}"[:376]


def _price_of(state: State, parent: Row, row: Row) -> Row:
    prices = state.object("PricebookEntry")
    if row["PricebookEntryId"] is not None:
        found = state.row(prices, str(row["PricebookEntryId"]))
        return _usable(found)
    if row["Product2Id"] is None:
        message = "Required fields are missing: [PricebookEntryId]"
        raise Refused("REQUIRED_FIELD_MISSING", message, fields=("PricebookEntryId",))
    offered = state.rows(prices, '"Product2Id" = ? AND "IsDeleted" = 0', (row["Product2Id"],))
    book = parent["Pricebook2Id"]
    match = [
        one for one in offered if (one["Pricebook2Id"] == book if book else _is_standard(state, one["Pricebook2Id"]))
    ]
    return _usable(match[0] if match else None)


def _usable(price: Row | None) -> Row:
    if price is None or not price["IsActive"]:
        raise Refused("FIELD_INTEGRITY_EXCEPTION", "pricebook entry is inactive", fields=("PricebookEntryId",))
    return price


def _compute_line(row: Row, given: frozenset[str]) -> None:
    quantity = Decimal(row["Quantity"] or 0) / 100
    discount = Decimal(row.get("Discount") or 0) / 10_000
    if "TotalPrice" in given and row["TotalPrice"] is not None and quantity:
        row["UnitPrice"] = round(Decimal(row["TotalPrice"]) / quantity / (1 - discount or Decimal(1)))
    if row["UnitPrice"] is None:
        row["UnitPrice"] = row["ListPrice"]
    whole = Decimal(row["UnitPrice"] or 0) * quantity
    if "Subtotal" in row:
        row["Subtotal"] = round(whole)
    row["TotalPrice"] = round(whole * (1 - discount))


def _order(_state: State, _name: str, row: Row, _given: frozenset[str], new: bool) -> None:
    if new and row["Status"] != "Draft":
        # Facts 6: an order starts as a draft; the code is in the enumeration of the WSDL, the text is unverified.
        raise Refused("FAILED_ACTIVATION", "Choose a valid order status: a new order is a draft.", fields=("Status",))
    row["StatusCode"] = "Activated" if row["Status"] == "Activated" else "Draft"


def _quote(state: State, _name: str, row: Row, _given: frozenset[str], _new: bool) -> None:
    deal = state.row(state.object("Opportunity"), str(row["OpportunityId"]))
    if deal is not None:
        row["AccountId"] = deal["AccountId"]
        row["Pricebook2Id"] = row["Pricebook2Id"] or deal["Pricebook2Id"]


_RULES: dict[str, Callable[[State, str, Row, frozenset[str], bool], None]] = {
    "Contact": _person,
    "User": _person,
    "Opportunity": _opportunity,
    "Pricebook2": _pricebook,
    "PricebookEntry": _price,
    "OpportunityLineItem": _line,
    "QuoteLineItem": _line,
    "OrderItem": _line,
    "Order": _order,
    "Quote": _quote,
}
