"""A snoozed problem in real runs: tried as ever, out of sight, and back when its record changes."""

from django_scopes import scope

from apatar.runs.models import Outcome
from apatar.runs.snoozing import UNTIL_IT_CHANGES, snooze
from tests.runs.world import World

RULE = {"object": "Account", "message": "Fax machines are history.", "field": "Fax", "value": "555-0900"}


def a_refused_record_that_is_snoozed(world: World) -> None:
    world.books.add("Kern Lighting", "<Fax>555-0900</Fax>")
    world.org.faults.set(validation_rule=RULE)
    assert world.run_well().outcome == Outcome.WITH_PROBLEMS
    with scope(connection=world.connection):
        snooze([one.pk for one in world.problems()], UNTIL_IT_CHANGES)


def test_it_is_tried_as_ever_and_does_not_count(world: World) -> None:
    a_refused_record_that_is_snoozed(world)
    world.clock.pass_by(hours=25)
    run = world.run_well()
    assert (run.outcome, run.counts["problems"]) == (Outcome.OK, 0)
    assert [one.attempts for one in world.problems()] == [2]
    world.org.faults.reset()
    world.clock.pass_by(hours=25)
    world.run_well()
    assert world.problems() == []
    assert world.people.names() == ["Kern Lighting"]


def test_it_comes_back_when_its_record_changes(world: World) -> None:
    a_refused_record_that_is_snoozed(world)
    world.books.change("Kern Lighting", "<Phone>555-0777</Phone>")
    run = world.run_well()
    assert (run.outcome, run.counts["problems"]) == (Outcome.WITH_PROBLEMS, 1)
