"""The embedded engine's own ways: the clock, the look at other connections, a process that was killed."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from apatar import jobs
from apatar.jobs import embedded
from apatar.jobs.embedded import EmbeddedEngine, Ticks
from apatar.jobs.errors import OneProcessOnly
from apatar.jobs.models import QueuedJob
from apatar.jobs.registry import Periodic
from tests.jobs.queue import POSTGRESQL, Journal, a_journal, waiting

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(POSTGRESQL, reason="the embedded engine serves SQLite only"),
]
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def journal() -> Iterator[Journal]:
    with a_journal() as kept:
        yield kept


def test_a_periodic_task_is_ordered_once_per_period(journal: Journal) -> None:
    ticks = Ticks([Periodic("tests.note", 60)])
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(5):
            ticks.order_due(EmbeddedEngine())
            jobs.run_until_idle()
            clock.shift(30)
    assert len(journal.done) == 3


def test_the_next_tick_is_at_the_next_even_time() -> None:
    with time_machine.travel(NOON + timedelta(seconds=50), tick=False):
        assert Ticks([Periodic("tests.note", 60), Periodic("x", 3600)]).next_due() == NOON + timedelta(minutes=1)
        assert Ticks([]).next_due() is None


def test_the_wait_for_a_retry_grows(journal: Journal) -> None:
    journal.fails = 3
    waits = []
    with time_machine.travel(NOON, tick=False) as clock:
        jobs.enqueue("tests.note", lock="x")
        for _ in range(3):
            jobs.run_until_idle()
            job = QueuedJob.objects.get()
            waits.append(job.due_at - timezone.now())
            assert job.problem == "ConnectionError"
            clock.move_to(job.due_at)
    assert timedelta(0) < waits[0] < waits[2]


def test_jobs_that_failed_for_good_are_kept_a_month() -> None:
    for days in (29, 31):
        QueuedJob.objects.create(task="x", lock=str(days), due_at=NOON, failed_at=timezone.now() - timedelta(days=days))
    EmbeddedEngine().take_up_the_fallen()
    assert [job.lock for job in QueuedJob.objects.all()] == ["29"]


def test_what_this_process_runs_is_not_taken_for_fallen() -> None:
    mark = embedded.THIS_PROCESS
    QueuedJob.objects.create(task="x", lock="x", due_at=NOON, taken_at=timezone.now(), taken_by=mark)
    assert EmbeddedEngine().take_up_the_fallen() == 0


def test_separate_workers_are_refused_with_the_remedy() -> None:
    with pytest.raises(OneProcessOnly, match="DATABASE_URL"):
        jobs.work()


@pytest.mark.django_db(transaction=True)
def test_two_threads_never_run_two_jobs_of_one_lock_at_once(journal: Journal) -> None:
    alone, overlaps, stop = threading.Lock(), [], threading.Event()

    @jobs.task("tests.alone")
    def run_alone(*, number: int) -> None:
        if not alone.acquire(blocking=False):
            overlaps.append(number)
            return
        journal.note(what=number)
        alone.release()
        if len(journal.done) == 20:
            stop.set()

    for number in range(20):
        jobs.enqueue(run_alone, lock="one", number=number)
    threads = [threading.Thread(target=_drain_and_close, args=(stop,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (overlaps, sorted(journal.done), waiting()) == ([], list(range(20)), 0)


def _drain_and_close(stop: threading.Event) -> None:
    from django.db import connection

    try:
        jobs.drain(stop=stop)
    finally:
        connection.close()


A_PROCESS = """
import sys, threading
import django
django.setup()
from django.core.management import call_command
from apatar import jobs

@jobs.task("tests.slow")
def slow(*, number):
    print("started" if sys.argv[1] == "first" else f"done {number}", flush=True)
    if sys.argv[1] == "first":
        threading.Event().wait()

if sys.argv[1] == "first":
    call_command("migrate", "jobs", verbosity=0)
    jobs.enqueue("tests.slow", lock="x", queueing_lock="x", number=7)
jobs.drain(until_empty=True)
"""


@pytest.mark.service
def test_a_job_survives_kill_minus_9(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "APATAR_HOME": str(tmp_path),
        "DATABASE_URL": "",
    }
    command = [sys.executable, "-c", A_PROCESS]
    with subprocess.Popen([*command, "first"], env=environment, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "started\n"
        first.kill()
    second = subprocess.run(
        [*command, "second"], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert second.stdout == "done 7\n"
