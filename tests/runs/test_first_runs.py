"""The main job: two runs bring both sides into agreement, and the next one writes nothing."""

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from apatar.runs.models import Outcome
from apatar.sandbox.quickbooks import captured, sample
from apatar.sandbox.quickbooks.company import Company
from tests.runs.world import World, a_world, nothing_was_written
from tests.shared_folder import needs_shared, schema_of_quickbooks, shared

LONG = "The Honourable Company of Lighthouse Keepers and Sons"
LONGEST = f"{LONG}, Bay"


def two_customers_and_two_accounts(world: World) -> None:
    world.books.add("Kern Lighting", "<Phone>555-0101</Phone>")
    world.books.add("Harbor Tools")
    world.people.add("Harbor Tools", Phone="555-0202")
    world.people.add("Northern Pines", BillingStreet="1 Main St\nSuite 4", BillingCity="Boise")


def agreed(world: World) -> None:
    two_customers_and_two_accounts(world)
    world.sync_twice()
    world.clock.pass_by(minutes=10)


def test_both_sides_agree_after_two_runs_and_the_third_writes_nothing(world: World) -> None:
    agreed(world)
    assert world.agreement().differences == ()
    assert len(world.links()) == 3
    assert world.books.names() == world.people.names() == ["Harbor Tools", "Kern Lighting", "Northern Pines"]
    assert nothing_was_written(world.run_well())


def test_an_idle_run_asks_salesforce_once(world: World) -> None:
    agreed(world)
    world.run_well()
    world.clock.pass_by(minutes=30)
    before = world.org_calls()
    run = world.run_well()
    assert world.org_calls() - before == 1
    assert run.salesforce_calls == 1
    assert nothing_was_written(run)


def test_the_counts_are_those_of_both_systems(world: World) -> None:
    two_customers_and_two_accounts(world)
    run = world.run_well()
    assert run.outcome == Outcome.OK
    assert run.counts["quickbooks"]["created"] == 1
    assert run.counts["salesforce"]["created"] == 1
    assert (run.counts["conflicts"], run.counts["problems"]) == (0, 0)
    assert "QuickBooks: 1 created" in run.message


@pytest.mark.parametrize("direction", ["both", "to-quickbooks", "to-salesforce"])
def test_the_direction_of_the_form_says_who_is_written(world: World, direction: str) -> None:
    two_customers_and_two_accounts(world)
    world.save(direction=direction)

    world.sync_twice()

    assert ("Northern Pines" in world.books.names()) is (direction != "to-salesforce")
    assert ("Kern Lighting" in world.people.names()) is (direction != "to-quickbooks")
    phone = world.books.customer("Harbor Tools").get("Phone", "")
    assert phone == ("" if direction == "to-salesforce" else "555-0202")
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def test_another_direction_in_the_form_counts_from_the_next_run(world: World) -> None:
    two_customers_and_two_accounts(world)
    world.save(direction="to-salesforce")
    world.sync_twice()
    world.save(direction="both", settings_changed_at=world.clock.now())
    world.clock.pass_by(minutes=10)
    world.people.change("Northern Pines", Phone="555-0303")
    world.sync_twice()
    assert "Northern Pines" in world.books.names()


def test_a_name_of_sixty_characters_is_cut_and_stays_so(world: World) -> None:
    assert len(LONGEST) >= 58
    world.people.add(LONGEST)
    world.people.add("Corner: Lamps")

    world.sync_twice()

    assert world.people.names() == ["Corner: Lamps", LONGEST]
    assert sorted(len(name) <= 41 and ":" not in name for name in world.books.names()) == [True, True]
    assert world.agreement().differences == ()
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def test_a_cut_name_that_is_changed_in_quickbooks_arrives_in_salesforce(world: World) -> None:
    world.people.add(LONGEST)
    world.sync_twice()
    world.clock.pass_by(minutes=10)
    [name] = world.books.names()
    world.books.change(name, "<Name>Lighthouse Keepers</Name>")
    world.sync_twice()
    assert world.people.names() == ["Lighthouse Keepers"]


def test_two_accounts_with_one_name_wait_for_a_person_and_the_rest_goes_on(world: World) -> None:
    for name in ("Kern Lighting", "KERN LIGHTING", "Harbor Tools"):
        world.people.add(name)

    assert world.run_well().outcome == Outcome.WITH_PROBLEMS

    assert world.books.names() == ["Harbor Tools"]
    problems = world.problems()
    assert {problem.code for problem in problems} == {"name_twice"}
    assert len(problems) == 2
    assert "a name can be used only once" in problems[0].sentence
    assert "rename them in Salesforce" in problems[0].remedy
    world.people.change("KERN LIGHTING", Name="Kern Lamps")
    world.clock.pass_by(minutes=10)
    world.sync_twice()
    assert world.books.names() == ["Harbor Tools", "Kern Lamps", "Kern Lighting"]
    assert world.problems() == []


