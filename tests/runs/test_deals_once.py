"""One deal, one document: whatever is clicked again, and whoever dies in between."""

import pytest
from django.db import connection as database

from apatar.sandbox.webconnector.errors import Abandoned
from tests.runs.deals import a_won_deal, ask_for, documents, settled, written_back
from tests.runs.rows import Scene
from tests.runs.shop import win


def test_a_deal_that_is_reopened_and_won_again_keeps_its_one_document(scene: Scene) -> None:
    deal = a_won_deal(scene)
    scene.sync()
    scene.sales.change("Opportunity", deal, StageName="Prospecting")
    scene.sync()
    win(scene, deal)
    scene.sync()
    assert documents(scene) == {"Estimate": 1}
    settled(scene)


def test_a_deal_whose_document_is_chosen_anew_keeps_the_one_it_has(scene: Scene) -> None:
    deal = a_won_deal(scene)
    scene.sync()
    ask_for(scene, "Invoice", deal)
    scene.sync(runs=2)
    assert documents(scene) == {"Estimate": 1}
    settled(scene)


def test_a_document_that_was_deleted_in_quickbooks_is_not_made_again(scene: Scene) -> None:
    deal = a_won_deal(scene)
    scene.sync()
    scene.office.delete_document("Estimate", scene.only_there("Estimate"))
    scene.sync()
    assert written_back(scene, deal, "QuickBooks_Status__c") == ["Deleted"]
    scene.sales.change("Opportunity", deal, StageName="Prospecting")
    scene.sync()
    win(scene, deal)
    ask_for(scene, "Invoice", deal)
    scene.sync()
    assert documents(scene) == {}
    settled(scene)


def pc_is_switched_off() -> None:
    raise Abandoned("The PC was switched off.")


@pytest.mark.parametrize("forgotten", [False, True], ids=["outcome kept", "outcome forgotten"])
@pytest.mark.parametrize("after", [False, True], ids=["before QuickBooks worked", "after QuickBooks worked"])
def test_a_document_whose_confirmation_was_lost_is_not_made_twice(scene: Scene, after: bool, forgotten: bool) -> None:
    deal = a_won_deal(scene)
    scene.world.clock.pass_by(minutes=10)
    scene.world.desk.when("<EstimateAddRq", pc_is_switched_off, after=after)
    assert not scene.world.sync().well
    if forgotten:
        scene.world.books.forget_message_sets()
    scene.sync(runs=2)
    assert documents(scene) == {"Estimate": 1}
    assert written_back(scene, deal, "QuickBooks_TxnID__c") == [scene.only_there("Estimate")]
    settled(scene)


@pytest.mark.parametrize("statement", range(40, 830, 100))
def test_a_service_that_is_killed_while_a_deal_travels_makes_one_document(scene: Scene, statement: int) -> None:
    a_won_deal(scene)
    scene.world.clock.pass_by(minutes=10)
    # Procrastinate's worker is not made to be killed inside one process: its jobs are delivered by hand then.
    scene.world.queue = database.vendor == "sqlite"
    scene.world.death.statements, scene.world.death.countdown = 0, statement
    scene.world.sync()
    scene.world.work()
    scene.world.revive()
    scene.sync(runs=2)
    assert documents(scene) == {"Estimate": 1}
    settled(scene)
