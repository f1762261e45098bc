"""One batch of records on its way through the core and into rows. Everything here belongs into one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db.models import Q, QuerySet

from apatar.runs import candidates as pool
from apatar.runs import derived, proposals, rehearsal, undoing
from apatar.runs.conflicts import chosen_for, keep_conflicts
from apatar.runs.flipflops import journal_for
from apatar.runs.known import known_for, survivors_called
from apatar.runs.models import Change, ChangeState, Link, Record, Run
from apatar.runs.problems import Waiting, park, settle_problems
from apatar.runs.proposal import Proposal
from apatar.runs.remote import change_row
from apatar.runs.telling import can_be_told, in_step
from apatar.runs.updates import insert_rows, update_rows
from apatar.runs.waking import want_counterpart
from apatar.sync import plan, record
from apatar.sync.change import Change as PlannedChange
from apatar.sync.change import Operation
from apatar.sync.decision import Decision, Settings
from apatar.sync.flipflop import calm
from apatar.sync.holds import Hold
from apatar.sync.known import Known
from apatar.sync.mapping import ObjectMapping
from apatar.sync.question import Question
from apatar.sync.reading import name_of
from apatar.sync.record import Base, Side

WITHOUT_ANSWER = (ChangeState.SENT, ChangeState.UNKNOWN)
GONE_ON_BOTH_SIDES = "deleted_on_both_sides"
"""Nothing is left to do and nobody needs to hear of it."""
OPEN = (ChangeState.PLANNED, *WITHOUT_ANSWER)


class Batch:
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
        linked = self._calmed(self._decide_linked(records, links))
        decisions = [*linked, *self._decide_unlinked(unlinked)]
        self._store(linked, links)
        self._store(decisions[len(linked) :], {})
        if self._run.connection.first_released_at is None:
            new = decisions[len(linked) :]
            proposals.list_for_review(self._run, self._mapping, unlinked, new, self._names, now=self._now)
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
        known = replace(known, names={**known.names, **survivors_called(self._run, by_id.values())})
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

    def _calmed(self, decisions: list[Decision]) -> list[Decision]:
        """Let rest what we would write for ever, because something over there changes it back each time."""
        journal = journal_for(self._run, self._mapping, decisions, now=self._now)
        if journal is None:
            return decisions
        return [calm(self._mapping, one, self._records, journal, self._settings) for one in decisions]

    def _decide_unlinked(self, unlinked: Sequence[record.Record]) -> list[Decision]:
        if not unlinked:
            return []
        rows = self._reviewed(unlinked)
        beside = proposals.counterparts_in(self._mapping, rows)
        around = self._seen(pool.candidates(self._run, self._mapping, unlinked, self._settings, beside=beside))
        everything = [*unlinked, *around]
        return plan.decide_unlinked(
            self._mapping,
            unlinked,
            around,
            self._settings,
            known=self._known_for(everything),
            taken=pool.taken_in_family(self._run, self._mapping, everything)
            | undoing.ignored_keys(self._run, self._mapping, everything),
            review=proposals.review_of(self._run, self._mapping, [*rows, *self._reviewed(around)]),
        )

    def _reviewed(self, records: Sequence[record.Record]) -> list[Proposal]:
        keys = [(one.side, one.remote_id) for one in records]
        return proposals.about(self._run.connection, self._mapping, keys)

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
        proposals.now_linked(self._run, self._mapping, [(one.salesforce_id, one.quickbooks_id) for one in new])

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
