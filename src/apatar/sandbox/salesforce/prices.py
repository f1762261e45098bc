"""Price books and their entries: a standard price first, one price for a product in a book (and a currency)."""

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.state import Row, State
from apatar.sandbox.salesforce.values import Stored


def complete_book(state: State, _name: str, row: Row, given: frozenset[str], _new: bool) -> None:
    if row["IsStandard"] and "IsActive" in given and not row["IsActive"] and _sells(state, row):
        message = "The standard price book cannot be deactivated while opportunities use it"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=("IsActive",))  # unverified


def complete_price(state: State, _name: str, row: Row, given: frozenset[str], new: bool) -> None:
    product = state.row(state.object("Product2"), str(row["Product2Id"]))
    book = state.row(state.object("Pricebook2"), str(row["Pricebook2Id"]))
    if product is None or book is None:
        raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=())
    row["Name"], row["ProductCode"] = product["Name"], product["ProductCode"]
    others = [one for one in prices_of(state, row["Product2Id"]) if one["Id"] != row["Id"] and _alike(one, row)]
    standard = next((one for one in others if is_standard(state, one["Pricebook2Id"])), None)
    if new:
        _check_new(row, book, others, standard)
    if row["UseStandardPrice"]:
        _follow(row, book, standard, given)


def fill_price(state: State, row: Row) -> Row:
    """Return what a new entry that uses the standard price brings along: that price (facts 6)."""
    if not row.get("UseStandardPrice") or row.get("UnitPrice") is not None:
        return {}
    code = row.get("CurrencyIsoCode")
    offered = [one for one in prices_of(state, row.get("Product2Id")) if code in (None, one.get("CurrencyIsoCode"))]
    standard = next((one for one in offered if is_standard(state, one["Pricebook2Id"])), None)
    return {} if standard is None else {"UnitPrice": standard["UnitPrice"]}


def followers(state: State, row: Row) -> list[Row]:
    """Return the entries that take over a changed standard price, each with the new price in it."""
    if not is_standard(state, row["Pricebook2Id"]):
        return []
    others = [one for one in prices_of(state, row["Product2Id"]) if one["UseStandardPrice"] and _alike(one, row)]
    return [
        {**one, "UnitPrice": row["UnitPrice"]}
        for one in others
        if one["Id"] != row["Id"] and one["UnitPrice"] != row["UnitPrice"]
    ]


def prices_of(state: State, product_id: Stored) -> list[Row]:
    return state.rows(state.object("PricebookEntry"), '"Product2Id" = ? AND "IsDeleted" = 0', (product_id,))


def is_standard(state: State, book_id: Stored) -> bool:
    book = state.row(state.object("Pricebook2"), str(book_id))
    return book is not None and bool(book["IsStandard"])


def _check_new(row: Row, book: Row, others: list[Row], standard: Row | None) -> None:
    if any(one["Pricebook2Id"] == row["Pricebook2Id"] for one in others):
        message = "This price definition already exists in this price book"
        raise Refused("DUPLICATE_VALUE", message, fields=())  # the code is that of the facts, section 6
    if not book["IsStandard"] and standard is None:
        message = "Before creating a custom price, create a standard price."
        raise Refused("STANDARD_PRICE_NOT_DEFINED", message, fields=())


def _follow(row: Row, book: Row, standard: Row | None, given: frozenset[str]) -> None:
    """Keep an entry that uses the standard price at that price; the texts are unverified."""
    if book["IsStandard"] or standard is None:
        message = "A standard price cannot use the standard price"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=("UseStandardPrice",))
    if "UnitPrice" in given and row["UnitPrice"] != standard["UnitPrice"]:
        message = "The list price must be the standard price while the standard price is used"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=("UnitPrice",))
    row["UnitPrice"] = standard["UnitPrice"]


def _alike(one: Row, other: Row) -> bool:
    return one.get("CurrencyIsoCode") == other.get("CurrencyIsoCode")


def _sells(state: State, book: Row) -> bool:
    found = state.execute(
        'SELECT 1 FROM "Opportunity" WHERE "Pricebook2Id" = ? AND "IsDeleted" = 0 LIMIT 1', (book["Id"],)
    )
    return found.fetchone() is not None
