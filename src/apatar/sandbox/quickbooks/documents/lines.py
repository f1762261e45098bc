"""The lines of a document: from what a request gives to what QuickBooks keeps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.derived import Fields
from apatar.sandbox.quickbooks.documents import items, money
from apatar.sandbox.quickbooks.documents.items import Item, item_of, priced, read_item
from apatar.sandbox.quickbooks.documents.shapes import Shape
from apatar.sandbox.quickbooks.kinds import ITEMS
from apatar.sandbox.quickbooks.markup import Node, element, parsed, printed, text_of
from apatar.sandbox.quickbooks.references import is_blank, is_reference, point, resolve
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row

NEW = "-1"
_NEVER_CLEARED = {"ItemRef", "Quantity", "Rate", "Amount", "SalesTaxCodeRef"}
_PRICING = {"Quantity", "Rate", "RatePercent", "Amount", "PriceLevelRef", "ItemRef", "MarkupRate", "MarkupRatePercent"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a document's header means for its lines: its price level, its tax code, its exchange rate."""

    books: Books
    shape: Shape
    level: Row | None
    tax_code: Row | None
    exchange: Decimal
    new_id: Callable[[], str]


@dataclass(slots=True)
class Line:
    """One line; `members` are the lines of a group. `amount` is None where a line only describes."""

    fields: Fields
    amount: Decimal | None = None
    counts: bool = True
    members: list["Line"] | None = None
    data: Sequence[Node] = field(default=())
    order: tuple[str, str] = ("", "")

    @property
    def identity(self) -> str:
        return self.text("TxnLineID")

    def text(self, name: str) -> str:
        return (self.fields[name][0].text or "").strip() if name in self.fields else ""

    def refers_to(self, name: str) -> str:
        return text_of(self.fields[name][0], "ListID") if name in self.fields else ""


def put_text(fields: Fields, name: str, text: str) -> None:
    fields[name] = [element(name, text)]


def read_lines(books: Books, shape: Shape, text: str) -> list[Line]:
    """Read the printed lines of a document back; only their item tells which of them are subtotals."""
    subtotals = {list_id for (list_id,) in books.store.ask("SELECT list_id FROM record WHERE kind = 'ItemSubtotal'")}
    return [_read(shape, node, subtotals) for node in parsed(text)]


def _read(shape: Shape, node: Node, subtotals: set[str]) -> Line:
    fields: Fields = {}
    for child in node:
        fields.setdefault(child.tag, []).append(child)
    if not node.tag.endswith("LineGroupRet"):
        amount = money.number(text_of(node, "Amount"))
        return Line(fields, amount, counts=text_of(node, "ItemRef/ListID") not in subtotals)
    members = [_read(shape, child, subtotals) for child in fields.pop(f"{shape.name}LineRet", [])]
    return Line(fields, money.number(text_of(node, "TotalAmount")), members=members)


def print_lines(shape: Shape, lines: Sequence[Line]) -> str:
    return "".join(_printed(shape, line) for line in lines)


_GROUP = ("TxnLineID", "ItemGroupRef", "Desc", "Quantity", "UnitOfMeasure", "IsPrintItemsInGroup", "TotalAmount")


def _printed(shape: Shape, line: Line) -> str:
    tag = f"{shape.name}LineRet" if line.members is None else f"{shape.name}LineGroupRet"
    made = element(tag)
    for name in shape.line if line.members is None else _GROUP:
        made.extend(line.fields.get(name, []))
    inside = "".join(printed(child) for child in made)
    inside += "" if line.members is None else print_lines(shape, line.members)
    return f"<{tag}>\n{inside}</{tag}>\n"


def add_line(terms: Terms, node: Node, above: Sequence[Line]) -> Line:
    """Make a line of an Add, or a new one of a Mod, below the lines above it."""
    if "Group" in node.tag:
        return _new_group(terms, node)
    return _filled(terms, node, Line({}), above)


def change_line(terms: Terms, node: Node, old: Line, above: Sequence[Line]) -> Line:
    """Make of a kept line what the Mod says; raises Refused 3190 where it clears what cannot be empty."""
    for child in node:
        empty = is_blank(child) if is_reference(child) else not (child.text or "").strip() and not len(child)
        if empty and child.tag in _NEVER_CLEARED:
            raise Refused(3190, field=child.tag)
    return _filled(terms, node, old, above)


