"""Floor 2: one seam to the job engine.

Delivery is at least once: a task must do nothing when its work is already done.
"""

import json
import threading
from datetime import UTC, datetime
from typing import Any

from apatar.jobs.engine import Order, engine
from apatar.jobs.errors import BadArguments
from apatar.jobs.registry import Function, every, name_of, task

__all__ = ["drain", "enqueue", "every", "run_until_idle", "task", "work"]


def enqueue(
    task: str | Function,
    *,
    lock: str,
    queueing_lock: str | None = None,
    at: datetime | None = None,
    **arguments: Any,
) -> bool:
    """Order a job in the caller's transaction: it exists if and only if the transaction commits.

    Jobs with one `lock` never run side by side. While a job with the same `queueing_lock` waits, nothing is added:
    the waiting one is brought forward where `at` is earlier, and False is returned. The task may be delivered more than
    once. Raises UnknownTask or BadArguments.
    """
    name = name_of(task)
    try:
        plain = json.loads(json.dumps(arguments, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise BadArguments from error
    if plain != arguments:
        raise BadArguments
    due_at = at or datetime.now(UTC)
    return engine().enqueue(Order(name, lock=lock, due_at=due_at, queueing_lock=queueing_lock, arguments=plain))


def drain(*, until_empty: bool = False, stop: threading.Event | None = None) -> None:
    """Take up what a dead process left behind, then run jobs in this thread until `stop` is set.

    With `until_empty` it returns as soon as nothing is due, and periodic tasks stay asleep. On the embedded database
    only one process may drain: what other processes had taken is believed to be theirs no more.
    """
    chosen = engine()
    chosen.take_up_the_fallen()
    chosen.drain(until_empty=until_empty, stop=stop or threading.Event())


def run_until_idle() -> None:
    """Run everything that is due, in this thread and on its database connection; for tests and one-off commands."""
    engine().drain(until_empty=True, stop=threading.Event())


def work(*, processes: int = 1) -> None:
    """Run worker processes until told to stop (SIGTERM, SIGINT). Raises OneProcessOnly on the embedded database."""
    from apatar.jobs.processes import run_workers  # noqa: PLC0415 needs Django's models, see engine()

    run_workers(processes)
