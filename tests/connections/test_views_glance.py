"""What a glance makes of facts: steps, the chart, and the gap that counts as silence."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from apatar.connections.glance import DAYS, expected_gap, month_of, steps_of, title_of
from apatar.connections.models import Connection

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@dataclass
class SomeRun:
    started_at: datetime
    number: int = 1
    outcome: str = "ok"
    finished_at: datetime | None = None
    message: str = ""
    released_at: datetime | None = None


def called(*, frequency: int | None = None, gap: timedelta | None = None) -> Connection:
    before = NOW - gap if gap else None
    return Connection(frequency_minutes=frequency, last_call_at=NOW, call_before_last_at=before)


def test_the_chart_has_a_place_for_every_day_also_for_those_without_runs() -> None:
    days = month_of([], today=TODAY)
    assert len(days) == DAYS
    assert (days[0].day, days[-1].day) == (TODAY - timedelta(days=29), TODAY)
    assert {day.tone for day in days} == {"none"}


@pytest.mark.parametrize(
    ("outcomes", "tone"),
    [
        (["ok", "ok"], "good"),
        (["ok", "with-problems"], "wait"),
        (["with-problems", "failed"], "bad"),
        ([""], "good"),
    ],
)
def test_the_worst_outcome_gives_the_day_its_tone(outcomes: list[str], tone: str) -> None:
    assert month_of([SomeRun(NOW, outcome=outcome) for outcome in outcomes], today=TODAY)[-1].tone == tone


def test_a_plan_that_was_released_makes_no_day_wait() -> None:
    assert month_of([SomeRun(NOW, outcome="shown")], today=TODAY)[-1].tone == "wait"
    assert month_of([SomeRun(NOW, outcome="shown", released_at=NOW)], today=TODAY)[-1].tone == "good"


def test_the_busiest_day_is_the_highest() -> None:
    runs = [SomeRun(NOW), SomeRun(NOW), SomeRun(NOW - timedelta(days=1))]
    yesterday, today = month_of(runs, today=TODAY)[-2:]
    assert (yesterday.height, today.height) == (20, 40)


def test_the_first_step_that_is_not_done_is_next() -> None:
    steps = steps_of(Connection(salesforce_checked_at=NOW, qwc_downloaded_at=NOW), None)
    assert [step.name for step in steps if step.next] == ["add"]


def test_a_first_call_with_a_wrong_password_leads_to_the_password() -> None:
    turned_away = Connection(
        salesforce_checked_at=NOW, qwc_downloaded_at=NOW, last_refusal="The Web Connector gave a wrong password."
    )
    assert [step.name for step in steps_of(turned_away, None) if step.next] == ["password"]


def test_a_refusal_of_a_connection_at_work_unticks_no_step() -> None:
    connection = Connection(
        salesforce_checked_at=NOW, qwc_downloaded_at=NOW, first_call_at=NOW, last_refusal="No company file is open."
    )
    assert all(step.done for step in steps_of(connection, SomeRun(NOW, finished_at=NOW)))


def test_a_run_at_work_is_not_a_run_done() -> None:
    assert steps_of(Connection(), SomeRun(NOW))[-1].done is False


def test_the_first_run_stays_done_while_the_second_one_works() -> None:
    assert steps_of(Connection(), SomeRun(NOW, number=2))[-1].done is True


@pytest.mark.parametrize(
    ("typed", "bound", "title"),
    [
        (r"D:\Books\Larry's Landscaping.qbw", "", "Larry's Landscaping"),
        (
            r"D:\Books\Larry's Landscaping.qbw",
            "Larry's Landscaping & Garden Supply",
            "Larry's Landscaping & Garden Supply",
        ),
        ("Larry's Landscaping", "", "Larry's Landscaping"),
        ("//server/books/larry.QBW", "", "larry"),
    ],
)
def test_a_connection_is_called_by_its_company_and_never_by_a_path(typed: str, bound: str, title: str) -> None:
    assert title_of(Connection(company=typed, company_name=bound)) == title


def test_the_form_says_how_long_a_silence_is_expected() -> None:
    assert expected_gap(called(frequency=15, gap=timedelta(days=1))) == timedelta(minutes=15)


def test_without_a_frequency_the_habit_counts() -> None:
    assert expected_gap(called(gap=timedelta(hours=6))) == timedelta(hours=6)


def test_two_clicks_in_a_row_are_no_habit() -> None:
    assert expected_gap(called(gap=timedelta(seconds=20))) == timedelta(hours=1)


def test_after_a_single_call_nobody_knows() -> None:
    assert expected_gap(called()) is None
