"""The service is killed at a statement: the next runs go on, nothing is doubled, nothing is lost (SYNC.md, I1, I2, I5).

A first run of this office makes some 440 statements. Each test kills at one of them; together they are spread over
all of it. `KILL_AT=FROM:TO:STEP` in the environment chooses other ones.
"""

import os

import pytest
from django.db import connection as database

from tests.runs.world import World, nothing_was_written

NAMES = ["Harbor Tools", "Kern Lighting", "Northern Pines"]
FIRST, LAST, STEP = map(int, os.environ.get("KILL_AT", "3:450:27").split(":"))


def an_office(world: World) -> None:
    """One customer and one account to be created on the other side, and one pair that is found by its name."""
    world.books.add("Kern Lighting", "<Phone>555-0101</Phone>")
    world.books.add("Harbor Tools")
    world.people.add("Harbor Tools", Phone="555-0202")
    world.people.add("Northern Pines", BillingStreet="1 Main St\nSuite 4", BillingCity="Boise")


def killed_at(world: World, statement: int) -> None:
    """Kill the service at a statement of this run, and start it again."""
    # Procrastinate's worker is not made to be killed inside one process: its jobs are delivered by hand then.
    world.queue = database.vendor == "sqlite"
    world.death.statements, world.death.countdown = 0, statement
    world.sync()
    world.work()
    world.revive()


def assert_all_is_well(world: World) -> None:
    for _ in range(3):
        world.clock.pass_by(minutes=5)
        last = world.run_well()
    assert world.books.names() == world.people.names() == NAMES
    assert world.agreement().differences == ()
    assert world.problems() == []
    assert len(world.links()) == len(NAMES)
    assert nothing_was_written(last)


@pytest.mark.parametrize("statement", range(FIRST, LAST, STEP))
def test_a_service_that_is_killed_in_its_first_run_goes_on(world: World, statement: int) -> None:
    an_office(world)
    killed_at(world, statement)
    assert_all_is_well(world)


@pytest.mark.parametrize("statement", range(FIRST + 11, LAST, 2 * STEP))
def test_a_service_that_is_killed_goes_on_in_a_bare_org(bare_world: World, statement: int) -> None:
    an_office(bare_world)
    killed_at(bare_world, statement)
    assert_all_is_well(bare_world)


@pytest.mark.parametrize("statement", range(FIRST + 5, LAST // 2, 2 * STEP))
def test_edits_of_both_sides_survive_the_death_of_the_service(world: World, statement: int) -> None:
    an_office(world)
    world.sync_twice()
    world.clock.pass_by(minutes=10)
    world.people.change("Harbor Tools", Phone="555-0303")
    world.books.change("Kern Lighting", "<Fax>555-0404</Fax>")
    killed_at(world, statement)
    world.people.change("Harbor Tools", Fax="555-0505")

    assert_all_is_well(world)

    customer = world.books.customer("Harbor Tools")
    assert (customer["Phone"], customer["Fax"]) == ("555-0303", "555-0505")
    assert world.people.account("Kern Lighting")["Fax"] == "555-0404"
    assert world.conflicts() == []
