"""What goes wrong in QuickBooks and on its PC: nothing is doubled or lost, and the reason is said in plain words."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from apatar.runs.models import ChangeState, Outcome
from apatar.sandbox.quickbooks.errors import AccessRefused, MessageSetRefused
from apatar.sandbox.webconnector.errors import Abandoned
from tests.runs.situations import assert_each_stands_once, in_step_from_salesforce, settle
from tests.runs.world import World

ADD = "CustomerAddRq"
MOD = "CustomerModRq"


def pc_is_switched_off() -> None:
    raise Abandoned("The PC was switched off.")


def quickbooks_crashes() -> None:
    raise AccessRefused("0x80010105", "The server threw an exception.")


def quickbooks_cannot_read_it() -> None:
    raise MessageSetRefused("a character that it cannot take")


def accounts_to_be_created(world: World, count: int = 5) -> list[str]:
    names = [f"Northern Pines {number}" for number in range(count)]
    for name in names:
        world.people.add(name, Phone="555-0100")
    return names


@pytest.mark.parametrize("after", [False, True], ids=["before QuickBooks worked", "after QuickBooks worked"])
@pytest.mark.parametrize("mishap", [pc_is_switched_off, quickbooks_crashes])
@pytest.mark.parametrize("forgotten", [False, True], ids=["QuickBooks remembers it", "QuickBooks has forgotten it"])
def test_customers_whose_confirmation_was_lost_are_created_once(
    world: World, mishap: Callable[[], None], after: bool, forgotten: bool
) -> None:
    names = accounts_to_be_created(world)
    world.desk.when(ADD, mishap, after=after)
    if forgotten:
        world.desk.when(ADD, world.books.forget_message_sets, after=True)
    world.sync()
    if forgotten:
        world.books.forget_message_sets()

    settle(world)

    assert_each_stands_once(world, names)


def test_where_quickbooks_remembers_nothing_both_sides_are_read_again_at_once(world: World) -> None:
    names = accounts_to_be_created(world)
    world.desk.when(ADD, quickbooks_crashes, after=True)
    world.desk.when("oldMessageSetID", world.books.forget_message_sets)
    before = world.clock.now()
    world.run_well()
    assert world.clock.now() - before < timedelta(minutes=3)
    settle(world)
    assert_each_stands_once(world, names)


@pytest.mark.parametrize("after", [False, True], ids=["before QuickBooks worked", "after QuickBooks worked"])
def test_an_update_whose_confirmation_was_lost_arrives(world: World, after: bool) -> None:
    in_step_from_salesforce(world)
    world.people.change("Kern Lighting", Phone="555-0199")
    world.desk.when(MOD, pc_is_switched_off, after=after)
    world.sync()

    settle(world)

    assert world.books.customer("Kern Lighting")["Phone"] == "555-0199"
    assert_each_stands_once(world, ["Kern Lighting"])
    assert world.conflicts() == []


def test_an_edit_between_read_and_write_is_merged_and_nothing_of_it_is_lost(world: World) -> None:
    in_step_from_salesforce(world)
    world.people.change("Kern Lighting", Phone="555-0199")
    world.desk.when(MOD, lambda: world.books.change("Kern Lighting", "<Fax>555-0444</Fax>"))

    world.run_well()

    assert 'statusCode="3200"' in "".join(world.desk.answered)
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0199"
    assert world.books.customer("Kern Lighting")["Fax"] == "555-0444"
    assert world.people.account("Kern Lighting")["Fax"] == "555-0444"
    settle(world)
    assert_each_stands_once(world, ["Kern Lighting"])


def test_a_record_that_somebody_has_open_is_sent_again(world: World) -> None:
    in_step_from_salesforce(world)
    world.people.change("Kern Lighting", Phone="555-0199")
    world.desk.refuse(MOD, 3175, "The list element is in use.")

    assert world.run_well().outcome == Outcome.OK

    assert world.books.customer("Kern Lighting")["Phone"] == "555-0199"


def test_a_record_that_stays_open_waits_and_the_others_go_on(world: World) -> None:
    in_step_from_salesforce(world)
    world.people.change("Kern Lighting", Phone="555-0199")
    world.people.add("Harbor Tools")
    world.desk.refuse(MOD, 3175, "The list element is in use.", times=3)

    world.run_well()

    [problem] = world.problems()
    assert problem.name == "Kern Lighting"
    assert "Harbor Tools" in world.books.names()
    world.clock.pass_by(hours=2)
    settle(world)
    assert_each_stands_once(world, ["Harbor Tools", "Kern Lighting"])


def test_the_one_record_that_quickbooks_cannot_read_is_found_and_the_others_are_written(world: World) -> None:
    names = accounts_to_be_created(world, 7)
    world.desk.when("<Name>Northern Pines 4</Name>", quickbooks_cannot_read_it, times=99)

    world.run_well()

    assert world.books.names() == [name for name in names if not name.endswith("4")]
    [problem] = world.problems()
    assert problem.name == "Northern Pines 4"
    assert "could not read" in problem.sentence
    assert problem.remedy


def test_a_name_that_a_vendor_has_waits_and_says_who_has_it(world: World) -> None:
    world.books.add("Kern Lighting", kind="Vendor")
    world.people.add("Kern Lighting")
    world.people.add("Harbor Tools")

    assert world.run_well().outcome == Outcome.WITH_PROBLEMS

    [problem] = world.problems()
    assert "“Kern Lighting” for a vendor" in problem.sentence
    assert "Rename the vendor" in problem.remedy
    assert world.books.names() == ["Harbor Tools"]


def test_a_name_that_becomes_free_is_used(world: World) -> None:
    world.books.add("Kern Lighting", kind="OtherName")
    world.people.add("Kern Lighting")
    world.run_well()
    world.people.change("Kern Lighting", Name="Kern Lighting Inc")

    settle(world)

    assert_each_stands_once(world, ["Kern Lighting Inc"])


def test_an_error_in_the_middle_of_the_list_is_read_again(world: World) -> None:
    for number in range(3):
        world.books.add(f"Kern {number}")
    world.desk.when("CustomerQueryRq", quickbooks_crashes)

    outcome = world.sync()

    assert not outcome.well
    assert outcome.status.startswith("QuickBooks stopped while it was working. Start QuickBooks again.")
    settle(world)
    assert_each_stands_once(world, [f"Kern {number}" for number in range(3)])


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("closed", "QuickBooks could not be started."),
        ("dialog", "A window in QuickBooks waits for an answer"),
        ("no-permission", "does not let this application into the company file"),
    ],
)
def test_a_quickbooks_that_lets_nobody_in_is_said_and_the_next_run_goes_on(world: World, state: str, said: str) -> None:
    names = accounts_to_be_created(world, 2)
    world.books.set_state(state)

    assert not world.sync().well

    from django_scopes import scopes_disabled

    from apatar.webconnector.models import Session  # the rows of the door, which this test looks into

    with scopes_disabled():
        assert said in Session.objects.order_by("-id")[0].message
    world.books.set_state("ready")
    settle(world)
    assert_each_stands_once(world, names)


def test_what_was_planned_and_not_sent_is_decided_again(world: World) -> None:
    names = accounts_to_be_created(world, 3)
    world.desk.when(ADD, quickbooks_crashes)
    world.sync()
    world.people.change("Northern Pines 1", Phone="555-0777")

    settle(world)

    assert world.books.customer("Northern Pines 1")["Phone"] == "555-0777"
    assert_each_stands_once(world, names)
    assert {change.state for change in world.changes()} <= {ChangeState.CONFIRMED, ChangeState.DROPPED}
