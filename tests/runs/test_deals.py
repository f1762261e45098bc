"""From a deal to its document: lines, missing items, what becomes of documents, books that are shut."""

from datetime import date

import pytest

from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.features import Features
from tests.runs.deals import (
    DEAL,
    Opening,
    a_deal,
    a_won_deal,
    ask_for,
    documents,
    settled,
    the_map_says,
    the_pair_says,
    waiting,
    written_back,
)
from tests.runs.rows import Scene
from tests.runs.shop import (
    CLOSE_DATE,
    a_customer,
    a_document,
    a_group,
    a_line,
    a_price,
    a_rule_against,
    a_service,
    a_shop,
    an_opportunity,
    no_rules,
    ref,
    win,
)

pytestmark = pytest.mark.story

TROUBLE = "Boat lamps"
ABROAD = "Ufer & Söhne"
PRICE = "PricebookEntry"


# Lines


def test_a_product_that_is_a_group_travels_as_a_group_line(scene: Scene) -> None:
    a_group(scene, "Lamp kit", scene.only_there("ItemService"))
    scene.sync()
    deal = an_opportunity(scene)
    a_line(scene, deal, price=a_price(scene, "Lamp kit"), quantity=3, UnitPrice=240)
    win(scene, deal)
    scene.sync()
    [estimate] = scene.office.all("Estimate")
    group = "EstimateLineGroupRet.0"
    assert (estimate[f"{group}.ItemGroupRef.FullName"], estimate[f"{group}.Quantity"]) == ("Lamp kit", "3")
    assert estimate[f"{group}.EstimateLineRet.0.Quantity"] == "6"
    assert written_back(scene, deal, "QuickBooks_Total__c") == [720]
    settled(scene)


def test_a_discount_of_a_line_is_in_its_amount(scene: Scene) -> None:
    deal = a_deal(scene, UnitPrice=120, Discount=10)
    win(scene, deal)
    scene.sync()
    [estimate] = scene.office.all("Estimate")
    line = "EstimateLineRet.0"
    assert (estimate[f"{line}.Quantity"], estimate[f"{line}.Amount"], estimate[f"{line}.Rate"]) == (
        "2", "216.00", "108.00",
    )  # fmt: skip
    settled(scene)


def test_a_line_that_goes_in_salesforce_goes_from_an_estimate(scene: Scene) -> None:
    deal = a_deal(scene)
    second = a_line(scene, deal, quantity=1)
    win(scene, deal)
    scene.sync()
    assert written_back(scene, deal, "QuickBooks_Total__c") == [360]
    scene.sales.delete("OpportunityLineItem", second)
    a_line(scene, deal, quantity=5)
    scene.sync()
    [estimate] = scene.office.all("Estimate")
    quantities = [value for name, value in estimate.items() if name.endswith(".Quantity")]
    assert quantities == ["2", "5"]
    settled(scene)


def test_a_won_deal_without_products_waits_and_goes_on_when_it_has_one(scene: Scene) -> None:
    deal = an_opportunity(scene)
    win(scene, deal)
    scene.sync()
    assert waiting(scene) == [f"“{DEAL}” has no products, so nothing can stand on the document."]
    a_line(scene, deal)
    scene.sync()
    assert documents(scene) == {"Estimate": 1}
    settled(scene)


# What is missing


def a_product_of_our_own(scene: Scene, name: str = "Lamp") -> str:
    """A product that QuickBooks does not have; return its price."""
    product = scene.sales.add("Product2", Name=name, IsActive=True, QuickBooks_Income_Account__c="Sales")
    book = scene.sales.one("Pricebook2", "Name", where="IsStandard = true")["Id"]
    return scene.sales.add(PRICE, Pricebook2Id=book, Product2Id=product, UnitPrice=50, IsActive=True)


def a_deal_with_a_new_product(scene: Scene) -> str:
    deal = an_opportunity(scene)
    a_line(scene, deal, price=a_product_of_our_own(scene))
    win(scene, deal)
    return deal


