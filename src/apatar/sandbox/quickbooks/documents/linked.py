"""How a Ret prints the documents that it is linked to."""

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.documents import money, records
from apatar.sandbox.quickbooks.documents.records import Txn, from_cents
from apatar.sandbox.quickbooks.documents.shapes import SHAPES
from apatar.sandbox.quickbooks.markup import group, leaf

_KINDS = tuple(SHAPES)


def linked(books: Books, txn: Txn) -> str:
    """Print every LinkedTxn of a document; those it had when it was loaded come first."""
    return txn.links + _orders(books, txn) + _applications(books, txn)


def _applications(books: Books, txn: Txn) -> str:
    """What settles an invoice is printed below nothing (captured), its discount included; on a credit it is not.

    The last two are unverified.
    """
    mine, other, sign = ("target", "source", -1) if txn.kind == "Invoice" else ("source", "target", 1)
    found = books.store.ask(
        f"SELECT {other}, sum(amount + discount) FROM application WHERE {mine} = ? GROUP BY {other} ORDER BY min(seq)",
        (txn.txn_id,),
    )
    return "".join(_printed(books, txn_id, "AMTTYPE", sign * int(amount)) for txn_id, amount in found)


def _orders(books: Books, txn: Txn) -> str:
    """Orders and the invoices made from them name each other; the amount is the other's total (unverified)."""
    mine, other = ("target", "source") if txn.kind == "Invoice" else ("source", "target")
    found = books.store.ask(
        f"SELECT {other}, min(seq) FROM origin WHERE {mine} = ? GROUP BY {other} ORDER BY 2", (txn.txn_id,)
    )
    return "".join(_printed(books, txn_id, "QUANTYPE", None) for txn_id, _ in found)


def _printed(books: Books, txn_id: str, link_type: str, amount: int | None) -> str:
    other = records.find(books, _KINDS, txn_id)
    if other is None:
        return ""
    told = money.money(from_cents(other.total if amount is None else amount))
    return group("LinkedTxn", _named(other) + leaf("LinkType", link_type) + leaf("Amount", told))


def _named(other: Txn) -> str:
    number = leaf("RefNumber", other.ref) if other.ref else ""
    return leaf("TxnID", other.txn_id) + leaf("TxnType", other.kind) + leaf("TxnDate", other.day) + number


def applied_to(books: Books, payment: Txn) -> str:
    """Print every AppliedToTxnRet of a payment."""
    found = books.store.ask(
        "SELECT target, sum(amount), sum(discount), max(discount_refs) FROM application WHERE source = ? "
        "GROUP BY target ORDER BY min(seq)",
        (payment.txn_id,),
    )
    return payment.links + "".join(
        _applied(books, target, int(amount), int(discount), refs) for target, amount, discount, refs in found
    )


def _applied(books: Books, target: str, amount: int, discount: int, refs: str) -> str:
    other = records.find(books, _KINDS, target)
    if other is None:
        return ""
    told = leaf("BalanceRemaining", money.money(from_cents(other.left_open)))
    told += leaf("Amount", money.money(from_cents(amount)))
    if discount:
        told += leaf("DiscountAmount", money.money(from_cents(discount))) + refs
    return group("AppliedToTxnRet", _named(other) + told)
