"""Taking a run back: the earlier values stand again on both sides, wherever nobody has edited since (SYNC.md, I9)."""

from datetime import UTC, datetime

from django_scopes import scope

from apatar.runs import ignoring, undoing
from apatar.runs.models import Run
from apatar.runs.proposal import Ignored
from apatar.sync.undo import Verdict
from tests.runs.situations import in_step
from tests.runs.world import World, nothing_was_written


def taken_back(world: World, run: Run, *only: int) -> Run:
    """Ask for a run to be taken back, and let the Web Connector call."""
    world.clock.pass_by(minutes=10)
    with scope(connection=world.connection):
        assert undoing.ask(run, only=only, by="owner@bayshore.example", now=datetime.now(UTC))
    return world.run_well()


def assert_it_stays_so(world: World) -> None:
    for _ in range(2):
        world.clock.pass_by(minutes=10)
        assert nothing_was_written(world.run_well())


def verdicts(world: World, run: Run) -> list[Verdict]:
    with scope(connection=world.connection):
        return [one.undoing.verdict for one in undoing.preview(run, now=datetime.now(UTC))]


def an_edit_that_travelled(world: World) -> Run:
    in_step(world)
    world.people.change("Kern Lighting", Phone="555-0199")
    run = world.run_well()
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0199"
    return run


def test_an_update_is_taken_back_and_does_not_come_again(world: World) -> None:
    run = an_edit_that_travelled(world)
    undo = taken_back(world, run)
    assert undo.undoes_id == run.pk
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0100"
    assert world.people.account("Kern Lighting")["Phone"] == "555-0199"
    assert_it_stays_so(world)
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0100"


def test_the_next_edit_after_an_undo_travels_as_ever(world: World) -> None:
    taken_back(world, an_edit_that_travelled(world))
    world.clock.pass_by(minutes=10)
    world.people.change("Kern Lighting", Phone="555-0200")
    world.run_well()
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0200"


def test_what_was_edited_since_is_listed_and_not_touched(world: World) -> None:
    run = an_edit_that_travelled(world)
    world.clock.pass_by(minutes=10)
    world.books.change("Kern Lighting", "<Phone>555-0300</Phone>")
    undo = taken_back(world, run)
    assert world.changes(undo) == []
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0300"
    assert verdicts(world, run) == [Verdict.EDITED_SINCE]


def test_records_that_a_run_made_are_deleted_again_and_not_made_anew(world: World) -> None:
    world.people.add("Kern Lighting")
    world.books.add("Abel Bakery")
    run = world.run_well()
    assert world.people.names() == world.books.names() == ["Abel Bakery", "Kern Lighting"]
    taken_back(world, run)
    assert world.people.names() == ["Kern Lighting"]
    assert world.books.names() == ["Abel Bakery"]
    assert_it_stays_so(world)
    assert world.problems() == []
    with scope(connection=world.connection):
        assert sorted(Ignored.objects.values_list("name", flat=True)) == ["Abel Bakery", "Kern Lighting"]


def test_one_change_of_a_run_can_be_taken_back_alone(world: World) -> None:
    world.people.add("Kern Lighting")
    world.people.add("Abel Bakery")
    run = world.run_well()
    [change] = [one for one in world.changes(run) if one.name == "Abel Bakery" and one.operation == "create"]
    taken_back(world, run, change.pk)
    assert world.books.names() == ["Kern Lighting"]


def test_a_record_that_was_edited_since_it_was_made_stays(world: World) -> None:
    world.people.add("Kern Lighting", Phone="555-0100")
    run = world.run_well()
    world.clock.pass_by(minutes=10)
    world.books.change("Kern Lighting", "<Phone>555-0300</Phone>")
    taken_back(world, run)
    assert world.books.names() == ["Kern Lighting"]


def test_a_run_is_taken_back_once(world: World) -> None:
    run = an_edit_that_travelled(world)
    taken_back(world, run)
    with scope(connection=world.connection):
        assert not undoing.ask(run, by="owner@bayshore.example", now=datetime.now(UTC))


def test_another_change_of_a_run_can_be_taken_back_later(world: World) -> None:
    world.people.add("Kern Lighting")
    world.people.add("Abel Bakery")
    run = world.run_well()
    made = {one.name: one.pk for one in world.changes(run) if one.operation == "create"}
    taken_back(world, run, made["Abel Bakery"])
    again = taken_back(world, run, made["Kern Lighting"])
    assert again.undoes_id == run.pk
    assert world.books.names() == []
    assert_it_stays_so(world)


def test_a_request_that_was_taken_back_does_nothing(world: World) -> None:
    run = an_edit_that_travelled(world)
    with scope(connection=world.connection):
        assert not undoing.never_mind(run)
        assert undoing.ask(run, by="owner@bayshore.example", now=datetime.now(UTC))
        assert undoing.never_mind(run)
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0199"


def test_a_request_that_a_run_has_begun_cannot_be_taken_back(world: World) -> None:
    run = an_edit_that_travelled(world)
    taken_back(world, run)
    with scope(connection=world.connection):
        assert not undoing.never_mind(run)


def test_a_record_that_is_taken_off_the_list_is_made_again(world: World) -> None:
    world.people.add("Kern Lighting")
    taken_back(world, world.run_well())
    assert world.books.names() == []
    assert world.people.account("Kern Lighting")["QuickBooks_ListID__c"] is None
    assert world.links() == []
    with scope(connection=world.connection):
        assert ignoring.take_off(world.connection, Ignored.objects.get().pk)
    world.clock.pass_by(minutes=10)
    world.sync_twice()
    assert world.books.names() == ["Kern Lighting"]
    assert world.agreement().agree
    assert world.problems() == []
    assert_it_stays_so(world)
