"""Keeping documents: whatever is written here moves the customer's balance with it."""

from dataclasses import replace

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.derived import Fields
from apatar.sandbox.quickbooks.documents import balances, money, records
from apatar.sandbox.quickbooks.documents.lines import put_text
from apatar.sandbox.quickbooks.documents.records import Txn, from_cents, text
from apatar.sandbox.quickbooks.documents.shapes import SHAPES
from apatar.sandbox.quickbooks.statuses import Refused


def new_id(books: Books) -> str:
    """Documents and their lines are numbered together; the ID says when it was made (QBWC section 4.3)."""
    return f"{books.store.next_serial('Txn'):X}-{books.clock.epoch()}"


def keep(books: Books, before: Txn | None, after: Txn) -> None:
    """Write a document, and what it changes in the balances of the customers it belonged and belongs to."""
    if before is None:
        records.insert(books, after)
    else:
        records.update(books, after)
    if before is not None and before.customer == after.customer:
        balances.move(books, after.customer, after.owed - before.owed)
        return
    if before is not None:
        balances.move(books, before.customer, -before.owed)
    balances.move(books, after.customer, after.owed)


def stamp(books: Books, fields: Fields, edit: int) -> None:
    """Mark a document as changed now; `edit` is its EditSequence until now."""
    put_text(fields, "TimeModified", books.clock.printed(books.clock.wall()))
    put_text(fields, "EditSequence", str(books.next_edit(edit)))


def show_money(txn: Txn, fields: Fields) -> None:
    """Print the total and what is open of it into the head."""
    total, left = from_cents(txn.total), from_cents(txn.left_open)
    if txn.shape.total:
        put_text(fields, txn.shape.total, money.money(total))
    if txn.shape.open:
        put_text(fields, txn.shape.open, money.money(left))
    if txn.kind == "Invoice":
        # Captured: what was applied is printed below nothing.
        put_text(fields, "AppliedAmount", money.money(left - total))
        put_text(fields, "IsPaid", str(not txn.left_open and text(fields, "IsPending") != "true").lower())
    if "ExchangeRate" in fields:
        shown = total if txn.kind == "ReceivePayment" or not txn.shape.open else left
        rate = money.number(text(fields, "ExchangeRate")) or 1
        name = "TotalAmountInHomeCurrency" if txn.kind == "ReceivePayment" else txn.shape.in_home
        put_text(fields, name, money.money(shown * rate))


def settled(books: Books, txn: Txn) -> Txn:
    """Return a document with what is open of it recounted; its times are left alone."""
    left = txn.total - txn.prior - used(books, txn) if txn.shape.open else 0
    counted = replace(txn, left_open=left)
    fields = counted.fields()
    show_money(counted, fields)
    return counted.with_fields(fields)


def used(books: Books, txn: Txn) -> int:
    """Return how many cents of a document are applied: to an invoice with their discounts, of a credit without."""
    column = "target" if txn.kind == "Invoice" else "source"
    amount = "amount + discount" if txn.kind == "Invoice" else "amount"
    found = books.store.ask(f"SELECT coalesce(sum({amount}), 0) FROM application WHERE {column} = ?", (txn.txn_id,))
    return int(found[0][0])


def resettle(books: Books, txn_id: str) -> None:
    """Recount a document after something was applied to it or taken off; it counts as changed if that moved it.

    That QuickBooks moves TimeModified of an invoice when it is paid is unverified; its balance is an element of it.
    """
    before = records.find(books, tuple(SHAPES), txn_id)
    if before is None:
        return
    after = settled(books, before)
    if after.left_open != before.left_open:
        fields = after.fields()
        stamp(books, fields, before.edit)
        keep(books, before, after.with_fields(fields))


def refuse_closed(books: Books, day: str, txn_id: str, code: int = 3171) -> None:
    """Refuse what is dated on or before the closing date; raises Refused 3171, or 3161 for a deletion."""
    closing = books.store.setting("closing_date")
    if closing and day <= closing:
        raise Refused(code, value=txn_id)