def _filled(terms: Terms, node: Node, old: Line, above: Sequence[Line]) -> Line:
    given = {child.tag: child for child in node}
    line = Line(dict(old.fields), old.amount, old.counts, data=node.findall("DataExt"))
    put_text(line.fields, "TxnLineID", old.identity or terms.new_id())
    _copy(terms, line, given)
    item = _item(terms, line, given, old)
    if item is None:
        if {"Quantity", "Rate", "Amount"} & {name for name, child in given.items() if (child.text or "").strip()}:
            raise Refused(3150, value="ItemRef")
        return line
    if line.refers_to("ItemRef") != old.refers_to("ItemRef"):
        _default(terms, line, item, given)
    _price(terms, line, item, given, old, above)
    return line


def _item(terms: Terms, line: Line, given: dict[str, Node], old: Line) -> Item | None:
    if "ItemRef" in given and not is_blank(given["ItemRef"]):
        item = item_of(terms.books, given["ItemRef"], terms.shape.name)
        _point(line.fields, "ItemRef", item.row)
        return item
    row = terms.books.store.by_id(ITEMS, old.refers_to("ItemRef")) if "ItemRef" in old.fields else None
    return read_item(row) if row else None


def _copy(terms: Terms, line: Line, given: dict[str, Node]) -> None:
    """Copy what needs no counting; an empty element clears."""
    for name, child in given.items():
        if name not in terms.shape.line or name in {"TxnLineID", "ItemRef"}:
            continue
        if is_reference(child):
            _copy_reference(terms, line, name, child)
        elif (child.text or "").strip():
            put_text(line.fields, name, _plain(name, child.text or ""))
        else:
            line.fields.pop(name, None)


def _plain(name: str, text: str) -> str:
    return money.quantity(Decimal(text)) if name == "Quantity" else text


def _copy_reference(terms: Terms, line: Line, name: str, child: Node) -> None:
    if is_blank(child):
        line.fields.pop(name, None)
    else:
        _point(line.fields, name, resolve(terms.books, child, terms.shape.name))


def _point(fields: Fields, name: str, row: Row) -> None:
    made = element(name)
    point(made, row)
    fields[name] = [made]


def _default(terms: Terms, line: Line, item: Item, given: dict[str, Node]) -> None:
    """Fill in what a line takes from its item."""
    if "Desc" not in given:
        line.fields.pop("Desc", None)
        if item.description:
            put_text(line.fields, "Desc", item.description)
    for name in ("Rate", "RatePercent"):
        if name not in given:
            line.fields.pop(name, None)
    if "SalesTaxCodeRef" not in given:
        _default_tax(terms, line, item)
    if terms.shape.name == "SalesOrder" and not item.is_subtotal:
        put_text(line.fields, "Invoiced", "0")
        line.fields.setdefault("IsManuallyClosed", [element("IsManuallyClosed", "false")])


def _default_tax(terms: Terms, line: Line, item: Item) -> None:
    """A customer that pays no tax makes the line so; otherwise the item decides."""
    line.fields.pop("SalesTaxCodeRef", None)
    code = terms.tax_code
    if item.is_subtotal:
        return
    if code is not None and not is_taxable(code):
        _point(line.fields, "SalesTaxCodeRef", code)
    elif item.tax_code is not None:
        _point(line.fields, "SalesTaxCodeRef", resolve(terms.books, item.tax_code, terms.shape.name))


def is_taxable(code: Row) -> bool:
    return text_of(parsed(code.body), "IsTaxable") == "true"


def _price(terms: Terms, line: Line, item: Item, given: dict[str, Node], old: Line, above: Sequence[Line]) -> None:
    if item.is_subtotal:
        line.counts = False
        _set_amount(line, subtotal(above))
        return
    said = {name: money.number((child.text or "").strip()) for name, child in given.items() if name in _AMOUNTS}
    count = money.number(line.text("Quantity"))
    percent = _percent(line, item, said)
    if said.get("Amount") is not None:
        _take_amount(line, item, said["Amount"] or money.ZERO, count)
    elif percent is not None:
        put_text(line.fields, "RatePercent", money.rate(_sign(item, percent)))
        _set_amount(line, money.part(_base(above), _sign(item, percent)))
    elif old.amount is None or _PRICING & set(given):
        _take_rate(terms, line, item, given, count)


_AMOUNTS = {"Quantity", "Rate", "RatePercent", "Amount"}


