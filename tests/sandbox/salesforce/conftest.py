"""An org of its own for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.salesforce.visitor import Visitor, visit


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Visitor]:
    one = visit(tmp_path / "org")
    yield one
    one.org.close()
