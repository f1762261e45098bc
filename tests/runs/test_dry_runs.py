"""Dry runs: what is shown is what the release then writes, and nothing else."""

from datetime import UTC, datetime
from itertools import count

from django_scopes import scope

from apatar.runs.models import Change, Run
from apatar.runs.rehearsal import ask_for_a_dry_run, release, shown_by
from tests.runs.world import World, nothing_was_written


def dry_run(world: World) -> Run:
    """Ask for a dry run and let the Web Connector call."""
    with scope(connection=world.connection):
        ask_for_a_dry_run(world.reload(), now=datetime.now(UTC))
    return world.run_well()


def released(world: World, run: Run) -> Run:
    """Release what a run has shown, and let the Web Connector call."""
    with scope(connection=world.connection):
        assert release(run, by="owner@bayshore.example", now=datetime.now(UTC))
    world.clock.pass_by(minutes=10)
    return world.run_well()


def told(changes: list[Change]) -> list[tuple[str, str, str]]:
    return sorted((one.side, one.operation, one.name) for one in changes)


def test_a_dry_run_shows_both_sides_and_writes_nothing(world: World) -> None:
    world.people.add("Kern Lighting", Phone="555-0100")
    world.books.add("Abel Bakery")
    run = dry_run(world)
    assert run.outcome == "shown"
    assert told(world.changes(run)) == [
        ("quickbooks", "create", "Kern Lighting"),
        ("salesforce", "create", "Abel Bakery"),
    ]
    assert world.people.names() == ["Kern Lighting"]
    assert world.books.names() == ["Abel Bakery"]
    assert nothing_was_written(run)
    with scope(connection=world.connection):
        assert [(one.side, one.creates, one.calls) for one in shown_by(run)] == [
            ("quickbooks", 1, 0),
            ("salesforce", 1, 1),
        ]


def test_a_release_writes_exactly_what_was_shown_and_the_next_run_writes_nothing(world: World) -> None:
    world.people.add("Kern Lighting", Phone="555-0100")
    world.books.add("Abel Bakery")
    run = released(world, dry_run(world))
    assert run.outcome == "ok"
    assert world.people.names() == world.books.names() == ["Abel Bakery", "Kern Lighting"]
    assert world.agreement().agree
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def test_what_came_up_after_the_look_is_not_written_but_shown_next(world: World) -> None:
    world.people.add("Kern Lighting")
    shown = dry_run(world)
    world.people.add("Late Comer")
    run = released(world, shown)
    assert world.books.names() == ["Kern Lighting"]
    assert "1 change that came up since you looked was not written" in run.message
    world.clock.pass_by(minutes=10)
    again = world.run_well()
    assert (again.outcome, told(world.changes(again))) == ("shown", [("quickbooks", "create", "Late Comer")])
    released(world, again)
    assert world.books.names() == ["Kern Lighting", "Late Comer"]


def test_a_record_edited_after_the_look_is_decided_again_and_never_written_as_shown(world: World) -> None:
    world.people.add("Kern Lighting", Phone="555-0100")
    shown = dry_run(world)
    world.people.change("Kern Lighting", Phone="555-0199")
    released(world, shown)
    assert world.books.names() == []
    world.clock.pass_by(minutes=10)
    released(world, world.run_well())
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0199"


def test_a_dry_run_can_be_asked_for_at_any_time_and_a_plain_run_afterwards_is_free(world: World) -> None:
    world.people.add("Kern Lighting")
    world.sync_twice()
    world.clock.pass_by(minutes=10)
    world.people.change("Kern Lighting", Phone="555-0100")
    run = dry_run(world)
    [change] = world.changes(run)
    assert (change.side, change.before["Phone"], change.fields["Phone"]) == ("quickbooks", None, "555-0100")
    world.clock.pass_by(minutes=10)
    world.run_well()
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0100"


def test_a_run_that_would_create_more_than_allowed_waits_for_a_release(world: World) -> None:
    for number in range(4):
        world.people.add(f"Customer {number}")
    world.save(hold_creates=3)
    run = world.run_well()
    assert run.outcome == "shown"
    assert "4 records would be created in QuickBooks" in run.message
    assert world.books.names() == []
    released(world, run)
    assert len(world.books.names()) == 4


def test_only_the_newest_plan_can_be_released(world: World) -> None:
    world.people.add("Kern Lighting")
    first = dry_run(world)
    world.clock.pass_by(minutes=10)
    dry_run(world)
    with scope(connection=world.connection):
        assert not release(first, by="owner@bayshore.example", now=datetime.now(UTC))


def test_a_dry_run_ends_also_where_the_worker_is_quicker_than_quickbooks(world: World) -> None:
    world.people.add("Kern Lighting")
    world.books.add("Abel Bakery")
    calls, post = count(), world.wire.post

    def post_and_work(operation: str, envelope: bytes) -> bytes:
        assert next(calls) < 100, "nobody goes on with the run"
        answer = post(operation, envelope)
        world.work()
        return answer

    world.wire.post = post_and_work  # type: ignore[method-assign]
    assert dry_run(world).outcome == "shown"
