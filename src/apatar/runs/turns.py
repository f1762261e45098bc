"""Whose turn it is: the worker asks before every step whether the run is still where it left it."""

from datetime import datetime

from apatar.runs.models import Run


class Overtaken(Exception):
    """The run was taken back to its beginning, finished, or paused meanwhile: what was at work on it stops here."""


def take_turn(run: Run, *, now: datetime) -> None:
    """Lock the run's row and note that it is alive; raises Overtaken. Call first in every transaction of the worker.

    The Web Connector may come back at any moment and take an interrupted run back to its beginning, and a person may
    pause the connection: then nothing that was begun before may move the run on.
    """
    mine = Run.objects.filter(pk=run.pk, phase=run.phase, generation=run.generation, finished_at=None)
    if not mine.filter(connection__paused_at=None).update(touched_at=now):
        raise Overtaken
    run.touched_at = now
