"""The head of a document: what the request gives, and what QuickBooks takes from the customer and its lists."""

import calendar
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from apatar.sandbox.quickbooks import currencies, features
from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.derived import Fields, derive, put
from apatar.sandbox.quickbooks.documents import money
from apatar.sandbox.quickbooks.documents.lines import put_text
from apatar.sandbox.quickbooks.documents.records import from_cents, pointed, text
from apatar.sandbox.quickbooks.documents.shapes import Shape
from apatar.sandbox.quickbooks.kinds import KINDS, TERMS, referred_kinds
from apatar.sandbox.quickbooks.markup import Node, element, parsed, text_of
from apatar.sandbox.quickbooks.references import is_blank, is_reference, point, resolve
from apatar.sandbox.quickbooks.special_accounts import special_account
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row

_FLAGS = {
    "Estimate": {"IsActive": "true", "IsToBeEmailed": "false"},
    "SalesOrder": {
        "IsManuallyClosed": "false",
        "IsFullyInvoiced": "false",
        "IsToBePrinted": "false",
        "IsToBeEmailed": "false",
    },
    "Invoice": {
        "IsPending": "false",
        "IsFinanceCharge": "false",
        "IsToBePrinted": "false",
        "IsToBeEmailed": "false",
    },
    "SalesReceipt": {"IsPending": "false", "IsToBePrinted": "false", "IsToBeEmailed": "false"},
    "CreditMemo": {"IsPending": "false", "IsToBePrinted": "false", "IsToBeEmailed": "false"},
}
# What a document takes from its customer: its own element, the customer's. What a job lacks comes from the customer
# above it: in captures most jobs have no tax code of their own.
_FROM_CUSTOMER = {
    "BillAddress": "BillAddress",
    "ShipAddress": "ShipAddress",
    "TermsRef": "TermsRef",
    "SalesRepRef": "SalesRepRef",
    "ItemSalesTaxRef": "ItemSalesTaxRef",
    "CustomerSalesTaxCodeRef": "SalesTaxCodeRef",
    "PaymentMethodRef": "PreferredPaymentMethodRef",
    "CurrencyRef": "CurrencyRef",
}
# QBWC section 4.7 names the first three for invoices, and what follows for sales orders; that switches, rates and
# amounts cannot be cleared anywhere is inferred.
_NEVER_CLEARED = frozenset(
    {
        "CustomerRef",
        "ARAccountRef",
        "TemplateRef",
        "TxnDate",
        "IsManuallyClosed",
        "IsToBePrinted",
        "IsToBeEmailed",
        "IsPending",
        "IsActive",
        "ExchangeRate",
        "TotalAmount",
        "DepositToAccountRef",
    }
)
_NEVER_CLEARED_HERE = {"SalesOrder": frozenset({"DueDate", "ShipDate", "ItemSalesTaxRef"})}
_ADDRESSES = frozenset({"BillAddress", "ShipAddress"})
_ADDRESS_ORDER = ["Addr1", "Addr2", "Addr3", "Addr4", "Addr5", "City", "State", "PostalCode", "Country", "Note"]
# Taken, answered with 530, not kept: this company file has no such lists (its limit).
NOT_KEPT = frozenset({"InventorySiteRef", "InventorySiteLocationRef", "OverrideUOMSetRef", "SerialNumber", "LotNumber"})


def customer_of(books: Books, fields: Fields) -> Row | None:
    return books.store.by_id(("Customer",), pointed(fields, "CustomerRef"))


def _upwards(books: Books, fields: Fields) -> Iterator[Row]:
    """Yield the customer of a document, and every customer above it."""
    row = customer_of(books, fields)
    while row is not None:
        yield row
        row = books.store.by_id(("Customer",), row.parent) if row.parent else None


def price_level_of(books: Books, fields: Fields) -> str:
    """Return the ListID of the price level that counts for a document, "" for none."""
    levels = (text_of(parsed(row.body), "PriceLevelRef/ListID") for row in _upwards(books, fields))
    return next(filter(None, levels), "")


def give(books: Books, shape: Shape, node: Node, fields: Fields, *, changing: bool) -> set[str]:
    """Write what a request says of the head into `fields`; return the names it gave. Raises Refused 3140, 3190."""
    given = {
        child.tag: child
        for child in node
        if child.tag in shape.kind.order and child.tag not in {"TxnID", "EditSequence"}
    }
    for name, child in given.items():
        empty = _is_empty(child)
        if empty and changing and name in _NEVER_CLEARED | _NEVER_CLEARED_HERE.get(shape.name, frozenset()):
            raise Refused(3190, field=name)
        if name in _ADDRESSES:
            put(fields, name, _merged(fields.get(name, []), child))
        elif empty:
            fields.pop(name, None)
        elif is_reference(child):
            put_row(fields, name, resolve(books, child, shape.name))
        else:
            fields[name] = [child]
    derive(books, shape.kind, fields, given)
    return set(given)