def test_two_accounts_for_one_customer_wait_for_a_person(world: World) -> None:
    world.books.add("Kern Lighting")
    world.people.add("Kern Lighting", Phone="555-0101")
    world.people.add("Kern Lighting", Phone="555-0202")

    world.run_well()

    assert {problem.code for problem in world.problems()} == {"several_candidates"}
    assert world.books.names() == ["Kern Lighting"]
    assert len(world.people.names()) == 2
    assert "Phone" not in world.books.customer("Kern Lighting")


def test_jobs_are_recognised_and_left_alone(world: World) -> None:
    world.books.add("Kern Lighting")
    world.books.add("Warehouse", "<ParentRef><FullName>Kern Lighting</FullName></ParentRef>")
    world.sync_twice()
    assert world.people.names() == ["Kern Lighting"]
    assert world.problems() == []


def test_a_bare_org_gets_along_without_our_fields(bare_world: World) -> None:
    agreed(bare_world)
    assert bare_world.agreement().differences == ()
    assert len(bare_world.links()) == 3
    assert nothing_was_written(bare_world.run_well())


def test_characters_that_quickbooks_lacks_are_spelled_otherwise_and_stay_so(world: World) -> None:
    world.people.add("Żółw Łódź 東京", Description="naïve — “quoted”")
    world.sync_twice()
    assert world.people.names() == ["Żółw Łódź 東京"]
    [name] = world.books.names()
    assert name.encode("cp1252")
    assert "?" not in name
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def test_what_quickbooks_owns_goes_to_salesforce_only(world: World) -> None:
    world.books.add("Net 30", "<StdDueDays>30</StdDueDays>", kind="StandardTerms")
    terms = "<TermsRef><FullName>Net 30</FullName></TermsRef><CreditLimit>5000.00</CreditLimit>"
    world.books.add("Kern Lighting", terms)
    world.sync_twice()
    account = world.people.account("Kern Lighting")
    assert (account["QuickBooks_Terms__c"], account["QuickBooks_Credit_Limit__c"]) == ("Net 30", 5000)
    world.people.change("Kern Lighting", QuickBooks_Credit_Limit__c=9_000_000)
    world.clock.pass_by(minutes=10)
    world.sync_twice()
    assert world.books.customer("Kern Lighting")["CreditLimit"] == "5000.00"
    assert world.people.account("Kern Lighting")["QuickBooks_Credit_Limit__c"] == 5000


def test_a_sample_company_with_two_hundred_customers_is_read_in_pages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apatar.runs.quickbooks_read.PAGE", 30)
    world.org.faults.set(page_size=200)
    with Company(world.books.path) as company:
        sample.fill(company, 200)
    world.org.add_accounts(50, same_as_company=40)

    world.sync_twice()

    assert len(world.people.names()) == 210
    assert world.agreement().differences == ()
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


@needs_shared
def test_a_company_of_a_real_quickbooks_is_brought_over_and_the_second_run_writes_nothing(world: World) -> None:
    with Company(world.books.path) as company:
        captured.load(company, [shared("captures/qbxml/rs_customers__billash.xml")])
    customers = [one for one in world.books.customers() if one.get("Sublevel", "0") == "0"]
    assert len(world.books.customers()) == 146

    first = world.run_well()
    assert first.counts["salesforce"]["created"] == len(customers)
    world.clock.pass_by(minutes=10)
    second = world.run_well()

    assert nothing_was_written(second)
    assert world.agreement().differences == ()


@needs_shared
def test_every_request_follows_the_schema_of_quickbooks(world: World) -> None:
    schema = schema_of_quickbooks()
    agreed(world)
    world.people.change("Harbor Tools", BillingStreet="2 Quay", Phone="", Description="Ask for Ann & Bob <both>")
    world.books.add("Taken", kind="Vendor")
    world.people.add("Taken")
    world.books.delete("Northern Pines")
    world.sync_twice()
    kinds: set[str] = set()
    for text in world.desk.asked:
        document = etree.fromstring(text.encode())
        schema.assertValid(document)
        kinds.update(str(request.tag) for request in document[0])
    wanted = {"CustomerQueryRq", "ListDeletedQueryRq", "CustomerAddRq", "CustomerModRq", "EntityQueryRq"}
    assert wanted <= kinds


@pytest.mark.parametrize("qbxml", ["16.0", "8.0"])
def test_a_very_new_and_a_rather_old_quickbooks_are_spoken_to(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, qbxml: str
) -> None:
    with a_world(tmp_path, monkeypatch, settings, qbxml=qbxml) as world:
        agreed(world)
        assert world.agreement().differences == ()
        assert f'<?qbxml version="{qbxml}"?>' in world.desk.asked[0]
