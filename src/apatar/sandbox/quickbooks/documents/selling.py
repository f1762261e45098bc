"""Adding and changing documents with lines."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from apatar.sandbox.quickbooks import transactions
from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.derived import Fields
from apatar.sandbox.quickbooks.documents import applying, heads, items, keeping, lines, linking, money, records, stock
from apatar.sandbox.quickbooks.documents.lines import Line, Terms, put_text
from apatar.sandbox.quickbooks.documents.records import Txn, pointed, text, to_cents
from apatar.sandbox.quickbooks.documents.shapes import SHAPES, Shape
from apatar.sandbox.quickbooks.markup import Node, text_of
from apatar.sandbox.quickbooks.references import require_active
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row


def add(books: Books, kind: str, node: Node) -> Txn:
    """Do an Add of a document with lines; raises Refused 570, 3120, 3140, 3150, 3171, 3210, 3280."""
    require_active(books, node, kind)
    shape = SHAPES[kind]
    fields, origins = _new_head(books, shape, node)
    terms = terms_of(books, shape, fields)
    made = linking.lines_from(origins, terms, _lines(terms, _wanted(node), {}))
    if not made:
        # That a document must have a line is well known; the status is unverified.
        raise Refused(3150, value=f"{kind}LineAdd")
    after = _counted(books, records.new(kind), fields, made)
    keeping.refuse_closed(books, after.day, after.txn_id)
    keeping.keep(books, None, after)
    return _finished(books, None, after, made, node)


def _new_head(books: Books, shape: Shape, node: Node) -> tuple[Fields, list[linking.Origin]]:
    """Return the head of a new document, and the orders it is made from."""
    fields = Fields()
    given = heads.give(books, shape, node, fields, changing=False)
    origins = linking.origins(books, node, fields)
    linking.inherit(origins, fields, given)
    heads.complete(books, shape, fields, given)
    heads.number(books, shape, fields, given)
    begin(books, fields)
    return fields, origins


def change(books: Books, kind: str, node: Node) -> Txn:
    """Do a Mod of a document with lines; raises Refused 3120, 3140, 3171, 3190, 3200, 3210, 3280."""
    shape, before = SHAPES[kind], known(books, kind, node)
    fields = before.fields()
    given = heads.give(books, shape, node, fields, changing=True)
    if pointed(fields, "CustomerRef") != before.customer:
        before = _freed(books, before)
    heads.renew(books, shape, fields, given, moved=pointed(fields, "CustomerRef") != before.customer)
    made = lines.read_lines(books, shape, before.lines)
    wanted = _wanted(node)
    if wanted:
        made = _lines(terms_of(books, shape, fields), wanted, {line.identity: line for line in made})
    keeping.stamp(books, fields, before.edit)
    after = _counted(books, before, fields, made)
    keeping.refuse_closed(books, min(before.day, after.day), after.txn_id)
    keeping.keep(books, before, after)
    return _finished(books, before, after, made, node)


def known(books: Books, kind: str, node: Node) -> Txn:
    """Return the document a Mod means; raises Refused 3120, or 3200 with the document as it is."""
    txn_id, edit = text_of(node, "TxnID"), text_of(node, "EditSequence")
    found = records.find(books, (kind,), txn_id)
    if found is None:
        raise Refused(3120, value=txn_id)
    if edit != str(found.edit):
        raise Refused(3200, value=edit, ret=transactions.shown_whole(books, found))
    return found


def begin(books: Books, fields: Fields) -> None:
    moment, edit = books.clock.printed(books.clock.wall()), books.next_edit(0)
    put_text(fields, "TxnID", keeping.new_id(books))
    put_text(fields, "TimeCreated", moment)
    put_text(fields, "TimeModified", moment)
    put_text(fields, "EditSequence", str(edit))
    put_text(fields, "TxnNumber", str(books.store.next_serial("TxnNumber")))


def _wanted(node: Node) -> list[Node]:
    return [child for child in node if child.tag.endswith(("LineAdd", "LineMod", "LineGroupAdd", "LineGroupMod"))]


def terms_of(books: Books, shape: Shape, fields: Fields) -> Terms:
    level = heads.price_level_of(books, fields)
    code = pointed(fields, "CustomerSalesTaxCodeRef")
    return Terms(
        books=books,
        shape=shape,
        level=books.store.by_id(("PriceLevel",), level) if level else None,
        tax_code=books.store.by_id(("SalesTaxCode",), code) if code else None,
        exchange=heads.exchange_rate(fields),
        new_id=lambda: keeping.new_id(books),
    )


def _lines(terms: Terms, wanted: Sequence[Node], old: dict[str, Line]) -> list[Line]:
    """Lines stand as the request lists them; what a Mod leaves out is gone (QBWC section 4.7)."""
    made: list[Line] = []
    for node in wanted:
        made.append(_one(terms, node, old, made))
    return made


def _one(terms: Terms, node: Node, old: dict[str, Line], above: Sequence[Line]) -> Line:
    identity = text_of(node, "TxnLineID") or lines.NEW
    if node.find("LinkToTxn") is not None:
        return linking.linked_line(terms, node, above)
    if identity == lines.NEW:
        return lines.add_line(terms, node, above)
    if identity not in old or (old[identity].members is None) == ("Group" in node.tag):
        raise Refused(3120, value=identity)
    if "Group" in node.tag:
        return _changed_group(terms, node, old[identity])
    return lines.change_line(terms, node, old[identity], above)


def _changed_group(terms: Terms, node: Node, line: Line) -> Line:
    """Change a group: its own count, and its lines where the Mod lists them."""
    wanted = _wanted(node)
    if text_of(node, "Quantity"):
        put_text(line.fields, "Quantity", money.quantity(money.number(text_of(node, "Quantity")) or money.ZERO))
    if wanted:
        members = _lines(terms, wanted, {one.identity: one for one in line.members or []})
        line = replace(line, members=members)
    lines.total_group(line)
    return line


def _counted(books: Books, txn: Txn, fields: Fields, made: Sequence[Line]) -> Txn:
    """Add a document up."""
    subtotal = lines.total(made)
    percent, tax = taxes(books, fields, made)
    put_text(fields, "Subtotal", money.money(subtotal))
    put_text(fields, "SalesTaxPercentage", money.rate(percent))
    put_text(fields, "SalesTaxTotal", money.money(tax))
    total = to_cents(subtotal + tax)
    if total < 0:
        # That no such document may be below nothing is well known; the status is unverified.
        raise Refused(3210, field="Amount", value=money.money(subtotal + tax), text="The amount must not be negative.")
    if "SuggestedDiscountAmount" in SHAPES[txn.kind].kind.order:
        heads.suggest_discount(books, fields, total)
    txn = replace(txn, total=total, lines=lines.print_lines(SHAPES[txn.kind], made)).with_fields(fields)
    return keeping.settled(books, txn)


def taxes(books: Books, fields: Fields, made: Sequence[Line]) -> tuple[Decimal, Decimal]:
    """Return the percentage of a document's tax item, and the tax on its taxable lines."""
    row = books.store.by_id(("ItemSalesTax", "ItemSalesTaxGroup"), pointed(fields, "ItemSalesTaxRef"))
    percent = items.tax_percent(books, row) if row else money.ZERO
    if row is not None and "<TaxRate>" not in row.body and row.kind == "ItemSalesTax":
        # A tax item that a captured document only named has no rate; the document's own stands in for it.
        percent = money.number(text(fields, "SalesTaxPercentage")) or money.ZERO
    code = _code(books, pointed(fields, "CustomerSalesTaxCodeRef"))
    if code is not None and not lines.is_taxable(code):
        return percent, money.ZERO
    taxed = {code: _taxes(books, code) for code in {line.refers_to("SalesTaxCodeRef") for line in lines.flat(made)}}
    taxable = [line.amount or money.ZERO for line in lines.flat(made) if taxed[line.refers_to("SalesTaxCodeRef")]]
    return percent, money.tax_of(taxable, percent)


def _code(books: Books, list_id: str) -> Row | None:
    return books.store.by_id(("SalesTaxCode",), list_id) if list_id else None


def _taxes(books: Books, list_id: str) -> bool:
    code = _code(books, list_id)
    return code is not None and lines.is_taxable(code)


def _freed(books: Books, txn: Txn) -> Txn:
    """A document that moves to another customer loses what was applied to it (unverified)."""
    applying.take_off(books, "source = ? OR target = ?", (txn.txn_id, txn.txn_id))
    return _now(books, txn)


def _finished(books: Books, before: Txn | None, after: Txn, made: Sequence[Line], node: Node) -> Txn:
    """Bring what hangs on a document up to date: orders, stock, applications, custom fields; return what came of it."""
    linking.keep_origins(books, after, made)
    stock.move(books, before, after)
    applying.fit(books, after)
    for credit in node.iterfind("SetCredit"):
        applying.set_credit(books, _now(books, after), credit)
    if after.kind == "SalesOrder":
        linking.recount(books, after.txn_id)
    linking.keep_data(books, after.kind, made)
    return _now(books, after)


def _now(books: Books, txn: Txn) -> Txn:
    return records.find(books, (txn.kind,), txn.txn_id) or txn