def test_an_item_that_is_missing_is_made(scene: Scene) -> None:
    a_deal_with_a_new_product(scene)
    scene.sync()
    assert documents(scene) == {"Estimate": 1}
    assert sorted(one["Name"] for one in scene.office.all("ItemService")) == ["Consulting", "Lamp"]
    settled(scene)


def test_an_item_that_is_missing_is_refused_where_that_was_chosen(scene: Scene) -> None:
    the_map_says(scene, missing_items="refuse")
    a_deal_with_a_new_product(scene)
    scene.sync(runs=2)
    assert documents(scene) == {}
    assert waiting(scene) == [f"“{DEAL}” waits: its product “Lamp” has no counterpart in QuickBooks yet."]
    a_service(scene, "Lamp")
    scene.sync()
    assert documents(scene) == {"Estimate": 1}
    settled(scene)


def test_a_stand_in_takes_the_place_of_an_item_that_is_missing(scene: Scene) -> None:
    the_map_says(scene, missing_items="stand-in", stand_in_item="Consulting")
    a_deal_with_a_new_product(scene)
    scene.sync()
    [estimate] = scene.office.all("Estimate")
    assert estimate["EstimateLineRet.0.ItemRef.FullName"] == "Consulting"
    assert len(scene.office.all("ItemService")) == 1
    settled(scene)


def test_a_customer_is_made_just_in_time(opened: Opening) -> None:
    scene = opened()
    the_pair_says(scene, "accounts_customers", direction="to-salesforce")
    a_service(scene)
    scene.sales.add("Account", Name="Idle Hands")
    account = scene.sales.add("Account", Name="Harbor Tools")
    scene.sync()
    assert scene.office.all("Customer") == []
    deal = an_opportunity(scene, account=account)
    a_line(scene, deal)
    win(scene, deal)
    scene.sync()
    [estimate] = scene.office.all("Estimate")
    assert estimate["CustomerRef.FullName"] == "Harbor Tools"
    assert [one["Name"] for one in scene.office.all("Customer")] == ["Harbor Tools"]
    settled(scene)


def test_one_line_that_is_refused_keeps_the_whole_document_back_and_no_other(scene: Scene) -> None:
    a_service(scene, "Fitting")
    scene.sync()
    deal = a_deal(scene)
    a_line(scene, deal, price=a_price(scene, "Fitting"))
    win(scene, deal)
    other = a_deal(scene, TROUBLE)
    win(scene, other)
    [fitting] = [one for one in scene.office.all("ItemService") if one["Name"] == "Fitting"]
    scene.office.change("ItemService", fitting["ListID"], "<IsActive>false</IsActive>")
    scene.sync()
    [estimate] = scene.office.all("Estimate")
    assert estimate["Memo"] == TROUBLE
    assert ["“Fitting”, which this record points to, is inactive" in one for one in waiting(scene)] == [True]
    scene.office.change("ItemService", fitting["ListID"], "<IsActive>true</IsActive>")
    scene.world.clock.pass_by(hours=25)
    scene.sync()
    assert documents(scene) == {"Estimate": 2}
    settled(scene)


def test_an_invoice_one_of_whose_lines_salesforce_refuses_is_not_shown_at_all(scene: Scene) -> None:
    a_rule_against(scene, "QuickBooks_Invoice_Line__c", "Quantity__c = 13", "Not thirteen")
    item = scene.only_there("ItemService")
    lines = "".join(
        f"<InvoiceLineAdd>{ref('ItemRef', item)}<Quantity>{number}</Quantity></InvoiceLineAdd>" for number in (2, 13)
    )
    scene.office.add("Invoice", f"{ref('CustomerRef', scene.only_there('Customer'))}{lines}")
    scene.sync(runs=2)
    assert scene.sales.all("QuickBooks_Invoice__c", "Name") == []
    assert scene.sales.all("QuickBooks_Invoice_Line__c", "Name") == []
    assert ["Not thirteen" in one for one in waiting(scene)] == [True]
    no_rules(scene)
    scene.sync()
    assert len(scene.sales.all("QuickBooks_Invoice_Line__c", "Name")) == 2
    settled(scene)