def _is_empty(child: Node) -> bool:
    if is_reference(child):
        return is_blank(child)
    return not any((part.text or "").strip() for part in child.iter())


def _merged(old: list[Node], new: Node) -> list[Node]:
    """Write an address over another line by line: an absent line stays, an empty one goes; an empty address clears."""
    if not len(new):
        return []
    lines = {child.tag: child.text or "" for address in (*old, new) for child in address}
    made = element(new.tag)
    made.extend(element(name, lines[name]) for name in _ADDRESS_ORDER if lines.get(name, "").strip())
    return [made] if len(made) else []


def put_row(fields: Fields, name: str, row: Row) -> None:
    made = element(name)
    point(made, row)
    fields[name] = [made]


def complete(books: Books, shape: Shape, fields: Fields, given: set[str]) -> None:
    """Fill in what a new document says without being told."""
    if "TxnDate" not in fields:
        put_text(fields, "TxnDate", books.clock.today())
    for name, value in _FLAGS.get(shape.name, {}).items():
        if name not in fields:
            put_text(fields, name, value)
    for customer in _upwards(books, fields):
        _take(shape, fields, given, parsed(customer.body))
    _default_tax(books, shape, fields, given)
    _default_template(books, shape, fields)
    for name in ("DueDate", "ShipDate"):
        if name in shape.kind.order and name not in fields:
            put_text(fields, name, text(fields, "TxnDate"))
            if name == "DueDate":
                due(books, fields)
    exchange(books, shape, fields)
    _default_accounts(books, shape, fields)
    derive(books, shape.kind, fields, _FROM_CUSTOMER)


def _take(shape: Shape, fields: Fields, given: set[str], customer: Node) -> None:
    for name, theirs in _FROM_CUSTOMER.items():
        found = customer.find(theirs)
        if name in shape.kind.order and name not in fields and name not in given and found is not None:
            found.tag = name
            fields[name] = [found]


def _default_tax(books: Books, shape: Shape, fields: Fields, given: set[str]) -> None:
    """The company's usual tax item stands in for a customer that has none."""
    known = features.features(books.store)
    if "ItemSalesTaxRef" not in shape.kind.order or {"ItemSalesTaxRef"} & {*fields, *given} or not known.sales_tax:
        return
    row = books.store.by_full_name(("ItemSalesTax", "ItemSalesTaxGroup"), known.tax_item)
    if row is not None:
        put_row(fields, "ItemSalesTaxRef", row)


def _default_template(books: Books, shape: Shape, fields: Fields) -> None:
    if "TemplateRef" not in shape.kind.order or "TemplateRef" in fields or "Template" not in KINDS:
        return
    wanted = f"<TemplateType>{shape.name}</TemplateType>"
    row = next(books.store.rows("kind = 'Template' AND instr(body, ?) > 0", (wanted,)), None)
    if row is not None:
        put_row(fields, "TemplateRef", row)


def _default_accounts(books: Books, shape: Shape, fields: Fields) -> None:
    """Receivables are kept apart by currency; money that came in waits among the undeposited funds."""
    if "ARAccountRef" in shape.kind.order and "ARAccountRef" not in fields:
        put_row(fields, "ARAccountRef", special_account(books, "AccountsReceivable", pointed(fields, "CurrencyRef")))
    if "DepositToAccountRef" in shape.kind.order and "DepositToAccountRef" not in fields:
        put_row(fields, "DepositToAccountRef", special_account(books, "UndepositedFunds"))


def renew(books: Books, shape: Shape, fields: Fields, given: set[str], *, moved: bool) -> None:
    """Bring up to date what follows from a changed head; `moved` is it to another customer, with its own currency."""
    if {"TermsRef", "TxnDate"} & given and "DueDate" not in given:
        due(books, fields)
    if moved:
        for name in {"CurrencyRef", "ExchangeRate", "ARAccountRef"} - given:
            fields.pop(name, None)
    if moved or "ExchangeRate" in given:
        exchange(books, shape, fields)
        _default_accounts(books, shape, fields)


