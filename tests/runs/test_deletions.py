"""Deletions mark, they never travel; a wave of them, or a side that looks emptied, stops the run and asks."""

import pytest
from django_scopes import scope

from apatar.runs import stopping
from apatar.runs.models import Outcome, Run
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


def twenty_in_step(world: World) -> list[str]:
    names = [f"Customer {number:02}" for number in range(20)]
    for name in names:
        world.books.add(name)
    world.sync_twice()
    world.clock.pass_by(minutes=10)
    return names


def a_stopped_run(world: World) -> Run:
    outcome = world.sync()
    assert not outcome.well
    run = world.last_run()
    assert run.outcome == Outcome.STOPPED
    assert nothing_is_planned(world, run)
    world.clock.pass_by(minutes=10)
    return run


def nothing_is_planned(world: World, run: Run) -> bool:
    return world.changes(run) == []


def somebody_says_it_was_meant(world: World, run: Run) -> None:
    with scope(connection=world.connection):
        assert stopping.go_on(run, by="owner@bayshore.example", now=world.clock.now())
    world.reload()


def test_a_wave_of_deletions_stops_every_run_until_somebody_says_that_it_was_meant(world: World) -> None:
    names = twenty_in_step(world)
    for name in names[:6]:
        world.people.delete(name)
    world.people.change(names[10], Phone="555-0110")

    run = a_stopped_run(world)

    assert "6 of 20 (30 %) linked records were deleted in Salesforce" in run.message
    assert "say on the page of this run that it was meant" in run.message
    with scope(connection=world.connection):
        stopped = stopping.stopped_by(run)
        assert stopped is not None
        assert [one.name for one in stopped.gone] == names[:6]
    assert world.problems() == []
    run = a_stopped_run(world)
    assert "Phone" not in world.books.customer(names[10])

    somebody_says_it_was_meant(world, run)
    world.run_well()
    assert world.books.customer(names[10])["Phone"] == "555-0110"
    assert {problem.code for problem in world.problems()} == {"deleted_in_salesforce"}
    assert world.books.names() == names, "nothing was deleted"
    for name in names[6:8]:
        world.people.delete(name)
    world.clock.pass_by(minutes=10)
    world.run_well()


def test_what_was_cleared_away_on_both_sides_is_no_wave(world: World) -> None:
    names = twenty_in_step(world)
    for name in names[:6]:
        world.people.delete(name)
        world.books.delete(name)
    world.run_well()
    assert world.problems() == []


def test_a_side_that_was_emptied_on_purpose_goes_on_when_somebody_says_so(world: World) -> None:
    in_step(world)
    for name in NAMES:
        world.people.delete(name)
    somebody_says_it_was_meant(world, a_stopped_run(world))
    assert nothing_was_written(world.run_well())
    assert world.books.names() == NAMES
