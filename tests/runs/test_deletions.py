"""Deletions mark, they never travel; a side that looks emptied stops the run."""

import pytest

from apatar.runs.models import Outcome
from tests.runs.world import World, nothing_was_written

NAMES = ["Harbor Tools", "Kern Lighting"]


def in_step(world: World) -> None:
    for name in NAMES:
        world.books.add(name)
    world.sync_twice()
    world.clock.pass_by(minutes=10)


def test_an_account_that_is_deleted_leaves_its_customer_alone(world: World) -> None:
    in_step(world)
    world.people.delete("Kern Lighting")

    run = world.run_well()

    assert world.books.names() == NAMES
    assert run.outcome == Outcome.WITH_PROBLEMS
    problem = world.problems()[0]
    assert problem.sentence == "“Kern Lighting” was deleted in Salesforce; in QuickBooks it is untouched."
    assert problem.remedy.startswith("Restore it in Salesforce")
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())
    assert world.people.names() == ["Harbor Tools"], "a deleted record does not come back by itself"


def test_a_customer_that_is_deleted_leaves_its_account_alone(world: World) -> None:
    in_step(world)
    world.books.delete("Kern Lighting")
    world.run_well()
    assert world.people.names() == NAMES
    assert any("was deleted in QuickBooks" in problem.sentence for problem in world.problems())
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())
    assert world.books.names() == ["Harbor Tools"]


def test_an_edit_of_the_record_that_is_left_does_not_bring_the_other_back(world: World) -> None:
    in_step(world)
    world.people.delete("Kern Lighting")
    world.run_well()
    world.books.change("Kern Lighting", "<Phone>555-0100</Phone>")
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())
    assert world.people.names() == ["Harbor Tools"]


@pytest.mark.parametrize("side", ["Salesforce", "QuickBooks"])
def test_a_side_that_lost_everything_stops_the_run(world: World, side: str) -> None:
    in_step(world)
    for name in NAMES:
        (world.people if side == "Salesforce" else world.books).delete(name)

    outcome = world.sync()

    assert not outcome.well
    assert f"{side} shows no records at all" in outcome.status
    assert "Nothing was written" in outcome.status
    assert world.last_run().outcome == Outcome.STOPPED
