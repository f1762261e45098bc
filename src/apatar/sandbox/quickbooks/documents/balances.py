"""What customers owe: it follows from their documents, and jobs count for their parents."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.documents import money
from apatar.sandbox.quickbooks.documents.records import from_cents, to_cents
from apatar.sandbox.quickbooks.markup import Node, leaf, parsed, text_of
from apatar.sandbox.quickbooks.store import Row

_CUSTOMER = ("Customer",)


def move(books: Books, customer: str, amount: int) -> None:
    """Add an amount in cents to what a customer owes; each customer above it owes it in total."""
    row = books.store.by_id(_CUSTOMER, customer)
    if row is not None and amount:
        books.store.update(_moved(books, row, ("Balance", "TotalBalance"), from_cents(amount)))
        move_above(books, row, amount)


def move_above(books: Books, customer: Row, amount: int) -> None:
    """Add an amount in cents to what the customers above this one owe in total."""
    row = books.store.by_id(_CUSTOMER, customer.parent) if customer.parent else None
    while row is not None and amount:
        books.store.update(_moved(books, row, ("TotalBalance",), from_cents(amount)))
        row = books.store.by_id(_CUSTOMER, row.parent) if row.parent else None


@contextmanager
def carried(books: Books, message: str, node: Node) -> Iterator[None]:
    """A job that a CustomerMod moves below another customer takes along what it owes in total."""
    before = books.store.by_id(_CUSTOMER, text_of(node, "ListID")) if message == "CustomerMod" else None
    yield
    after = books.store.by_id(_CUSTOMER, before.list_id) if before else None
    if before is None or after is None or before.parent == after.parent:
        return
    owed = to_cents(Decimal(text_of(parsed(after.body), "TotalBalance") or "0"))
    move_above(books, before, -owed)
    move_above(books, after, owed)


def _moved(books: Books, row: Row, names: tuple[str, ...], amount: Decimal) -> Row:
    """The facts do not say whether a balance alone moves TimeModified and EditSequence; here it does (unverified)."""
    wall, edit = books.clock.wall(), books.next_edit(row.edit)
    body = row.body
    for name in names:
        found = re.search(rf"<{name}>([^<]*)</{name}>", body)
        total = Decimal(found[1] if found else "0") + amount
        body = _put(body, name, money.money(total)) if found else body
    body = _put(body, "TimeModified", books.clock.printed(wall))
    return replace(row, modified=wall, edit=edit, body=_put(body, "EditSequence", str(edit)))


def _put(body: str, name: str, text: str) -> str:
    """Write one element of a printed Ret anew; its own stands before those of contacts."""
    return re.sub(rf"<{name}>[^<]*</{name}>\n", leaf(name, text), body, count=1)


def family(books: Books, customer: str) -> set[str]:
    """Return the ListIDs of a customer and of everything below it."""
    found, waiting = set[str](), [customer]
    while waiting:
        found.add(waiting[-1])
        waiting.extend(row.list_id for row in books.store.children("Customer", waiting.pop()))
    return found
