"""Queries on documents: which are meant, in which pages, and how much of each is shown."""

from array import array
from collections.abc import Iterator, Sequence
from functools import cache

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.documents import records
from apatar.sandbox.quickbooks.documents.linked import applied_to, linked
from apatar.sandbox.quickbooks.documents.periods import period
from apatar.sandbox.quickbooks.documents.records import Txn
from apatar.sandbox.quickbooks.documents.shapes import SHAPES
from apatar.sandbox.quickbooks.markup import Node, group, parsed, printed, text_of
from apatar.sandbox.quickbooks.notation import Version
from apatar.sandbox.quickbooks.querying import Condition, Places, View, extensions
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row, folded

_NAMES = ("TxnID", "RefNumber", "RefNumberCaseSensitive")
_COLUMNS = {"TxnID": "txn_id", "RefNumber": "ref_key", "RefNumberCaseSensitive": "ref"}
_PAGE = 500


def wanted(node: Node) -> list[tuple[str, str]]:
    """Return the IDs or numbers that a query asks for one by one."""
    return [(child.tag, (child.text or "").strip()) for child in node if child.tag in _NAMES]


def asked_for(books: Books, kind: str, names: Sequence[tuple[str, str]]) -> tuple[list[Txn], str]:
    """Return the documents asked for one by one, and the first name that nothing answers to.

    Raises Refused 3120 where they were named by TxnID and none exists, as for lists.
    """
    found: dict[str, Txn] = {}
    missing = ""
    for tag, value in names:
        key = folded(value) if tag == "RefNumber" else value
        rows = list(records.rows(books, f"kind = ? AND {_COLUMNS[tag]} = ?", (kind, key)))
        found |= {txn.txn_id: txn for txn in rows}
        missing = missing or ("" if rows else value)
    if missing and not found and names[0][0] == "TxnID":
        raise Refused(3120, value=missing)
    return list(found.values()), missing


def places(books: Books, kind: str, node: Node) -> Places:
    """Return the places of all documents that the filters mean; raises Refused 3020, 3030, 3031, 3140."""
    conditions = [("kind = ?", (kind,)), *_conditions(books, node)]
    where = " AND ".join(sql for sql, _ in conditions)
    values = [value for _, some in conditions for value in some]
    return array("q", (seq for (seq,) in books.store.each(f"SELECT seq FROM txn WHERE {where} ORDER BY seq", values)))


def some(books: Books, sequences: Sequence[int]) -> Iterator[Txn]:
    """Yield these documents where they still exist; `sequences` ascends."""
    for start in range(0, len(sequences), _PAGE):
        part = sequences[start : start + _PAGE]
        yield from records.rows(books, f"seq IN ({', '.join('?' * len(part))})", part)


def _conditions(books: Books, node: Node) -> Iterator[Condition]:
    yield from _between(
        "modified",
        _bound(books, node, "FromModifiedDate", end=False),
        _bound(books, node, "ToModifiedDate", end=True),
    )
    yield from _between("day", *_days(books, node))
    for name, column, kind in (
        ("EntityFilter", "customer", "Customer"),
        ("AccountFilter", "account", "Account"),
        ("CurrencyFilter", "currency", "Currency"),
    ):
        chosen = node.find(name)
        if chosen is not None:
            ids = _family(books, chosen, kind)
            yield f"{column} IN ({', '.join('?' * len(ids))})", ids
    yield from _numbered(node)
    paid = text_of(node, "PaidStatus")
    if paid in {"PaidOnly", "NotPaidOnly"}:
        yield ("left_open = 0 AND pending = 0" if paid == "PaidOnly" else "(left_open <> 0 OR pending = 1)"), ()


def _bound(books: Books, node: Node, name: str, *, end: bool) -> str:
    text = text_of(node, f"ModifiedDateRangeFilter/{name}")
    return books.clock.bound(text, name, end=end) if text else ""


