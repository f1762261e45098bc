"""A world of its own for every test that asks for one, and one with a shop in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apatar.sandbox.quickbooks.features import Features
from tests.runs.beginnings import a_scene
from tests.runs.deals import Opening
from tests.runs.rows import EVERYTHING, Scene
from tests.runs.shop import a_shop
from tests.runs.trading import Office, Sales
from tests.runs.world import World, a_world


@pytest.fixture
def world(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[World]:
    with a_world(tmp_path, monkeypatch, settings) as one:
        yield one


@pytest.fixture
def bare_world(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[World]:
    """An org in which nobody has made our custom fields."""
    with a_world(tmp_path, monkeypatch, settings, bare=True) as one:
        yield one


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, transactional_db: None) -> Iterator[Opening]:
    """Open a world with these features of QuickBooks; it is closed after the test."""
    worlds = []

    def opened(features: Features | None = None, **more: Any) -> Scene:
        built = a_world(
            tmp_path, monkeypatch, settings, pairs=EVERYTHING, features=features or Features(), prepared=True, **more
        )
        world = built.__enter__()
        worlds.append(built)
        return Scene(world, Sales(world.org), Office(world.folder / "company.qbw"))

    yield opened
    for built in worlds:
        built.__exit__(None, None, None)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, transactional_db: None) -> Iterator[Scene]:
    ends: dict[str, Any] = {"folder": tmp_path, "monkeypatch": monkeypatch, "settings": settings}
    with a_scene(a_shop, "a shop with every pair", **ends, pairs=EVERYTHING, prepared=True) as scene:
        yield scene


@pytest.fixture
def new_world(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[World]:
    """A connection that nobody has released anything of."""
    with a_world(tmp_path, monkeypatch, settings, released=False) as one:
        yield one
