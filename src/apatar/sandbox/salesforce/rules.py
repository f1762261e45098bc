"""What the platform fills in or insists on when a record of a certain object is saved."""

from collections.abc import Callable

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.lines import PARENTS, complete_line, refuse_activated, sums
from apatar.sandbox.salesforce.prices import complete_book, complete_price, fill_price, followers
from apatar.sandbox.salesforce.state import Row, State

_LINES_OF_PRODUCT = {"Product2": "Product2Id", "PricebookEntry": "PricebookEntryId"}
_CATEGORIES = {"Best Case": "BestCase", "Commit": "Forecast"}


def fill(state: State, name: str, given: Row) -> Row:
    """Return values that a new record brings along by itself, before it is asked for what is missing."""
    return fill_price(state, given) if name == "PricebookEntry" else {}


def complete(state: State, name: str, row: Row, given: frozenset[str], *, new: bool) -> None:
    """Check a record's own rules and fill in what the platform computes; `given` names the fields the caller wrote."""
    rule = _RULES.get(name)
    if rule is not None:
        rule(state, name, row, given, new)


def roll_up(state: State, name: str, row: Row) -> list[tuple[str, Row]]:
    """Return objects and rows (an id and new values) that change because this record was saved or deleted."""
    if name == "PricebookEntry":
        return [(name, one) for one in followers(state, row)]
    if name not in PARENTS:
        return []
    parent_name, changes = sums(state, name, row)
    parent = state.row(state.object(parent_name), str(changes["Id"]))
    if parent is None:
        return []
    whole = {**parent, **changes}
    _derive(parent_name, whole)
    return [(parent_name, whole)]


def before_delete(state: State, name: str, row: Row) -> None:
    """Refuse to delete what a rule protects."""
    if name == "Order":
        refuse_activated(name, row)
    if name == "OrderItem":
        order = state.row(state.object("Order"), str(row["OrderId"]))
        refuse_activated("Order", order or {"StatusCode": None})


def is_archived_instead(state: State, name: str, row: Row) -> bool:
    """Whether a product or a price is used by lines, so that deleting it only archives it (facts 6)."""
    if name not in _LINES_OF_PRODUCT:
        return False
    key = _LINES_OF_PRODUCT[name]
    return any(state.rows(state.object(line), f'"{key}" = ? AND "IsDeleted" = 0', (row["Id"],)) for line in PARENTS)


def _person(_state: State, _name: str, row: Row, _given: frozenset[str], _new: bool) -> None:
    row["Name"] = " ".join(str(row[part]) for part in ("FirstName", "LastName") if row.get(part))


def _opportunity(state: State, _name: str, row: Row, given: frozenset[str], new: bool) -> None:
    before = None if new else state.row(state.object("Opportunity"), str(row["Id"]))
    _stage(state, row, given, moved=before is None or before["StageName"] != row["StageName"])
    if before is not None and row["HasOpportunityLineItem"]:
        # Facts 6: with lines, a written amount is without effect.
        row["Amount"] = before["Amount"]
        _refuse_other(row, before, ("Pricebook2Id", "CurrencyIsoCode"), "the opportunity has products")
    _derive("Opportunity", row)


def _stage(state: State, row: Row, given: frozenset[str], *, moved: bool) -> None:
    """Set what follows from the stage; one that the org does not know is like a first stage."""
    found = state.execute('SELECT * FROM "OpportunityStage" WHERE "MasterLabel" = ?', (row["StageName"],)).fetchone()
    stage: Row = dict(found) if found else {"DefaultProbability": 10, "ForecastCategoryName": "Pipeline"}
    row["IsClosed"], row["IsWon"] = stage.get("IsClosed") or 0, stage.get("IsWon") or 0
    if moved:
        row["LastStageChangeDate"] = int(state.now())
        row["Probability"] = row["Probability"] if "Probability" in given else stage["DefaultProbability"]
        if "ForecastCategoryName" not in given:
            row["ForecastCategoryName"] = stage["ForecastCategoryName"]
    category = str(row["ForecastCategoryName"])
    row["ForecastCategory"] = _CATEGORIES.get(category, category)


