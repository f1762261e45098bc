from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from apatar.sandbox.quickbooks.company import Company, create_company
from apatar.sandbox.quickbooks.features import Features
from apatar.sandbox.quickbooks.kinds import ITEMS
from apatar.sandbox.quickbooks.markup import Node
from apatar.sandbox.quickbooks.sample import fill
from tests.sandbox.quickbooks.situations import Watch, message_set, names, one, query
from tests.shared_folder import needs_shared, schema_of_quickbooks

EVERYTHING = Features(edition="premier", multicurrency=True, sales_tax=True, classes=True)


def sampled(folder: Path, features: Features, *, seed: int = 1, items: int = 40) -> Company:
    made = create_company(folder / "sample.qbw", features=features, now=Watch())
    fill(made, 20, items=items, jobs=50, seed=seed)
    return made


def all_of(company: Company, kind: str) -> Node:
    return one(company, query(kind=kind))


def test_a_trading_company_has_as_many_items_as_were_asked_for(tmp_path: Path) -> None:
    with sampled(tmp_path, Features()) as company:
        items = all_of(company, "Item")
    assert len(items) == 40
    assert {str(ret.tag).removesuffix("Ret") for ret in items} == {
        kind for kind in ITEMS if kind not in {"ItemSalesTax", "ItemSalesTaxGroup"}
    }
    assert "Lumber:Lumber no. 1" in names(items)
    assert items.findtext("ItemGroupRet/ItemGroupLine/ItemRef/FullName") == "Lumber:Lumber no. 3"
    assert len(items.findall("ItemInventoryAssemblyRet/ItemInventoryAssemblyLine")) >= 2


def test_with_everything_on_it_has_taxes_classes_and_a_second_currency(tmp_path: Path) -> None:
    with sampled(tmp_path, EVERYTHING) as company:
        assert names(all_of(company, "ItemSalesTaxGroup")) == ["State and City Tax"]
        assert names(all_of(company, "Class")) == ["East", "West", "Remodel"]
        rates = {ret.findtext("Name"): ret.findtext("ExchangeRate") for ret in all_of(company, "Currency")}
        customers = all_of(company, "Customer")
        receivables = [ret for ret in all_of(company, "Account") if ret.findtext("AccountType") == "AccountsReceivable"]
    assert (rates["US Dollar"], rates["Euro"]) == ("1", "1.09")
    abroad = [ret for ret in customers if ret.findtext("CurrencyRef/FullName") == "Euro"]
    assert 0 < len(abroad) < len(customers) / 2
    assert {ret.findtext("SalesTaxCodeRef/FullName") for ret in abroad if ret.find("ParentRef") is None} == {"Non"}
    assert [ret.findtext("CurrencyRef/FullName") for ret in receivables] == ["US Dollar", "Euro"]


def test_a_job_trades_in_the_currency_of_its_customer(tmp_path: Path) -> None:
    with sampled(tmp_path, EVERYTHING) as company:
        customers = all_of(company, "Customer")
    currency = {ret.findtext("ListID"): ret.findtext("CurrencyRef/FullName") for ret in customers}
    jobs = [ret for ret in customers if ret.find("ParentRef") is not None]
    assert len(jobs) == 50
    assert {ret.findtext("CurrencyRef/FullName") == currency[ret.findtext("ParentRef/ListID")] for ret in jobs} == {
        True
    }


def test_a_company_at_home_in_euros_sells_for_dollars_too(tmp_path: Path) -> None:
    with sampled(tmp_path, Features(multicurrency=True, home_currency="Euro")) as company:
        found = {ret.findtext("CurrencyRef/FullName") for ret in all_of(company, "Customer")}
    assert found == {"Euro", "US Dollar"}


def prices(company: Company) -> list[str | None]:
    return [ret.findtext("SalesPrice") for ret in all_of(company, "ItemInventory")]


def test_the_same_seed_gives_the_same_company(tmp_path: Path) -> None:
    found = []
    for number, seed in enumerate((1, 1, 2)):
        (tmp_path / str(number)).mkdir()
        with sampled(tmp_path / str(number), Features(), seed=seed) as company:
            found.append(prices(company))
    assert found[0] == found[1] != found[2]


def test_a_sample_that_is_not_asked_to_trade_has_no_items(tmp_path: Path) -> None:
    with create_company(tmp_path / "plain.qbw", now=lambda: datetime(2024, 1, 15, tzinfo=UTC)) as company:
        fill(company, 3)
        assert one(company, query(kind="Item")).get("statusCode") == "1"
        assert len(all_of(company, "Account")) == 3


@needs_shared
@pytest.mark.parametrize("features", [Features(), EVERYTHING])
def test_a_trading_company_obeys_the_schema(features: Features, tmp_path: Path) -> None:
    schema = schema_of_quickbooks()
    kinds = (
        "Customer Vendor Account Item Terms SalesRep SalesTaxCode PriceLevel PaymentMethod ShipMethod Template Class"
    )
    with sampled(tmp_path, features) as company:
        asked = "".join(query(kind=kind) for kind in kinds.split())
        schema.assertValid(etree.fromstring(company.process(message_set(asked, version="13.0")).encode()))
