"""A database that an earlier release left behind migrates, and its connection goes on as if nothing had happened.

`making` says how the archives were made. Nobody makes them anew: what a release wrote stays as it was.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django_scopes import scope

from apatar.runs.rehearsal import release
from tests.old.loading import migrated, unpacked
from tests.runs.rows import Scene
from tests.runs.trading import Office, Sales
from tests.runs.world import World, a_world, nothing_was_written

ISSUE_3 = Path(__file__).with_name("issue_3.tar.gz")
"""Made by da9a8b6, the last commit of the third issue."""
LEFT_OPEN = [("quickbooks", "create", "Dry Dock"), ("quickbooks", "update", "Northern Pines")]
"""What people had edited before the last run of that release, which only showed it."""


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, transactional_db: None) -> Iterator[Scene]:
    counted = unpacked(ISSUE_3, tmp_path)
    begun = {"begun": counted["connection"], "moment": datetime.fromisoformat(counted["moment"])}
    with migrated(tmp_path), a_world(tmp_path, monkeypatch, settings, prepared=True, **begun) as world:
        settings.APATAR_SALESFORCE_HOSTS = [counted["url"].removeprefix("http://")]
        found = {"links": len(world.links()), "changes": len(world.changes()), "runs": len(world.runs())}
        assert found == {name: counted[name] for name in found}
        yield Scene(world, Sales(world.org), Office(tmp_path / "company.qbw"))


def written(world: World) -> list[tuple[str, str, str]]:
    changes = world.changes(world.last_run())
    return sorted((one.side, one.operation, one.name) for one in changes if one.state == "confirmed")


def test_an_installation_of_the_third_issue_goes_on(old: Scene) -> None:
    world = old.world
    old.sync()
    # Both sides hear of the new pair: QuickBooks gets the record, the account its ListID.
    assert [one for one in written(world) if one[0] == "quickbooks"] == LEFT_OPEN

    world.books.change("Kern Lighting", "<Phone>555-0109</Phone>")
    world.people.change("Harbor Tools", Fax="555-0209")
    contact = old.sales.one("Contact", "LastName")
    old.sales.change("Contact", contact["Id"], Title="Founder")
    old.sync(runs=2)
    assert world.people.account("Kern Lighting")["Phone"] == "555-0109"
    assert world.books.customer("Harbor Tools")["Fax"] == "555-0209"
    assert "Founder" in world.books.customer("Kern Lighting").values()

    old.sync(runs=2)
    assert [nothing_was_written(one) for one in world.runs()[-2:]] == [True, True]
    assert world.agreement().differences == ("Pier Nine: only in Salesforce",)
    assert world.books.names() == ["Dry Dock", "Harbor Tools", "Kern Lighting", "Northern Pines"]
    assert [len(old.office.all(kind)) for kind in ("Estimate", "ItemService")] == [1, 1]
    assert [one.name for one in world.problems()] == ["Pier Nine"]
    assert [(one.name, one.label) for one in world.conflicts()] == [("Harbor Tools", "Phone")]


def test_a_plan_that_was_shown_by_the_third_issue_is_released_and_carried_out(old: Scene) -> None:
    world = old.world
    with scope(connection=world.connection):
        assert release(world.last_run(), by="owner@bayshore.example", now=datetime.now(UTC))
    world.books.change("Kern Lighting", "<Phone>555-0109</Phone>")
    old.sync()
    assert [one for one in written(world) if one[0] == "quickbooks"] == LEFT_OPEN
    assert world.people.account("Kern Lighting")["Phone"] == "555-0100", "what came up since is shown first"