def _derive(name: str, row: Row) -> None:
    """Compute the figures of a row that follow from others of it."""
    if name == "Opportunity":
        amount = row.get("Amount")
        row["ExpectedRevenue"] = None if amount is None else int(amount) * int(row["Probability"] or 0) // 100
    if name == "Quote":
        parts = [int(row[part] or 0) for part in ("Subtotal", "TotalPrice", "Tax", "ShippingHandling")]
        row["GrandTotal"] = sum(parts[1:])
        row["Discount"] = round((parts[0] - parts[1]) * 10_000 / parts[0]) if parts[0] else 0


def _order(state: State, _name: str, row: Row, _given: frozenset[str], new: bool) -> None:
    before = None if new else state.row(state.object("Order"), str(row["Id"]))
    if row["AccountId"] is None:
        message = "Required fields are missing: [AccountId]"
        raise Refused("REQUIRED_FIELD_MISSING", message, fields=("AccountId",))
    if new and row["Status"] != "Draft":
        # Facts 6: an order starts as a draft; the code is in the enumeration of the WSDL, the text is unverified.
        raise Refused("FAILED_ACTIVATION", "Choose a valid order status: a new order is a draft.", fields=("Status",))
    if before is not None and before["StatusCode"] == "Activated" and row["Status"] == "Activated":
        _refuse_other(row, before, ("AccountId", "Pricebook2Id", "CurrencyIsoCode"), "the order is activated")
    if before is not None and _has_items(state, row):
        _refuse_other(row, before, ("Pricebook2Id", "CurrencyIsoCode"), "the order has products")
    _activate(state, row, before)


def _activate(state: State, row: Row, before: Row | None) -> None:
    row["StatusCode"] = "Activated" if row["Status"] == "Activated" else "Draft"
    if before is None or row["StatusCode"] == before["StatusCode"]:
        return
    if row["StatusCode"] == "Draft":
        row["ActivatedDate"] = row["ActivatedById"] = None
        return
    if not _has_items(state, row):
        message = "An order must have at least one product."
        raise Refused("FAILED_ACTIVATION", message, fields=())  # unverified text
    row["ActivatedDate"], row["ActivatedById"] = int(state.now()), row["LastModifiedById"]


def _has_items(state: State, order: Row) -> bool:
    found = state.execute('SELECT 1 FROM "OrderItem" WHERE "OrderId" = ? AND "IsDeleted" = 0 LIMIT 1', (order["Id"],))
    return found.fetchone() is not None


def _refuse_other(row: Row, before: Row, names: tuple[str, ...], reason: str) -> None:
    changed = next((name for name in names if row.get(name) != before.get(name)), None)
    if changed is not None:
        message = f"{changed} cannot be changed: {reason}"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=(changed,))  # unverified text


def _quote(state: State, _name: str, row: Row, _given: frozenset[str], new: bool) -> None:
    deal = state.row(state.object("Opportunity"), str(row["OpportunityId"]))
    if deal is not None:
        row["AccountId"] = deal["AccountId"]
        row["Pricebook2Id"] = row["Pricebook2Id"] or deal["Pricebook2Id"]
        if "CurrencyIsoCode" in row:
            row["CurrencyIsoCode"] = deal["CurrencyIsoCode"]
    if new:
        row["LineItemCount"] = 0
    _derive("Quote", row)


_RULES: dict[str, Callable[[State, str, Row, frozenset[str], bool], None]] = {
    "Contact": _person,
    "User": _person,
    "Opportunity": _opportunity,
    "Pricebook2": complete_book,
    "PricebookEntry": complete_price,
    "OpportunityLineItem": complete_line,
    "QuoteLineItem": complete_line,
    "OrderItem": complete_line,
    "Order": _order,
    "Quote": _quote,
}
