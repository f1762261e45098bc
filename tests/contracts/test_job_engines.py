"""What every job engine promises; the suite runs on the engine of the database that the settings name."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from apatar import jobs
from apatar.jobs.engine import MOST_ATTEMPTS, engine
from apatar.jobs.errors import BadArguments, UnknownTask
from tests.jobs.queue import (
    Journal,
    a_journal,
    a_worker_takes_it_and_dies,
    failed_for_good,
    time_passes,
    waiting,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def journal() -> Iterator[Journal]:
    with a_journal() as kept:
        yield kept


def order(
    what: object, *, lock: str = "connection:1", queueing_lock: str | None = None, at: datetime | None = None
) -> bool:
    return jobs.enqueue("tests.note", lock=lock, queueing_lock=queueing_lock, at=at, what=what)


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def test_a_job_runs_once_with_its_arguments(journal: Journal) -> None:
    assert order({"ids": [1, 2], "name": "é", "none": None})
    jobs.run_until_idle()
    jobs.run_until_idle()
    assert journal.done == [{"ids": [1, 2], "name": "é", "none": None}]
    assert waiting() == 0


def test_a_task_may_be_named_by_its_function(journal: Journal) -> None:
    @jobs.task("tests.other")
    def other() -> None:
        journal.done.append("other")

    jobs.enqueue(other, lock="x")
    jobs.run_until_idle()
    assert journal.done == ["other"]


def test_jobs_of_one_lock_run_in_the_order_in_which_they_are_due(journal: Journal) -> None:
    for number in range(4):
        order(number)
    jobs.run_until_idle()
    assert journal.done == [0, 1, 2, 3]


def test_a_job_is_not_there_when_its_transaction_is_taken_back(journal: Journal) -> None:
    with transaction.atomic():
        order("lost")
        transaction.set_rollback(True)
    jobs.run_until_idle()
    assert journal.done == []


def test_a_job_waits_for_its_time(journal: Journal) -> None:
    order("later", at=in_an_hour())
    jobs.run_until_idle()
    assert journal.done == []
    time_passes(hours=2)
    jobs.run_until_idle()
    assert journal.done == ["later"]


def test_a_job_that_waits_for_its_time_holds_up_no_other_of_its_lock(journal: Journal) -> None:
    order("later", at=in_an_hour())
    order("now")
    jobs.run_until_idle()
    assert journal.done == ["now"]


def test_asking_twice_with_a_queueing_lock_is_asking_once(journal: Journal) -> None:
    assert order("first", queueing_lock="go-on:7")
    assert not order("second", queueing_lock="go-on:7")
    jobs.run_until_idle()
    assert journal.done == ["first"]
    assert order("third", queueing_lock="go-on:7")


def test_the_transaction_goes_on_after_asking_twice(journal: Journal) -> None:
    with transaction.atomic():
        order("first", queueing_lock="go-on:7")
        order("second", queueing_lock="go-on:7")
        order("other", lock="connection:2")
    jobs.run_until_idle()
    assert sorted(journal.done) == ["first", "other"]


def test_asking_for_an_earlier_time_brings_the_waiting_job_forward(journal: Journal) -> None:
    order("at night", queueing_lock="go-on:7", at=in_an_hour())
    assert not order("now", queueing_lock="go-on:7")
    jobs.run_until_idle()
    assert journal.done == ["at night"]


def test_asking_for_a_later_time_delays_nothing(journal: Journal) -> None:
    order("now", queueing_lock="go-on:7")
    assert not order("later", queueing_lock="go-on:7", at=in_an_hour())
    jobs.run_until_idle()
    assert journal.done == ["now"]


def test_a_running_job_may_order_itself_again(journal: Journal) -> None:
    @jobs.task("tests.again")
    def again(*, left: int) -> None:
        journal.done.append(left)
        if left:
            assert jobs.enqueue("tests.again", lock="x", queueing_lock="again", left=left - 1)

    jobs.enqueue("tests.again", lock="x", queueing_lock="again", left=2)
    jobs.run_until_idle()
    assert journal.done == [2, 1, 0]


def test_a_failed_job_is_tried_again_later(journal: Journal) -> None:
    journal.fails = 1
    order("x")
    jobs.run_until_idle()
    assert (journal.done, waiting()) == ([], 1)
    time_passes(hours=1)
    jobs.run_until_idle()
    assert (journal.done, waiting()) == (["x"], 0)


def test_a_failed_job_holds_up_no_other_of_its_lock(journal: Journal) -> None:
    journal.fails = 1
    order("first")
    order("second")
    jobs.run_until_idle()
    assert journal.done == ["second"]


def test_a_job_that_always_fails_is_given_up_after_a_bounded_number_of_attempts(journal: Journal) -> None:
    journal.fails = 1000
    order("x", queueing_lock="q")
    for _ in range(MOST_ATTEMPTS + 3):
        jobs.run_until_idle()
        time_passes(hours=1)
    assert (1000 - journal.fails, waiting(), failed_for_good()) == (MOST_ATTEMPTS, 0, 1)


def test_a_failed_job_makes_way_for_one_like_it_that_waits_already(journal: Journal) -> None:
    @jobs.task("tests.replaced")
    def replaced() -> None:
        order("the new one", queueing_lock="q")
        raise ConnectionError

    jobs.enqueue("tests.replaced", lock="connection:1", queueing_lock="q")
    jobs.run_until_idle()
    assert (journal.done, waiting()) == (["the new one"], 0)


def test_a_job_whose_process_died_is_taken_up_again(journal: Journal) -> None:
    order("x", queueing_lock="q")
    a_worker_takes_it_and_dies()
    jobs.run_until_idle()
    assert journal.done == []
    jobs.drain(until_empty=True)
    assert journal.done == ["x"]


def test_a_fallen_job_makes_way_for_one_like_it_that_waits_already(journal: Journal) -> None:
    order("fallen", queueing_lock="q")
    a_worker_takes_it_and_dies()
    order("waiting", queueing_lock="q")
    jobs.drain(until_empty=True)
    assert (journal.done, waiting(), failed_for_good()) == (["waiting"], 0, 0)


def test_a_fallen_job_holds_its_lock_until_it_is_taken_up(journal: Journal) -> None:
    order("fallen")
    a_worker_takes_it_and_dies()
    order("next")
    order("elsewhere", lock="connection:2")
    jobs.run_until_idle()
    assert journal.done == ["elsewhere"]
    jobs.drain(until_empty=True)
    assert sorted(journal.done[1:]) == ["fallen", "next"]


def test_a_job_that_kills_its_process_every_time_is_given_up(journal: Journal) -> None:
    order("x")
    for _ in range(MOST_ATTEMPTS):
        a_worker_takes_it_and_dies()
        engine().take_up_the_fallen()
    jobs.run_until_idle()
    assert (journal.done, waiting(), failed_for_good()) == ([], 0, 1)


def test_a_job_of_an_unknown_task_does_not_end_the_worker(journal: Journal) -> None:
    @jobs.task("tests.gone")
    def gone() -> None:
        """Unregistered before it runs, as by an older version of the program."""

    from apatar.jobs import registry

    jobs.enqueue("tests.gone", lock="x")
    order("x")
    del registry._tasks["tests.gone"]
    jobs.run_until_idle()
    assert journal.done == ["x"]


def test_unknown_tasks_are_refused_when_they_are_ordered(journal: Journal) -> None:
    with pytest.raises(UnknownTask):
        jobs.enqueue("tests.nothing", lock="x")


@pytest.mark.parametrize("what", [object(), {1: 2}, (1,), float("nan"), datetime(2026, 1, 1, tzinfo=UTC)])
def test_arguments_that_would_not_come_back_the_same_are_refused(journal: Journal, what: object) -> None:
    with pytest.raises(BadArguments):
        order(what)


@pytest.mark.django_db(transaction=True)
def test_a_worker_hears_of_jobs_that_others_order_and_stops_when_told(journal: Journal) -> None:
    ran, stop = threading.Event(), threading.Event()

    @jobs.task("tests.ring")
    def ring() -> None:
        ran.set()

    worker = threading.Thread(target=_drain_and_close, args=(stop,))
    worker.start()
    try:
        jobs.enqueue("tests.ring", lock="x")
        assert ran.wait(10)
    finally:
        stop.set()
        worker.join(10)
    assert not worker.is_alive()
    assert waiting() == 0


@pytest.mark.django_db(transaction=True)
def test_a_worker_runs_periodic_tasks(journal: Journal) -> None:
    ran, stop = threading.Event(), threading.Event()

    @jobs.task("tests.tick")
    def tick() -> None:
        ran.set()

    jobs.every(1, "tests.tick")
    worker = threading.Thread(target=_drain_and_close, args=(stop,))
    worker.start()
    try:
        assert ran.wait(10)
    finally:
        stop.set()
        worker.join(10)
    assert not worker.is_alive()


def _drain_and_close(stop: threading.Event) -> None:
    from django.db import connection

    try:
        jobs.drain(stop=stop)
    finally:
        connection.close()
