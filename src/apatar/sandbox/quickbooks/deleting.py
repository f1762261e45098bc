"""Deleting records, and what is remembered of them for 90 days."""

from collections.abc import Iterator

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.documents import removing
from apatar.sandbox.quickbooks.kinds import ITEMS, KINDS
from apatar.sandbox.quickbooks.markup import Node, group, leaf, parsed, text_of
from apatar.sandbox.quickbooks.references import is_in_use
from apatar.sandbox.quickbooks.statuses import IN_USE, Refused

# QBWC section 4.7: from users' reports, no text of Intuit was found.
_REMEMBERED_DAYS = 90


def delete(books: Books, node: Node) -> str:
    """Delete one record; return the inside of the ListDelRs, which has no Ret. Raises Refused 3120, 3160."""
    kind, list_id = text_of(node, "ListDelType"), text_of(node, "ListID")
    row = books.store.by_id((kind,), list_id) if kind in KINDS else None
    if row is None:
        raise Refused(3120, value=list_id)
    if is_in_use(books, row):
        raise Refused(3160, value=list_id, text=IN_USE)
    created = text_of(parsed(row.body), "TimeCreated")[:19]
    wall = books.clock.wall()
    books.store.delete(row.seq)
    books.store.tell(
        "DELETE FROM extension WHERE object = ? AND object_id = ?", ("Item" if kind in ITEMS else kind, list_id)
    )
    books.store.tell(
        "INSERT INTO deletion (kind, list_id, full_name, created, deleted) VALUES (?, ?, ?, ?, ?)",
        (kind, list_id, row.full_name, created, wall),
    )
    deleted = leaf("TimeDeleted", books.clock.printed(wall))
    return leaf("ListDelType", kind) + leaf("ListID", list_id) + deleted + leaf("FullName", row.full_name)


def deleted(books: Books, node: Node) -> Iterator[str]:
    """Yield the ListDeletedRet of everything of these kinds deleted in the last 90 days; raises Refused 3020, 3030."""
    kinds = [(child.text or "").strip() for child in node.iterfind("ListDelType")]
    first, last = _between(books, node)
    found = books.store.ask(
        f"SELECT kind, list_id, created, deleted, full_name FROM deletion "
        f"WHERE kind IN ({', '.join('?' * len(kinds))}) AND deleted >= ? AND deleted <= ? ORDER BY seq",
        (*kinds, max(first, books.clock.days_ago(_REMEMBERED_DAYS)), last),
    )
    for kind, list_id, created, moment, full_name in found:
        times = leaf("TimeCreated", books.clock.printed(created)) + leaf("TimeDeleted", books.clock.printed(moment))
        head = leaf("ListDelType", kind) + leaf("ListID", list_id)
        yield group("ListDeletedRet", head + times + leaf("FullName", full_name))


def deleted_documents(books: Books, node: Node) -> Iterator[str]:
    """Yield the TxnDeletedRet of what of these kinds was deleted in the last 90 days; raises Refused 3020, 3030."""
    yield from removing.deleted(books, node, *_between(books, node))


def _between(books: Books, node: Node) -> tuple[str, str]:
    since = text_of(node, "DeletedDateRangeFilter/FromDeletedDate")
    until = text_of(node, "DeletedDateRangeFilter/ToDeletedDate")
    first = books.clock.bound(since, "FromDeletedDate", end=False) if since else "0000"
    last = books.clock.bound(until, "ToDeletedDate", end=True) if until else "9999"
    if first > last:
        raise Refused(3030)
    return first, last
