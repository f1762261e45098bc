"""The real service dies at a handful of moments of real runs; `make kills` has it die more often."""

import pytest

from tests.journeys.kills import MOMENTS, play

pytestmark = pytest.mark.service


def test_a_service_that_is_killed_again_and_again_doubles_and_loses_nothing() -> None:
    tally = play(len(MOMENTS), seed=11)
    assert tally.is_clean, tally.as_text()
    assert tally.edits, tally.as_text()
