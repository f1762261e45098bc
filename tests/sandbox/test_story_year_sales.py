"""The sales people of the year sell in an org of the sandbox: over REST, in bulk, with prices in two currencies."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apatar.sandbox.salesforce.org import Org
from apatar.sandbox.salesforce.server import serve
from apatar.sandbox.story_stage import OrgAccess, StoryError
from apatar.sandbox.story_year import trade_in_currencies
from apatar.sandbox.story_year_plan import Month
from apatar.sandbox.story_year_sales import MOST, SalesDesk, _batches

MONTH = Month(1, date(2026, 3, 1))


def a_deal(lines: int) -> dict[str, Any]:
    return {"OpportunityLineItems": {"records": [{} for _ in range(lines)]}}


def test_no_call_holds_more_records_than_the_api_takes() -> None:
    batches = list(_batches([a_deal(number % 6) for number in range(300)], "OpportunityLineItems"))
    sizes = [sum(1 + len(one["OpportunityLineItems"]["records"]) for one in batch) for batch in batches]
    assert max(sizes) <= MOST
    assert sum(map(len, batches)) == 300


def access_of(org: Org, url: str) -> OrgAccess:
    known = org.credentials
    login = (known.user, known.password, known.security_token, known.client_id, known.client_secret)
    return OrgAccess(url, *login, known.admin_user, known.admin_password, known.admin_security_token)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SalesDesk]:
    with Org(tmp_path / "org") as org, serve(org, 0) as server:
        access = access_of(org, server.url)
        trade_in_currencies(access)
        made = SalesDesk(access, seed=7)
        yield made
        made.close()


def a_market(desk: SalesDesk, products: int) -> None:
    """Give the org products with a standard price at home."""
    [book] = desk.ask("SELECT Id FROM Pricebook2 WHERE IsStandard = true")
    desk.make("Product2", [{"Name": f"Product {number}", "IsActive": True} for number in range(products)])
    price = {"Pricebook2Id": book["Id"], "IsActive": True, "UnitPrice": 21.8, "CurrencyIsoCode": "USD"}
    desk.make("PricebookEntry", [{"Product2Id": one["Id"], **price} for one in desk.ask("SELECT Id FROM Product2")])


def prices(desk: SalesDesk, code: str) -> list[dict[str, Any]]:
    fields = "Id, Pricebook2Id, UnitPrice, Product2.Name"
    return desk.ask(f"SELECT {fields} FROM PricebookEntry WHERE CurrencyIsoCode = '{code}'")


def a_buyer(desk: SalesDesk, code: str) -> dict[str, Any]:
    desk.make("Account", [{"Name": f"Buyer {code}", "CurrencyIsoCode": code}])
    return desk.ask(f"SELECT Id, Name, CurrencyIsoCode FROM Account WHERE Name = 'Buyer {code}'")[0]


def test_every_product_gets_a_price_abroad(desk: SalesDesk) -> None:
    a_market(desk, products=205)
    desk.price_abroad("EUR", Decimal("1.09"))
    abroad = prices(desk, "EUR")
    assert (len(abroad), {one["UnitPrice"] for one in abroad}) == (205, {20.0})


def test_deals_are_opened_with_their_products_in_the_customers_currency(desk: SalesDesk) -> None:
    a_market(desk, products=6)
    desk.price_abroad("EUR", Decimal("1.09"))
    desk._prices = {"EUR": prices(desk, "EUR")}
    buyer = a_buyer(desk, "EUR")
    made = desk._plant("Opportunity", "OpportunityLineItems", [desk._opportunity(MONTH, buyer) for _ in range(80)])
    deals = desk.ask("SELECT Id, CurrencyIsoCode, Amount, CloseDate FROM Opportunity")
    assert (len(made), {one["Id"] for one in deals}) == (80, set(made))
    assert {one["CurrencyIsoCode"] for one in deals} == {"EUR"}
    assert all(one["Amount"] and one["CloseDate"].startswith("2026-03") for one in deals)
    assert 80 <= len(desk.ask("SELECT Id FROM OpportunityLineItem")) <= 400


def test_what_is_refused_stops_the_story(desk: SalesDesk) -> None:
    with pytest.raises(StoryError, match="restricted picklist"):
        desk.make("Account", [{"Name": "Nowhere", "CurrencyIsoCode": "XXX"}])