def _percent(line: Line, item: Item, said: dict[str, Decimal | None]) -> Decimal | None:
    """Return the share of the line above that is meant, where the line counts by a share at all."""
    if said.get("RatePercent") is not None:
        line.fields.pop("Rate", None)
        return said["RatePercent"]
    if said.get("Rate") is not None:
        line.fields.pop("RatePercent", None)
        return None
    kept = money.number(line.text("RatePercent"))
    return kept if kept is not None or "Rate" in line.fields else item.percent


def _take_amount(line: Line, item: Item, amount: Decimal, count: Decimal | None) -> None:
    """An amount given by hand wins over the rate."""
    amount = _sign(item, amount)
    line.fields.pop("RatePercent", None)
    put_text(line.fields, "Rate", money.rate(money.rate_of(amount, count)))
    _set_amount(line, amount)


def _take_rate(terms: Terms, line: Line, item: Item, given: dict[str, Node], count: Decimal | None) -> None:
    rate = money.number(line.text("Rate"))
    if rate is None or ("PriceLevelRef" in given and "Rate" not in given):
        price = priced(item, _level(terms, given)) or Decimal(0)
        rate = money.rate_of(price, terms.exchange)
    rate = _sign(item, rate)
    put_text(line.fields, "Rate", money.rate(rate))
    _set_amount(line, _marked_up(line, money.extended(count, rate)))


def _level(terms: Terms, given: dict[str, Node]) -> Row | None:
    named = given.get("PriceLevelRef")
    return terms.level if named is None or is_blank(named) else resolve(terms.books, named, terms.shape.name)


def _marked_up(line: Line, amount: Decimal) -> Decimal:
    """An estimate may show a cost and a markup; that the markup rate is added once is unverified."""
    percent, rate = money.number(line.text("MarkupRatePercent")), money.number(line.text("MarkupRate"))
    if percent is not None:
        return money.cents(money.marked(amount, percent))
    return amount if rate is None else money.cents(amount + rate)


def _sign(item: Item, amount: Decimal) -> Decimal:
    """A discount takes off, however it was typed in."""
    return -abs(amount) if item.is_discount else amount


def _set_amount(line: Line, amount: Decimal) -> None:
    line.amount = amount
    put_text(line.fields, "Amount", money.money(amount))


def _base(above: Sequence[Line]) -> Decimal:
    """A percentage is taken of the nearest line above that has an amount."""
    return next((line.amount for line in reversed(above) if line.amount is not None), money.ZERO)


def subtotal(above: Sequence[Line]) -> Decimal:
    """Sum up the lines since the last subtotal."""
    total = money.ZERO
    for line in reversed(above):
        if not line.counts:
            break
        total += line.amount or money.ZERO
    return total


def _new_group(terms: Terms, node: Node) -> Line:
    """Expand a group: one line per member, as many times as the group is sold."""
    group = resolve(terms.books, node.find("ItemGroupRef"), terms.shape.name)  # type: ignore[arg-type]
    ret = parsed(group.body)
    line = Line({}, members=[], data=node.findall("DataExt"))
    put_text(line.fields, "TxnLineID", terms.new_id())
    _point(line.fields, "ItemGroupRef", group)
    if text_of(ret, "ItemDesc"):
        put_text(line.fields, "Desc", text_of(ret, "ItemDesc"))
    count = money.number(text_of(node, "Quantity"))
    if count is not None:
        put_text(line.fields, "Quantity", money.quantity(count))
    put_text(line.fields, "IsPrintItemsInGroup", text_of(ret, "IsPrintItemsInGroup") or "false")
    for row, each in items.members(terms.books, group):
        line.members = [*(line.members or []), _member(terms, row, each * (count or 1), line.members or [])]
    total_group(line)
    return line


def _member(terms: Terms, row: Row, count: Decimal, above: Sequence[Line]) -> Line:
    node = element("Line")
    ref = element("ItemRef")
    point(ref, row)
    node.append(ref)
    if row.kind not in {"ItemSubtotal", "ItemDiscount"}:
        node.append(element("Quantity", money.quantity(count)))
    return _filled(terms, node, Line({}), above)


def total_group(line: Line) -> None:
    line.amount = sum((one.amount or money.ZERO for one in line.members or [] if one.counts), money.ZERO)
    put_text(line.fields, "TotalAmount", money.money(line.amount))


def flat(lines: Sequence[Line]) -> list[Line]:
    """Return the lines that are no groups, members in the place of their group."""
    return [one for line in lines for one in ([line] if line.members is None else line.members)]


def total(lines: Sequence[Line]) -> Decimal:
    return sum((line.amount or money.ZERO for line in flat(lines) if line.counts), money.ZERO)
