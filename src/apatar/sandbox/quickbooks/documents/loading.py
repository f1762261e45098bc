"""Loading documents that are printed already: captured ones."""

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.documents import records
from apatar.sandbox.quickbooks.documents.shapes import SHAPES
from apatar.sandbox.quickbooks.markup import Node, content, text_of


def take(books: Books, kind: str, ret: Node) -> bool:
    """Keep one printed document in place of any of the same TxnID; balances are left as they are.

    A kind that is not kept here is remembered all the same, so that what it points to counts as used.
    """
    books.store.tell("DELETE FROM txn WHERE txn_id = ?", (text_of(ret, "TxnID"),))
    if kind in SHAPES:
        txn = records.from_ret(kind, ret)
        records.insert(books, txn)
        if txn.ref:
            books.store.put_setting(f"last_number:{kind}", txn.ref)
    else:
        books.store.tell(
            "INSERT INTO txn (kind, txn_id, body) VALUES (?, ?, ?)", (kind, text_of(ret, "TxnID"), content(ret))
        )
    return True
