"""How moments and spans of time are written."""

from datetime import UTC, datetime, timedelta

import pytest

from apatar.pages.templatetags.moments import distance, lasting, moment

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-59, "just now"),
        (30, "in a moment"),
        (-180, "3 minutes ago"),
        (-90_000, "1 day ago"),
        (600, "in 10 minutes"),
    ],
)
def test_a_moment_is_told_in_one_unit(seconds: int, words: str) -> None:
    assert distance(NOW + timedelta(seconds=seconds), now=NOW) == words


@pytest.mark.parametrize(("seconds", "words"), [(0, "1 second"), (42, "42 seconds"), (61, "1 minute")])
def test_a_span_below_a_minute_is_told_in_seconds(seconds: int, words: str) -> None:
    assert lasting(NOW, NOW + timedelta(seconds=seconds)) == words


def test_the_exact_time_is_there_for_machines_and_in_the_tooltip() -> None:
    assert 'datetime="2026-03-04T12:00:00+00:00" title="4 March 2026, 12:00 UTC"' in moment(NOW)


def test_what_never_happened_is_said_so() -> None:
    assert "Never" in moment(None, "Never")
