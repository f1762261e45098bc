"""The steps before a new connection writes for the first time: it reads, a person reviews, looks, and releases."""

from dataclasses import dataclass

from django_scopes import scope

from apatar.connections.glance import RunSeen, Step
from apatar.connections.models import Connection

EXACT = ("id", "key", "name")
LIKELY = ("suggested", "parted")
"""Kinds of proposals. They live one floor up, so that they are met through their words."""


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """How far a person is; `exact` are to be accepted, `likely` to be decided, now or later."""

    steps: tuple[Step, ...]
    exact: int
    likely: int


def first_steps(connection: Connection, last: RunSeen | None) -> FirstSteps | None:
    """Return the steps of a connection that has not written yet; None for all others."""
    if connection.first_released_at is not None:
        return None
    with scope(connection=connection):
        undecided = connection.proposals.filter(choice="")
        exact = undecided.filter(kind__in=EXACT).count()
        likely = undecided.filter(kind__in=LIKELY).count()
        decided = connection.proposals.exclude(decided_at=None).exclude(kind__in=EXACT, choice="link")
        newest = decided.order_by("-decided_at").values_list("decided_at", flat=True).first()
    read = bool(last and last.finished_at and last.outcome == "shown")
    stands = bool(read and last and (newest is None or newest < last.started_at))
    done = [
        ("read", read),
        ("review", read and not exact and not likely),
        ("look", stands),
        ("release", bool(read and last and last.released_at)),
    ]
    following = next((name for name, is_done in done if not is_done), None)
    return FirstSteps(tuple(Step(name, is_done, name == following) for name, is_done in done), exact, likely)
