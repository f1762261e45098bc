"""Conflicts: fields that both sides changed. The losing value is kept for ever; those without winner wait.

A row waits without `winner`. It is *chosen* while `chosen` is set and `resolved_at` is not: a person decided, and the
next run carries it out. That is an answer where nobody has won yet, else a value that is to come back. The records' own
values decide whether it still counts (`sync.answers`); it is done when every write that it takes is confirmed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from apatar.connections.models import Connection
from apatar.runs.map_trial import spoken
from apatar.runs.models import Change, Conflict, Link, Record, Run
from apatar.runs.updates import insert_rows, update_rows
from apatar.sync import merge, record
from apatar.sync.answers import Answer, Choice, Fate, Restore
from apatar.sync.decision import Decision
from apatar.sync.mapping import ObjectMapping
from apatar.sync.pairs import declared
from apatar.sync.reading import name_of
from apatar.sync.record import Base, RecordKey, Side, pack, unpack
from apatar.sync.values import Kind, Value

VALUES = ("salesforce", "quickbooks", "base_salesforce", "base_quickbooks")
LEFT, BACK, NOTE = "left", "back", "note"
"""In `values`: the sides still to be written, what both held when a value was asked back, a word to the person."""
CHUNK = 500
WHO = "LastModifiedBy.Name"
KEPT = (
    "run", "name", "label", "salesforce_value", "quickbooks_value", "base_value", "values", "salesforce_at",
    "salesforce_by", "quickbooks_at", "winner", "chosen", "chosen_by", "chosen_at", "reason", "found_at",
    "resolved_at",
)  # fmt: skip
RowKey = tuple[str, str]
"""Salesforce id and field."""


def chosen_for(run: Run, mapping: ObjectMapping, links: Iterable[Link]) -> dict[str, dict[str, Choice]]:
    """Return what people chose for these links and no run has carried out yet: by Salesforce id and field."""
    found: dict[str, dict[str, Choice]] = {}
    for row in _open(run, mapping, [link.salesforce_id for link in links]).exclude(chosen=""):
        found.setdefault(row.salesforce_id, {})[row.field] = choice_of(row)
    return found


def choice_of(row: Conflict) -> Choice:
    """Return the choice that a row holds, as the core takes it."""
    values = row.values
    if not row.winner:
        return Answer(Side(row.chosen), unpack(values["salesforce"]), unpack(values["quickbooks"]))
    seen = values[BACK]
    back = Side(row.chosen)
    return Restore(unpack(values[back.value]), back, unpack(seen["salesforce"]), unpack(seen["quickbooks"]))


def keep_conflicts(
    run: Run,
    mapping: ObjectMapping,
    decisions: Sequence[Decision],
    seen: Mapping[RecordKey, record.Record],
    *,
    now: datetime,
) -> None:
    """Write the conflicts of decided pairs, and what became of people's choices. Call in a transaction.

    One that already waits is brought up to date; one that is a conflict no more, because people made both sides agree,
    is closed. `seen` are the records that were decided.
    """
    pairs = [one for one in decisions if one.salesforce_id and one.quickbooks_id]
    if pairs:
        _Keeping(run, mapping, seen, now).keep(pairs)


def settle_choices(run: Run, mapping: ObjectMapping, changes: Sequence[Change], *, now: datetime) -> None:
    """Note which chosen values stand now that these changes are confirmed. Call in a transaction."""
    written: dict[str, list[Change]] = {}
    for change in changes:
        written.setdefault(change.remote_id if change.side == Side.SALESFORCE else change.source_id, []).append(change)
    rows = list(_open(run, mapping, list(written)).exclude(chosen="").select_for_update(of=("self",)))
    for row in rows:
        for change in written[row.salesforce_id]:
            if row.field in Base.from_json(change.settles).on(Side(change.side)):
                row.values[LEFT] = [side for side in row.values.get(LEFT, []) if side != change.side]
        if not row.values.get(LEFT, ["unknown"]):
            _finish(row, now)
    update_rows(rows, KEPT)


def wake_chosen(connection: Connection) -> None:
    """Mark the records dirty for which a person chose something that no run has carried out. Call in a transaction."""
    rows = Conflict.objects.filter(connection=connection, resolved_at=None).exclude(chosen="")
    mark_dirty(connection, rows.order_by("mapping", "id").only("mapping", "salesforce_id", "quickbooks_id"))


def mark_dirty(connection: Connection, rows: Iterable[Conflict]) -> None:
    """Have both records of each conflict decided by the next run. Call in a transaction."""
    for some in _chunks(rows):
        for name in {row.mapping for row in some}:
            mine = [row for row in some if row.mapping == name]
            for side in Side:
                ids = [row.salesforce_id if side is Side.SALESFORCE else row.quickbooks_id for row in mine]
                Record.objects.filter(
                    connection=connection,
                    side=side.value,
                    object_type=declared(name).object_on(side),
                    remote_id__in=ids,
                ).update(dirty=True, decided=0)


def _chunks(rows: Iterable[Conflict]) -> Iterator[list[Conflict]]:
    left = iter(rows)
    while some := list(islice(left, CHUNK)):
        yield some


def _open(run: Run, mapping: ObjectMapping, salesforce_ids: Sequence[str]) -> "QuerySet[Conflict]":
    rows: QuerySet[Conflict] = Conflict.objects.filter(
        connection=run.connection, mapping=mapping.name, resolved_at=None, salesforce_id__in=salesforce_ids
    )
    return rows.order_by("id")


def _finish(row: Conflict, now: datetime) -> None:
    """Close a row whose choice stands on every side that takes it."""
    row.winner = row.winner or row.chosen
    row.resolved_at = now


class _Keeping:
    """Brings the rows of one batch of decided pairs in line with what was decided."""

    def __init__(
        self, run: Run, mapping: ObjectMapping, seen: Mapping[RecordKey, record.Record], now: datetime
    ) -> None:
        self._run = run
        self._mapping = mapping
        self._seen = seen
        self._now = now
        self._names: Mapping[str, str] = {}
        self._new: list[Conflict] = []
        self._moved: dict[int, Conflict] = {}

    def keep(self, decisions: Sequence[Decision]) -> None:
        self._names = self._names_in(decisions)
        ids = [one.salesforce_id or "" for one in decisions]
        rows: dict[str, list[Conflict]] = defaultdict(list)
        # A person who decides at this moment waits until this batch is written, and then sees what became of it.
        for row in _open(self._run, self._mapping, ids).select_for_update(of=("self",)):
            rows[row.salesforce_id].append(row)
        before = self._last_resolved(decisions)
        for decision in decisions:
            self._keep_pair(decision, rows[decision.salesforce_id or ""], before)
        insert_rows(self._new)
        update_rows(list(self._moved.values()), KEPT)

    def _keep_pair(self, decision: Decision, rows: Sequence[Conflict], before: Mapping[RowKey, Conflict]) -> None:
        fates = {one.name: one for one in decision.fates}
        conflicts = {one.field: one for one in decision.conflicts}
        for row in rows:
            self._moved[row.pk] = row
            fate = fates.get(row.field)
            if row.chosen and fate:
                self._carry_on(row, fate, conflicts.get(row.field))
            elif not row.chosen and not decision.holds:
                self._close_unless(row, conflicts.get(row.field))
        waiting = {row.field: row for row in rows if not row.winner and row.resolved_at is None}
        for one in decision.conflicts:
            fresh = self._row(decision, one)
            if one.winner is None:
                self._keep_waiting(fresh, waiting.get(one.field))
            elif one.field not in waiting:
                self._keep_resolved(fresh, before.get((fresh.salesforce_id, one.field)))

    def _carry_on(self, row: Conflict, fate: Fate, conflict: merge.Conflict | None) -> None:
        """Follow up what a person chose."""
        if fate.reason:
            self._give_up(row, fate.reason, conflict)
            return
        if not row.winner and conflict and conflict.winner:
            row.reason = conflict.reason
        row.values = {**row.values, LEFT: [side.value for side in fate.sides]}
        if fate.sides:
            return
        if row.winner or conflict:
            _finish(row, self._now)
        else:
            self._close_unless(row, None)

    def _give_up(self, row: Conflict, reason: str, conflict: merge.Conflict | None) -> None:
        row.values = {**row.values, NOTE: f"{row.chosen_by}: {reason}" if row.chosen_by else reason}
        row.chosen, row.chosen_by, row.chosen_at = "", "", None
        if row.winner:
            row.resolved_at = self._now
        else:
            self._close_unless(row, conflict)

    def _close_unless(self, row: Conflict, conflict: merge.Conflict | None) -> None:
        """Close a waiting row where people made both sides agree, or where the rules decide now."""
        if conflict is None or conflict.winner is not None:
            row.chosen, row.resolved_at = "", self._now

    def _keep_waiting(self, fresh: Conflict, row: Conflict | None) -> None:
        """Write a conflict that waits; the row keeps its place, so that an open page leads to it still."""
        if row is None:
            self._new.append(fresh)
            return
        if _same(row, fresh):
            fresh.found_at = row.found_at
        note = row.values.get(NOTE)
        for name in KEPT:
            if not name.startswith("chosen"):
                setattr(row, name, getattr(fresh, name))
        if note:
            row.values[NOTE] = note
        self._moved[row.pk] = row

    def _keep_resolved(self, fresh: Conflict, row: Conflict | None) -> None:
        """Keep a losing value; once, where its record is decided again before it was written."""
        if row is None or not _same(row, fresh):
            self._new.append(fresh)
            return
        row.run, row.found_at, row.resolved_at, row.reason = self._run, self._now, self._now, fresh.reason
        self._moved[row.pk] = row

    def _last_resolved(self, decisions: Sequence[Decision]) -> dict[RowKey, Conflict]:
        lost = [one.salesforce_id for one in decisions if any(each.winner for each in one.conflicts)]
        if not lost:
            return {}
        rows = Conflict.objects.filter(
            connection=self._run.connection, mapping=self._mapping.name, salesforce_id__in=lost, chosen=""
        ).exclude(resolved_at=None)
        return {(row.salesforce_id, row.field): row for row in rows.order_by("id")}

    def _row(self, decision: Decision, one: merge.Conflict) -> Conflict:
        ours = self._seen.get((Side.SALESFORCE, self._mapping.salesforce_object, decision.salesforce_id or ""))
        theirs = self._seen.get((Side.QUICKBOOKS, self._mapping.quickbooks_object, decision.quickbooks_id or ""))
        is_reference = self._mapping.field(one.field).kind is Kind.REFERENCE
        names = self._names if is_reference else {}
        base = one.base_quickbooks if one.winner is Side.QUICKBOOKS else one.base_salesforce
        return Conflict(
            connection=self._run.connection,
            run=self._run,
            mapping=self._mapping.name,
            salesforce_id=decision.salesforce_id or "",
            quickbooks_id=decision.quickbooks_id or "",
            name=next((found for each in (ours, theirs) if each and (found := name_of(self._mapping, each))), "")[:255],
            field=one.field,
            label=one.label[:80],
            salesforce_value=spoken(one.salesforce, names),
            quickbooks_value=spoken(one.quickbooks, names),
            base_value=spoken(base, names),
            values={name: pack(getattr(one, name)) for name in VALUES},
            salesforce_at=ours.modified if ours else None,
            salesforce_by=str((ours.fields.get(WHO) if ours else "") or "")[:121],
            quickbooks_at=theirs.modified if theirs else None,
            winner=one.winner.value if one.winner else "",
            reason=one.reason,
            found_at=self._now,
            resolved_at=self._now if one.winner else None,
        )

    def _names_in(self, decisions: Sequence[Decision]) -> dict[str, str]:
        """Return how the records are called that conflicting references name."""
        values: list[Value] = [
            value
            for one in decisions
            for conflict in one.conflicts
            if self._mapping.field(conflict.field).kind is Kind.REFERENCE
            for value in (conflict.salesforce, conflict.quickbooks, conflict.base_salesforce)
        ]
        ids = [value for value in values if isinstance(value, str)]
        if not ids:
            return {}
        rows = Record.objects.filter(connection=self._run.connection, remote_id__in=ids).exclude(name="")
        return dict(rows.values_list("remote_id", "name"))


def core_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the four values of a conflict alone, packed; nothing where none were kept."""
    return {name: values[name] for name in VALUES if name in values}


def _same(row: Conflict, fresh: Conflict) -> bool:
    return row.winner == fresh.winner and core_values(row.values) == core_values(fresh.values)
