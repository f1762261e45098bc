"""Deals in a world: won by the sales office, looked at on both sides."""

from collections.abc import Callable
from typing import Any

from apatar.connections.maps import document_of, save_map
from apatar.sync.map_edit import with_pair
from tests.runs.rows import Scene
from tests.runs.shop import a_line, an_opportunity, win
from tests.runs.world import nothing_was_written

DEAL = "Lamps for the pier"
Opening = Callable[..., Scene]
"""Opens a world with these features of QuickBooks; see the fixture `opened`."""


def a_deal(scene: Scene, name: str = DEAL, **line: Any) -> str:
    deal = an_opportunity(scene, name)
    a_line(scene, deal, **line)
    return deal


def a_won_deal(scene: Scene) -> str:
    deal = a_deal(scene)
    win(scene, deal)
    return deal


def ask_for(scene: Scene, document: str, deal: str) -> str:
    scene.sales.change("Opportunity", deal, QuickBooks_Generate__c=document)
    return deal


def the_map_says(scene: Scene, **words: Any) -> None:
    save_map(scene.world.connection, {**document_of(scene.world.reload()), **words}, None, "")
    scene.world.reload()


def the_pair_says(scene: Scene, pair: str, **words: Any) -> None:
    save_map(scene.world.connection, with_pair(document_of(scene.world.reload()), pair, words), None, "")
    scene.world.reload()


def documents(scene: Scene, *kinds: str) -> dict[str, int]:
    wanted = kinds or ("Estimate", "SalesOrder", "Invoice", "SalesReceipt")
    counted = {kind: len(scene.office.all(kind)) for kind in wanted}
    return {kind: count for kind, count in counted.items() if count}


def written_back(scene: Scene, deal: str, *fields: str) -> list[Any]:
    found = scene.sales.one("Opportunity", *fields, where=f"Id = '{deal}'")
    return [found[one] for one in fields]


def settled(scene: Scene) -> None:
    """One more run may bring what QuickBooks worked out itself, such as balances; two more have nothing to do."""
    scene.sync(runs=3)
    assert [nothing_was_written(run) for run in scene.world.runs()[-2:]] == [True, True]
    assert [one.sentence for one in scene.world.problems()] == []


def waiting(scene: Scene) -> list[str]:
    return [one.sentence for one in scene.world.problems()]
