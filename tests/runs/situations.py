"""Situations that several stories begin or end with."""

from tests.runs.world import World, nothing_was_written


def in_step(world: World) -> None:
    """Both sides hold Kern Lighting, and have agreed on it."""
    world.books.add("Kern Lighting", "<Phone>555-0100</Phone><Fax>555-0900</Fax>")
    _agree(world)


def in_step_from_salesforce(world: World) -> None:
    """Both sides hold Kern Lighting, which began as an account."""
    world.people.add("Kern Lighting", Phone="555-0100", Fax="555-0900")
    _agree(world)


def _agree(world: World) -> None:
    world.sync_twice()
    world.clock.pass_by(minutes=10)
    assert world.agreement().agree


def settle(world: World) -> None:
    """Two more runs, ten minutes apart, then one that has nothing left to do."""
    for _ in range(2):
        world.clock.pass_by(minutes=10)
        world.run_well()
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def assert_each_stands_once(world: World, names: list[str]) -> None:
    assert world.people.names() == sorted(names)
    assert world.books.names() == sorted(names)
    assert world.agreement().differences == ()
    assert world.problems() == []
