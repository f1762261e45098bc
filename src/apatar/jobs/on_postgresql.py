"""The engine on PostgreSQL: Procrastinate, met at this one place.

Three of its edges are filed off here. A job that waits for its time would hold up later ones with the same lock: the
priority is the due second, so the one due first goes first. A second job with a queueing lock could be dropped
while the first one is just starting, before it can see what the second was ordered for: the waiting row is locked
until the caller's transaction ends. A retry could collide with a waiting job of the same queueing lock and leave the
failed one "doing" for ever: retries are new orders.
"""

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from procrastinate import App, exceptions, sql
from procrastinate import tasks as procrastinate_tasks
from procrastinate.contrib.django import DjangoApp
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.job_context import JobContext
from procrastinate.jobs import DeleteJobCondition, Job
from procrastinate.manager import JobManager

from apatar.jobs.engine import MOST_ATTEMPTS, Order, retry_at
from apatar.jobs.registry import Function, all_periodic, all_tasks

log = structlog.get_logger()

QUEUE = "apatar"
SIDE_BY_SIDE = 4
"""Jobs at once in one worker process: most of their time is spent waiting for Salesforce."""
POLL = 0.5
"""Seconds; news of a job travel by NOTIFY, but a due time or a freed lock sends none."""
HEARTBEAT, BELIEVED_DEAD = 5.0, 20.0
RESCUE_EVERY = 10.0
AFTER_DATABASE_TROUBLE = 2.0
KEEP_FAILED_HOURS = 30 * 24
EPOCH = 1_577_836_800
"""2020-01-01: due seconds since then fit PostgreSQL's integer until 2088."""


class ProcrastinateEngine:
    """Orders go through Django's connection, in the caller's transaction; workers have connections of their own."""

    def enqueue(self, order: Order) -> bool:
        while True:
            try:
                with transaction.atomic():
                    _defer(order)
            except exceptions.AlreadyEnqueued:
                if _bring_forward(order.queueing_lock, order.due_at):
                    return False
            else:
                return True

    def take_up_the_fallen(self) -> int:
        return rescue()

    def drain(self, *, until_empty: bool, stop: threading.Event) -> None:
        if until_empty:
            async_to_sync(_run_what_is_due)()
            return
        while not stop.is_set():
            try:
                run_in_own_loop(_work_until(stop))
            except Exception:
                # A thread that ended here would leave the service without its worker until the next start.
                log.exception("job engine has trouble with the database")
            stop.wait(AFTER_DATABASE_TROUBLE)


class CallersConnection(DjangoConnector):
    """Procrastinate on Django's connection; Django leaves reading JSON to its own fields, so it is read here."""

    def _dictfetch(self, cursor: Any) -> Iterator[dict[str, Any]]:
        for row in super()._dictfetch(cursor):
            yield {**row, "args": json.loads(row["args"])} if isinstance(row.get("args"), str) else row


def run_in_own_loop(coroutine: Any) -> None:
    """psycopg needs the selector loop, which is not the default one on Windows."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(coroutine)


def worker_app() -> App:
    """An app for workers: connections of its own, every registered task, and the periodic ones."""
    app = DjangoApp(connector=DjangoConnector().get_worker_connector())
    for name, function in all_tasks().items():
        app.task(name=name, pass_context=True, queue=QUEUE)(_delivery(function))
    for periodic in all_periodic():
        lock = periodic.name
        app.periodic(cron=periodic.cron, lock=lock, queueing_lock=lock)(app.tasks[periodic.name])
    return app


async def work_forever(*, signals: bool = False) -> None:
    """Run one worker until it is cancelled, or, with `signals`, until the process is told to stop."""
    app = worker_app()
    async with app.open_async():
        rescues = asyncio.create_task(_rescue_now_and_then())
        try:
            await app.run_worker_async(
                concurrency=SIDE_BY_SIDE,
                delete_jobs=DeleteJobCondition.SUCCESSFUL,
                fetch_job_polling_interval=POLL,
                install_signal_handlers=signals,
                stalled_worker_timeout=BELIEVED_DEAD,
                update_heartbeat_interval=HEARTBEAT,
            )
        finally:
            rescues.cancel()


async def _rescue_now_and_then() -> None:
    """Not a job itself: one whose worker died would hold the lock that its own rescue waits for."""
    while True:
        await sync_to_async(_rescue_and_close, thread_sensitive=False)()
        await asyncio.sleep(RESCUE_EVERY)


def _rescue_and_close() -> None:
    try:
        rescue()
    except (DatabaseError, exceptions.ConnectorException):
        log.exception("job engine could not look for jobs of dead workers")
    finally:
        connection.close()


def rescue() -> int:
    """Order the jobs of workers whose heart has stopped again; give up on those that kill their worker every time."""
    connector = CallersConnection()
    connector.execute_query_all(sql.queries["prune_stalled_workers"], seconds_since_heartbeat=BELIEVED_DEAD)
    connector.execute_query(
        sql.queries["delete_old_jobs"], nb_hours=KEEP_FAILED_HOURS, queue=QUEUE, statuses=["failed"]
    )
    stalled = connector.execute_query_all(
        sql.queries["select_stalled_jobs_by_heartbeat"],
        queue=QUEUE,
        task_name=None,
        seconds_since_heartbeat=BELIEVED_DEAD,
    )
    return sum(_order_again(connector, Job.from_row(row)) for row in stalled)


def _order_again(connector: DjangoConnector, job: Job) -> bool:
    """False where another worker's rescue was faster."""
    order = _order_of(job)
    again = order.attempts + 1 < MOST_ATTEMPTS
    try:
        with transaction.atomic():
            connector.execute_query(sql.queries["finish_job"], job_id=job.id, status="failed", delete_job=again)
            if again:
                ProcrastinateEngine().enqueue(replace(order, attempts=order.attempts + 1, due_at=timezone.now()))
    except exceptions.ConnectorException:
        return False
    log.warning("job of a dead worker", task=job.task_name, job=job.id, again=again)
    return True


