"""Deleting and voiding documents, and what is remembered of the deleted ones for 90 days."""

from collections.abc import Iterator
from dataclasses import replace

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.documents import applying, balances, keeping, lines, linking, money, records, stock
from apatar.sandbox.quickbooks.documents.lines import Line, put_text
from apatar.sandbox.quickbooks.documents.records import Txn, text
from apatar.sandbox.quickbooks.documents.shapes import SHAPES, VOIDABLE
from apatar.sandbox.quickbooks.markup import Node, group, leaf, text_of
from apatar.sandbox.quickbooks.statuses import Refused

# QBWC section 4.7: from users' reports, no text of Intuit was found.
_REMEMBERED_DAYS = 90
_VOID = "VOID:"


def delete(books: Books, node: Node) -> str:
    """Delete one document; return the inside of the TxnDelRs. Raises Refused 3120, 3161."""
    kind, txn = _meant(books, node, "TxnDelType")
    keeping.refuse_closed(books, txn.day, txn.txn_id, 3161)
    txn = _freed(books, txn)
    linking.forget(books, txn.txn_id)
    stock.move(books, txn, None)
    balances.move(books, txn.customer, -txn.owed)
    books.store.tell("DELETE FROM txn WHERE txn_id = ?", (txn.txn_id,))
    books.store.tell("DELETE FROM extension WHERE object = ? AND object_id = ?", (kind, txn.txn_id))
    wall = books.clock.wall()
    books.store.tell(
        "INSERT INTO txn_deletion (kind, txn_id, ref, created, deleted) VALUES (?, ?, ?, ?, ?)",
        (kind, txn.txn_id, txn.ref, text(txn.fields(), "TimeCreated")[:19], wall),
    )
    told = leaf("TxnDelType", kind) + leaf("TxnID", txn.txn_id) + leaf("TimeDeleted", books.clock.printed(wall))
    return told + (leaf("RefNumber", txn.ref) if txn.ref else "")


def _meant(books: Books, node: Node, name: str) -> tuple[str, Txn]:
    kind, txn_id = text_of(node, name), text_of(node, "TxnID")
    found = records.find(books, (kind,), txn_id) if kind in SHAPES else None
    if found is None:
        raise Refused(3120, value=txn_id)
    return kind, found


def _freed(books: Books, txn: Txn) -> Txn:
    applying.take_off(books, "source = ? OR target = ?", (txn.txn_id, txn.txn_id))
    return records.find(books, (txn.kind,), txn.txn_id) or txn


def void(books: Books, node: Node) -> str:
    """Void one document; return the inside of the TxnVoidRs. Raises Refused 3120, 3171.

    Amounts and quantities become nothing, the memo begins with "VOID:" (well known, not captured).
    """
    kind, txn = _meant(books, node, "TxnVoidType")
    if kind not in VOIDABLE:
        raise Refused(3120, value=txn.txn_id)
    keeping.refuse_closed(books, txn.day, txn.txn_id)
    before = _freed(books, txn)
    after = _emptied(books, before)
    keeping.keep(books, before, after)
    linking.forget(books, after.txn_id)
    stock.move(books, before, after)
    fields = after.fields()
    names = ("TimeCreated", "TimeModified", "RefNumber")
    told = "".join(leaf(name, text(fields, name)) for name in names if text(fields, name))
    return leaf("TxnVoidType", kind) + leaf("TxnID", after.txn_id) + told


def _emptied(books: Books, before: Txn) -> Txn:
    made = lines.read_lines(books, before.shape, before.lines)
    for line in [*made, *lines.flat(made)]:
        _empty(line)
    fields = before.fields()
    for name in ("Subtotal", "SalesTaxTotal"):
        put_text(fields, name, money.money(money.ZERO))
    memo = text(fields, "Memo")
    if not memo.startswith(_VOID):
        put_text(fields, "Memo", f"{_VOID} {memo}".strip())
    keeping.stamp(books, fields, before.edit)
    printed = lines.print_lines(before.shape, made)
    return keeping.settled(books, replace(before, total=0, prior=0, lines=printed).with_fields(fields))


def _empty(line: Line) -> None:
    for name in ("Rate", "Amount", "TotalAmount"):
        if name in line.fields:
            put_text(line.fields, name, money.money(money.ZERO))
    if "Quantity" in line.fields:
        put_text(line.fields, "Quantity", "0")


def deleted(books: Books, node: Node, first: str, last: str) -> Iterator[str]:
    """Yield the TxnDeletedRet of everything of these kinds deleted between two wall times, in the last 90 days."""
    kinds = [(child.text or "").strip() for child in node.iterfind("TxnDelType")]
    found = books.store.ask(
        f"SELECT kind, txn_id, created, deleted, ref FROM txn_deletion "
        f"WHERE kind IN ({', '.join('?' * len(kinds))}) AND deleted >= ? AND deleted <= ? ORDER BY seq",
        (*kinds, max(first, books.clock.days_ago(_REMEMBERED_DAYS)), last),
    )
    for kind, txn_id, created, moment, ref in found:
        times = leaf("TimeCreated", books.clock.printed(created)) + leaf("TimeDeleted", books.clock.printed(moment))
        told = leaf("TxnDelType", kind) + leaf("TxnID", txn_id) + times
        yield group("TxnDeletedRet", told + (leaf("RefNumber", ref) if ref else ""))
