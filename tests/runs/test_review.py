"""The review: nothing is written before a person has looked, and nothing is created while a likely match waits."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django_scopes import scope

from apatar.runs import proposals, reviewing
from apatar.runs.models import Run
from apatar.runs.proposal import Proposal
from apatar.runs.releases import obstacle_to, release_plan
from apatar.runs.reviewing import Person
from tests.runs.world import World, a_world, nothing_was_written

PAIR = "accounts_customers"


@pytest.fixture
def new_world(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[World]:
    """A connection that nobody has released anything of."""
    with a_world(tmp_path, monkeypatch, settings, released=False) as one:
        yield one


def who() -> Person:
    return Person("ada@bayshore.example", datetime.now(UTC))


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
