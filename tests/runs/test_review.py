"""The review: nothing is written before a person has looked, and nothing is created while a likely match waits."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django_scopes import scope

from apatar.connections.maps import save_map
from apatar.runs import proposals, reviewing
from apatar.runs.ignoring import take_off
from apatar.runs.models import Run
from apatar.runs.proposal import Proposal
from apatar.runs.releases import obstacle_to, release_plan
from apatar.runs.reviewing import NotDecidedError, Reviewer
from apatar.sync.pairs import PAIRS
from apatar.sync.record import Side
from tests.runs.test_killed import killed_at
from tests.runs.world import World, nothing_was_written

PAIR = "accounts_customers"


def who() -> Reviewer:
    return Reviewer("ada@bayshore.example", datetime.now(UTC))


def again(world: World) -> Run:
    world.clock.pass_by(minutes=10)
    return world.run_well()


def rows(world: World, **narrowed: Any) -> list[Proposal]:
    with scope(connection=world.connection):
        return list(Proposal.objects.filter(**narrowed).order_by("salesforce_name", "quickbooks_name"))


def told(world: World, **narrowed: Any) -> list[tuple[str, str, str, str]]:
    return [(one.kind, one.choice, one.salesforce_name, one.quickbooks_name) for one in rows(world, **narrowed)]


def release(world: World, run: Run) -> Run:
    """Accept everything that was matched exactly, release the plan, and let the Web Connector call."""
    with scope(connection=world.connection):
        reviewing.accept_exact(proposals.unaccepted(world.connection), who())
        run.refresh_from_db()
        assert obstacle_to(run, now=datetime.now(UTC)) == ""
        assert release_plan(run, by="ada@bayshore.example", now=datetime.now(UTC))
    done = again(world)
    world.reload()
    return done


def decide(world: World, act: Any, *given: Any) -> Any:
    with scope(connection=world.connection):
        return act(*given, who())


def a_likely_match(world: World) -> None:
    world.people.add("Kern Lighting Group", Phone="555-0100")
    world.books.add("Kern Lighting", "<Phone>555-0100</Phone>")


def test_a_new_connection_writes_nothing_until_a_person_has_released_a_plan(new_world: World) -> None:
    new_world.people.add("Harbor Tools", Phone="555-0100")
    new_world.people.add("Northern Pines")
    new_world.books.add("Harbor Tools")
    new_world.books.add("Abel Bakery")
    for _ in range(2):
        run = again(new_world)
        assert (run.outcome, nothing_was_written(run)) == ("shown", True)
    assert told(new_world) == [
        ("alone", "", "", "Abel Bakery"),
        ("name", "", "Harbor Tools", "Harbor Tools"),
        ("alone", "", "Northern Pines", ""),
    ]
    with scope(connection=new_world.connection):
        assert "1 exact match on the review page" in obstacle_to(run, now=datetime.now(UTC))
    done = release(new_world, run)
    assert done.outcome == "ok"
    assert new_world.books.names() == ["Abel Bakery", "Harbor Tools", "Northern Pines"]
    assert new_world.agreement().agree
    assert nothing_was_written(again(new_world))
    assert told(new_world) == [("name", "link", "Harbor Tools", "Harbor Tools")]


def test_what_is_likely_is_neither_created_nor_linked_until_somebody_decides(new_world: World) -> None:
    a_likely_match(new_world)
    release(new_world, again(new_world))
    again(new_world)
    assert (new_world.people.names(), new_world.books.names()) == (["Kern Lighting Group"], ["Kern Lighting"])
    assert new_world.links() == []
    [row] = rows(new_world)
    assert (row.kind, row.choice, row.reason) == ("suggested", "", "A similar name, the same phone")


def test_accepted_it_is_linked_by_the_next_run(world: World) -> None:
    a_likely_match(world)
    world.run_well()
    decide(world, reviewing.link, world.connection, PAIR, rows(world)[0].salesforce_id, rows(world)[0].quickbooks_id)
    again(world)
    [link] = world.links()
    assert (link.salesforce_id, link.quickbooks_id) == (rows(world)[0].salesforce_id, rows(world)[0].quickbooks_id)
    assert len(world.people.names()) == len(world.books.names()) == 1


def the_row(world: World) -> Proposal:
    [row] = rows(world)
    return row


def accepted(world: World) -> None:
    """A likely match, accepted and linked by a run."""
    a_likely_match(world)
    world.run_well()
    row = the_row(world)
    decide(world, reviewing.link, world.connection, PAIR, row.salesforce_id, row.quickbooks_id)
    again(world)
    assert len(world.links()) == 1


def test_kept_apart_each_gets_a_counterpart_of_its_own_and_they_are_never_proposed_again(world: World) -> None:
    a_likely_match(world)
    world.run_well()
    decide(world, reviewing.keep_apart, the_row(world))
    again(world)
    assert world.people.names() == world.books.names() == ["Kern Lighting", "Kern Lighting Group"]
    world.people.change("Kern Lighting Group", Phone="555-0101")
    again(world)
    assert nothing_was_written(again(world))
    assert told(world) == [("suggested", "apart", "Kern Lighting Group", "Kern Lighting")]


def test_ignored_it_gets_nothing_and_the_other_one_goes_on(world: World) -> None:
    a_likely_match(world)
    world.run_well()
    left_out = decide(world, reviewing.ignore, world.connection, PAIR, Side.SALESFORCE, the_row(world).salesforce_id)
    again(world)
    assert world.books.names() == ["Kern Lighting"]
    assert sorted(world.people.names()) == ["Kern Lighting", "Kern Lighting Group"]
    assert rows(world) == []
    with scope(connection=world.connection):
        take_off(world.connection, left_out.pk)
    again(world)
    assert world.books.names() == ["Kern Lighting", "Kern Lighting Group"]


def test_two_candidates_are_a_question_and_what_is_left_over_goes_on_by_itself(world: World) -> None:
    world.people.add("Kern Lighting")
    world.books.add("Kern Lighting Inc")
    world.books.add("Kern Lightning")
    world.run_well()
    assert [one.quickbooks_name for one in rows(world)] == ["Kern Lighting Inc", "Kern Lightning"]
    with scope(connection=world.connection):
        found = proposals.waiting(world.connection)
        assert reviewing.accept_likely(world.connection, found, who()) == (0, 2)
    inc = rows(world)[0]
    decide(world, reviewing.link, world.connection, PAIR, inc.salesforce_id, inc.quickbooks_id)
    again(world)
    again(world)
    assert len(world.links()) == 2
    assert sorted(world.people.names()) == ["Kern Lighting Inc", "Kern Lightning"]


def test_records_of_other_names_are_linked_by_hand(world: World) -> None:
    world.save(direction="to-salesforce")
    world.people.add("Bay Area Lamps")
    world.books.add("Zenith Holding")
    world.save(paused_at=world.clock.now())
    world.save(paused_at=None, first_released_at=None)
    world.run_well()
    ours, theirs = (next(one for one in rows(world) if getattr(one, f"{side}_id")) for side in Side)
    decide(world, reviewing.link, world.connection, PAIR, ours.salesforce_id, theirs.quickbooks_id)
    run = again(world)
    [link] = world.links()
    assert (link.salesforce_id, link.quickbooks_id) == (ours.salesforce_id, theirs.quickbooks_id)
    assert run.outcome == "shown"


def test_unlinked_both_wait_whatever_ids_and_names_they_carry(world: World) -> None:
    world.people.add("Harbor Tools")
    world.sync_twice()
    [link] = world.links()
    decide(world, reviewing.unlink, world.connection, link.pk)
    for _ in range(2):
        assert nothing_was_written(again(world))
    assert world.links() == []
    assert (world.people.names(), world.books.names()) == (["Harbor Tools"], ["Harbor Tools"])
    assert told(world) == [("parted", "", "Harbor Tools", "Harbor Tools")]


def test_unlinked_from_what_was_made_for_it_a_record_is_never_made_again(world: World) -> None:
    world.people.add("Harbor Tools")
    world.sync_twice()
    decide(world, reviewing.unlink, world.connection, world.links()[0].pk)
    with pytest.raises(NotDecidedError, match="was created in QuickBooks once"):
        decide(world, reviewing.keep_apart, the_row(world))
    again(world)
    decide(world, reviewing.link, world.connection, PAIR, the_row(world).salesforce_id, the_row(world).quickbooks_id)
    again(world)
    assert (len(world.links()), world.books.names()) == (1, ["Harbor Tools"])


def test_kept_apart_after_unlinking_nothing_is_written_over_the_record_that_still_carries_the_id(world: World) -> None:
    accepted(world)
    decide(world, reviewing.unlink, world.connection, world.links()[0].pk)
    again(world)
    decide(world, reviewing.keep_apart, the_row(world))
    for _ in range(3):
        again(world)
    assert (world.people.names(), world.books.names(), world.links()) == (["Kern Lighting"], ["Kern Lighting"], [])
    assert {one.code for one in world.problems()} == {"still_carries_id", "name-in-use"}


def test_linked_to_another_one_the_one_that_is_left_over_waits(world: World) -> None:
    accepted(world)
    world.save(direction="to-quickbooks")
    world.books.add("Zenith Holding")
    again(world)
    [link] = world.links()
    other = next(one["ListID"] for one in world.books.customers() if one["Name"] == "Zenith Holding")
    decide(world, reviewing.relink, world.connection, link.pk, Side.QUICKBOOKS, other)
    again(world)
    assert [(one.salesforce_id, one.quickbooks_id) for one in world.links()] == [(link.salesforce_id, other)]
    assert ("parted", "", "", "Kern Lighting") in told(world)
    assert len(world.people.names()) == 1


def test_the_service_dies_between_the_decision_and_its_link_and_the_next_run_goes_on(world: World) -> None:
    a_likely_match(world)
    world.run_well()
    row = the_row(world)
    decide(world, reviewing.link, world.connection, PAIR, row.salesforce_id, row.quickbooks_id)
    for at in (30, 60, 90, 120, 150, 180):
        world.clock.pass_by(minutes=1)
        killed_at(world, at)
    world.clock.pass_by(minutes=20)
    world.sync_twice()
    assert len(world.links()) == len(world.people.names()) == len(world.books.names()) == 1


def test_a_decision_is_taken_back_before_a_run_has_carried_it_out_and_not_after(world: World) -> None:
    a_likely_match(world)
    world.run_well()
    row = the_row(world)
    decide(world, reviewing.link, world.connection, PAIR, row.salesforce_id, row.quickbooks_id)
    decide(world, reviewing.think_again, the_row(world))
    again(world)
    assert (world.links(), the_row(world).choice) == ([], "")
    decide(world, reviewing.link, world.connection, PAIR, row.salesforce_id, row.quickbooks_id)
    again(world)
    for change_of_mind in (reviewing.think_again, reviewing.keep_apart):
        with pytest.raises(NotDecidedError, match="Unlink"):
            decide(world, change_of_mind, the_row(world))
    assert the_row(world).choice == "link"


def test_while_a_run_goes_on_nothing_is_unlinked(world: World) -> None:
    accepted(world)
    with scope(connection=world.connection):
        Run.objects.filter(number=2).update(finished_at=None)
    with pytest.raises(NotDecidedError, match="A run is going on"):
        decide(world, reviewing.unlink, world.connection, world.links()[0].pk)


def test_by_the_chosen_key_records_of_other_names_are_linked_and_a_doubled_key_is_a_question(world: World) -> None:
    pair = {"match_by": "account_number"}
    save_map(world.reload(), {"pairs": {PAIR: pair, **{one.name: {"enabled": False} for one in PAIRS[1:]}}}, None, "")
    world.reload()
    world.people.add("Bay Area Lamps", AccountNumber="A-1")
    world.people.add("Zenith Holding", AccountNumber="B 2")
    world.people.add("Summit Pottery", AccountNumber="B2")
    world.books.add("Kern Lighting", "<AccountNumber>a1</AccountNumber>")
    world.books.add("Old Mill Road", "<AccountNumber>b-2</AccountNumber>")
    world.run_well()
    [link] = world.links()
    assert {one.code for one in world.problems()} == {"several_candidates"}
    assert [(one.salesforce_name, one.quickbooks_name) for one in rows(world)] == [
        ("Summit Pottery", "Old Mill Road"),
        ("Zenith Holding", "Old Mill Road"),
    ]
    summit = rows(world)[0]
    decide(world, reviewing.link, world.connection, PAIR, summit.salesforce_id, summit.quickbooks_id)
    again(world)
    again(world)
    assert world.problems() == []
    assert len(world.links()) == 3
    assert link.how == "matched"


def test_chosen_for_one_that_is_deleted_before_the_link_a_record_waits_and_is_not_created(world: World) -> None:
    a_likely_match(world)
    world.run_well()
    row = the_row(world)
    decide(world, reviewing.link, world.connection, PAIR, row.salesforce_id, row.quickbooks_id)
    world.books.delete("Kern Lighting")
    again(world)
    again(world)
    assert (world.links(), world.books.names()) == ([], [])
    assert told(world) == [("parted", "", "Kern Lighting Group", "")]
    decide(world, reviewing.keep_apart, the_row(world))
    again(world)
    assert world.books.names() == ["Kern Lighting Group"]


def test_a_name_that_another_customer_has_is_told_before_anything_is_written(new_world: World) -> None:
    new_world.people.add("Kern Lighting")
    new_world.books.add("Kern Lighting")
    new_world.run_well()
    new_world.people.add("KERN LIGHTING")
    again(new_world)
    [row] = rows(new_world, kind="taken")
    assert (row.salesforce_name, row.choice) == ("KERN LIGHTING", "")
    assert "Another record of QuickBooks has this name" in row.reason
    assert new_world.links()[0].quickbooks_id
