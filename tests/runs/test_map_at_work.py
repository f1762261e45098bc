"""A changed map in real runs: what it says is what happens, and what a trial shows is what a run writes."""

from typing import Any

import pytest
from django.utils import timezone
from django_scopes import scope

from apatar.connections.map import pairs_of
from apatar.connections.maps import document_of, save_map
from apatar.runs.map_trial import found_records, try_on
from apatar.sync.map_edit import with_field, with_pair
from tests.runs.world import World, nothing_was_written

pytestmark = pytest.mark.story

ACCOUNTS = "accounts_customers"


def the_map_says(world: World, **fields: dict[str, Any]) -> None:
    document = document_of(world.reload())
    for name, words in fields.items():
        document = with_field(document, ACCOUNTS, name, words)
    save_map(world.connection, document, None, "")
    world.reload()


def the_pair_is_set(world: World, **words: Any) -> None:
    save_map(world.connection, with_pair(document_of(world.reload()), ACCOUNTS, words), None, "")
    world.reload()


def settled(world: World) -> None:
    """Two runs; the third has nothing left to do."""
    world.sync_twice()
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())
    assert world.problems() == []


def test_a_field_that_goes_one_way_is_not_written_the_other_way(world: World) -> None:
    the_map_says(world, phone={"direction": "to-salesforce"})
    world.books.add("Kern Lighting", "<Phone>555-0101</Phone>")
    world.people.add("Harbor Tools", Phone="555-0202")
    settled(world)
    assert world.people.account("Kern Lighting")["Phone"] == "555-0101"
    assert "Phone" not in world.books.customer("Harbor Tools")


def test_a_constant_and_a_transform_reach_quickbooks(world: World) -> None:
    title = {"added": True, "quickbooks": "JobTitle", "direction": "to-quickbooks", "formula": "'Buyer'"}
    the_map_says(world, own_title=title, billing_city={"to_quickbooks_as": "upper(value)"})
    world.people.add("Harbor Tools", BillingCity="Boise")
    settled(world)
    customer = world.books.customer("Harbor Tools")
    assert (customer["JobTitle"], customer["BillAddress.City"]) == ("Buyer", "BOISE")
    assert world.people.account("Harbor Tools")["BillingCity"] == "Boise"


def test_a_removed_field_is_left_alone(world: World) -> None:
    the_map_says(world, fax={"removed": True})
    world.people.add("Harbor Tools", Fax="555-0900", Phone="555-0202")
    settled(world)
    customer = world.books.customer("Harbor Tools")
    assert customer["Phone"] == "555-0202"
    assert "Fax" not in customer


def test_a_filter_keeps_records_where_they_are(world: World) -> None:
    the_pair_is_set(world, salesforce_filter="startsWith(record.Name, 'H')")
    world.people.add("Harbor Tools")
    world.people.add("Northern Pines")
    settled(world)
    assert world.books.names() == ["Harbor Tools"]


def test_update_only_pairs_and_updates_but_makes_nothing(world: World) -> None:
    the_pair_is_set(world, update_only=True)
    world.books.add("Kern Lighting", "<Phone>555-0101</Phone>")
    world.people.add("Kern Lighting")
    world.people.add("Northern Pines")
    settled(world)
    assert world.books.names() == ["Kern Lighting"]
    assert world.people.account("Kern Lighting")["Phone"] == "555-0101"


def test_a_map_that_is_changed_between_runs_reaches_what_is_there_already(world: World) -> None:
    world.people.add("Harbor Tools")
    settled(world)
    title = {"added": True, "quickbooks": "JobTitle", "direction": "to-quickbooks", "formula": "'Buyer'"}
    the_map_says(world, own_title=title)
    world.clock.pass_by(minutes=10)
    settled(world)
    assert world.books.customer("Harbor Tools")["JobTitle"] == "Buyer"


def test_a_trial_shows_what_the_next_run_writes(world: World) -> None:
    world.books.add("Kern Lighting")
    settled(world)
    title = {
        "added": True,
        "label": "Title",
        "quickbooks": "JobTitle",
        "direction": "to-quickbooks",
        "formula": "'Buyer'",
    }
    the_map_says(world, own_title=title, name={"to_quickbooks_as": "trim(value)"})
    with scope(connection=world.connection):
        [pair] = [one for one in pairs_of(world.connection) if one.name == ACCOUNTS]
        [row] = found_records(world.connection, pair, "kern lighting")
        trial = try_on(world.connection, pair, row, now=timezone.now())
    shown = {(one.path, one.before, one.after) for step in trial.steps for one in step.values}
    assert shown == {("JobTitle", "", "Buyer")}
    world.clock.pass_by(minutes=10)
    run = world.run_well()
    assert [change.fields for change in world.changes(run)] == [{"JobTitle": "Buyer"}]


def a_custom_field(world: World, name: str) -> None:
    """Somebody defines a custom field for customers in QuickBooks."""
    facts = f"<OwnerID>0</OwnerID><DataExtName>{name}</DataExtName><DataExtType>STR255TYPE</DataExtType>"
    inside = f"{facts}<AssignToObject>Customer</AssignToObject>"
    world.books._done(f"<DataExtDefAddRq><DataExtDefAdd>{inside}</DataExtDefAdd></DataExtDefAddRq>")


def test_custom_fields_of_quickbooks_are_kept_in_step_both_ways(world: World) -> None:
    a_custom_field(world, "Region")
    region = {"added": True, "label": "Region", "salesforce": "AccountNumber", "quickbooks": "DataExt.Region"}
    the_map_says(world, account_number={"removed": True}, own_region=region)
    world.people.add("Harbor Tools", AccountNumber="West")
    settled(world)
    assert world.books.customer("Harbor Tools")["DataExt.Region"] == "West"
    world.people.change("Harbor Tools", AccountNumber="East")
    world.clock.pass_by(minutes=10)
    settled(world)
    assert world.books.customer("Harbor Tools")["DataExt.Region"] == "East"
    assert world.reload().quickbooks_fields["Customer"] == ["Region"]
