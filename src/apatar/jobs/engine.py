"""What both job engines promise, and which of them this process uses."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any, Protocol

import structlog

from apatar.sync.backoff import next_attempt

log = structlog.get_logger()

MOST_ATTEMPTS = 8
"""With the waits below, about an hour of trying; a run that needs longer is woken by the next poll anyway."""
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=30)
_chance = SystemRandom()


@dataclass(frozen=True, slots=True)
class Order:
    """A job as it is ordered: what to do, what it may not run beside, and when it is due (aware UTC)."""

    task: str
    lock: str
    due_at: datetime
    queueing_lock: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0


class Engine(Protocol):
    """Delivers every accepted job at least once.

    Of the jobs with one lock, one runs at a time, the one due first; a job that is not due yet holds up no other. Of
    those with one queueing lock one waits at a time, and whoever orders a second one brings the first forward.
    A failed job is tried again, later each time, at most MOST_ATTEMPTS times.
    """

    def enqueue(self, order: Order) -> bool:
        """Accept a job in the caller's transaction; False where one like it already waits."""

    def take_up_the_fallen(self) -> int:
        """Put back the jobs whose process died; returns how many."""

    def drain(self, *, until_empty: bool, stop: threading.Event) -> None:
        """Run jobs until none is due, or until told to stop."""


def retry_at(attempts: int, *, now: datetime) -> datetime | None:
    """When a job that failed `attempts` times is due again; None when it has had its chances."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return next_attempt(attempts, now=now, jitter=_chance.random(), first=FIRST_WAIT, longest=LONGEST_WAIT)


def engine() -> Engine:
    """Return the engine that fits the database."""
    # Both need Django's models, which are not there yet while the rooms are imported.
    from django.db import connection  # noqa: PLC0415

    if connection.vendor == "postgresql":
        from apatar.jobs.on_postgresql import ProcrastinateEngine  # noqa: PLC0415

        return ProcrastinateEngine()
    from apatar.jobs.embedded import EmbeddedEngine  # noqa: PLC0415

    return EmbeddedEngine()