def _days(books: Books, node: Node) -> tuple[str, str]:
    macro = text_of(node, "TxnDateRangeFilter/DateMacro")
    if macro:
        return period(macro, books.clock.today())
    return text_of(node, "TxnDateRangeFilter/FromTxnDate"), text_of(node, "TxnDateRangeFilter/ToTxnDate")


def _between(column: str, first: str, last: str) -> Iterator[Condition]:
    if first and last and first > last:
        raise Refused(3030)
    if first:
        yield f"{column} >= ?", (first,)
    if last:
        yield f"{column} <= ?", (last,)


def _family(books: Books, chosen: Node, kind: str) -> list[str]:
    """Return the ListIDs that a filter names; raises Refused 3140 for a name that nothing answers to."""
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


def _numbered(node: Node) -> Iterator[Condition]:
    number = folded(text_of(node, "RefNumberFilter/RefNumber"))
    criterion = text_of(node, "RefNumberFilter/MatchCriterion")
    if criterion == "Contains":
        yield "instr(ref_key, ?) > 0", (number,)
    elif criterion == "StartsWith":
        yield "substr(ref_key, 1, ?) = ?", (len(number), number)
    elif criterion:
        yield "substr(ref_key, ?) = ?", (-len(number), number)
    first, last = (folded(text_of(node, f"RefNumberRangeFilter/{end}RefNumber")) for end in ("From", "To"))
    # How QuickBooks orders numbers is unverified: as numbers where both ends are, else as text.
    if first.isdecimal() and last.isdecimal():
        yield "ref GLOB '[0-9]*' AND CAST(ref AS INTEGER) BETWEEN ? AND ?", (int(first), int(last))
        return
    if first and last and first > last:
        raise Refused(3031, field="RefNumberRangeFilter")
    yield from _between("ref_key", first, last)


def shown(books: Books, txn: Txn, how: View, *, with_lines: bool, with_links: bool) -> str:
    """Print one document as the request wants to see it."""
    head, after = _head(txn)
    links = linked(books, txn) if with_links and txn.kind != "ReceivePayment" else ""
    lines = (applied_to(books, txn) if txn.kind == "ReceivePayment" else _lines(books, txn, how)) if with_lines else ""
    own = extensions(books, txn.kind, txn.txn_id, how.owners) if how.owners else ""
    body = head + links + lines + own + after
    hidden = _hidden(txn.kind, how.version)
    if hidden or how.only:
        kept = [one for one in parsed(body) if one.tag not in hidden and (not how.only or one.tag in how.only)]
        body = "".join(printed(one) for one in kept)
    return group(f"{txn.kind}Ret", body)


def _head(txn: Txn) -> tuple[str, str]:
    """Split the head from what the Ret prints after its lines."""
    if not any(f"<{name}>" in txn.body for name in txn.shape.after):
        return txn.body, ""
    parts = list(parsed(txn.body))
    late = [printed(part) for part in parts if part.tag in txn.shape.after]
    return "".join(printed(part) for part in parts if part.tag not in txn.shape.after), "".join(late)


def _lines(books: Books, txn: Txn, how: View) -> str:
    """Print the lines, with their custom fields where there are any."""
    if not how.owners or not books.store.ask("SELECT 1 FROM extension WHERE object = ? LIMIT 1", (txn.kind,)):
        return txn.lines
    lines = parsed(txn.lines)
    for identity in list(lines.iter("TxnLineID")):
        line = identity.getparent()
        if line is not None:
            line.extend(list(parsed(extensions(books, txn.kind, identity.text or "", how.owners))))
    return "".join(printed(line) for line in lines)


@cache
def _hidden(kind: str, version: Version) -> frozenset[str]:
    """Name the elements that are newer than the request; lines are shown whole."""
    return frozenset(name for name, since in SHAPES[kind].kind.since.items() if since > version)


def says(node: Node, name: str) -> bool:
    return text_of(node, name) in {"true", "1"}
