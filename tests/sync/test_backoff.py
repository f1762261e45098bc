"""When to try again."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apatar.sync.backoff import ATTEMPTS, LONGEST, give_up, next_attempt
from tests.sync.situations import NOON


@pytest.mark.parametrize(("attempt", "minutes"), [(1, 1), (2, 2), (5, 16), (9, 256), (10, 360), (5000, 360)])
def test_the_wait_doubles_up_to_six_hours(attempt: int, minutes: int) -> None:
    assert next_attempt(attempt, now=NOON, jitter=1) - NOON == timedelta(minutes=minutes)


@settings(max_examples=80)
@given(st.integers(min_value=1, max_value=40), st.floats(min_value=0, max_value=1))
def test_chance_takes_at_most_half_of_the_wait_away(attempt: int, jitter: float) -> None:
    whole = next_attempt(attempt, now=NOON, jitter=1) - NOON
    assert whole / 2 <= next_attempt(attempt, now=NOON, jitter=jitter) - NOON <= whole <= LONGEST


@pytest.mark.parametrize(("attempt", "jitter"), [(0, 0.5), (1, 1.5), (1, -0.1)])
def test_nonsense_is_refused(attempt: int, jitter: float) -> None:
    with pytest.raises(ValueError, match="correct the caller"):
        next_attempt(attempt, now=NOON, jitter=jitter)


def test_after_enough_attempts_it_becomes_a_persons() -> None:
    assert not give_up(ATTEMPTS - 1)
    assert give_up(ATTEMPTS)
    assert give_up(3, attempts=3)
