"""A field that something changes back after each of our writes rests; people who edit again and again are followed."""

from django_scopes import scope

from apatar.runs.models import Problem
from apatar.runs.snoozing import ask_again
from tests.runs.world import World, nothing_was_written

OURS, THEIRS = "Net 30", "Thirty days"


def one_customer_with_terms(world: World) -> None:
    for name in (OURS, "Net 15"):
        world.books.add(name, "<StdDueDays>30</StdDueDays>", kind="StandardTerms")
    world.books.add("Kern Lighting", f"<Phone>555-0100</Phone><TermsRef><FullName>{OURS}</FullName></TermsRef>")
    world.sync_twice()


def a_flow_rewrites_the_terms(world: World) -> None:
    """QuickBooks owns the terms; a flow of the org spells them in its own way, whoever saves."""
    flow = {"object": "Account", "field": "QuickBooks_Terms__c", "instead_of": OURS, "value": THEIRS}
    world.org.faults.set(saving_flows=[flow])
    world.people.change("Kern Lighting", Website="https://kern.example")


def writes_until_it_rests(world: World, most: int = 6) -> int:
    for count in range(most):
        world.clock.pass_by(minutes=10)
        if nothing_was_written(world.run_well()):
            return count
    return most


def parked(world: World) -> Problem:
    [problem] = [one for one in world.problems() if one.code == "flip_flop"]
    return problem


def terms_in_salesforce(world: World) -> str:
    return str(world.people.account("Kern Lighting")["QuickBooks_Terms__c"])


def test_a_field_that_a_flow_changes_back_each_time_rests_after_three_writes(world: World) -> None:
    one_customer_with_terms(world)
    a_flow_rewrites_the_terms(world)

    assert writes_until_it_rests(world) == 3

    problem = parked(world)
    assert "“Net 30” was written to Salesforce 3 times" in problem.sentence
    assert "changed it back to “Thirty days”" in problem.sentence
    assert "make Salesforce the owner of the field" in problem.remedy
    world.books.change("Kern Lighting", "<Phone>555-0199</Phone>")
    world.clock.pass_by(minutes=10)
    world.run_well()
    account = world.people.account("Kern Lighting")
    assert (account["Phone"], account["QuickBooks_Terms__c"]) == ("555-0199", THEIRS), "the other fields go on"
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())
    assert parked(world).pk == problem.pk


def test_a_new_value_wakes_it(world: World) -> None:
    one_customer_with_terms(world)
    a_flow_rewrites_the_terms(world)
    writes_until_it_rests(world)
    world.books.change("Kern Lighting", "<TermsRef><FullName>Net 15</FullName></TermsRef>")
    world.clock.pass_by(minutes=10)
    world.run_well()
    assert terms_in_salesforce(world) == "Net 15"
    assert world.problems() == []


def test_who_asks_gets_one_more_try(world: World) -> None:
    one_customer_with_terms(world)
    a_flow_rewrites_the_terms(world)
    writes_until_it_rests(world)
    with scope(connection=world.connection):
        ask_again([parked(world).pk], now=world.clock.now())

    assert writes_until_it_rests(world) == 1
    assert parked(world)

    world.org.faults.set(saving_flows=[])
    with scope(connection=world.connection):
        ask_again([parked(world).pk], now=world.clock.now())
    assert writes_until_it_rests(world) == 1
    assert terms_in_salesforce(world) == OURS
    assert world.problems() == []


def test_a_person_who_types_the_same_again_and_again_is_no_program(world: World) -> None:
    one_customer_with_terms(world)
    for phone in ("555-0111", "555-0100") * 3:
        world.people.change("Kern Lighting", QuickBooks_Terms__c=THEIRS, Phone=phone)
        world.clock.pass_by(minutes=10)
        world.run_well()
        assert terms_in_salesforce(world) == OURS
        assert world.books.customer("Kern Lighting")["Phone"] == phone
        world.clock.pass_by(minutes=10)
    assert world.problems() == []


def test_two_programs_that_rewrite_each_other_through_us_come_to_rest(world: World) -> None:
    one_customer_with_terms(world)
    flow = {"object": "Account", "field": "Phone", "instead_of": "555-0100", "value": "+1 555 0100"}
    world.org.faults.set(saving_flows=[flow])
    world.people.change("Kern Lighting", Fax="555-0900")
    runs = 0
    while not world.problems() and runs < 8:
        world.clock.pass_by(minutes=10)
        world.run_well()
        runs += 1
        if world.books.customer("Kern Lighting")["Phone"] != "555-0100":
            world.books.change("Kern Lighting", "<Phone>555-0100</Phone>")
    assert parked(world)
    world.clock.pass_by(minutes=10)
    world.run_well()
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())