def _order_of(job: Job) -> Order:
    """Read an order back from the job that `_defer` made of it; periodic jobs carry a time stamp only."""
    kept: dict[str, Any] = dict(job.task_kwargs)
    arguments, attempts = kept.get("arguments", {}), kept.get("attempts", 0)
    return Order(job.task_name, job.lock or "", timezone.now(), job.queueing_lock, arguments, attempts)


async def _work_until(stop: threading.Event) -> None:
    worker = asyncio.create_task(work_forever())
    while not stop.is_set() and not worker.done():
        await asyncio.sleep(0.1)
    worker.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await worker


async def _run_what_is_due() -> None:
    """A real worker on Django's own connection: it sees what the caller's transaction has not committed yet."""
    app = App(connector=CallersConnection())
    for name, function in all_tasks().items():
        app.task(name=name, pass_context=True, queue=QUEUE)(_delivery_here(function))
    await app.run_worker_async(
        queues=[QUEUE],
        wait=False,
        listen_notify=False,
        install_signal_handlers=False,
        delete_jobs=DeleteJobCondition.SUCCESSFUL,
    )


def _delivery_here(function: Function) -> Any:
    """The same delivery, run in the thread that called drain."""
    deliver = sync_to_async(_delivery(function), thread_sensitive=True)

    async def delivery(context: JobContext, **arguments: Any) -> None:
        await deliver(context, **arguments)

    return delivery


def _delivery(function: Function) -> Any:
    """What Procrastinate runs: the task, and a new order for it where it failed and has chances left."""

    def deliver(context: JobContext, **_kept: Any) -> None:
        job = context.job
        order = _order_of(job)
        try:
            function(**order.arguments)
        except Exception:
            failures = order.attempts + 1
            again = retry_at(failures, now=timezone.now())
            log.exception("job failed", task=job.task_name, job=job.id, attempt=failures, again=again)
            if again is None:
                raise
            ProcrastinateEngine().enqueue(replace(order, attempts=failures, due_at=again))

    return deliver


def _defer(order: Order) -> None:
    procrastinate_tasks.configure_task(
        name=order.task,
        job_manager=JobManager(DjangoConnector()),
        lock=order.lock,
        queueing_lock=order.queueing_lock,
        schedule_at=_wait_until(order.due_at),
        priority=_priority(order.due_at),
        queue=QUEUE,
        task_kwargs={"arguments": order.arguments, "attempts": order.attempts},
    ).defer()


def _priority(due_at: datetime) -> int:
    return EPOCH - int(due_at.timestamp())


def _wait_until(due_at: datetime) -> datetime | None:
    """None, which is "at once", for what is due: PostgreSQL's now() stands still at the start of a transaction."""
    return due_at if due_at > timezone.now() else None


def _bring_forward(queueing_lock: str | None, due_at: datetime) -> bool:
    """Make the waiting job due no later than `due_at`, and hold its row until the caller's transaction ends.

    False where none waits any more: it has just been taken. The trigger sends no NOTIFY for an update.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = NULLIF(LEAST(COALESCE(scheduled_at, '-infinity'),"
            " COALESCE(%s, '-infinity'::timestamptz)), '-infinity'), priority = GREATEST(priority, %s)"
            " WHERE queueing_lock = %s AND status = 'todo' RETURNING id",
            [_wait_until(due_at), _priority(due_at), queueing_lock],
        )
        row = cursor.fetchone()
        if row is None:
            return False
        news = json.dumps({"type": "job_inserted", "job_id": row[0]})
        cursor.execute("SELECT pg_notify('procrastinate_any_queue_v1', %s)", [news])
    return True
