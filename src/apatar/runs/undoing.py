"""Taking a run back, or some of its changes: a run of its own, which reads both sides before it writes anything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from apatar.connections.map import settings_of
from apatar.connections.models import Connection
from apatar.runs import derived
from apatar.runs.known import known_for
from apatar.runs.models import Change, ChangeState, Link, Record, Run, Side
from apatar.runs.outcomes import mapping_named
from apatar.runs.proposal import Ignored
from apatar.runs.remote import change_of, change_row
from apatar.sync import record, undo
from apatar.sync.mapping import ObjectMapping
from apatar.sync.undo import Undoing

UNDONE = "It was taken back, so it is not made again. Take it off the list of ignored records to have it made."


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of a run, what would become of it, and the record it wrote as it stands now."""

    change: Change
    undoing: Undoing
    current: record.Record | None = None


def run_to_take_back(connection: Connection) -> Run | None:
    """Return the run that somebody asked to take back and that no run has begun to take back since."""
    return waiting(Run.objects.filter(connection=connection)).order_by("number").first()


def waiting(runs: "QuerySet[Run]") -> "QuerySet[Run]":
    """Narrow to the runs that the next run takes back."""
    begun = Run.objects.filter(undoes=OuterRef("pk"), started_at__gte=OuterRef("undo_asked_at"))
    return runs.filter(undo_asked_at__isnull=False).exclude(Exists(begun))


def ask(run: Run, *, only: Iterable[int] = (), by: str, now: datetime) -> bool:
    """Have the next run take this one back, or some of its changes; False where that cannot be (any more).

    A run is taken back once as a whole. Changes of it can be asked for at any time; they add up until a run begins.
    """
    run.refresh_from_db(fields=["finished_at", "undo_asked_at", "undo_only"])
    wanted = list(only)
    if run.finished_at is None or not _is_free(run, as_a_whole=not wanted):
        return False
    if wanted and is_waiting(run):
        wanted = sorted({*run.undo_only, *wanted}) if run.undo_only else []
    free = Run.objects.filter(pk=run.pk).exclude(Exists(_at_work(run)))
    return bool(free.update(undo_asked_at=now, undo_asked_by=by, undo_only=wanted))


def never_mind(run: Run) -> bool:
    """Take the request back; False where a run has begun it, or where nobody asked."""
    asked = waiting(Run.objects.filter(pk=run.pk))
    return bool(asked.update(undo_asked_at=None, undo_asked_by="", undo_only=[]))


def is_waiting(run: Run) -> bool:
    """Tell whether the next run takes this one back, as a whole or in part."""
    return waiting(Run.objects.filter(pk=run.pk)).exists()


def taken_back_by(run: Run) -> Run | None:
    """Return the run that took this one back as a whole."""
    if run.undo_only or run.undo_asked_at is None:
        return None
    return Run.objects.filter(undoes=run, started_at__gte=run.undo_asked_at).first()


def _is_free(run: Run, *, as_a_whole: bool) -> bool:
    if _at_work(run).exists():
        return False
    return not as_a_whole or taken_back_by(run) is None


def _at_work(run: Run) -> "QuerySet[Run]":
    return Run.objects.filter(undoes=run, finished_at=None)


def preview(run: Run, *, only: Sequence[int] = (), now: datetime) -> list[Entry]:
    """Say what would become of each change, by what is known of both sides now; nothing is written."""
    done = run.changes.filter(state=ChangeState.CONFIRMED).order_by("-id")
    chosen = list(done.filter(pk__in=only) if only else done)
    return [
        entry for name in dict.fromkeys(one.mapping for one in chosen) for entry in _of_pair(run, name, chosen, now)
    ]


def _of_pair(run: Run, name: str, changes: Sequence[Change], now: datetime) -> Iterable[Entry]:
    mapping = mapping_named(run, name)
    mine = [one for one in changes if one.mapping == name and one.source_id]
    records = _records(run, mapping, mine, now)
    known = known_for(run, mapping, list(records.values()), today=now.date())
    settings = settings_of(run.connection, run.direction)
    for one in mine:
        side = record.Side(one.side)
        current, counterpart = records.get((side, one.remote_id)), records.get((side.other, one.source_id))
        yield Entry(one, undo.take_back(mapping, change_of(one), current, counterpart, settings, known=known), current)


def _records(
    run: Run, mapping: ObjectMapping, changes: Sequence[Change], now: datetime
) -> dict[tuple[record.Side, str], record.Record]:
    found: dict[tuple[record.Side, str], record.Record] = {}
    for side in record.Side:
        ids = [one.remote_id if one.side == side else one.source_id for one in changes]
        for start in range(0, len(ids), 500):
            rows = Record.objects.filter(
                connection=run.connection,
                side=side.value,
                object_type=mapping.object_on(side),
                remote_id__in=ids[start : start + 500],
            )
            for one in derived.with_derived(run, mapping, list(rows), today=now.date()):
                found[side, one.remote_id] = one
    return found


def plan(run: Run, *, now: datetime) -> None:
    """Plan the changes that take the other run back, newest first. Call in a transaction."""
    undone = run.undoes
    if undone is None:
        return
    entries = preview(undone, only=undone.undo_only, now=now)
    Change.objects.bulk_create((row for one in entries for row in _rows(run, one)), batch_size=500)


def _rows(run: Run, entry: Entry) -> Iterable[Change]:
    mapping = mapping_named(run, entry.change.mapping)
    if entry.undoing.change is not None:
        row = change_row(run, mapping, entry.undoing.change, name=entry.change.name)
        row.notes = [entry.undoing.sentence]
        yield row
    if entry.undoing.forgets is not None:
        yield change_row(run, mapping, entry.undoing.forgets, name=entry.change.name)


def removed(run: Run, mapping: ObjectMapping, changes: Sequence[Change], *, now: datetime) -> None:
    """Keep that records were deleted again: no link is left, and none is made anew. Call in a transaction."""
    for change in changes:
        source = Side.QUICKBOOKS if change.side == Side.SALESFORCE else Side.SALESFORCE
        gone = Record.objects.filter(
            connection=run.connection, side=change.side, object_type=change.object_type, remote_id=change.remote_id
        )
        gone.update(deleted_at=now, dirty=False, decided=0)
        column = "salesforce_id" if change.side == Side.SALESFORCE else "quickbooks_id"
        Link.objects.filter(connection=run.connection, mapping=change.mapping, **{column: change.remote_id}).delete()
        Ignored.objects.get_or_create(
            connection=run.connection,
            mapping=change.mapping,
            side=source,
            remote_id=change.source_id,
            defaults={"name": change.name, "why": UNDONE, "by": _who(run), "since": now},
        )
        Change.objects.filter(
            connection=run.connection, mapping=mapping.name, side=change.side, remote_id=change.remote_id,
            operation="create", state=ChangeState.CONFIRMED,
        ).update(state=ChangeState.UNDONE)  # fmt: skip
        change.state, change.closed_at = ChangeState.CONFIRMED, now
        change.save(update_fields=["state", "closed_at"])


def _who(run: Run) -> str:
    return run.undoes.undo_asked_by if run.undoes else ""


def ignored_keys(run: Run, mapping: ObjectMapping, records: Sequence[record.Record]) -> set[record.RecordKey]:
    """Return those of the records that get no counterpart by this pair."""
    ids = [one.remote_id for one in records]
    rows = Ignored.objects.filter(connection=run.connection, mapping=mapping.name, remote_id__in=ids)
    return {
        (record.Side(side), mapping.object_on(record.Side(side)), remote_id)
        for side, remote_id in rows.values_list("side", "remote_id")
    }
