"""The document that QuickBooks writes for what a new customer owed before (captured: Memo "Opening balance")."""

from dataclasses import replace
from decimal import Decimal

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.derived import Fields
from apatar.sandbox.quickbooks.documents import balances, heads, keeping, lines, money, records, selling
from apatar.sandbox.quickbooks.documents.lines import Line, put_text
from apatar.sandbox.quickbooks.documents.records import to_cents
from apatar.sandbox.quickbooks.documents.shapes import SHAPES
from apatar.sandbox.quickbooks.markup import Node, text_of
from apatar.sandbox.quickbooks.store import Row

_WORDS = "Opening balance"


def open_balance(books: Books, customer: Row, node: Node) -> None:
    """Write the document of a CustomerAdd's OpenBalance; the customer's own record states that balance already."""
    owed = Decimal(text_of(node, "OpenBalance") or "0")
    if not owed:
        return
    shape = SHAPES["Invoice" if owed > 0 else "CreditMemo"]
    fields = Fields()
    heads.put_row(fields, "CustomerRef", customer)
    put_text(fields, "TxnDate", text_of(node, "OpenBalanceDate") or books.clock.today())
    put_text(fields, "Memo", _WORDS)
    heads.complete(books, shape, fields, {"ItemSalesTaxRef"})
    selling.begin(books, fields)
    amount = money.money(abs(owed))
    for name, text in (("Subtotal", amount), ("SalesTaxPercentage", "0.00"), ("SalesTaxTotal", "0.00")):
        put_text(fields, name, text)
    printed = lines.print_lines(shape, [_line(books, amount)])
    txn = replace(records.new(shape.name), total=to_cents(abs(owed)), lines=printed).with_fields(fields)
    records.insert(books, keeping.settled(books, txn))
    balances.move_above(books, customer, to_cents(owed))


def _line(books: Books, amount: str) -> Line:
    line = Line({}, Decimal(amount))
    for name, text in (("TxnLineID", keeping.new_id(books)), ("Desc", _WORDS), ("Rate", amount), ("Amount", amount)):
        put_text(line.fields, name, text)
    return line
