"""The open problems of a connection as plain values, for the command line."""

from datetime import datetime
from typing import Any

from django_scopes import scope

from apatar.connections.models import Connection
from apatar.runs.models import Problem
from apatar.runs.problem_choice import ProblemChoice, causes_chosen


def listed(connection: Connection, *, now: datetime) -> list[dict[str, Any]]:
    """Return a dictionary for each cause, snoozed problems in causes of their own.

    `cause` and `remedy` are sentences; each of `records` has `side`, `object`, `id`, `name`, `pair`, `code`,
    `sentence`, `attempts`, `since` and `next_try` (ISO 8601, or None: when either side changes).
    """
    with scope(connection=connection):
        return [
            {
                "cause": one.heading,
                "remedy": one.remedy,
                "number": one.number,
                "snoozed": snoozed,
                "records": _records(one.members),
            }
            for snoozed in (False, True)
            for one in causes_chosen(ProblemChoice(snoozed=snoozed), now=now)
        ]


def _records(members: tuple[int, ...]) -> list[dict[str, Any]]:
    found = Problem.objects.in_bulk(list(members))
    return [
        {
            "side": one.side,
            "object": one.object_type,
            "id": one.remote_id,
            "name": one.name,
            "pair": one.mapping,
            "code": one.code,
            "sentence": one.sentence,
            "attempts": one.attempts,
            "since": one.opened_at.isoformat(),
            "next_try": one.retry_at.isoformat() if one.retry_at else None,
        }
        for one in (found[pk] for pk in members if pk in found)
    ]