# What becomes of documents


def an_invoiced_deal(scene: Scene) -> str:
    deal = ask_for(scene, "Invoice", a_deal(scene))
    scene.sync()
    return deal


def test_a_deal_that_was_invoiced_points_to_its_invoice(scene: Scene) -> None:
    deal = an_invoiced_deal(scene)
    invoice = scene.sales.one("QuickBooks_Invoice__c", "Total__c", "Balance__c")
    assert (invoice["Total__c"], invoice["Balance__c"]) == (240, 240)
    found = written_back(scene, deal, "QuickBooks_Invoice__c", "QuickBooks_Balance__c", "QuickBooks_Status__c")
    assert found == [invoice["Id"], 240, "Open"]
    settled(scene)


def test_a_voided_invoice_is_void_with_its_deal(scene: Scene) -> None:
    deal = an_invoiced_deal(scene)
    scene.office.void("Invoice", scene.only_there("Invoice"))
    scene.sync()
    invoice = scene.sales.one("QuickBooks_Invoice__c", "Status__c", "Balance__c")
    assert (invoice["Status__c"], invoice["Balance__c"]) == ("Void", 0)
    assert written_back(scene, deal, "QuickBooks_Status__c", "QuickBooks_Balance__c") == ["Void", 0]
    settled(scene)


def test_a_deleted_invoice_is_marked_with_its_deal(scene: Scene) -> None:
    deal = an_invoiced_deal(scene)
    scene.office.delete_document("Invoice", scene.only_there("Invoice"))
    scene.sync()
    invoice = scene.sales.one("QuickBooks_Invoice__c", "Status__c", "Balance__c")
    assert (invoice["Status__c"], invoice["Balance__c"]) == ("Deleted", 0)
    assert written_back(scene, deal, "QuickBooks_Status__c") == ["Deleted"]
    settled(scene)


def test_a_payment_that_is_applied_and_unapplied_arrives_each_time(scene: Scene) -> None:
    deal = an_invoiced_deal(scene)
    invoice = scene.only_there("Invoice")
    applied = f"<AppliedToTxnAdd><TxnID>{invoice}</TxnID><PaymentAmount>240.00</PaymentAmount></AppliedToTxnAdd>"
    head = f"{ref('CustomerRef', scene.only_there('Customer'))}<TotalAmount>240.00</TotalAmount>"
    payment = scene.office.add("ReceivePayment", f"{head}{applied}")
    scene.sync()
    fields = ("QuickBooks_Status__c", "QuickBooks_Balance__c")
    assert written_back(scene, deal, *fields) == ["Paid", 0]
    unapplied = f"<AppliedToTxnMod><TxnID>{invoice}</TxnID><PaymentAmount>0.00</PaymentAmount></AppliedToTxnMod>"
    scene.office.change("ReceivePayment", payment, unapplied)
    scene.sync()
    assert written_back(scene, deal, *fields) == ["Open", 240]
    assert scene.sales.one("QuickBooks_Payment__c", "Unapplied__c")["Unapplied__c"] == 240
    assert scene.sales.all("QuickBooks_Payment_Line__c", "Amount__c") == []
    settled(scene)


def test_a_sales_order_that_is_closed_by_hand_is_closed_on_the_deal(scene: Scene) -> None:
    deal = ask_for(scene, "Sales Order", a_deal(scene))
    scene.sync()
    scene.office.change("SalesOrder", scene.only_there("SalesOrder"), "<IsManuallyClosed>true</IsManuallyClosed>")
    scene.sync()
    assert written_back(scene, deal, "QuickBooks_Status__c") == ["Closed"]
    settled(scene)


# What QuickBooks or the map do not allow


