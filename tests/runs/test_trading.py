"""From a deal to a document and back: what a business trades, through the real parts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apatar.connections.maps import save_map
from apatar.sandbox.quickbooks.features import Features
from apatar.sync.pairs import PAIRS
from tests.runs.trading import Office, Sales, named
from tests.runs.world import World, a_world, nothing_was_written

pytestmark = pytest.mark.story

ADA = "<FirstName>Ada</FirstName><LastName>Kern</LastName>"
EVERYTHING = tuple(one.name for one in PAIRS)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, transactional_db: None) -> Iterator[World]:
    features = Features()
    with a_world(
        tmp_path, monkeypatch, settings, qbxml="16.0", pairs=EVERYTHING, features=features, prepared=True
    ) as world:
        yield world


@pytest.fixture
def sales(world: World) -> Sales:
    return Sales(world.org)


@pytest.fixture
def office(world: World) -> Office:
    return Office(world.folder / "company.qbw")


def a_service(office: Office) -> str:
    account = office.add("Account", "<Name>Sales</Name><AccountType>Income</AccountType>")
    price = f"<Desc>Advice</Desc><Price>120.00</Price><AccountRef><ListID>{account}</ListID></AccountRef>"
    return office.add("ItemService", f"{named('Consulting')}<SalesOrPurchase>{price}</SalesOrPurchase>")


def an_invoice(office: Office, customer: str, item: str, *, quantity: str = "2") -> str:
    line = f"<ItemRef><ListID>{item}</ListID></ItemRef><Quantity>{quantity}</Quantity>"
    head = f"<CustomerRef><ListID>{customer}</ListID></CustomerRef>"
    return office.add("Invoice", f"{head}<InvoiceLineAdd>{line}</InvoiceLineAdd>")


def test_what_quickbooks_holds_stands_in_salesforce_after_one_run_and_the_next_writes_nothing(
    world: World, sales: Sales, office: Office
) -> None:
    customer = office.add("Customer", f"{named('Kern Lighting')}<Contacts>{ADA}</Contacts>")
    an_invoice(office, customer, a_service(office))
    world.run_well()
    account = sales.one("Account", "Name", "QuickBooks_Balance__c")
    assert account["QuickBooks_Balance__c"] == 240
    assert sales.one("Contact", "Name", "AccountId") | {"Id": ""} == {
        "Id": "",
        "Name": "Ada Kern",
        "AccountId": account["Id"],
    }
    product = sales.one("Product2", "Name")
    price = sales.one("PricebookEntry", "UnitPrice", "Product2Id")
    assert (price["UnitPrice"], price["Product2Id"]) == (120, product["Id"])
    invoice = sales.one("QuickBooks_Invoice__c", "Total__c", "Balance__c", "Status__c", "Account__c")
    assert (invoice["Total__c"], invoice["Status__c"], invoice["Account__c"]) == (240, "Open", account["Id"])
    line = sales.one("QuickBooks_Invoice_Line__c", "Amount__c", "Product__c", "Invoice__c")
    assert (line["Amount__c"], line["Product__c"], line["Invoice__c"]) == (240, product["Id"], invoice["Id"])
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())
    assert world.problems() == []


def a_won_deal(sales: Sales, account: str, *prices: tuple[str, int]) -> str:
    """Win an opportunity with products: price book entry and quantity each."""
    deal = sales.add("Opportunity", Name="Lights", AccountId=account, StageName="Prospecting", CloseDate="2026-03-01")
    for price, quantity in prices:
        sales.add("OpportunityLineItem", OpportunityId=deal, PricebookEntryId=price, Quantity=quantity, UnitPrice=100)
    sales.change("Opportunity", deal, StageName="Closed Won")
    return deal


def test_a_won_deal_becomes_an_estimate_whose_number_and_total_come_back(
    world: World, sales: Sales, office: Office
) -> None:
    a_service(office)
    account = sales.add("Account", Name="Kern Lighting")
    world.run_well()
    world.clock.pass_by(minutes=10)
    deal = a_won_deal(sales, account, (sales.one("PricebookEntry", "Name")["Id"], 3))
    world.run_well()
    [estimate] = office.all("Estimate")
    assert estimate["TotalAmount"] == "300.00"
    written_back = sales.one("Opportunity", "QuickBooks_Number__c", "QuickBooks_Total__c", "QuickBooks_TxnID__c")
    assert written_back == {
        "Id": deal,
        "QuickBooks_Number__c": estimate["RefNumber"],
        "QuickBooks_Total__c": 300,
        "QuickBooks_TxnID__c": estimate["TxnID"],
    }
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def test_a_deal_that_waits_says_so_in_salesforce_and_so_does_one_that_waits_no_more(
    world: World, sales: Sales, office: Office
) -> None:
    a_service(office)
    account = sales.add("Account", Name="Kern Lighting")
    world.run_well()
    world.clock.pass_by(minutes=10)
    deal = a_won_deal(sales, account)
    world.run_well()
    told = sales.one("Opportunity", "QuickBooks_Sync_Status__c", "QuickBooks_Sync_Error__c")
    assert told["QuickBooks_Sync_Status__c"] == "Waits for you"
    assert "has no products" in told["QuickBooks_Sync_Error__c"]
    assert office.all("Estimate") == []
    world.clock.pass_by(minutes=10)
    price = sales.one("PricebookEntry", "Name")["Id"]
    sales.add("OpportunityLineItem", OpportunityId=deal, PricebookEntryId=price, Quantity=1, UnitPrice=100)
    world.run_well()
    assert len(office.all("Estimate")) == 1
    told = sales.one("Opportunity", "QuickBooks_Sync_Status__c", "QuickBooks_Sync_Error__c")
    assert (told["QuickBooks_Sync_Status__c"], told["QuickBooks_Sync_Error__c"]) == ("In step", None)
    assert world.problems() == []


def test_a_deal_of_the_time_before_the_connection_makes_no_document_unless_somebody_says_so(
    world: World, sales: Sales, office: Office
) -> None:
    account = sales.add("Account", Name="Kern Lighting")
    a_service(office)
    world.run_well()
    world.clock.pass_by(minutes=10)
    everything = {"pairs": {"opportunities_jobs": {"enabled": False}}}
    save_map(world.connection, everything, None, "As it came")
    a_won_deal(sales, account, (sales.one("PricebookEntry", "Name")["Id"], 1))
    world.run_well()
    assert office.all("Estimate") == []
    assert world.problems() == []
    world.clock.pass_by(minutes=10)
    save_map(world.connection, {"pairs": {"opportunity_estimate": {"since": "2026-02-01"}}}, None, "All of the year")
    world.run_well()
    assert len(office.all("Estimate")) == 1
