"""When a problem is tried again by itself (SYNC.md, a run, 5), and what snoozing changes about it: nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django_scopes import scope, scopes_disabled

from apatar.connections.models import Connection
from apatar.runs.models import Problem, Record, Run
from apatar.runs.problems import ASKED_AGAIN, Waiting, open_problems, park, wake_waiting
from apatar.runs.snoozing import UNTIL_IT_CHANGES, ask_again, snooze
from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS
from apatar.sync.backoff import LONGEST
from tests.accounts.people import owner_of_a_workspace
from tests.journeys import situations

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Case:
    """A problem as it was parked an hour ago, and whether the next run tries it."""

    words: str
    tried: bool
    code: str = "validation"
    retry_at: datetime | None = None
    settings_changed_at: datetime | None = None
    snoozed_until: datetime | None = None


CASES = [
    Case("nothing happened", tried=False),
    Case("its moment has come", tried=True, retry_at=NOW - HOUR),
    Case("its moment is now, as a person asked", tried=True, retry_at=NOW),
    Case("its moment is to come", tried=False, retry_at=NOW + HOUR),
    Case("the form was updated after it was seen", tried=True, settings_changed_at=NOW - HOUR / 2),
    Case("the form was updated before it was seen", tried=False, settings_changed_at=NOW - 2 * HOUR),
    Case("it is snoozed and nothing happened", tried=False, snoozed_until=NOW + HOUR),
    Case("it is snoozed and its moment has come", tried=True, retry_at=NOW - HOUR, snoozed_until=NOW + HOUR),
    Case(
        "it is snoozed until it changes, and a person asked", tried=True, retry_at=NOW, snoozed_until=UNTIL_IT_CHANGES
    ),
    *(Case(f"another record can remove {code}", tried=True, code=code) for code in ASKED_AGAIN),
]


def a_run() -> Run:
    owner = owner_of_a_workspace()
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=NOW)
    with scope(connection=connection):
        link = situations.a_linked_pair(connection)
        Record.objects.update(dirty=False)
        run = situations.a_run_at_work(connection, 1, at=NOW - HOUR)
        park(run, ACCOUNTS_CUSTOMERS.name, [waits(link.salesforce_id)], now=NOW - HOUR)
    return run


def waits(remote_id: str, *, code: str = "validation", passes: bool = False) -> Waiting:
    return Waiting("salesforce", "Account", remote_id, "Kern Lighting", code, "It waits.", "Wait.", passes=passes)


def the_problem() -> Problem:
    with scopes_disabled():
        return Problem.objects.get(closed_at=None)


def change(run: Run, *, side: str) -> None:
    """As the intake does it: what changed is dirty."""
    with scope(connection=run.connection):
        Record.objects.filter(side=side).update(dirty=True)


def is_tried(run: Run) -> bool:
    with scope(connection=run.connection):
        wake_waiting(run, now=NOW)
        return Record.objects.filter(side="salesforce", dirty=True, decided=0).exists()


def is_snoozed(run: Run) -> bool:
    with scope(connection=run.connection):
        return open_problems(run, now=NOW) == 0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_a_problem_is_tried_again(case: Case) -> None:
    run = a_run()
    with scopes_disabled():
        Problem.objects.update(code=case.code, retry_at=case.retry_at, snoozed_until=case.snoozed_until)
        Connection.objects.update(settings_changed_at=case.settings_changed_at)
    run.connection.refresh_from_db()
    assert is_tried(run) is case.tried


@pytest.mark.parametrize("side", ["salesforce", "quickbooks"])
def test_a_snooze_until_it_changes_ends_when_either_side_changes(side: str) -> None:
    run = a_run()
    with scope(connection=run.connection):
        snooze([the_problem().pk], UNTIL_IT_CHANGES)
    assert is_snoozed(run)
    wake(run)
    assert is_snoozed(run)
    change(run, side=side)
    wake(run)
    assert not is_snoozed(run)


def wake(run: Run) -> None:
    with scope(connection=run.connection):
        wake_waiting(run, now=NOW)


def test_a_snooze_for_a_time_outlives_a_change_and_ends_by_itself() -> None:
    run = a_run()
    with scope(connection=run.connection):
        snooze([the_problem().pk], NOW + HOUR)
    change(run, side="salesforce")
    assert is_tried(run)
    assert is_snoozed(run)
    with scope(connection=run.connection):
        assert open_problems(run, now=NOW + HOUR) == 1


def test_another_cause_ends_a_snooze_and_is_counted_anew() -> None:
    run, remote_id = a_run(), the_problem().remote_id
    with scope(connection=run.connection):
        snooze([the_problem().pk], UNTIL_IT_CHANGES)
        park(run, ACCOUNTS_CUSTOMERS.name, [waits(remote_id)], now=NOW)
        assert (is_snoozed(run), the_problem().attempts) == (True, 2)
        park(run, ACCOUNTS_CUSTOMERS.name, [waits(remote_id, code="other")], now=NOW)
        assert (is_snoozed(run), the_problem().attempts) == (False, 1)


def test_what_passes_by_itself_is_tried_after_growing_waits() -> None:
    run, remote_id = a_run(), the_problem().remote_id
    pauses = []
    for _ in range(15):
        with scope(connection=run.connection):
            park(run, ACCOUNTS_CUSTOMERS.name, [waits(remote_id, code="locked", passes=True)], now=NOW)
        at = the_problem().retry_at
        assert at is not None
        pauses.append(at - NOW)
    assert pauses == sorted(pauses)
    assert pauses[0] < timedelta(minutes=1)
    assert pauses[-1] == LONGEST * 0.75


def test_asking_is_done_at_once_and_only_for_what_is_open() -> None:
    run = a_run()
    problem = the_problem()
    with scope(connection=run.connection):
        assert ask_again([problem.pk], now=NOW) == 1
        assert the_problem().retry_at == NOW
        Problem.objects.update(closed_at=NOW)
        assert ask_again([problem.pk], now=NOW) == snooze([problem.pk], NOW) == 0
