import pytest

from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.documents.trade import (
    applied,
    balances,
    changing,
    credit,
    deleting,
    invoice,
    kept,
    now,
    paying,
    taken,
    texts,
    voiding,
)
from tests.sandbox.quickbooks.situations import Watch, attributes_of, message, one, status

AUTOMATIC = "<IsAutoApply>true</IsAutoApply>"


def using(found: Node, amount: str, *, override: str = "") -> str:
    inside = f"<CreditTxnID>{found.findtext('TxnID')}</CreditTxnID><AppliedAmount>{amount}</AppliedAmount>{override}"
    return f"<SetCredit>{inside}</SetCredit>"


def test_a_payment_settles_the_invoice_it_is_applied_to(shop: Company, watch: Watch) -> None:
    sold = invoice(shop, "100.00")
    watch.pass_by(minutes=5)
    paid = taken(shop, paying("60.00", applied(sold, "60.00")))
    assert texts(paid, "TotalAmount", "UnusedPayment", "AppliedToTxnRet/BalanceRemaining") == ["60.00", "0.00", "40.00"]
    after = now(shop, sold)
    assert texts(after, "AppliedAmount", "BalanceRemaining", "IsPaid") == ["-60.00", "40.00", "false"]
    assert texts(after, "LinkedTxn/TxnID", "LinkedTxn/TxnType", "LinkedTxn/LinkType", "LinkedTxn/Amount") == [
        paid.findtext("TxnID"),
        "ReceivePayment",
        "AMTTYPE",
        "-60.00",
    ]
    assert after.findtext("TimeModified") == "2024-01-15T12:05:00-05:00"
    assert after.findtext("EditSequence") != sold.findtext("EditSequence")
    assert balances(shop)["Acme"] == ("40.00", "40.00")


def test_more_than_the_amount_due_cannot_be_paid(shop: Company) -> None:
    sold = invoice(shop, "100.00")
    answer = one(shop, paying("200.00", applied(sold, "100.01")))
    assert (status(answer), message(answer)) == (
        3210,
        (
            'The "AppliedToTxnAdd payment amount" field has an invalid value "100.01".  QuickBooks error message: You '
            "cannot pay more than the amount due."
        ),
    )
    assert len(answer) == 0
    assert balances(shop)["Acme"] == ("100.00", "100.00")


def test_no_more_than_the_payment_can_be_applied(shop: Company) -> None:
    sold = invoice(shop, "100.00")
    assert status(one(shop, paying("10.00", applied(sold, "20.00")))) == 3210


def test_what_is_not_applied_is_left_as_a_credit(shop: Company) -> None:
    paid = taken(shop, paying("70.00"))
    assert paid.findtext("UnusedPayment") == "70.00"
    assert balances(shop)["Acme"] == ("-70.00", "-70.00")


def test_a_payment_applies_itself_to_the_same_amount_or_to_the_oldest(shop: Company) -> None:
    old = invoice(shop, "100.00", head="<TxnDate>2024-01-02</TxnDate>")
    older = invoice(shop, "50.00", head="<TxnDate>2024-01-01</TxnDate>", who="Acme:Roof")
    exact = invoice(shop, "70.00")
    taken(shop, paying("70.00", AUTOMATIC))
    taken(shop, paying("80.00", AUTOMATIC))
    left = [now(shop, found).findtext("BalanceRemaining") for found in (old, older, exact)]
    assert left == ["70.00", "0.00", "0.00"]


def test_a_discount_settles_and_is_not_paid(shop: Company) -> None:
    sold = invoice(shop, "100.00")
    more = "<DiscountAmount>2.00</DiscountAmount><DiscountAccountRef><FullName>Sales</FullName></DiscountAccountRef>"
    paid = taken(shop, paying("98.00", applied(sold, "98.00", more=more)))
    assert texts(paid, "AppliedToTxnRet/DiscountAmount", "AppliedToTxnRet/DiscountAccountRef/FullName") == [
        "2.00",
        "Sales",
    ]
    assert texts(now(shop, sold), "BalanceRemaining", "IsPaid") == ["0.00", "true"]
    assert balances(shop)["Acme"] == ("0.00", "0.00")


def test_a_credit_can_settle_an_invoice(shop: Company) -> None:
    given, sold = credit(shop, "30.00"), invoice(shop, "100.00")
    taken(shop, paying("0.00", applied(sold, "0.00", more=using(given, "30.00"))))
    assert now(shop, sold).findtext("BalanceRemaining") == "70.00"
    assert texts(now(shop, given), "CreditRemaining", "LinkedTxn/TxnID", "LinkedTxn/Amount") == [
        "0.00",
        sold.findtext("TxnID"),
        "30.00",
    ]
    assert balances(shop)["Acme"] == ("70.00", "70.00")


def test_an_invoice_can_use_a_credit_by_itself(shop: Company) -> None:
    given, sold = credit(shop, "30.00"), invoice(shop, "100.00")
    changed = taken(shop, changing(sold, using(given, "10.00")))
    assert changed.findtext("BalanceRemaining") == "90.00"
    changed = taken(shop, changing(changed, using(given, "30.00", override="<Override>true</Override>")))
    assert changed.findtext("BalanceRemaining") == "70.00"


@pytest.mark.parametrize("amount", ["30.01", "100.01"])
def test_no_more_of_a_credit_can_be_used_than_there_is(amount: str, shop: Company) -> None:
    given, sold = credit(shop, "30.00"), invoice(shop, "100.00")
    assert status(one(shop, changing(sold, using(given, amount)))) == 3210


