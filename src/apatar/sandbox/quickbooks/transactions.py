"""Queries on documents: which are meant, in which pages, and how much of each is shown."""

from array import array
from collections.abc import Iterator, Sequence
from functools import cache

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.documents import records
from apatar.sandbox.quickbooks.documents.filters import conditions
from apatar.sandbox.quickbooks.documents.linked import applied_to, linked
from apatar.sandbox.quickbooks.documents.records import Txn
from apatar.sandbox.quickbooks.documents.shapes import SHAPES
from apatar.sandbox.quickbooks.grammar import VERSIONS
from apatar.sandbox.quickbooks.markup import Node, group, parsed, printed, text_of
from apatar.sandbox.quickbooks.notation import Version, version_of
from apatar.sandbox.quickbooks.querying import Places, View, extensions
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import folded

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
    chosen = [("kind = ?", (kind,)), *conditions(books, node)]
    where = " AND ".join(sql for sql, _ in chosen)
    values = [value for _, some in chosen for value in some]
    return array("q", (seq for (seq,) in books.store.each(f"SELECT seq FROM txn WHERE {where} ORDER BY seq", values)))


def some(books: Books, sequences: Sequence[int]) -> Iterator[Txn]:
    """Yield these documents where they still exist; `sequences` ascends."""
    for start in range(0, len(sequences), _PAGE):
        part = sequences[start : start + _PAGE]
        yield from records.rows(books, f"seq IN ({', '.join('?' * len(part))})", part)


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


def shown_whole(books: Books, txn: Txn, owners: Sequence[str] = ()) -> str:
    """Print one document with its lines and links, for the newest version."""
    return shown(books, txn, View(version_of(VERSIONS[-1]), frozenset(), owners), with_lines=True, with_links=True)


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
