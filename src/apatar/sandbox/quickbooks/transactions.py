"""Transactions that were loaded from captured answers: enough to be queried, none can be written yet."""

from collections.abc import Iterator

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.markup import Node, group, parsed, printed, text_of
from apatar.sandbox.quickbooks.querying import View

_LINES = ("LineRet", "LineGroupRet")


def found(books: Books, kind: str, node: Node, view: View) -> Iterator[tuple[int, str]]:
    """Yield the place and the printed Ret of each transaction a query means; lines and links only where asked for."""
    with_lines = text_of(node, "IncludeLineItems") in {"true", "1"}
    with_links = text_of(node, "IncludeLinkedTxns") in {"true", "1"}
    for seq, body in books.store.ask("SELECT seq, body FROM txn WHERE kind = ? ORDER BY seq", (kind,)):
        ret = parsed(body)
        if _is_meant(books, ret, node):
            kept = [child for child in ret if _is_shown(child, view, with_lines=with_lines, with_links=with_links)]
            yield int(seq), group(f"{kind}Ret", "".join(printed(child) for child in kept))


def _is_shown(child: Node, view: View, *, with_lines: bool, with_links: bool) -> bool:
    if child.tag.endswith(_LINES) and not with_lines:
        return False
    if child.tag == "LinkedTxn" and not with_links:
        return False
    return not view.only or child.tag in view.only


def _is_meant(books: Books, ret: Node, node: Node) -> bool:
    for name in ("TxnID", "RefNumber", "RefNumberCaseSensitive"):
        wanted = {(child.text or "").strip() for child in node.iterfind(name)}
        if wanted:
            return text_of(ret, "TxnID" if name == "TxnID" else "RefNumber") in wanted
    modified = text_of(ret, "TimeModified")[:19]
    since = text_of(node, "ModifiedDateRangeFilter/FromModifiedDate")
    until = text_of(node, "ModifiedDateRangeFilter/ToModifiedDate")
    first = books.clock.bound(since, "FromModifiedDate", end=False) if since else ""
    return first <= modified <= (books.clock.bound(until, "ToModifiedDate", end=True) if until else "9999")
