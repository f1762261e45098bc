"""The embedded engine: a table of jobs in the one database, drained by a thread of the one process."""

import secrets
import threading
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Min
from django.utils import timezone

from apatar.jobs.engine import MOST_ATTEMPTS, Order, retry_at
from apatar.jobs.models import WAITING, QueuedJob
from apatar.jobs.registry import Periodic, all_periodic, find

log = structlog.get_logger()

THIS_PROCESS: Final = secrets.token_hex(8)
LOOK_EVERY = 0.025
"""Seconds between two looks at SQLite's data version; a look costs some 20 µs."""
AFTER_DATABASE_TROUBLE = 1.0
KEEP_FAILED = timedelta(days=30)


class EmbeddedEngine:
    """Claims by compare-and-set; the database's constraints refuse what two claims at once would break."""

    def enqueue(self, order: Order) -> bool:
        with transaction.atomic():
            if order.queueing_lock is not None and _bring_forward(order.queueing_lock, order.due_at):
                return False
            QueuedJob.objects.create(
                task=order.task,
                arguments=order.arguments,
                lock=order.lock,
                queueing_lock=order.queueing_lock,
                due_at=order.due_at,
                attempts=order.attempts,
            )
        return True

    def take_up_the_fallen(self) -> int:
        """Only one process drains an embedded database, so whatever another one had taken has no worker any more."""
        QueuedJob.objects.filter(failed_at__lt=timezone.now() - KEEP_FAILED).delete()
        fallen = list(QueuedJob.objects.exclude(taken_at=None).exclude(taken_by=THIS_PROCESS))
        for job in fallen:
            log.warning("job taken up again", task=job.task, job=job.pk)
            _put_back(job, due_at=timezone.now() if job.attempts + 1 < MOST_ATTEMPTS else None, problem="process died")
        return len(fallen)

    def drain(self, *, until_empty: bool, stop: threading.Event) -> None:
        ticks = Ticks([] if until_empty else all_periodic())
        while not stop.is_set():
            try:
                seen = data_version()
                ticks.order_due(self)
                if _run_next():
                    continue
                if until_empty:
                    return
                _wait_for_news(seen, until=_earliest(_next_due(), ticks.next_due()), stop=stop)
            except DatabaseError:
                # A thread that ended here would leave the service without its worker until the next start.
                log.exception("job engine has trouble with the database")
                if until_empty:
                    raise
                connection.close()
                stop.wait(AFTER_DATABASE_TROUBLE)


class Ticks:
    """Orders periodic tasks: one job per task and period; after a start, the current period counts as due."""

    def __init__(self, periodic: list[Periodic]) -> None:
        self._last: dict[Periodic, int] = dict.fromkeys(periodic, -1)

    def order_due(self, engine: EmbeddedEngine) -> None:
        now = timezone.now()
        for periodic, last in self._last.items():
            period = int(now.timestamp()) // periodic.seconds
            if period != last:
                engine.enqueue(Order(periodic.name, lock=periodic.name, queueing_lock=periodic.name, due_at=now))
                self._last[periodic] = period

    def next_due(self) -> datetime | None:
        now = timezone.now()
        waits = [periodic.seconds - now.timestamp() % periodic.seconds for periodic in self._last]
        return now + timedelta(seconds=min(waits)) if waits else None


def data_version() -> int:
    """A number that changes when another connection has committed (SQLite, PRAGMA data_version)."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA data_version")
        row = cursor.fetchone()
    return int(row[0])


def _bring_forward(queueing_lock: str, due_at: datetime) -> bool:
    """Whether a job with this queueing lock waits; it is made due no later than `due_at`."""
    waiting = QueuedJob.objects.filter(WAITING, queueing_lock=queueing_lock)
    waiting.filter(due_at__gt=due_at).update(due_at=due_at)
    return waiting.exists()


def _run_next() -> bool:
    """Run the job that is due first and whose lock is free; False where there is none."""
    job = _claim()
    if job is None:
        return False
    try:
        find(job.task)(**job.arguments)
    except Exception as error:  # noqa: BLE001 logged there; one job must not end the worker
        _failed(job, error)
    else:
        QueuedJob.objects.filter(pk=job.pk).delete()
    return True


def _claim() -> QueuedJob | None:
    now = timezone.now()
    running = QueuedJob.objects.exclude(taken_at=None).values("lock")
    due = QueuedJob.objects.filter(WAITING, due_at__lte=now).exclude(lock__in=running).order_by("due_at", "id")
    for job in due[:5]:
        try:
            with transaction.atomic():
                claimed = QueuedJob.objects.filter(WAITING, pk=job.pk).update(taken_at=now, taken_by=THIS_PROCESS)
        except IntegrityError:  # another thread took a job with this lock first
            continue
        if claimed:
            return job
    return None


def _failed(job: QueuedJob, error: Exception) -> None:
    again = retry_at(job.attempts + 1, now=timezone.now())
    log.error("job failed", task=job.task, job=job.pk, attempt=job.attempts + 1, again=again, exc_info=error)
    _put_back(job, due_at=again, problem=type(error).__name__)


def _put_back(job: QueuedJob, *, due_at: datetime | None, problem: str) -> None:
    """Let a job wait again until `due_at`, or mark it as failed for good; one like it that waits already will do."""
    row = QueuedJob.objects.filter(pk=job.pk)
    free = {"attempts": job.attempts + 1, "taken_at": None, "taken_by": "", "problem": problem[:200]}
    with transaction.atomic():
        if due_at is None:
            row.update(**free, failed_at=timezone.now())
        elif job.queueing_lock is not None and _bring_forward(job.queueing_lock, due_at):
            row.delete()
        else:
            row.update(**free, due_at=due_at)


def _next_due() -> datetime | None:
    """When the next job becomes due by the clock alone; what is held up by a lock is freed by a commit."""
    due: datetime | None = QueuedJob.objects.filter(WAITING, due_at__gt=timezone.now()).aggregate(due=Min("due_at"))[
        "due"
    ]
    return due


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _wait_for_news(seen: int, *, until: datetime | None, stop: threading.Event) -> None:
    """Return when another connection has committed since `seen`, when `until` has come, or when told to stop."""
    while not stop.wait(LOOK_EVERY):
        if data_version() != seen or (until is not None and timezone.now() >= until):
            return
