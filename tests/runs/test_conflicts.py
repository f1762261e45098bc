"""Two people changed the same thing, or somebody edits while a run is at work: nothing that was typed is lost."""

from apatar.runs.models import Outcome
from tests.runs.situations import in_step
from tests.runs.situations import settle as settle_down
from tests.runs.world import World, nothing_was_written


def settle(world: World) -> None:
    """Both sides come to rest, and agree in every field."""
    settle_down(world)
    assert world.agreement().differences == ()


def test_edits_of_different_fields_are_both_kept(world: World) -> None:
    in_step(world)
    world.people.change("Kern Lighting", Phone="555-0111")
    world.books.change("Kern Lighting", "<Fax>555-0922</Fax>")
    world.run_well()
    customer = world.books.customer("Kern Lighting")
    assert (customer["Phone"], customer["Fax"]) == ("555-0111", "555-0922")
    assert world.conflicts() == []
    settle(world)


def test_the_newer_change_wins_and_the_older_value_is_kept(world: World) -> None:
    in_step(world)
    world.people.change("Kern Lighting", Phone="555-0111")
    world.clock.pass_by(minutes=2)
    world.books.change("Kern Lighting", "<Phone>555-0122</Phone>")

    run = world.run_well()

    assert world.people.account("Kern Lighting")["Phone"] == "555-0122"
    [conflict] = world.conflicts()
    assert (conflict.winner, conflict.salesforce_value, conflict.quickbooks_value) == (
        "quickbooks",
        "555-0111",
        "555-0122",
    )
    assert conflict.name == "Kern Lighting"
    assert "more recently" in conflict.reason
    assert run.counts["conflicts"] == 1
    settle(world)
    assert len(world.conflicts()) == 1


def test_salesforce_wins_where_it_was_changed_later(world: World) -> None:
    in_step(world)
    world.books.change("Kern Lighting", "<Phone>555-0122</Phone>")
    world.clock.pass_by(minutes=2)
    world.people.change("Kern Lighting", Phone="555-0111")
    world.run_well()
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0111"
    settle(world)


def test_who_wants_to_be_asked_is_asked_and_nothing_is_overwritten(world: World) -> None:
    in_step(world)
    world.save(conflict_policy="ask")
    world.people.change("Kern Lighting", Phone="555-0111")
    world.books.change("Kern Lighting", "<Phone>555-0122</Phone>")

    for _ in range(2):
        run = world.run_well()
        world.clock.pass_by(minutes=10)

    assert world.people.account("Kern Lighting")["Phone"] == "555-0111"
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0122"
    [conflict] = world.conflicts()
    assert (conflict.winner, conflict.resolved_at) == ("", None)
    assert run.outcome == Outcome.WITH_PROBLEMS, "a conflict that waits is not agreement"


def test_a_conflict_that_people_settle_by_themselves_waits_no_more(world: World) -> None:
    in_step(world)
    world.save(conflict_policy="ask")
    world.people.change("Kern Lighting", Phone="555-0111")
    world.books.change("Kern Lighting", "<Phone>555-0122</Phone>")
    world.run_well()
    world.people.change("Kern Lighting", Phone="555-0122")
    world.clock.pass_by(minutes=10)
    run = world.run_well()
    assert [one for one in world.conflicts() if one.resolved_at is None] == []
    assert run.outcome == Outcome.OK


def test_a_change_is_not_taken_for_a_change_when_it_is_our_own(world: World) -> None:
    in_step(world)
    world.people.change("Kern Lighting", Phone="555-0111")
    world.run_well()
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def test_an_account_that_is_edited_before_it_is_written_is_decided_again(world: World) -> None:
    """The person's newer value wins over the older one of QuickBooks, and goes there in the same run."""
    in_step(world)
    world.books.change("Kern Lighting", "<Phone>555-0122</Phone><Fax>555-0922</Fax>")
    world.clock.pass_by(minutes=1)
    world.at_org("queryAll", lambda: world.people.change("Kern Lighting", Phone="555-0111"), after=True)

    world.run_well()

    assert world.people.account("Kern Lighting")["Phone"] == "555-0111"
    assert world.people.account("Kern Lighting")["Fax"] == "555-0922"
    settle(world)
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0111"


