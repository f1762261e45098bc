"""Merges of what trades: the documents that moved say what became of a customer or an item; contacts merge, too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.runs.test_trading import ADA, EVERYTHING, a_service, an_invoice
from tests.runs.trading import Office, Sales, named
from tests.runs.world import World, a_world, nothing_was_written


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, transactional_db: None) -> Iterator[World]:
    with a_world(tmp_path, monkeypatch, settings, qbxml="16.0", pairs=EVERYTHING, prepared=True) as world:
        yield world


@pytest.fixture
def sales(world: World) -> Sales:
    return Sales(world.org)


@pytest.fixture
def office(world: World) -> Office:
    return Office(world.folder / "company.qbw")


def merge(world: World, office: Office, kind: str, *, lost: str, kept: str) -> None:
    world.clock.pass_by(minutes=10)
    parts = ""
    for part, list_id in (("MergeFrom", lost), ("MergeTo", kept)):
        edit = office.one(kind, list_id)["EditSequence"]
        parts += f"<{part}><ListID>{list_id}</ListID><EditSequence>{edit}</EditSequence></{part}>"
    office.do(f"<ListMergeRq><ListMergeType>{kind}</ListMergeType>{parts}</ListMergeRq>")
    world.clock.pass_by(minutes=10)


def counterpart(world: World, pair: str, quickbooks_id: str) -> str:
    [link] = [one for one in world.links() if one.mapping == pair and one.quickbooks_id == quickbooks_id]
    return link.salesforce_id


def test_the_link_follows_a_customer_where_its_invoices_went_and_to_an_item_on_their_lines(
    world: World, sales: Sales, office: Office
) -> None:
    lost, item = office.add("Customer", named("Kern Lighting")), a_service(office)
    an_invoice(office, lost, item)
    world.sync_twice()
    account, product = counterpart(world, "accounts_customers", lost), counterpart(world, "products_items", item)
    world.save(direction="to-quickbooks")  # what is new in QuickBooks gets no counterpart
    kept = office.add("Customer", named("Kern Lamps"))
    income = office.all("Account")[0]["ListID"]
    price = f"<Price>90.00</Price><AccountRef><ListID>{income}</ListID></AccountRef>"
    other = office.add("ItemService", f"{named('Advice')}<SalesOrPurchase>{price}</SalesOrPurchase>")
    world.clock.pass_by(minutes=10)
    world.run_well()

    merge(world, office, "Customer", lost=lost, kept=kept)
    merge(world, office, "ItemService", lost=item, kept=other)
    world.run_well()

    assert counterpart(world, "accounts_customers", kept) == account
    assert counterpart(world, "products_items", other) == product
    assert not [one for one in world.problems() if one.object_type in ("Account", "Customer", "Item")]
    world.save(direction="both")
    world.sync_twice()
    assert sales.one("Account", "QuickBooks_Balance__c")["QuickBooks_Balance__c"] == 240
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def test_where_both_customers_were_linked_the_invoices_move_and_a_person_is_asked_at_once(
    world: World, sales: Sales, office: Office
) -> None:
    lost, kept = (office.add("Customer", named(name)) for name in ("Kern Lighting", "Kern Lamps"))
    an_invoice(office, lost, a_service(office))
    world.sync_twice()

    merge(world, office, "Customer", lost=lost, kept=kept)
    world.sync_twice()

    waiting = {one.code: one for one in world.problems()}
    assert "“Kern Lighting” was merged into “Kern Lamps” in QuickBooks" in waiting["merged_in_quickbooks"].sentence
    owed = {row["Name"]: row["QuickBooks_Balance__c"] for row in sales.all("Account", "Name", "QuickBooks_Balance__c")}
    assert owed["Kern Lamps"] == 240
    invoice = sales.one("QuickBooks_Invoice__c", "Account__c")
    assert invoice["Account__c"] == counterpart(world, "accounts_customers", kept)


def test_contacts_that_were_merged_in_salesforce_are_put_before_a_person(
    world: World, sales: Sales, office: Office
) -> None:
    bob = "<Contacts><FirstName>Bob</FirstName><LastName>Ames</LastName></Contacts>"
    office.add("Customer", f"{named('Kern Lighting')}<Contacts>{ADA}</Contacts>{bob}")
    world.sync_twice()
    ids = {row["Name"]: row["Id"] for row in sales.all("Contact", "Name")}
    world.org.merge("Contact", master=ids["Ada Kern"], loser=ids["Bob Ames"])
    world.clock.pass_by(minutes=10)

    world.sync_twice()

    [problem] = [one for one in world.problems() if one.object_type == "Contact" and one.side == "quickbooks"]
    assert "“Bob Ames” was merged into “Ada Kern” in Salesforce" in problem.sentence
    assert len(sales.all("Contact", "Name")) == 1
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())
