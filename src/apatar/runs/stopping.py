"""Stopping a run before it writes, because what it read looks like an accident; going on when a person says it is none.

What a run found gone is *new* until a run has dealt with it, or a person has said that it was meant to go. So a run
that stops for a wave of deletions stops again until then, and never twice for the same ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Count, QuerySet
from django_scopes import scopes_disabled

from apatar.connections.models import Connection
from apatar.runs import intake, quickbooks_roster
from apatar.runs.models import Link, Outcome, Phase, Record, Run
from apatar.runs.remote import JOB
from apatar.runs.turns import take_turn
from apatar.sync import safety
from apatar.sync.backwards import OTHER, RESTORED
from apatar.sync.counts import Counts
from apatar.sync.mapping import ObjectMapping, Source
from apatar.sync.record import Side

log = structlog.get_logger()

LEFT_OUT = (JOB, "person")
WAVES = frozenset({"wave_of_deletions", "side_emptied"})
"""The reasons for which what is gone is shown, and which a person can say was meant."""
NOT_STOPPED = "This run did not stop for a question."
SHOWN_AT_MOST = 25


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a run stopped, as its page asks about it: what is gone, and why it cannot be answered, or nothing."""

    code: str
    gone: Sequence[Record]
    number: int
    obstacle: str

    @property
    def more(self) -> int:
        return self.number - len(self.gone)


def reason_to_stop(run: Run, pairs: Sequence[ObjectMapping]) -> safety.Stop | None:
    """Ask whether a side looks emptied, or many linked records were deleted there since the last run.

    Whether a side is empty, lists tell: a wrong company file lacks its customers, too. The only document may well have
    been deleted.
    """
    fresh = _newly_gone_ids(run)
    links = Link.objects.filter(connection=run.connection).order_by().values_list("mapping")
    count_of = dict(links.annotate(count=Count("id")))
    for mapping in pairs:
        linked = count_of.get(mapping.name, 0)
        if not linked or not (fresh or mapping.source is Source.LIST):
            continue
        ours, theirs = (_population(run, mapping, side, linked, fresh) for side in Side)
        if why := safety.judge(Counts(), salesforce=ours, quickbooks=theirs):
            return why
    return None


Fresh = dict[tuple[str, str], list[str]]
"""Ids of what is newly gone, by side and object."""


def _newly_gone_ids(run: Run) -> Fresh:
    fresh: Fresh = {}
    rows = newly_gone(run.connection).order_by("id").values_list("side", "object_type", "remote_id")
    for side, object_type, remote_id in rows:
        fresh.setdefault((side, object_type), []).append(remote_id)
    return fresh


def newly_gone(connection: Connection) -> "QuerySet[Record]":
    """Return the records that are gone, and that no run has dealt with and nobody has spoken about."""
    return Record.objects.filter(connection=connection, deleted_at__isnull=False, gone_known=False)


def _population(run: Run, mapping: ObjectMapping, side: Side, linked: int, fresh: Fresh) -> safety.Population:
    gone = _linked_to_living(run, mapping, side, fresh.get((side.value, mapping.object_on(side)), []))
    present = _present(run, mapping, side) if mapping.source is Source.LIST else 1
    if present and not gone:
        return safety.Population(linked=linked, present=present)
    return safety.Population(linked=linked - _long_gone(run, mapping, side), present=present, gone=gone)


def _present(run: Run, mapping: ObjectMapping, side: Side) -> int:
    records = _records(run, mapping, side).filter(deleted_at=None)
    return int(records.exclude(variant__in=LEFT_OUT).count())


def _records(run: Run, mapping: ObjectMapping, side: Side) -> "QuerySet[Record]":
    return Record.objects.filter(connection=run.connection, side=side.value, object_type=mapping.object_on(side))


def _linked_to_living(run: Run, mapping: ObjectMapping, side: Side, ids: Sequence[str]) -> int:
    """Count the links of these whose other end is still there: what people cleared away on both sides is no loss."""
    count = 0
    for some in _chunks(ids):
        links = Link.objects.filter(connection=run.connection, mapping=mapping.name, **{f"{side.value}_id__in": some})
        others = list(links.values_list(f"{side.other.value}_id", flat=True))
        count += int(_records(run, mapping, side.other).filter(deleted_at=None, remote_id__in=others).count())
    return count


def _long_gone(run: Run, mapping: ObjectMapping, side: Side) -> int:
    known = _records(run, mapping, side).filter(deleted_at__isnull=False, gone_known=True).values("remote_id")
    links = Link.objects.filter(connection=run.connection, mapping=mapping.name, **{f"{side.value}_id__in": known})
    return int(links.count())


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + intake.CHUNK] for start in range(0, len(ids), intake.CHUNK))


def stop(run: Run, why: safety.Stop, *, now: datetime) -> None:
    """End a run before it writes."""
    log.warning("run stopped", code=why.code, side=why.side.value)
    with transaction.atomic():
        take_turn(run, now=now)
        finish(run, why, now=now)


def finish(run: Run, why: safety.Stop, *, now: datetime) -> None:
    """Write down that a run stopped, and why. Call in a transaction, when it is the caller's turn."""
    run.phase, run.outcome, run.finished_at = Phase.DONE, Outcome.STOPPED, now
    run.stop_code = "" if why.code == OTHER else why.code
    run.message = f"{why.sentence} Nothing was written. {why.remedy}"
    run.save(update_fields=["phase", "outcome", "finished_at", "message", "stop_code"])


def note_gone(connection: Connection) -> int:
    """Note that what is gone has been dealt with. Call in a transaction."""
    return int(newly_gone(connection).update(gone_known=True))


def stopped_by(run: Run) -> Stopped | None:
    """Say what the page of a stopped run asks; None where the run did not stop with a question."""
    if run.outcome != Outcome.STOPPED or not run.stop_code:
        return None
    gone = newly_gone(run.connection) if run.stop_code in WAVES and not run.released_at else Record.objects.none()
    shown = list(gone.order_by("side", "object_type", "name", "id")[:SHOWN_AT_MOST])
    return Stopped(run.stop_code, shown, gone.count(), obstacle_to(run))


def obstacle_to(run: Run) -> str:
    """Say in a sentence why a person cannot let the connection go on from this run; empty where they can."""
    if run.outcome != Outcome.STOPPED or not run.stop_code:
        return NOT_STOPPED
    if run.released_at is not None:
        return f"{run.released_by} has said so already."
    newer = Run.objects.filter(connection=run.connection, number__gt=run.number).order_by("-number").first()
    return f"Run {newer.number} came after it: look at that one." if newer is not None else ""


def go_on(run: Run, *, by: str, now: datetime) -> bool:
    """Let the connection go on: what the run stopped for was meant. False where that cannot be said any more."""
    with transaction.atomic(), scopes_disabled():
        if obstacle_to(run) or not Run.objects.filter(pk=run.pk, released_at=None).update(
            released_at=now, released_by=by
        ):
            return False
        if run.stop_code == RESTORED:
            quickbooks_roster.call_again(run, now=now)
        else:
            note_gone(run.connection)
        Connection.objects.filter(pk=run.connection_id).update(sync_asked_at=now)
    return True
