"""Documents in the company file: rows with what queries look for, and the printed Ret in its parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Self

from apatar.sandbox.quickbooks.adding import body_of
from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.derived import Fields
from apatar.sandbox.quickbooks.documents import money
from apatar.sandbox.quickbooks.documents.shapes import SHAPES, Shape
from apatar.sandbox.quickbooks.markup import Node, parsed, printed, text_of
from apatar.sandbox.quickbooks.store import folded

COLUMNS = (
    "seq, kind, txn_id, customer, currency, account, day, ref, modified, edit, pending, total, left_open, prior, body, "
    "lines, links"
)


@dataclass(frozen=True, slots=True)
class Txn:
    """One document: amounts in cents of its own currency; `customer`, `currency` and `account` are ListIDs.

    `body` is the head of its Ret, `lines` its printed lines. What real QuickBooks linked it to before it was loaded
    is not in this file: its printed `links`, and `prior`, the amount that they settled.
    """

    seq: int
    kind: str
    txn_id: str
    customer: str
    currency: str
    account: str
    day: str
    ref: str
    modified: str
    edit: int
    pending: int
    total: int
    left_open: int
    prior: int
    body: str
    lines: str
    links: str

    @property
    def shape(self) -> Shape:
        return SHAPES[self.kind]

    @property
    def owed(self) -> int:
        """What it adds to the customer's balance, in cents; nothing while it is pending."""
        return 0 if self.pending else self.shape.owes * self.left_open

    def fields(self) -> Fields:
        fields: Fields = {}
        for child in parsed(self.body):
            fields.setdefault(child.tag, []).append(child)
        return fields

    def with_fields(self, fields: Fields) -> Self:
        """Return this document with another head, and what the head says of it."""
        return replace(
            self,
            txn_id=text(fields, "TxnID"),
            customer=pointed(fields, "CustomerRef"),
            currency=pointed(fields, "CurrencyRef"),
            account=pointed(fields, "ARAccountRef") or pointed(fields, "DepositToAccountRef"),
            day=text(fields, "TxnDate"),
            ref=text(fields, "RefNumber"),
            modified=text(fields, "TimeModified")[:19],
            edit=int(text(fields, "EditSequence") or 0),
            pending=int(text(fields, "IsPending") == "true"),
            body=body_of(self.shape.kind, fields),
        )


def to_cents(amount: Decimal) -> int:
    return int(money.cents(amount) * 100)


def from_cents(amount: int) -> Decimal:
    return Decimal(amount) / 100


def text(fields: Fields, name: str) -> str:
    return (fields[name][0].text or "").strip() if name in fields else ""


def pointed(fields: Fields, name: str) -> str:
    """Return the ListID that a reference holds, "" where there is none."""
    return text_of(fields[name][0], "ListID") if name in fields else ""


def new(kind: str) -> Txn:
    return Txn(0, kind, "", "", "", "", "", "", "", 0, 0, 0, 0, 0, "", "", "")


def from_ret(kind: str, ret: Node) -> Txn:
    """Take a document as real QuickBooks printed it; raises KeyError for a kind that is not kept here."""
    shape = SHAPES[kind]
    fields: Fields = {}
    lines, links = "", ""
    for child in ret:
        if child.tag.startswith(f"{kind}Line"):
            lines += printed(child)
        elif child.tag in {"LinkedTxn", "AppliedToTxnRet"}:
            links += printed(child)
        else:
            fields.setdefault(child.tag, []).append(child)
    total, left = _printed_total(shape, fields), to_cents(Decimal(text(fields, shape.open) or "0"))
    settled = total - left if shape.open else 0
    made = replace(new(kind), total=total, left_open=left, prior=settled, lines=lines, links=links)
    return made.with_fields(fields)


def _printed_total(shape: Shape, fields: Fields) -> int:
    if shape.total:
        return to_cents(Decimal(text(fields, shape.total) or "0"))
    return sum(to_cents(Decimal(text(fields, name) or "0")) for name in ("Subtotal", "SalesTaxTotal"))


_KEPT = tuple(column for column in COLUMNS.split(", ") if column != "seq")
INSERT = f"INSERT INTO txn ({', '.join(_KEPT)}, ref_key) VALUES ({', '.join('?' * (len(_KEPT) + 1))})"


def insert(books: Books, txn: Txn) -> None:
    books.store.tell(INSERT, values_of(txn))


def values_of(txn: Txn) -> tuple[object, ...]:
    """Return what INSERT writes of a document."""
    return (*(getattr(txn, column) for column in _KEPT), folded(txn.ref))


def update(books: Books, txn: Txn) -> None:
    columns = [column for column in COLUMNS.split(", ") if column not in {"seq", "kind", "txn_id"}]
    changes = ", ".join(f"{column} = ?" for column in columns)
    values = (*(getattr(txn, column) for column in columns), folded(txn.ref), txn.txn_id)
    books.store.tell(f"UPDATE txn SET {changes}, ref_key = ? WHERE txn_id = ?", values)


def find(books: Books, kinds: Sequence[str], txn_id: str) -> Txn | None:
    where = f"txn_id = ? AND kind IN ({', '.join('?' * len(kinds))})"
    return next(rows(books, where, (txn_id, *kinds)), None)


def rows(books: Books, where: str, values: Sequence[object], order: str = "seq") -> Iterator[Txn]:
    for found in books.store.each(f"SELECT {COLUMNS} FROM txn WHERE {where} ORDER BY {order}", values):
        yield Txn(*found)
