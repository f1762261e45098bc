"""Payments that customers make."""

from dataclasses import replace
from decimal import Decimal

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.derived import Fields
from apatar.sandbox.quickbooks.documents import applying, heads, keeping, money, records, selling
from apatar.sandbox.quickbooks.documents.lines import put_text
from apatar.sandbox.quickbooks.documents.records import Txn, from_cents, pointed, text, to_cents
from apatar.sandbox.quickbooks.documents.shapes import SHAPES
from apatar.sandbox.quickbooks.markup import Node, text_of
from apatar.sandbox.quickbooks.references import require_active
from apatar.sandbox.quickbooks.statuses import Refused

KIND = "ReceivePayment"
_SHAPE = SHAPES[KIND]


def add(books: Books, node: Node) -> Txn:
    """Do a ReceivePaymentAdd; raises Refused 3120, 3140, 3171, 3210."""
    require_active(books, node, KIND)
    fields = Fields()
    given = heads.give(books, _SHAPE, node, fields, changing=False)
    _mask_card(fields)
    heads.complete(books, _SHAPE, fields, given)
    selling.begin(books, fields)
    applied = node.findall("AppliedToTxnAdd")
    paid = sum((Decimal(text_of(one, "PaymentAmount") or "0") for one in applied), money.ZERO)
    put_text(fields, "TotalAmount", text(fields, "TotalAmount") or money.money(paid))
    made = _kept(books, None, records.new(KIND), fields)
    _apply(books, made, applied)
    if text_of(node, "IsAutoApply") == "true":
        applying.apply_by_itself(books, made)
    return _shown(books, made)


def change(books: Books, node: Node) -> Txn:
    """Do a ReceivePaymentMod; raises Refused 3120, 3140, 3171, 3190, 3200, 3210.

    Like lines, what it is applied to is listed anew: an invoice left out is no longer paid by it, and without any
    AppliedToTxnMod all stays applied (unverified, by analogy with lines).
    """
    before = selling.known(books, KIND, node)
    fields = before.fields()
    given = heads.give(books, _SHAPE, node, fields, changing=True)
    _mask_card(fields)
    moved = pointed(fields, "CustomerRef") != before.customer
    heads.renew(books, _SHAPE, fields, given, moved=moved)
    applied = node.findall("AppliedToTxnMod")
    if applied or moved:
        applying.take_off(books, "source = ?", (before.txn_id,))
        before = _shown(books, before)
    keeping.stamp(books, fields, before.edit)
    made = _kept(books, before, before, fields)
    _apply(books, made, applied)
    return _shown(books, made)


def _kept(books: Books, before: Txn | None, txn: Txn, fields: Fields) -> Txn:
    total = to_cents(Decimal(text(fields, "TotalAmount") or "0"))
    if "UnusedCredits" not in fields:
        put_text(fields, "UnusedCredits", money.money(money.ZERO))
    made = keeping.settled(books, replace(txn, total=total).with_fields(fields))
    keeping.refuse_closed(books, min(made.day, txn.day or made.day), made.txn_id)
    keeping.keep(books, before, made)
    return made


def _apply(books: Books, made: Txn, applied: list[Node]) -> None:
    for node in applied:
        applying.apply_payment(books, made, node)
    _refuse_too_little(_shown(books, made))


def _refuse_too_little(made: Txn) -> None:
    if made.left_open < 0:
        told = money.money(from_cents(made.total))
        raise Refused(3210, field="TotalAmount", value=told, text=applying.NOT_ENOUGH)


def _shown(books: Books, made: Txn) -> Txn:
    return records.find(books, (KIND,), made.txn_id) or made


def _mask_card(fields: Fields) -> None:
    """A card number is never kept; QuickBooks shows its last four digits (captures)."""
    for info in fields.get("CreditCardTxnInfo", []):
        number = info.find("CreditCardTxnInputInfo/CreditCardNumber")
        if number is not None and number.text:
            number.text = "x" * (len(number.text) - 4) + number.text[-4:]
