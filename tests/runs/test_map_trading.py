"""The map and what a business trades: a trial of a deal, and choices that become documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django_scopes import scope

from apatar.connections.map import pairs_of
from apatar.connections.maps import document_of, save_map
from apatar.runs.map_trial import Trial, found_records, newest_example, try_on
from apatar.runs.models import Record
from apatar.sync.map_edit import with_choices
from apatar.sync.pairs import PAIRS
from tests.runs.trading import Office, Sales, named
from tests.runs.world import World, a_world

pytestmark = pytest.mark.story

CONSULTING = "<Desc>Advice</Desc><Price>120.00</Price>"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, transactional_db: None) -> Iterator[World]:
    names = tuple(one.name for one in PAIRS)
    with a_world(tmp_path, monkeypatch, settings, qbxml="16.0", pairs=names, prepared=True) as world:
        yield world


def an_open_deal(world: World) -> str:
    """Consulting is for sale, and Kern Lighting has a deal about three hours of it."""
    office, sales = Office(world.folder / "company.qbw"), Sales(world.org)
    account = office.add("Account", "<Name>Sales</Name><AccountType>Income</AccountType>")
    sale = f"<SalesOrPurchase>{CONSULTING}<AccountRef><ListID>{account}</ListID></AccountRef></SalesOrPurchase>"
    office.add("ItemService", f"{named('Consulting')}{sale}")
    customer = sales.add("Account", Name="Kern Lighting")
    world.run_well()
    deal = sales.add("Opportunity", Name="Lights", AccountId=customer, StageName="Prospecting", CloseDate="2026-03-01")
    price = sales.one("PricebookEntry", "Name")["Id"]
    sales.add("OpportunityLineItem", OpportunityId=deal, PricebookEntryId=price, Quantity=3, UnitPrice=100)
    world.clock.pass_by(minutes=10)
    world.run_well()
    return deal


def a_trial(world: World, pair: str, asked: str) -> Trial:
    world.reload()
    with scope(connection=world.connection):
        [one] = [each for each in pairs_of(world.connection) if each.name == pair]
        [row] = found_records(world.connection, one, asked)
        return try_on(world.connection, one, row, now=timezone.now())


def test_a_trial_of_an_open_deal_says_what_it_waits_for(world: World) -> None:
    an_open_deal(world)
    trial = a_trial(world, "opportunity_estimate", "Lights")
    assert trial.steps == ()
    assert "does not become this document yet" in trial.sentence
    assert "IsWon is true" in trial.sentence


def test_the_choice_of_the_map_decides_which_document_a_won_deal_becomes(world: World) -> None:
    deal = an_open_deal(world)
    save_map(world.connection, with_choices(document_of(world.reload()), {"won_opportunity": "Invoice"}), None, "")
    Sales(world.org).change("Opportunity", deal, StageName="Closed Won")
    world.clock.pass_by(minutes=10)
    world.run_well()
    office = Office(world.folder / "company.qbw")
    assert (len(office.all("Invoice")), len(office.all("Estimate"))) == (1, 0)
    world.reload()
    with scope(connection=world.connection):
        [pair] = [one for one in pairs_of(world.connection) if one.name == "opportunity_invoice"]
        example = newest_example(world.connection, pair, today=timezone.now().date())
    assert example is not None
    assert (example.name, example.salesforce["lines"], example.quickbooks["lines.amount"]) == (
        "Lights",
        "1 line",
        "300.00",
    )


def test_a_trial_shows_the_lines_of_a_document_without_making_it(world: World) -> None:
    an_open_deal(world)
    office = Office(world.folder / "company.qbw")
    with scope(connection=world.connection):
        row = Record.objects.get(object_type="Opportunity")
        row.raw = row.raw.replace('"IsWon":false', '"IsWon":true')
        row.save()
    trial = a_trial(world, "opportunity_estimate", "Lights")
    [step] = trial.steps
    assert step.title == "Would be created: Estimate in QuickBooks"
    [lines] = [one for one in step.values if one.label == "Products"]
    assert lines.after == "Consulting · 3 · 300.00"
    assert office.all("Estimate") == []