def test_an_edit_in_the_very_moment_of_our_write_is_not_lost(world: World) -> None:
    in_step(world)
    world.books.change("Kern Lighting", "<Fax>555-0922</Fax>")
    world.at_org("composite/sobjects", lambda: world.people.change("Kern Lighting", Phone="555-0111"))
    world.run_well()
    settle(world)
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0111"
    assert world.people.account("Kern Lighting")["Fax"] == "555-0922"


def test_an_edit_right_after_our_write_is_not_lost(world: World) -> None:
    in_step(world)
    world.books.change("Kern Lighting", "<Fax>555-0922</Fax>")
    world.at_org("composite/sobjects", lambda: world.people.change("Kern Lighting", Fax="555-0933"), after=True)
    world.run_well()
    settle(world)
    assert world.people.account("Kern Lighting")["Fax"] == "555-0933"
    assert world.books.customer("Kern Lighting")["Fax"] == "555-0933"


def test_a_customer_that_is_edited_right_after_our_write_is_not_lost(world: World) -> None:
    in_step(world)
    world.people.change("Kern Lighting", Fax="555-0922")
    world.desk.when("CustomerModRq", lambda: world.books.change("Kern Lighting", "<Fax>555-0933</Fax>"), after=True)
    world.run_well()
    settle(world)
    assert world.people.account("Kern Lighting")["Fax"] == "555-0933"


def test_a_customer_that_is_added_while_the_run_is_at_work_comes_with_the_next_one(world: World) -> None:
    in_step(world)
    world.people.change("Kern Lighting", Fax="555-0922")
    world.desk.when("CustomerModRq", lambda: world.books.add("Harbor Tools"))
    world.run_well()
    settle(world)
    assert world.people.names() == ["Harbor Tools", "Kern Lighting"]


def test_a_value_that_is_emptied_is_emptied_on_the_other_side(world: World) -> None:
    in_step(world)
    world.people.change("Kern Lighting", Phone=None)
    world.run_well()
    assert world.books.customer("Kern Lighting").get("Phone", "") == ""
    settle(world)


def test_a_renamed_account_renames_its_customer_and_makes_no_second_one(world: World) -> None:
    in_step(world)
    world.people.change("Kern Lighting", Name="Kern Lighting & Sons")
    world.run_well()
    assert world.books.names() == ["Kern Lighting & Sons"]
    settle(world)
    assert len(world.links()) == 1


def test_an_account_that_was_given_the_id_of_another_customer_is_not_overwritten_with_it(world: World) -> None:
    """Somebody imports a QuickBooks id into the wrong account: it gets its own back, and the other one is created."""
    in_step(world)
    other = world.books.add("Harbor Tools", "<Phone>555-0200</Phone>")
    world.people.change("Kern Lighting", QuickBooks_ListID__c=other, Phone="555-0111")
    world.run_well()
    assert world.people.names() == ["Harbor Tools", "Kern Lighting"]
    settle(world)
    assert world.people.account("Kern Lighting")["Phone"] == "555-0111"


def test_an_account_that_cannot_give_a_foreign_id_back_is_not_overwritten_either(world: World) -> None:
    in_step(world)
    other = world.books.add("Harbor Tools", "<Phone>555-0200</Phone>")
    world.people.change("Kern Lighting", QuickBooks_ListID__c=other, Phone="555-0111")
    world.org.faults.set(locked_rows={world.people.account("Kern Lighting")["Id"]: -1})
    world.sync()
    assert world.people.names() == ["Kern Lighting"]
    assert world.people.account("Kern Lighting")["Phone"] == "555-0111"
    [waiting] = [problem for problem in world.problems() if problem.remote_id == other]
    assert waiting.code == "id-on-another-account"
    assert "Empty the field QuickBooks_ListID__c" in waiting.remedy

    world.org.faults.reset()
    world.clock.pass_by(hours=12)
    settle(world)
    assert world.people.names() == ["Harbor Tools", "Kern Lighting"]
