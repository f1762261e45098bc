"""Currencies: the home currency that records take by themselves, and exchange rates."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.markup import Node, element, group, leaf, parsed, printed, text_of
from apatar.sandbox.quickbooks.references import point
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row

# With multi-currency on, each of these says in which currency it is; without it none does (inferred).
WITH_CURRENCY: Final = ("Customer", "Vendor", "Account")

_FORMAT = leaf("ThousandSeparator", "Comma") + leaf("ThousandSeparatorGrouping", "XX_XXX_XXX")
PLAIN_FORMAT: Final = group("CurrencyFormat", _FORMAT + leaf("DecimalPlaces", "2") + leaf("DecimalSeparator", "Period"))


def home(books: Books) -> Row | None:
    """Return the home currency; None where the company knows one currency only."""
    if books.store.setting("multicurrency") != "true":
        return None
    return books.store.by_full_name(("Currency",), books.store.setting("home_currency"))


def own_refs(books: Books, kind: str, parent: str) -> list[Node]:
    """Return the CurrencyRef that a new record gets which names none: its parent's (a ListID), or the home currency."""
    row = home(books)
    if row is None:
        return []
    above = books.store.by_id((kind,), parent) if parent else None
    inherited = text_of(parsed(above.body), "CurrencyRef/ListID") if above else ""
    ref = element("CurrencyRef")
    point(ref, books.store.by_id(("Currency",), inherited) or row)
    return [ref]


def exchange_rate(books: Books, list_id: str) -> Decimal:
    """Return what one unit of a currency is worth in the home currency; 1 where no rate was ever set."""
    row = books.store.by_id(("Currency",), list_id)
    return Decimal(text_of(parsed(row.body), "ExchangeRate") or "1") if row else Decimal(1)


def set_exchange_rate(books: Books, name: str, rate: Decimal, on: date) -> None:
    """Set a rate as a user does in QuickBooks' own window: no message of qbXML can. Raises Refused 3140."""
    row = books.store.by_full_name(("Currency",), name)
    if row is None:
        raise Refused(3140, value=name, field="Currency", text="Currency")
    wall, edit = books.clock.wall(), books.next_edit(row.edit)
    said = {"TimeModified": books.clock.printed(wall), "EditSequence": str(edit)}
    said |= {"ExchangeRate": f"{rate.normalize():f}", "AsOfDate": on.isoformat()}
    ret = parsed(row.body)
    for tag, text in said.items():
        found = ret.find(tag)
        if found is None:
            found = element(tag)
            ret.append(found)
        found.text = text
    books.store.update(replace(row, modified=wall, edit=edit, body="".join(printed(child) for child in ret)))