def test_a_quickbooks_without_sales_orders_says_so_on_the_deal(opened: Opening) -> None:
    scene = opened(Features(edition="pro"))
    a_shop(scene)
    deal = ask_for(scene, "Sales Order", a_deal(scene))
    other = ask_for(scene, "Invoice", a_deal(scene, TROUBLE))
    scene.sync(runs=2)
    assert waiting(scene) == ["This needs a feature that is off, or that this edition of QuickBooks lacks."]
    assert documents(scene) == {"Invoice": 1}
    assert written_back(scene, other, "QuickBooks_Status__c") == ["Open"]
    ask_for(scene, "Invoice", deal)
    scene.sync()
    assert documents(scene) == {"Invoice": 2}
    settled(scene)


def test_a_deal_of_a_closed_month_waits_until_the_books_are_opened(opened: Opening) -> None:
    scene = opened(Features(closing_date=date.fromisoformat(CLOSE_DATE)))
    a_shop(scene)
    ask_for(scene, "Invoice", a_deal(scene))
    scene.sync(runs=2)
    assert waiting(scene) == ["The books are closed for the date of this record."]
    with Company(scene.office.path) as company, company.store.transaction():
        company.store.put_setting("closing_date", "")
    scene.world.clock.pass_by(hours=25)
    scene.sync()
    assert documents(scene) == {"Invoice": 1}
    settled(scene)


def test_deals_from_before_the_first_day_stay_where_they_are(scene: Scene) -> None:
    the_pair_says(scene, "opportunity_estimate", since="2026-03-02")
    win(scene, a_deal(scene), CloseDate="2026-03-01")
    win(scene, a_deal(scene, TROUBLE), CloseDate="2026-03-02")
    scene.sync()
    assert [one["Memo"] for one in scene.office.all("Estimate")] == [TROUBLE]
    settled(scene)


def test_a_pair_that_only_updates_makes_no_document(scene: Scene) -> None:
    a_won_deal(scene)
    the_pair_says(scene, "opportunity_estimate", update_only=True)
    scene.sync()
    assert documents(scene) == {}
    settled(scene)


def test_a_filter_says_which_deals_become_documents(scene: Scene) -> None:
    the_pair_says(scene, "opportunity_estimate", salesforce_filter="record.Name == 'Boat lamps'")
    a_won_deal(scene)
    win(scene, a_deal(scene, TROUBLE))
    scene.sync()
    assert [one["Memo"] for one in scene.office.all("Estimate")] == [TROUBLE]
    settled(scene)


# Two currencies


def test_documents_keep_the_currency_of_their_customer(opened: Opening) -> None:
    scene = opened(Features(multicurrency=True))
    scene.world.org.faults.set(currencies={"USD": "1", "EUR": "0.92"})
    euro = "<CurrencyRef><FullName>Euro</FullName></CurrencyRef>"
    receivable = "<Name>Receivable - EUR</Name><AccountType>AccountsReceivable</AccountType>"
    scene.office.add("Account", f"{receivable}{euro}")
    customer = a_customer(scene, ABROAD, euro)
    item = a_service(scene)
    a_document(scene, "Invoice", customer, item, more="<TxnDate>2026-03-02</TxnDate>")
    scene.sync()
    assert scene.sales.one("Account", "CurrencyIsoCode")["CurrencyIsoCode"] == "EUR"
    invoice = scene.sales.one("QuickBooks_Invoice__c", "CurrencyIsoCode", "Currency__c", "Total__c", "Balance__c")
    [there] = scene.office.all("Invoice")
    assert (invoice["CurrencyIsoCode"], invoice["Currency__c"]) == ("EUR", "Euro")
    assert f"{invoice['Balance__c']:.2f}" == there["BalanceRemaining"]
    settled(scene)


def test_an_account_abroad_becomes_a_customer_in_its_currency(opened: Opening) -> None:
    scene = opened(Features(multicurrency=True))
    scene.world.org.faults.set(currencies={"USD": "1", "EUR": "0.92"})
    scene.sales.add("Account", Name=ABROAD, CurrencyIsoCode="EUR")
    scene.sales.add("Account", Name="Harbor Tools", CurrencyIsoCode="USD")
    scene.sync()
    found = {one["Name"]: one["CurrencyRef.FullName"] for one in scene.office.all("Customer")}
    assert found == {ABROAD: "Euro", "Harbor Tools": "US Dollar"}
    settled(scene)
