"""A world of its own for every test that asks for one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
