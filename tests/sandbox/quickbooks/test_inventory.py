from decimal import Decimal

from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.inventory import move_stock
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.situations import Watch, add, named, one, query, sold, stocked

COUNTS = ("QuantityOnHand", "QuantityOnOrder", "QuantityOnSalesOrder", "AverageCost")


def bolts(company: Company, *, opening: str = "") -> str:
    ret = add(company, named("Bolt") + stocked() + opening, kind="ItemInventory")
    return ret.findtext("ListID") or ""


def counts(company: Company) -> list[str | None]:
    ret = bolt(company)
    return [ret.findtext(name) for name in COUNTS]


def bolt(company: Company) -> Node:
    return one(company, query("<FullName>Bolt</FullName>", kind="Item"))[0]


def test_a_sale_takes_stock_away_even_below_nothing(trading: Company) -> None:
    assert move_stock(trading.books, bolts(trading), on_hand=Decimal("-2.5"))
    assert counts(trading) == ["-2.5", "0", "0", "0.00"]


def test_orders_are_counted_apart(trading: Company) -> None:
    item = bolts(trading)
    move_stock(trading.books, item, on_sales_order=Decimal(3), on_order=Decimal(10))
    move_stock(trading.books, item, on_sales_order=Decimal(-1))
    assert counts(trading) == ["0", "10", "2", "0.00"]


def test_goods_that_come_in_weigh_in_the_average_cost(trading: Company) -> None:
    item = bolts(trading, opening="<QuantityOnHand>10</QuantityOnHand><TotalValue>20.00</TotalValue>")
    move_stock(trading.books, item, on_hand=Decimal(30), unit_cost=Decimal(4))
    assert counts(trading) == ["40", "0", "0", "3.50"]


def test_moving_stock_is_no_change_of_the_item(trading: Company, watch: Watch) -> None:
    item, before = bolts(trading), bolt(trading)
    watch.pass_by(hours=1)
    move_stock(trading.books, item, on_hand=Decimal(1))
    after = bolt(trading)
    assert [after.findtext(name) for name in ("TimeModified", "EditSequence")] == [
        before.findtext(name) for name in ("TimeModified", "EditSequence")
    ]


def test_a_service_has_no_stock(trading: Company) -> None:
    service = add(trading, named("Fitting") + sold(), kind="ItemService")
    assert not move_stock(trading.books, service.findtext("ListID") or "", on_hand=Decimal(-1))
