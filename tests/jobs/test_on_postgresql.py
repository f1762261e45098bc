"""The PostgreSQL engine's own ways: what Procrastinate alone would not promise."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from apatar import jobs
from tests.jobs.queue import POSTGRESQL, Journal, a_journal, waiting

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not POSTGRESQL, reason="needs PostgreSQL: eval the output of .ci/postgres, then set DATABASE_URL"
    ),
]


@pytest.fixture(autouse=True)
def journal() -> Iterator[Journal]:
    with a_journal() as kept:
        yield kept


def in_another_thread(function: object) -> None:
    """Run on another connection, to its end."""

    def run() -> None:
        try:
            function()  # type: ignore[operator]
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()


def test_a_waiting_job_does_not_start_before_the_one_who_asked_again_has_committed(journal: Journal) -> None:
    jobs.enqueue("tests.note", lock="x", queueing_lock="q")
    with transaction.atomic():
        assert not jobs.enqueue("tests.note", lock="x", queueing_lock="q")
        in_another_thread(jobs.run_until_idle)
        assert journal.done == []
    jobs.run_until_idle()
    assert len(journal.done) == 1


def test_a_job_due_at_once_stays_due_at_once_when_asked_for_later(journal: Journal) -> None:
    jobs.enqueue("tests.note", lock="x", queueing_lock="q")
    jobs.enqueue("tests.note", lock="x", queueing_lock="q", at=datetime.now(UTC) + timedelta(days=1))
    jobs.run_until_idle()
    assert (len(journal.done), waiting()) == (1, 0)


def test_of_two_that_wait_for_their_time_the_one_due_first_goes_first(journal: Journal) -> None:
    now = datetime.now(UTC)
    jobs.enqueue("tests.note", lock="x", at=now + timedelta(days=2), what="later")
    jobs.enqueue("tests.note", lock="x", at=now + timedelta(days=1), what="sooner")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - interval '1 day 1 hour'")
    jobs.run_until_idle()
    assert journal.done == ["sooner"]