def exchange(books: Books, shape: Shape, fields: Fields) -> None:
    """With multi-currency on, each document says its currency and what that is worth; otherwise none does."""
    home = currencies.home(books)
    if home is None:
        fields.pop("CurrencyRef", None)
        fields.pop("ExchangeRate", None)
        return
    if "CurrencyRef" not in fields:
        customer = customer_of(books, fields)
        own = parsed(customer.body).find("CurrencyRef") if customer else None
        put_row(fields, "CurrencyRef", home if own is None else resolve(books, own, shape.name))
    if "ExchangeRate" not in fields:
        rate = currencies.exchange_rate(books, pointed(fields, "CurrencyRef"))
        put_text(fields, "ExchangeRate", f"{rate.normalize():f}")


def exchange_rate(fields: Fields) -> Decimal:
    return money.number(text(fields, "ExchangeRate")) or Decimal(1)


def due(books: Books, fields: Fields) -> None:
    """Print the day on which the terms make a document due."""
    terms = books.store.by_id(TERMS, pointed(fields, "TermsRef")) if "TermsRef" in fields else None
    if terms is None:
        return
    day = date.fromisoformat(text(fields, "TxnDate"))
    ret = parsed(terms.body)
    reckon: Callable[[Node, date], date] = _standard if terms.kind == "StandardTerms" else _date_driven
    put_text(fields, "DueDate", reckon(ret, day).isoformat())


def _standard(terms: Node, day: date) -> date:
    return day + timedelta(days=int(text_of(terms, "StdDueDays") or 0))


def _date_driven(terms: Node, day: date) -> date:
    """Due on a day of the month; in the month after, where that day is near or past."""
    wanted = int(text_of(terms, "DayOfMonthDue") or 1)
    found = _in_month(day.year, day.month, wanted)
    if (found - day).days < max(int(text_of(terms, "DueNextMonthDays") or 0), 0):
        later = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        found = _in_month(later.year, later.month, wanted)
    return found


def _in_month(year: int, month: int, wanted: int) -> date:
    return date(year, month, min(wanted, calendar.monthrange(year, month)[1]))


def suggest_discount(books: Books, fields: Fields, total: int) -> None:
    """Print the discount for paying early that the terms offer."""
    terms = books.store.by_id(TERMS, pointed(fields, "TermsRef")) if "TermsRef" in fields else None
    ret = parsed(terms.body) if terms else None
    percent = text_of(ret, "DiscountPct") if ret is not None else ""
    days = text_of(ret, "StdDiscountDays") if ret is not None else ""
    for name in ("SuggestedDiscountAmount", "SuggestedDiscountDate"):
        fields.pop(name, None)
    if percent and days and Decimal(percent):
        amount = money.part(from_cents(total), Decimal(percent))
        until = date.fromisoformat(text(fields, "TxnDate")) + timedelta(days=int(days))
        put_text(fields, "SuggestedDiscountAmount", money.money(amount))
        put_text(fields, "SuggestedDiscountDate", until.isoformat())


def next_number(books: Books, kind: str) -> str:
    """Return the number after the last one used for this kind of document; the digits at its end are counted up."""
    last = books.store.setting(f"last_number:{kind}")
    digits = len(last) - len(last.rstrip("0123456789"))
    if not digits:
        return "1" if not last else f"{last}1"
    head, tail = last[:-digits], last[-digits:]
    return f"{head}{str(int(tail) + 1).rjust(digits, '0')}"


def number(books: Books, shape: Shape, fields: Fields, given: set[str]) -> None:
    """Numbers are not unique; a given one becomes the last used. A payment's is its cheque's, so none is made up."""
    if "RefNumber" not in fields and "RefNumber" not in given and shape.name != "ReceivePayment":
        put_text(fields, "RefNumber", next_number(books, shape.name))
    if text(fields, "RefNumber"):
        books.store.put_setting(f"last_number:{shape.name}", text(fields, "RefNumber"))


def ignored(node: Node) -> str:
    """Name the first element of a request that was taken but is not kept."""
    return next((found.tag for found in node.iter() if found.tag in NOT_KEPT), "")


def drop_unkept(node: Node, own: str) -> str:
    """Take away what is not kept here; return its name."""
    named = ignored(node)
    for found in [child for child in node.iter() if child.tag in NOT_KEPT or _has_no_list(child, own)]:
        named = named or str(found.tag)
        parent = found.getparent()
        if parent is not None:
            parent.remove(found)
    return named


def _has_no_list(child: Node, own: str) -> bool:
    return is_reference(child) and referred_kinds(child.tag, own)[0] not in KINDS and child.tag != "DiscountClassRef"
