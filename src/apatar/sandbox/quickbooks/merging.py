"""Merging two records of a list: one of them is gone without a deletion, and what pointed to it points to the other.

QBWC section 4.7: a merge makes one ID disappear without a normal delete. Everything else is inferred and unverified:
that the documents that move count as modified, and so does the record that stays; that contacts and custom fields of
the other one are lost. The counts of stock are left as they are.
"""

import re
from dataclasses import replace
from decimal import Decimal

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.changing import stale
from apatar.sandbox.quickbooks.documents import balances
from apatar.sandbox.quickbooks.documents.records import to_cents
from apatar.sandbox.quickbooks.kinds import ITEMS
from apatar.sandbox.quickbooks.markup import Node, group, leaf, parsed, text_of
from apatar.sandbox.quickbooks.references import pointer, reference_names
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row


def merge(books: Books, node: Node) -> str:
    """Merge one record into another of its kind; return the inside of the ListMergeRs. Raises Refused 3120, 3200."""
    kind = text_of(node, "ListMergeType")
    lost, kept = (_row(books, kind, node, part) for part in ("MergeFrom", "MergeTo"))
    if lost.list_id == kept.list_id:
        raise Refused(3120, value=lost.list_id)
    for child in books.store.children(kind, lost.list_id):
        body = child.body.replace(pointer("ParentRef", lost), pointer("ParentRef", kept), 1)
        full_name = f"{kept.full_name}:{child.name}"
        body = body.replace(leaf("FullName", child.full_name), leaf("FullName", full_name), 1)
        books.store.update(_touched(books, replace(child, parent=kept.list_id, full_name=full_name, body=body)))
    _move_pointers(books, lost, kept)
    books.store.delete(lost.seq)
    extended = "Item" if kind in ITEMS else kind
    books.store.tell("DELETE FROM extension WHERE object = ? AND object_id = ?", (extended, lost.list_id))
    if kind == "Customer":
        owed = to_cents(Decimal(text_of(parsed(lost.body), "TotalBalance") or "0"))
        balances.move_above(books, lost, -owed)
        balances.move(books, kept.list_id, owed)
    stays = _touched(books, _row(books, kind, node, "MergeTo", checked=False))
    books.store.update(stays)
    return _said(books, kind, lost, stays)


def _row(books: Books, kind: str, node: Node, part: str, *, checked: bool = True) -> Row:
    list_id, edit = text_of(node, f"{part}/ListID"), text_of(node, f"{part}/EditSequence")
    row = books.store.by_id((kind,), list_id)
    if row is None:
        raise Refused(3120, value=list_id)
    if checked and edit != str(row.edit):
        raise stale(edit, row)
    return row


def _move_pointers(books: Books, lost: Row, kept: Row) -> None:
    names = list(reference_names(lost.kind))
    for name in names:
        old, new = pointer(name, lost), pointer(name, kept)
        books.store.tell("UPDATE record SET body = replace(body, ?, ?) WHERE instr(body, ?)", (old, new, old))
    found = books.store.ask("SELECT seq, edit, body, lines FROM txn WHERE instr(body || lines, ?)", (lost.list_id,))
    for seq, edit, body, lines in found:
        moved = (_moved(body, names, lost, kept), _moved(lines, names, lost, kept))
        if moved != (body, lines):
            wall, later = books.clock.wall(), books.next_edit(int(edit))
            books.store.tell(
                "UPDATE txn SET body = ?, lines = ?, modified = ?, edit = ?, "
                "customer = CASE WHEN customer = ? THEN ? ELSE customer END WHERE seq = ?",
                (_stamped(books, moved[0], wall, later), moved[1], wall, later, lost.list_id, kept.list_id, seq),
            )


def _moved(text: str, names: list[str], lost: Row, kept: Row) -> str:
    for name in names:
        text = text.replace(pointer(name, lost), pointer(name, kept))
    return text


def _touched(books: Books, row: Row) -> Row:
    wall, edit = books.clock.wall(), books.next_edit(row.edit)
    return replace(row, modified=wall, edit=edit, body=_stamped(books, row.body, wall, edit))


def _stamped(books: Books, body: str, wall: str, edit: int) -> str:
    """Write the times of a Ret anew; its own stand before those of contacts and lines."""
    for name, text in (("TimeModified", books.clock.printed(wall)), ("EditSequence", str(edit))):
        body = re.sub(rf"<{name}>[^<]*</{name}>\n", leaf(name, text), body, count=1)
    return body


def _said(books: Books, kind: str, lost: Row, kept: Row) -> str:
    gone = leaf("TimeDeleted", books.clock.printed(books.clock.wall())) + leaf("FullName", lost.full_name)
    ret = parsed(kept.body)
    times = "".join(leaf(name, text_of(ret, name)) for name in ("TimeCreated", "TimeModified", "EditSequence"))
    return (
        leaf("ListMergeType", kind)
        + group("MergedFrom", leaf("ListID", lost.list_id) + gone)
        + group("MergedTo", leaf("ListID", kept.list_id) + times + leaf("FullName", kept.full_name))
    )
