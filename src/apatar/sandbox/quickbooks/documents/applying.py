"""Applying payments and credits to invoices, and taking them off again."""

from collections.abc import Sequence
from decimal import Decimal

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.documents import balances, money, records
from apatar.sandbox.quickbooks.documents.keeping import resettle
from apatar.sandbox.quickbooks.documents.records import Txn, from_cents, to_cents
from apatar.sandbox.quickbooks.markup import Node, printed, text_of
from apatar.sandbox.quickbooks.references import is_blank, point, resolve
from apatar.sandbox.quickbooks.statuses import Refused

TOO_MUCH = "You cannot pay more than the amount due."
# The text of this one is unverified.
NOT_ENOUGH = "You cannot apply more than the amount of the payment or credit."
_CREDITS = ("CreditMemo", "ReceivePayment")


def invoice_of(books: Books, txn_id: str, source: Txn) -> Txn:
    """Return the invoice that is to be paid; raises Refused 3120 where the customer has no such invoice."""
    found = records.find(books, ("Invoice",), txn_id)
    # A payment of a customer settles the invoices of its jobs too; the status for any other is unverified.
    if found is None or found.pending or found.customer not in balances.family(books, source.customer):
        raise Refused(3120, value=txn_id)
    if found.currency != source.currency:
        raise Refused(3210, field="TxnID", value=txn_id, text="The currencies of the two transactions differ.")
    return found


def apply_payment(books: Books, payment: Txn, node: Node) -> None:
    """Do one AppliedToTxn: an amount of the payment, credits, a discount; raises Refused 3120, 3210."""
    invoice = invoice_of(books, text_of(node, "TxnID"), payment)
    for credit in node.iterfind("SetCredit"):
        set_credit(books, invoice, credit, through=payment.txn_id)
    invoice = invoice_of(books, invoice.txn_id, payment)
    amount, discount = (_cents(node, name) for name in ("PaymentAmount", "DiscountAmount"))
    if amount < 0 or discount < 0 or amount + discount > invoice.left_open:
        raise Refused(3210, field=f"{node.tag} payment amount", value=money.money(from_cents(amount)), text=TOO_MUCH)
    add(books, payment, invoice, amount, discount=discount, refs=_discount_refs(books, node))


def _cents(node: Node, name: str) -> int:
    return to_cents(Decimal(text_of(node, name) or "0"))


def _discount_refs(books: Books, node: Node) -> str:
    refs = [node.find(name) for name in ("DiscountAccountRef", "DiscountClassRef")]
    given = [ref for ref in refs if ref is not None and not is_blank(ref)]
    for ref in given:
        point(ref, resolve(books, ref, "ReceivePayment"))
    return "".join(printed(ref) for ref in given)


def set_credit(books: Books, invoice: Txn, node: Node, *, through: str = "") -> None:
    """Use a credit memo, or what is left of a payment, for an invoice; raises Refused 3120, 3210.

    `Override` replaces what of that credit was applied to the invoice before; without it the amount is added
    (unverified).
    """
    credit = records.find(books, _CREDITS, text_of(node, "CreditTxnID"))
    if credit is None or invoice.customer not in balances.family(books, credit.customer):
        raise Refused(3120, value=text_of(node, "CreditTxnID"))
    if text_of(node, "Override") == "true":
        take_off(books, "source = ? AND target = ?", (credit.txn_id, invoice.txn_id))
        credit, invoice = (records.find(books, (one.kind,), one.txn_id) or one for one in (credit, invoice))
    amount = _cents(node, "AppliedAmount")
    told = money.money(from_cents(amount))
    if amount > invoice.left_open:
        raise Refused(3210, field="AppliedAmount", value=told, text=TOO_MUCH)
    if amount < 0 or amount > credit.left_open:
        raise Refused(3210, field="AppliedAmount", value=told, text=NOT_ENOUGH)
    add(books, credit, invoice, amount, through=through)


def add(
    books: Books, source: Txn, target: Txn, amount: int, *, discount: int = 0, refs: str = "", through: str = ""
) -> None:
    """Apply cents of a payment or credit to an invoice."""
    if not amount and not discount:
        return
    books.store.tell(
        "INSERT INTO application (source, target, through, amount, discount, discount_refs) VALUES (?, ?, ?, ?, ?, ?)",
        (source.txn_id, target.txn_id, through, amount, discount, refs),
    )
    resettle(books, target.txn_id)
    resettle(books, source.txn_id)


def take_off(books: Books, where: str, values: Sequence[object]) -> None:
    """Undo applications; both sides are recounted."""
    found = books.store.ask(f"SELECT source, target FROM application WHERE {where}", values)
    books.store.tell(f"DELETE FROM application WHERE {where}", values)
    for txn_id in dict.fromkeys(txn_id for pair in found for txn_id in pair):
        resettle(books, txn_id)


def fit(books: Books, txn: Txn) -> None:
    """Take off the latest applications until no more is applied than there is (unverified how QuickBooks does it)."""
    column = "target" if txn.kind == "Invoice" else "source"
    while (now := records.find(books, (txn.kind,), txn.txn_id)) is not None and now.left_open < 0:
        last = books.store.ask(
            f"SELECT seq FROM application WHERE {column} = ? ORDER BY seq DESC LIMIT 1", (txn.txn_id,)
        )
        if not last:
            return
        take_off(books, "seq = ?", (last[0][0],))


def apply_by_itself(books: Books, payment: Txn) -> None:
    """Pay the invoice of just that amount, or else the oldest first."""
    customers = sorted(balances.family(books, payment.customer))
    marks = ", ".join("?" * len(customers))
    where = f"kind = 'Invoice' AND left_open > 0 AND pending = 0 AND currency = ? AND customer IN ({marks})"
    invoices = list(records.rows(books, where, (payment.currency, *customers), "day, seq"))
    exact = [invoice for invoice in invoices if invoice.left_open == payment.left_open]
    left = payment.left_open
    for invoice in exact[:1] or invoices:
        paid = min(left, invoice.left_open)
        add(books, payment, invoice, paid)
        left -= paid
