from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.documents.trade import (
    adding,
    changing,
    count,
    deleting,
    group,
    kept,
    line,
    now,
    sell,
    taken,
    texts,
    voiding,
)
from tests.sandbox.quickbooks.situations import one, status


def order(shop: Company, kind: str = "SalesOrder") -> Node:
    lines = line("Pipe", count("4"), kind=kind) + line("Labor", count("2"), kind=kind)
    return sell(shop, lines, kind=kind, head="<PONumber>PO 7</PONumber>")


def linking(found: Node) -> str:
    return f"<LinkToTxnID>{found.findtext('TxnID')}</LinkToTxnID>"


def linking_line(found: Node, number: int, inside: str = "") -> str:
    identity = found.findall("SalesOrderLineRet")[number].findtext("TxnLineID")
    link = f"<LinkToTxn><TxnID>{found.findtext('TxnID')}</TxnID><TxnLineID>{identity}</TxnLineID></LinkToTxn>"
    return f"<InvoiceLineAdd>{inside}{link}</InvoiceLineAdd>"


def invoiced(shop: Company, found: Node) -> list[str | None]:
    ret = now(shop, found)
    return [ret.findtext("IsFullyInvoiced"), *(one.findtext("Invoiced") for one in ret.iterfind("SalesOrderLineRet"))]


def test_an_invoice_is_made_from_a_whole_order(shop: Company) -> None:
    found = order(shop)
    sold = sell(shop, "", head=linking(found))
    assert texts(sold, "PONumber", "Subtotal") == ["PO 7", found.findtext("Subtotal")]
    assert invoiced(shop, found) == ["true", "4", "2"]
    assert texts(now(shop, found), "LinkedTxn/TxnID", "LinkedTxn/TxnType", "LinkedTxn/LinkType") == [
        sold.findtext("TxnID"),
        "Invoice",
        "QUANTYPE",
    ]
    assert texts(now(shop, sold), "LinkedTxn/TxnID", "LinkedTxn/TxnType") == [found.findtext("TxnID"), "SalesOrder"]


def test_an_order_is_invoiced_in_parts(shop: Company) -> None:
    found = order(shop)
    sell(shop, linking_line(found, 0, count("3")))
    assert invoiced(shop, found) == ["false", "3", "0"]
    rest = sell(shop, "", head=linking(found))
    assert [(one.findtext("Quantity"), one.findtext("Amount")) for one in rest.iterfind("InvoiceLineRet")] == [
        ("1", "10.00"),
        ("2", "66.67"),
    ]
    assert invoiced(shop, found) == ["true", "4", "2"]


def test_an_order_that_is_invoiced_cannot_be_linked_again(shop: Company) -> None:
    found = order(shop)
    sell(shop, "", head=linking(found))
    answer = one(shop, adding("", head=linking(found)))
    assert (status(answer), answer.get("statusSeverity"), len(answer)) == (570, "Warn", 0)


def test_a_closed_order_cannot_be_linked(shop: Company) -> None:
    found = order(shop)
    taken(shop, changing(found, "<IsManuallyClosed>true</IsManuallyClosed>"))
    assert status(one(shop, adding("", head=linking(found)))) == 570


def test_a_deleted_or_void_invoice_gives_the_order_back(shop: Company) -> None:
    found = order(shop)
    for request in (deleting, voiding):
        sold = sell(shop, "", head=linking(found))
        assert status(one(shop, request(sold))) == 0
        assert invoiced(shop, found) == ["false", "0", "0"]


def test_an_invoice_line_that_changes_changes_the_order(shop: Company) -> None:
    found = order(shop)
    sold = sell(shop, "", head=linking(found))
    taken(shop, changing(sold, kept(sold, 0, count("1"))))
    assert invoiced(shop, found) == ["false", "1", "0"]


def test_an_invoice_is_made_from_an_estimate_with_groups(shop: Company) -> None:
    found = sell(shop, group("Kit", "2", kind="Estimate"), kind="Estimate")
    sold = sell(shop, "", head=linking(found))
    assert texts(sold, "InvoiceLineGroupRet/TotalAmount", "Subtotal") == ["106.67", "106.67"]
    assert texts(now(shop, found), "IsActive", "LinkedTxn/TxnType") == ["true", "Invoice"]


def test_another_customers_order_cannot_be_linked(shop: Company) -> None:
    found = order(shop)
    assert status(one(shop, adding("", head=linking(found), who="Acme:Roof"))) == 3120


def test_stock_on_order_follows_the_order(shop: Company) -> None:
    def stock() -> list[str | None]:
        return texts(
            one(shop, "<ItemInventoryQueryRq></ItemInventoryQueryRq>")[0], "QuantityOnHand", "QuantityOnSalesOrder"
        )

    found = sell(shop, line("Bolt", count("30"), kind="SalesOrder"), kind="SalesOrder")
    assert stock() == ["100", "30"]
    sell(shop, linking_line(found, 0, count("10")))
    assert stock() == ["90", "20"]
    taken(shop, changing(now(shop, found), "<IsManuallyClosed>true</IsManuallyClosed>"))
    assert stock() == ["90", "0"]
