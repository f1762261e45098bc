"""Problems: what waits for a person or for a better moment, one open problem per record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from apatar.runs import snoozing
from apatar.runs.models import Problem, Record, Run
from apatar.sync.backoff import next_attempt
from apatar.sync.mapping import ObjectMapping
from apatar.sync.record import Side

ASKED_AGAIN = ("name_twice", "several_candidates", "claimed_twice", "unknown_quickbooks_id", "name-in-use")
"""Causes that another record can remove: looked at in every run, for nothing tells which record it will be."""
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """One record that waits, and why; `retry_at` None: until either side changes or a person asks.

    `passes`: the cause goes away by itself (a lock, an internal error), so it is tried again after growing waits.
    """

    side: str
    object_type: str
    remote_id: str
    name: str
    code: str
    sentence: str
    remedy: str
    retry_at: datetime | None = None
    passes: bool = False


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
        problem = Problem.objects.filter(connection=run.connection, **key).first()
        if problem is None:
            problem = Problem(connection=run.connection, opened_at=now, attempts=0, **key)
        _say(problem, run, one, now)
        problem.save()


def _say(problem: Problem, run: Run, one: Waiting, now: datetime) -> None:
    """Write down why a record waits now; another cause than before is counted anew, and is seen by people."""
    if problem.code != one.code[:80]:
        problem.attempts, problem.snoozed_until = 0, None
    problem.attempts += 1
    problem.run, problem.seen_at = run, now
    problem.name, problem.code = one.name[:255], one.code[:80]
    problem.sentence, problem.remedy = one.sentence, one.remedy
    problem.retry_at = next_attempt(problem.attempts, now=now, jitter=0.5) if one.passes else one.retry_at


def settle_problems(
    run: Run, mapping: ObjectMapping, side: str, remote_ids: Sequence[str], *, now: datetime, but: Sequence[str] = ()
) -> None:
    """Close the open problems that records have with one pair of objects: they need nothing any more.

    Those with a code in `but` stay.
    """
    Problem.objects.filter(
        connection=run.connection,
        mapping=mapping.name,
        side=side,
        object_type=mapping.object_on(Side(side)),
        remote_id__in=remote_ids,
        closed_at=None,
    ).exclude(code__in=but).update(closed_at=now)


def wake_waiting(run: Run, *, now: datetime) -> int:
    """Mark the records dirty whose problem may have gone away by itself; return how many.

    What changed on either side is dirty already. Snoozed problems are tried again as all the others.
    """
    snoozing.wake_changed(run)
    due = Q(code__in=ASKED_AGAIN) | Q(retry_at__lte=now)
    if changed := run.connection.settings_changed_at:
        due |= Q(seen_at__lt=changed)
    ids: dict[tuple[str, str], list[str]] = {}
    again = Problem.objects.filter(due, connection=run.connection, closed_at=None).order_by()
    for side, object_type, remote_id in again.values_list("side", "object_type", "remote_id"):
        ids.setdefault((side, object_type), []).append(remote_id)
    return sum(_wake(run, *kind, found) for kind, found in ids.items())


def _wake(run: Run, side: str, object_type: str, remote_ids: Sequence[str]) -> int:
    records = Record.objects.filter(connection=run.connection, side=side, object_type=object_type)
    chunks = (remote_ids[start : start + CHUNK] for start in range(0, len(remote_ids), CHUNK))
    return sum(records.filter(remote_id__in=chunk).update(dirty=True, decided=0) for chunk in chunks)


def open_problems(run: Run, *, now: datetime) -> int:
    """Count what waits for people; what they snoozed waits without them."""
    waiting = Problem.objects.filter(connection=run.connection, closed_at=None)
    return int(snoozing.awake(waiting, now=now).count())
