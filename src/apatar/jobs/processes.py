"""Worker processes: one parent that starts them again when they die, and stops them within seconds."""

import multiprocessing
import signal
import threading
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any

import structlog
from django.db import connection

from apatar.jobs.errors import OneProcessOnly

log = structlog.get_logger()

GRACE = 5.0
"""Seconds a worker may finish its jobs in; what is cut off then is taken up again by its rescue."""
LOOK_EVERY = 0.5


def run_workers(processes: int) -> None:
    """Run so many worker processes until SIGTERM or SIGINT. Raises OneProcessOnly."""
    if connection.vendor != "postgresql":
        raise OneProcessOnly
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    workers = [_start() for _ in range(processes)]
    try:
        while not stop.is_set():
            wait([worker.sentinel for worker in workers], timeout=LOOK_EVERY)
            workers = [worker if worker.is_alive() or stop.is_set() else _replace(worker) for worker in workers]
    finally:
        _stop(workers)


def _start() -> BaseProcess:
    worker = multiprocessing.get_context("spawn").Process(target=_work, name="apatar-worker", daemon=True)
    worker.start()
    return worker


def _replace(worker: BaseProcess) -> BaseProcess:
    log.error("worker process died", exit_code=worker.exitcode)
    return _start()


def _stop(workers: list[BaseProcess]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(GRACE)
        worker.kill()
        worker.join()


def _work(*_: Any) -> None:
    """What a worker process does; it starts empty, so Django is set up first."""
    import django  # noqa: PLC0415

    django.setup()
    from apatar.jobs.on_postgresql import run_in_own_loop, work_forever  # noqa: PLC0415

    run_in_own_loop(work_forever(signals=True))
