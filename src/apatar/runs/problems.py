"""Problems: what waits for a person or for a better moment, one open problem per record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from apatar.runs.models import Problem, Record, Run
from apatar.sync.mapping import ObjectMapping
from apatar.sync.record import Side

ASKED_AGAIN = ("name_twice", "several_candidates", "claimed_twice", "unknown_quickbooks_id", "name-in-use")
"""Causes that another record can remove: looked at in every run, for nothing tells which record it will be."""
LATER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One record that waits, and why; `retry_at` None: until either side changes or a person asks."""

    side: str
    object_type: str
    remote_id: str
    name: str
    code: str
    sentence: str
    remedy: str
    retry_at: datetime | None = None


def park(run: Run, mapping: str, waiting: Iterable[Waiting], *, now: datetime) -> None:
    """Open a problem for each record, or bring its open one up to date. Call in a transaction."""
    for one in waiting:
        key = {
            "mapping": mapping,
            "side": one.side,
            "object_type": one.object_type,
            "remote_id": one.remote_id,
            "closed_at": None,
        }
        said = {
            "run": run,
            "name": one.name[:255],
            "code": one.code[:80],
            "sentence": one.sentence,
            "remedy": one.remedy,
            "retry_at": one.retry_at,
            "seen_at": now,
        }
        problem = Problem.objects.filter(connection=run.connection, **key).first()
        if problem is None:
            Problem.objects.create(connection=run.connection, opened_at=now, **key, **said)
            continue
        problem.attempts += 1
        for name, value in said.items():
            setattr(problem, name, value)
        problem.save(update_fields=["attempts", *said])


def settle_problems(run: Run, mapping: ObjectMapping, side: str, remote_ids: Sequence[str], *, now: datetime) -> None:
    """Close the open problems that records have with one pair of objects: they need nothing any more."""
    Problem.objects.filter(
        connection=run.connection,
        mapping=mapping.name,
        side=side,
        object_type=mapping.object_on(Side(side)),
        remote_id__in=remote_ids,
        closed_at=None,
    ).update(closed_at=now)


def wake_waiting(run: Run, *, now: datetime) -> int:
    """Mark the records dirty whose problem may have gone away by itself; return how many."""
    again = Problem.objects.filter(connection=run.connection, closed_at=None)
    changed = run.connection.settings_changed_at
    if changed is None:
        again = again.filter(Q(code__in=ASKED_AGAIN) | Q(retry_at__lte=now))
    else:
        again = again.filter(Q(code__in=ASKED_AGAIN) | Q(retry_at__lte=now) | Q(seen_at__lt=changed))
    woken = 0
    for problem in again.only("side", "object_type", "remote_id").iterator():
        woken += Record.objects.filter(
            connection=run.connection, side=problem.side, object_type=problem.object_type, remote_id=problem.remote_id
        ).update(dirty=True, decided=0)
    return woken


def open_problems(run: Run) -> int:
    return int(Problem.objects.filter(connection=run.connection, closed_at=None).count())
