"""What the journal says of our latest writes to some records, for finding the fields that do not stay."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from apatar.runs.models import Change, ChangeState, Problem, Run
from apatar.runs.remote import unpacked
from apatar.sync.change import Change as PlannedChange
from apatar.sync.change import Operation
from apatar.sync.decision import Decision
from apatar.sync.flipflop import RUNS, Journal, Wrote
from apatar.sync.holds import FLIP_FLOP
from apatar.sync.mapping import ObjectMapping
from apatar.sync.record import RecordKey, Side


def journal_for(run: Run, mapping: ObjectMapping, decisions: Iterable[Decision], *, now: datetime) -> Journal | None:
    """Return the journal of the records that these decisions would write again; None where none of them was lately."""
    updates = [one for each in decisions for one in each.changes if one.operation is Operation.UPDATE]
    if not updates or run.undoes_id is not None:
        return None
    writes: dict[RecordKey, list[Wrote]] = {}
    for side in Side:
        for row in _lately(run, mapping, side, [one for one in updates if one.side is side]):
            one = Wrote(unpacked(row.fields), unpacked(row.before), row.run.number, row.closed_at or now)
            writes.setdefault((side, row.object_type, row.remote_id), []).append(one)
    if not writes:
        return None
    user_id = str(run.salesforce_cursor.get("user", ""))
    return Journal(writes=writes, run=run.number, user_id=user_id, asked=_asked(run, mapping, now))


def _lately(run: Run, mapping: ObjectMapping, side: Side, updates: Sequence[PlannedChange]) -> Iterable[Change]:
    if not updates:
        return []
    written = Change.objects.filter(
        connection=run.connection,
        source_id__in=[one.source_id for one in updates],
        side=side.value,
        operation=Operation.UPDATE.value,
        mapping=mapping.name,
        state=ChangeState.CONFIRMED,
        run__number__gte=run.number - RUNS,
        run__undoes=None,
    )
    return written.select_related("run").order_by("id")


def _asked(run: Run, mapping: ObjectMapping, now: datetime) -> frozenset[RecordKey]:
    """Return the records that a person wants to be tried once more, whatever was in vain before."""
    problems = Problem.objects.filter(
        connection=run.connection, mapping=mapping.name, code=FLIP_FLOP, closed_at=None, retry_at__lte=now
    )
    rows = problems.values_list("side", "object_type", "remote_id")
    return frozenset((Side(side), object_type, remote_id) for side, object_type, remote_id in rows)
