"""What a record's own text does not say, but its company does: what a customer owes beyond the due date."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from apatar.runs.models import Record, Run
from apatar.runs.remote import record_of
from apatar.sync import record
from apatar.sync.accounts_customers import OVERDUE
from apatar.sync.mapping import ObjectMapping
from apatar.sync.record import Side

DEEPEST = 6
"""Levels of jobs below a customer; QuickBooks allows five."""


def with_derived(run: Run, mapping: ObjectMapping, rows: Sequence[Record], *, today: date) -> list[record.Record]:
    """Return stored rows as records of this pair, with the fields that are worked out of other rows."""
    records = [record_of(row, mapping) for row in rows]
    if not any(OVERDUE in one.quickbooks for one in mapping.fields):
        return records
    ids = [one.remote_id for one in records if one.side is Side.QUICKBOOKS]
    owed = overdue_of(run, ids, today=today)
    return [
        one if one.side is Side.SALESFORCE else _with(one, {OVERDUE: owed.get(one.remote_id, Decimal("0.00"))})
        for one in records
    ]


def _with(one: record.Record, more: Mapping[str, Decimal]) -> record.Record:
    return replace(one, fields={**one.fields, **more})


def overdue_of(run: Run, customers: Sequence[str], *, today: date) -> dict[str, Decimal]:
    """Return what each customer owes on invoices that are overdue, those of its jobs included."""
    tops = {one: one for one in customers}
    level = list(customers)
    for _ in range(DEEPEST):
        jobs = Record.objects.filter(
            connection=run.connection, side=Side.QUICKBOOKS.value, object_type="Customer", parent_id__in=level
        ).values_list("remote_id", "parent_id")
        fresh = {job: tops[parent] for job, parent in jobs if job not in tops}
        if not fresh:
            break
        tops.update(fresh)
        level = list(fresh)
    owed = _owed(run, list(tops), today)
    totals: dict[str, Decimal] = {}
    for one, amount in owed.items():
        totals[tops[one]] = totals.get(tops[one], Decimal(0)) + amount
    return totals


def _owed(run: Run, ids: Sequence[str], today: date) -> dict[str, Decimal]:
    invoices = Record.objects.filter(
        connection=run.connection,
        side=Side.QUICKBOOKS.value,
        object_type="Invoice",
        parent_id__in=ids,
        wake_on__lte=today,
        deleted_at=None,
    )
    sums = invoices.order_by().values("parent_id").annotate(owed=Sum("open_amount"))
    return {row["parent_id"]: Decimal(str(row["owed"] or 0)) for row in sums}
