"""What Salesforce's records say about how they fare, and from which run on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django_scopes import scope

from apatar.runs.models import Outcome, Problem
from apatar.runs.rehearsal import ask_for_a_dry_run, release
from apatar.runs.telling import ERROR, STATUS
from tests.runs.trading import Sales
from tests.runs.world import World, a_world, nothing_was_written

NAMES = ["Harbor Tools", "Kern Lighting"]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, transactional_db: None) -> Iterator[World]:
    with a_world(tmp_path, monkeypatch, settings, prepared=True) as world:
        for name in NAMES:
            world.books.add(name)
        world.sync_twice()
        world.clock.pass_by(minutes=10)
        yield world


def dry_run(world: World) -> None:
    with scope(connection=world.connection):
        ask_for_a_dry_run(world.reload(), now=datetime.now(UTC))
    assert world.run_well().outcome == Outcome.SHOWN
    world.clock.pass_by(minutes=10)


def released(world: World) -> None:
    with scope(connection=world.connection):
        assert release(world.last_run(), by="owner@bayshore.example", now=datetime.now(UTC))
    assert nothing_was_written(world.run_well())
    world.clock.pass_by(minutes=10)


def said_of_kern(world: World) -> str:
    rows = Sales(world.org).all("Account", "Name", STATUS)
    return next(str(row[STATUS]) for row in rows if row["Name"] == "Kern Lighting")


def reason_of_kern(world: World) -> str:
    rows = Sales(world.org).all("Account", "Name", ERROR)
    return next(str(row[ERROR]) for row in rows if row["Name"] == "Kern Lighting")


def a_problem(world: World, side: str, remote_id: str, sentence: str) -> None:
    about = {"mapping": "accounts_customers", "side": side, "remote_id": remote_id, "name": "Kern Lighting"}
    with scope(connection=world.connection):
        run, now = world.last_run(), datetime.now(UTC)
        Problem.objects.create(
            connection=world.connection, run=run, **about, code="test", sentence=sentence, seen_at=now, opened_at=now
        )


def test_a_record_that_waits_since_a_dry_run_says_so_from_the_run_after_the_release_on(world: World) -> None:
    world.books.delete("Kern Lighting")
    dry_run(world)
    released(world)
    assert said_of_kern(world) == "In step"
    world.run_well()
    assert said_of_kern(world) == "Waits for you"
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def test_a_release_says_nothing_about_what_came_to_wait_since_the_look(world: World) -> None:
    dry_run(world)
    world.books.delete("Kern Lighting")
    released(world)
    assert said_of_kern(world) == "In step"
    world.run_well()
    assert said_of_kern(world) == "Waits for you"


def test_what_a_broken_run_could_not_say_the_next_one_says(world: World) -> None:
    world.books.delete("Kern Lighting")
    world.org.faults.set(unavailable=1_000, only_method="PATCH")
    world.sync()
    for _ in range(20):
        world.clock.pass_by(hours=1)
        world.work()
    assert world.last_run().outcome == Outcome.FAILED
    assert said_of_kern(world) == "In step"
    world.org.faults.reset()
    world.run_well()
    assert said_of_kern(world) == "Waits for you"


def test_a_record_still_says_why_it_waits_when_another_reason_is_gone(world: World) -> None:
    [account] = [one["Id"] for one in Sales(world.org).all("Account", "Name") if one["Name"] == "Kern Lighting"]
    customer = world.books.customer("Kern Lighting")["ListID"]
    a_problem(world, "salesforce", account, "Its name is too long.")
    a_problem(world, "quickbooks", customer, "Its customer type is unknown.")
    world.run_well()
    assert reason_of_kern(world) == "Its name is too long. Its customer type is unknown."
    world.clock.pass_by(minutes=10)
    with scope(connection=world.connection):
        Problem.objects.filter(side="quickbooks").update(closed_at=datetime.now(UTC))
    world.run_well()
    assert (said_of_kern(world), reason_of_kern(world)) == ("Waits for you", "Its name is too long.")
