"""Worlds that begin where another one stood: what many tests begin with is played once in a process, then copied.

The copy is whole: the org, the company file, the service's database and the time. It is made on SQLite only; on another
database each test plays its beginning itself.
"""

import shutil
import sqlite3
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from django.db import connection as database

from apatar.connections import map as narrowed
from apatar.connections import maps
from tests.runs.rows import Scene
from tests.runs.trading import Office, Sales
from tests.runs.world import World, a_world


@dataclass(frozen=True, slots=True)
class Beginning:
    """A world as it stood, and what its people keep in mind."""

    folder: Path
    connection: int
    rows: sqlite3.Connection
    moment: datetime
    notes: dict[str, str]


_KEPT: dict[Hashable, Beginning] = {}


@contextmanager
def a_scene(
    begun: Callable[[Scene], object],
    called: Hashable,
    *,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    **world: Any,
) -> Iterator[Scene]:
    """Build a world in which this has been done already; the same `called` must be given the same world and deeds."""
    beginning = _KEPT.get(called)
    if beginning:
        shutil.copytree(beginning.folder, folder, dirs_exist_ok=True)
        _restore(beginning)
        world |= {"moment": beginning.moment, "begun": beginning.connection}
    with a_world(folder, monkeypatch, settings, **world) as one:
        scene = Scene(one, Sales(one.org), Office(folder / "company.qbw"), dict(beginning.notes) if beginning else {})
        if beginning is None:
            begun(scene)
            if database.vendor == "sqlite":
                _KEPT[called] = _kept(one, scene.notes)
        yield scene


def _kept(world: World, notes: dict[str, str]) -> Beginning:
    folder = Path(mkdtemp(prefix="apatar-world-"))
    # Whatever else lies beside a database is SQLite's own, and belongs to the open one.
    shutil.copytree(world.folder, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*-shm"))
    rows = sqlite3.connect(":memory:")
    _raw().backup(rows)
    return Beginning(folder, world.connection.pk, rows, world.clock.now(), dict(notes))


def _restore(beginning: Beginning) -> None:
    beginning.rows.backup(_raw())
    # Versions of a map never change, so they are kept by number: here another test may have made the same number.
    maps._kept.cache_clear()
    narrowed._kept_pairs.cache_clear()


def _raw() -> sqlite3.Connection:
    database.ensure_connection()
    raw = database.connection
    assert isinstance(raw, sqlite3.Connection)
    return raw
