"""Snoozing problems: for a while nobody needs to see them. They are tried again as ever and come back unasked."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from apatar.connections.models import Connection
from apatar.runs.models import Link, Problem, Record, Run, Side

UNTIL_IT_CHANGES = datetime(9999, 1, 1, tzinfo=UTC)
"""No day: until the record changes on either side, or waits for another reason."""
SPANS = {"day": timedelta(days=1), "week": timedelta(weeks=1)}
WORDS = {"day": "for a day", "week": "for a week", "change": "until the record changes", "over": ""}
"""What can be chosen; “over” ends a snooze."""
CHUNK = 500


def end_of(choice: str, *, now: datetime) -> datetime | None:
    """Return until when a choice of WORDS snoozes; None for “over”."""
    if choice == "change":
        return UNTIL_IT_CHANGES
    return now + SPANS[choice] if choice in SPANS else None


def awake(problems: "QuerySet[Problem]", *, now: datetime) -> "QuerySet[Problem]":
    """Leave out those that are snoozed."""
    return problems.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))


def snooze(ids: Sequence[int], until: datetime | None) -> int:
    """Snooze open problems of the connection in scope, or end that; return how many."""
    return sum(problems.update(snoozed_until=until) for problems in _open_ones(ids))


def ask_again(ids: Sequence[int], *, now: datetime) -> int:
    """Have open problems of the connection in scope looked at in the next run; return how many."""
    return sum(problems.update(retry_at=now) for problems in _open_ones(ids))


def _open_ones(ids: Sequence[int]) -> "Iterator[QuerySet[Problem]]":
    for start in range(0, len(ids), CHUNK):
        yield Problem.objects.filter(pk__in=ids[start : start + CHUNK], closed_at=None)


def wake_changed(run: Run) -> int:
    """End the snooze of problems whose record was changed on either side since it was last decided; return how many.

    Call before anything else than a change marks records dirty.
    """
    connection = run.connection
    asleep = Problem.objects.filter(connection=connection, closed_at=None, snoozed_until=UNTIL_IT_CHANGES)
    if not asleep.exists():
        return 0
    mine = Record.objects.filter(
        connection=connection,
        side=OuterRef("side"),
        object_type=OuterRef("object_type"),
        remote_id=OuterRef("remote_id"),
        dirty=True,
    )
    changed = Exists(mine) | _counterpart_changed(connection, Side.SALESFORCE)
    changed |= _counterpart_changed(connection, Side.QUICKBOOKS)
    return int(asleep.filter(changed).update(snoozed_until=None))


def _counterpart_changed(connection: Connection, side: Side) -> Q:
    """Of problems of one side: whether the linked record on the other side is dirty."""
    other = Side.QUICKBOOKS if side == Side.SALESFORCE else Side.SALESFORCE
    dirty = Record.objects.filter(connection=connection, side=other, dirty=True).values("remote_id")
    links = Link.objects.filter(
        connection=connection,
        mapping=OuterRef("mapping"),
        **{f"{side.value}_id": OuterRef("remote_id"), f"{other.value}_id__in": dirty},
    )
    return Q(Exists(links), side=side)
