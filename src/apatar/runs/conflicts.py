"""Conflicts: fields that both sides changed. The losing value is kept for ever; those without winner wait."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from apatar.runs.models import Conflict, Run
from apatar.sync import merge
from apatar.sync.mapping import ObjectMapping
from apatar.sync.plan import Decision
from apatar.sync.record import RecordKey, Side
from apatar.sync.values import Value


def keep_conflicts(
    run: Run, mapping: ObjectMapping, decisions: Sequence[Decision], names: Mapping[RecordKey, str], *, now: datetime
) -> None:
    """Write the conflicts of decided pairs; one that already waits is brought up to date. Call in a transaction."""
    fresh = []
    for decision in decisions:
        for one in decision.conflicts:
            row = _row(run, mapping, decision, one, now)
            row.name = names.get((Side.SALESFORCE, mapping.salesforce_object, decision.salesforce_id or ""), "")[:255]
            if one.winner is None:
                _forget_waiting(row)
            fresh.append(row)
    Conflict.objects.bulk_create(fresh, batch_size=100)
    _resolve_agreed(run, decisions, now)


def _resolve_agreed(run: Run, decisions: Sequence[Decision], now: datetime) -> None:
    """Close the waiting conflicts of decided pairs that are conflicts no more: people made both sides agree."""
    decided = {one.salesforce_id: one for one in decisions if one.salesforce_id and one.quickbooks_id and not one.holds}
    waiting = Conflict.objects.filter(
        connection=run.connection, winner="", resolved_at=None, salesforce_id__in=list(decided)
    )
    for row in waiting:
        still = {one.field for one in decided[row.salesforce_id].conflicts if one.winner is None}
        if row.field not in still:
            Conflict.objects.filter(pk=row.pk).update(resolved_at=now)


def _forget_waiting(row: Conflict) -> None:
    Conflict.objects.filter(
        connection=row.connection, salesforce_id=row.salesforce_id, field=row.field, winner="", resolved_at=None
    ).delete()


def _row(run: Run, mapping: ObjectMapping, decision: Decision, one: merge.Conflict, now: datetime) -> Conflict:
    return Conflict(
        connection=run.connection,
        run=run,
        mapping=mapping.name,
        salesforce_id=decision.salesforce_id or "",
        quickbooks_id=decision.quickbooks_id or "",
        field=one.field,
        label=one.label,
        salesforce_value=shown(one.salesforce),
        quickbooks_value=shown(one.quickbooks),
        base_value=shown(one.base_quickbooks if one.winner is Side.QUICKBOOKS else one.base_salesforce),
        winner=one.winner.value if one.winner else "",
        reason=one.reason,
        found_at=now,
        resolved_at=now if one.winner else None,
    )


def shown(value: Value) -> str:
    """Write a value as a person reads it; lines of a street stay lines."""
    if value is None:
        return ""
    return "\n".join(value) if isinstance(value, tuple) else str(value)
