"""Situations of a job queue, the same on both engines: what waits, how time passes, how a worker dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from apatar.jobs import registry
from apatar.jobs.models import QueuedJob

POSTGRESQL = connection.vendor == "postgresql"
DEAD = "another process"


class Journal:
    """Tasks that note what they were called with, in order; `fails` says how often the next ones break first."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.fails = 0

    def note(self, *, what: Any = None) -> None:
        if self.fails:
            self.fails -= 1
            raise ConnectionError("Salesforce is away")
        self.done.append(what)


@contextmanager
def a_journal() -> Iterator[Journal]:
    """Register the task `tests.note` for the time of one test, and no other."""
    tasks, periodic = dict(registry._tasks), dict(registry._periodic)
    registry._tasks.clear()
    registry._periodic.clear()
    journal = Journal()
    registry.task("tests.note")(journal.note)
    yield journal
    registry._tasks.clear()
    registry._tasks.update(tasks)
    registry._periodic.clear()
    registry._periodic.update(periodic)


def waiting() -> int:
    """How many jobs wait, due or not."""
    if POSTGRESQL:
        return _count("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
    return QueuedJob.objects.filter(taken_at=None, failed_at=None).count()


def failed_for_good() -> int:
    if POSTGRESQL:
        return _count("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
    return QueuedJob.objects.exclude(failed_at=None).count()


def time_passes(**how_long: float) -> None:
    """Move every waiting job's due time into the past instead of waiting for it."""
    if POSTGRESQL:
        _run(
            "UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - %s WHERE status = 'todo'",
            timedelta(**how_long),
        )
        return
    for job in QueuedJob.objects.filter(taken_at=None):
        job.due_at -= timedelta(**how_long)
        job.save()


def a_worker_takes_it_and_dies() -> None:
    """Leave the job that waits as kill -9 leaves it: taken, and nobody at work on it."""
    if POSTGRESQL:
        _run("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo'")
    else:
        QueuedJob.objects.filter(taken_at=None).update(taken_at=timezone.now(), taken_by=DEAD)


def _count(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def _run(statement: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
