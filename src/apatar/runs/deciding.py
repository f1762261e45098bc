"""Deciding: dirty records go to the sync core batch by batch; what it says becomes rows.

A batch is one transaction: changes are planned, links made, bases settled, problems parked, and its records are no
longer dirty, all or nothing. So a run that dies here goes on with the next batch.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from apatar.connections.map import settings_of, tables_of
from apatar.runs import candidates as pool
from apatar.runs import derived, rehearsal, undoing
from apatar.runs.choices import look_at_everything_anew
from apatar.runs.conflicts import chosen_for, keep_conflicts, wake_chosen
from apatar.runs.known import known_for
from apatar.runs.models import Change, ChangeState, Link, Outcome, Phase, Record, Run
from apatar.runs.pairs import pairs_of_run
from apatar.runs.problems import Waiting, park, settle_problems, wake_waiting
from apatar.runs.remote import JOB, change_row
from apatar.runs.tables import refresh_tables
from apatar.runs.telling import can_be_told, in_step
from apatar.runs.turns import take_turn
from apatar.runs.updates import insert_rows, update_rows
from apatar.runs.waking import wake_after_links, wake_by_day, want_counterpart
from apatar.sync import plan, record, safety
from apatar.sync.change import Change as PlannedChange
from apatar.sync.change import Operation
from apatar.sync.counts import Counts
from apatar.sync.holds import Hold
from apatar.sync.known import Known
from apatar.sync.mapping import ObjectMapping, Source
from apatar.sync.match import Question
from apatar.sync.plan import Decision, Settings
from apatar.sync.reading import name_of
from apatar.sync.record import Base, Side

log = structlog.get_logger()

BATCH = 500
DRY_ROUNDS = 6
SHOWS = "This run only shows what it would write. Nothing was written. Release it, if it is right."
WITHOUT_ANSWER = (ChangeState.SENT, ChangeState.UNKNOWN)
GONE_ON_BOTH_SIDES = "deleted_on_both_sides"
"""Nothing is left to do and nobody needs to hear of it."""
OPEN = (ChangeState.PLANNED, *WITHOUT_ANSWER)
LEFT_OUT = (JOB, "person")


def decide(run: Run, *, now: datetime) -> None:
    """Decide every dirty record and take the run to WRITING, or stop it where the plan looks like an accident.

    Every pair of objects looks at the dirty records of its two objects, parents before children. A record stays dirty
    until each pair that it takes part in has decided.
    """
    pairs, settings = pairs_of_run(run), settings_of(run.connection, run.direction)
    if run.rounds == 0:
        _prepare(run, pairs, settings, now)
        if stop := _judge(run, pairs):
            _stop(run, stop, now)
            return
    if run.undoes_id is not None:
        _take_back(run, now)
        return
    for position, mapping in enumerate(pairs):
        _decide_pair(run, position, mapping, settings, now)
    if rehearsal.shows_only(run):
        _show(run, pairs, now)
    else:
        _ready_to_write(run, pairs, now)


def _take_back(run: Run, now: datetime) -> None:
    """Plan what takes another run back; what else is dirty waits for the next run."""
    with transaction.atomic():
        take_turn(run, now=now)
        undoing.plan(run, now=now)
        _begin_writing(run)


def _decide_pair(run: Run, position: int, mapping: ObjectMapping, settings: Settings, now: datetime) -> None:
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


def _judge(run: Run, pairs: Sequence[ObjectMapping]) -> safety.Stop | None:
    """Ask whether one side looks emptied; deletions themselves only mark.

    Lists tell: a wrong company file lacks its customers, too. The only document may well have been deleted.
    """
    for mapping in (one for one in pairs if one.source is Source.LIST):
        linked = Link.objects.filter(connection=run.connection, mapping=mapping.name).count()
        populations = {side.value: _population(run, mapping, side, linked) for side in Side} if linked else {}
        # Deletions are not carried over: a wave of them is shown as problems and needs no stop.
        limits = safety.Thresholds(gone_percent=100)
        if populations and (stop := safety.judge(Counts(), **populations, thresholds=limits)):
            return stop
    return None


def _population(run: Run, mapping: ObjectMapping, side: Side, linked: int) -> safety.Population:
    records = Record.objects.filter(
        connection=run.connection, side=side.value, object_type=mapping.object_on(side)
    ).exclude(variant__in=LEFT_OUT)
    present = records.filter(deleted_at=None).count()
    gone = records.filter(deleted_at__gte=run.started_at).count()
    return safety.Population(linked=linked, present=present, gone=gone)


def _stop(run: Run, stop: safety.Stop, now: datetime) -> None:
    log.warning("run stopped", code=stop.code, side=stop.side.value)
    with transaction.atomic():
        take_turn(run, now=now)
        run.phase, run.outcome, run.finished_at = Phase.DONE, Outcome.STOPPED, now
        run.message = f"{stop.sentence} Nothing was written. {stop.remedy}"
        run.save(update_fields=["phase", "outcome", "finished_at", "message"])


def _show(run: Run, pairs: Sequence[ObjectMapping], now: datetime) -> None:
    """End a dry run; what became wanted while it decided is decided first, so that the plan is whole."""
    with transaction.atomic():
        take_turn(run, now=now)
        _clear_decided(run, pairs)
        run.rounds += 1
        run.save(update_fields=["rounds"])
        shown = run.changes.filter(state=ChangeState.SHOWN, is_later=False).count()
        if shown > run.links_made and run.rounds < DRY_ROUNDS:
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
    for side, object_type in dirty.order_by().values_list("side", "object_type").distinct():
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
        decided = _Batch(run, mapping, settings, now)
        decided.decide(rows)
        Record.objects.filter(pk__in=[row.pk for row in rows]).update(decided=F("decided").bitor(1 << position))
        return rows[-1].pk


def _of_pair(mapping: ObjectMapping) -> Q:
    return Q(side=Side.SALESFORCE.value, object_type=mapping.salesforce_object) | Q(
        side=Side.QUICKBOOKS.value, object_type=mapping.quickbooks_object
    )


class _Batch:
    """One batch on its way through the core and into rows."""

    def __init__(self, run: Run, mapping: ObjectMapping, settings: Settings, now: datetime) -> None:
        self._run = run
        self._mapping = mapping
        self._settings = settings
        self._now = now
        self._names: dict[record.RecordKey, str] = {}
        self._records: dict[record.RecordKey, record.Record] = {}

    def decide(self, rows: Sequence[Record]) -> None:
        resting = self._without_answer(rows)
        decided = [row for row in rows if (row.side, row.object_type, row.remote_id) not in resting]
        records = self._seen(decided)
        links = pool.links_of(self._run, self._mapping, records)
        taken = pool.linked_ids(links)
        unlinked = [
            one
            for one in records
            if (one.side, one.remote_id) not in taken and not one.deleted and not self._mapping.ignores(one)
        ]
        linked = self._decide_linked(records, links)
        decisions = [*linked, *self._decide_unlinked(unlinked)]
        self._store(linked, links)
        self._store(decisions[len(linked) :], {})
        self._note_waiting(decisions)
        self._settle(records, decisions)

    def _seen(self, rows: Sequence[Record]) -> list[record.Record]:
        return [self._known(one) for one in derived.with_derived(self._run, self._mapping, rows, today=self._today)]

    @property
    def _today(self) -> date:
        return self._now.date()

    def _without_answer(self, rows: Sequence[Record]) -> set[tuple[str, str, str]]:
        """Records whose write was sent and not yet answered rest until its outcome is known."""
        ids = [row.remote_id for row in rows]
        out = Change.objects.filter(
            connection=self._run.connection, state__in=WITHOUT_ANSWER, mapping=self._mapping.name
        )
        found = set()
        for change in (*out.filter(source_id__in=ids), *out.filter(remote_id__in=ids)):
            source = Side(change.side).other
            found.add((source.value, self._mapping.object_on(source), change.source_id))
            found.add((change.side, change.object_type, change.remote_id))
        return found

    def _known(self, one: record.Record) -> record.Record:
        self._names[one.key] = name_of(self._mapping, one)
        self._records[one.key] = one
        return one

    def _decide_linked(self, records: Sequence[record.Record], links: dict[str, Link]) -> list[Decision]:
        by_id = {(one.side, one.remote_id): one for one in records}
        needed = self._seen(pool.counterparts(self._run, self._mapping, links.values(), by_id))
        by_id.update({(one.side, one.remote_id): one for one in needed})
        known = self._known_for(list(by_id.values())) if links else Known()
        chosen = chosen_for(self._run, self._mapping, links.values()) if links else {}
        decisions = []
        for link in links.values():
            pair = record.Link(link.salesforce_id, link.quickbooks_id, Base.from_json(link.base))
            salesforce = by_id.get((Side.SALESFORCE, link.salesforce_id))
            quickbooks = by_id.get((Side.QUICKBOOKS, link.quickbooks_id))
            choice = chosen.get(link.salesforce_id)
            decisions.append(
                plan.decide_linked(
                    self._mapping, pair, salesforce, quickbooks, self._settings, chosen=choice, known=known
                )
            )
        return decisions

    def _decide_unlinked(self, unlinked: Sequence[record.Record]) -> list[Decision]:
        if not unlinked:
            return []
        around = self._seen(pool.candidates(self._run, self._mapping, unlinked, self._settings))
        everything = [*unlinked, *around]
        return plan.decide_unlinked(
            self._mapping,
            unlinked,
            around,
            self._settings,
            known=self._known_for(everything),
            taken=pool.taken_in_family(self._run, self._mapping, everything)
            | undoing.ignored_keys(self._run, self._mapping, everything),
        )

    def _known_for(self, records: Sequence[record.Record]) -> Known:
        return known_for(self._run, self._mapping, records, today=self._today)

    def _note_waiting(self, decisions: Sequence[Decision]) -> None:
        """Keep what waits for a counterpart of something else, and what therefore is wanted over there."""
        waiting = [one for one in decisions if one.waits]
        for side in Side:
            ids = [one.salesforce_id if side is Side.SALESFORCE else one.quickbooks_id for one in waiting]
            self._rows(side, [one for one in ids if one]).update(waiting=True)
        for pair, remote_id in {want for one in waiting for want in one.wants}:
            want_counterpart(self._run, pair, remote_id)

    def _rows(self, side: Side, ids: Sequence[str]) -> "QuerySet[Record]":
        return Record.objects.filter(
            connection=self._run.connection,
            side=side.value,
            object_type=self._mapping.object_on(side),
            remote_id__in=ids,
        )

    def _store(self, decisions: Sequence[Decision], links: dict[str, Link]) -> None:
        self._store_links(decisions, links)
        self._store_changes([change for decision in decisions for change in decision.changes])
        if rehearsal.shows_only(self._run):
            self._show_later([change for decision in decisions for change in decision.later])
        else:
            keep_conflicts(self._run, self._mapping, decisions, self._records, now=self._now)
        self._store_waiting(decisions)

    def _store_links(self, decisions: Sequence[Decision], links: dict[str, Link]) -> None:
        new, moved = [], []
        for one in decisions:
            if one.link_now:
                new.append(self._new_link(one))
            elif one.settled and one.salesforce_id in links:
                link = links[one.salesforce_id]
                link.base = Base.from_json(link.base).settled(one.settled).to_json()
                moved.append(link)
        insert_rows(new)
        update_rows(moved, ["base"])

    def _new_link(self, one: Decision) -> Link:
        return Link(
            connection=self._run.connection,
            mapping=self._mapping.name,
            salesforce_id=one.salesforce_id or "",
            quickbooks_id=one.quickbooks_id or "",
            base=one.settled.to_json(),
            linked_at=self._now,
            how="matched",
        )

    def _store_changes(self, changes: Sequence[PlannedChange]) -> None:
        keys = [change.idempotency_key for change in changes]
        out = Change.objects.filter(connection=self._run.connection, idempotency_key__in=keys)
        # What was created once is never created a second time, whatever became of it since.
        out = out.filter(Q(state__in=OPEN) | Q(state=ChangeState.CONFIRMED, operation=Operation.CREATE))
        already = set(out.values_list("idempotency_key", flat=True))
        rows = [
            change_row(self._run, self._mapping, change, name=self._name_of(change))
            for change in changes
            if change.idempotency_key not in already
        ]
        for row in rows:
            if row.side == Side.SALESFORCE and can_be_told(self._run.connection, row.object_type):
                row.fields |= in_step(self._now)
        insert_rows(self._gated(rows))

    def _gated(self, rows: list[Change]) -> list[Change]:
        """Keep what may not go out as shown: a dry run's changes, and what no person has released."""
        free = rehearsal.may_go(self._run, self._mapping, rows)
        self._show([row for row in rows if row.state == ChangeState.SHOWN])
        return free

    def _show_later(self, changes: Sequence[PlannedChange]) -> None:
        rows = [change_row(self._run, self._mapping, change, name=self._name_of(change)) for change in changes]
        for row in rows:
            row.state, row.is_later = ChangeState.SHOWN, True
        self._show(rows)

    def _show(self, rows: Sequence[Change]) -> None:
        """Keep each once: a record that is decided again is shown as it was decided last."""
        again = Change.objects.filter(run=self._run, state=ChangeState.SHOWN, mapping=self._mapping.name)
        again.filter(idempotency_key__in=[row.idempotency_key for row in rows]).delete()
        insert_rows(rows)

    def _name_of(self, change: PlannedChange) -> str:
        source = change.side.other
        return self._names.get((source, self._mapping.object_on(source), change.source_id), "")

    def _store_waiting(self, decisions: Sequence[Decision]) -> None:
        held: list[Question | Hold] = []
        for decision in decisions:
            held += [*decision.questions, *(one for one in decision.holds if one.code != GONE_ON_BOTH_SIDES)]
        park(self._run, self._mapping.name, self._waiting(held), now=self._now)

    def _settle(self, records: Sequence[record.Record], decisions: Sequence[Decision]) -> None:
        """Close the problems of records that need nothing now, also of those that are gone or no longer mapped."""
        busy = {key for one in decisions for key in _busy_keys(self._mapping, one)}
        quiet = {one.key for one in records} | {
            (side, self._mapping.object_on(side), remote_id)
            for one in decisions
            for side, remote_id in ((Side.SALESFORCE, one.salesforce_id), (Side.QUICKBOOKS, one.quickbooks_id))
            if remote_id
        }
        for side in Side:
            ids = [remote_id for at, _, remote_id in quiet - busy if at is side]
            settle_problems(self._run, self._mapping, side.value, ids, now=self._now)

    def _waiting(self, held: Iterable[Question | Hold]) -> list[Waiting]:
        return [
            Waiting(side.value, object_type, remote_id, self._names.get(key, ""), one.code, one.sentence, one.remedy)
            for one in held
            for key in one.keys
            for side, object_type, remote_id in [key]
        ]


def _busy_keys(mapping: ObjectMapping, decision: Decision) -> set[record.RecordKey]:
    """Return the records that wait for a person, or whose change is on its way."""
    waiting = {key for one in decision.questions for key in one.keys}
    waiting |= {key for one in decision.holds if one.code != GONE_ON_BOTH_SIDES for key in one.keys}
    sources = {(one.side.other, mapping.object_on(one.side.other), one.source_id) for one in decision.changes}
    return waiting | sources
