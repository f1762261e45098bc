"""When a call of the Web Connector becomes a run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from apatar.connections.schedule import Calls, is_due, is_silent, next_run

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOURLY = timedelta(hours=1)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def a_timer_that_does_not_listen(every: float, since_run: float) -> Calls:
    """Its last calls came in an even step, although we asked for longer ones."""
    return Calls(
        now=NOON,
        last_call=NOON - minutes(every),
        call_before_last=NOON - minutes(2 * every),
        last_run=NOON - minutes(since_run),
    )


def a_person_who_clicks(since_run: float) -> Calls:
    return Calls(
        now=NOON, last_call=NOON - minutes(7), call_before_last=NOON - minutes(50), last_run=NOON - minutes(since_run)
    )


@pytest.mark.parametrize("every", [1, 5, 15])
def test_a_timer_that_does_not_listen_is_not_due(every: float) -> None:
    assert not is_due(a_timer_that_does_not_listen(every, since_run=every), frequency=HOURLY)


def test_without_a_frequency_every_call_is_a_run() -> None:
    assert is_due(a_timer_that_does_not_listen(1, since_run=1), frequency=None)


def test_the_very_first_call_is_a_run() -> None:
    assert is_due(Calls(now=NOON, last_call=None, call_before_last=None, last_run=None), frequency=HOURLY)


def test_a_run_that_was_interrupted_goes_on_at_once() -> None:
    assert is_due(replace(a_timer_that_does_not_listen(1, since_run=1), unfinished=True), frequency=HOURLY)


@pytest.mark.parametrize("since_run", [59.6, 60, 61, 600])
def test_when_the_frequency_has_passed_it_is_due(since_run: float) -> None:
    assert is_due(a_timer_that_does_not_listen(5, since_run=since_run), frequency=HOURLY)


def test_a_person_who_clicks_update_selected_gets_a_run() -> None:
    assert is_due(a_person_who_clicks(since_run=7), frequency=HOURLY)


def test_a_timer_that_was_asked_to_hurry_once_is_still_a_timer() -> None:
    late = replace(a_timer_that_does_not_listen(5, since_run=5), now=NOON + timedelta(seconds=4))
    assert not is_due(late, frequency=HOURLY)


@pytest.mark.parametrize(("minutes_ago", "due"), [(1, True), (6, False)], ids=["since the last run", "before it"])
def test_sync_now_and_a_changed_form_make_the_next_call_a_run(minutes_ago: float, due: bool) -> None:
    calls, moment = a_timer_that_does_not_listen(5, since_run=5), NOON - minutes(minutes_ago)
    assert is_due(replace(calls, asked=moment), frequency=HOURLY) is due
    assert is_due(replace(calls, settings_changed=moment), frequency=HOURLY) is due


def test_the_next_run_is_known_where_the_form_has_a_frequency() -> None:
    assert next_run(last_run=NOON, frequency=HOURLY) == NOON + HOURLY
    assert next_run(last_run=NOON, frequency=None) is None
    assert next_run(last_run=None, frequency=HOURLY) is None


@pytest.mark.parametrize(("hours", "silent"), [(1.5, False), (2.0, False), (2.1, True)])
def test_silence_is_longer_than_twice_the_frequency(hours: float, silent: bool) -> None:
    assert is_silent(now=NOON, last_call=NOON - timedelta(hours=hours), frequency=HOURLY) is silent
    assert not is_silent(now=NOON, last_call=NOON - timedelta(hours=hours), frequency=None)
