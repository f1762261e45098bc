"""Making a failing schedule small: steps are taken away as long as the same promise is still broken."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation.play import Report
from tests.simulation.steps import Run, Schedule, Step

Play = Callable[[Schedule], Report]


def smallest(report: Report, play: Play) -> Report:
    """Return the report of the smallest schedule found that breaks the same promise."""
    assert report.broken, "only a schedule that fails can be made small"
    wanted = report.broken.promise
    again = True
    while again:
        again = False
        for smaller in _smaller(report.schedule):
            tried = play(smaller)
            if tried.broken and tried.broken.promise == wanted:
                report, again = tried, True
                break
    return report


def _smaller(schedule: Schedule) -> Iterator[Schedule]:
    steps = schedule.steps
    for at in reversed(range(len(steps))):
        yield replace(schedule, steps=(*steps[:at], *steps[at + 1 :]))
    for at, step in enumerate(steps):
        for calmer in _calmer(step):
            yield replace(schedule, steps=(*steps[:at], calmer, *steps[at + 1 :]))


def _calmer(step: Step) -> Iterator[Run]:
    if not isinstance(step, Run):
        return
    if step.kill:
        yield replace(step, kill=None)
    if step.meanwhile:
        yield replace(step, meanwhile=None)
    for some in range(len(step.wire)):
        yield replace(step, wire=(*step.wire[:some], *step.wire[some + 1 :]))
    for some in range(len(step.troubles)):
        yield replace(step, troubles=(*step.troubles[:some], *step.troubles[some + 1 :]))
