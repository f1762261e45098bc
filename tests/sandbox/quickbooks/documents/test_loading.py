from lxml import etree

from apatar.sandbox.quickbooks.captured import load
from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.ledger import read_ledger
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.documents.trade import applied, changing, now, paying, taken, texts
from tests.sandbox.quickbooks.situations import one
from tests.shared_folder import needs_shared, shared

INVOICES = "captures/qbxml/rs_invoice_query_iterator__consolibyte.xml"
PAYMENTS = "captures/qbxml/rs_receive_payment_query__skryl.xml"
WHO = "Keith Palmer:QuickBooks Integration"


@needs_shared
def test_a_captured_invoice_is_paid_on(company: Company) -> None:
    load(company, [shared(INVOICES)])
    found = one(company, "<InvoiceQueryRq></InvoiceQueryRq>")[0]
    taken(company, paying("45.00", applied(found, "45.00"), who=WHO))
    after = now(company, found)
    assert texts(after, "AppliedAmount", "BalanceRemaining", "IsPaid") == ["-100.00", "0.00", "true"]
    assert [link.findtext("Amount") for link in after.iterfind("LinkedTxn")] == ["-55.00", "-45.00"]


@needs_shared
def test_a_captured_invoice_is_changed_like_any_other(company: Company) -> None:
    load(company, [shared(INVOICES)])
    found = now(company, one(company, "<InvoiceQueryRq></InvoiceQueryRq>")[1])
    after = taken(company, changing(found, "<Memo>Seen</Memo>"))
    changed = {
        child.tag for child, old in zip(after, found, strict=True) if (child.tag, child.text) != (old.tag, old.text)
    }
    assert changed == {"TimeModified", "EditSequence", "Memo"}


@needs_shared
def test_the_ledger_of_captured_documents_tells_what_they_leave_open(company: Company) -> None:
    load(company, [shared(INVOICES)])
    (part,) = read_ledger(company)["customers"]
    assert (part["invoices"], part["balance"]) == ("293.98", "238.98")


@needs_shared
def test_a_captured_payment_shows_what_it_paid(company: Company) -> None:
    load(company, [shared(PAYMENTS)])
    asked = "<ReceivePaymentQueryRq><IncludeLineItems>true</IncludeLineItems></ReceivePaymentQueryRq>"
    assert texts(one(company, asked)[0], "UnusedPayment", "AppliedToTxnRet/Amount") == ["0.00", "112.35"]


@needs_shared
def test_a_receipt_is_answered_as_quickbooks_answered_it(company: Company) -> None:
    answer = shared("captures/qbxml/rs_sales_receipt_add__skryl.xml")
    load(company, [answer])
    request = shared("captures/qbxml/rq_sales_receipt_add__skryl.xml").read_text()
    ours = etree.fromstring(company.process(request).encode()).find(".//SalesReceiptRet")
    real = etree.parse(answer, etree.XMLParser(remove_blank_text=True)).find(".//SalesReceiptRet")
    assert ours is not None
    assert real is not None
    # The stand-in for the captured customer names no tax; the block of its address was made from another address.
    assert {child.tag for child in real} - {child.tag for child in ours} == {
        "ItemSalesTaxRef",
        "CustomerSalesTaxCodeRef",
    }
    said = {"TxnDate", "RefNumber", "IsPending", "DueDate", "ShipDate", "Subtotal", "TotalAmount", "IsToBePrinted"}
    assert [(child.tag, child.text) for child in ours if child.tag in said] == [
        (child.tag, child.text) for child in real if child.tag in said
    ]
    assert list(map(told, ours.iterfind("SalesReceiptLineRet"))) == list(
        map(told, real.iterfind("SalesReceiptLineRet"))
    )


def told(line: Node) -> list[tuple[str, str]]:
    return [(child.tag, (child.text or "").strip()) for child in line.iter() if child.tag != "TxnLineID"][1:]
