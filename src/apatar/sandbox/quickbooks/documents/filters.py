"""The filters that queries on documents share, as conditions on their table."""

from collections.abc import Iterator

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.documents.periods import period
from apatar.sandbox.quickbooks.markup import Node, text_of
from apatar.sandbox.quickbooks.querying import Condition
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row, folded


def conditions(books: Books, node: Node) -> Iterator[Condition]:
    """Read the filters of a query on one kind; raises Refused 3020, 3030, 3031, 3140."""
    moments = ((f"{end}ModifiedDate", end == "To") for end in ("From", "To"))
    read = [bound(books, text_of(node, f"ModifiedDateRangeFilter/{name}"), name, end=end) for name, end in moments]
    yield from between("modified", *read)
    yield from between("day", *_days(books, node))
    for name, column, kind in (
        ("EntityFilter", "customer", "Customer"),
        ("AccountFilter", "account", "Account"),
        ("CurrencyFilter", "currency", "Currency"),
    ):
        chosen = node.find(name)
        if chosen is not None:
            ids = family(books, chosen, kind)
            yield f"{column} IN ({', '.join('?' * len(ids))})", ids
    yield from numbered(node)
    paid = text_of(node, "PaidStatus")
    if paid in {"PaidOnly", "NotPaidOnly"}:
        yield ("left_open = 0 AND pending = 0" if paid == "PaidOnly" else "(left_open <> 0 OR pending = 1)"), ()


def bound(books: Books, text: str, name: str, *, end: bool) -> str:
    return books.clock.bound(text, name, end=end) if text else ""


def _days(books: Books, node: Node) -> tuple[str, str]:
    macro = text_of(node, "TxnDateRangeFilter/DateMacro")
    if macro:
        return period(macro, books.clock.today())
    return text_of(node, "TxnDateRangeFilter/FromTxnDate"), text_of(node, "TxnDateRangeFilter/ToTxnDate")


def between(column: str, first: str, last: str) -> Iterator[Condition]:
    if first and last and first > last:
        raise Refused(3030)
    if first:
        yield f"{column} >= ?", (first,)
    if last:
        yield f"{column} <= ?", (last,)


def family(books: Books, chosen: Node, kind: str) -> list[str]:
    """Return the ListIDs that a filter names; raises Refused 3140 for a name that nothing answers to (unverified)."""
    found: list[str] = []
    for child in chosen:
        value = (child.text or "").strip()
        find = books.store.by_id if child.tag.startswith("ListID") else books.store.by_full_name
        row = find((kind,), value)
        if row is None:
            raise Refused(3140, value=value, field=kind, text=chosen.tag)
        found += [row.list_id]
        found += [one.list_id for one in _below(books, row)] if child.tag.endswith("WithChildren") else []
    return found


def _below(books: Books, row: Row) -> Iterator[Row]:
    for child in books.store.children(row.kind, row.list_id):
        yield child
        yield from _below(books, child)


def numbered(node: Node) -> Iterator[Condition]:
    """Filter by number; how QuickBooks orders numbers is unverified: as numbers where both ends are, else as text."""
    number = folded(text_of(node, "RefNumberFilter/RefNumber"))
    criterion = text_of(node, "RefNumberFilter/MatchCriterion")
    if criterion == "Contains":
        yield "instr(ref_key, ?) > 0", (number,)
    elif criterion == "StartsWith":
        yield "substr(ref_key, 1, ?) = ?", (len(number), number)
    elif criterion:
        yield "substr(ref_key, ?) = ?", (-len(number), number)
    first, last = (folded(text_of(node, f"RefNumberRangeFilter/{end}RefNumber")) for end in ("From", "To"))
    if first.isdecimal() and last.isdecimal() and int(first) <= int(last):
        yield "ref GLOB '[0-9]*' AND CAST(ref AS INTEGER) BETWEEN ? AND ?", (int(first), int(last))
        return
    if first and last and first > last:
        raise Refused(3031, field="RefNumberRangeFilter")
    yield from between("ref_key", first, last)
