"""Opening a run: a new one, or the one that was interrupted."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django_scopes import scopes_disabled

from apatar.connections.models import Connection
from apatar.runs.models import Phase, Run
from apatar.runs.outcomes import decide_again
from apatar.runs.rehearsal import plan_to_carry_out
from apatar.runs.undoing import run_to_take_back

STALE = timedelta(minutes=15)
"""What was read longer ago is read again before anything is written."""


def open_run(connection: Connection, *, now: datetime) -> Run:
    """Return the connection's open run, or a new one; call inside the connection's scope."""
    with transaction.atomic():
        run = Run.objects.select_for_update(of=("self",)).filter(connection=connection, finished_at=None).first()
        if run is None:
            return _new_run(connection, now)
        moved = run.direction != connection.direction or run.map_number != connection.map_number
        if now - run.touched_at > STALE or moved:
            run.map_number = connection.map_number
            read_again(run, direction=connection.direction)
        run.touched_at = now
        run.save(update_fields=["touched_at"])
        return run


def _new_run(connection: Connection, now: datetime) -> Run:
    last = Run.objects.filter(connection=connection).aggregate(last=Max("number"))["last"] or 0
    undone = run_to_take_back(connection)
    released = plan_to_carry_out(connection) if undone is None else None
    # Nothing is written before somebody has released a plan for the first time.
    only_looks = connection.dry_run_asked_at is not None or connection.first_released_at is None
    is_dry = only_looks and released is None and undone is None
    if connection.dry_run_asked_at is not None and undone is None:
        connection.dry_run_asked_at = None
        with scopes_disabled():
            Connection.objects.filter(pk=connection.pk).update(dry_run_asked_at=None)
    return Run.objects.create(
        connection=connection,
        number=last + 1,
        phase=Phase.READING,
        started_at=now,
        touched_at=now,
        direction=connection.direction,
        map_number=connection.map_number,
        is_dry=is_dry,
        carries_out=released,
        undoes=undone,
    )


def read_again(run: Run, *, direction: str) -> None:
    """Take an interrupted run back to its beginning: what was planned but not sent is decided anew."""
    decide_again(run.changes.filter(state="planned"))
    run.phase = Phase.READING
    run.generation += 1  # whoever is at work on what was read before finds out by this
    run.direction = direction
    run.quickbooks_read = run.salesforce_read = run.quickbooks_written = run.salesforce_written = run.told = False
    run.quickbooks_cursor, run.salesforce_cursor, run.rounds, run.links_made = {}, {}, 0, 0
    run.save()