def test_a_changed_payment_lists_what_it_pays(shop: Company) -> None:
    first, second = invoice(shop, "50.00"), invoice(shop, "60.00")
    paid = taken(shop, paying("80.00", applied(first, "50.00") + applied(second, "30.00")))
    paid = taken(shop, changing(paid, applied(second, "60.00", verb="Mod")))
    assert texts(paid, "UnusedPayment", "AppliedToTxnRet/TxnID") == ["20.00", second.findtext("TxnID")]
    assert [now(shop, found).findtext("BalanceRemaining") for found in (first, second)] == ["50.00", "0.00"]
    paid = taken(shop, changing(paid, applied(second, "0.00", verb="Mod")))
    assert texts(paid, "UnusedPayment", "AppliedToTxnRet") == ["80.00", None]
    assert balances(shop)["Acme"] == ("30.00", "30.00")


def test_a_changed_payment_without_a_list_stays_applied(shop: Company) -> None:
    sold = invoice(shop, "50.00")
    paid = taken(shop, paying("50.00", applied(sold, "50.00")))
    paid = taken(shop, changing(paid, "<Memo>Thanks</Memo>"))
    assert texts(paid, "Memo", "UnusedPayment") == ["Thanks", "0.00"]
    assert status(one(shop, changing(paid, "<TotalAmount>10.00</TotalAmount>"))) == 3210


def test_a_deleted_payment_leaves_the_invoice_open(shop: Company) -> None:
    sold = invoice(shop, "50.00")
    paid = taken(shop, paying("50.00", applied(sold, "50.00")))
    one(shop, deleting(paid))
    assert texts(now(shop, sold), "BalanceRemaining", "IsPaid", "LinkedTxn") == ["50.00", "false", None]


def test_a_void_or_deleted_invoice_leaves_its_payment_unused(shop: Company) -> None:
    for request in (voiding, deleting):
        sold = invoice(shop, "50.00")
        paid = taken(shop, paying("50.00", applied(sold, "50.00")))
        assert status(one(shop, request(now(shop, sold)))) == 0
        assert now(shop, paid).findtext("UnusedPayment") == "50.00"
        one(shop, deleting(paid))


def test_an_invoice_that_shrinks_below_its_payment_frees_it(shop: Company) -> None:
    sold = invoice(shop, "50.00")
    paid = taken(shop, paying("50.00", applied(sold, "50.00")))
    sold = taken(shop, changing(now(shop, sold), kept(sold, 0, "<Amount>20.00</Amount>")))
    assert sold.findtext("BalanceRemaining") == "20.00"
    assert now(shop, paid).findtext("UnusedPayment") == "50.00"
    assert balances(shop)["Acme"] == ("-30.00", "-30.00")


def test_a_payment_cannot_be_voided(shop: Company) -> None:
    paid = taken(shop, paying("50.00"))
    with pytest.raises(Exception, match="parsing"):
        one(shop, voiding(paid))


def test_only_the_customers_own_invoices_can_be_paid(shop: Company) -> None:
    sold = invoice(shop, "50.00")
    assert status(one(shop, paying("50.00", applied(sold, "50.00"), who="Acme:Roof"))) == 3120


def test_a_resent_payment_is_answered_from_memory(shop: Company) -> None:
    sold = invoice(shop, "50.00")
    request = paying("20.00", applied(sold, "20.00"))
    head = '<?xml version="1.0"?><?qbxml version="16.0"?><QBXML><QBXMLMsgsRq onError="stopOnError" newMessageSetID="7">'
    answers = {shop.process(f"{head}{request}</QBXMLMsgsRq></QBXML>") for _ in range(2)}
    assert len(answers) == 1
    assert now(shop, sold).findtext("BalanceRemaining") == "30.00"


def test_a_card_number_is_not_kept(shop: Company) -> None:
    given = (
        "<CreditCardTxnInfo><CreditCardTxnInputInfo><CreditCardNumber>4111111111111111</CreditCardNumber>"
        "<ExpirationMonth>1</ExpirationMonth><ExpirationYear>2030</ExpirationYear><NameOnCard>A</NameOnCard>"
        "</CreditCardTxnInputInfo><CreditCardTxnResultInfo><ResultCode>0</ResultCode><ResultMessage>ok</ResultMessage>"
        "<CreditCardTransID>1</CreditCardTransID><MerchantAccountNumber>1</MerchantAccountNumber>"
        "<PaymentStatus>Completed</PaymentStatus><TxnAuthorizationTime>2024-01-15T10:00:00</TxnAuthorizationTime>"
        "</CreditCardTxnResultInfo></CreditCardTxnInfo><IsAutoApply>false</IsAutoApply>"
    )
    paid = taken(shop, paying("50.00", given))
    assert paid.findtext("CreditCardTxnInfo/CreditCardTxnInputInfo/CreditCardNumber") == "xxxxxxxxxxxx1111"


def test_payments_are_found_with_what_they_pay(shop: Company) -> None:
    sold = invoice(shop, "50.00")
    taken(shop, paying("20.00", applied(sold, "20.00")))
    plain = one(shop, "<ReceivePaymentQueryRq></ReceivePaymentQueryRq>")
    full = one(
        shop, '<ReceivePaymentQueryRq requestID="1"><IncludeLineItems>true</IncludeLineItems></ReceivePaymentQueryRq>'
    )
    assert plain.find("ReceivePaymentRet/AppliedToTxnRet") is None
    assert full.findtext("ReceivePaymentRet/AppliedToTxnRet/Amount") == "20.00"
    assert attributes_of(full)["requestID"] == "1"
