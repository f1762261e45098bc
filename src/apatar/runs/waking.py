"""Marking records dirty that nobody edited: a day has passed, a parent is there now, or a document needs them."""

from collections.abc import Iterable
from datetime import datetime

from apatar.runs.models import Record, Run, Side, Watermark
from apatar.runs.pairs import pair_of_run

DAY = "@day"
"""The watermark of the calendar: up to which day records were woken."""


def wake_by_day(run: Run, *, now: datetime) -> int:
    """Wake the invoices that became overdue since the last run, and their customers. Call in a transaction."""
    today = now.date()
    mark = Watermark.objects.filter(connection=run.connection, side=Side.QUICKBOOKS, object_type=DAY).first()
    due = Record.objects.filter(connection=run.connection, wake_on__lte=today)
    if mark is not None:
        due = due.filter(wake_on__gt=mark.position)
    customers = set(due.exclude(parent_id="").values_list("parent_id", flat=True))
    woken = due.update(dirty=True, decided=0)
    wake_customers(run, customers)
    Watermark.objects.update_or_create(
        connection=run.connection,
        side=Side.QUICKBOOKS,
        object_type=DAY,
        defaults={"position": today.isoformat(), "read_at": now},
    )
    return int(woken)


def wake_customers(run: Run, ids: Iterable[str]) -> None:
    """Wake customers whose invoices changed, and those above them: what they owe is worked out anew."""
    level = {one for one in ids if one}
    while level:
        rows = Record.objects.filter(
            connection=run.connection, side=Side.QUICKBOOKS, object_type="Customer", remote_id__in=level
        )
        above = set(rows.exclude(parent_id="").values_list("parent_id", flat=True))
        rows.update(dirty=True, decided=0)
        level = above


def wake_after_links(run: Run) -> int:
    """Wake what waited for a counterpart of something else, now that there are new links. Call in a transaction."""
    waiting = Record.objects.filter(connection=run.connection, waiting=True, deleted_at=None)
    return int(waiting.update(dirty=True, decided=0, waiting=False))


def want_counterpart(run: Run, pair: str, salesforce_id: str) -> None:
    """Note that a Salesforce record is needed in QuickBooks: it is then made there, whatever the habit of its pair."""
    mapping = pair_of_run(run, pair)
    if mapping is None:
        return
    Record.objects.filter(
        connection=run.connection,
        side=Side.SALESFORCE,
        object_type=mapping.salesforce_object,
        remote_id=salesforce_id,
        wanted=False,
    ).update(wanted=True, dirty=True, decided=0)
