"""Deciding: dirty records go to the sync core batch by batch; what it says becomes rows.

A batch is one transaction: changes are planned, links made, bases settled, problems parked, and its records are no
longer dirty, all or nothing. So a run that dies here goes on with the next batch.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F, Q

from apatar.connections.map import settings_of, tables_of
from apatar.runs import merging, proposing, rehearsal, stopping, undoing
from apatar.runs.choices import look_at_everything_anew
from apatar.runs.conflicts import wake_chosen
from apatar.runs.deciding_batch import Batch
from apatar.runs.models import ChangeState, Phase, Record, Run
from apatar.runs.pairs import pairs_of_run
from apatar.runs.problems import wake_waiting
from apatar.runs.tables import refresh_tables
from apatar.runs.turns import take_turn
from apatar.runs.waking import wake_after_links, wake_by_day
from apatar.sync.decision import Settings
from apatar.sync.mapping import ObjectMapping
from apatar.sync.record import Side

log = structlog.get_logger()

BATCH = 500
DRY_ROUNDS = 6
SHOWS = "This run only shows what it would write. Nothing was written. Release it, if it is right."


def decide(run: Run, *, now: datetime) -> None:
    """Decide every dirty record and take the run to WRITING, or stop it where the plan looks like an accident.

    Every pair of objects looks at the dirty records of its two objects, parents before children. A record stays dirty
    until each pair that it takes part in has decided.
    """
    pairs, settings = pairs_of_run(run), settings_of(run.connection, run.direction)
    if run.undoes_id is None:
        _follow_merges(run, pairs, now)
    if run.rounds == 0:
        _prepare(run, pairs, settings, now)
        if why := stopping.reason_to_stop(run, pairs):
            stopping.stop(run, why, now=now)
            return
        _take_for_granted(run, now)
    if run.undoes_id is not None:
        _take_back(run, now)
        return
    _decide_pairs(run, pairs, settings, now)
    if rehearsal.shows_only(run):
        _show(run, pairs, now)
    else:
        _ready_to_write(run, pairs, now)


def _follow_merges(run: Run, pairs: Sequence[ObjectMapping], now: datetime) -> None:
    with transaction.atomic():
        take_turn(run, now=now)
        merging.follow(run, pairs, now=now)


def _take_back(run: Run, now: datetime) -> None:
    """Plan what takes another run back; what else is dirty waits for the next run."""
    with transaction.atomic():
        take_turn(run, now=now)
        undoing.plan(run, now=now)
        _begin_writing(run)


def _decide_pairs(run: Run, pairs: Sequence[ObjectMapping], settings: Settings, now: datetime) -> None:
    """Let each pair decide that has something to decide; what one decides may make another one's records dirty."""
    dirty = _dirty_objects(run)
    for position, mapping in enumerate(pairs):
        if not dirty.isdisjoint((side.value, mapping.object_on(side)) for side in Side):
            _decide_pair(run, position, mapping, settings, now)
            dirty = _dirty_objects(run)


def _dirty_objects(run: Run) -> set[tuple[str, str]]:
    dirty = Record.objects.filter(connection=run.connection, dirty=True)
    return set(dirty.order_by().values_list("side", "object_type").distinct())


def _decide_pair(run: Run, position: int, mapping: ObjectMapping, settings: Settings, now: datetime) -> None:
    with transaction.atomic():
        take_turn(run, now=now)
        proposing.propose(run, mapping, now=now)
    after: int | None = 0
    while after is not None:
        after = _decide_batch(run, position, mapping, settings, now, after=after)


def _prepare(run: Run, pairs: Sequence[ObjectMapping], settings: Settings, now: datetime) -> None:
    """Look anew at what may have come right by itself, and at everything after a change of the choices or the map."""
    with transaction.atomic():
        take_turn(run, now=now)
        # Marks of an earlier run may speak of other pairs: the map or the org has changed since.
        Record.objects.filter(connection=run.connection, dirty=True).exclude(decided=0).update(decided=0)
        refresh_tables(run.connection, pairs)
        wake_waiting(run, now=now)
        wake_chosen(run.connection)
        wake_by_day(run, now=now)
        look_at_everything_anew(run.connection, pairs, settings, tables_of(run.connection, run.map_number))


