"""Many invoices at once, for measuring: written as they are printed, without being asked for one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.documents import balances, items, money, records
from apatar.sandbox.quickbooks.documents.items import Item
from apatar.sandbox.quickbooks.documents.records import from_cents, to_cents
from apatar.sandbox.quickbooks.errors import CompanyFileError
from apatar.sandbox.quickbooks.markup import group, leaf
from apatar.sandbox.quickbooks.special_accounts import special_account
from apatar.sandbox.quickbooks.store import Row

_DAYS = 360


@dataclass(frozen=True, slots=True)
class _Stall:
    """What the invoices are made of: customers, priced items, and the printed reference to the receivables."""

    customers: Sequence[Row]
    goods: Sequence[Item]
    receivables: Row
    moment: str
    epoch: int
    first: int
    since: date


def fill_invoices(books: Books, count: int, lines: int = 4) -> None:
    """Write open invoices of untaxed lines, over the last year, one after another for every customer.

    Raises CompanyFileError where there is nobody to sell to or nothing to sell.
    """
    customers = list(books.store.rows("kind = 'Customer' AND instr(body, '<CurrencyRef>') = 0", ()))
    sold = (
        items.read_item(row)
        for row in books.store.rows("kind IN ('ItemService', 'ItemNonInventory', 'ItemInventory')", ())
    )
    goods = [item for item in sold if item.price]
    if not customers or not goods:
        raise CompanyFileError("Invoices need a customer and an item with a price; make a company with --customers.")
    stall = _stall(books, customers, goods)
    owed = [0] * len(customers)
    books.store.tell_each(records.INSERT, _rows(stall, count, lines, owed))
    _count_on(books, stall.first + count * (lines + 1), count)
    for row, cents in zip(customers, owed, strict=True):
        balances.move(books, row.list_id, cents)


def _stall(books: Books, customers: Sequence[Row], goods: Sequence[Item]) -> _Stall:
    return _Stall(
        customers=customers,
        goods=goods,
        receivables=special_account(books, "AccountsReceivable"),
        moment=books.clock.printed(books.clock.wall()),
        epoch=books.clock.epoch(),
        first=books.store.next_serial("Txn"),
        since=date.fromisoformat(books.clock.today()) - timedelta(days=_DAYS),
    )


def _count_on(books: Books, serial: int, count: int) -> None:
    books.store.tell("UPDATE serial SET last = ? WHERE namespace = 'Txn'", (serial,))
    books.store.tell(
        "INSERT INTO serial VALUES ('TxnNumber', ?) ON CONFLICT DO UPDATE SET last = last + ?", (count,) * 2
    )
    books.store.put_setting("last_number:Invoice", str(count))


def _rows(stall: _Stall, count: int, lines: int, owed: list[int]) -> Iterator[tuple[object, ...]]:
    for number in range(count):
        serial = stall.first + number * (lines + 1)
        sold = [_line(stall, serial + place, number + place) for place in range(1, lines + 1)]
        total = sum(cents for _, cents in sold)
        owed[number % len(owed)] += total
        yield _row(stall, serial, number, total, "".join(text for text, _ in sold))


def _line(stall: _Stall, serial: int, number: int) -> tuple[str, int]:
    """Print one line; return it and its cents."""
    item, quantity = stall.goods[number % len(stall.goods)], Decimal(number % 9 + 1)
    price = item.price or Decimal(0)
    amount = money.extended(quantity, price)
    told = leaf("TxnLineID", f"{serial:X}-{stall.epoch}") + _pointing("ItemRef", item.row)
    told += leaf("Desc", item.description or item.row.name) + leaf("Quantity", money.quantity(quantity))
    told += leaf("Rate", money.rate(price)) + leaf("Amount", money.money(amount))
    return group("InvoiceLineRet", told), to_cents(amount)


def _pointing(name: str, row: Row) -> str:
    return group(name, leaf("ListID", row.list_id) + leaf("FullName", row.full_name))


def _row(stall: _Stall, serial: int, number: int, total: int, lines: str) -> tuple[object, ...]:
    customer, day = stall.customers[number % len(stall.customers)], stall.since + timedelta(days=number % _DAYS)
    txn = replace(
        records.new("Invoice"),
        txn_id=f"{serial:X}-{stall.epoch}",
        customer=customer.list_id,
        account=stall.receivables.list_id,
        day=day.isoformat(),
        ref=str(number + 1),
        modified=stall.moment[:19],
        edit=stall.epoch,
        total=total,
        left_open=total,
        lines=lines,
    )
    return records.values_of(replace(txn, body=_head(stall, txn, customer, number, (day + timedelta(30)).isoformat())))


def _head(stall: _Stall, txn: records.Txn, customer: Row, number: int, due: str) -> str:
    told = money.money(from_cents(txn.total))
    parts = [
        ("TxnID", txn.txn_id),
        ("TimeCreated", stall.moment),
        ("TimeModified", stall.moment),
        ("EditSequence", str(stall.epoch)),
        ("TxnNumber", str(number + 1)),
    ]
    rest = [
        ("TxnDate", txn.day),
        ("RefNumber", txn.ref),
        ("IsPending", "false"),
        ("IsFinanceCharge", "false"),
        ("DueDate", due),
        ("ShipDate", txn.day),
        ("Subtotal", told),
        ("SalesTaxPercentage", "0.00"),
        ("SalesTaxTotal", "0.00"),
        ("AppliedAmount", "0.00"),
        ("BalanceRemaining", told),
        ("IsPaid", "false"),
        ("IsToBePrinted", "false"),
        ("IsToBeEmailed", "false"),
    ]
    refs = _pointing("CustomerRef", customer) + _pointing("ARAccountRef", stall.receivables)
    return "".join(leaf(*part) for part in parts) + refs + "".join(leaf(*part) for part in rest)
