"""Invoices made from estimates and sales orders, and how much of an order they have invoiced."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.derived import Fields
from apatar.sandbox.quickbooks.documents import keeping, lines, money, records, stock
from apatar.sandbox.quickbooks.documents.lines import Line, Terms, put_text
from apatar.sandbox.quickbooks.documents.records import Txn, pointed, text
from apatar.sandbox.quickbooks.documents.shapes import SHAPES
from apatar.sandbox.quickbooks.extending import keep_value
from apatar.sandbox.quickbooks.markup import Node, text_of
from apatar.sandbox.quickbooks.statuses import Refused

ORDERS = ("Estimate", "SalesOrder")
# What an invoice takes over from the head of its order.
_INHERITED = [
    "ClassRef",
    "BillAddress",
    "ShipAddress",
    "PONumber",
    "TermsRef",
    "SalesRepRef",
    "FOB",
    "ShipMethodRef",
    "ItemSalesTaxRef",
    "Memo",
    "CustomerMsgRef",
    "CustomerSalesTaxCodeRef",
    "Other",
    "CurrencyRef",
    "ExchangeRate",
]


@dataclass(frozen=True, slots=True)
class Origin:
    """An order that is to be invoiced: its lines, and how much of each was invoiced before."""

    txn: Txn
    lines: Sequence[Line]
    invoiced: dict[str, Decimal]

    def left(self, line: Line) -> Decimal:
        if line.text("IsManuallyClosed") == "true":
            return money.ZERO
        return _wanted(line) - self.invoiced.get(line.identity, money.ZERO)

    @property
    def is_open(self) -> bool:
        if text(self.txn.fields(), "IsManuallyClosed") == "true":
            return False
        return any(self.left(line) > 0 for line in lines.flat(self.lines))


def _wanted(line: Line) -> Decimal:
    """A line without a quantity is invoiced once; one that only describes never has to be."""
    if line.amount is None:
        return money.ZERO
    return money.number(line.text("Quantity")) or Decimal(1)


def origin_of(books: Books, txn: Txn) -> Origin:
    return Origin(txn, lines.read_lines(books, txn.shape, txn.lines), _invoiced(books, txn.txn_id))


def _invoiced(books: Books, txn_id: str) -> dict[str, Decimal]:
    found = books.store.ask("SELECT source_line, target, target_line FROM origin WHERE source = ?", (txn_id,))
    counts: dict[str, Decimal] = {}
    sold = {target: _quantities(books, target) for target in {row[1] for row in found}}
    for line, target, target_line in found:
        counts[line] = counts.get(line, money.ZERO) + sold[target].get(target_line, money.ZERO)
    return counts


def _quantities(books: Books, txn_id: str) -> dict[str, Decimal]:
    txn = records.find(books, tuple(SHAPES), txn_id)
    made = lines.flat(lines.read_lines(books, txn.shape, txn.lines)) if txn else []
    return {line.identity: money.number(line.text("Quantity")) or Decimal(1) for line in made}


def origins(books: Books, node: Node, fields: Fields) -> list[Origin]:
    """Return the orders that an invoice is to be made from; raises Refused 570, 3120."""
    customer = pointed(fields, "CustomerRef")
    return [_open_order(books, (child.text or "").strip(), customer) for child in node.iterfind("LinkToTxnID")]


def _open_order(books: Books, txn_id: str, customer: str) -> Origin:
    txn = records.find(books, ORDERS, txn_id)
    if txn is None or txn.customer != customer:
        raise Refused(3120, value=txn_id)
    origin = origin_of(books, txn)
    if not origin.is_open:
        # 570 is a warning (QBWC section 4.9); that no invoice is made then is the harsher reading of it.
        raise Refused(570, value=txn_id)
    return origin


def inherit(found: Iterable[Origin], fields: Fields, given: set[str]) -> None:
    for origin in found:
        head = origin.txn.fields()
        for name in _INHERITED:
            if name not in fields and name not in given and name in head:
                fields[name] = head[name]


def lines_from(found: Sequence[Origin], terms: Terms, made: list[Line]) -> list[Line]:
    """Put what is left of the orders before the lines that the request gives."""
    copied: list[Line] = []
    for origin in found:
        for line in origin.lines:
            copied += _copied(terms, origin, line, copied)
    return [*copied, *made]


def _copied(terms: Terms, origin: Origin, line: Line, above: Sequence[Line]) -> list[Line]:
    if line.members is None:
        left = origin.left(line)
        return [_copy(terms, origin, line, left, above)] if left > 0 or line.amount is None else []
    members: list[Line] = []
    for member in line.members:
        members += _copied(terms, origin, member, members)
    group = Line(dict(line.fields), members=members)
    put_text(group.fields, "TxnLineID", terms.new_id())
    lines.total_group(group)
    return [group] if members else []


def _copy(terms: Terms, origin: Origin, line: Line, left: Decimal, above: Sequence[Line]) -> Line:
    fields = {name: nodes for name, nodes in line.fields.items() if name in terms.shape.line}
    made = Line(fields, line.amount, line.counts, order=(origin.txn.txn_id, line.identity))
    put_text(fields, "TxnLineID", terms.new_id())
    quantity = money.number(line.text("Quantity"))
    if not line.counts:
        made.amount = lines.subtotal(above)
    elif quantity is not None and line.amount is not None:
        made.amount = line.amount if left == quantity else money.cents(line.amount * left / quantity)
        put_text(fields, "Quantity", money.quantity(left))
    if "MarkupRate" in line.fields or "MarkupRatePercent" in line.fields:
        put_text(fields, "Rate", money.rate(money.rate_of(line.amount or money.ZERO, quantity)))
    if made.amount is not None:
        put_text(fields, "Amount", money.money(made.amount))
    return made


def linked_line(terms: Terms, node: Node, above: Sequence[Line]) -> Line:
    """Make an invoice line from one line of an order; raises Refused 570, 3120."""
    txn = records.find(terms.books, ORDERS, text_of(node, "LinkToTxn/TxnID"))
    wanted = text_of(node, "LinkToTxn/TxnLineID")
    origin = origin_of(terms.books, txn) if txn else None
    line = next((one for one in lines.flat(origin.lines) if one.identity == wanted), None) if origin else None
    if origin is None or line is None:
        raise Refused(3120, value=wanted)
    left = origin.left(line)
    if left <= 0:
        raise Refused(570, value=origin.txn.txn_id)
    given = money.number(text_of(node, "Quantity"))
    return _copy(terms, origin, line, left if given is None else min(given, left), above)


def keep_origins(books: Books, after: Txn, made: Sequence[Line]) -> None:
    """Remember which order each new line came from, forget lines that are gone, and recount the orders."""
    kept = {line.identity for line in lines.flat(made)}
    known = books.store.ask("SELECT seq, source, target_line FROM origin WHERE target = ?", (after.txn_id,))
    for seq, _, line in known:
        if line not in kept:
            books.store.tell("DELETE FROM origin WHERE seq = ?", (seq,))
    fresh = [(*line.order, after.txn_id, line.identity) for line in lines.flat(made) if line.order[0]]
    books.store.tell_each("INSERT INTO origin (source, source_line, target, target_line) VALUES (?, ?, ?, ?)", fresh)
    for source in dict.fromkeys([source for _, source, _ in known] + [row[0] for row in fresh]):
        recount(books, source)


def forget(books: Books, txn_id: str) -> None:
    """Cut every tie of a document that goes."""
    found = books.store.ask("SELECT DISTINCT source FROM origin WHERE target = ?", (txn_id,))
    books.store.tell("DELETE FROM origin WHERE source = ? OR target = ?", (txn_id, txn_id))
    for (source,) in found:
        recount(books, source)


def recount(books: Books, txn_id: str) -> None:
    """Print on a sales order how much of it is invoiced; it counts as changed if that moved."""
    before = records.find(books, ("SalesOrder",), txn_id)
    if before is None:
        return
    origin = origin_of(books, before)
    for line in lines.flat(origin.lines):
        if line.amount is not None and line.counts:
            put_text(line.fields, "Invoiced", money.quantity(origin.invoiced.get(line.identity, Decimal(0))))
    fields = before.fields()
    done = all(_wanted(line) <= origin.invoiced.get(line.identity, money.ZERO) for line in _counting(origin))
    put_text(fields, "IsFullyInvoiced", str(done and bool(origin.invoiced)).lower())
    after = replace(before, lines=lines.print_lines(before.shape, origin.lines)).with_fields(fields)
    if (after.body, after.lines) != (before.body, before.lines):
        keeping.stamp(books, fields, before.edit)
        keeping.keep(books, before, after.with_fields(fields))
        stock.move(books, before, after)


def _counting(origin: Origin) -> list[Line]:
    return [line for line in lines.flat(origin.lines) if line.counts and line.amount is not None]


def keep_data(books: Books, kind: str, made: Sequence[Line]) -> None:
    """Keep the custom fields that came with the lines; raises Refused 3070, 3120."""
    for line in {id(one): one for one in [*made, *lines.flat(made)]}.values():
        for data in line.data:
            keep_value(books, kind, line.identity, data)
