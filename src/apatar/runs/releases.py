"""How a dry run stands: can it be released, why not, who released it, and what became of that."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django_scopes import scopes_disabled

from apatar.connections.models import Connection
from apatar.runs.models import ChangeState, Outcome, Run
from apatar.runs.proposals import decided_since, unaccepted
from apatar.runs.rehearsal import OPEN_FOR, release

ANEW = "Ask for another dry run to see what would be written now."
NOT_SHOWN = "Only a dry run, or a run that was held, can be released, and this one is neither."
NOTHING = "There is nothing to release: both sides agree already, apart from what waits for you."
LOOK = "Accept all of them at once there, or unlink what does not belong together."
AFTER_REVIEW = "You have decided on the review page since. The next run shows what follows from that."
OLD = f"It is older than {OPEN_FOR} days, and too much may have changed since. {ANEW}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a shown plan stands.

    `obstacle` says why it cannot be released, or is empty; `carried_out_by` is the run that wrote it, and `came_up` the
    number of changes that this one met besides and did not write.
    """

    obstacle: str
    is_released: bool
    carried_out_by: Run | None
    came_up: int


def standing_of(run: Run, *, now: datetime) -> Standing:
    by = run.carried_out_by.order_by("-number").first()
    return Standing(
        obstacle=obstacle_to(run, now=now),
        is_released=run.released_at is not None,
        carried_out_by=by,
        came_up=by.changes.filter(state=ChangeState.SHOWN).count() if by and by.finished_at else 0,
    )


def obstacle_to(run: Run, *, now: datetime) -> str:
    """Say in a sentence why a plan cannot be released now; empty where it can."""
    if run.outcome != Outcome.SHOWN or run.finished_at is None:
        return NOT_SHOWN
    if run.released_at is not None:
        return f"It was released by {run.released_by} already."
    newer = Run.objects.filter(connection=run.connection, number__gt=run.number).order_by("-number").first()
    if newer is not None:
        return f"Run {newer.number} came after it and decided anew, so this plan no longer counts. {ANEW}"
    if (now - run.finished_at).days >= OPEN_FOR:
        return OLD
    if run.connection.first_released_at is None:
        return _unreviewed(run)
    return "" if run.changes.filter(state=ChangeState.SHOWN).exists() else NOTHING


def _unreviewed(run: Run) -> str:
    """Say what a person has still to do before anything is written for the first time."""
    if count := unaccepted(run.connection).count():
        return f"{count:,} exact match{'' if count == 1 else 'es'} on the review page wait to be accepted. {LOOK}"
    return AFTER_REVIEW if decided_since(run.connection, run.started_at) else ""


def release_plan(run: Run, *, by: str, now: datetime) -> bool:
    """Release a plan, and have the next call of the Web Connector be the run that carries it out.

    A dry run that was asked for is not wanted any more. False where another run came in between.
    """
    with transaction.atomic(), scopes_disabled():
        if not release(run, by=by, now=now):
            return False
        Connection.objects.filter(pk=run.connection_id).update(sync_asked_at=now, dry_run_asked_at=None)
        return True
