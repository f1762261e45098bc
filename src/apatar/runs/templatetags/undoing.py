"""What pages of runs say about taking back."""

from django import template

from apatar.connections.models import Connection
from apatar.runs.models import Change, ChangeState, Outcome, Run
from apatar.runs.proposal import Ignored
from apatar.runs.undoing import is_waiting, taken_back_by

register = template.Library()


@register.inclusion_tag("runs/_undone.html")
def undo_of(run: Run) -> dict[str, object]:
    """Say which run a run takes back, which took it back, and lead to taking it back."""
    written = Change.objects.filter(run=run, state__in=[ChangeState.CONFIRMED, ChangeState.UNDONE])
    return {
        "run": run,
        "undoes": run.undoes,
        "taken_back_by": taken_back_by(run),
        "undoings": list(Run.objects.filter(undoes=run).order_by("number")),
        "is_waiting": is_waiting(run),
        "number_ignored": number_ignored(run.connection),
        "can_be": run.finished_at is not None and run.outcome != Outcome.SHOWN and written.exists(),
    }


@register.simple_tag
def number_ignored(connection: Connection) -> int:
    return Ignored.objects.filter(connection=connection).count()