def _take_for_granted(run: Run, now: datetime) -> None:
    """What is gone is no wave: it becomes problems now. A dry run leaves the question to the run that writes."""
    if rehearsal.shows_only(run):
        return
    with transaction.atomic():
        take_turn(run, now=now)
        stopping.note_gone(run.connection)


def _show(run: Run, pairs: Sequence[ObjectMapping], now: datetime) -> None:
    """End a dry run; what became wanted while it decided is decided first, so that the plan is whole."""
    with transaction.atomic():
        take_turn(run, now=now)
        _clear_decided(run, pairs)
        run.rounds += 1
        run.save(update_fields=["rounds"])
        shown = run.changes.filter(state=ChangeState.SHOWN, is_later=False).count()
        woken = Record.objects.filter(connection=run.connection, dirty=True).exists()
        if (shown > run.links_made or woken) and run.rounds < DRY_ROUNDS:
            run.links_made = shown
            run.save(update_fields=["links_made"])
            wake_after_links(run)
        else:
            rehearsal.hold(run, SHOWS, now=now)


def _ready_to_write(run: Run, pairs: Sequence[ObjectMapping], now: datetime) -> None:
    with transaction.atomic():
        take_turn(run, now=now)
        _clear_decided(run, pairs)
        if run.rounds == 0 and run.carries_out_id is None and (stop := rehearsal.too_much(run)):
            log.info("run held", code=stop.code, side=stop.side.value)
            rehearsal.hold(run, f"{stop.sentence} Nothing was written. {stop.remedy}", now=now)
            return
        rehearsal.begins_to_write(run, now=now)
        _begin_writing(run)


def _begin_writing(run: Run) -> None:
    planned = set(run.changes.filter(state=ChangeState.PLANNED).values_list("side", flat=True).distinct())
    run.phase = Phase.WRITING
    run.rounds += 1
    run.quickbooks_written = Side.QUICKBOOKS.value not in planned
    run.salesforce_written = Side.SALESFORCE.value not in planned
    run.save(update_fields=["phase", "rounds", "quickbooks_written", "salesforce_written"])


def _clear_decided(run: Run, pairs: Sequence[ObjectMapping]) -> None:
    """Records that every pair of theirs has decided are dirty no longer; what changed meanwhile is."""
    dirty = Record.objects.filter(connection=run.connection, dirty=True)
    for side, object_type in _dirty_objects(run):
        mine = sum(1 << at for at, one in enumerate(pairs) if one.object_on(Side(side)) == object_type)
        dirty.filter(side=side, object_type=object_type, decided=mine).update(dirty=False, decided=0)


def _decide_batch(
    run: Run, position: int, mapping: ObjectMapping, settings: Settings, now: datetime, *, after: int
) -> int | None:
    """Decide the next records of one pair; return the last one's row, or None where there are no more."""
    with transaction.atomic():
        take_turn(run, now=now)
        dirty = Record.objects.filter(connection=run.connection, dirty=True, id__gt=after)
        mine = dirty.annotate(done=F("decided").bitand(1 << position)).filter(_of_pair(mapping), done=0)
        rows = list(mine.order_by("id")[:BATCH])
        if not rows:
            return None
        # Marked first: what this batch wakes, one of its own records among them, is then decided again.
        Record.objects.filter(pk__in=[row.pk for row in rows]).update(decided=F("decided").bitor(1 << position))
        Batch(run, mapping, settings, now).decide(rows)
        return rows[-1].pk if len(rows) == BATCH else None


def _of_pair(mapping: ObjectMapping) -> Q:
    return Q(side=Side.SALESFORCE.value, object_type=mapping.salesforce_object) | Q(
        side=Side.QUICKBOOKS.value, object_type=mapping.quickbooks_object
    )
