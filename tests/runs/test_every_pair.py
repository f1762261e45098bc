"""Every pair of objects in every situation: a row for each pair, a column for each thing that can happen to it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from apatar.sync.pairs import PAIRS
from tests.runs.beginnings import a_scene
from tests.runs.rows import FRESH, Event, Row, Scene, shows
from tests.runs.rows_documents import DOCUMENT_ROWS
from tests.runs.rows_lists import LIST_ROWS
from tests.runs.world import World, nothing_was_written
from tests.shared_folder import SHARED, schema_of_quickbooks

LONG = "holds_an_over_long_text"
"""SQLite keeps a text of any length; PostgreSQL refuses it, so this one is played there as well."""
ROWS = (*LIST_ROWS, *DOCUMENT_ROWS)
TABLE = [
    pytest.param(row, name, event, id=f"{row.pair}-{name}", marks=() if name == LONG else pytest.mark.story)
    for row in ROWS
    for name, event in row.situations()
]


@pytest.fixture
def scene(
    row: Row, situation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, transactional_db: None
) -> Iterator[Scene]:
    begun, called = (row.stage, "staged") if situation in FRESH else (partial(_stage_and_make, row), "made")
    with a_scene(
        begun,
        (row.pair, called),
        folder=tmp_path,
        monkeypatch=monkeypatch,
        settings=settings,
        qbxml=row.qbxml,
        pairs=row.pairs,
        features=row.features,
        prepared=True,
    ) as scene:
        yield scene


def _stage_and_make(row: Row, scene: Scene) -> None:
    row.stage(scene)
    row.made.act(scene)
    scene.sync()


def test_every_pair_has_its_row() -> None:
    assert sorted(row.pair for row in ROWS) == sorted(one.name for one in PAIRS)


@pytest.mark.parametrize(("row", "situation", "event"), TABLE)
def test_a_record_that_is(row: Row, situation: str, event: Event, scene: Scene) -> None:
    if situation not in FRESH and event.why:
        scene.sync()
    _play(scene, row, event)
    _assert_every_request_follows_the_schema(scene.world)


def _play(scene: Scene, row: Row, event: Event | None) -> None:
    while event is not None:
        before = len(scene.world.runs())
        conflicts = len(scene.world.conflicts())
        event.act(scene)
        scene.sync(runs=2)
        _assert_it_came_so(scene, row, event, runs=before, conflicts=conflicts)
        # At most two runs bring both sides into agreement, and two more write nothing.
        scene.sync(runs=1 if nothing_was_written(scene.world.last_run()) else 2)
        assert [nothing_was_written(run) for run in scene.world.runs()[-2:]] == [True, True], _written(scene.world)
        _assert_it_came_so(scene, row, event, runs=before, conflicts=conflicts)
        event = event.next


def _assert_it_came_so(scene: Scene, row: Row, event: Event, *, runs: int, conflicts: int) -> None:
    world = scene.world
    seen, wanted = shows(scene, row, event)
    assert seen == wanted, _written(world)
    problems = {f"{one.sentence} {one.remedy}" for one in world.problems()}  # of a pair, both records have it
    assert len(problems) == len(event.waits), problems
    assert all(any(part in one for one in problems) for part in event.waits), problems
    found = [(one.label, one.winner, _losing(one)) for one in world.conflicts()[conflicts:]]
    assert found == ([_lost(scene, *event.lost)] if event.lost else [])
    if event.why:
        assert all(nothing_was_written(run) for run in world.runs()[runs:]), f"{event.why}\n{_written(world)}"
    if event.notes:
        said = [note for change in world.changes() for note in change.notes]
        assert any(event.notes in one for one in said), said


def _lost(scene: Scene, label: str, winner: str, value: str) -> tuple[str, str, str]:
    """Lines are kept with the ids of what they sell."""
    items = scene.office.all("ItemService")
    return label, winner, value.format(item=items[0]["ListID"] if items else "")


def _losing(conflict: Any) -> str:
    lost = conflict.quickbooks_value if conflict.winner == "salesforce" else conflict.salesforce_value
    return str(lost)


def _written(world: World) -> str:
    rows = [
        f"run {one.run.number}: {one.mapping} {one.side} {one.operation} {one.state} {one.fields} {one.error}"
        for one in world.changes()
    ]
    waiting = [f"problem: {one.mapping} {one.name}: {one.sentence} {one.remedy}" for one in world.problems()]
    return "\n".join([*rows[-12:], *waiting])


def _assert_every_request_follows_the_schema(world: World) -> None:
    """The schema of 13.0 is beside this checkout, or this is left to the sandbox's own grammar."""
    if SHARED is None:
        return
    for text in world.desk.asked:
        schema_of_quickbooks().assertValid(etree.fromstring(text.encode()))
