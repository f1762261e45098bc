"""Taking back the run that made a document of a deal."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django_scopes import scope

from apatar.runs import undoing
from apatar.runs.proposal import Ignored
from tests.runs.rows import EVERYTHING, Scene
from tests.runs.shop import a_line, a_shop, an_opportunity, win
from tests.runs.trading import Office, Sales
from tests.runs.world import a_world

DEAL = "Lamps for the pier"


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, transactional_db: None) -> Iterator[Scene]:
    with a_world(tmp_path, monkeypatch, settings, pairs=EVERYTHING, prepared=True) as world:
        scene = Scene(world, Sales(world.org), Office(world.folder / "company.qbw"))
        a_shop(scene)
        yield scene


def test_the_document_of_a_deal_is_deleted_again_and_the_deal_says_nothing_of_it(scene: Scene) -> None:
    world = scene.world
    deal = an_opportunity(scene, DEAL)
    a_line(scene, deal)
    win(scene, deal)
    run = world.run_well()
    [made] = [one for one in world.changes(run) if one.operation == "create" and one.name == DEAL]
    kind, numbers = made.object_type, len(scene.office.all(made.object_type))
    world.clock.pass_by(minutes=10)
    with scope(connection=world.connection):
        assert undoing.ask(run, by="owner@bayshore.example", now=datetime.now(UTC))
    undo = world.run_well()
    assert [one.state for one in world.changes(undo)] == ["confirmed"] * len(world.changes(undo))
    assert len(scene.office.all(kind)) == numbers - 1
    assert scene.sales.one("Opportunity", "QuickBooks_TxnID__c", where=f"Id = '{deal}'")["QuickBooks_TxnID__c"] is None
    assert [one for one in world.links() if one.salesforce_id == deal] == []
    with scope(connection=world.connection):
        assert Ignored.objects.filter(remote_id=deal).exists()
    for _ in range(2):
        world.clock.pass_by(minutes=10)
        world.run_well()
        assert len(scene.office.all(kind)) == numbers - 1
